"""Back office: what gateways, marketplaces and carriers pay out."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, lazyload

from shop import pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Choice, Schema, Text
from shop.orders import dues
from shop.orders.models import Order
from shop.reconciliation import batches, differences, lacking, parcels, settling, taking_back
from shop.reconciliation.models import BankLine, Batch, BatchLine, Found, ImportState
from shop.reconciliation.parcels import ParcelState
from shop.reconciliation.settlements.sheets import SHEETS
from shop.reconciliation.words import DECISIONS, SOURCES
from shop.sellers.models import Seller

bp = Blueprint("settlements", __name__, url_prefix="/ban-hang/doi-soat-tra-tien")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE

FOUND = {
    Found.MATCHED: _l("Khớp"),
    Found.DIFFERS: _l("Lệch tiền"),
    Found.UNKNOWN: _l("Không có ở đây"),
    Found.REPEATED: _l("Đã có trong bảng trước"),
    Found.DECIDED: _l("Đã quyết"),
}
TONES = {
    Found.MATCHED: "good",
    Found.DIFFERS: "bad",
    Found.UNKNOWN: "warn",
    Found.REPEATED: "neutral",
    Found.DECIDED: "info",
}


class SheetSchema(Schema):
    """Whose sheet it is."""

    seller = Text(longest=40, required=True)
    source = Choice(list(SHEETS), required=True)
    carrier = Text(longest=40, load_default="")


class DecideSchema(Schema):
    """Where a difference belongs."""

    line = Text(longest=20, required=True)
    decision = Choice(list(DECISIONS), required=True)


@bp.route("", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(settling.FILE_BYTES)
def settlement_list(actor: Actor) -> ResponseReturnValue:
    """Sheets that were sent, and sending one."""
    access.expect(actor, READ)
    form = pages.form(SheetSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data and (ref := _sent(actor, form)):
        return pages.saved(".batch", _("Đã nhận bảng đối soát, đang đọc."), ref=ref)
    mine = access.rows(actor, Batch, READ)
    query, which = mine.options(joinedload(Batch.bank_line)), request.args.get("muc", "")
    if which in {"mo", "xong"}:
        query = query.where(batches.is_open() if which == "mo" else ~batches.is_open())
    sellers = access.rows(actor, Seller, WRITE).order_by(Seller.sort_key).limit(500)
    page = pages.paged(query.order_by(Batch.at.desc(), Batch.id.desc()))
    return pages.page(
        "reconciliation/settlements.html",
        form=form,
        page=page,
        shown=_tabs(mine, which),
        sources=SOURCES,
        sellers=[(row.ref, row.name) for row in db.session.scalars(sellers)],
    )


def _tabs(mine: Select[Batch], which: str) -> list[tuple[str, str, bool]]:
    open_ = mine.where(batches.is_open()).with_only_columns(func.count(Batch.id)).order_by(None)
    named = {
        "": _("Tất cả"),
        "mo": _("Còn mở (%(count)s)", count=db.session.scalar(open_) or 0),
        "xong": _("Đã xong"),
    }
    here = url_for(".settlement_list")
    return [(said, f"{here}?muc={name}", name == which) for name, said in named.items()]


def _sent(actor: Actor, form: pages.Form) -> str:
    file = request.files.get("file")
    if file is None or not file.filename:
        form.errors["file"] = [_("Chưa chọn tệp nào.")]
        return ""
    data = file.stream.read(settling.FILE_BYTES + 1)
    ref, data_of = "", form.data
    with form.guard(), transaction():
        seller = access.get(actor, Seller, data_of["seller"], WRITE)
        row = settling.take(
            actor, seller, data_of["source"], data, file.filename, data_of["carrier"]
        )
        ref = row.ref
        pages.claim(form, "settlements.batch", ref=ref)
    return "" if form.errors else ref


PARCELS = {
    ParcelState.OPEN: (_l("Hãng còn giữ"), "warn"),
    ParcelState.SHORT: (_l("Thu thiếu"), "bad"),
    ParcelState.RETURNED: (_l("Đã hoàn"), "neutral"),
    ParcelState.REMITTED: (_l("Tiền đã về"), "good"),
}


@bp.get("/thu-ho")
@access.signed_in
def parcel_list(actor: Actor) -> ResponseReturnValue:
    """Parcels paid at the door: what became of the money of each, by state; the late ones."""
    access.expect(actor, READ)
    which = request.args.get("trang-thai", "")
    query = parcels.all_of(access.rows(actor, Order, READ))
    if which in PARCELS:
        query = query.where(parcels.state_is(ParcelState(which)))
    elif which == "qua-han":
        query = query.where(parcels.late())
    query = query.options(joinedload(Order.seller), lazyload(Order.lines))
    number, size = pages.asked_number(), pages.PAGE_SIZE
    counted = db.session.scalar(select(func.count()).select_from(query.subquery()))
    rows = query.order_by(Order.placed_at.desc(), Order.id.desc()).limit(size)
    found = parcels.shown(db.session.execute(rows.offset((number - 1) * size)).all())
    here = url_for(".parcel_list")
    named: dict[str, Any] = {"": _("Tất cả"), "qua-han": _("Quá hạn")}
    named |= {state.value: words for state, (words, _tone) in PARCELS.items()}
    return pages.page(
        "reconciliation/parcel_list.html",
        page=pages.Page(found, number, counted or 0, size),
        shown=[(said, f"{here}?trang-thai={name}", name == which) for name, said in named.items()],
        states=PARCELS,
        late_days=parcels.LATE_DAYS,
        open_vnd=dues.open_vnd,
    )


@bp.get("/<ref>")
@access.signed_in
def batch(actor: Actor, ref: str) -> ResponseReturnValue:
    """One sheet: line by line, what is missing, and the bank line of its net."""
    row = access.get(actor, Batch, ref, READ)
    if row.state != ImportState.DONE:
        may_write = actor.may(WRITE, row.seller_id)
        return pages.page("reconciliation/batch_on_its_way.html", row=row, may_write=may_write)
    which = request.args.get("dong", "")
    query = select(BatchLine).where(BatchLine.batch_id == row.id)
    if which in FOUND:
        query = query.where(BatchLine.found == which)
    query = query.options(joinedload(BatchLine.order)).order_by(BatchLine.id)
    may_write = actor.may(WRITE, row.seller_id)
    return pages.page(
        "reconciliation/batch.html",
        row=row,
        page=pages.paged(query),
        counts=_counts(row),
        totals=_totals(row),
        left_vnd=differences.left_vnd(row),
        done=differences.is_done(row),
        standing_vnd=differences.standing_vnd(row),
        missing=lacking.missing(row),
        payouts=batches.payouts(row) if may_write and _waits(row) else [],
        sources=SOURCES,
        found=FOUND,
        tones=TONES,
        needs_decision=differences.needs_decision,
        decisions=DECISIONS,
        difference_vnd=differences.difference_vnd,
        may_write=may_write,
    )


@bp.get("/<ref>/trang-thai")
@access.signed_in
def batch_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of that page that changes while a worker reads and books the sheet."""
    row = access.get(actor, Batch, ref, READ)
    return pages.page("reconciliation/batch_state.html", row=row)


def _waits(row: Batch) -> bool:
    return row.bank_line_id is None and row.taken_back_at is None


def _counts(row: Batch) -> dict[str, int]:
    query = select(BatchLine.found, func.count()).where(BatchLine.batch_id == row.id)
    return dict(db.session.execute(query.group_by(BatchLine.found)).all())


def _totals(row: Batch) -> dict[str, int]:
    columns = ("gross_vnd", "fee_vnd", "tax_vnd", "adjustment_vnd", "net_vnd")
    sums = [func.coalesce(func.sum(getattr(BatchLine, name)), 0) for name in columns]
    found = db.session.execute(select(*sums).where(BatchLine.batch_id == row.id)).one()
    return {name: int(value) for name, value in zip(columns, found, strict=True)}


@bp.post("/<ref>/quyet")
@access.signed_in
def decide(actor: Actor, ref: str) -> ResponseReturnValue:
    """Say where the difference of a line belongs."""
    access.get(actor, Batch, ref, WRITE)
    form = pages.form(DecideSchema())
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, Batch, ref, WRITE, lock=True)
            line = _line(row, form.data["line"])
            account = DECISIONS[form.data["decision"]][1]
            differences.decide(row, line, account, actor.name)
            audit.note(actor, "settlement.decide", row, line.reference)
    if form.errors:
        return pages.refused(".batch", form, ref=ref)
    return pages.saved(".batch", _("Đã ghi."), ref=ref)


def _line(row: Batch, reference: str) -> BatchLine:
    for line in row.lines:
        if str(line.id) == reference:
            return line
    raise NotFound(ref=reference)


@bp.post("/<ref>/tien-ve/<line>")
@access.signed_in
def pay_out(actor: Actor, ref: str, line: str) -> ResponseReturnValue:
    """The net came with this bank line."""
    form = pages.Form()
    with form.guard(), transaction():
        row = access.get(actor, Batch, ref, WRITE, lock=True)
        came = access.get(actor, BankLine, line, WRITE, lock=True)
        batches.pay_out(row, came, actor.name)
        audit.note(actor, "settlement.pay_out", row, came.bank_reference)
    if form.errors:
        return pages.refused(".batch", form, ref=ref)
    return pages.saved(".batch", _("Đã khớp tiền về."), ref=ref)


@bp.post("/<ref>/bo")
@access.signed_in
def take_back(actor: Actor, ref: str) -> ResponseReturnValue:
    """The sheet was sent by mistake: undo what it booked."""
    access.get(actor, Batch, ref, WRITE)
    form = pages.Form()
    with form.guard(), transaction():
        row = access.get(actor, Batch, ref, WRITE, lock=True)
        taking_back.take_back(row, actor.name)
        audit.note(actor, "settlement.take_back", row, row.filename)
    if form.errors:
        return pages.refused(".batch", form, ref=ref)
    return pages.saved(".batch", _("Đã bỏ bảng này và gỡ những gì nó đã ghi sổ."), ref=ref)
