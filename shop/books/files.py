"""Books as files: made at once when they are short, by a job when they are long."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import func, select

from shop import outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.books import excel, kinds, pdf
from shop.books.forms import Form, Row
from shop.books.models import BookExport, ExportState
from shop.database import db, transaction
from shop.ledger.models import Entry
from shop.sellers.models import Seller

# So many entries in the period are written while the person waits, in a second or two.
AT_ONCE = 2_000
# So many rows are written between two notes of progress.
CHUNK = 1_000
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
    return _written(_printed(name, seller, first, last), form)


def _printed(name: str, seller: Seller, first: date, last: date) -> Form:
    with force_locale("vi"):
        return kinds.form(name, seller, first, last)


def _written(printed: Form, form: str) -> bytes:
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
        printed = _printed(row.book, seller, row.first, row.last)
        # A worker that was killed left its count behind; this one begins anew.
        row.done, row.lines = 0, len(printed.rows)
        key, form = f"books/{row.ref}.{row.form}", row.form
    data = _written(replace(printed, rows=_Told(printed.rows, export_id)), form)
    current_app.extensions["storage"].put(key, data, TYPES[form])
    with transaction():
        row = db.session.get_one(BookExport, export_id, with_for_update=True)
        row.state, row.file_key, row.done = ExportState.DONE, key, row.lines


class _Told(Sequence[Row]):
    """Rows that note on the export, a chunk at a time, how many of them have been taken."""

    def __init__(self, rows: Sequence[Row], export_id: int) -> None:
        self.rows, self.export_id = rows, export_id

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: Any) -> Any:
        return self.rows[at]

    def __iter__(self) -> Iterator[Row]:
        for number, row in enumerate(self.rows):
            if number and number % CHUNK == 0:
                _note(self.export_id, number)
            yield row


def _note(export_id: int, done: int) -> None:
    with transaction():
        db.session.get_one(BookExport, export_id, with_for_update=True).done = done


def give_up(export_id: int) -> None:
    """The job failed for the last time."""
    with transaction():
        row = db.session.get_one(BookExport, export_id, with_for_update=True)
        if row.state == ExportState.WORKING:
            row.state = ExportState.FAILED
