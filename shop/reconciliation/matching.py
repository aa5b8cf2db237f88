"""Which order a bank line pays: seven rules, the first that fits decides.

1. A line that is settled already stays as it is.
2. Money out is never a receipt.
3. One reference to an open order: pay min(amount, open); the rest stays with the line.
4. Several references: only when the amount is exactly the sum of what is open.
5. A reference found only after gluing the text together: only when the amount is exact.
6. A reference to an order that is closed or unknown: kept in suspense, never dropped.
7. No reference: kept in suspense; open orders of the same amount are suggested, never applied.
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from shop import clock, references
from shop.database import db
from shop.orders import states
from shop.orders.models import Order, State
from shop.reconciliation import bookings
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import Allocation, BankLine, LineState, Reason

REASONS = {
    Reason.REFERENCE: _l("Có mã đơn, khớp đúng."),
    Reason.SURPLUS: _l("Chuyển thừa: phần thừa cần trả lại hoặc giữ cho khách."),
    Reason.SHORT: _l("Chuyển thiếu so với đơn; đơn còn chờ phần còn lại."),
    Reason.SEVERAL: _l("Ghi nhiều mã đơn nhưng số tiền không bằng tổng các đơn."),
    Reason.COMPACTED: _l("Mã đơn bị dính vào chữ khác và số tiền không khớp."),
    Reason.UNKNOWN_ORDER: _l("Mã đơn không có ở đơn vị này."),
    Reason.CLOSED_ORDER: _l("Đơn của mã này đã xong, đã hủy hoặc đã đủ tiền."),
    Reason.NO_REFERENCE: _l("Nội dung chuyển khoản không có mã đơn."),
    Reason.UNDONE: _l("Đã gỡ khỏi đơn, chờ khớp lại."),
    Reason.OUTGOING: _l("Tiền ra, không phải tiền bán hàng."),
}

WAITING = {LineState.NEW, LineState.SUSPENSE, LineState.PARTLY}

BANK = "Ngân hàng báo có"


def match(line: BankLine) -> None:
    """Apply the rules to a locked line; safe to run again."""
    if line.state != LineState.NEW:
        return
    _decide(line)
    bookings.line(line)


def _decide(line: BankLine) -> None:
    if line.direction == "out":
        _settle(line, LineState.IGNORED, Reason.OUTGOING)
        return
    found = references.find(line.content)
    refs = [hit.ref for hit in found if not hit.compacted]
    if refs:
        _by_reference(line, refs)
    elif found:
        _by_compacted(line, [hit.ref for hit in found])
    else:
        _settle(line, LineState.SUSPENSE, Reason.NO_REFERENCE)


def _by_reference(line: BankLine, refs: list[str]) -> None:
    orders = _locked(line.seller_id, refs)
    if not orders:
        _settle(line, LineState.SUSPENSE, Reason.UNKNOWN_ORDER)
        return
    open_orders = [order for order in orders if order.state == State.AWAITING_PAYMENT]
    if not open_orders:
        _settle(line, LineState.SUSPENSE, Reason.CLOSED_ORDER)
    elif len(refs) > 1:
        # All that are named must be open, or the amount could be meant for the missing one.
        named = open_orders if len(open_orders) == len(refs) else []
        _only_exact(line, named, Reason.SEVERAL)
    else:
        _pay_one(line, open_orders[0], BANK)


def _by_compacted(line: BankLine, refs: list[str]) -> None:
    orders = [o for o in _locked(line.seller_id, refs) if o.state == State.AWAITING_PAYMENT]
    _only_exact(line, orders, Reason.COMPACTED)


def _only_exact(line: BankLine, orders: Sequence[Order], otherwise: Reason) -> None:
    if not orders or line.amount_vnd != sum(map(open_vnd, orders)):
        _settle(line, LineState.SUSPENSE, otherwise)
        return
    for order in orders:
        _allocate(line, order, open_vnd(order), BANK)
    _settle(line, LineState.MATCHED, Reason.REFERENCE)


def _pay_one(line: BankLine, order: Order, who: str) -> None:
    wanted, left = open_vnd(order), left_vnd(line)
    _allocate(line, order, min(left, wanted), who)
    if left > wanted:
        _settle(line, LineState.PARTLY, Reason.SURPLUS)
    else:
        short = left < wanted
        _settle(line, LineState.MATCHED, Reason.SHORT if short else Reason.REFERENCE)


def _locked(seller_id: int, refs: list[str]) -> Sequence[Order]:
    # In id order, so that two lines naming the same orders never wait in a circle.
    query = select(Order).where(Order.seller_id == seller_id, Order.ref.in_(refs))
    return db.session.scalars(query.order_by(Order.id).with_for_update(of=Order)).all()


def open_vnd(order: Order) -> int:
    """What the order still waits for, in đồng."""
    return max(0, order.total_vnd - order.paid_vnd)


def left_vnd(line: BankLine) -> int:
    """What of the line pays nothing yet, in đồng."""
    return line.amount_vnd - sum(a.amount_vnd for a in line.allocations if a.undone_at is None)


def _allocate(line: BankLine, order: Order, amount_vnd: int, who: str) -> None:
    line.allocations.append(
        Allocation(order_id=order.id, order=order, amount_vnd=amount_vnd, at=clock.now())
    )
    order.paid_vnd += amount_vnd
    if order.paid_vnd >= order.total_vnd:
        states.move(order, State.PAID, who=who, why=line.bank_reference)


def _settle(line: BankLine, state: LineState, reason: Reason) -> None:
    line.state, line.reason = state, reason


def match_to(line: BankLine, ref: str, who: str) -> None:
    """An accountant says which order a waiting line, or what is left of one, pays.

    The line and the order belong to the same seller, whatever was typed. Raises CannotMatch.
    """
    if line.direction != "in" or line.state not in WAITING:
        raise CannotMatch(_("Dòng tiền này không chờ khớp."))
    orders = _locked(line.seller_id, [ref.strip().upper()])
    if not orders or orders[0].state != State.AWAITING_PAYMENT:
        raise CannotMatch(_("Không có đơn đang chờ tiền với mã %(ref)s.", ref=ref))
    before, known = bookings.rest(line), {id(each) for each in line.allocations}
    _pay_one(line, orders[0], who)
    db.session.flush()
    for allocation in line.allocations:
        if id(allocation) not in known:
            bookings.matched(line, allocation, before, who)
            bookings.moved(line, left_vnd(line), before, f"rest:{allocation.id}", who)


def undo(line: BankLine, who: str) -> None:
    """Take a match back unless the order was paid in full. Raises CannotMatch.

    The allocation stays in the books with its end; a paid order is not unpaid by a click.
    """
    live = [allocation for allocation in line.allocations if allocation.undone_at is None]
    orders = {o.id: o for o in _locked_by_id([allocation.order_id for allocation in live])}
    if not live:
        raise CannotMatch(_("Dòng tiền này chưa khớp với đơn nào."))
    if any(order.paid_at is not None for order in orders.values()):
        raise CannotMatch(_("Đơn đã nhận đủ tiền; cần trả hàng hoặc hoàn tiền, không gỡ khớp."))
    for allocation in live:
        allocation.undone_at = clock.now()
        orders[allocation.order_id].paid_vnd -= allocation.amount_vnd
        bookings.undone(line, allocation, who)
    before, surplus = bookings.rest(line), line.amount_vnd - sum(a.amount_vnd for a in live)
    _settle(line, LineState.SUSPENSE, Reason.UNDONE)
    bookings.moved(line, surplus, before, f"undo:{line.ref}:{live[0].id}", who)


def _locked_by_id(order_ids: list[int]) -> Sequence[Order]:
    query = select(Order).where(Order.id.in_(order_ids)).order_by(Order.id)
    return db.session.scalars(query.with_for_update(of=Order)).all()


def suggestions(line: BankLine) -> Sequence[Order]:
    """Open orders of the same seller that wait for exactly what is left, oldest first."""
    if line.direction != "in" or line.state not in {LineState.SUSPENSE, LineState.PARTLY}:
        return []
    query = select(Order).where(
        Order.seller_id == line.seller_id,
        Order.state == State.AWAITING_PAYMENT,
        Order.total_vnd - Order.paid_vnd == left_vnd(line),
    )
    return db.session.scalars(query.order_by(Order.placed_at).limit(10)).all()
