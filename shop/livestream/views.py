"""Back office: livestream sessions and their console."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.livestream import broadcasts as verbs
from shop.livestream import closing, comments, outcomes, pieces, pins, queue, settling, words
from shop.livestream.models import Broadcast, BroadcastState
from shop.livestream.schemas import PLATFORMS, FocusSchema, TrySchema
from shop.livestream.settling import Settled
from shop.livestream.understanding import reading

bp = Blueprint("livestream", __name__, url_prefix="/ban-hang/livestream")


@bp.get("")
@access.signed_in
def broadcasts(actor: Actor) -> ResponseReturnValue:
    """The sessions of the actor's sellers, newest first."""
    access.expect(actor, Permission.LIVESTREAM_READ)
    query = access.rows(actor, Broadcast, Permission.LIVESTREAM_READ)
    query = query.order_by(Broadcast.id.desc())
    return pages.page(
        "livestream/broadcasts.html",
        page=pages.paged(query),
        may_run=actor.may(Permission.LIVESTREAM_RUN),
        may_operate=actor.may(Permission.OPERATE),
        where=PLATFORMS,
    )


@bp.get("/<ref>")
@access.signed_in
def console(actor: Actor, ref: str) -> ResponseReturnValue:
    """The console of one session: codes, what is on the table, and the board."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    may_run = actor.may(Permission.LIVESTREAM_RUN, row.seller_id)
    return pages.page(
        "livestream/console.html",
        broadcast=row,
        piece=pieces.of(actor, row, "board", anew=True),
        on_table=verbs.table(row).at(clock.now()),
        at=clock.now(),
        ingest=_ingest(row) if may_run else None,
        may_run=pieces.runs(actor, row),
        may_print=actor.may(Permission.ORDERS_WRITE),
    )


def _ingest(broadcast: Broadcast) -> dict[str, str]:
    address = url_for("livestream_api.Comments", ref=broadcast.ref, _external=True)
    return {"url": address, "key": verbs.ingest_key(broadcast)}


@bp.get("/<ref>/bang")
@access.signed_in
def board(actor: Actor, ref: str) -> ResponseReturnValue:
    """The living part of the console, as a fragment."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    return pieces.answer(pieces.of(actor, row, "board"))


@bp.post("/<ref>/ban")
@access.signed_in
def focus(actor: Actor, ref: str) -> ResponseReturnValue:
    """Say which code is on the table from now on."""
    return put_on_table(actor, ref, "livestream.console")


def put_on_table(actor: Actor, ref: str, page: str) -> ResponseReturnValue:
    """The code that was sent is on the table from now on, or nothing is; back to `page`."""
    form = pages.form(FocusSchema())
    with form.guard(), transaction():
        row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN, lock=True)
        if form.data:
            pins.focus(actor, row, form.data["code"] or None, at=clock.now())
    if form.errors:
        return pages.refused(page, form, ref=ref)
    code = form.data["code"]
    said = _("Trên bàn: %(code)s.", code=code) if code else _("Không có mã nào trên bàn.")
    return pages.saved(page, said, ref=ref)


@bp.post("/<ref>/len-song")
@access.signed_in
def go_live(actor: Actor, ref: str) -> ResponseReturnValue:
    """The session is on the air, if nothing is missing; else its page says what."""
    form = pages.Form()
    with form.guard(), transaction():
        row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN, lock=True)
        verbs.go_live(actor, row)
    if form.errors:
        return pages.refused("sessions.session", form, ref=ref)
    return pages.saved("livestream.console", _("Phiên đang lên sóng."), ref=ref)


@bp.get("/<ref>/dong")
@access.signed_in
def ask_close(actor: Actor, ref: str) -> ResponseReturnValue:
    """What closing would do to what is open now; a closed session shows what it came to."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN)
    if row.state == BroadcastState.CLOSED:
        return redirect(url_for("livestream_results.results", ref=ref))
    return pages.page(
        "livestream/close.html",
        broadcast=row,
        left=settling.open_in(row),
        todo=queue.counts(row),
    )


@bp.post("/<ref>/dong")
@access.signed_in
def close(actor: Actor, ref: str) -> ResponseReturnValue:
    """The session is over."""
    with transaction():
        row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN, lock=True)
        settled = closing.close(actor, row)
    return pages.saved("livestream_results.results", _closed(settled), ref=ref)


def _closed(settled: Settled) -> str:
    """What a person is told of what became of what was not paid."""
    said = [_("Đã đóng phiên.")]
    if settled.claims:
        said.append(_("%(count)s món chưa đặt đã nhả ra.", count=settled.claims))
    if settled.orders:
        said.append(_("%(count)s đơn chưa trả tiền đã hết hạn.", count=settled.orders))
    if settled.on_delivery:
        count = settled.on_delivery
        said.append(_("%(count)s đơn chuyển thành trả tiền khi nhận.", count=count))
    return " ".join(said)


@bp.post("/<ref>/thu")
@access.signed_in
def try_reader(actor: Actor, ref: str) -> ResponseReturnValue:
    """Show what the reader makes of a sentence; nothing is kept."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    form = pages.form(TrySchema())
    found = None
    if form.data:
        on_table = verbs.table(row).at(clock.now())
        own = words.own(row.seller_id)
        found = reading.read(form.data["text"], verbs.pinned(row), on_table, own)
    spans = [(span.start, span.end, span.what) for span in found.spans] if found else []
    parts = comments.pieces(form.data["text"], spans) if found else []
    return pages.page(
        "livestream/try_reader.html",
        broadcast=row,
        form=form,
        found=found,
        parts=parts,
        outcome=outcomes.foreseen(row, found, clock.now()) if found else None,
        may_run=actor.may(Permission.LIVESTREAM_RUN, row.seller_id),
    )
