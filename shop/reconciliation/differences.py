"""Where a settlement and we differ: what somebody has to decide, and when it is all explained."""

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import aliased

from shop.database import db
from shop.ledger.models import Entry, Kind, Posting
from shop.reconciliation import batches
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import Batch, BatchLine, Found

_OPEN = {Found.DIFFERS, Found.UNKNOWN}


def decide(batch: Batch, row: BatchLine, account: str | None, who: str) -> None:
    """Somebody says where the difference of a line belongs: revenue, other income or expense.

    `account` None: too little was collected, and the order goes on waiting for the rest. Raises
    CannotMatch for a line without a difference, or when it is none of that kind.
    """
    batches.expect_standing(batch)
    if not needs_decision(row):
        raise CannotMatch(_("Dòng này không còn gì phải quyết."))
    difference = difference_vnd(row)
    if account is None:
        if difference:
            raise CannotMatch(_("Dòng này lệch tiền: chọn phần lệch là gì."))
        row.found = Found.DECIDED
        return
    if not difference:
        raise CannotMatch(_("Phần thiếu của dòng này vẫn chờ ở đơn: không có gì để ghi sổ."))
    postings = {batch.account: difference, account: -difference}
    said = f"{row.reference}: {row.said or batch.filename}"
    key = f"batch:{batch.ref}:decided:{row.id}"
    entry_id = batches.post(batch, postings, key, Kind.SETTLEMENT, said, who)
    row.entry_id = entry_id or row.entry_id
    row.found = Found.DECIDED


def needs_decision(row: BatchLine) -> bool:
    """Whether somebody has to say what a line is; one that came before brings money again."""
    return row.found in _OPEN or (row.found == Found.REPEATED and row.net_vnd != 0)


def difference_vnd(row: BatchLine) -> int:
    """What of a line stands nowhere in the books yet: of its gross, or of what came before all."""
    if row.found == Found.REPEATED:
        return row.net_vnd
    return row.gross_vnd - _booked_vnd(row)


def difference_sql() -> ColumnElement[int]:
    """`difference_vnd`, for a query."""
    known = BatchLine.gateway_payment_id.is_not(None) | (BatchLine.kind == "refund")
    booked = case(
        (BatchLine.expected_vnd.is_(None), 0),
        (known, BatchLine.expected_vnd),
        else_=func.greatest(0, func.least(BatchLine.gross_vnd, BatchLine.expected_vnd)),
    )
    return case(
        (BatchLine.found == Found.REPEATED, BatchLine.net_vnd), else_=BatchLine.gross_vnd - booked
    )


def _booked_vnd(row: BatchLine) -> int:
    """What of a line's gross stands on the batch's account already."""
    if row.expected_vnd is None:
        return 0
    if row.gateway_payment_id is not None or row.kind == "refund":
        return row.expected_vnd
    return max(0, min(row.gross_vnd, row.expected_vnd))


def left_vnd(batch: Batch) -> int:
    """What the batch leaves on its account once its net is paid out; 0 when it empties it."""
    return sum(difference_vnd(line) for line in batch.lines if needs_decision(line))


def is_done(batch: Batch) -> bool:
    """Its money came, every line is decided, and its part of the account is empty."""
    if batch.bank_line_id is None or any(needs_decision(line) for line in batch.lines):
        return False
    return not standing_vnd(batch)


def standing_vnd(batch: Batch) -> int:
    """What the books say is left of the batch on the account that it empties.

    What gateways captured for its lines was there before; all else the batch and its bank line
    booked themselves.
    """
    undone, key = aliased(Entry), f"batch:{batch.ref}"
    its_own = or_(
        *(each.key == key for each in (Entry, undone)),
        *(each.key.startswith(f"{key}:", autoescape=True) for each in (Entry, undone)),
    )
    if batch.bank_line is not None and batch.bank_line.purpose_entry_id is not None:
        its_own |= Entry.id == batch.bank_line.purpose_entry_id
    query = (
        select(func.coalesce(func.sum(Posting.amount_vnd), 0))
        .join(Entry, Entry.id == Posting.entry_id)
        .outerjoin(undone, undone.id == Entry.reverses_id)
        .where(Entry.seller_id == batch.seller_id, Posting.account == batch.account, its_own)
    )
    known = BatchLine.gateway_payment_id.is_not(None) | (BatchLine.kind == "refund")
    captured = select(func.coalesce(func.sum(BatchLine.expected_vnd), 0)).where(
        BatchLine.batch_id == batch.id, known, BatchLine.found != Found.REPEATED
    )
    return int(db.session.scalar(query) or 0) + int(db.session.scalar(captured) or 0)
