"""The final quantity of weighed goods: what the scales say becomes what is sold, and its price.

What the buyer then owes, or gets back, is what `dues` reckons from the new total; a paid order
that costs more now is not handed over before the rest has come or was let go.
"""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from flask_babel import gettext as _

from shop import clock, quantities
from shop.database import db
from shop.errors import BadInput
from shop.inventory import reservations, stock
from shop.orders import bookings, checkout, preorders, receipts, states, vouchers
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, OrderEvent, OrderLine, State

BEFORE_SENDING = frozenset({State.AWAITING_PAYMENT, State.CONFIRMED, State.PAID, State.PACKING})
# Nobody owes twice what was agreed because a melon was large.
MOST = Decimal("1.5")
_GRAM = Decimal("0.001")


def lines(order: Order) -> list[OrderLine]:
    """The lines that are sold by weight, while the order can still be weighed."""
    if State(order.state) not in BEFORE_SENDING or preorders.to_come(order):
        return []
    return [line for line in order.lines if line.unit in quantities.GRAMS]


def weigh(order: Order, actual: Mapping[int, Decimal], *, who: str, why: str) -> int:
    """`actual` (line id → quantity in the line's unit) of a locked order is what is sold.

    Price = unit price × quantity, half up to the đồng; a discount never grows with it. Returns by
    how much the total changed, in đồng. Raises BadInput naming `line-<id>`, NotAllowed after the
    goods were sent, OutOfStock when more is wanted than there is.
    """
    weighed = {line.id: line for line in lines(order)}
    if not weighed:
        raise NotAllowed(order.state, order.state)
    _check(weighed, actual)
    before, told = order.total_vnd, []
    for line_id, quantity in actual.items():
        line = weighed[line_id]
        if line.quantity == quantity:
            continue
        line.ordered_quantity = line.ordered_quantity or line.quantity
        was, line.quantity = line.quantity, quantity.quantize(_GRAM)
        line.amount_vnd = checkout.amount_vnd(line.unit_price_vnd, line.quantity)
        told.append(f"{line.name} {_shown(was)} → {_shown(line.quantity)} {line.unit}")
    if told:
        _reckon(order)
        order.weighed_note = why
        changed = order.total_vnd - before
        _note(order, who, f"{_('Cân lại')}: {'; '.join(told)}. {why}", changed)
        _hold(order)
    db.session.flush()
    return order.total_vnd - before


def _check(weighed: Mapping[int, OrderLine], actual: Mapping[int, Decimal]) -> None:
    wrong = {}
    for line_id, quantity in actual.items():
        line = weighed.get(line_id)
        ordered = (line.ordered_quantity or line.quantity) if line else Decimal(0)
        most = (ordered * MOST).quantize(_GRAM, ROUND_DOWN)
        if line is None or not 0 < quantity <= most:
            said = _("Cân được từ trên 0 đến %(most)s (gấp rưỡi số đặt).", most=_shown(most))
            wrong[f"line-{line_id}"] = [said]
    if wrong:
        raise BadInput(wrong)


def _reckon(order: Order) -> None:
    goods_vnd = sum(line.amount_vnd for line in order.lines)
    order.discount_vnd, order.goods_vnd = vouchers.weighed_vnd(order, goods_vnd), goods_vnd
    order.total_vnd = order.goods_vnd + order.fee_vnd - order.discount_vnd


def _hold(order: Order) -> None:
    holder, wanted = states.holder(order), states.goods(order)
    stock.lock(wanted)
    reservations.hand_over([holder], wanted, to=holder, until=states.held_until(order))


def let_go(order: Order, *, who: str, why: str) -> int:
    """The seller asks for what is still open no more; how much that was, in đồng."""
    if State(order.state) not in BEFORE_SENDING or not order.paid_vnd:
        raise NotAllowed(order.state, order.state)
    amount_vnd = receipts.write_off(order, who=who, why=why)
    if amount_vnd:
        bookings.let_go(order, amount_vnd, who)
        _note(order, who, f"{_('Bỏ qua phần còn thiếu')}. {why}")
    return amount_vnd


def _note(order: Order, who: str, why: str, changed_vnd: int = 0) -> None:
    event = OrderEvent(order_id=order.id, from_state=order.state, to_state=order.state)
    event.at, event.who, event.why, event.changed_vnd = clock.now(), who, why, changed_vnd
    db.session.add(event)


def _shown(quantity: Decimal) -> str:
    return str(quantities.show(quantity))
