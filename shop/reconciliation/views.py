"""Back office: bank lines and what they are (đối soát)."""

import contextlib
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import joinedload, lazyload

from shop import pages, references
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import BadInput
from shop.fields import Schema, Text, ValidationError, Vnd
from shop.ledger import accounts, entries, tags
from shop.orders import collecting
from shop.payments.models import FeedConnection
from shop.reconciliation import (
    giving_back,
    likes,
    matching,
    payout_lines,
    pulling,
    readers,
    suggesting,
)
from shop.reconciliation.models import BankLine, LineState, Reason
from shop.reconciliation.words import REASONS, STATES, TONES, holder
from shop.sellers.models import Seller

bp = Blueprint("reconciliation", __name__, url_prefix="/ban-hang/doi-soat")

# How many orders one line may be split over on the form.
MOST_PARTS = 12

PURPOSES = {
    Reason.FEE: (_l("Phí ngân hàng"), accounts.FEES),
    Reason.OWN_TRANSFER: (_l("Chuyển giữa tài khoản của mình"), accounts.BETWEEN),
}
_PART = Vnd(least=1, most=1_000_000_000_000)


class PurposeSchema(Schema):
    """What a line is that is no order's: a name of PURPOSES, or a tag of its direction."""

    purpose = Text(longest=40, required=True)
    said = Text(longest=200, load_default="")


@bp.get("")
@access.signed_in
def bank_lines(actor: Actor) -> ResponseReturnValue:
    """Movements on the sellers' accounts, newest first, by state and by text or amount."""
    access.expect(actor, Permission.MONEY_READ)
    state, said = request.args.get("trang-thai", ""), request.args.get("q", "").strip()
    query = access.rows(actor, BankLine, Permission.MONEY_READ)
    if state in STATES:
        query = query.where(BankLine.state == state)
    query = _found(query, said[:100])
    query = query.options(joinedload(BankLine.bank_account), lazyload(BankLine.allocations))
    tabs = [(_("Tất cả"), url_for(".bank_lines"), state == "")]
    tabs += [
        (name, url_for(".bank_lines") + f"?trang-thai={s}", state == s)
        for s, name in STATES.items()
        if s != LineState.NEW
    ]
    page = pages.paged(query.order_by(BankLine.booked_at.desc(), BankLine.id.desc()))
    shown = {"trang-thai": state, "q": said[:100], "trang": str(page.number)}
    waiting = access.rows(actor, BankLine, Permission.MONEY_WRITE)
    answer = pages.page(
        "reconciliation/bank_lines.html",
        page=page,
        tabs=tabs,
        said=said,
        kept={"trang-thai": state} if state else {},
        states=STATES,
        tones=TONES,
        reasons=REASONS,
        first=_first(waiting.where(BankLine.state.in_(matching.WAITING))),
        may_accounts=actor.may(Permission.BANK_MANAGE),
        pulls=_pulls(actor),
        collects=collecting.collector() is not None,
    )
    # After it is made: a commit lets go of the rows that it is made of.
    with transaction():
        readers.note(actor, page.items, shown)
    return answer


def _found(query: Select[BankLine], said: str) -> Select[BankLine]:
    if not said:
        return query
    escaped = said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = [
        BankLine.content.ilike(f"%{escaped}%", escape="\\"),
        BankLine.bank_reference == said,
    ]
    with contextlib.suppress(ValidationError):
        found.append(BankLine.amount_vnd == _PART.deserialize(said))
    return query.where(or_(*found))


@bp.get("/<ref>")
@access.signed_in
def bank_line(actor: Actor, ref: str) -> ResponseReturnValue:
    """One movement: why it is where it is, what it could be, and the ones before and after."""
    line = access.get(actor, BankLine, ref, Permission.MONEY_READ)
    return _line_page(actor, line, pages.Form())


def _pulls(actor: Actor) -> bool:
    query = access.rows(actor, FeedConnection, Permission.MONEY_WRITE)
    query = query.where(FeedConnection.sealed_list_key.is_not(None))
    return db.session.scalar(select(query.exists())) is True


@bp.post("/lay-lai")
@access.signed_in
def pull_now(actor: Actor) -> ResponseReturnValue:
    """Ask the feeds' lists now for what no call told."""
    access.expect(actor, Permission.MONEY_WRITE)
    sellers = access.rows(actor, Seller, Permission.MONEY_WRITE).with_only_columns(Seller.id)
    with transaction():
        asked = pulling.ask_now(db.session.scalars(sellers).all())
    if not asked:
        return pages.saved(".bank_lines", _("Chưa có khóa API của dịch vụ báo có nào."))
    said = _("Đang hỏi lại dịch vụ báo có; giao dịch thiếu hiện trong một phút.")
    return pages.saved(".bank_lines", said)


def _line_page(actor: Actor, line: BankLine, form: pages.Form) -> ResponseReturnValue:
    left = matching.left_vnd(line)
    before, after = _beside(actor, line)
    waits = line.state in matching.WAITING
    return pages.page(
        "reconciliation/bank_line.html",
        line=line,
        form=form,
        states=STATES,
        tones=TONES,
        reasons=REASONS,
        left_vnd=left,
        suggestions=[(each, suggesting.total(each.orders)) for each in suggesting.orders(line)],
        own=suggesting.own_transfers(line) if waits else [],
        alike=likes.like(line) if line.reason == Reason.LOOKS_LIKE else [],
        due=suggesting.due_refunds(line) if waits else [],
        payouts=payout_lines.possible(line),
        twins=giving_back.twins(line) if waits else [],
        payer=giving_back.order_of(line),
        gives_back=waits and line.direction == "in" and left and line.reason != Reason.LOOKS_LIKE,
        undoes=not waits or line.state == LineState.PARTLY,
        actor=actor,
        purposes=_purposes(line),
        parts=range(1, MOST_PARTS + 1),
        waits=waits,
        before=before,
        after=after,
        may_write=actor.may(Permission.MONEY_WRITE, line.seller_id),
    )


def _purposes(line: BankLine) -> list[tuple[str, str]]:
    ours = {name: str(label) for name, (label, _account) in PURPOSES.items()}
    if line.direction == "in":
        del ours[Reason.FEE]
    named = {tag: str(label) for tag, label in tags.TAGS[line.direction].items()}
    owing = [(a, _("%(who)s trả (nhiều bảng hoặc một phần)", who=w)) for a, w in _owing(line)]
    return [("", _("Chọn khoản mục")), *owing, *ours.items(), *named.items()]


def _owing(line: BankLine) -> list[tuple[str, str]]:
    """Who holds money of the seller's that a line in could be: account → name."""
    if line.direction != "in":
        return []
    standing = entries.balances(line.seller_id)
    return [(name, holder(name)) for name in sorted(standing) if accounts.is_held(name)]


def _beside(actor: Actor, line: BankLine) -> tuple[str | None, str | None]:
    """The waiting lines before (newer) and after (older) this one."""
    here = tuple_(BankLine.booked_at, BankLine.id)
    place = (line.booked_at, line.id)
    query = access.rows(actor, BankLine, Permission.MONEY_READ)
    query = query.where(BankLine.state.in_([LineState.SUSPENSE, LineState.PARTLY]))
    newer = query.where(here > place).order_by(BankLine.booked_at, BankLine.id)
    return _first(newer, newest=False), _first(query.where(here < place))


def _first(query: Select[BankLine], *, newest: bool = True) -> str | None:
    if newest:
        query = query.order_by(BankLine.booked_at.desc(), BankLine.id.desc())
    found = query.with_only_columns(BankLine.ref, maintain_column_froms=True).limit(1)
    ref: str | None = db.session.scalar(found)
    return ref


def done(actor: Actor, ref: str, said: str) -> ResponseReturnValue:
    """After a deed: the next waiting line, so that a queue is worked off without going back."""
    line = access.get(actor, BankLine, ref, Permission.MONEY_READ)
    if line.state in matching.WAITING or "next" not in request.form:
        return pages.saved("reconciliation.bank_line", said, ref=ref)
    before, after = _beside(actor, line)
    if after or before:
        return pages.saved("reconciliation.bank_line", said, ref=after or before)
    return pages.saved("reconciliation.bank_lines", said)


@bp.post("/<ref>/khop")
@access.signed_in
def bank_line_match(actor: Actor, ref: str) -> ResponseReturnValue:
    """The accountant says which orders this money pays, and how much of each."""
    access.get(actor, BankLine, ref, Permission.MONEY_WRITE)
    form = pages.Form(values=request.form.to_dict())
    with form.guard(), transaction():
        parts = _parts()
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
        matching.match_to(line, parts, actor.name)
        audit.note(actor, "bank_line.match", line, " ".join(parts))
    if form.errors:
        form.errors = {"": [text for texts in form.errors.values() for text in texts]}
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE)
        return _line_page(actor, line, form)
    return done(actor, ref, _("Đã khớp."))


def _parts() -> dict[str, int | None]:
    """Order reference → đồng of it (None: what is open) as typed. Raises BadInput."""
    parts: dict[str, int | None] = {}
    wrong: dict[str, list[str]] = {}
    named = [("order", "")] + [(f"order-{n}", f"amount-{n}") for n in range(1, MOST_PARTS + 1)]
    for field, amount in named:
        # A suggestion may name several orders at once.
        for typed in request.form.get(field, "").split():
            found = references.find(typed)
            if not found:
                wrong[field] = [_("Mã đơn có dạng OCPW5T7RN.")]
                continue
            if found[0].ref in parts:
                wrong[field] = [_("Một đơn ghi hai lần: gộp lại một dòng.")]
                continue
            parts[found[0].ref] = None
            said = request.form.get(amount, "").strip() if amount else ""
            if said:
                try:
                    parts[found[0].ref] = _PART.deserialize(said)
                except ValidationError as error:
                    wrong[amount] = [str(message) for message in error.messages]
    if not parts and not wrong:
        wrong["order-1"] = [_("Ghi mã đơn.")]
    if wrong:
        raise BadInput(wrong)
    return parts


@bp.post("/<ref>/la")
@access.signed_in
def bank_line_purpose(actor: Actor, ref: str) -> ResponseReturnValue:
    """The line is no order's: a fee, a transfer between own accounts, other money."""
    access.get(actor, BankLine, ref, Permission.MONEY_WRITE)
    form = pages.form(PurposeSchema())
    if not form.errors:
        with form.guard(), transaction():
            line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
            _say(line, form.data, actor.name)
            other = request.form.get("other", "")
            if form.data["purpose"] == Reason.OWN_TRANSFER and other:
                twin = access.get(actor, BankLine, other, Permission.MONEY_WRITE, lock=True)
                matching.expect_own_transfer(line, twin)
                _say(twin, form.data, actor.name)
            audit.note(actor, "bank_line.purpose", line, form.data["purpose"])
    if form.errors:
        return pages.refused(".bank_line", form, ref=ref)
    return done(actor, ref, _("Đã ghi."))


def _say(line: BankLine, data: dict[str, Any], who: str) -> None:
    said, named = data["said"] or line.content, data["purpose"]
    if named in dict(_owing(line)):
        matching.purpose(line, Reason.SETTLEMENT, named, said, who)
    elif named in PURPOSES:
        label, account = PURPOSES[named]
        matching.purpose(line, Reason(named), account, said or str(label), who)
    else:
        matching.tagged(line, named, said, who)


@bp.post("/<ref>/trung/<other>")
@access.signed_in
def bank_line_duplicate(actor: Actor, ref: str, other: str) -> ResponseReturnValue:
    """A doubtful line and another one tell of the same movement."""
    form = pages.Form()
    access.get(actor, BankLine, ref, Permission.MONEY_WRITE)
    with form.guard(), transaction():
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
        matching.duplicate(
            line, access.get(actor, BankLine, other, Permission.MONEY_WRITE), actor.name
        )
        audit.note(actor, "bank_line.duplicate", line, other)
    if form.errors:
        return pages.refused(".bank_line", form, ref=ref)
    return done(actor, ref, _("Đã ghi: một giao dịch, tính một lần."))


@bp.post("/<ref>/rieng")
@access.signed_in
def bank_line_of_its_own(actor: Actor, ref: str) -> ResponseReturnValue:
    """A doubtful line is a movement of its own."""
    form = pages.Form()
    access.get(actor, BankLine, ref, Permission.MONEY_WRITE)
    with form.guard(), transaction():
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
        matching.of_its_own(line, actor.name)
        audit.note(actor, "bank_line.of_its_own", line, line.content)
    if form.errors:
        return pages.refused(".bank_line", form, ref=ref)
    return done(actor, ref, _("Đã ghi: hai lần chuyển khác nhau."))


@bp.post("/<ref>/la-hoan-tien/<refund>")
@access.signed_in
def bank_line_refund(actor: Actor, ref: str, refund: str) -> ResponseReturnValue:
    """Money out is the refund of an order."""
    form = pages.Form()
    with form.guard(), transaction():
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
        matching.refund(line, refund, actor.name)
        audit.note(actor, "bank_line.refund", line, refund)
    if form.errors:
        return pages.refused(".bank_line", form, ref=ref)
    return done(actor, ref, _("Đã ghi là hoàn tiền."))


@bp.post("/<ref>/la-chi-ho/<payout>")
@access.signed_in
def bank_line_payout(actor: Actor, ref: str, payout: str) -> ResponseReturnValue:
    """The line is money that an operator collected, on its way to its seller."""
    form = pages.Form()
    with form.guard(), transaction():
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
        payout_lines.decide(line, payout, actor.name)
        audit.note(actor, "bank_line.payout", line, payout)
    if form.errors:
        return pages.refused(".bank_line", form, ref=ref)
    return done(actor, ref, _("Đã ghi là chi trả tiền thu hộ."))


@bp.post("/<ref>/hoan-tac")
@access.signed_in
def bank_line_undo(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take back what a line was said to be."""
    form = pages.Form()
    with form.guard(), transaction():
        line = access.get(actor, BankLine, ref, Permission.MONEY_WRITE, lock=True)
        matching.undo(line, actor.name)
        audit.note(actor, "bank_line.undo", line, line.bank_reference)
    if form.errors:
        return pages.refused("reconciliation.bank_line", form, ref=ref)
    return pages.saved("reconciliation.bank_line", _("Đã gỡ khớp."), ref=ref)
