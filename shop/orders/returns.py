"""Goods that come back after they were sent: into the stock once, or written off."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select

from shop import outbox
from shop.database import among, db
from shop.errors import BadInput
from shop.inventory import stock
from shop.orders import bookings, dues, states
from shop.orders.models import Order, OrderLine, ReturnedLine, State


def take(
    order: Order, came: Mapping[int, Decimal], *, restock: bool, who: str, why: str, key: str
) -> None:
    """`came` (line id → quantity) of a locked order that was sent came back. Once per `key`.

    `restock`: it is for sale again. Raises BadInput naming the line (`line-<id>`) of which more
    would come back than was sent, NotAllowed for an order that was not sent.
    """
    moved = {line_id: quantity for line_id, quantity in sorted(came.items()) if quantity}
    if _noted(moved, key):
        return
    lines = {line.id: line for line in order.lines}
    _expect_sent(order, lines, moved)
    for line_id, quantity in moved.items():
        values = {"line_id": line_id, "quantity": quantity, "restocked": restock}
        db.session.add(ReturnedLine(**values, key=f"{key}:{line_id}", who=who, why=why))
        if restock:
            source = f"{states.holder(order)}:{line_id}:back:{key}"
            stock.take_back(lines[line_id].variant_id, quantity, source=source, reason=why)
    db.session.flush()
    back = returned(order)
    whole = all(back.get(line.id, 0) == line.quantity for line in order.lines)
    worth_vnd = _worth_vnd(order, moved, whole=whole)
    courtesy = dues.courtesy_vnd(order)
    order.returned_vnd += worth_vnd
    # A courtesy that was given on these goods is part of what the buyer gets back for them.
    absorbed = courtesy - dues.courtesy_vnd(order)
    bookings.came_back(order, worth_vnd - absorbed, who, key)
    outbox.record("goods_came_back", order_id=order.id)
    states.move(order, State.RETURNED if whole else State.PARTLY_RETURNED, who=who, why=why)


def _worth_vnd(order: Order, moved: Mapping[int, Decimal], *, whole: bool) -> int:
    goods_vnd = order.goods_vnd - min(order.discount_vnd, order.goods_vnd)
    left_vnd = goods_vnd - order.returned_vnd
    # The last piece takes what rounding left, so that all goods together are worth what they cost.
    return left_vnd if whole else min(left_vnd, bookings.value_vnd(order, moved))


def _noted(moved: Mapping[int, Decimal], key: str) -> bool:
    keys = [f"{key}:{line_id}" for line_id in moved]
    return db.session.scalar(select(ReturnedLine.id).where(ReturnedLine.key.in_(keys))) is not None


def _expect_sent(
    order: Order, lines: Mapping[int, OrderLine], moved: Mapping[int, Decimal]
) -> None:
    if not moved:
        raise BadInput({f"line-{next(iter(lines), 0)}": [_("Ghi số lượng trả lại.")]})
    back = returned(order)
    wrong = [i for i, q in moved.items() if q > lines[i].quantity - back.get(i, Decimal(0))]
    if wrong:
        said = _("Không thể trả nhiều hơn số đã gửi.")
        raise BadInput({f"line-{line_id}": [said] for line_id in wrong})


def returned(order: Order) -> dict[int, Decimal]:
    """Line id → how much of it came back."""
    return returned_of([order.id])


def returned_of(order_ids: Collection[int]) -> dict[int, Decimal]:
    """The same for the lines of many orders; one query."""
    query = (
        select(ReturnedLine.line_id, func.sum(ReturnedLine.quantity))
        .join(OrderLine, OrderLine.id == ReturnedLine.line_id)
        .where(among(OrderLine.order_id, order_ids))
        .group_by(ReturnedLine.line_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
