"""Back office: products by spreadsheet, in and out."""

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, spreadsheets, text
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import imports
from shop.catalogue.columns import HEADINGS, Fault
from shop.catalogue.imports import Taken
from shop.catalogue.models import ProductImport
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Schema
from shop.sellers.models import Seller
from shop.spreadsheets import BadSheet

bp = Blueprint("imports", __name__, url_prefix="/ban-hang/nhap-bang")

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE
# A mebibyte for the rest of the form.
UPLOAD_BYTES = spreadsheets.FILE_BYTES + spreadsheets.MEBIBYTE
CSV = "text/csv; charset=utf-8"


@bp.get("")
@access.signed_in
def choose(actor: Actor) -> ResponseReturnValue:
    """Whose goods? Asked only of people with several sellers."""
    access.expect(actor, WRITE)
    page = pages.paged(access.rows(actor, Seller, WRITE).order_by(Seller.sort_key, Seller.id))
    if page.total == 1:
        return redirect(url_for("imports.table", ref=page.items[0].ref), 303)
    return pages.page("imports/choose.html", page=page)


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(UPLOAD_BYTES)
def table(actor: Actor, ref: str) -> ResponseReturnValue:
    """A seller's tables: the template, what there is to download, what was sent, and sending."""
    seller = access.get(actor, Seller, ref, WRITE)
    form = pages.form(Schema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    taken = _taken(form) if request.method == "POST" else None
    if taken:
        with form.guard(), transaction():
            row = imports.start(actor, seller, taken)
            pages.claim(form, "imports.sent", ref=row.ref)
        if not form.errors:
            return pages.saved("imports.sent", _("Đã nhận tệp, đang đọc."), ref=taken.ref)
    mine = access.rows(actor, ProductImport, WRITE).where(ProductImport.seller_id == seller.id)
    page = pages.paged(mine.order_by(ProductImport.id.desc()))
    return pages.page("imports/table.html", form=form, seller=seller, page=page, headings=HEADINGS)


def _taken(form: pages.Form) -> Taken | None:
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise BadSheet("nothing", _("Chưa chọn tệp nào."))
        return imports.take(file.stream.read(spreadsheets.FILE_BYTES + 1), file.filename)
    except BadSheet as error:
        form.errors["file"] = [error.message]
        return None


@bp.get("/tep/<ref>")
@access.signed_in
def sent(actor: Actor, ref: str) -> ResponseReturnValue:
    """One file on its way in: what it would change, or what is wrong with it."""
    row = access.get(actor, ProductImport, ref, WRITE)
    seller = db.session.get_one(Seller, row.seller_id)
    return pages.page("imports/sent.html", seller=seller, **_told(row))


@bp.get("/tep/<ref>/trang-thai")
@access.signed_in
def progress(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of that page that changes while a worker reads or applies the file."""
    row = access.get(actor, ProductImport, ref, WRITE)
    return pages.page("imports/progress.html", **_told(row))


def _told(row: ProductImport) -> dict[str, object]:
    return {"row": row, "faults": [str(Fault(**fault)) for fault in row.faults]}


@bp.post("/tep/<ref>/ghi")
@access.signed_in
def apply(actor: Actor, ref: str) -> ResponseReturnValue:
    """Do what was shown."""
    access.get(actor, ProductImport, ref, WRITE)
    form = pages.Form()
    with form.guard(), transaction():
        imports.apply(actor, access.get(actor, ProductImport, ref, WRITE, lock=True))
    if form.errors:
        return pages.refused("imports.sent", form, ref=ref)
    return pages.saved("imports.sent", _("Đang ghi vào danh mục."), ref=ref)


@bp.get("/tep/<ref>/ket-qua.xlsx")
@access.signed_in
def result(actor: Actor, ref: str) -> ResponseReturnValue:
    """The file as it came, with what became of each row."""
    row = access.get(actor, ProductImport, ref, WRITE)
    if row.result_key is None:
        raise NotFound(ref=ref)
    data = current_app.extensions["storage"].read(row.result_key)
    return _file(data, f"ket-qua-{ref.lower()}.xlsx", spreadsheets.XLSX)


@bp.get("/<ref>/mau.xlsx")
@access.signed_in
def blank(actor: Actor, ref: str) -> ResponseReturnValue:
    """The template."""
    access.get(actor, Seller, ref, READ)
    return _file(imports.blank(), "mau-san-pham.xlsx", spreadsheets.XLSX)


@bp.get("/<ref>/san-pham.xlsx")
@access.signed_in
def export_xlsx(actor: Actor, ref: str) -> ResponseReturnValue:
    """All packs with their prices, as Excel reads them."""
    seller = access.get(actor, Seller, ref, READ)
    return _file(imports.export_xlsx(seller), f"{_name(seller)}.xlsx", spreadsheets.XLSX)


@bp.get("/<ref>/san-pham.csv")
@access.signed_in
def export_csv(actor: Actor, ref: str) -> ResponseReturnValue:
    """The same as plain text."""
    seller = access.get(actor, Seller, ref, READ)
    return _file(imports.export_csv(seller), f"{_name(seller)}.csv", CSV)


def _name(seller: Seller) -> str:
    return f"san-pham-{text.slug(seller.name)[:60] or seller.ref.lower()}"


def _file(data: bytes, name: str, content_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, content_type=content_type, headers=headers)
