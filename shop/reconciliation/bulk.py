"""Many bank lines at once: recorded together, the plain ones matched together.

Plain is what nearly all lines of a statement are: money in with one reference, for just what its
order waits for. Whatever is not goes through `matching`, one line after the other.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select, text, update

from shop import clock, references
from shop.database import among, db, insert_many
from shop.ledger import accounts, entries, periods
from shop.ledger.entries import Booking
from shop.ledger.models import Kind
from shop.orders import receipts
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import bank_lines, bookings, matching
from shop.reconciliation.models import Allocation, BankLine, LineState, Reason
from shop.references import Found
from shop.sellers.models import BankAccount

SUSPENSE = LineState.SUSPENSE


def take(
    account: BankAccount, lines: Sequence[FeedLine], occurrences: Sequence[int], import_id: int
) -> int:
    """Record and match; how many of the lines are new."""
    # A table that grows within a minute is thought to be small: it would be read whole each time.
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    recorded = bank_lines.record_all(account, lines, occurrences, import_id)
    fresh = {line_id: line for (line_id, new), line in zip(recorded, lines, strict=True) if new}
    found = {line_id: references.find(line.content) for line_id, line in fresh.items()}
    paid = _pay(account, fresh, found)
    # No reference at all: they wait, whatever they are.
    waiting = {line_id for line_id in fresh if not found[line_id]}
    _settle(set(paid), LineState.MATCHED, Reason.REFERENCE)
    _settle({i for i in waiting if fresh[i].direction == "in"}, SUSPENSE, Reason.NO_REFERENCE)
    _settle({i for i in waiting if fresh[i].direction == "out"}, SUSPENSE, Reason.OUTGOING)
    plain = {line_id: fresh[line_id] for line_id in (*paid, *waiting)}
    _book(account, plain, set(paid))
    rest = [line_id for line_id in fresh if line_id not in plain]
    query = select(BankLine).where(among(BankLine.id, rest)).order_by(BankLine.id)
    for line in db.session.scalars(query.with_for_update(of=BankLine)):
        matching.match(line)
    return len(fresh)


def _pay(
    account: BankAccount, fresh: dict[int, FeedLine], found: dict[int, list[Found]]
) -> dict[int, int]:
    """Pay the orders of the plain lines: line → order."""
    named = {
        line_id: refs[0]
        for line_id, line in fresh.items()
        if len(refs := _direct(found[line_id])) == 1 and line.direction == "in"
    }
    once = Counter(named.values())
    came = {ref: line_id for line_id, ref in named.items() if once[ref] == 1}
    wanted = {
        ref: (fresh[line_id].amount_vnd, fresh[line_id].bank_reference)
        for ref, line_id in came.items()
    }
    paid = receipts.pay_many(account.seller_id, wanted, who=matching.BANK)
    now = clock.now()
    parts = [
        {
            "bank_line_id": came[ref],
            "order_id": order_id,
            "amount_vnd": wanted[ref][0],
            "at": now,
        }
        for ref, order_id in paid.items()
    ]
    insert_many(Allocation, parts)
    return {came[ref]: order_id for ref, order_id in paid.items()}


def _direct(found: list[Found]) -> list[str]:
    return [hit.ref for hit in found if not hit.compacted]


def _settle(line_ids: set[int], state: LineState, reason: Reason) -> None:
    if line_ids:
        db.session.execute(
            update(BankLine)
            .where(among(BankLine.id, line_ids))
            .values(state=state, reason=reason)
            .execution_options(synchronize_session=False)
        )


def _book(account: BankAccount, lines: dict[int, FeedLine], paid: set[int]) -> None:
    query = select(BankLine.id, BankLine.ref).where(among(BankLine.id, lines))
    until = periods.closed_until(account.seller_id)
    money = accounts.bank(account.ref)
    made = []
    for line_id, ref in db.session.execute(query):
        line = lines[line_id]
        on = clock.vietnam(line.booked_at).date()
        moved = line.amount_vnd if line.direction == "in" else -line.amount_vnd
        other = accounts.RECEIVABLE if line_id in paid else accounts.SUSPENSE
        made.append(
            Booking(
                key=f"bank_line:{ref}",
                postings={money: moved, other: -moved},
                kind=Kind.TRANSFER_IN if moved > 0 else Kind.TRANSFER_OUT,
                on=on if until is None or on > until else periods.after(until),
                text=line.content or line.bank_reference,
                by=bookings.BANK,
                subject=f"bank_line:{ref}",
            )
        )
    entries.post_many(account.seller_id, made)
