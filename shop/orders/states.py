"""One table of the moves an order can make, and the verb that makes them."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, select

from shop import clock, outbox, streams
from shop.database import db, insert_many
from shop.inventory import harvests, reservations
from shop.inventory.errors import OutOfStock
from shop.orders import bookings, collecting, dues, vouchers
from shop.orders.errors import NotAllowed, NotPaid
from shop.orders.models import PAID_LATER, Handing, Order, OrderEvent, PayBy, State

_BACK = {State.RETURNED, State.PARTLY_RETURNED}

MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.DRAFT, State.AWAITING_PAYMENT}),
    State.DRAFT: frozenset({State.AWAITING_PAYMENT, State.CANCELLED}),
    State.AWAITING_PAYMENT: frozenset(
        {State.PAID, State.CONFIRMED, State.CANCELLED, State.EXPIRED}
    ),
    State.CONFIRMED: frozenset({State.PAID, State.PACKING, State.CANCELLED}),
    State.PAID: frozenset(
        {State.PACKING, State.CANCELLED, State.AWAITING_PAYMENT, State.CONFIRMED}
    ),
    State.PACKING: frozenset({State.SHIPPED, State.DELIVERED, State.CANCELLED}),
    State.SHIPPED: frozenset({State.DELIVERED, *_BACK}),
    State.DELIVERED: frozenset({State.COMPLETED, *_BACK}),
    State.COMPLETED: frozenset(_BACK),
    State.PARTLY_RETURNED: frozenset({State.COMPLETED, *_BACK}),
    State.RETURNED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset({State.PAID}),
}


def move(order: Order, to: State, *, who: str, why: str = "") -> None:
    """Take the order to `to` and log it. The row must be locked by the caller.

    Paid, or confirmed for cash on delivery: what it holds lapses no more; at a counter the goods
    are handed over then, and nobody is told. Sent, or fetched: its goods leave the stock. Cancelled
    or expired, which is only before that: its goods and its voucher are let go; taken up again by
    money that came late, it has them again, as far as its goods are there. Raises NotAllowed when
    the table or the order has no such move, OutOfStock when goods that were gone before the money
    came are to be packed, NotPaid when goods that the buyer still owes for are to be handed over.
    """
    before = State(order.state) if order.state else None
    if to not in moves(order):
        raise NotAllowed(order.state, to)
    handed_over = before is State.PACKING and to in {State.SHIPPED, State.DELIVERED}
    if handed_over and order.pay_by not in PAID_LATER and dues.open_vnd(order):
        raise NotPaid(dues.open_vnd(order))
    order.state = to
    if to is State.PAID:
        order.paid_at = clock.now()
    db.session.flush()
    moved: dict[str, object] = {"order_id": order.id, "from_state": before, "to_state": to}
    insert_many(OrderEvent, [moved | {"at": clock.now(), "who": who, "why": why}])
    if to is State.PAID and order.handing != Handing.COUNTER:
        outbox.record("order_paid", order_id=order.id)
    if before is State.EXPIRED:
        vouchers.take_again(order)
    if to in {State.PAID, State.CONFIRMED}:
        order.short = bool(reservations.keep(holder(order), goods(order)))
    elif to is State.PACKING:
        _expect_all(order)
    elif handed_over:
        reservations.sell(holder(order), goods(order))
        bookings.sale(order, who)
        outbox.record("goods_handed_over", order_id=order.id)
    elif to in {State.CANCELLED, State.EXPIRED}:
        reservations.release(holder(order))
        vouchers.give_back(order)
        outbox.record("order_fell_through", order_id=order.id)
    collecting.withhold(order, who)
    streams.tell(order.source)
    if to is State.PAID and order.handing == Handing.COUNTER and not order.short:
        move(order, State.PACKING, who=who)
        move(order, State.DELIVERED, who=who)


def expire(*which: ColumnElement[bool], limit: int = 500) -> int:
    """Orders (`which` of them) that waited too long expire; one that is paid in part stays open.

    Returns how many. One that somebody is paying or moving at this moment is left alone.
    """
    late = (Order.state == State.AWAITING_PAYMENT, Order.paid_vnd == 0)
    query = select(Order).where(*late, Order.expires_at <= clock.now(), *which).limit(limit)
    unpaid = db.session.scalars(query.with_for_update(of=Order, skip_locked=True)).all()
    for order in unpaid:
        why = "quá hạn chưa có tiền hoặc chưa xác nhận"
        move(order, State.EXPIRED, who="Hệ thống", why=why)
    return len(unpaid)


def pay_on_delivery(order: Order, until: datetime, *, who: str, why: str) -> None:
    """An order nobody has paid yet is to be paid for on delivery, once the seller confirmed it.

    Until `until` it waits for that, with its goods as far as they are there. The row must be
    locked by the caller. Raises NotAllowed.
    """
    unpaid = order.state == State.AWAITING_PAYMENT and not order.paid_vnd
    if not unpaid or order.handing != Handing.DELIVERY or order.harvest_id is not None:
        raise NotAllowed(order.state, State.CONFIRMED)
    order.pay_by = PayBy.COD
    db.session.flush()
    waits: dict[str, object] = {"order_id": order.id, "from_state": order.state}
    said = {"to_state": order.state, "at": clock.now(), "who": who, "why": why}
    insert_many(OrderEvent, [waits | said])
    wait_until(order, until)


def wait_until(order: Order, until: datetime | None) -> None:
    """An order that waits for money, and what it holds, is let go at `until`; None: by a person."""
    order.expires_at = until
    order.short = bool(reservations.keep(holder(order), goods(order), until=until))


def moves(order: Order) -> frozenset[State]:
    """Where this order can go: what the table allows, how it is paid and handed over, and what
    it was sold of."""
    allowed = MOVES[State(order.state) if order.state else None]
    if order.pay_by not in PAID_LATER:
        allowed -= {State.CONFIRMED}
    # Only all of its money, come too late, takes an order up again.
    if order.state == State.EXPIRED and not dues.came_late(order):
        allowed -= {State.PAID}
    if order.state == State.PAID:
        later = order.pay_by in PAID_LATER
        again = {State.CONFIRMED if later else State.AWAITING_PAYMENT}
        back = {State.AWAITING_PAYMENT, State.CONFIRMED}
        # Only money that turned out not to be the order's makes it wait again.
        allowed -= back - again if dues.open_vnd(order) else back
    # Goods of a harvest are packed when they are there, however early they are paid.
    if order.harvest_id is not None and harvests.to_come(holder(order)):
        allowed -= {State.PACKING}
    if order.state == State.PACKING:
        allowed -= {State.DELIVERED if order.handing == Handing.DELIVERY else State.SHIPPED}
    return allowed


def holder(order: Order) -> str:
    """The name under which the order holds stock."""
    return f"order:{order.ref}"


def held_until(order: Order) -> datetime | None:
    """Until when what an order holds is its own, None for good: as long as it waits for money.

    Of a pre-order any money, its deposit, keeps the goods.
    """
    waits = order.state == State.AWAITING_PAYMENT
    if not waits or (order.harvest_id is not None and order.paid_vnd):
        return None
    return order.expires_at


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
