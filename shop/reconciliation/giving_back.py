"""Money in that has a way back: to its payer by a refund, or by the bank that reversed it itself.

Only a person says that a bank reversed something, though its file may say so too (`RvslInd` of
camt.053, RC and RD of MT940): that mark only labels a movement whose direction is told already, and
money out settles nothing by itself but a refund that was decided (rule 2 of `matching`). The pair
is offered on the line's page.

What goes back is the payer's credit first, wherever it stood; the transfer that takes it away, a
bank line of its own, empties that credit. So it is never revenue, nor an expense.
"""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock, references
from shop.database import db
from shop.orders.models import Order
from shop.payments import refunds
from shop.payments.models import Refund
from shop.reconciliation import bookings, matching
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.matching import BANK
from shop.reconciliation.models import Allocation, BankLine, LineState, Reason

# A bank finds its mistake within weeks.
_SOON = timedelta(days=30)
MOST = 6


def decide(line: BankLine, who: str, reason: str, ref: str = "") -> Refund:
    """What of a locked line pays nothing is to be transferred back to its payer.

    `ref`: the order it was meant for, where a person knows; else the one that it paid or names; if
    there is none, the refund has none either. Raises CannotMatch.
    """
    matching.expect_waiting(line, "in")
    left = matching.left_vnd(line)
    if not left or line.reason == Reason.LOOKS_LIKE:
        raise CannotMatch(_("Xem dòng này có trùng với dòng đã có không, rồi hãy trả lại."))
    order = _meant(line, ref.strip().upper())
    row = refunds.of_credit(
        line.seller_id,
        order,
        left,
        reason=reason,
        by=who,
        key=f"bank_line:{line.ref}:{len(line.allocations)}",
        payee=line.counterparty or line.content,
    )
    matching.move(line, LineState.MATCHED, Reason.SURPLUS, who)
    line.allocations.append(
        Allocation(order_id=row.order_id, refund_id=row.id, amount_vnd=left, at=clock.now())
    )
    bookings.surplus(line, row, who)
    return row


def order_of(line: BankLine) -> Order | None:
    """The order a line's money was meant for: that it paid, or the only one that it names."""
    paid = [a.order for a in line.allocations if a.undone_at is None and a.order is not None]
    if paid:
        return paid[-1]
    refs = [hit.ref for hit in references.find(line.content)]
    query = select(Order).where(matching.paid_to(line.seller_id), Order.ref.in_(refs))
    named = db.session.scalars(query.limit(2)).all() if refs else []
    return named[0] if len(named) == 1 else None


def _meant(line: BankLine, ref: str) -> Order | None:
    known = order_of(line)
    wanted = ref or (known.ref if known else "")
    found = matching.locked(line.seller_id, [wanted]) if wanted else []
    if ref and not found:
        raise CannotMatch(_("Đơn vị này không có đơn %(ref)s.", ref=ref))
    return found[0] if found else None


def keep(line: BankLine, allocation: Allocation) -> None:
    """What was to go back did not: it is left of the line again."""
    allocation.undone_at = clock.now()
    if allocation.refund is not None:
        bookings.surplus(line, allocation.refund, BANK, kept=True)
    line.state, line.reason = LineState.PARTLY, Reason.SURPLUS


def reversed_by(line: BankLine, twin: BankLine, who: str) -> None:
    """The bank undid a movement of its own accord: both locked lines are of no account any more.

    What the one brought the other took, so nothing is left in suspense. Raises CannotMatch.
    """
    for each in (line, twin):
        matching.expect_waiting(each)
        if matching.left_vnd(each) != each.amount_vnd or each.reason == Reason.LOOKS_LIKE:
            raise CannotMatch(_("Một phần của dòng này đã trả cho đơn; gỡ khớp trước."))
    same = (line.bank_account_id, line.amount_vnd) == (twin.bank_account_id, twin.amount_vnd)
    if not same or line.direction == twin.direction:
        raise CannotMatch(_("Hai dòng không đảo nhau: khác tài khoản, số tiền hoặc cùng chiều."))
    for each, other in ((line, twin), (twin, line)):
        matching.move(each, LineState.REVERSED, Reason.REVERSED, who)
        each.twin_id, each.twin = other.id, other


def twins(line: BankLine) -> Sequence[BankLine]:
    """Waiting lines of the same account with which the bank may have undone this one, or it them.

    Money came first and was taken again, or went out and came back.
    """
    query = select(BankLine).where(
        BankLine.bank_account_id == line.bank_account_id,
        BankLine.direction != line.direction,
        BankLine.amount_vnd == line.amount_vnd,
        BankLine.state.in_(matching.WAITING),
        BankLine.booked_at.between(line.booked_at - _SOON, line.booked_at + _SOON),
    )
    found = db.session.scalars(query.order_by(BankLine.booked_at).limit(MOST)).all()
    return [each for each in found if matching.left_vnd(each) == each.amount_vnd]
