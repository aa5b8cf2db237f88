"""A seller's own page: asking to leave and be erased, what goes and what the law keeps."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.admin import parting
from shop.database import transaction
from shop.sellers import profile

bp = Blueprint("parting", __name__, url_prefix="/ban-hang/xin-roi")

OWN = Permission.MEMBERS_MANAGE


@bp.get("/<ref>")
@access.signed_in
def ask(actor: Actor, ref: str) -> ResponseReturnValue:
    """What leaving means, and the button that asks for it or takes it back."""
    row = profile.present(actor, ref, OWN)
    asked = parting.asked(row)
    until = asked.at + parting.CARRIED_OUT if asked else None
    return pages.page("parting/ask.html", seller=row, asked=asked, until=until)


@bp.post("/<ref>")
@access.signed_in
def asked(actor: Actor, ref: str) -> ResponseReturnValue:
    """Ask."""
    form = pages.Form()
    with form.guard(), transaction():
        parting.ask(actor, profile.present(actor, ref, OWN, lock=True))
    if form.errors:
        return pages.refused(".ask", form, ref=ref)
    return pages.saved(".ask", _("Đã gửi. Quản trị sẽ gọi lại để xác nhận."), ref=ref)


@bp.post("/<ref>/o-lai")
@access.signed_in
def stay(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take the request back."""
    with transaction():
        parting.stay(actor, profile.present(actor, ref, OWN, lock=True))
    return pages.saved(".ask", _("Đã rút lời xin. Mọi thứ vẫn như cũ."), ref=ref)
