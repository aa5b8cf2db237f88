"""Money that came for an order, whatever brought it. The order's row is locked by the caller."""

from datetime import timedelta

from shop import clock
from shop.orders import dues, states
from shop.orders.dues import CLOSED, open_vnd
from shop.orders.errors import GivenBack
from shop.orders.models import Order, PayBy, State

# How long an order waits again for money that was taken for its own.
AGAIN = timedelta(hours=24)


def pay(order: Order, amount_vnd: int, *, who: str, why: str) -> None:
    """So much has come for the order. In full, it is paid.

    The money may come at any moment before the goods (a transfer) or after them (cash on
    delivery), so the order moves only where it waited for money.
    """
    order.paid_vnd += amount_vnd
    _settle(order, who, why)


def write_off(order: Order, *, who: str, why: str) -> int:
    """Let go of what is still open; how much that was, in đồng."""
    let_go = open_vnd(order)
    order.written_off_vnd += let_go
    _settle(order, who, why)
    return let_go


def take_away(order: Order, amount_vnd: int, *, who: str, why: str) -> None:
    """Money that was taken for this order's is not. Before it is packed, the order waits again.

    Raises GivenBack when it went back to the buyer already.
    """
    if amount_vnd > dues.refundable_vnd(order):
        raise GivenBack
    order.paid_vnd -= amount_vnd
    if not open_vnd(order):
        return
    order.paid_at = None
    if order.state == State.PAID:
        order.expires_at = clock.now() + AGAIN
        cod = order.pay_by == PayBy.COD
        states.move(order, State.CONFIRMED if cod else State.AWAITING_PAYMENT, who=who, why=why)


def _settle(order: Order, who: str, why: str) -> None:
    if open_vnd(order) or State(order.state) in CLOSED:
        return
    if State(order.state) in {State.AWAITING_PAYMENT, State.CONFIRMED}:
        states.move(order, State.PAID, who=who, why=why)
    elif order.paid_at is None:
        order.paid_at = clock.now()
