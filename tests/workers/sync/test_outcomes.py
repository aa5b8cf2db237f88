"""What the engine makes of each kind of answer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from shop import clock, http
from shop.accounts import access
from shop.database import db, transaction
from shop.outbox import Task
from tests import make, make_channels
from workers.channels import listings
from workers.channels.models import Call, Listing
from workers.sync import jobs, letters, outcomes, retry
from workers.sync.models import Lane, Letter


@pytest.fixture
def shop(market, database):
    """A shop whose one product is listed."""
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    connection = make_channels.connection(database, market, seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    return connection


def listing_of(shop):
    db.session.expire_all()
    return db.session.scalars(select(Listing).where(Listing.connection_id == shop.id)).one()


def lane(kind):
    db.session.expire_all()
    return db.session.scalars(select(Lane).where(Lane.kind == kind)).one()


def letter():
    db.session.expire_all()
    return db.session.scalars(select(Letter)).one()


def new_price(shop, price_vnd):
    listing = listing_of(shop)
    listing.variant.price_vnd = price_vnd
    db.session.commit()
    jobs.mark(listing.variant.product_id)


def wait_over():
    for row in db.session.scalars(select(Lane)):
        row.not_before = None
    db.session.commit()


def pushes_asked():
    db.session.expire_all()
    query = select(Task).where(Task.job == outcomes.PUSH, Task.finished_at.is_(None))
    return db.session.scalars(query.order_by(Task.id)).all()


def test_a_promotion_puts_the_price_off_for_hours_and_says_so(shop, market):
    market.fault(
        "failure_list", "update_price", shop.shop_id, said="error_cannt_edit_price_in_promotion"
    )
    new_price(shop, 190_000)
    jobs.push(shop.id)
    later = lane("price").not_before - clock.now()
    assert timedelta(minutes=119) < later <= timedelta(hours=2)
    assert listing_of(shop).trouble.startswith("Sàn đang khóa giá vì sản phẩm trong khuyến mãi.")
    assert db.session.scalars(select(Letter)).all() == []
    wait_over()
    jobs.push(shop.id)
    assert market.items(shop.shop_id)[0]["price"] == 190_000
    assert listing_of(shop).trouble is None


def test_a_busy_answer_is_said_again_with_jitter_and_after_eight_tries_a_person_is_asked(
    shop, market
):
    for _ in range(retry.MOST_TRIES):
        market.fault("error", "update_price", shop.shop_id, code="error_system_busy")
    new_price(shop, 190_000)
    for tries in range(1, retry.MOST_TRIES):
        jobs.push(shop.id)
        assert lane("price").tries == tries
        wait_over()
    jobs.push(shop.id)
    assert (letter().code, letter().state, letter().kinds) == ("error_system_busy", "open", "price")
    assert lane("price").wanted == lane("price").settled


def test_the_next_push_is_asked_for_when_something_is_due(shop, market):
    market.fault("error", "update_price", shop.shop_id, code="error_system_busy")
    new_price(shop, 190_000)
    for task in pushes_asked():
        task.finished_at = clock.now()
    db.session.commit()
    jobs.push(shop.id)
    [task] = pushes_asked()
    assert abs(task.due_at - lane("price").not_before) < timedelta(seconds=2)


def test_after_five_calls_without_an_answer_nothing_is_called_for_a_minute(
    shop, market, monkeypatch
):
    for _ in range(5):
        market.fault("http", "update_price", shop.shop_id, code="502")
    new_price(shop, 190_000)
    for _ in range(5):
        jobs.push(shop.id)
        wait_over()
    db.session.refresh(shop)
    assert shop.failures == 5
    assert shop.paused_until > clock.now() + timedelta(seconds=50)
    # Nobody's fault: no try of the listing was used up for good.
    assert db.session.scalars(select(Letter)).all() == []
    before = len(market.state()["calls"])
    jobs.push(shop.id)
    assert len(market.state()["calls"]) == before
    shop.paused_until = clock.now()
    db.session.commit()
    jobs.push(shop.id)
    db.session.refresh(shop)
    assert (shop.failures, shop.paused_until) == (0, None)
    assert market.items(shop.shop_id)[0]["price"] == 190_000


def test_a_spent_quota_is_waited_for_without_using_up_tries(shop, market):
    market.fault("error", "update_price", shop.shop_id, code="error_limit")
    new_price(shop, 190_000)
    jobs.push(shop.id)
    db.session.refresh(shop)
    assert clock.now() < shop.paused_until <= clock.now() + timedelta(hours=24)
    assert lane("price").tries == 0


def test_a_refusal_becomes_one_letter_with_the_call_and_no_secret(shop, market):
    for _ in range(2):
        market.fault("error", "update_price", shop.shop_id, code="error_param", said="too low")
    new_price(shop, 190_000)
    jobs.push(shop.id)
    jobs.mark_all(shop.id)
    jobs.push(shop.id)
    kept = letter()
    assert (kept.code, kept.said, kept.state) == ("error_param", "too low", "open")
    assert kept.hint.startswith("Sàn không nhận một thông tin của sản phẩm.")
    assert '"original_price": 190000' in kept.request
    assert '"error":"error_param"' in kept.reply.replace(" ", "")
    token = market.state()["tokens"][-1]["access"]
    assert token not in kept.request + kept.reply


def test_a_letter_is_closed_by_itself_once_the_marketplace_takes_it(shop, market):
    market.fault("error", "update_price", shop.shop_id, code="error_param")
    new_price(shop, 190_000)
    jobs.push(shop.id)
    assert letter().state == "open"
    new_price(shop, 195_000)
    jobs.push(shop.id)
    assert letter().state == "mended"
    assert listing_of(shop).state == "live"


def test_a_person_sends_a_letter_again_or_ignores_it(shop, market, cast):
    person = access.of(make.member(db.session.get(type(cast.ours.seller), shop.seller_id)))
    market.fault("error", "update_price", shop.shop_id, code="error_param")
    new_price(shop, 190_000)
    jobs.push(shop.id)
    with transaction():
        letters.ignore(person, letter())
    assert (letter().state, letter().closed_by) == ("ignored", person.name)
    assert (listing_of(shop).state, listing_of(shop).trouble) == ("live", None)


def test_sent_again_it_is_told_as_it_is_now(shop, market, cast):
    person = access.of(make.member(db.session.get(type(cast.ours.seller), shop.seller_id)))
    market.fault("error", "update_price", shop.shop_id, code="error_param")
    new_price(shop, 190_000)
    jobs.push(shop.id)
    with transaction():
        letters.retry(person, letter())
    jobs.push(shop.id)
    assert letter().state == "retried"
    assert market.items(shop.shop_id)[0]["price"] == 190_000


def test_each_listing_has_its_log_with_what_caused_each_call(shop, market):
    new_price(shop, 190_000)
    jobs.push(shop.id)
    calls = db.session.scalars(select(Call).order_by(Call.id)).all()
    last = calls[-1]
    assert (last.call, last.code, last.cause) == (
        "POST /api/v2/product/update_price",
        "",
        "product_changed",
    )
    assert last.listing_id == listing_of(shop).id
    shown = " ".join(call.request + call.reply for call in calls)
    token = market.state()["tokens"][-1]["access"]
    assert token not in shown
    assert "sign=" not in shown


def test_a_call_is_recorded_without_what_signs_or_opens(market):
    with http.recorded() as exchanges:
        http.call("GET", f"{market.host}/control/state", params={"access_token": "x1y2", "page": 3})
    [exchange] = exchanges
    assert exchange.request == '{"page": 3}'
    assert exchange.status == 200
