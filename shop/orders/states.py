"""One table of the moves an order can make, and the verb that makes them."""

from collections import defaultdict
from decimal import Decimal

from shop import clock, outbox
from shop.database import db
from shop.inventory import reservations
from shop.inventory.errors import OutOfStock
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, OrderEvent, State

MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.AWAITING_PAYMENT}),
    State.AWAITING_PAYMENT: frozenset({State.PAID, State.CANCELLED, State.EXPIRED}),
    State.PAID: frozenset({State.PACKING, State.CANCELLED}),
    State.PACKING: frozenset({State.SHIPPED, State.CANCELLED}),
    State.SHIPPED: frozenset({State.DELIVERED}),
    State.DELIVERED: frozenset({State.COMPLETED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}


def move(order: Order, to: State, *, who: str, why: str = "") -> None:
    """Take the order to `to` and log it. The row must be locked by the caller.

    Paid: what it holds lapses no more. Sent: its goods leave the stock. Cancelled or expired,
    which is only before it is sent: its goods are let go.
    Raises NotAllowed when the table has no such move, OutOfStock when goods that were gone before
    the money came are to be packed.
    """
    before = State(order.state) if order.state else None
    if to not in MOVES[before]:
        raise NotAllowed(order.state, to)
    order.state = to
    db.session.flush()
    db.session.add(
        OrderEvent(
            order_id=order.id, from_state=before, to_state=to, at=clock.now(), who=who, why=why
        )
    )
    if to is State.PAID:
        order.paid_at = clock.now()
        order.short = bool(reservations.keep(holder(order), goods(order)))
        outbox.record("order_paid", order_id=order.id)
    elif to is State.PACKING:
        _expect_all(order)
    elif to is State.SHIPPED:
        reservations.sell(holder(order), goods(order))
    elif to in {State.CANCELLED, State.EXPIRED}:
        reservations.release(holder(order))


def holder(order: Order) -> str:
    """The name under which the order holds stock."""
    return f"order:{order.ref}"


def _expect_all(order: Order) -> None:
    short = reservations.keep(holder(order), goods(order))
    if short:
        raise OutOfStock(short)
    order.short = False


def goods(order: Order) -> dict[int, Decimal]:
    """What the order takes of each variant, by variant id."""
    summed: dict[int, Decimal] = defaultdict(Decimal)
    for line in order.lines:
        summed[line.variant_id] += line.quantity
    return dict(summed)
