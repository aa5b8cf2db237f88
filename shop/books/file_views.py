"""Back office: books as files, for Excel and for paper."""

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, text
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.books import files, kinds
from shop.books.models import BookExport, ExportState
from shop.books.views import period
from shop.database import db, transaction
from shop.errors import NotFound
from shop.sellers.models import Seller

bp = Blueprint("book_files", __name__, url_prefix="/ban-hang/so-sach")

READ = Permission.MONEY_READ


@bp.get("/<ref>/so/<name>.xlsx")
@access.signed_in
def workbook(actor: Actor, ref: str, name: str) -> ResponseReturnValue:
    """A book for Excel."""
    return _file(actor, ref, name, "xlsx")


@bp.get("/<ref>/so/<name>.pdf")
@access.signed_in
def paper(actor: Actor, ref: str, name: str) -> ResponseReturnValue:
    """A book to be printed and signed."""
    return _file(actor, ref, name, "pdf")


def _file(actor: Actor, ref: str, name: str, form: str) -> ResponseReturnValue:
    seller = access.get(actor, Seller, ref, READ)
    kinds.get(name)
    first, last = period()
    if files.is_long(seller, first, last):
        with transaction():
            export = files.ask(actor, seller, name, form, first, last).ref
        return pages.saved(".export", _("Sổ dài, đang làm tệp."), ref=export)
    data = files.make(name, form, seller, first, last)
    return _answer(data, form, f"{name}-{text.slug(seller.name)[:40]}-{last:%Y%m%d}")


def _answer(data: bytes, form: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "Cache-Control": "private, no-store",
    }
    return Response(data, content_type=files.TYPES[form], headers=headers)


@bp.get("/tep/<ref>")
@access.signed_in
def export(actor: Actor, ref: str) -> ResponseReturnValue:
    """A long book on its way."""
    return pages.page("books/export.html", **_told(actor, ref))


@bp.get("/tep/<ref>/trang-thai")
@access.signed_in
def export_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of that page that changes when the file is there."""
    return pages.page("books/export_state.html", **_told(actor, ref))


def _told(actor: Actor, ref: str) -> dict[str, object]:
    row = access.get(actor, BookExport, ref, READ)
    seller = db.session.get_one(Seller, row.seller_id)
    return {"row": row, "seller": seller, "title": kinds.get(row.book).title}


@bp.get("/tep/<ref>/tai")
@access.signed_in
def download(actor: Actor, ref: str) -> ResponseReturnValue:
    """The file of a long book."""
    row = access.get(actor, BookExport, ref, READ)
    if row.state != ExportState.DONE or row.file_key is None:
        raise NotFound(ref=ref)
    data = current_app.extensions["storage"].read(row.file_key)
    return _answer(data, row.form, f"{row.book}-{row.last:%Y%m%d}")
