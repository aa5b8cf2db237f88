"""Taking a settlement back that was sent by mistake: everything it booked is undone."""

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from shop import clock
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Entry
from shop.orders import receipts
from shop.orders.models import Order
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import Batch, ImportState


def take_back(batch: Batch, who: str) -> None:
    """Undo what a locked settlement booked and paid; its file may then be sent again.

    Raises CannotMatch while its money is matched, GivenBack when what it paid went back already.
    """
    if batch.bank_line_id is not None:
        raise CannotMatch(_("Gỡ dòng tiền của lần trả này trước."))
    if batch.taken_back_at is not None:
        return
    if batch.state in {ImportState.READING, ImportState.WORKING}:
        raise CannotMatch(_("Bảng này chưa đọc và ghi xong."))
    orders = _orders(batch)
    today = periods.open_day(batch.seller_id, clock.today())
    why = f"Bỏ bảng {batch.filename}"
    for entry in _standing(batch):
        entries.reverse(entry, on=today, by=who, why=why)
        order = orders.get((entry.subject or "").removeprefix("order:"))
        if order is not None:
            paid = sum(p.amount_vnd for p in entry.postings if p.account == accounts.RECEIVABLE)
            receipts.take_away(order, -paid, who=who, why=why)
    batch.taken_back_at = clock.now()
    # The same file may come again: only what stands is one of a kind.
    batch.digest = f"{batch.digest}:{batch.ref}"


def _orders(batch: Batch) -> dict[str, Order]:
    """The orders that the batch's lines name, locked, by reference."""
    ids = [line.order_id for line in batch.lines if line.order_id is not None]
    query = select(Order).where(Order.id.in_(ids)).order_by(Order.id).with_for_update(of=Order)
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {order.ref: order for order in rows}


def _standing(batch: Batch) -> list[Entry]:
    """What the batch booked and nobody has undone, the oldest first."""
    undoing = aliased(Entry)
    key = f"batch:{batch.ref}"
    query = select(Entry).where(
        Entry.seller_id == batch.seller_id,
        or_(Entry.key == key, Entry.key.startswith(f"{key}:", autoescape=True)),
        ~select(undoing.id).where(undoing.reverses_id == Entry.id).exists(),
    )
    return list(db.session.scalars(query.order_by(Entry.id)))
