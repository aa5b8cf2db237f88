import time
from datetime import timedelta
from decimal import Decimal

import pytest
import requests
from sqlalchemy import select, update

from shop import clock, http, vault
from shop.catalogue import jobs as catalogue_jobs
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import stock
from shop.outbox import Task
from shop.sellers.models import Seller
from shop.settings import Settings
from tests import make, make_certificates, make_channels
from workers.channels import connections, listings
from workers.channels.models import Health, Listing
from workers.marketplaces.shopee import listings as shopee_listings
from workers.sync import jobs, lanes, outcomes
from workers.sync.errors import Away
from workers.sync.models import Lane, LaneKind, Letter, LetterState


@pytest.fixture
def shop(market, database):
    """A cooperative with one product of ten boxes, its shop connected and linked."""
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    connection = make_channels.connection(database, market, seller.id)
    return offered(connection)


def offered(connection):
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    return connection


def listing_of(connection):
    query = select(Listing).where(Listing.connection_id == connection.id).order_by(Listing.id)
    db.session.expire_all()
    return db.session.scalars(query).first()


def _seller(connection):
    return db.session.get(Seller, connection.seller_id)


def open_lanes(connection):
    db.session.expire_all()
    query = select(Lane.kind).join(Listing, Listing.id == Lane.listing_id)
    query = query.where(Listing.connection_id == connection.id, Lane.wanted > Lane.settled)
    return sorted(db.session.scalars(query))


def wait_over(connection):
    """Whatever was put off may be said again now."""
    of_connection = select(Listing.id).where(Listing.connection_id == connection.id)
    db.session.execute(
        update(Lane).where(Lane.listing_id.in_(of_connection)).values(not_before=None)
    )
    arrived(connection)


def arrived(connection):
    """Whatever was sent and not answered has arrived by now, or never will."""
    of_connection = Listing.connection_id == connection.id
    db.session.execute(update(Listing).where(of_connection).values(unknown_until=None))
    db.session.execute(update(Lane).values(unheard_until=None))
    db.session.commit()


def test_a_new_listing_is_created_with_what_the_marketplace_needs(shop, market):
    jobs.push(shop.id)
    [item] = market.items(shop.shop_id)
    assert item["item_sku"] == "CHE-200"
    assert item["item_name"] == "Chè tôm nõn Hảo Đạt, hộp 200 g"
    assert (item["price"], item["stock"], item["weight"]) == (185_000, 10, 0.2)
    assert item["category_id"] == 100780
    assert item["description"].startswith("Chè tôm nõn Hảo Đạt, quy cách hộp 200 g.")
    assert [c["error"] for c in market.calls(shop.shop_id, "product/add_item")] == [""]
    row = listing_of(shop)
    assert (row.state, row.external_id, row.trouble) == ("live", str(item["item_id"]), None)
    assert open_lanes(shop) == []


def left_to_mend(connection):
    """What pages still say is wrong: of the listing, of its lanes, in open letters."""
    db.session.expire_all()
    told = select(Lane.trouble).where(Lane.trouble.is_not(None))
    letters = select(Letter.hint).where(Letter.state == LetterState.OPEN)
    said = [*db.session.scalars(told), *db.session.scalars(letters)]
    return said + [trouble for trouble in [listing_of(connection).trouble] if trouble]


def test_what_was_missing_and_is_told_in_one_part_leaves_nothing_to_mend(shop, market):
    row = listing_of(shop)
    row.variant.pack = "hộp 25 túi"
    db.session.commit()
    jobs.push(shop.id)
    assert listing_of(shop).state == "failed"
    assert market.calls(shop.shop_id, "product/add_item") == []
    row.variant.weight_g = 50
    lanes.mark([row.id], [LaneKind.CONTENT])
    db.session.commit()
    jobs.push(shop.id)
    assert [item["weight"] for item in market.items(shop.shop_id)] == [0.05]
    assert (listing_of(shop).state, left_to_mend(shop), open_lanes(shop)) == ("live", [], [])


def test_a_refused_create_that_is_taken_later_closes_its_letter(shop, market):
    market.fault("error", "add_item", shop.shop_id, code="error_param")
    jobs.push(shop.id)
    assert listing_of(shop).state == "failed"
    assert left_to_mend(shop) != []
    lanes.mark([listing_of(shop).id], [LaneKind.CONTENT])
    db.session.commit()
    jobs.push(shop.id)
    assert (listing_of(shop).state, left_to_mend(shop), open_lanes(shop)) == ("live", [], [])


def test_of_what_is_found_there_every_part_is_told(shop, market):
    market.fault("error", "add_item", shop.shop_id, code="error_param")
    jobs.push(shop.id)
    # Meanwhile the seller lists it by hand, under the same SKU.
    by_hand = {"item_sku": "CHE-200", "item_name": "Chè", "category_id": 100780}
    listed = {"shop_id": shop.shop_id, "items": [by_hand | {"price": 99_000, "stock": 3}]}
    requests.post(f"{market.host}/control/items", json=listed, timeout=10)
    lanes.mark([listing_of(shop).id], [LaneKind.CONTENT])
    db.session.commit()
    jobs.push(shop.id)
    [item] = market.items(shop.shop_id)
    assert (item["price"], item["stock"]) == (185_000, 10)
    assert (listing_of(shop).state, left_to_mend(shop), open_lanes(shop)) == ("live", [], [])


def test_pushing_everything_twice_creates_and_sends_nothing_twice(shop, market):
    jobs.push(shop.id)
    jobs.mark_all(shop.id)
    jobs.push(shop.id)
    assert len(market.items(shop.shop_id)) == 1
    paths = [c["path"] for c in market.state()["calls"] if c["shop_id"] == int(shop.shop_id)]
    assert [p for p in paths if "update" in p] == []
    assert paths.count("/api/v2/product/add_item") == 1


def test_a_create_that_was_done_but_not_answered_is_found_by_its_sku(shop, market, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", (2, 0.4))
    market.fault("commit_then_timeout", "add_item", shop.shop_id, seconds=0.8)
    jobs.push(shop.id)
    assert listing_of(shop).state == "creating"
    monkeypatch.undo()
    wait_over(shop)
    jobs.push(shop.id)
    [item] = market.items(shop.shop_id)
    assert listing_of(shop).external_id == str(item["item_id"])
    assert listing_of(shop).state == "live"
    assert open_lanes(shop) == []


def test_a_create_that_arrives_after_we_gave_up_is_waited_for(shop, market, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", (2, 0.4))
    market.fault("slow", "add_item", shop.shop_id, seconds=1.5)
    jobs.push(shop.id)
    assert market.items(shop.shop_id) == []
    monkeypatch.undo()
    jobs.mark_all(shop.id)  # which makes everything due at once
    jobs.push(shop.id)
    row = listing_of(shop)
    assert (row.state, row.external_id) == ("creating", None)
    assert timedelta(seconds=80) < row.unknown_until - clock.now() <= timedelta(seconds=90)
    while not market.items(shop.shop_id):
        time.sleep(0.1)
    arrived(shop)
    jobs.push(shop.id)
    [item] = market.items(shop.shop_id)
    row = listing_of(shop)
    assert (row.state, row.external_id, row.unknown_until) == ("live", str(item["item_id"]), None)


def test_a_price_that_was_told_unheard_and_taken_back_is_told_again(shop, market, monkeypatch):
    jobs.push(shop.id)
    row = listing_of(shop)
    monkeypatch.setattr(http, "TIMEOUT", (2, 0.4))
    market.fault("commit_then_timeout", "update_price", shop.shop_id, seconds=0.8)
    for price_vnd in (210_000, 185_000):
        row.variant.price_vnd = price_vnd
        db.session.commit()
        jobs.mark(row.variant.product_id)
        jobs.push(shop.id)
        monkeypatch.undo()
    assert [item["price"] for item in market.items(shop.shop_id)] == [185_000]


def test_a_call_that_arrives_after_a_later_one_is_made_good(shop, market, monkeypatch):
    jobs.push(shop.id)
    row = listing_of(shop)
    monkeypatch.setattr(http, "TIMEOUT", (2, 0.4))
    market.fault("commit_then_timeout", "update_price", shop.shop_id, seconds=0.8)
    for price_vnd in (210_000, 190_000):
        row.variant.price_vnd = price_vnd
        db.session.commit()
        jobs.mark(row.variant.product_id)
        jobs.push(shop.id)
        monkeypatch.undo()
    [item] = market.items(shop.shop_id)
    assert (item["price"], open_lanes(shop)) == (190_000, ["price"])
    # The first call comes out of the marketplace's queue only now.
    market.edit(item["item_id"], price=210_000)
    jobs.push(shop.id)
    assert market.items(shop.shop_id)[0]["price"] == 210_000
    wait_over(shop)
    jobs.push(shop.id)
    assert market.items(shop.shop_id)[0]["price"] == 190_000
    assert open_lanes(shop) == []


def test_what_cannot_be_asked_first_is_away_and_counts_as_no_answer(shop, market):
    market.fault("http", "get_order_list", shop.shop_id, code=502)
    with pytest.raises(Away, match="bận"):
        jobs.push(shop.id)
    db.session.refresh(shop)
    assert (shop.failures, market.items(shop.shop_id)) == (1, [])
    jobs.push(shop.id)
    db.session.refresh(shop)
    assert (shop.failures, len(market.items(shop.shop_id))) == (0, 1)


def test_an_expired_token_is_refreshed_once_and_the_call_said_again(shop, market, database):
    market.fault("token_expired", "get_channel_list", shop.shop_id)
    jobs.push(shop.id)
    assert len(market.items(shop.shop_id)) == 1
    db.session.refresh(shop)
    settings: Settings = database.config["SETTINGS"]
    [kept] = [t for t in market.state()["tokens"] if t["shop_id"] == int(shop.shop_id)]
    assert vault.open_sealed(shop.sealed_access_token, settings.vault_key) == kept["access"]
    assert vault.open_sealed(shop.sealed_refresh_token, settings.vault_key) == kept["refresh"]
    refreshed = [c for c in market.state()["calls"] if c["path"].endswith("access_token/get")]
    assert [c for c in refreshed if str(shop.shop_id) in c["body"]][1:] == []


def test_a_spent_refresh_token_parks_the_connection_until_it_is_signed_in_again(
    shop, market, database
):
    shop.sealed_refresh_token = vault.seal("spent", database.config["SETTINGS"].vault_key)
    db.session.commit()
    market.fault("token_expired", "get_channel_list", shop.shop_id)
    jobs.push(shop.id)
    db.session.refresh(shop)
    assert shop.health == Health.NEEDS_RECONNECT
    assert shop.trouble == "Sàn đòi đăng nhập lại. Bấm “Kết nối lại” để tiếp tục."
    assert open_lanes(shop) == ["content", "images", "price", "status", "stock"]
    assert lanes.waiting() == []


def test_a_new_price_is_one_call_with_the_last_absolute_value(shop, market):
    jobs.push(shop.id)
    row = listing_of(shop)
    for price_vnd in (190_000, 195_000, 200_000):
        row.variant.price_vnd = price_vnd
        db.session.commit()
        jobs.mark(row.variant.product_id)
    jobs.push(shop.id)
    [call] = market.calls(shop.shop_id, "product/update_price")
    assert '"price_list": [{"model_id": 0, "original_price": 200000}]' in call["body"]
    assert market.items(shop.shop_id)[0]["price"] == 200_000
    assert market.calls(shop.shop_id, "product/update_stock") == []


def test_a_change_of_stock_is_sent_as_what_is_left(shop, market):
    jobs.push(shop.id)
    variant = listing_of(shop).variant
    with transaction():
        stock.sell(variant.id, Decimal("3.5"), source="test:sale")
    jobs.mark_stock([variant.id])
    jobs.push(shop.id)
    assert market.items(shop.shop_id)[0]["stock"] == 6


def test_a_product_taken_off_sale_has_stock_zero_there(shop, market):
    jobs.push(shop.id)
    product = listing_of(shop).variant.product
    product.status, product.on_sale = "paused", False
    db.session.commit()
    jobs.mark(product.id)
    jobs.push(shop.id)
    assert market.items(shop.shop_id)[0]["stock"] == 0


def test_one_refused_line_fails_and_the_others_pass(shop, market):
    make.variant(make.product(_seller(shop), name="Trà đinh"), sku="DINH")
    offered(shop)
    jobs.push(shop.id)
    query = select(Listing).where(Listing.connection_id == shop.id).order_by(Listing.id)
    rows = db.session.scalars(query).all()
    for row in rows:
        row.variant.price_vnd = 210_000
    db.session.commit()
    said = "error_cannt_edit_price_in_promotion"
    market.fault("failure_list", "update_price", shop.shop_id, said=said)
    for row in rows:
        jobs.mark(row.variant.product_id)
    jobs.push(shop.id)
    db.session.expire_all()
    states = {row.variant.sku: (row.state, row.trouble) for row in rows}
    assert states["CHE-200"] == (
        "failed",
        "Sàn đang khóa giá vì sản phẩm trong khuyến mãi. Hết khuyến mãi, bấm “Đẩy lên sàn”."
        " (error_cannt_edit_price_in_promotion)",
    )
    assert states["DINH"] == ("live", None)
    prices = {item["item_sku"]: item["price"] for item in market.items(shop.shop_id)}
    assert prices == {"CHE-200": 185_000, "DINH": 210_000}


def test_a_refused_listing_is_sent_again_after_it_was_mended(shop, market):
    market.fault("error", "add_item", shop.shop_id, code="error_invalid_brand")
    jobs.push(shop.id)
    row = listing_of(shop)
    assert row.state == "failed"
    assert row.trouble == "Sàn không nhận thương hiệu của sản phẩm."
    jobs.push(shop.id)
    assert market.items(shop.shop_id) == []
    jobs.mark_all(shop.id)
    jobs.push(shop.id)
    row = listing_of(shop)
    assert (row.state, row.trouble) == ("live", None)
    assert len(market.items(shop.shop_id)) == 1


def test_a_busy_marketplace_leaves_the_lanes_open_and_the_other_listings_go_on(shop, market):
    make.variant(make.product(_seller(shop), name="Trà đinh"), sku="DINH")
    offered(shop)
    market.fault("error", "add_item", shop.shop_id, code="error_rate_limit")
    jobs.push(shop.id)
    assert [item["item_sku"] for item in market.items(shop.shop_id)] == ["DINH"]
    assert open_lanes(shop) == ["content", "images", "price", "status", "stock"]
    wait_over(shop)
    jobs.push(shop.id)
    assert len(market.items(shop.shop_id)) == 2


def test_an_answer_that_makes_no_sense_is_asked_again_and_keeps_no_other_listing_waiting(
    shop, market, monkeypatch
):
    make.variant(make.product(_seller(shop), name="Trà đinh"), on_hand=5, sku="DINH")
    offered(shop)
    create = shopee_listings.create

    def odd(at, ground, wanted, *, key):
        made = create(at, ground, wanted, key=key)
        if wanted.sku == "CHE-200":
            raise KeyError("item_id")
        return made

    monkeypatch.setattr(shopee_listings, "create", odd)
    jobs.push(shop.id)
    assert sorted(item["item_sku"] for item in market.items(shop.shop_id)) == ["CHE-200", "DINH"]
    assert [listing_of(shop).state, listing_of(shop).external_id] == ["creating", None]
    monkeypatch.undo()
    wait_over(shop)
    jobs.push(shop.id)
    assert len(market.items(shop.shop_id)) == 2
    assert listing_of(shop).state == "live"


def test_what_changes_during_a_call_is_not_lost(shop, market):
    jobs.push(shop.id)
    row = listing_of(shop)
    lanes.mark([row.id], [LaneKind.PRICE])
    db.session.commit()
    [lane] = lanes.take(shop.id, {})
    seen, hashes = {lane.id: lane.wanted}, {lane.id: "sent"}
    lanes.mark([row.id], [LaneKind.PRICE])
    lanes.settle(seen, hashes)
    db.session.commit()
    assert open_lanes(shop) == ["price"]


def test_a_second_push_of_the_same_connection_steps_aside(shop, market):
    with connections.alone(shop.id, "push") as alone:
        assert alone
        jobs.push(shop.id)
    assert market.items(shop.shop_id) == []
    assert open_lanes(shop) == ["content", "images", "price", "status", "stock"]
    jobs.push(shop.id)
    assert len(market.items(shop.shop_id)) == 1


def test_the_sweep_asks_for_one_push_of_what_is_open(shop, run_tasks, market):
    jobs.push_open_lanes()
    jobs.push_open_lanes()
    asked = db.session.scalars(select(Task.arguments).where(Task.job == outcomes.PUSH)).all()
    assert asked == [{"connection_id": shop.id}]
    run_tasks()
    assert len(market.items(shop.shop_id)) == 1


def test_tokens_and_keys_are_never_logged(shop, market, database, caplog):
    caplog.set_level("DEBUG")
    market.fault("token_expired", "get_channel_list", shop.shop_id)
    jobs.push(shop.id)
    key = database.config["SETTINGS"].vault_key
    db.session.refresh(shop)
    secrets = [shop.sealed_access_token, shop.sealed_refresh_token]
    assert [s for s in secrets if vault.open_sealed(s, key) in caplog.text] == []
    assert "add_item" in caplog.text


def test_once_its_last_day_is_over_the_star_leaves_the_marketplace(shop, market, run_tasks):
    variant = db.session.scalars(select(Variant).where(Variant.seller_id == shop.seller_id)).one()
    certificate = make_certificates.certificate(variant)
    db.session.commit()
    run_tasks()
    [item] = market.items(shop.shop_id)
    assert item["item_name"] == "Chè tôm nõn Hảo Đạt, hộp 200 g - OCOP 4 sao"
    # Not by setting the clock: the marketplace has its own and refuses signatures of other days.
    certificate.expires_on = clock.today() - timedelta(1)
    db.session.commit()
    catalogue_jobs.end_certificates()
    run_tasks()
    [item] = market.items(shop.shop_id)
    assert item["item_name"] == "Chè tôm nõn Hảo Đạt, hộp 200 g"
    assert "sao" not in item["description"]
