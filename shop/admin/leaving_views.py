"""The administrator's pages for a seller who leaves, and for an authority that asks who it was."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.admin import leaving, parting
from shop.admin.models import Departure
from shop.admin.schemas import LeavingSchema
from shop.database import db, transaction
from shop.sellers import profile

bp = Blueprint("leaving", __name__, url_prefix="/quan-tri/nguoi-roi")


@bp.get("")
@access.signed_in
def departures(actor: Actor) -> ResponseReturnValue:
    """Who asks to leave, who left, and until when their papers are kept."""
    access.expect(actor, Permission.OPERATE)
    query = access.rows(actor, Departure, Permission.OPERATE)
    page = pages.paged(query.order_by(Departure.id.desc()))
    waiting = db.session.scalars(parting.waiting()).all()
    return pages.page(
        "leaving/departures.html", page=page, waiting=waiting, carried_out=parting.CARRIED_OUT
    )


@bp.route("/nguoi-ban/<ref>", methods=["GET", "POST"])
@access.signed_in
def erase(actor: Actor, ref: str) -> ResponseReturnValue:
    """Erase the persons of a seller who asked for it. Nothing undoes it."""
    row = profile.present(actor, ref, Permission.OPERATE)
    form = pages.form(LeavingSchema())
    if form.data and form.data["again"].strip().upper() != ref:
        form.errors["again"] = [_("Gõ lại đúng mã %(ref)s.", ref=ref)]
    if form.data and not form.errors:
        with form.guard(), transaction():
            locked = profile.present(actor, ref, Permission.OPERATE, lock=True)
            leaving.erase(actor, locked, form.data["asked"])
        if not form.errors:
            return pages.saved(".departures", _("Đã xóa thông tin cá nhân của người bán."))
    return pages.page("leaving/erase.html", form=form, seller=row)


@bp.post("/<ref>/xem")
@access.signed_in
def departure(actor: Actor, ref: str) -> ResponseReturnValue:
    """Who a seller was, for an authority that may ask; it is noted who looked."""
    with transaction():
        row = access.get(actor, Departure, ref, Permission.OPERATE)
        identity = leaving.read(actor, row)
    return pages.page("leaving/departure.html", departure=row, identity=identity)
