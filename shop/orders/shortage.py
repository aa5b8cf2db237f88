"""Orders sold beyond the stock, or paid when their goods were gone: first when goods come again."""

from collections.abc import Collection

from sqlalchemy import select

from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import reservations, stock
from shop.orders import states
from shop.orders.models import Order, OrderLine, PayBy, State

# States in which an order still waits for its goods.
_WAITING = (State.AWAITING_PAYMENT, State.PAID, State.CONFIRMED)


def serve(variant_ids: Collection[int]) -> None:
    """Goods came, or were let go: orders that lack them hold them before anybody buys them again,
    the oldest first. One of a marketplace takes what there is, the others all of a pack or none.
    """
    lines = select(OrderLine.order_id).where(OrderLine.variant_id.in_(variant_ids))
    query = select(Order).where(
        Order.short,
        Order.seller_id.in_(select(Variant.seller_id).where(Variant.id.in_(variant_ids))),
        Order.state.in_(_WAITING),
        Order.id.in_(lines),
    )
    query = query.order_by(Order.placed_at, Order.id).with_for_update(of=Order)
    found = db.session.scalars(query.execution_options(populate_existing=True)).all()
    # All at once, in one order with everybody else.
    stock.lock({variant_id for order in found for variant_id in states.goods(order)})
    for order in found:
        lacking = reservations.keep(
            states.holder(order),
            states.goods(order),
            until=states.held_until(order),
            partly=order.pay_by == PayBy.CHANNEL,
        )
        order.short = bool(lacking)
