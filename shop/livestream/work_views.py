"""The helpers' screen of a session: one thing at a time, and what was done, to be undone."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema

from shop import once, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.errors import BadInput
from shop.livestream import acts, cards, console, queue, undoing
from shop.livestream.acts import Line
from shop.livestream.models import Broadcast, ClaimState, Comment
from shop.livestream.queue import Work
from shop.livestream.schemas import DeskChangeSchema, LineSchema, RowSchema, UndoSchema

bp = Blueprint("helpers", __name__, url_prefix="/ban-hang/livestream/<ref>/viec")

Deed = Callable[[Broadcast, pages.Form], str]


@bp.get("")
@access.signed_in
def work(actor: Actor, ref: str) -> ResponseReturnValue:
    """What the helper has in hand, what else there is to do, and what was done last."""
    with transaction():  # looking at it again is being at work on it
        row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN)
        item = queue.keep(actor, row)
    may_see = actor.may(Permission.ORDERS_READ, row.seller_id)
    link = url_for("buyer.confirm", token="", _external=True)
    done = cards.done(row)
    return pages.page(
        "helpers/work.html",
        broadcast=row,
        card=cards.card(row, item, link, with_history=may_see) if item else None,
        # What else hangs on the row in hand comes by itself when this is done.
        todo=[each for each in queue.listed(row) if not item or each.row is not item.row],
        counts=queue.counts(row),
        done=done,
        last=next((act for act in done if act.by == actor.user_id), None),
        codes=list(dict.fromkeys(pin.code for pin in row.pins if pin.until_at is None)),
        goods=console.goods(actor) if item and item.work in _OF_WORDS else [],
        key=once.new_key,
    )


_OF_WORDS = (Work.REVIEW, Work.QUESTION)


@bp.get("/dem")
@access.signed_in
def counts(actor: Actor, ref: str) -> ResponseReturnValue:
    """How much there is to do, as a fragment."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN)
    return pages.page("helpers/counts.html", broadcast=row, counts=queue.counts(row))


@bp.post("/nhan")
@access.signed_in
def take(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take the oldest free thing, or the one that is named."""
    form = pages.Form()
    with form.guard(), transaction():
        row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN)
        if named := request.form.get("row"):
            queue.let_go(actor, row)
            is_buyer = request.form.get("work") == Work.TELL
            queue.take(actor, queue.buyer(row, named) if is_buyer else queue.comment(row, named))
        taken = queue.next(actor, row)
    if form.errors:
        return pages.refused("helpers.work", form, ref=ref)
    said = _("Việc này đang ở tay bạn.") if taken else _("Hiện không có việc nào.")
    return pages.saved("helpers.work", said, ref=ref)


@bp.post("/nghi")
@access.signed_in
def rest(actor: Actor, ref: str) -> ResponseReturnValue:
    """Let go of what the helper has in hand."""
    with transaction():
        row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN)
        queue.let_go(actor, row)
    return pages.saved("helpers.work", _("Đã nhường việc cho người khác."), ref=ref)


@bp.post("/chot")
@access.signed_in
def confirm(actor: Actor, ref: str) -> ResponseReturnValue:
    """Claim what a person read in a comment."""

    def deed(row: Broadcast, form: pages.Form) -> str:
        comment = queue.comment(row, form.data["row"])
        made = acts.confirm(actor, comment, _lines(actor))
        waits = [claim.code for claim in made if claim.state == ClaimState.WAITING]
        if waits:
            return str(_("Hết hàng: %(codes)s vào hàng chờ.", codes=", ".join(waits)))
        return str(_("Đã chốt."))

    return _act(actor, ref, RowSchema(), deed)


def _lines(actor: Actor) -> list[Line]:
    """The lines of the form that say anything. Raises BadInput."""
    names = ("code", "goods", "quantity")
    columns = zip(*(request.form.getlist(name) for name in names), strict=False)
    rows = [dict(zip(names, column, strict=True)) for column in columns]
    rows = [row for row in rows if row["quantity"].strip() or row["goods"]]
    wrong: dict[Any, Any] = LineSchema(many=True).validate(rows)
    if wrong or not rows:
        said = [text for fields in wrong.values() for texts in fields.values() for text in texts]
        raise BadInput({"": said or [_("Ghi mã và số lượng.")]})
    return [
        Line(
            line["code"],
            line["quantity"],
            access.get(actor, Variant, line["goods"], Permission.LIVESTREAM_RUN)
            if line["goods"]
            else None,
        )
        for line in LineSchema(many=True).load(rows)
    ]


@bp.post("/bo-qua")
@access.signed_in
def dismiss(actor: Actor, ref: str) -> ResponseReturnValue:
    """Nothing comes of the comment."""
    return _at_comment(actor, ref, acts.dismiss, _("Đã bỏ qua."))


@bp.post("/tra-loi")
@access.signed_in
def answer(actor: Actor, ref: str) -> ResponseReturnValue:
    """The question was answered."""
    return _at_comment(actor, ref, acts.answer, _("Đã ghi là đã trả lời."))


@bp.post("/da-an")
@access.signed_in
def hide(actor: Actor, ref: str) -> ResponseReturnValue:
    """The comment with the phone is hidden on the platform."""
    return _at_comment(actor, ref, acts.hide, _("Đã ghi là đã ẩn."))


def _at_comment(
    actor: Actor, ref: str, verb: Callable[[Actor, Comment], None], said: str
) -> ResponseReturnValue:
    def deed(row: Broadcast, form: pages.Form) -> str:
        verb(actor, queue.comment(row, form.data["row"]))
        return said

    return _act(actor, ref, RowSchema(), deed)


@bp.post("/da-gui")
@access.signed_in
def tell(actor: Actor, ref: str) -> ResponseReturnValue:
    """The buyer was sent their link."""

    def deed(row: Broadcast, form: pages.Form) -> str:
        acts.tell(actor, queue.buyer(row, form.data["row"]))
        return str(_("Đã ghi là đã gửi."))

    return _act(actor, ref, RowSchema(), deed)


@bp.post("/gui-tin")
@access.signed_in
def reply(actor: Actor, ref: str) -> ResponseReturnValue:
    """The platform is asked to send the buyer their link."""

    def deed(row: Broadcast, form: pages.Form) -> str:
        acts.reply(actor, queue.buyer(row, form.data["row"]))
        return str(_("Đang gửi tin riêng trên Facebook."))

    return _act(actor, ref, RowSchema(), deed)


@bp.post("/mon")
@access.signed_in
def change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Another quantity of one claim; 0 gives it back, and settles the comment that asked for it."""

    def deed(row: Broadcast, form: pages.Form) -> str:
        asked = queue.comment(row, form.data["row"]) if form.data["row"] else None
        buyer, claim = queue.buyer(row, form.data["buyer"]), form.data["claim"]
        if form.data["quantity"]:
            acts.change(actor, buyer, claim, Decimal(form.data["quantity"]))
            return str(_("Đã sửa số lượng."))
        acts.cancel(actor, buyer, claim, asked)
        return str(_("Đã hủy món này."))

    return _act(actor, ref, DeskChangeSchema(), deed)


@bp.post("/hoan-tac")
@access.signed_in
def undo(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take an act back, one's own or another's of the session."""

    def deed(row: Broadcast, form: pages.Form) -> str:
        waits = undoing.undo(actor, undoing.get(row, form.data["act"]))
        if waits:
            codes = ", ".join(claim.code for claim in waits)
            return str(_("Đã hoàn tác, nhưng hết hàng: %(codes)s vào hàng chờ.", codes=codes))
        return str(_("Đã hoàn tác."))

    return _act(actor, ref, UndoSchema(), deed)


def _act(actor: Actor, ref: str, schema: Schema, deed: Deed) -> ResponseReturnValue:
    """Do it once, say so, and give the helper the next thing."""
    access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN)
    form = pages.form(schema)
    if (answered := pages.repeated(form)) is not None:
        return answered
    said = ""
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN)
            said = deed(row, form)
            db.session.flush()
            queue.next(actor, row)
            pages.claim(form, "helpers.work", ref=ref)
    if form.errors:
        return pages.refused("helpers.work", form, ref=ref)
    return pages.saved("helpers.work", said, ref=ref)
