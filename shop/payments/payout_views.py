"""Back office: what a licensed operator collected for sellers, and paying it out to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from shop import clock, pages, spreadsheets
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.ledger import accounts, entries
from shop.orders import collecting
from shop.payments import banks, holdings, payouts, vietqr
from shop.payments.models import Payout, PayoutLine, PayoutState
from shop.sellers.models import Seller

bp = Blueprint("payouts", __name__, url_prefix="/ban-hang/thu-ho")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE
STATES = {
    PayoutState.DUE: _l("Chờ chuyển"),
    PayoutState.SENT: _l("Đã chuyển"),
    PayoutState.RECEIVED: _l("Đã nhận"),
    PayoutState.CANCELLED: _l("Đã bỏ"),
}
TONES = {PayoutState.DUE: "warn", PayoutState.SENT: "info", PayoutState.RECEIVED: "good"}


@dataclass(frozen=True)
class Owed:
    """What a collector holds for a seller, and what of it a payout made now would hold."""

    seller: Seller
    held_vnd: int
    payable_vnd: int


@bp.get("")
@access.signed_in
def payout_list(actor: Actor) -> ResponseReturnValue:
    """What is held for whom, and the payouts so far."""
    access.expect(actor, READ)
    mine = access.rows(actor, Seller, READ).with_only_columns(Seller.id)
    query = select(Payout).where(or_(Payout.seller_id.in_(mine), Payout.collector_id.in_(mine)))
    query = query.options(joinedload(Payout.seller))
    collector = collecting.collector()
    return pages.page(
        "payments/payouts.html",
        page=pages.paged(query.order_by(Payout.asked_at.desc(), Payout.id.desc())),
        collector=collector,
        collects=collector is not None and actor.may(READ, collector.id),
        owed=_owed(actor, collector) if collector else [],
        month=f"{clock.today():%Y-%m}",
        states=STATES,
        tones=TONES,
    )


def _owed(actor: Actor, collector: Seller) -> list[Owed]:
    """For the collector all that it holds; for a seller its own."""
    held = {
        account.partition(":")[2]: -amount
        for account, amount in entries.balances(collector.id).items()
        if account.startswith(accounts.owed_to("")) and amount
    }
    query = select(Seller) if actor.may(READ, collector.id) else access.rows(actor, Seller, READ)
    sellers = db.session.scalars(query.where(Seller.ref.in_(held)).order_by(Seller.sort_key)).all()
    payable = payouts.payable(collector.id)
    return [Owed(row, held[row.ref], max(0, payable.get(row.id, 0))) for row in sellers]


@bp.get("/don-vi/<ref>")
@access.signed_in
def owing(actor: Actor, ref: str) -> ResponseReturnValue:
    """The orders that the next payout of a seller would hold."""
    collector, seller = holdings.held_for(actor, ref, READ)
    rows = payouts.owing(collector.id, seller)
    return pages.page(
        "payments/owing.html",
        collector=collector,
        seller=seller,
        rows=rows,
        total_vnd=sum(row.net_vnd for row in rows),
        hold_days=payouts.HOLD.days,
        may_pay=actor.may(WRITE, collector.id),
        own=actor.may(Permission.ORDERS_READ, seller.id),
    )


@bp.post("/don-vi/<ref>")
@access.signed_in
def make(actor: Actor, ref: str) -> ResponseReturnValue:
    """The collector pays out all that is owing to a seller. Twice is once."""
    form = pages.Form()
    with form.guard(), transaction():
        collector, seller = holdings.held_for(actor, ref, WRITE)
        made = payouts.make(actor, collector, seller).ref
    if form.errors:
        return pages.refused(".owing", form, ref=ref)
    return pages.saved(".payout", _("Đã lập lệnh chi. Chuyển khoản theo mã bên dưới."), ref=made)


@bp.get("/<ref>")
@access.signed_in
def payout(actor: Actor, ref: str) -> ResponseReturnValue:
    """One payout: its orders, and the code to transfer it with."""
    row = holdings.get(actor, ref)
    pays = row.state == PayoutState.DUE and actor.may(WRITE, row.collector_id)
    account = row.bank_account
    payee = vietqr.Payee(account.bank_bin, account.account_number, account.account_name)
    return pages.page(
        "payments/payout.html",
        payout=row,
        lines=_lines(row),
        bank=banks.bank(account.bank_bin),
        svg=vietqr.svg(vietqr.payload(payee, row.amount_vnd, row.ref)) if pays else "",
        pays=pays,
        may_receive=row.state in {PayoutState.DUE, PayoutState.SENT}
        and actor.may(WRITE, row.seller_id),
        own=actor.may(Permission.ORDERS_READ, row.seller_id),
        states=STATES,
        tones=TONES,
    )


def _lines(row: Payout) -> list[PayoutLine]:
    query = select(PayoutLine).where(PayoutLine.payout_id == row.id).order_by(PayoutLine.id)
    return list(db.session.scalars(query.options(joinedload(PayoutLine.order))))


@bp.post("/<ref>/bo")
@access.signed_in
def cancel(actor: Actor, ref: str) -> ResponseReturnValue:
    """The collector does not transfer it: its orders are owing again."""
    form = pages.Form()
    with form.guard(), transaction():
        row = holdings.get(actor, ref, lock=True)
        if not actor.may(WRITE, row.collector_id):
            raise NotFound(ref=ref)
        payouts.cancel(actor, row)
    if form.errors:
        return pages.refused(".payout", form, ref=ref)
    return pages.saved(".payout", _("Đã bỏ lệnh chi."), ref=ref)


@bp.post("/<ref>/da-nhan")
@access.signed_in
def receive(actor: Actor, ref: str) -> ResponseReturnValue:
    """The seller says that the money came; its bank's word replaces this one."""
    form = pages.Form()
    with form.guard(), transaction():
        row = holdings.get(actor, ref, lock=True)
        if not actor.may(WRITE, row.seller_id):
            raise NotFound(ref=ref)
        payouts.received(row, actor.name, booked=False)
    if form.errors:
        return pages.refused(".payout", form, ref=ref)
    return pages.saved(".payout", _("Đã ghi là đã nhận tiền."), ref=ref)


@bp.get("/<ref>.xlsx")
@access.signed_in
def statement(actor: Actor, ref: str) -> ResponseReturnValue:
    """The orders of a payout for Excel."""
    row = holdings.get(actor, ref)
    headings = [
        _("Mã đơn"),
        _("Đã thu của khách"),
        _("Thuế GTGT khấu trừ"),
        _("Thuế TNCN khấu trừ"),
        _("Thực chi"),
    ]
    rows = [
        [line.order.ref, line.collected_vnd, line.vat_vnd, line.pit_vnd, line.net_vnd]
        for line in _lines(row)
    ]
    return _workbook(f"thu-ho-{row.ref}", headings, rows)


@bp.get("/thue")
@access.signed_in
def taxes(actor: Actor) -> ResponseReturnValue:
    """The tax that the collector withheld in a month, seller by seller."""
    collector, month = _collector(actor), _month()
    return pages.page(
        "payments/taxes.html",
        collector=collector,
        month=month,
        rows=payouts.withheld(collector.id, month),
        rule=collecting.rule(month),
        shown=pages.Form(values={"thang": f"{month:%Y-%m}"}),
    )


@bp.get("/thue.xlsx")
@access.signed_in
def taxes_workbook(actor: Actor) -> ResponseReturnValue:
    """The month's withheld tax for Excel."""
    collector, month = _collector(actor), _month()
    headings = [_("Người bán"), _("Mã số thuế"), _("Thuế GTGT"), _("Thuế TNCN"), _("Cộng")]
    rows = [
        [
            each.seller.name,
            each.seller.tax_code or "",
            each.vat_vnd,
            each.pit_vnd,
            each.vat_vnd + each.pit_vnd,
        ]
        for each in payouts.withheld(collector.id, month)
    ]
    return _workbook(f"thue-khau-tru-{month:%Y-%m}", headings, rows)


def _collector(actor: Actor) -> Seller:
    collector = collecting.collector()
    if collector is None or not actor.may(READ, collector.id):
        raise NotFound
    return collector


def _month() -> date:
    named = clock.written_day(f"{request.args.get('thang', '')}-01")
    return named or clock.today().replace(day=1)


def _workbook(name: str, headings: list[str], rows: Sequence[Sequence[Any]]) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.xlsx"',
        "Cache-Control": "private, no-store",
    }
    data = spreadsheets.write(headings, rows)
    return Response(data, content_type=spreadsheets.XLSX, headers=headers)
