"""Administrators' pages: numbers that others reported, and taking in a file of them."""

from io import BytesIO

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, regions, spreadsheets
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.reports import reported as verbs
from shop.reports.errors import BadFile
from shop.reports.reported import Taken
from shop.reports.schemas import PlainSchema
from shop.settings import ROOT
from shop.spreadsheets import BadSheet

bp = Blueprint("reported", __name__, url_prefix="/so-lieu/bao-cao")

UPLOAD_BYTES = spreadsheets.FILE_BYTES + spreadsheets.MEBIBYTE
EXAMPLE = ROOT / "shop" / "data" / "reported_figures.csv"


@bp.route("", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(UPLOAD_BYTES)
def reported(actor: Actor) -> ResponseReturnValue:
    """What was reported, and a form for a file of more."""
    access.expect(actor, Permission.OPERATE)
    form = pages.form(PlainSchema())
    faults: list[str] = []
    if request.method == "POST":
        taken, faults = _take(actor, form)
        if taken is not None:
            return pages.saved(".reported", _said(taken))
    return pages.page(
        "reports/reported.html",
        form=form,
        faults=faults,
        headings=verbs.HEADINGS,
        page=pages.paged(verbs.every()),
        region_name=lambda code: getattr(regions.get(code), "name", code),
    )


def _take(actor: Actor, form: pages.Form) -> tuple[Taken | None, list[str]]:
    """Take the file in; without that, what is wrong with it."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise BadSheet("nothing", _("Chưa chọn tệp nào."))
        with transaction():
            data = BytesIO(file.stream.read(spreadsheets.FILE_BYTES + 1))
            return verbs.take(actor, data, file.filename), []
    except (BadFile, BadSheet) as error:
        form.errors["file"] = [error.message]
        return None, getattr(error, "faults", [])


def _said(taken: Taken) -> str:
    words = {"fresh": taken.fresh, "known": taken.known}
    return str(_("Đã ghi %(fresh)s số, %(known)s số đã có từ trước.", **words))


@bp.get("/mau.csv")
@access.signed_in
def example(actor: Actor) -> ResponseReturnValue:
    """What the press told of five districts and provinces, as a file that can be taken in."""
    access.expect(actor, Permission.OPERATE)
    headers = {"Content-Disposition": 'attachment; filename="so-lieu-bao-cao-mau.csv"'}
    return Response(EXAMPLE.read_bytes(), content_type="text/csv; charset=utf-8", headers=headers)
