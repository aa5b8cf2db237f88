"""Who paid for goods that were gone is first when goods come again."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop import clock
from shop.database import db
from shop.inventory import reservations, stock
from shop.livestream import jobs
from shop.orders import receipts, shortage, states
from shop.orders.models import Order, State
from shop.payments import tracking
from tests import make, make_money


@pytest.fixture
def short(database: Any) -> Order:
    """An order of two, paid a day after its hold lapsed, when another had got one of three."""
    variant = make.variant(make.product(make.seller()), on_hand=3)
    order = make_money.order(variant=variant, quantity=2)
    with clock.at(clock.now() + timedelta(hours=25)):
        make_money.order(variant=variant, quantity=2)
        receipts.pay(order, order.total_vnd, who="thử", why="FT1")
    assert (order.state, order.short) == (State.PAID, True)
    db.session.commit()
    return order


def variant_of(order: Order) -> int:
    return order.lines[0].variant_id


def test_goods_that_come_go_to_who_has_paid(short: Order) -> None:
    variant_id = variant_of(short)
    stock.receive(variant_id, Decimal(1), source="more")
    assert shortage.of([variant_id]) == [short.id]
    jobs.offer_waiting([variant_id])
    assert (short.short, reservations.live(states.holder(short))) == (False, {variant_id: 2})
    assert shortage.of([variant_id]) == []


def test_too_few_goods_leave_it_short_and_promise_nothing(short: Order) -> None:
    assert shortage.refill(short.id) is False
    assert (short.short, reservations.live(states.holder(short))) == (True, {})


def test_a_buyer_who_will_not_wait_ends_it_and_is_owed_the_money(
    short: Order, database: Any
) -> None:
    assert tracking.may_cancel(short)
    with database.test_request_context():
        tracking.cancel(short)
    assert (short.state, short.paid_vnd - short.refunded_vnd) == ("cancelled", 370_000)
    assert shortage.of([variant_of(short)]) == []


def test_a_paid_order_with_its_goods_is_not_ended_by_its_buyer(database: Any) -> None:
    order = make_money.order()
    receipts.pay(order, order.total_vnd, who="thử", why="FT1")
    assert not tracking.may_cancel(order)
