"""Every fault of a marketplace, on each of them: in the end both sides have the same, once."""

import time
from contextlib import suppress
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from shop import http
from shop.database import db
from shop.inventory import stock
from shop.orders.models import Order
from tests import make, make_channels
from workers.channels import listings
from workers.channels.models import Listing
from workers.channels.order_models import ChannelOrder
from workers.sync import jobs, lanes
from workers.sync.errors import Away
from workers.sync.models import Lane, LaneKind

# Platform → its calls that create and that set stock; its words for "busy" and for a sure order.
CREATES = {"shopee": "product/add_item", "lazada": "product/create", "tiktok": "202309/products"}
STOCKS = {
    "shopee": "product/update_stock",
    "lazada": "product/stock/sellable/update",
    "tiktok": "inventory/update",
}
BUSY = {"shopee": "error_system_busy", "lazada": "ServiceTimeout", "tiktok": "36009003"}
SURE = {"shopee": "READY_TO_SHIP", "lazada": "ready_to_ship", "tiktok": "AWAITING_SHIPMENT"}
OVER = {"shopee": "CANCELLED", "lazada": "canceled", "tiktok": "CANCELLED"}
# What we wait for an answer, and what the sandbox holds one back.
PATIENCE, HELD = (2, 0.4), 0.8
FAULTS = (
    {"fault": "error"},
    {"fault": "http", "code": "429"},
    {"fault": "http", "code": "500"},
    {"fault": "token_expired"},
    {"fault": "failure_list", "said": "busy"},
    {"fault": "promotion_lock"},
    {"fault": "slow", "seconds": HELD},
    {"fault": "commit_then_timeout", "seconds": HELD},
)
NAMES = [f"{each['fault']} {each.get('code', '')}".strip() for each in FAULTS]


@pytest.fixture(params=sorted(STOCKS))
def shop(request, market, database):
    """A shop with ten boxes of one product that is to be listed."""
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    connection = make_channels.connection(database, market, seller.id, platform=request.param)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    return connection


def ordered(market, shop, path, fault):
    """Order the fault for the next call to `path`."""
    code = {"code": BUSY[shop.platform]} if fault["fault"] == "error" else {}
    market.fault(path=path, shop_id=shop.shop_id, **fault | code)


def met(market, shop):
    """Whether every fault that was ordered was met, and its call has come to its end."""
    waiting = [row for row in market.state()["faults"] if row["shop_id"] == int(shop.shop_id)]
    return waiting == []


def ended(market, shop, path, calls):
    """Wait until so many calls to `path` are over there, those too that nobody waits for."""
    end = time.monotonic() + 20
    while len(market.calls(shop.shop_id, path.rpartition("/")[2])) < calls:
        assert time.monotonic() < end
        time.sleep(0.05)


def again(shop):
    """So much later that what was put off is said again, and what was on its way has arrived; what
    was refused a person sends again."""
    of_shop = Listing.connection_id == shop.id
    db.session.execute(update(Listing).where(of_shop).values(unknown_until=None))
    ids = list(db.session.scalars(select(Listing.id).where(of_shop)))
    now = {"not_before": None, "unheard_until": None}
    db.session.execute(update(Lane).where(Lane.listing_id.in_(ids)).values(now))
    lanes.mark(ids, LaneKind)
    db.session.commit()
    jobs.push(shop.id)


def open_lanes(shop):
    db.session.expire_all()
    query = select(func.count(Lane.id)).where(Lane.connection_id == shop.id)
    return db.session.scalar(query.where(Lane.wanted > Lane.settled))


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_stock_is_told_in_the_end(shop, market, monkeypatch, fault):
    jobs.push(shop.id)
    path = STOCKS[shop.platform]
    variant = db.session.scalars(select(make.Variant)).one()
    stock.receive(variant.id, Decimal(3), source="test")
    db.session.commit()
    jobs.mark_stock([variant.id])
    ordered(market, shop, path, fault)
    monkeypatch.setattr(http, "TIMEOUT", PATIENCE)
    jobs.push(shop.id)
    monkeypatch.undo()
    ended(market, shop, path, 1)
    again(shop)
    assert met(market, shop)
    [item] = market.items(shop.shop_id)
    assert (item["stock"], open_lanes(shop)) == (13, 0)


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_something_new_is_listed_once(shop, market, monkeypatch, fault):
    path = CREATES[shop.platform]
    ordered(market, shop, path, fault)
    monkeypatch.setattr(http, "TIMEOUT", PATIENCE)
    jobs.push(shop.id)
    monkeypatch.undo()
    ended(market, shop, path, 1)
    again(shop)
    assert met(market, shop)
    [item] = market.items(shop.shop_id)
    assert (item["item_sku"], item["stock"], item["price"]) == ("CHE-200", 10, 185_000)
    assert open_lanes(shop) == 0


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_an_order_is_brought_in_once(shop, market, monkeypatch, fault):
    jobs.push(shop.id)
    order = bought(market, shop)
    path = {"shopee": "get_order_list", "lazada": "orders/get", "tiktok": "orders/search"}
    ordered(market, shop, path[shop.platform], fault)
    monkeypatch.setattr(http, "TIMEOUT", PATIENCE)
    with suppress(Away):  # the outbox asks again
        jobs.pull(shop.id)
    monkeypatch.undo()
    jobs.pull(shop.id)
    jobs.pull(shop.id)
    assert met(market, shop)
    assert ours() == [(order["order_id"], "taken", 2)]


def bought(market, shop, **more):
    [item] = market.items(shop.shop_id)
    lines = [{"item_id": item["item_id"], "quantity": 2}]
    given = {"platform": shop.platform, "status": SURE[shop.platform]} | more
    return market.order(shop.shop_id, lines, **given)


def ours():
    """Orders of the marketplace: number there, how far they are ours, units of our order."""
    db.session.expire_all()
    query = select(ChannelOrder).order_by(ChannelOrder.id)
    told = [
        (row.external_id, row.intake, int(sum(line.quantity for line in row.order.lines)))
        for row in db.session.scalars(query)
    ]
    assert db.session.scalar(select(func.count(Order.id))) == len(told)
    return told


def test_pushes_out_of_order_leave_an_order_where_it_ended(shop, market):
    jobs.push(shop.id)
    order_id = bought(market, shop)["order_id"]
    jobs.read_pushed(shop.id, [order_id])
    market.change(order_id, platform=shop.platform, status=OVER[shop.platform])
    jobs.read_pushed(shop.id, [order_id])
    # The push of its beginning comes late, and twice.
    jobs.read_pushed(shop.id, [order_id])
    jobs.read_pushed(shop.id, [order_id])
    assert [order.state for order in db.session.scalars(select(Order))] == ["cancelled"]
    variant = db.session.scalars(select(make.Variant)).one()
    assert stock.saleable([variant.id]) == {variant.id: 10}
