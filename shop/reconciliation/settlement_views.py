"""Back office: what gateways, marketplaces and carriers pay out."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Choice, Schema, Text
from shop.reconciliation import batches, taking_back
from shop.reconciliation.models import BankLine, Batch, BatchLine
from shop.reconciliation.settlements.sheets import SHEETS
from shop.reconciliation.words import DECISIONS, SOURCES
from shop.sellers.models import Seller

bp = Blueprint("settlements", __name__, url_prefix="/ban-hang/doi-soat-tra-tien")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE

FOUND = {
    batches.MATCHED: _l("Khớp"),
    batches.DIFFERS: _l("Lệch tiền"),
    batches.UNKNOWN: _l("Không có ở đây"),
    batches.REPEATED: _l("Đã có trong bảng trước"),
    batches.DECIDED: _l("Đã quyết"),
}
TONES = {
    batches.MATCHED: "good",
    batches.DIFFERS: "bad",
    batches.UNKNOWN: "warn",
    batches.REPEATED: "neutral",
    batches.DECIDED: "info",
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
@pages.takes_files(batches.FILE_BYTES)
def settlement_list(actor: Actor) -> ResponseReturnValue:
    """Sheets that were sent, and sending one."""
    access.expect(actor, READ)
    form = pages.form(SheetSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data and (ref := _sent(actor, form)):
        return pages.saved(".batch", _("Đã đọc bảng đối soát."), ref=ref)
    query = access.rows(actor, Batch, READ).options(joinedload(Batch.bank_line))
    sellers = access.rows(actor, Seller, WRITE).order_by(Seller.sort_key).limit(500)
    page = pages.paged(query.order_by(Batch.at.desc(), Batch.id.desc()))
    return pages.page(
        "reconciliation/settlements.html",
        form=form,
        page=page,
        waiting=_waiting([row.id for row in page.items]),
        sources=SOURCES,
        sellers=[(row.ref, row.name) for row in db.session.scalars(sellers)],
    )


def _waiting(batch_ids: list[int]) -> dict[int, int]:
    """Batch id → how many of its lines somebody has to look at."""
    query = (
        select(BatchLine.batch_id, func.count())
        .where(BatchLine.batch_id.in_(batch_ids), BatchLine.found.in_(batches.OPEN))
        .group_by(BatchLine.batch_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _sent(actor: Actor, form: pages.Form) -> str:
    file = request.files.get("file")
    if file is None or not file.filename:
        form.errors["file"] = [_("Chưa chọn tệp nào.")]
        return ""
    data = file.stream.read(batches.FILE_BYTES + 1)
    ref, data_of = "", form.data
    with form.guard(), transaction():
        seller = access.get(actor, Seller, data_of["seller"], WRITE)
        row = batches.take(
            actor, seller, data_of["source"], data, file.filename, data_of["carrier"]
        )
        ref = row.ref
        pages.claim(form, "settlements.batch", ref=ref)
    return "" if form.errors else ref


@bp.get("/<ref>")
@access.signed_in
def batch(actor: Actor, ref: str) -> ResponseReturnValue:
    """One sheet: line by line, what is missing, and the bank line of its net."""
    row = access.get(actor, Batch, ref, READ)
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
        left_vnd=batches.left_vnd(row),
        missing=batches.missing(row),
        payouts=batches.payouts(row) if may_write and _waits(row) else [],
        sources=SOURCES,
        found=FOUND,
        tones=TONES,
        open=batches.OPEN,
        decisions=DECISIONS,
        difference_vnd=batches.difference_vnd,
        may_write=may_write,
    )


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
            batches.decide(row, line, account, actor.name)
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
