"""Back office: who speaks in a seller's sessions."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.livestream import hosts as verbs
from shop.livestream.plan_models import Host
from shop.livestream.plan_schemas import HostSchema
from shop.sellers.models import Seller

bp = Blueprint("hosts", __name__, url_prefix="/ban-hang/livestream/nguoi-dan")

RUN = Permission.LIVESTREAM_RUN


@bp.get("")
@access.signed_in
def hosts(actor: Actor) -> ResponseReturnValue:
    """Everybody who hosts, and what a reviewer said of them."""
    access.expect(actor, RUN)
    return pages.page("hosts/hosts.html", page=pages.paged(verbs.standing(actor, RUN)))


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def host_new(actor: Actor) -> ResponseReturnValue:
    """A form for somebody who will host. The number is never shown again."""
    access.expect(actor, RUN)
    form = pages.form(HostSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, form.data["seller"], RUN)
            verbs.enter(actor, seller, form.data)
            pages.claim(form, ".hosts")
        if not form.errors:
            said = _("Đã gửi. Người duyệt sẽ hẹn đối chiếu với giấy tờ của người dẫn.")
            return pages.saved(".hosts", said)
    sellers = db.session.scalars(access.rows(actor, Seller, RUN).order_by(Seller.sort_key))
    options = [(seller.ref, seller.name) for seller in sellers]
    return pages.page("hosts/host_new.html", form=form, sellers=options)


@bp.route("/<ref>/sua", methods=["GET", "POST"])
@access.signed_in
def host_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """The same form for somebody whom no reviewer has taken yet; the number is typed again."""
    row = access.get(actor, Host, ref, RUN)
    known = {"name": row.name, "born_on": row.born_on.isoformat()}
    form = pages.form(HostSchema(exclude=["seller"]), known)
    if form.data:
        with form.guard(), transaction():
            verbs.correct(actor, access.get(actor, Host, ref, RUN, lock=True), form.data)
        if not form.errors:
            return pages.saved(".hosts", _("Đã gửi lại. Người duyệt sẽ đối chiếu lần nữa."))
        row = access.get(actor, Host, ref, RUN)
    return pages.page("hosts/host_change.html", form=form, host=row)


@bp.post("/<ref>/thoi")
@access.signed_in
def end(actor: Actor, ref: str) -> ResponseReturnValue:
    """They host no more."""
    with transaction():
        verbs.end(actor, access.get(actor, Host, ref, RUN, lock=True))
    return pages.saved(".hosts", _("Đã ghi: người này không còn dẫn phiên."))
