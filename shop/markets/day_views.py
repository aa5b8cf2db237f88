"""Back office: closing the day of a booth, and the days that were closed."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.markets import booths, days, sightings, till
from shop.markets.days import Counted
from shop.markets.models import BoothDay
from shop.markets.schemas import CountSchema

bp = Blueprint("booth_days", __name__, url_prefix="/ban-hang/quay")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE
# Of what waits for a statement, on the page of a closing.
MOST_SEEN = 20


@bp.route("/<ref>/chot-ngay", methods=["GET", "POST"])
@access.signed_in
def close(actor: Actor, ref: str) -> ResponseReturnValue:
    """What should lie in the drawer, a form for what does, and the days closed before."""
    booth = booths.own(actor, ref, WRITE if request.method == "POST" else READ)
    form = pages.form(CountSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            locked = booths.own(actor, ref, WRITE, lock=True)
            signed = days.close(actor, locked, _counted(form))
            pages.claim(form, ".day", ref=signed.ref)
            made = signed.ref
        if not form.errors:
            return pages.saved(".day", _("Đã chốt ngày."), ref=made)
    covered, before = days.due(booth), days.last(booth)
    return pages.page(
        "booth_days/close.html",
        form=form,
        booth=booth,
        where=till.where(booth),
        on=days.today(),
        closed=before is not None and before.on >= days.today(),
        covered=covered,
        seen=sightings.open_ones(booth),
        most=MOST_SEEN,
        labels=days.LABELS,
        closings=days.closings(booth),
        difference_vnd=days.difference_vnd,
        may_write=actor.may(WRITE, booth.seller_id),
    )


def _counted(form: pages.Form) -> Counted:
    data = form.data
    float_vnd, seen = data["float_vnd"] or 0, request.form.get("seen", "")
    return Counted(float_vnd, data["counted_vnd"], data["note"], seen)


@bp.get("/chot/<ref>")
@access.signed_in
def day(actor: Actor, ref: str) -> ResponseReturnValue:
    """A day as it was signed, with the rows behind its figures."""
    row = access.get(actor, BoothDay, ref, READ)
    return pages.page(
        "booth_days/day.html",
        row=row,
        booth=row.booth,
        where=till.where(row.booth),
        labels=days.LABELS,
        difference_vnd=days.difference_vnd(row),
        page=pages.Page(list(row.rows), 1, len(row.rows), max(1, len(row.rows))),
    )
