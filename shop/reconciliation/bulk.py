"""Many bank lines at once: recorded together, the plain ones matched together.

Plain is what nearly all lines of a statement are: money in with one reference, for just what its
order waits for. Whatever is not goes through `matching`, one line after the other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select, text

from shop import clock, outbox, references
from shop.database import among, db, insert_many
from shop.ledger import accounts, entries
from shop.ledger.entries import Booking
from shop.ledger.models import Kind
from shop.orders import receipts
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import bank_lines, bookings, likes, matching
from shop.reconciliation.models import Allocation, BankLine, LineState, Reason
from shop.references import Found
from shop.sellers.models import BankAccount


def take(
    account: BankAccount,
    lines: Sequence[FeedLine],
    occurrences: Sequence[int],
    import_id: int | None = None,
) -> int:
    """Record and match; how many of the lines are new.

    Each line is written once, in the state it ends in: a row that is changed at once would stand
    in every index twice.
    """
    if not lines:
        return 0
    if len(lines) > likes.FEW:
        # A table that grows within a minute is thought to be small: it would be read whole.
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
    told = bank_lines.sort_out(account, lines, occurrences, import_id)
    fresh, doubtful = dict(told.fresh), told.doubtful
    # A doubtful line pays nothing by itself: its references are a person's business.
    found = {
        key: [] if key in doubtful else references.find(line.content) for key, line in fresh.items()
    }
    paid = _pay(account, fresh, found)
    rows = {
        key: bank_lines.values(account, line, key, import_id)
        | _standing(line, paid=key in paid, named=bool(found[key]), doubtful=key in doubtful)
        for key, line in fresh.items()
    }
    made = bank_lines.insert(list(rows.values()))
    _allocate(paid, fresh, made)
    plain = {str(rows[key]["ref"]): (fresh[key], key in paid)
             for key in fresh if key in paid or not found[key]}  # fmt: skip
    _book(account, plain)
    _tell_of_plates([made[k] for k in fresh if _at_plate(fresh[k], rows[k]["reason"])])
    rest = [made[key] for key in fresh if key not in paid and found[key]]
    if not rest:
        return len(fresh)
    query = select(BankLine).where(among(BankLine.id, rest)).order_by(BankLine.id)
    for line in db.session.scalars(query.with_for_update(of=BankLine)):
        matching.match(line)
    return len(fresh)


def _standing(line: FeedLine, *, paid: bool, named: bool, doubtful: bool) -> dict[str, object]:
    """The state a new line ends in; one that names something unusual is matched afterwards."""
    if doubtful:
        return {"state": LineState.SUSPENSE, "reason": Reason.LOOKS_LIKE}
    if paid:
        return {"state": LineState.MATCHED, "reason": Reason.REFERENCE}
    if named:
        return {"state": LineState.NEW, "reason": None}
    # No reference at all: it waits, whatever it is.
    reason = Reason.NO_REFERENCE if line.direction == "in" else Reason.OUTGOING
    return {"state": LineState.SUSPENSE, "reason": reason}


def _at_plate(line: FeedLine, reason: object) -> bool:
    """Whether the line names no order but a printed code of a seller's counter."""
    return reason == Reason.NO_REFERENCE and bool(references.at_plates(line.content))


def _tell_of_plates(line_ids: Sequence[int]) -> None:
    if line_ids:
        outbox.record("plates_paid", line_ids=list(line_ids))


def _pay(
    account: BankAccount, fresh: Mapping[str, FeedLine], found: Mapping[str, list[Found]]
) -> dict[str, int]:
    """Pay the orders of the plain lines: line's identity → order."""
    named = {
        key: refs[0]
        for key, line in fresh.items()
        if len(refs := _direct(found[key])) == 1 and line.direction == "in"
    }
    once = Counter(named.values())
    came = {ref: key for key, ref in named.items() if once[ref] == 1}
    wanted = {ref: (fresh[key].amount_vnd, fresh[key].bank_reference) for ref, key in came.items()}
    paid = receipts.pay_many(account.seller_id, wanted, who=matching.BANK)
    return {came[ref]: order_id for ref, order_id in paid.items()}


def _direct(found: list[Found]) -> list[str]:
    return [hit.ref for hit in found if not hit.compacted]


def _allocate(
    paid: Mapping[str, int], fresh: Mapping[str, FeedLine], made: Mapping[str, int]
) -> None:
    now = clock.now()
    parts = [
        {
            "bank_line_id": made[key],
            "order_id": order_id,
            "amount_vnd": fresh[key].amount_vnd,
            "at": now,
        }
        for key, order_id in paid.items()
    ]
    insert_many(Allocation, parts)


def _book(account: BankAccount, plain: Mapping[str, tuple[FeedLine, bool]]) -> None:
    """Book lines (reference → the line, and whether it paid an order)."""
    money = accounts.bank(account.ref)
    made = []
    for ref, (line, paid) in plain.items():
        moved = line.amount_vnd if line.direction == "in" else -line.amount_vnd
        other = accounts.RECEIVABLE if paid else accounts.SUSPENSE
        made.append(
            Booking(
                key=f"bank_line:{ref}",
                postings={money: moved, other: -moved},
                kind=Kind.TRANSFER_IN if moved > 0 else Kind.TRANSFER_OUT,
                on=clock.vietnam(line.booked_at).date(),
                text=line.content or line.bank_reference,
                by=bookings.BANK,
                subject=f"bank_line:{ref}",
            )
        )
    entries.post_many(account.seller_id, made)
