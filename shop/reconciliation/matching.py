"""Which order a bank line pays: seven rules, the first that fits decides.

1. A line that is settled already stays as it is.
2. Money out is never a receipt: it settles a refund of the same reference and amount, else waits.
3. One reference to an open order: pay min(amount, open); the rest stays with the line.
4. Several references: only when the amount is exactly the sum of what is open.
5. A reference found only after gluing the text together: only when the amount is exact.
   Nothing is open of one that is paid: all of it stays with the line, the buyer's credit.
6. A reference to an order that fell through or is unknown: kept in suspense, never dropped.
7. No reference: kept in suspense; open orders of the same amount are suggested, never applied.
"""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, or_, select, update

from shop import clock, money, references
from shop.database import db
from shop.errors import BadInput
from shop.ledger import accounts, tags
from shop.orders import preorders, receipts
from shop.orders.dues import CLOSED, late_vnd, open_vnd
from shop.orders.models import Order, State
from shop.payments import refunds
from shop.payments.models import Refund, RefundState
from shop.reconciliation import bookings, payout_lines, terms
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import Allocation, BankLine, Batch, LineState, Reason

WAITING = {LineState.NEW, LineState.SUSPENSE, LineState.PARTLY}

# Nothing that anybody sold or bought: such lines are set aside.
NO_RECEIPT = {Reason.OWN_TRANSFER, Reason.FEE}

BANK = "Ngân hàng báo có"


def match(line: BankLine) -> None:
    """Apply the rules to a locked line; safe to run again."""
    if line.state != LineState.NEW:
        return
    _decide(line)
    bookings.line(line)
    if line.direction == "out":
        _pay_refund(line)
    if line.state == LineState.SUSPENSE:
        payout_lines.settle(line, BANK)


def _decide(line: BankLine) -> None:
    if line.reason == Reason.LOOKS_LIKE:
        _settle(line, LineState.SUSPENSE, Reason.LOOKS_LIKE)
        return
    if line.direction == "out":
        _settle(line, LineState.SUSPENSE, Reason.OUTGOING)
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
    orders = locked(line.seller_id, refs)
    if not orders:
        _settle(line, LineState.SUSPENSE, Reason.UNKNOWN_ORDER)
        return
    open_orders = [order for order in orders if open_vnd(order)]
    if not open_orders:
        _settle(line, *_nothing_open(refs, orders))
    elif len(refs) > 1:
        # All that are named must be open, or the amount could be meant for the missing one.
        named = open_orders if len(open_orders) == len(refs) else []
        _only_exact(line, named, Reason.SEVERAL)
    else:
        _pay_one(line, open_orders[0], BANK)


def _nothing_open(refs: Sequence[str], orders: Sequence[Order]) -> tuple[LineState, Reason]:
    """Of one order that is paid, money that comes again is its buyer's; else a person decides."""
    if len(refs) > 1:
        return LineState.SUSPENSE, Reason.SEVERAL
    if State(orders[0].state) not in CLOSED:
        return LineState.PARTLY, Reason.SURPLUS
    return LineState.SUSPENSE, Reason.CLOSED_ORDER


def _by_compacted(line: BankLine, refs: list[str]) -> None:
    orders = [order for order in locked(line.seller_id, refs) if open_vnd(order)]
    _only_exact(line, orders, Reason.COMPACTED)


def _only_exact(line: BankLine, orders: Sequence[Order], otherwise: Reason) -> None:
    # All that is open, or what is asked for now: of a pre-order, its deposit.
    for wanted in (open_vnd, preorders.due_vnd):
        if orders and line.amount_vnd == sum(map(wanted, orders)):
            for order in orders:
                if share := wanted(order):
                    _allocate(line, order, share, BANK)
            _settle(line, LineState.MATCHED, Reason.REFERENCE)
            return
    _settle(line, LineState.SUSPENSE, otherwise)


def _pay_one(line: BankLine, order: Order, who: str) -> None:
    wanted, left = wanted_vnd(order), left_vnd(line)
    paid = _allocate(line, order, min(left, wanted), who)
    if left > wanted:
        _settle(line, LineState.PARTLY, Reason.SURPLUS)
    elif left == wanted or (not paid.write_off_vnd and not preorders.due_vnd(order)):
        _settle(line, LineState.MATCHED, Reason.REFERENCE)
    else:
        _settle(line, LineState.MATCHED, Reason.TOLERATED if paid.write_off_vnd else Reason.SHORT)


def locked(seller_id: int, refs: Sequence[str]) -> Sequence[Order]:
    """The orders of these references that the seller sold, or collects for, locked."""
    # In id order, so that two lines naming the same orders never wait in a circle.
    query = select(Order).where(paid_to(seller_id), Order.ref.in_(refs))
    query = query.order_by(Order.id).with_for_update(of=Order)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def paid_to(seller_id: int) -> ColumnElement[bool]:
    """Orders whose money may come to this seller: its own, and those that it collects for."""
    return or_(Order.seller_id == seller_id, Order.collector_id == seller_id)


def wanted_vnd(order: Order) -> int:
    """What a person may say that money pays: what is open, or all of an order that expired."""
    return open_vnd(order) or late_vnd(order)


def left_vnd(line: BankLine) -> int:
    """What of the line pays nothing yet, in đồng."""
    if line.purpose_entry_id is not None or line.twin_id is not None:
        return 0
    return line.amount_vnd - sum(a.amount_vnd for a in line.allocations if a.undone_at is None)


def _allocate(line: BankLine, order: Order, amount_vnd: int, who: str) -> Allocation:
    allocation = Allocation(
        order_id=order.id, order=order, amount_vnd=amount_vnd, write_off_vnd=0, at=clock.now()
    )
    line.allocations.append(allocation)
    short = open_vnd(order) - amount_vnd
    receipts.pay(order, amount_vnd, who=who, why=line.bank_reference)
    if 0 < short <= terms.of(line.seller_id).tolerance_vnd:
        allocation.write_off_vnd = receipts.write_off(
            order, who=who, why=_("thiếu trong mức cho phép")
        )
    return allocation


def _settle(line: BankLine, state: LineState, reason: Reason) -> None:
    line.state, line.reason = state, reason


def move(line: BankLine, state: LineState, reason: Reason, who: str) -> None:
    """What is left of a line stands elsewhere now, and in the books with it."""
    before, left = bookings.rest(line), left_vnd(line)
    _settle(line, state, reason)
    bookings.moved(line, left, before, who)


def match_to(line: BankLine, parts: Mapping[str, int | None], who: str) -> None:
    """An accountant says which orders a waiting line, or what is left of one, pays.

    An expired order that gets all its money is taken up again.
    `parts`: reference → đồng of it, None for what is open. The line and the orders belong to the
    same seller, whatever was typed. Raises CannotMatch.
    """
    expect_waiting(line, "in")
    named = {ref.strip().upper(): amount for ref, amount in parts.items()}
    orders = {
        order.ref: order for order in locked(line.seller_id, list(named)) if wanted_vnd(order)
    }
    for ref in named:
        if ref not in orders:
            raise CannotMatch(_("Không có đơn đang chờ tiền với mã %(ref)s.", ref=ref))
    shares = _shares(line, orders, named)
    before, known = bookings.rest(line), {id(each) for each in line.allocations}
    if len(orders) == 1:
        _pay_one_by_hand(line, next(iter(orders.values())), shares, who)
    else:
        for ref, share in shares.items():
            _allocate(line, orders[ref], share, who)
        part = left_vnd(line) > 0
        _settle(
            line,
            LineState.PARTLY if part else LineState.MATCHED,
            Reason.SURPLUS if part else Reason.REFERENCE,
        )
    _book_new(line, before, known, who)


def _pay_one_by_hand(line: BankLine, order: Order, shares: Mapping[str, int], who: str) -> None:
    share = shares[order.ref]
    if share == min(left_vnd(line), wanted_vnd(order)):
        _pay_one(line, order, who)
        return
    _allocate(line, order, share, who)
    _settle(line, LineState.PARTLY, Reason.SURPLUS)


def _shares(
    line: BankLine, orders: Mapping[str, Order], named: Mapping[str, int | None]
) -> dict[str, int]:
    left, shares = left_vnd(line), {}
    for ref, amount in named.items():
        most = wanted_vnd(orders[ref])
        shares[ref] = min(most, left) if amount is None else amount
        if not 0 < shares[ref] <= most:
            raise CannotMatch(
                _("Đơn %(ref)s chỉ chờ %(open)s.", ref=ref, open=money.show(most))
                if left
                else _("Dòng tiền này không còn đủ cho đơn %(ref)s.", ref=ref)
            )
        if shares[ref] < late_vnd(orders[ref]):
            raise CannotMatch(
                _(
                    "Đơn %(ref)s đã hết hạn: đủ %(open)s mới mở lại được, nếu không hãy trả lại.",
                    ref=ref,
                    open=money.show(most),
                )
            )
        left -= shares[ref]
    if left < 0:
        raise CannotMatch(_("Các phần cộng lại nhiều hơn số tiền của dòng này."))
    return shares


def _book_new(line: BankLine, before: str, known: set[int], who: str) -> None:
    db.session.flush()
    fresh = [each for each in line.allocations if id(each) not in known]
    for allocation in fresh:
        if allocation.order is not None:
            bookings.matched(line, allocation, allocation.order, before, who=who)
    bookings.moved(line, left_vnd(line), before, who)


def expect_waiting(line: BankLine, direction: str = "") -> None:
    """Raise CannotMatch for a line that waits for nobody, or goes the other way."""
    if line.state not in WAITING or (direction and line.direction != direction):
        raise CannotMatch(_("Dòng tiền này không chờ khớp."))


def _pay_refund(line: BankLine) -> None:
    refs = [hit.ref for hit in references.find(line.content)]
    query = due_refunds(line).with_only_columns(Refund.id)
    query = query.where(or_(Order.ref.in_(refs), Refund.ref.in_(refs)))
    found = db.session.scalar(query.order_by(Refund.id).limit(1)) if refs else None
    if found is not None:
        _give_back(line, refunds.locked(found), BANK)


def due_refunds(line: BankLine) -> Select[Refund]:
    """Refunds that wait for a transfer of just what went out."""
    return _refunds_of(line.seller_id).where(
        Refund.state == RefundState.DUE, Refund.amount_vnd == line.amount_vnd
    )


def _refunds_of(seller_id: int) -> Select[Refund]:
    nobodys = Refund.order_id.is_(None) & (Refund.seller_id == seller_id)
    query = select(Refund).outerjoin(Order, Order.id == Refund.order_id)
    return query.where(or_(paid_to(seller_id), nobodys))


def refund(line: BankLine, ref: str, who: str) -> None:
    """Say that money out is this refund. Raises CannotMatch, RefundEnded."""
    expect_waiting(line, "out")
    there = _refunds_of(line.seller_id).where(Refund.ref == ref)
    found = db.session.scalar(there.with_only_columns(Refund.id))
    if found is None:
        raise CannotMatch(_("Không có khoản hoàn này."))
    row = refunds.locked(found)
    if row.amount_vnd != line.amount_vnd:
        raise CannotMatch(_("Khoản hoàn là %(amount)s.", amount=money.show(row.amount_vnd)))
    _give_back(line, row, who)


def _give_back(line: BankLine, row: Refund, who: str) -> None:
    line.allocations.append(
        Allocation(
            order_id=row.order_id, refund_id=row.id, amount_vnd=row.amount_vnd, at=clock.now()
        )
    )
    refunds.paid(row, accounts.SUSPENSE, line.seller_id, who)
    _settle(line, LineState.MATCHED, Reason.REFUND)


def undo(line: BankLine, who: str) -> None:
    """Say that a line is not what it was said to be: it waits again.

    Everything stays in the books, with what undoes it. Raises CannotMatch, GivenBack.
    """
    if line.twin is not None:
        for each in (line.twin, line):
            each.twin_id = each.twin = None
            _settle(each, LineState.SUSPENSE, Reason.UNDONE)
        return
    if line.purpose_entry is not None:
        payout_lines.let_go(line)
        # The settlement whose net this line was waits for its money again.
        db.session.execute(
            update(Batch).where(Batch.bank_line_id == line.id).values(bank_line_id=None)
        )
        bookings.not_that(line, who)
        _settle(line, LineState.SUSPENSE, Reason.UNDONE)
        return
    live = [allocation for allocation in line.allocations if allocation.undone_at is None]
    if not live and line.reason != Reason.SURPLUS:
        raise CannotMatch(_("Dòng tiền này chưa khớp với đơn nào."))
    if any(allocation.refund_id is not None for allocation in live):
        raise CannotMatch(_("Tiền đã hoàn cho khách thì không gỡ được."))
    _locked_by_id([a.order_id for a in live])
    for allocation in live:
        allocation.undone_at = clock.now()
        if allocation.order is not None:
            _take_away(allocation.order, allocation, who)
            bookings.undone(line, allocation, allocation.order, who)
    before, surplus = bookings.rest(line), line.amount_vnd - sum(a.amount_vnd for a in live)
    _settle(line, LineState.SUSPENSE, Reason.UNDONE)
    bookings.moved(line, surplus, before, who)


def _take_away(order: Order, allocation: Allocation, who: str) -> None:
    order.written_off_vnd -= allocation.write_off_vnd
    receipts.take_away(order, allocation.amount_vnd, who=who, why=_("gỡ khớp"))


def _locked_by_id(order_ids: Sequence[int | None]) -> Sequence[Order]:
    query = select(Order).where(Order.id.in_(order_ids)).order_by(Order.id)
    query = query.with_for_update(of=Order).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def purpose(line: BankLine, reason: Reason, account: str, said: str, who: str) -> None:
    """Say that a line is no order's: a fee, a transfer between own accounts, other money.

    Raises CannotMatch when part of it pays an order.
    """
    expect_waiting(line)
    if left_vnd(line) != line.amount_vnd:
        raise CannotMatch(_("Một phần của dòng này đã trả cho đơn; gỡ khớp trước."))
    if reason == Reason.FEE and line.direction != "out":
        raise BadInput({"": [_("Phí ngân hàng là tiền ra.")]})
    bookings.is_for(line, account, said, who)
    _settle(line, LineState.IGNORED if reason in NO_RECEIPT else LineState.MATCHED, reason)


def tagged(line: BankLine, tag: str, said: str, who: str) -> None:
    """Say by a tag (`ledger.tags`) what money came or went for. Raises as `purpose`, BadInput."""
    words = tags.TAGS[line.direction].get(tag)
    if words is None:
        raise BadInput({"purpose": [_("Chọn khoản mục trong danh sách.")]})
    purpose(line, Reason.OTHER, tags.account(line.direction, tag), said or str(words), who)


def duplicate(line: BankLine, of: BankLine, who: str) -> None:
    """A doubtful line tells of the same movement as `of`: it counts no more. Raises CannotMatch."""
    expect_waiting(line)
    if (of.bank_account_id, of.direction, of.amount_vnd) != (
        *(line.bank_account_id, line.direction, line.amount_vnd),
    ) or left_vnd(line) != line.amount_vnd:
        raise CannotMatch(_("Hai dòng này khác nhau về tài khoản hoặc số tiền."))
    bookings.is_for(line, accounts.bank(line.bank_account.ref), f"Trùng với {of.content}", who)
    _settle(line, LineState.IGNORED, Reason.DUPLICATE)


def of_its_own(line: BankLine, who: str) -> None:
    """A doubtful line is a movement of its own: it is matched by its reference if it can be."""
    expect_waiting(line)
    if line.reason != Reason.LOOKS_LIKE:
        return
    refs = [hit.ref for hit in references.find(line.content) if not hit.compacted]
    if line.direction == "out" or len(refs) != 1:
        reason = Reason.OUTGOING if line.direction == "out" else Reason.NO_REFERENCE
        _settle(line, LineState.SUSPENSE, reason)
        return
    orders = locked(line.seller_id, refs)
    if not orders:
        _settle(line, LineState.SUSPENSE, Reason.UNKNOWN_ORDER)
    elif open_vnd(orders[0]):
        match_to(line, {refs[0]: None}, who)
    else:
        move(line, *_nothing_open(refs, orders), who)


def expect_own_transfer(line: BankLine, twin: BankLine) -> None:
    """Two lines are one transfer between own accounts: out of one, into another one.

    Raises CannotMatch.
    """
    fits = (
        twin.seller_id == line.seller_id
        and twin.amount_vnd == line.amount_vnd
        and twin.direction != line.direction
        and twin.bank_account_id != line.bank_account_id
    )
    if not fits:
        raise CannotMatch(_("Chuyển nội bộ là tiền ra ở tài khoản này, vào ở tài khoản kia."))
