"""Orders that a marketplace sold and is paid for: taken in as they are, followed as they go.

What was sold there is sold, whatever our books say of the stock: such an order is never turned
away. It holds what is there, and is `short` of the rest.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from shop import references
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import reservations, stock
from shop.inventory.errors import OutOfStock
from shop.orders import delivery, states
from shop.orders.errors import NotAllowed
from shop.orders.models import Handing, Order, OrderLine, PayBy, State


@dataclass(frozen=True)
class SoldLine:
    """So many whole units of a variant, at the price of the marketplace in đồng."""

    variant: Variant
    quantity: int
    unit_price_vnd: int


@dataclass(frozen=True)
class Sold:
    """An order of a marketplace. `phone` is E.164, empty where the marketplace masks it.

    `trial`: of a sandbox shop.
    """

    name: str
    phone: str
    address: str
    note: str
    lines: Sequence[SoldLine]
    fee_vnd: int
    discount_vnd: int
    placed_at: datetime
    trial: bool = False


def take_in(seller_id: int, sold: Sold, *, source: str, source_key: str, who: str) -> Order:
    """Our order for one of a marketplace; once per `source_key`. It awaits the confirmation.

    The goods are held until the marketplace says what became of it.
    """
    wanted = _wanted(sold)
    stock.lock(wanted)
    there = db.session.scalar(select(Order).where(Order.source_key == source_key))
    if there is not None:
        return there
    order = _order(seller_id, sold)
    order.ref = references.draw()
    order.source, order.source_key = source, source_key
    order.delivery_note, order.returns_note = delivery.promises(seller_id, Handing.DELIVERY)
    db.session.add(order)
    states.move(order, State.AWAITING_PAYMENT, who=who)
    order.short = not _hold(order, wanted)
    return order


def _wanted(sold: Sold) -> dict[int, Decimal]:
    summed: dict[int, Decimal] = defaultdict(Decimal)
    for line in sold.lines:
        summed[line.variant.id] += line.quantity
    return dict(summed)


def _order(seller_id: int, sold: Sold) -> Order:
    lines = [_line(line) for line in sold.lines]
    goods_vnd = sum(line.amount_vnd for line in lines)
    return Order(
        seller_id=seller_id,
        state="",
        buyer_name=sold.name,
        buyer_phone=sold.phone,
        address=sold.address,
        note=sold.note,
        pay_by=PayBy.CHANNEL,
        handing=Handing.DELIVERY,
        goods_vnd=goods_vnd,
        fee_vnd=sold.fee_vnd,
        discount_vnd=sold.discount_vnd,
        total_vnd=goods_vnd + sold.fee_vnd - sold.discount_vnd,
        paid_vnd=0,
        placed_at=sold.placed_at,
        trial=sold.trial,
        lines=lines,
    )


def _line(line: SoldLine) -> OrderLine:
    variant = line.variant
    return OrderLine(
        variant_id=variant.id,
        name=variant.product.name,
        pack=variant.pack,
        unit=variant.unit,
        quantity=Decimal(line.quantity),
        unit_price_vnd=line.unit_price_vnd,
        amount_vnd=line.quantity * line.unit_price_vnd,
    )


def _hold(order: Order, wanted: dict[int, Decimal]) -> bool:
    """Whether all was there; else what is there is held."""
    try:
        reservations.hold(wanted, holder=states.holder(order), until=None)
    except OutOfStock as error:
        left = {variant_id: error.short.get(variant_id, q) for variant_id, q in wanted.items()}
        some = {v: min(q, left[v]) for v, q in wanted.items() if min(q, left[v]) > 0}
        if some:
            reservations.hold(some, holder=states.holder(order), until=None)
        return False
    return True


# Where the marketplace has an order → the moves that lead there, one after the other.
_WAY = (State.CONFIRMED, State.PACKING, State.SHIPPED, State.DELIVERED, State.COMPLETED)


def follow(order: Order, to: State, *, who: str, why: str = "") -> None:
    """Bring a locked order to where the marketplace has it: confirmed, shipped, delivered,
    completed. Never back; where it is already, nothing happens.

    Raises OutOfStock when it is sent there and our books lack the goods, NotAllowed when ours
    has ended another way (it was cancelled here).
    """
    if order.state == State.PAID and to is State.CONFIRMED:
        return
    if State(order.state) not in {State.AWAITING_PAYMENT, State.PAID, *_WAY}:
        raise NotAllowed(order.state, to)
    done = _WAY.index(State(order.state)) if order.state in _WAY else -1
    if order.state == State.PAID:
        done = _WAY.index(State.CONFIRMED)
    for step in _WAY[done + 1 : _WAY.index(to) + 1]:
        states.move(order, step, who=who, why=why)


def cancel(order: Order, *, who: str, why: str) -> bool:
    """The marketplace cancelled it: what it held is let go, once. False: it was sent already, so
    a person must say what became of the goods."""
    if order.state == State.CANCELLED:
        return True
    if State.CANCELLED not in states.moves(order):
        return False
    states.move(order, State.CANCELLED, who=who, why=why)
    return True
