"""The engine with a Lazada shop: from a listing of ours to an order and its money."""

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.inventory import stock
from shop.orders.models import Order
from tests import make, make_channels
from workers.channels import connections, listings
from workers.channels.models import Health, Listing
from workers.channels.order_models import ChannelOrder, ChannelPayout, MarketPush
from workers.marketplaces.lazada import listings as lazada_listings
from workers.marketplaces.lazada import sign
from workers.sandbox import lazada_orders as sandbox_orders
from workers.sync import jobs
from workers.sync.models import Lane


def offered(app, market, seller):
    connection = make_channels.connection(app, market, seller.id, platform="lazada")
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    return connection


@pytest.fixture
def shop(market, database):
    """A Lazada shop whose one product, ten boxes, is listed."""
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    return offered(database, market, seller)


def listing_of(shop):
    db.session.expire_all()
    return db.session.scalars(select(Listing).where(Listing.connection_id == shop.id)).one()


def bought(market, shop, quantity, **more):
    sku_id = int(listing_of(shop).external_id.split(":")[1])
    given = {"platform": "lazada", "status": "ready_to_ship"} | more
    return market.order(shop.shop_id, [{"item_id": sku_id, "quantity": quantity}], **given)


def ours():
    db.session.expire_all()
    return db.session.scalars(select(Order)).one()


def test_a_listing_is_created_once_with_what_the_marketplace_needs(shop, market):
    jobs.mark_all(shop.id)
    jobs.push(shop.id)
    [item] = market.items(shop.shop_id)
    assert (item["item_sku"], item["item_name"]) == ("CHE-200", "Chè tôm nõn Hảo Đạt, hộp 200 g")
    assert (item["price"], item["stock"], item["category_id"]) == (185_000, 10, 10000601)
    assert item["package"]["package_weight"] == "0.200"
    assert [c["error"] for c in market.calls(shop.shop_id, "product/create")] == [""]
    row = listing_of(shop)
    assert (row.state, row.external_id, row.trouble) == (
        "live",
        f"{item['product']}:{item['item_id']}",
        None,
    )
    lanes = select(Lane).where(Lane.listing_id == row.id, Lane.wanted > Lane.settled)
    assert db.session.scalars(lanes).all() == []


def test_a_create_whose_answer_is_lost_makes_no_second_item(market, database, monkeypatch):
    monkeypatch.setattr("shop.http.TIMEOUT", (2, 0.3))
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    connection = make_channels.connection(database, market, seller.id, platform="lazada")
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    fault = {"fault": "commit_then_timeout", "path": "/product/create", "seconds": 1}
    market.fault(shop_id=connection.shop_id, **fault)
    jobs.push(connection.id)
    assert listing_of(connection).external_id is None
    db.session.execute(Lane.__table__.update().values(not_before=None))
    # Long enough ago that it has arrived by now, or never will.
    db.session.execute(Listing.__table__.update().values(unknown_until=clock.now()))
    db.session.commit()
    jobs.push(connection.id)
    [item] = market.items(connection.shop_id)
    assert listing_of(connection).external_id == f"{item['product']}:{item['item_id']}"
    assert len(market.calls(connection.shop_id, "product/create")) == 1


def test_an_order_becomes_ours_and_follows_its_units(shop, market):
    told = bought(market, shop, 3, fee_vnd=25_000, discount_vnd=10_000)
    for _ in range(2):
        jobs.pull(shop.id)
    order = ours()
    assert (order.source, order.state) == ("channel:lazada", "cod_confirmed")
    assert (order.goods_vnd, order.fee_vnd, order.discount_vnd) == (555_000, 25_000, 10_000)
    assert order.total_vnd == told["total_vnd"] == 570_000
    variant_id = listing_of(shop).variant_id
    assert stock.saleable([variant_id])[variant_id] == 7
    market.change(told["order_id"], "lazada", status="shipped", tracking="LEXVN01")
    jobs.pull(shop.id)
    assert (ours().state, ours().tracking_no) == ("shipped", "LEXVN01")


def test_an_order_that_is_not_sure_yet_only_holds_its_goods(shop, market):
    bought(market, shop, 3, status="unpaid")
    jobs.pull(shop.id)
    variant_id = listing_of(shop).variant_id
    assert stock.saleable([variant_id])[variant_id] == 7
    assert db.session.scalars(select(ChannelOrder.state)).one() == "placed"


def test_orders_of_two_shops_with_the_same_number_are_two_orders(shop, market, database):
    seller = make.seller(name="HTX khác")
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    other = offered(database, market, seller)
    for each in (shop, other):
        bought(market, each, 1, order_id="420042")
        jobs.pull(each.id)
    db.session.expire_all()
    owners = db.session.scalars(select(Order.seller_id).order_by(Order.seller_id)).all()
    assert owners == sorted([shop.seller_id, other.seller_id])


def test_a_push_brings_its_order_in(shop, market, cast, run_tasks):
    told = bought(market, shop, 2)
    headers, raw = sandbox_orders.push(told, "")
    for _ in range(2):
        assert (
            cast.visitor.post("/webhooks/san/lazada", data=raw, headers=headers).status_code == 200
        )
    db.session.expire_all()
    assert len(db.session.scalars(select(MarketPush)).all()) == 1
    run_tasks()
    assert ours().source_key == f"lazada:{told['order_id']}:{shop.shop_id}"


def test_a_push_that_lazada_did_not_sign_changes_nothing(shop, market, cast):
    headers, raw = sandbox_orders.push(bought(market, shop, 2), "")
    headers["Authorization"] = sign.push("another key", "123456", raw)
    assert cast.visitor.post("/webhooks/san/lazada", data=raw, headers=headers).status_code == 401
    assert db.session.scalars(select(MarketPush)).all() == []


def test_a_token_that_ends_is_renewed_and_the_call_said_again(shop, market):
    sealed = shop.sealed_access_token
    market.fault("token_expired", "/category/tree/get", shop.shop_id)
    assert len(connections.say(shop.id, lazada_listings.categories)) == 14
    db.session.expire_all()
    assert shop.health == Health.OK
    assert shop.sealed_access_token != sealed


def test_a_delivered_order_is_paid_out(shop, market):
    told = bought(market, shop, 2, fee_vnd=20_000)
    market.change(told["order_id"], "lazada", status="shipped", tracking="LEXVN01")
    jobs.pull(shop.id)
    market.change(told["order_id"], "lazada", status="delivered")
    jobs.pull(shop.id)
    for _ in range(2):
        jobs.ask_payouts(shop.id)
    db.session.expire_all()
    [row] = db.session.scalars(select(ChannelPayout)).all()
    # 370,000 đ of goods: 4 % commission, 5 % payment fee, 20,000 đ to the carrier; 1.5 % tax.
    assert (row.gross_vnd, row.fee_vnd, row.tax_vnd) == (390_000, 53_300, 5_550)
    assert (row.adjustment_vnd, row.net_vnd) == (0, 331_150)
