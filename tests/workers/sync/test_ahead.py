"""Several calls are made ready at once: nothing old is told, nothing waits for no reason."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from shop.database import db, transaction
from shop.inventory import stock
from tests import make, make_channels
from workers.channels import listings
from workers.channels.models import Health, Listing
from workers.marketplaces.protocol import NeedsReconnect
from workers.marketplaces.shopee import listings as shopee_listings
from workers.sync import jobs, lanes, push
from workers.sync.models import Lane, LaneKind

SKUS = ("BUP", "DINH", "NHAI")


@pytest.fixture
def shop(market, database):
    """Three listings of ten boxes each whose stock is to be told."""
    seller = make.seller()
    for sku in SKUS:
        make.variant(make.product(seller, name=f"Chè {sku}"), on_hand=10, sku=sku)
    connection = make_channels.connection(database, market, seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    for variant_id in db.session.scalars(_listings(connection, Listing.variant_id)):
        stock.receive(variant_id, Decimal(1), source=f"one:{variant_id}")
    lanes.mark(db.session.scalars(_listings(connection, Listing.id)), [LaneKind.STOCK])
    db.session.commit()
    return connection


def _listings(connection, column):
    return select(column).where(Listing.connection_id == connection.id).order_by(Listing.id)


def _open(connection):
    db.session.expire_all()
    query = select(Lane.kind).where(Lane.connection_id == connection.id)
    return list(db.session.scalars(query.where(Lane.wanted > Lane.settled)))


def _unheard(connection):
    db.session.expire_all()
    query = select(Lane.kind).where(Lane.connection_id == connection.id)
    return list(db.session.scalars(query.where(Lane.unheard_until.is_not(None))))


def _stocks(connection, market):
    return {item["item_sku"]: item["stock"] for item in market.items(connection.shop_id)}


def _told(connection, market):
    return len(market.calls(connection.shop_id, "product/update_stock"))


def _while_the_first_is_told(monkeypatch, act):
    """`act` once, after the first call of a push."""
    told, done = shopee_listings.push_stock, []

    def telling(*args):
        answer = told(*args)
        if not done:
            done.append(True)
            act()
        return answer

    monkeypatch.setattr(shopee_listings, "push_stock", telling)


def _sell_the_last(connection):
    variant_id = list(db.session.scalars(_listings(connection, Listing.variant_id)))[-1]
    with transaction():
        stock.sell(variant_id, Decimal(4), source="counter")
        lanes.mark(list(db.session.scalars(_listings(connection, Listing.id)))[-1:], ["stock"])


def test_what_is_to_be_told_is_looked_up_once_for_several_calls(shop, market, monkeypatch):
    looks, take = [], lanes.take
    monkeypatch.setattr(lanes, "take", lambda *args: looks.append(1) or take(*args))
    jobs.push(shop.id)
    assert _stocks(shop, market) == dict.fromkeys(SKUS, 11)
    # The second finds nothing.
    assert (_told(shop, market), len(looks), _open(shop)) == (3, 2, [])


def test_a_change_after_the_look_is_told_after_it(shop, market, monkeypatch):
    _while_the_first_is_told(monkeypatch, lambda: _sell_the_last(shop))
    jobs.push(shop.id)
    assert _stocks(shop, market) == {"BUP": 11, "DINH": 11, "NHAI": 7}
    assert (_told(shop, market), _open(shop)) == (4, [])


def test_what_was_looked_up_too_long_ago_is_not_told(shop, market, monkeypatch):
    monkeypatch.setattr(push, "FRESH_SECONDS", 0)
    _while_the_first_is_told(monkeypatch, lambda: _sell_the_last(shop))
    jobs.push(shop.id)
    assert _stocks(shop, market) == {"BUP": 11, "DINH": 11, "NHAI": 7}
    assert (_told(shop, market), _open(shop), _unheard(shop)) == (3, [], [])


def test_when_one_call_is_refused_the_others_are_told_all_the_same(shop, market):
    market.fault("error", "update_stock", shop.shop_id, code="error_rate_limit")
    jobs.push(shop.id)
    assert sorted(_stocks(shop, market).values()) == [10, 11, 11]
    assert (_open(shop), _unheard(shop)) == (["stock"], [])


def test_of_calls_that_were_never_made_nothing_can_arrive(shop, market, monkeypatch):
    def parked(*_args):
        raise NeedsReconnect("revoked")

    monkeypatch.setattr(shopee_listings, "push_stock", parked)
    jobs.push(shop.id)
    db.session.refresh(shop)
    assert shop.health != Health.OK
    assert len(_open(shop)) == 3
    # Only of the first one: it may have been heard.
    assert len(_unheard(shop)) == 1
