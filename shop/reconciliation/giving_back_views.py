"""Back office: money of a bank line goes back, or the bank took it back itself."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.fields import Schema, Text
from shop.reconciliation import giving_back, views
from shop.reconciliation.models import BankLine

bp = Blueprint("giving_back", __name__, url_prefix="/ban-hang/doi-soat")


class BackSchema(Schema):
    """Why what is left goes back, and for which order it came, where a person knows."""

    reason = Text(longest=200, shortest=2, required=True)
    order = Text(longest=20, load_default="")


@bp.post("/<ref>/tra-lai")
@access.signed_in
def give_back(actor: Actor, ref: str) -> ResponseReturnValue:
    """What of a line pays nothing is to be transferred back to its payer."""
    access.get(actor, BankLine, ref, Permission.MONEY_WRITE)
    form = pages.form(BackSchema())
    if not form.errors:
        with form.guard(), transaction():
            line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
            giving_back.decide(line, actor.name, form.data["reason"], form.data["order"])
            audit.note(actor, "bank_line.give_back", line, line.bank_reference)
    if form.errors:
        return pages.refused("reconciliation.bank_line", form, ref=ref)
    return views.done(actor, ref, _("Đã ghi khoản cần chuyển trả khách."))


@bp.post("/<ref>/dao/<other>")
@access.signed_in
def reversed_by(actor: Actor, ref: str, other: str) -> ResponseReturnValue:
    """The bank itself undid one of two lines by the other."""
    access.get(actor, BankLine, ref, Permission.MONEY_WRITE)
    form = pages.Form()
    with form.guard(), transaction():
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
        twin = access.get(actor, BankLine, other, Permission.MONEY_WRITE, lock=True)
        giving_back.reversed_by(line, twin, actor.name)
        audit.note(actor, "bank_line.reversed", line, other)
    if form.errors:
        return pages.refused("reconciliation.bank_line", form, ref=ref)
    return views.done(actor, ref, _("Đã ghi: ngân hàng tự đảo, hai dòng bù nhau."))
