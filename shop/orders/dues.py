"""What is still owed on an order, by whom: the only reckoning of open and to be given back."""

from enum import StrEnum

from shop.orders.models import Order, State

# Money for these is not expected: what still comes is the buyer's.
CLOSED = frozenset({State.DRAFT, State.CANCELLED, State.EXPIRED, State.RETURNED})

# The goods are, or were, the buyer's: the sale is in the books.
HANDED_OVER = frozenset(
    {State.SHIPPED, State.DELIVERED, State.COMPLETED, State.PARTLY_RETURNED, State.RETURNED}
)


class Standing(StrEnum):
    """How far an order is paid."""

    UNPAID = "unpaid"
    PARTIAL = "partial"
    PAID = "paid"
    PARTLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


def open_vnd(order: Order) -> int:
    """What the buyer still has to pay, in đồng; 0 for an order that expects nothing any more."""
    if State(order.state) in CLOSED:
        return 0
    return max(0, _price_vnd(order) - order.paid_vnd)


def late_vnd(order: Order) -> int:
    """What an expired order is short of to be taken up again by money that came too late.

    0 for one that cannot be: goods of a harvest are promised anew, and money went back already.
    """
    return max(0, _price_vnd(order) - order.paid_vnd) if _may_come_back(order) else 0


def came_late(order: Order) -> bool:
    """Whether all of an expired order's money is there after all."""
    return _may_come_back(order) and 0 < _price_vnd(order) <= order.paid_vnd


def _may_come_back(order: Order) -> bool:
    expired = order.state == State.EXPIRED
    return expired and order.harvest_id is None and not order.refunded_vnd


def owed_vnd(order: Order) -> int:
    """What the buyer gets back: paid for goods that came back, were cancelled, or too much."""
    kept = order.paid_vnd - order.refunded_vnd
    if State(order.state) in {State.CANCELLED, State.EXPIRED}:
        return kept
    return max(0, kept - _price_vnd(order))


def _price_vnd(order: Order) -> int:
    return order.total_vnd - order.returned_vnd - order.written_off_vnd


def courtesy_vnd(order: Order) -> int:
    """What went back though it was not owed: by so much the seller sold for less."""
    return max(0, order.refunded_vnd - max(0, order.paid_vnd - _price_vnd(order)))


def refundable_vnd(order: Order) -> int:
    """The most that can go back: all that came and did not go back yet."""
    return order.paid_vnd - order.refunded_vnd


def standing(order: Order) -> Standing:
    """How far the order is paid, for lists and programs."""
    if order.refunded_vnd:
        whole = order.refunded_vnd == order.paid_vnd
        return Standing.REFUNDED if whole else Standing.PARTLY_REFUNDED
    if order.paid_vnd and not open_vnd(order):
        return Standing.PAID
    return Standing.PARTIAL if order.paid_vnd else Standing.UNPAID
