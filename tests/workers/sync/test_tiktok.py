"""The engine with TikTok Shop: what is different there, and that the rest is the same."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from shop import clock
from shop.database import db, transaction
from shop.inventory import stock
from shop.orders.models import Order
from tests import make, make_channels
from workers.channels import listings
from workers.channels.models import Health, Listing
from workers.channels.order_models import ChannelOrder, ChannelPayout, MarketPush
from workers.sandbox import tiktok_orders as sandbox_orders
from workers.sync import drift, jobs
from workers.sync.models import Difference, Lane


@pytest.fixture
def shop(market, database):
    """A cooperative with one product of ten boxes, its shop on TikTok connected and linked."""
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    connection = make_channels.connection(database, market, seller.id, platform="tiktok")
    return offered(connection)


def offered(connection):
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    return connection


@pytest.fixture
def pushed(shop):
    jobs.push(shop.id)
    return shop


def listing_of(connection):
    db.session.expire_all()
    return db.session.scalars(select(Listing).where(Listing.connection_id == connection.id)).one()


def open_lanes():
    db.session.expire_all()
    return db.session.scalars(select(Lane.kind).where(Lane.wanted > Lane.settled)).all()


def paths(market, connection):
    calls = [c for c in market.state()["calls"] if c["shop_id"] == int(connection.shop_id)]
    return [call["path"].removeprefix("/tiktok") for call in calls]


def sell(connection, quantity):
    """At the stall, so that the marketplace has to be told."""
    listing = listing_of(connection)
    with transaction():
        stock.sell(listing.variant_id, Decimal(quantity), source=f"test:{quantity}")
    jobs.mark_stock([listing.variant_id])
    jobs.push(connection.id)


def receive(connection, quantity):
    listing = listing_of(connection)
    with transaction():
        stock.receive(listing.variant_id, Decimal(quantity), source="test:harvest")
    jobs.mark_stock([listing.variant_id])
    jobs.push(connection.id)


def test_a_new_listing_is_created_with_what_tiktok_needs(pushed, market):
    [item] = market.items(pushed.shop_id)
    assert (item["item_sku"], item["title"]) == ("CHE-200", "Chè tôm nõn Hảo Đạt, hộp 200 g")
    assert (item["price"], item["stock"], item["category_id"]) == (185_000, 10, "6100780")
    row = listing_of(pushed)
    assert row.external_id == f"{item['item_id']}:{item['item_id']}001"
    assert (row.state, row.trouble, row.attempt) == ("live", None, None)
    assert open_lanes() == []


def test_pushing_everything_twice_creates_and_sends_nothing_twice(pushed, market):
    before = paths(market, pushed)
    jobs.mark_all(pushed.id)
    jobs.push(pushed.id)
    after = paths(market, pushed)[len(before) :]
    assert [path for path in after if "/products" in path] == []
    assert len(market.items(pushed.shop_id)) == 1


def test_a_name_too_short_for_tiktok_is_told_before_any_call(market, database):
    seller = make.seller()
    make.variant(make.product(seller, name="Chè tân"), on_hand=10, sku="CHE-200")
    connection = offered(make_channels.connection(database, market, seller.id, platform="tiktok"))
    jobs.push(connection.id)
    assert market.items(connection.shop_id) == []
    row = listing_of(connection)
    assert (row.state, row.trouble) == (
        "failed",
        "Tên trên sàn cần ít nhất 25 ký tự; đang có 18.",
    )


def test_what_is_sold_out_is_taken_off_the_shelf_and_comes_back_with_new_goods(pushed, market):
    market.edit(listing_of(pushed).external_id.partition(":")[0], status="ACTIVATE")
    sell(pushed, 10)
    [item] = market.items(pushed.shop_id)
    assert item["status"] == "SELLER_DEACTIVATED"
    receive(pushed, 4)
    [item] = market.items(pushed.shop_id)
    assert (item["status"], item["stock"]) == ("PENDING", 4)
    assert (listing_of(pushed).state, open_lanes()) == ("live", [])


def test_what_is_sold_out_while_in_audit_is_hidden_once_the_audit_is_over(pushed, market):
    item_id = listing_of(pushed).external_id.partition(":")[0]
    market.edit(item_id, audit_stays=True)
    sell(pushed, 10)
    assert listing_of(pushed).trouble.startswith("TikTok Shop đang duyệt sản phẩm.")
    market.edit(item_id, status="ACTIVATE")
    db.session.execute(update(Lane).values(not_before=None))
    db.session.commit()
    jobs.push(pushed.id)
    assert market.items(pushed.shop_id)[0]["status"] == "SELLER_DEACTIVATED"
    assert (listing_of(pushed).trouble, open_lanes()) == (None, [])


def test_being_sold_out_is_no_difference_and_is_never_shown_again_by_the_nightly_scan(
    pushed, market
):
    market.edit(listing_of(pushed).external_id.partition(":")[0], status="ACTIVATE")
    sell(pushed, 10)
    jobs.scan(pushed.id)
    jobs.push(pushed.id)
    assert db.session.scalars(select(Difference)).all() == []
    [item] = market.items(pushed.shop_id)
    assert item["status"] == "SELLER_DEACTIVATED"


def test_a_product_hidden_by_hand_is_shown_again_with_its_stock(pushed, market):
    item_id = listing_of(pushed).external_id.partition(":")[0]
    market.edit(item_id, status="SELLER_DEACTIVATED", stock=3)
    drift.scan(pushed.id)
    jobs.push(pushed.id)
    [item] = market.items(pushed.shop_id)
    assert (item["status"], item["stock"]) == ("PENDING", 10)


def test_goods_there_are_none_of_are_listed_when_they_come(market, database):
    seller = make.seller()
    make.variant(make.product(seller), on_hand=0, sku="CHE-200", price_vnd=185_000)
    connection = offered(make_channels.connection(database, market, seller.id, platform="tiktok"))
    jobs.push(connection.id)
    assert market.items(connection.shop_id) == []
    waits = listing_of(connection)
    assert (waits.state, waits.trouble) == (
        "waiting",
        "Hết hàng nên chưa lên sàn này. Nhập kho, hàng tự lên.",
    )
    receive(connection, 6)
    [item] = market.items(connection.shop_id)
    assert item["stock"] == 6
    there = listing_of(connection)
    assert (there.state, there.trouble) == ("live", None)


def test_what_waits_for_goods_says_so_and_is_not_said_to_be_there(market, database, cast):
    make.variant(make.product(cast.ours.seller), on_hand=0, sku="CHE-200")
    shop = make_channels.connection(database, market, cast.ours.seller.id, platform="tiktok")
    connection = offered(shop)
    jobs.push(connection.id)
    page = cast.ours.get(f"/ban-hang/san/san-pham/{listing_of(connection).ref}").text
    assert page.count("Chưa lên sàn") == 5
    assert "Đã khớp" not in page
    for shown in (page, cast.ours.get("/ban-hang/san/bang").text):
        assert "Hết hàng nên chưa lên sàn này. Nhập kho, hàng tự lên." in shown


def test_a_token_that_ended_is_renewed_once_and_the_call_said_again(pushed, market):
    market.edit(listing_of(pushed).external_id.partition(":")[0], status="ACTIVATE")
    market.fault("token_expired", "inventory/update", pushed.shop_id)
    before = pushed.sealed_access_token
    sell(pushed, 1)
    db.session.expire_all()
    assert market.items(pushed.shop_id)[0]["stock"] == 9
    assert pushed.sealed_access_token != before
    assert (pushed.health, pushed.cipher[:4]) == (Health.OK, "ROW_")


def test_a_listed_failure_is_told_in_vietnamese(pushed, market):
    market.fault("failure_list", "inventory/update", pushed.shop_id, code="12052055", said="range")
    sell(pushed, 1)
    assert listing_of(pushed).trouble == (
        "TikTok Shop nhận tồn kho từ 1 đến 99.999. Xin sửa tồn kho hoặc tỷ lệ chia cho sàn. (range)"
    )


def test_limited_calls_wait_as_long_as_tiktok_asks(pushed, market):
    market.fault("http", "inventory/update", pushed.shop_id, code="429", said="90")
    sell(pushed, 1)
    [lane] = db.session.scalars(select(Lane).where(Lane.wanted > Lane.settled)).all()
    waits = (lane.not_before - clock.now()).total_seconds()
    assert 80 < waits <= 90
    db.session.execute(update(Lane).values(not_before=clock.now() - timedelta(seconds=1)))
    db.session.commit()
    jobs.push(pushed.id)
    assert market.items(pushed.shop_id)[0]["stock"] == 9


# — orders —


def bought(market, connection, quantity, **more):
    item_id = int(listing_of(connection).external_id.partition(":")[0])
    more = {"platform": "tiktok", "status": "AWAITING_SHIPMENT"} | more
    lines = [{"item_id": item_id, "quantity": quantity}]
    return market.order(connection.shop_id, lines, **more)


def ours():
    db.session.expire_all()
    return db.session.scalars(select(Order)).one()


def saleable(connection):
    listing = listing_of(connection)
    return stock.saleable([listing.variant_id])[listing.variant_id]


def test_an_order_there_becomes_ours_with_its_goods_held(pushed, market):
    told = bought(market, pushed, 3, fee_vnd=25_000, discount_vnd=10_000)
    for _ in range(2):
        jobs.pull(pushed.id)
    order = ours()
    assert (order.state, order.source) == ("cod_confirmed", "channel:tiktok")
    assert (order.goods_vnd, order.fee_vnd, order.discount_vnd) == (555_000, 25_000, 10_000)
    assert order.total_vnd == told["total_vnd"] == 570_000
    assert [(line.quantity, line.unit_price_vnd) for line in order.lines] == [(3, 185_000)]
    assert saleable(pushed) == 7


def test_an_order_goes_all_its_way_and_a_return_of_all_is_told_to_a_person(pushed, market):
    told = bought(market, pushed, 2)
    jobs.pull(pushed.id)
    market.change(told["order_id"], "tiktok", status="IN_TRANSIT", tracking="JT01")
    jobs.pull(pushed.id)
    assert (ours().state, ours().tracking_no) == ("shipped", "JT01")
    market.change(told["order_id"], "tiktok", status="DELIVERED")
    jobs.pull(pushed.id)
    given = {"items": {str(told["lines"][0]["item_id"]): 2}, "status": "BUYER_SHIPPED_ITEM"}
    market.change(told["order_id"], "tiktok", returned=given)
    jobs.pull(pushed.id)
    db.session.expire_all()
    row = db.session.scalars(select(ChannelOrder)).one()
    assert (ours().state, row.state) == ("delivered", "returned")
    assert row.trouble == "Khách trả hàng trên sàn. Hàng về thì ghi “trả hàng” trên đơn."


def test_cancelled_there_it_gives_its_goods_back_once(pushed, market):
    told = bought(market, pushed, 4)
    jobs.pull(pushed.id)
    assert saleable(pushed) == 6
    market.change(told["order_id"], "tiktok", status="CANCELLED")
    for _ in range(2):
        jobs.pull(pushed.id)
    assert (ours().state, saleable(pushed)) == ("cancelled", 10)


def test_a_signed_push_brings_in_the_order_it_names_once(pushed, market, cast, run_tasks):
    told = bought(market, pushed, 1)
    headers, body = sandbox_orders.push(told, "")
    for _ in range(2):
        answer = cast.visitor.post("/webhooks/san/tiktok", data=body, headers=headers)
        assert (answer.status_code, answer.data) == (200, b"")
    assert len(db.session.scalars(select(MarketPush)).all()) == 1
    run_tasks()
    assert ours().state == "cod_confirmed"
    spoilt = body.replace(b"AWAITING_SHIPMENT", b"CANCELLED")
    assert (
        cast.visitor.post("/webhooks/san/tiktok", data=spoilt, headers=headers).status_code == 401
    )


def test_what_was_paid_out_is_kept(pushed, market):
    told = bought(market, pushed, 2, fee_vnd=20_000)
    market.change(told["order_id"], "tiktok", status="COMPLETED")
    jobs.pull(pushed.id)
    jobs.ask_payouts(pushed.id)
    db.session.expire_all()
    [row] = db.session.scalars(select(ChannelPayout)).all()
    assert row.gross_vnd == ours().total_vnd == 390_000
    assert (row.fee_vnd, row.tax_vnd, row.net_vnd) == (14_800, 5_550, 349_650)
