"""Books as files: made at once when they are short, by a job when they are long."""

from datetime import date
from io import BytesIO

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import func, select

from shop import outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.books import excel, kinds, pdf
from shop.books.models import BookExport, ExportState
from shop.database import db, transaction
from shop.ledger.models import Entry
from shop.sellers.models import Seller

# So many entries in the period are written while the person waits, in a second or two.
AT_ONCE = 2_000
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def is_long(seller: Seller, first: date, last: date) -> bool:
    """Whether a job should make it."""
    query = select(func.count(Entry.id)).where(
        Entry.seller_id == seller.id, Entry.on.between(first, last)
    )
    return int(db.session.scalar(query) or 0) > AT_ONCE


def make(name: str, form: str, seller: Seller, first: date, last: date) -> bytes:
    """The file of a book; `form`: xlsx or pdf. Its words are Vietnamese. Raises NotFound."""
    with force_locale("vi"):
        printed = kinds.form(name, seller, first, last)
    if form == "xlsx":
        return excel.workbook(printed)
    out = BytesIO()
    pdf.document(printed, out)
    return out.getvalue()


def ask(actor: Actor, seller: Seller, name: str, form: str, first: date, last: date) -> BookExport:
    """Have a job make it."""
    row = BookExport(
        seller_id=seller.id, book=name, form=form, first=first, last=last, by=actor.name
    )
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "book.export", row, f"{name}.{form}")
    outbox.record("book_wanted", export_id=row.id)
    return row


def carry_out(export_id: int) -> None:
    """Make the file and put it away; safe to run twice."""
    with transaction():
        row = db.session.get_one(BookExport, export_id)
        if row.state != ExportState.WORKING:
            return
        seller = db.session.get_one(Seller, row.seller_id)
        data = make(row.book, row.form, seller, row.first, row.last)
        key, form = f"books/{row.ref}.{row.form}", row.form
    current_app.extensions["storage"].put(key, data, TYPES[form])
    with transaction():
        row = db.session.get_one(BookExport, export_id, with_for_update=True)
        row.state, row.file_key = ExportState.DONE, key


def give_up(export_id: int) -> None:
    """The job failed for the last time."""
    with transaction():
        row = db.session.get_one(BookExport, export_id, with_for_update=True)
        if row.state == ExportState.WORKING:
            row.state = ExportState.FAILED
