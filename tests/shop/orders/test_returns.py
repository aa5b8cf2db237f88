"""Goods that come back: into the stock once, never more than was sent."""

from decimal import Decimal

import pytest

from shop.database import db
from shop.errors import BadInput
from shop.inventory import stock
from shop.orders import returns
from shop.orders.errors import NotAllowed
from shop.orders.models import State
from tests import make, make_money


@pytest.fixture
def sent(database):
    """An order of five boxes that was delivered; ten were there."""
    order = make_money.order(variant=make.variant(on_hand=10), quantity=5)
    for step in ("paid", "packing", "shipped", "delivered"):
        make_money.go(order, State(step))
    return order


def give_back(order, quantity, *, key="phieu-1", restock=True):
    came = {order.lines[0].id: Decimal(quantity)}
    returns.take(order, came, restock=restock, who="Kho", why="khách đổi ý", key=key)


def there(order):
    return stock.on_hand([order.lines[0].variant_id])[order.lines[0].variant_id]


def test_what_comes_back_is_for_sale_again_once(sent):
    for _time in range(2):
        give_back(sent, 2)
    assert (sent.state, there(sent)) == (State.PARTLY_RETURNED, Decimal(7))


def test_the_rest_comes_back_later_and_then_all_did(sent):
    give_back(sent, 2)
    give_back(sent, 3, key="phieu-2")
    assert (sent.state, there(sent)) == (State.RETURNED, Decimal(10))


def test_what_is_spoilt_comes_back_but_not_into_the_stock(sent):
    give_back(sent, 5, restock=False)
    assert (sent.state, there(sent)) == (State.RETURNED, Decimal(5))


@pytest.mark.parametrize("quantity", ["5.001", "0"])
def test_more_than_was_sent_or_nothing_is_refused(sent, quantity):
    db.session.commit()
    with pytest.raises(BadInput) as refusal:
        give_back(sent, quantity)
    assert list(refusal.value.errors) == [f"line-{sent.lines[0].id}"]


def test_an_order_that_was_not_sent_has_nothing_to_come_back(database):
    order = make_money.order(variant=make.variant(on_hand=10), quantity=5)
    with pytest.raises(NotAllowed):
        give_back(order, 1)
