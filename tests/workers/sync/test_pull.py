from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import select

from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import stock
from shop.orders import dues
from shop.orders.models import Order
from shop.sellers.models import Seller
from tests import make, make_channels
from workers.channels import connections, listings
from workers.channels import orders as intake
from workers.channels.models import Listing
from workers.channels.order_models import ChannelOrder, MarketPush
from workers.marketplaces.shopee import orders as shopee_orders
from workers.sandbox import shopee_orders as sandbox_orders
from workers.sync import jobs


@pytest.fixture
def shop(market, database):
    """A shop whose one product, ten boxes, is listed."""
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    connection = make_channels.connection(database, market, seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    return connection


@pytest.fixture
def listing(shop):
    return db.session.scalars(select(Listing).where(Listing.connection_id == shop.id)).one()


def bought(market, shop, listing, quantity, **more):
    lines = [{"item_id": int(listing.external_id), "quantity": quantity}]
    return market.order(shop.shop_id, lines, **more)


def ours():
    db.session.expire_all()
    return db.session.scalars(select(Order)).one()


def row():
    db.session.expire_all()
    return db.session.scalars(select(ChannelOrder)).one()


def saleable(listing):
    db.session.expire_all()
    return stock.saleable([listing.variant_id])[listing.variant_id]


def test_an_order_of_the_marketplace_becomes_ours_with_its_goods_held(shop, listing, market):
    told = bought(market, shop, listing, 3, fee_vnd=25_000, discount_vnd=10_000)
    jobs.pull(shop.id)
    order = ours()
    assert (order.state, order.pay_by, order.source) == (
        "cod_confirmed",
        "channel",
        "channel:shopee",
    )
    assert order.source_key == f"shopee:{told['order_id']}:{shop.shop_id}"
    assert (order.goods_vnd, order.fee_vnd, order.discount_vnd) == (555_000, 25_000, 10_000)
    assert order.total_vnd == told["total_vnd"] == 570_000
    assert (order.buyer_name, order.buyer_phone) == ("Nguyễn Thị Bưởi", "+84912345678")
    [line] = order.lines
    assert (line.variant_id, line.quantity, line.unit_price_vnd) == (
        listing.variant_id,
        Decimal(3),
        185_000,
    )
    assert saleable(listing) == 7
    assert (row().intake, row().order_id, row().trouble) == ("taken", order.id, None)


def test_pulled_again_it_is_the_same_order_and_the_same_goods(shop, listing, market):
    bought(market, shop, listing, 3)
    for _ in range(3):
        jobs.pull(shop.id)
    assert ours().state == "cod_confirmed"
    assert saleable(listing) == 7
    assert len(ours().events) == 2


def test_orders_that_move_to_another_page_meanwhile_are_brought_in(
    shop, listing, market, monkeypatch
):
    monkeypatch.setattr(shopee_orders, "PAGE", 2)
    placed = {bought(market, shop, listing, 1)["order_id"] for _ in range(5)}
    told = shopee_orders.changed

    def moving(shop_now, **asked):
        if asked["cursor"] == "2" and not moved:
            moved.append(asked["cursor"])
            market.fault("shift", "get_order_list", shop.shop_id)
        return told(shop_now, **asked)

    moved = []
    monkeypatch.setattr(shopee_orders, "changed", moving)
    jobs.pull(shop.id)
    assert moved == ["2"]
    db.session.expire_all()
    assert set(db.session.scalars(select(ChannelOrder.external_id))) == placed
    assert saleable(listing) == 5


def test_a_sale_there_and_goods_that_come_in_here_leave_both_with_the_same_number(
    shop, listing, market, run_tasks
):
    bought(market, shop, listing, 1)
    with transaction():
        stock.receive(listing.variant_id, Decimal(1), source="test")
    jobs.pull(shop.id)
    run_tasks()
    jobs.push(shop.id)
    assert saleable(listing) == 10, "as many as it was told before the sale"
    assert [item["stock"] for item in market.items(shop.shop_id)] == [10]


def test_an_order_that_is_not_paid_yet_holds_goods_and_is_not_to_be_packed(shop, listing, market):
    told = bought(market, shop, listing, 2, status="UNPAID")
    jobs.pull(shop.id)
    assert (ours().state, saleable(listing)) == ("awaiting_payment", 8)
    market.change(told["order_id"], status="READY_TO_SHIP")
    jobs.pull(shop.id)
    assert (ours().state, saleable(listing)) == ("cod_confirmed", 8)


def test_cancelled_there_it_gives_its_goods_back_once(shop, listing, market):
    told = bought(market, shop, listing, 4)
    jobs.pull(shop.id)
    market.change(told["order_id"], status="CANCELLED")
    for _ in range(2):
        jobs.pull(shop.id)
    assert (ours().state, saleable(listing)) == ("cancelled", 10)
    assert dues.open_vnd(ours()) == 0


def test_sent_there_the_goods_leave_our_books_with_the_tracking_number(shop, listing, market):
    told = bought(market, shop, listing, 4)
    jobs.pull(shop.id)
    market.change(told["order_id"], status="SHIPPED", tracking="SPXVN01")
    jobs.pull(shop.id)
    order = ours()
    assert (order.state, order.carrier, order.tracking_no) == ("shipped", "SPX Express", "SPXVN01")
    assert stock.on_hand([listing.variant_id])[listing.variant_id] == 6
    assert stock.reserved([listing.variant_id]).get(listing.variant_id, 0) == 0
    market.change(told["order_id"], status="COMPLETED")
    jobs.pull(shop.id)
    assert ours().state == "completed"
    assert stock.on_hand([listing.variant_id])[listing.variant_id] == 6


def test_an_order_first_seen_when_it_was_sent_already_goes_all_the_way(shop, listing, market):
    told = bought(market, shop, listing, 4)
    market.change(told["order_id"], status="SHIPPED", tracking="SPXVN01")
    jobs.pull(shop.id)
    assert ours().state == "shipped"
    assert stock.on_hand([listing.variant_id])[listing.variant_id] == 6


def test_an_order_that_was_cancelled_before_we_saw_it_is_nothing_of_ours(shop, listing, market):
    told = bought(market, shop, listing, 4)
    market.change(told["order_id"], status="CANCELLED")
    jobs.pull(shop.id)
    assert row().intake == "ignored"
    assert db.session.scalars(select(Order)).all() == []
    assert saleable(listing) == 10


def test_what_is_told_late_changes_nothing(shop, listing, market):
    told = bought(market, shop, listing, 4)
    jobs.pull(shop.id)
    [early] = _told(shop, told["order_id"])
    market.change(told["order_id"], status="SHIPPED", tracking="SPXVN01")
    jobs.pull(shop.id)
    with transaction():
        intake.take_in(shop, early)
    assert (ours().state, row().said) == ("shipped", "SHIPPED")


def _told(shop, order_id):
    return connections.say(shop.id, partial(shopee_orders.read, order_ids=[order_id]))


def test_an_order_of_goods_that_are_gone_is_kept_and_flagged_never_refused(shop, listing, market):
    bought(market, shop, listing, 10)
    with transaction():
        stock.sell(listing.variant_id, Decimal(8), source="test:stall")
    jobs.pull(shop.id)
    assert (ours().state, ours().short) == ("cod_confirmed", True)
    assert row().trouble == (
        "Sàn đã bán nhưng kho không còn đủ. Nhập thêm hàng hoặc hủy đơn trên sàn."
    )
    assert saleable(listing) == 0


def test_an_item_nobody_knows_keeps_the_order_and_asks_for_a_link(shop, listing, market):
    lines = [{"item_id": int(listing.external_id), "quantity": 2}]
    _forget(listing)
    market.order(shop.shop_id, lines)
    jobs.pull(shop.id)
    assert row().intake == "needs_link"
    assert row().trouble == ("Chưa biết là hàng nào của mình: Chè tôm nõn Hảo Đạt, hộp 200 g.")
    assert db.session.scalars(select(Order)).all() == []
    with transaction():
        intake.link(shop, str(lines[0]["item_id"]), listing.variant, by="Bà Hoa")
    jobs.pull_again(shop.id)
    assert row().intake == "taken"
    assert (ours().state, saleable(listing)) == ("cod_confirmed", 8)


def _forget(listing):
    """As if the item had been listed by hand under another SKU."""
    listing.external_id = None
    listing.variant.sku = "KHAC"
    db.session.commit()


def test_what_waits_for_a_link_is_not_offered_a_second_time(shop, listing, market):
    seller = db.session.get(Seller, shop.seller_id)
    make.variant(make.product(seller, name="Trà đinh"), on_hand=5, sku="DINH")
    db.session.commit()
    listings.link_all(shop)
    db.session.commit()
    jobs.mark_all(shop.id)
    jobs.push(shop.id)
    strange = _listing_of("DINH")
    lines = [
        {"item_id": int(listing.external_id), "quantity": 6},
        {"item_id": int(strange.external_id), "quantity": 1},
    ]
    _forget(strange)
    market.order(shop.shop_id, lines)
    jobs.pull(shop.id)
    assert row().intake == "needs_link"
    assert saleable(listing) == 10
    jobs.push(shop.id)
    stocks = {item["item_sku"]: item["stock"] for item in market.items(shop.shop_id)}
    assert stocks["CHE-200"] == 4


def _listing_of(sku):
    query = select(Listing).join(Variant, Variant.id == Listing.variant_id)
    return db.session.scalars(query.where(Variant.sku == sku)).one()


def test_a_signed_push_brings_in_the_order_it_names_once(
    shop, listing, market, cast, run_tasks, database
):
    told = bought(market, shop, listing, 1)
    for _ in range(2):
        answer = cast.visitor.post("/webhooks/san/shopee", **pushed(database, told))
        assert (answer.status_code, answer.data) == (200, b"")
    assert len(db.session.scalars(select(MarketPush)).all()) == 1
    run_tasks()
    assert ours().state == "cod_confirmed"


def test_a_push_with_another_signature_is_refused_and_kept_nowhere(shop, market, cast, database):
    order = {"order_id": "X1", "status": "READY_TO_SHIP", "shop_id": int(shop.shop_id)}
    sent = pushed(database, order | {"updated_at": 1_700_000_000})
    sent["data"] = sent["data"].replace(b"READY_TO_SHIP", b"CANCELLED")
    assert cast.visitor.post("/webhooks/san/shopee", **sent).status_code == 401
    assert db.session.scalars(select(MarketPush)).all() == []


def pushed(app, order):
    url = app.config["SETTINGS"].base_url + "/webhooks/san/shopee"
    headers, body = sandbox_orders.push(order, url)
    return {"data": body, "headers": headers}
