"""Back office: bank lines and what they pay (đối soát)."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload, lazyload

from shop import pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.fields import Schema, Text
from shop.reconciliation import matching
from shop.reconciliation.models import BankLine, LineState

bp = Blueprint("reconciliation", __name__, url_prefix="/ban-hang/doi-soat")

STATES = {
    LineState.SUSPENSE: _l("Chờ xử lý"),
    LineState.PARTLY: _l("Còn thừa"),
    LineState.MATCHED: _l("Đã khớp"),
    LineState.IGNORED: _l("Không tính"),
    LineState.NEW: _l("Mới"),
}
TONES = {
    LineState.SUSPENSE: "warn",
    LineState.PARTLY: "warn",
    LineState.MATCHED: "good",
}


class MatchSchema(Schema):
    """The order an accountant says a line pays."""

    order = Text(longest=20, shortest=1, required=True)


@bp.get("")
@access.signed_in
def bank_lines(actor: Actor) -> ResponseReturnValue:
    """Movements on the sellers' accounts, newest first, by state."""
    state = request.args.get("trang-thai", "")
    query = access.rows(actor, BankLine, Permission.MONEY_READ)
    if state in STATES:
        query = query.where(BankLine.state == state)
    query = query.options(joinedload(BankLine.bank_account), lazyload(BankLine.allocations))
    tabs = [(_("Tất cả"), url_for(".bank_lines"), state == "")]
    tabs += [
        (name, url_for(".bank_lines") + f"?trang-thai={s}", state == s)
        for s, name in STATES.items()
        if s != LineState.NEW
    ]
    return pages.page(
        "reconciliation/bank_lines.html",
        page=pages.paged(query.order_by(BankLine.booked_at.desc(), BankLine.id.desc())),
        tabs=tabs,
        states=STATES,
        tones=TONES,
        reasons=matching.REASONS,
        may_accounts=actor.may(Permission.BANK_MANAGE),
    )


@bp.get("/<ref>")
@access.signed_in
def bank_line(actor: Actor, ref: str) -> ResponseReturnValue:
    """One movement: why it is where it is, and what it could pay."""
    line = access.get(actor, BankLine, ref, Permission.MONEY_READ)
    return pages.page(
        "reconciliation/bank_line.html",
        line=line,
        form=pages.Form(),
        states=STATES,
        tones=TONES,
        reasons=matching.REASONS,
        left_vnd=matching.left_vnd(line),
        suggestions=matching.suggestions(line),
        may_write=actor.may(Permission.MONEY_WRITE, line.seller_id),
    )


@bp.post("/<ref>/khop")
@access.signed_in
def bank_line_match(actor: Actor, ref: str) -> ResponseReturnValue:
    """The accountant says which order this money pays."""
    form = pages.form(MatchSchema())
    if not form.errors:
        with form.guard(), transaction():
            line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
            matching.match_to(line, form.data["order"], actor.name)
            audit.note(actor, "bank_line.match", line, form.data["order"])
    else:
        access.get(actor, BankLine, ref, Permission.MONEY_WRITE)
    if form.errors:
        return pages.refused("reconciliation.bank_line", form, ref=ref)
    return pages.saved("reconciliation.bank_line", _("Đã khớp."), ref=ref)


@bp.post("/<ref>/hoan-tac")
@access.signed_in
def bank_line_undo(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take a match back."""
    form = pages.Form()
    with form.guard(), transaction():
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
        matching.undo(line, actor.name)
        audit.note(actor, "bank_line.undo", line, line.bank_reference)
    if form.errors:
        return pages.refused("reconciliation.bank_line", form, ref=ref)
    return pages.saved("reconciliation.bank_line", _("Đã gỡ khớp."), ref=ref)
