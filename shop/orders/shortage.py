"""Orders whose money came when their goods were gone: they are first when goods come again."""

from collections.abc import Collection

from sqlalchemy import select

from shop.database import db
from shop.inventory import reservations
from shop.orders import states
from shop.orders.models import Order, OrderLine, State

_OPEN = (State.AWAITING_PAYMENT, State.PAID, State.CONFIRMED)


def of(variant_ids: Collection[int]) -> list[int]:
    """Ids of the orders that are short and want some of these variants, the oldest first."""
    query = select(Order.id).join(OrderLine, OrderLine.order_id == Order.id)
    query = query.where(Order.short, Order.state.in_(_OPEN), OrderLine.variant_id.in_(variant_ids))
    return sorted(set(db.session.scalars(query)))


def refill(order_id: int) -> bool:
    """Hold for a short order what is there of its goods; whether it has all of them now.

    Each order in a transaction of its own: the order is locked before its variants.
    """
    query = select(Order).where(Order.id == order_id, Order.short, Order.state.in_(_OPEN))
    order = db.session.scalar(query.with_for_update(of=Order))
    if order is None:
        return False
    until = states.held_until(order)
    order.short = bool(reservations.keep(states.holder(order), states.goods(order), until=until))
    return not order.short
