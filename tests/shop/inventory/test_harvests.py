"""Goods sold ahead: promised of the harvest, never of the stock, and served when they come."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.errors import BadInput
from shop.inventory import harvests, reservations, stock
from shop.inventory.errors import HarvestOver, NotTaken, OutOfStock, Promised
from tests import make

TODAY = date(2026, 11, 23)
NOON = clock.midnight(TODAY) + timedelta(hours=12)


@pytest.fixture
def na(database):
    """A variant with nothing in stock and 100 kg of it to be picked in December."""
    with clock.at(NOON):
        variant = make.variant(on_hand=0)
        row = harvests.offer(SYSTEM, variant, window())
        db.session.flush()
        yield row


def window(**more):
    values = {
        "from_day": date(2026, 12, 10),
        "until_day": date(2026, 12, 20),
        "order_until": date(2026, 12, 5),
        "quantity": Decimal(100),
        "deposit_percent": 30,
        "note": "Na Võ Nhai vụ đông",
    }
    return values | more


def order(row, holder, quantity):
    wanted = {row.variant_id: (row.id, Decimal(quantity))}
    harvests.hold(wanted, holder=f"order:{holder}", until=None)


def test_a_window_takes_orders_until_its_day(na):
    assert harvests.open_now([na.variant_id]) == {na.variant_id: na}
    assert harvests.open_now([na.variant_id], date(2026, 12, 5)) == {na.variant_id: na}
    assert harvests.open_now([na.variant_id], date(2026, 12, 6)) == {}


def test_of_two_open_windows_the_earlier_harvest_is_sold_first(na):
    later = window(from_day=date(2027, 1, 1), until_day=date(2027, 1, 9))
    harvests.offer(SYSTEM, na.variant, later)
    db.session.flush()
    assert harvests.open_now([na.variant_id]) == {na.variant_id: na}


def test_no_more_is_promised_than_the_window_offers(na):
    order(na, "A", "60.5")
    assert harvests.left(na) == Decimal("39.5")
    with pytest.raises(OutOfStock) as refusal:
        order(na, "B", 40)
    assert refusal.value.short == {na.variant_id: Decimal("39.5")}


def test_goods_to_come_and_goods_on_hand_are_counted_apart(na):
    stock.receive(na.variant_id, Decimal(5), source="phieu-1")
    order(na, "A", 90)
    assert stock.saleable([na.variant_id]) == {na.variant_id: Decimal(5)}


def test_a_window_cannot_shrink_below_what_was_promised(na):
    order(na, "A", 60)
    with pytest.raises(Promised, match="60"):
        harvests.change(SYSTEM, na, {"quantity": Decimal(59)})
    harvests.change(SYSTEM, na, {"quantity": Decimal(60)})
    assert harvests.left(na) == 0


def test_what_arrives_serves_the_promises_in_their_order_and_names_who_got_none(na):
    for holder, quantity in (("A", 30), ("B", 50), ("C", 20)):
        order(na, holder, quantity)
    unserved = harvests.arrive(SYSTEM, na, Decimal(60), source="harvest:1")
    assert unserved == ["order:B"], "C fits into what B did not get"
    assert stock.on_hand([na.variant_id]) == {na.variant_id: Decimal(60)}
    assert stock.saleable([na.variant_id]) == {na.variant_id: Decimal(10)}
    reservations.sell("order:A", {na.variant_id: Decimal(30)})
    assert stock.on_hand([na.variant_id]) == {na.variant_id: Decimal(30)}
    assert harvests.open_now([na.variant_id]) == {}


def test_a_later_picking_serves_who_got_none_and_the_same_picking_twice_is_one(na):
    for holder, quantity in (("A", 30), ("B", 50)):
        order(na, holder, quantity)
    for _time in range(2):
        assert harvests.arrive(SYSTEM, na, Decimal(40), source="1") == ["order:B"]
    assert stock.on_hand([na.variant_id]) == {na.variant_id: Decimal(40)}
    assert harvests.promised_of([na.id]) == {na.id: Decimal(50)}
    assert harvests.arrive(SYSTEM, na, Decimal(40), source="2") == []
    assert stock.saleable([na.variant_id]) == {na.variant_id: Decimal(0)}
    assert not harvests.to_come("order:B")


@pytest.mark.parametrize("end", ["closed", "over", "arrived", "cancelled"])
def test_a_window_that_takes_no_orders_promises_nothing(na, end):
    if end == "closed":
        harvests.change(SYSTEM, na, {"active": False})
    elif end == "arrived":
        harvests.arrive(SYSTEM, na, Decimal(1), source="1")
    elif end == "cancelled":
        harvests.cancel(SYSTEM, na, "sương muối")
    later = timedelta(days=13) if end == "over" else timedelta()
    with clock.at(NOON + later), pytest.raises(NotTaken):
        order(na, "A", 1)
    assert harvests.promised_of([na.id]) == {}


def test_one_that_was_closed_takes_orders_again(na):
    harvests.change(SYSTEM, na, {"active": False})
    harvests.change(SYSTEM, na, {"active": True})
    order(na, "A", 1)
    assert harvests.left(na) == 99


@pytest.mark.parametrize("end", ["arrive", "cancel"])
def test_what_is_over_is_not_changed_nor_cancelled(na, end):
    if end == "arrive":
        harvests.arrive(SYSTEM, na, Decimal(1), source="1")
    else:
        harvests.cancel(SYSTEM, na, "sương muối")
        with pytest.raises(HarvestOver):
            harvests.arrive(SYSTEM, na, Decimal(1), source="1")
    with pytest.raises(HarvestOver):
        harvests.change(SYSTEM, na, {"quantity": Decimal(5)})
    with pytest.raises(HarvestOver):
        harvests.cancel(SYSTEM, na, "sương muối")
    assert (na.quantity, bool(na.arrived_at)) == (100, end == "arrive")


def test_one_that_never_takes_an_order_is_not_offered(na):
    with pytest.raises(BadInput) as refusal:
        harvests.offer(SYSTEM, na.variant, window(order_until=TODAY - timedelta(days=1)))
    assert list(refusal.value.errors) == ["order_until"]
