"""Back office: the booths of a market by spreadsheet."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, spreadsheets, text
from shop.accounts import access
from shop.accounts.access import Actor
from shop.database import transaction
from shop.fields import Schema
from shop.markets import imports, registry, sheets, words
from shop.markets.imports import Taken
from shop.markets.models import BoothImport
from shop.markets.sheets import Fault
from shop.spreadsheets import BadSheet

bp = Blueprint("booth_imports", __name__, url_prefix="/ban-hang")

# A mebibyte for the rest of the form.
UPLOAD_BYTES = spreadsheets.FILE_BYTES + spreadsheets.MEBIBYTE


@bp.route("/cho/<ref>/bang", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(UPLOAD_BYTES)
def table(actor: Actor, ref: str) -> ResponseReturnValue:
    """The template, what there is to download, and sending a table of booths."""
    market = registry.get(actor, ref)
    form = pages.form(Schema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    taken = _taken(form) if request.method == "POST" else None
    if taken:
        with form.guard(), transaction():
            imports.start(actor, market, taken)
            pages.claim(form, ".sent", ref=taken.ref)
        if not form.errors:
            return pages.saved(".sent", _("Đã nhận tệp, đang đọc."), ref=taken.ref)
    return pages.page(
        "booth_imports/table.html",
        form=form,
        market=market,
        files=imports.of_market(market),
        headings=sheets.HEADINGS,
        words=words,
    )


def _taken(form: pages.Form) -> Taken | None:
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise BadSheet("nothing", _("Chưa chọn tệp nào."))
        return imports.take(file.stream.read(spreadsheets.FILE_BYTES + 1), file.filename)
    except BadSheet as error:
        form.errors["file"] = [error.message]
        return None


@bp.get("/bang-sap/<ref>")
@access.signed_in
def sent(actor: Actor, ref: str) -> ResponseReturnValue:
    """One file on its way in: what it would do, or what is wrong with it."""
    row = imports.get(actor, ref)
    return pages.page("booth_imports/sent.html", market=row.market, **_told(row))


@bp.get("/bang-sap/<ref>/trang-thai")
@access.signed_in
def progress(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of that page that changes while a worker reads or applies the file."""
    return pages.page("booth_imports/progress.html", **_told(imports.get(actor, ref)))


def _told(row: BoothImport) -> dict[str, object]:
    return {"row": row, "faults": [str(Fault(**fault)) for fault in row.faults]}


@bp.post("/bang-sap/<ref>/ghi")
@access.signed_in
def apply(actor: Actor, ref: str) -> ResponseReturnValue:
    """Do what was shown."""
    imports.get(actor, ref)
    form = pages.Form()
    with form.guard(), transaction():
        imports.apply(imports.get(actor, ref, lock=True))
    if form.errors:
        return pages.refused(".sent", form, ref=ref)
    return pages.saved(".sent", _("Đang ghi vào sổ của chợ."), ref=ref)


@bp.get("/cho/<ref>/mau.xlsx")
@access.signed_in
def blank(actor: Actor, ref: str) -> ResponseReturnValue:
    """The template."""
    registry.get(actor, ref)
    return _file(imports.blank(), "mau-sap.xlsx")


@bp.get("/cho/<ref>/sap.xlsx")
@access.signed_in
def export(actor: Actor, ref: str) -> ResponseReturnValue:
    """The booths in use, without their accounts."""
    market = registry.get(actor, ref)
    return _file(imports.export(market), f"sap-{text.slug(market.name)[:60]}.xlsx")


def _file(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, content_type=spreadsheets.XLSX, headers=headers)
