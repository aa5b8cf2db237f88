"""Frozen sheets: freezing, looking at one, reckoning it again."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.reports import briefs, officials, sheets
from shop.reports.kpis import Measured
from shop.reports.models import Sheet
from shop.reports.schemas import PlainSchema
from shop.reports.views import of_today, scope, told

bp = Blueprint("sheets", __name__, url_prefix="/so-lieu/ban-chot")


@bp.post("/vung/<area>/<period>")
@access.signed_in
def freeze(actor: Actor, area: str, period: str) -> ResponseReturnValue:
    """Keep the figures as they are now, for good."""
    access.expect(actor, Permission.OPERATE)
    asked = scope(actor, area, period)
    form = pages.form(PlainSchema())
    ref = ""
    with form.guard(), transaction():
        ref = sheets.freeze(actor, asked).ref
    if form.errors:
        return pages.refused("reports.brief", form, area=area, period=period)
    return pages.saved(".frozen", _("Đã chốt số liệu."), ref=ref)


@bp.get("/<ref>")
@access.signed_in
def frozen(actor: Actor, ref: str) -> ResponseReturnValue:
    """A frozen sheet as it was."""
    row = _mine(actor, ref)
    return pages.page(
        "reports/frozen.html", sheet=row, scope=sheets.scope_of(row), groups=told(actor, row)
    )


def _mine(actor: Actor, ref: str) -> Sheet:
    """A frozen sheet of a region that is the actor's today. Raises NotFound."""
    row = sheets.get(ref)
    officials.region(actor, row.area_code)
    return row


@bp.get("/<ref>/tinh-lai")
@access.signed_in
def again(actor: Actor, ref: str) -> ResponseReturnValue:
    """The same figures reckoned anew: equal, or what came or changed since."""
    row = _mine(actor, ref)
    checks, everything = sheets.again(row), officials.sees_all(actor)
    then = _lines(actor, row, {check.figure.name: check.then for check in checks})
    # Of what changed an official reads the day's sheet: here each sale would move the number.
    today = {check.figure.name: then[check.figure.name] for check in checks if check.same}
    if everything:
        today = _lines(actor, row, {check.figure.name: check.today for check in checks})
    return pages.page(
        "reports/again.html",
        sheet=row,
        scope=sheets.scope_of(row),
        checks=checks,
        everything=everything,
        then=then,
        today=today,
        same=all(check.same_rows for check in checks),
    )


def _lines(actor: Actor, sheet: Sheet, found: dict[str, Measured]) -> dict[str, str]:
    everything = officials.sees_all(actor)
    months = {} if everything else sheets.in_months(sheets.scope_of(sheet))
    today = of_today(actor, sheet)
    groups = briefs.lines(found, everything=everything, months=months, today=today)
    return {line.figure.name: line.shown for _title, lines in groups for line in lines}
