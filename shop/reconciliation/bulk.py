"""Many bank lines at once: recorded together, then each met with its orders."""

from collections.abc import Sequence

from sqlalchemy import select

from shop.database import db
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import bank_lines, matching
from shop.reconciliation.models import BankLine
from shop.sellers.models import BankAccount


def take(
    account: BankAccount, lines: Sequence[FeedLine], occurrences: Sequence[int], import_id: int
) -> int:
    """Record and match; how many of the lines are new."""
    recorded = bank_lines.record_all(account, lines, occurrences, import_id)
    fresh = [line_id for line_id, new in recorded if new]
    query = select(BankLine).where(BankLine.id.in_(fresh)).order_by(BankLine.id)
    for line in db.session.scalars(query.with_for_update(of=BankLine)):
        matching.match(line)
    return len(fresh)
