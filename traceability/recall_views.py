"""Back office: calling lots back, and whom that concerns."""

from datetime import date

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from shop import pages, spreadsheets
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from traceability import recalls as verbs
from traceability.models import Lot
from traceability.recall_models import Recall, RecallLetter
from traceability.recalls import Concerned
from traceability.schemas import ReasonSchema
from traceability.stamp_models import StampBatch

bp = Blueprint("recalls", __name__, url_prefix="/ban-hang/thu-hoi", template_folder="templates")

READ, WRITE = Permission.STAMPS_READ, Permission.RECALL
MOST_FOUND = 20


@bp.get("")
@access.signed_in
def recalls(actor: Actor) -> ResponseReturnValue:
    """Recalls of the actor's sellers, newest first; `?lo=` looks for the lot to call back."""
    access.expect(actor, READ)
    query = access.rows(actor, Recall, READ).options(joinedload(Recall.lot))
    return pages.page(
        "traceability/recalls.html",
        page=pages.paged(query.order_by(Recall.id.desc())),
        code=request.args.get("lo", "").strip(),
        found=_found(actor, request.args.get("lo", "").strip()),
        may_recall=actor.may(WRITE),
    )


def _found(actor: Actor, code: str) -> list[Lot]:
    if not code:
        return []
    query = access.rows(actor, Lot, READ).where(Lot.code.istartswith(code, autoescape=True))
    rows = query.options(joinedload(Lot.product)).order_by(Lot.id.desc()).limit(MOST_FOUND)
    return list(db.session.scalars(rows))


@bp.route("/lo/<ref>", methods=["GET", "POST"])
@access.signed_in
def recall_new(actor: Actor, ref: str) -> ResponseReturnValue:
    """What calling this lot back would concern; then, with a reason, the recall."""
    row = access.get(actor, Lot, ref, WRITE)
    form = pages.form(ReasonSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            made = verbs.recall(actor, access.get(actor, Lot, ref, WRITE), form.data["reason"])
            pages.claim(form, "recalls.recall", ref=made.ref)
            made_ref = made.ref
        if not form.errors:
            return pages.saved("recalls.recall", _("Đã thu hồi."), ref=made_ref)
        row = access.get(actor, Lot, ref, WRITE)
    return pages.page(
        "traceability/recall_new.html",
        form=form,
        lot=row,
        backward=verbs.made_from(row),
        **_shown(actor, row, verbs.concerned(verbs.forward(row))),
    )


def _shown(actor: Actor, lot: Lot, found: Concerned) -> dict[str, object]:
    return {
        "found": found,
        "may_read_orders": actor.may(Permission.ORDERS_READ, lot.seller_id),
        "may_recall": actor.may(WRITE, lot.seller_id),
    }


@bp.get("/<ref>")
@access.signed_in
def recall(actor: Actor, ref: str) -> ResponseReturnValue:
    """One recall: its lots, stamps, orders and letters."""
    row = access.get(actor, Recall, ref, READ)
    return pages.page(
        "traceability/recall.html",
        recall=row,
        form=pages.Form(),
        **_shown(actor, row.lot, verbs.held(row)),
    )


@bp.post("/<ref>/het")
@access.signed_in
def release(actor: Actor, ref: str) -> ResponseReturnValue:
    """The recall is over."""
    form = pages.form(ReasonSchema())
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Recall, ref, WRITE)
            verbs.release(actor, row.lot, form.data["reason"])
    else:
        access.get(actor, Recall, ref, WRITE)
    if form.errors:
        return pages.refused("recalls.recall", form, ref=ref)
    return pages.saved("recalls.recall", _("Đã hết thu hồi."), ref=ref)


@bp.post("/thu/<ref>/da-gui")
@access.signed_in
def letter_sent(actor: Actor, ref: str) -> ResponseReturnValue:
    """A person has told this buyer."""
    with transaction():
        letter = access.get(actor, RecallLetter, ref, Permission.ORDERS_WRITE, lock=True)
        verbs.sent(actor, letter)
        recall_ref = letter.recall.ref
    return pages.saved("recalls.recall", _("Đã ghi là gửi rồi."), ref=recall_ref)


@bp.get("/<ref>/danh-sach.xlsx")
@access.signed_in
def recall_xlsx(actor: Actor, ref: str) -> ResponseReturnValue:
    """Lots, stamps and, for who may read orders, buyers of a recall, as a workbook."""
    row = access.get(actor, Recall, ref, READ)
    found = verbs.held(row)
    more: list[tuple[str, list[list[spreadsheets.Cell]]]] = [
        (_("Tem"), [_stamp_headings(), *map(_stamp_row, found.stamps)])
    ]
    if actor.may(Permission.ORDERS_READ, row.seller_id):
        more.append((_("Đơn hàng"), _order_rows(found)))
    headings = [_("Lô"), _("Sản phẩm"), _("Ngày sản xuất"), _("Thu hồi lúc")]
    lots = [
        [lot.code, lot.product.name, _day(lot.produced_on), _day(lot.recalled_at)]
        for lot in found.lots
    ]
    data = spreadsheets.write(headings, lots, title=_("Lô hàng"), more=more)
    headers = {"Content-Disposition": f'attachment; filename="thu-hoi-{row.ref.lower()}.xlsx"'}
    return Response(data, content_type=spreadsheets.XLSX, headers=headers)


def _day(at: date | None) -> str:
    return f"{at:%d/%m/%Y}" if at else ""


def _stamp_headings() -> list[spreadsheets.Cell]:
    return [_("Lô"), _("Đợt in"), _("Tem đã in"), _("Tem đã kích hoạt")]


def _stamp_row(row: tuple[StampBatch, int, int]) -> list[spreadsheets.Cell]:
    batch, made, active = row
    return [batch.lot.code if batch.lot else "", batch.ref, made, active]


def _order_rows(found: Concerned) -> list[list[spreadsheets.Cell]]:
    headings: list[spreadsheets.Cell] = [_("Đơn hàng"), _("Lô"), _("Số lượng"), _("Đơn vị")]
    headings += [_("Người mua"), _("Điện thoại")]
    rows: list[list[spreadsheets.Cell]] = [
        [
            *(each.order.ref, each.lot.code, each.quantity, each.unit),
            *(each.order.buyer_name, each.order.buyer_phone),
        ]
        for each in found.orders
    ]
    return [headings, *rows]
