"""Complaints about a session: the form for anybody, and the list for its seller and operators."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import limits, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.livestream import complaints as verbs
from shop.livestream.models import Broadcast
from shop.livestream.plan_models import Complaint
from shop.livestream.plan_schemas import ComplaintSchema

bp = Blueprint("complaints", __name__)

# Behind one address of a mobile network there are many; a session is flooded by few.
PER_ADDRESS, PER_SESSION = "20/hour", "200/hour"


@bp.route("/phan-anh-phien/<ref>", methods=["GET", "POST"])
@pages.public
def complain(ref: str) -> ResponseReturnValue:
    """A form for what is wrong with a session that is or was on the air."""
    row = verbs.session(ref)
    form = pages.form(ComplaintSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        limits.hit(PER_ADDRESS, "complaint", request.remote_addr or "")
        limits.hit(PER_SESSION, "complaint", ref)
        with form.guard(), transaction():
            verbs.complain(row, form.data)
            pages.claim(form, ".complain", ref=ref)
        if not form.errors:
            said = _("Đã nhận phản ánh. Người bán và đơn vị vận hành đều đọc được.")
            return pages.saved(".complain", said, ref=ref)
        row = verbs.session(ref)
    return pages.page("complaints/complain.html", form=form, broadcast=row)


@bp.get("/ban-hang/livestream/<ref>/phan-anh")
@access.signed_in
def complaint_list(actor: Actor, ref: str) -> ResponseReturnValue:
    """What viewers say against a session."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    return pages.page(
        "complaints/complaint_list.html",
        broadcast=row,
        page=pages.paged(verbs.of(actor, row)),
        may_run=actor.may(Permission.LIVESTREAM_RUN, row.seller_id),
    )


@bp.post("/ban-hang/livestream/phan-anh/<ref>/xong")
@access.signed_in
def handle(actor: Actor, ref: str) -> ResponseReturnValue:
    """Somebody has seen to a complaint."""
    with transaction():
        row = access.get(actor, Complaint, ref, Permission.LIVESTREAM_RUN, lock=True)
        verbs.handle(actor, row)
        about = db.session.get_one(Broadcast, row.broadcast_id).ref
    return pages.saved(".complaint_list", _("Đã ghi là đã xử lý."), ref=about)
