"""Claims are changed, lapse, and become one order per seller."""

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from shop import clock, settings
from shop.accounts import access
from shop.app import create_app
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.errors import NotFound
from shop.inventory import reservations, stock
from shop.livestream import acts, claims, jobs, queue
from shop.livestream.errors import BasketChanged, NotEnough, NothingHeld, NotWhole
from shop.livestream.models import Broadcast, Buyer, Claim
from shop.orders import jobs as order_jobs
from shop.orders.checkout import Buyer as Recipient
from shop.orders.models import Order
from shop.payments.models import PaymentRequest
from tests import make, make_livestream

LAN = Recipient("Nguyễn Thị Lan", "+84912345678", "Xóm 3, xã Tân Cương, Thái Nguyên")


@pytest.fixture
def session(database: Any) -> Any:
    """A session of two sellers: A1 (hộp) and 03 (kg), ten of each on hand."""
    ours, theirs = make.seller(), make.seller(name="HTX Miến Việt Cường")
    make.bank_account(ours)
    make.bank_account(theirs, bank_bin="970415")
    with database.test_request_context():
        row = make_livestream.broadcast(ours)
        make_livestream.pin(row, "A1", make.variant(make.product(ours)))
        weighed = make.variant(make.product(theirs, name="Miến dong"), unit="kg", price_vnd=90_000)
        make_livestream.pin(row, "03", weighed, unit="kg", aliases=["miến"])
        yield row


def held(on: Broadcast, *words: str) -> Buyer:
    make_livestream.hear(on, *[make_livestream.said(w, at=i) for i, w in enumerate(words)])
    return make_livestream.buyer(on)


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_two_sellers_make_two_orders_each_with_its_payment_request(session: Broadcast) -> None:
    buyer = held(session, "A1 x2", "1.5kg miến")
    orders = claims.confirm(buyer, LAN)
    names = ["HTX Chè Hảo Đạt", "HTX Miến Việt Cường"]
    assert [(o.seller.name, o.total_vnd) for o in orders] == list(
        zip(names, [370_000, 135_000], strict=True)
    )
    assert {o.source for o in orders} == {f"livestream:{session.ref}"}
    assert count(PaymentRequest) == 2
    found = db.session.scalars(select(Claim).order_by(Claim.id)).all()
    assert [(c.state, c.order_ref) for c in found] == [("ordered", o.ref) for o in orders]


def test_the_orders_hold_the_stock_until_they_expire_by_themselves(session: Broadcast) -> None:
    buyer = held(session, "A1 x2")
    (order,) = claims.confirm(buyer, LAN)
    variant_id = order.lines[0].variant_id
    assert reservations.live(f"order:{order.ref}") == {variant_id: Decimal(2)}
    assert stock.saleable([variant_id]) == {variant_id: Decimal(8)}
    assert order.expires_at is not None
    with clock.at(order.expires_at - timedelta(seconds=1)):
        assert stock.saleable([variant_id]) == {variant_id: Decimal(8)}
    with clock.at(order.expires_at):
        assert stock.saleable([variant_id]) == {variant_id: Decimal(10)}
    with clock.at(order.expires_at + timedelta(seconds=1)):
        order_jobs.expire_orders()
        assert order.state == "expired"
        assert stock.saleable([variant_id]) == {variant_id: Decimal(10)}
        order_jobs.expire_orders()
        assert (order.state, stock.saleable([variant_id])[variant_id]) == ("expired", 10)


def test_confirming_twice_makes_one_order(session: Broadcast) -> None:
    buyer = held(session, "A1 x2")
    first = claims.confirm(buyer, LAN)
    assert claims.confirm(buyer, LAN) == first
    assert (count(Order), count(PaymentRequest)) == (1, 1)


def test_what_is_claimed_after_an_order_makes_another_order(session: Broadcast) -> None:
    buyer = held(session, "A1 x2")
    claims.confirm(buyer, LAN)
    make_livestream.hear(session, make_livestream.said("A1 x3", at=9))
    claims.confirm(buyer, LAN)
    assert [o.total_vnd for o in claims.ordered(buyer)] == [370_000, 555_000]


def test_the_same_words_after_an_order_go_to_a_person(session: Broadcast) -> None:
    buyer = held(session, "A1 x2")
    claims.confirm(buyer, LAN)
    make_livestream.hear(session, make_livestream.said("A1 x2", at=9))
    assert claims.live(buyer) == []


def test_nothing_held_makes_no_order(session: Broadcast) -> None:
    buyer = held(session, "A1 x99")
    with pytest.raises(NothingHeld):
        claims.confirm(buyer, LAN)
    assert count(Order) == 0


def test_a_basket_that_changed_since_it_was_shown_is_not_ordered(session: Broadcast) -> None:
    buyer = held(session, "A1 x2")
    seen = claims.digest(claims.live(buyer))
    make_livestream.hear(session, make_livestream.said("A1 x3", at=9))
    with pytest.raises(BasketChanged):
        claims.confirm(buyer, LAN, seen=seen)
    assert count(Order) == 0


def test_a_buyer_corrects_a_quantity(session: Broadcast) -> None:
    buyer = held(session, "A1 x2")
    (found,) = claims.live(buyer)
    claims.change(buyer, found.ref, Decimal(4))
    assert (found.quantity, found.state) == (4, "held")
    with pytest.raises(NotWhole):
        claims.change(buyer, found.ref, Decimal("1.5"))
    with pytest.raises(NotEnough):
        claims.change(buyer, found.ref, Decimal(11))
    assert reservations.live(claims.holder(found)) == {found.variant_id: Decimal(4)}
    claims.change(buyer, found.ref, Decimal(0))
    assert found.state == "cancelled"


def test_a_buyer_cannot_change_the_claim_of_another(session: Broadcast) -> None:
    buyer = held(session, "A1 x2")
    make_livestream.hear(session, make_livestream.said("A1", author="an", at=5))
    (other,) = claims.live(make_livestream.buyer(session, "an"))
    with pytest.raises(NotFound):
        claims.change(buyer, other.ref, Decimal(0))
    assert other.state == "held"


def test_a_claim_lapses_when_its_time_is_over_and_not_before(session: Broadcast) -> None:
    held(session, "A1 x2")
    db.session.commit()
    minutes = timedelta(minutes=30)
    found = db.session.scalars(select(Claim)).one()
    assert found.held_until is not None
    with clock.at(found.held_until - timedelta(seconds=1)):
        jobs.lapse_claims()
    assert found.state == "held"
    with clock.at(found.held_until + minutes):
        jobs.lapse_claims()
        jobs.lapse_claims()
    assert (found.state, found.held_until) == ("lapsed", None)
    assert stock.saleable([found.variant_id]) == {found.variant_id: Decimal(10)}


def test_a_cancel_after_the_order_goes_to_a_person(session: Broadcast) -> None:
    buyer = held(session, "A1 x2")
    (order,) = claims.confirm(buyer, LAN)
    make_livestream.hear(session, make_livestream.said("hủy A1", at=9))
    assert order.state == "awaiting_payment"


def test_part_of_a_claim_can_be_given_back(session: Broadcast) -> None:
    buyer = held(session, "A1 x3")
    assert claims.cancel(buyer, "A1", Decimal(1)) == 1
    (found,) = claims.live(buyer)
    assert found.quantity == 2


def test_reading_twice_is_reading_once(session: Broadcast) -> None:
    from shop.livestream import comments

    with transaction():
        session.live_at = clock.now()
        comments.ingest(session, [make_livestream.said("thêm 2 hộp A1")])
    jobs.read_comments(session.id)
    jobs.read_comments(session.id)
    assert [c.quantity for c in db.session.scalars(select(Claim))] == [2]


@pytest.fixture
def apart(fresh_database: str, redis_url: str, tmp_path: Path) -> Any:
    """An app on a database of its own, whose threads really commit; a session with A1 and 03."""
    chosen = settings.load({"VAR_DIR": str(tmp_path)})
    app = create_app(replace(chosen, database_url=fresh_database, redis_url=redis_url))
    with app.app_context():
        ours = make.seller()
        make.bank_account(ours)
        row = make_livestream.broadcast(ours)
        make_livestream.pin(row, "A1", make.variant(make.product(ours)))
        make_livestream.pin(row, "03", make.variant(make.product(ours, name="Miến dong")))
        held(row, "A1 x2")
        db.session.commit()
        db.session.remove()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def at_once(app: Any, *works: Any) -> None:
    def run(work: Any) -> None:
        with app.app_context():
            work(db.session.scalars(select(Buyer)).one())
            db.session.remove()

    threads = [Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_confirming_twice_at_the_same_moment_makes_one_order(apart: Any) -> None:
    together, answers = Barrier(4), []

    def confirm(buyer: Buyer) -> None:
        together.wait()
        with transaction():
            answers.append([o.ref for o in claims.confirm(buyer, LAN)])

    at_once(apart, *[confirm] * 4)
    with apart.app_context():
        assert answers == [[db.session.scalars(select(Order.ref)).one()]] * 4
        assert count(PaymentRequest) == 1


def test_a_comment_read_while_its_author_confirms_stops_neither(apart: Any) -> None:
    together, orders = Barrier(2), []

    def read(buyer: Buyer) -> None:
        _a1, weighed = db.session.scalars(select(Variant).order_by(Variant.id))
        with transaction():
            claims.lock([buyer.id])
            together.wait()
            time.sleep(0.3)  # the other now waits for what is locked here
            claims.claim(buyer, claims.Wish("03", weighed, Decimal(1)))

    def confirm(buyer: Buyer) -> None:
        together.wait()
        with transaction():
            orders.extend(claims.confirm(buyer, LAN))

    at_once(apart, read, confirm)
    assert len(orders) == 1
    with apart.app_context():
        states = db.session.scalars(select(Claim.state).order_by(Claim.id)).all()
        assert states[0] == "ordered"
        assert states[1] in {"held", "ordered"}


@pytest.mark.parametrize("words", ["xác nhận", "A1 x3 0912345678"])
def test_a_helper_at_a_claim_and_its_buyer_or_reader_do_not_wait_in_a_circle(
    apart: Any, words: str
) -> None:
    together, done = Barrier(2), []

    def help_out(buyer: Buyer) -> None:
        (claim,) = claims.live(buyer)
        with transaction():
            taken = queue.buyer(db.session.get_one(Broadcast, buyer.broadcast_id), buyer.token)
            together.wait()
            time.sleep(0.3)  # the other goes as far as it can
            acts.change(access.SYSTEM, taken, claim.ref, Decimal(1))
        done.append("helped")

    def other(buyer: Buyer) -> None:
        together.wait()
        with transaction():
            if words == "xác nhận":
                claims.confirm(buyer, LAN)
            else:
                on = db.session.get_one(Broadcast, buyer.broadcast_id)
                make_livestream.hear(on, make_livestream.said(words, at=9))
        done.append("done")

    at_once(apart, help_out, other)
    assert sorted(done) == ["done", "helped"]
