import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.outbox import Task
from shop.sellers.models import Seller
from tests import make, make_channels
from workers.channels import listings, partners
from workers.channels.models import Listing
from workers.marketplaces.shopee import sign
from workers.sync import jobs
from workers.sync.models import Difference


@pytest.fixture
def shop(market, database):
    """A shop with two products listed as they should be."""
    seller = make.seller()
    for sku in ("CHE-200", "DINH"):
        make.variant(make.product(seller, name=f"Chè {sku}"), on_hand=10, sku=sku)
    connection = make_channels.connection(database, market, seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    return connection


def items(market, shop):
    return {item["item_sku"]: item for item in market.items(shop.shop_id)}


def differences():
    db.session.expire_all()
    rows = db.session.scalars(select(Difference).order_by(Difference.kind)).all()
    return [(row.kind, row.ours, row.theirs) for row in rows]


def test_a_shop_as_it_should_be_has_no_difference(shop, market):
    jobs.scan(shop.id)
    assert differences() == []


@pytest.mark.parametrize("how", [jobs.scan, jobs.sample])
def test_stock_price_and_visibility_changed_by_hand_are_told_again(shop, market, how):
    item = items(market, shop)["CHE-200"]
    market.edit(item["item_id"], stock=99, price=1_000, item_status="UNLIST")
    how(shop.id)
    assert differences() == [
        ("price", str(item["price"]), "1000"),
        ("status", "đang hiện", "đang ẩn"),
        ("stock", "10", "99"),
    ]
    jobs.push(shop.id)
    mended = items(market, shop)["CHE-200"]
    assert (mended["stock"], mended["price"], mended["item_status"]) == (
        10,
        item["price"],
        "NORMAL",
    )
    how(shop.id)
    assert differences() == []


def test_words_changed_by_hand_are_reported_and_left(shop, market):
    item = items(market, shop)["DINH"]
    market.edit(item["item_id"], item_name="Chè đinh giá sốc")
    jobs.scan(shop.id)
    assert differences() == [("content", item["item_name"], "Chè đinh giá sốc")]
    jobs.push(shop.id)
    assert items(market, shop)["DINH"]["item_name"] == "Chè đinh giá sốc"


def test_words_are_told_again_where_the_rule_says_so(shop, market):
    shop.drift = "overwrite"
    db.session.commit()
    item = items(market, shop)["DINH"]
    market.edit(item["item_id"], item_name="Chè đinh giá sốc")
    jobs.scan(shop.id)
    jobs.push(shop.id)
    assert items(market, shop)["DINH"]["item_name"] == item["item_name"]


def test_an_item_that_was_deleted_there_and_one_that_is_none_of_ours_are_named(shop, market):
    gone, moved = items(market, shop)["CHE-200"], items(market, shop)["DINH"]
    market.delete(gone["item_id"])
    listing = db.session.scalars(
        select(Listing).where(Listing.external_id == str(moved["item_id"]))
    ).one()
    listing.external_id = None
    db.session.commit()
    jobs.scan(shop.id)
    assert differences() == [("extra", "", moved["item_name"]), ("missing", "CHE-200", "")]
    jobs.push(shop.id)
    assert list(items(market, shop)) == ["DINH"]


def test_an_item_the_marketplace_blocked_is_reported_and_not_fought_over(shop, market):
    item = items(market, shop)["DINH"]
    market.edit(item["item_id"], item_status="BANNED", stock=0)
    jobs.scan(shop.id)
    assert differences() == [("blocked", "", "sàn khóa")]


def test_what_is_still_on_its_way_is_no_difference(shop, market):
    seller = db.session.get(Seller, shop.seller_id)
    variant = (
        db.session.scalars(
            select(Listing).where(Listing.connection_id == shop.id).order_by(Listing.id)
        )
        .first()
        .variant
    )
    assert variant.seller_id == seller.id
    variant.price_vnd += 5_000
    db.session.commit()
    jobs.mark(variant.product_id)
    jobs.scan(shop.id)
    assert differences() == []


def test_a_sale_that_was_not_pulled_yet_is_no_difference(shop, market):
    item = items(market, shop)["CHE-200"]
    market.order(shop.shop_id, [{"item_id": item["item_id"], "quantity": 3}])
    jobs.scan(shop.id)
    assert differences() == []
    jobs.push(shop.id)
    assert items(market, shop)["CHE-200"]["stock"] == 7


@pytest.mark.parametrize(("hour_utc", "asked"), [(19, 1), (20, 0)])
def test_everything_is_compared_at_two_in_the_night(shop, hour_utc, asked):
    with clock.at(datetime(2026, 11, 28, hour_utc, 30, tzinfo=UTC)):
        jobs.scan_all()
    query = select(Task.id).where(Task.job == "workers.sync.jobs.scan")
    assert len(db.session.scalars(query).all()) == asked


def test_a_push_about_an_item_has_it_looked_at(shop, market, cast, database, run_tasks):
    item = items(market, shop)["CHE-200"]
    market.edit(item["item_id"], stock=3)
    url = database.config["SETTINGS"].base_url + "/webhooks/san/shopee"
    told = {"item_id": item["item_id"], "model_id": 0, "action": "promotion_start"}
    body = json.dumps(
        {"data": told, "shop_id": int(shop.shop_id), "code": 8, "timestamp": 1_700_000_000}
    ).encode()
    signed = sign.push(partners.SANDBOX_PUSH_KEY, url, body)
    answer = cast.visitor.post("/webhooks/san/shopee", data=body, headers={"Authorization": signed})
    assert answer.status_code == 200
    run_tasks()
    assert items(market, shop)["CHE-200"]["stock"] == 10
