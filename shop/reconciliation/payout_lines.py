"""Bank lines that are a payout of collected money: out of the collector's account, into the
seller's.
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from shop import money, references
from shop.database import db
from shop.ledger import accounts
from shop.payments import payouts
from shop.payments.models import Payout, PayoutState
from shop.reconciliation import bookings
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import BankLine, LineState, Reason

MOST = 6


def settle(line: BankLine, who: str) -> None:
    """Take a line in suspense for the payout that it names, if the amount is the same."""
    refs = [hit.ref for hit in references.find(line.content)]
    payout = payouts.named(refs, line.seller_id, line.direction) if refs else None
    if payout is not None and line.amount_vnd == payout.amount_vnd and _waits(line, payout):
        _take(line, payout, who)


def decide(line: BankLine, ref: str, who: str) -> None:
    """Somebody says that a line is this payout. Raises CannotMatch, PayoutEnded."""
    payout = payouts.named([ref], line.seller_id, line.direction)
    if payout is None or line.state != LineState.SUSPENSE:
        raise CannotMatch(_("Không có lần chi này, hoặc dòng tiền không chờ khớp."))
    if line.amount_vnd != payout.amount_vnd:
        raise CannotMatch(_("Lần chi này là %(amount)s.", amount=money.show(payout.amount_vnd)))
    _take(line, payout, who)


def _waits(line: BankLine, payout: Payout) -> bool:
    if line.direction == "out":
        return payout.sent_at is None
    return payout.state != PayoutState.RECEIVED or payout.received_entry_id is not None


def _take(line: BankLine, payout: Payout, who: str) -> None:
    if line.direction == "out":
        payouts.sent(payout)
        account = accounts.owed_to(payout.seller.ref)
    else:
        payouts.received(payout, who, booked=True)
        account = accounts.HELD
    line.payout_id, line.payout = payout.id, payout
    bookings.is_for(line, account, f"Chi trả tiền thu hộ, đợt {payout.ref}", who)
    line.state, line.reason = LineState.MATCHED, Reason.PAYOUT


def let_go(line: BankLine) -> None:
    """The line is not its payout after all; what was booked is undone by the caller."""
    if line.payout is None:
        return
    if line.direction == "out":
        payouts.not_sent(line.payout)
    else:
        payouts.not_received(line.payout)
    line.payout_id = line.payout = None


def possible(line: BankLine) -> Sequence[Payout]:
    """Payouts of just this amount that the line could be."""
    if line.state != LineState.SUSPENSE:
        return []
    whose, open_ = (
        (Payout.collector_id, Payout.sent_at.is_(None))
        if line.direction == "out"
        else (Payout.seller_id, Payout.state != PayoutState.RECEIVED)
    )
    query = select(Payout).where(
        whose == line.seller_id,
        open_,
        Payout.state != PayoutState.CANCELLED,
        Payout.amount_vnd == line.amount_vnd,
    )
    return db.session.scalars(query.order_by(Payout.id).limit(MOST)).all()
