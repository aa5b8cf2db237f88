"""Back office: the till of a booth, on one page that takes cash also without signal.

The page alone is enough: its forms are plain ones. With a script (static/js/till.js) a cash sale is
kept on the phone first and sent once by its client key when there is signal again.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, figures, once, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.accounts.models import User
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Schema, Text
from shop.markets import booths, plates, sightings, takings, till, words
from shop.markets.models import Booth
from shop.markets.schemas import SumSchema
from shop.markets.takings import Month
from shop.orders import dues, entry
from shop.orders.models import Order, State
from shop.payments import banks, feeds, requests, tracking, vietqr
from shop.reconciliation.models import BankLine
from shop.sellers.models import BankAccount

bp = Blueprint("till", __name__, url_prefix="/ban-hang/quay")

WRITE = Permission.ORDERS_WRITE
# What is most often added up: the notes in a buyer's hand.
NOTES = (5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
MONTHS_SHOWN = 12


class LineSchema(Schema):
    """Which line of the bank."""

    line = Text(longest=40, required=True)


@bp.get("")
@access.signed_in
def choose(actor: Actor) -> ResponseReturnValue:
    """Which booth? Asked only of people with several."""
    access.expect(actor, WRITE)
    mine = booths.mine(actor, WRITE)
    if len(mine) == 1:
        return redirect(url_for(".till_page", ref=mine[0].ref), 303)
    return pages.page("till/choose.html", booths=mine, where=till.where)


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def till_page(actor: Actor, ref: str) -> ResponseReturnValue:
    """How much, then a code or cash; and what the day brought.

    A script that asks for JSON is told whether the sale is kept: 200, or 422 and why not.
    """
    booth = booths.own(actor, ref, WRITE)
    form = pages.form(SumSchema())
    if request.method == "POST" and (address := once.led_to(form.key)):
        return _recorded(form, address)
    if form.data:
        with form.guard(), transaction():
            address = _sell(actor, booths.own(actor, ref, WRITE), form)
        if not form.errors:
            return _recorded(form, address)
    if form.errors and pages.wants_json():
        return jsonify(errors=form.errors), 422
    return _page(actor, booth, form)


def _sell(actor: Actor, booth: Booth, form: pages.Form) -> str:
    sum_vnd, at = form.data["amount_vnd"], form.data["at"]
    if form.data["way"] == "cash":
        till.take_cash(actor, booth, sum_vnd, key=form.key, at=at)
        pages.claim(form, ".till_page", ref=booth.ref)
        return url_for(".till_page", ref=booth.ref)
    order = till.ask(actor, booth, sum_vnd, key=form.key, at=at)
    pages.claim(form, ".code", ref=order.ref)
    return url_for(".code", ref=order.ref)


def _recorded(form: pages.Form, address: str) -> ResponseReturnValue:
    if pages.wants_json():
        return jsonify(recorded=form.key, warnings=[])
    return redirect(address, 303)


def _page(actor: Actor, booth: Booth, form: pages.Form) -> Response:
    account = booths.payee(booth)
    return pages.page(
        "till/till_page.html",
        form=form,
        where=till.where(booth),
        who=str(db.session.get_one(User, actor.user_id).ref),
        notes=NOTES,
        account=account,
        bank=banks.bank(account.bank_bin) if account else None,
        has_goods=bool(entry.packs(booth.seller)),
        plate_svg=vietqr.svg(plates.of(booth, account).code) if account else "",
        may_close=actor.may(Permission.MONEY_WRITE, booth.seller_id),
        **_today(actor, booth),
    )


def _today(actor: Actor, booth: Booth) -> dict[str, object]:
    on = clock.today()
    sold = till.sold(booth, on)
    seen = requests.seen(sold)
    may_see = actor.may(Permission.MONEY_READ, booth.seller_id)
    lines = db.session.scalars(till.unexplained(booth, on).limit(20)).all() if may_see else []
    return {
        "booth": booth,
        "sold": sold,
        "totals": till.totals(sold, seen),
        "seen": seen,
        "open_vnd": dues.open_vnd,
        "void": till.VOID,
        "lines": lines,
        "may_say": actor.may(Permission.MONEY_WRITE, booth.seller_id),
    }


@bp.get("/<ref>/hom-nay")
@access.signed_in
def today(actor: Actor, ref: str) -> ResponseReturnValue:
    """The part of the page that changes: the receipts of the day."""
    return pages.page("till/today.html", **_today(actor, booths.own(actor, ref, WRITE)))


@bp.get("/ma/<ref>")
@access.signed_in
def code(actor: Actor, ref: str) -> ResponseReturnValue:
    """The code of one sale, as large as the phone, until the money is there."""
    return pages.page("till/code.html", **_asked(actor, ref))


@bp.get("/ma/<ref>/trang-thai")
@access.signed_in
def code_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The part of that page that changes when the bank reports the money."""
    return pages.page("till/code_state.html", **_asked(actor, ref))


def _asked(actor: Actor, ref: str) -> dict[str, object]:
    order = access.get(actor, Order, ref, WRITE)
    booth = booths.of_order(order)
    _order, asked = tracking.find(order.token)
    if asked is None:
        raise NotFound(ref=ref)
    payload = requests.code(asked, order)
    return {
        "order": order,
        "booth": booth,
        "where": till.where(booth),
        "may_connect": actor.may(Permission.BANK_MANAGE, booth.seller_id),
        "may_send": actor.may(Permission.MONEY_WRITE, booth.seller_id),
        "account": asked.bank_account,
        "bank": banks.bank(asked.bank_account.bank_bin),
        "svg": vietqr.svg(payload) if payload else "",
        "open_vnd": dues.open_vnd(order),
        "over": State(order.state) in till.VOID,
        "paid": bool(order.paid_vnd) and not dues.open_vnd(order),
        "seen": asked.seen_at,
        "reported": feeds.reported(asked.bank_account_id),
    }


@bp.post("/ma/<ref>/da-thay-tien")
@access.signed_in
def see(actor: Actor, ref: str) -> ResponseReturnValue:
    """The trader saw the money on the phone, before any statement says so."""
    return _said(actor, ref, sightings.see, _("Đã ghi: bạn thấy tiền vào, chưa đối soát."))


@bp.post("/ma/<ref>/chua-thay-tien")
@access.signed_in
def unsee(actor: Actor, ref: str) -> ResponseReturnValue:
    """The money was not there after all."""
    return _said(actor, ref, sightings.unsee, _("Đã ghi: chưa thấy tiền, mã lại chờ."))


def _said(
    actor: Actor, ref: str, verb: Callable[[Actor, Booth, str], Order], said: str
) -> ResponseReturnValue:
    form = pages.form(Schema())
    booth = booths.of_order(access.get(actor, Order, ref, WRITE))
    with form.guard(), transaction():
        verb(actor, booth, ref)
    if form.errors:
        return pages.refused(".code", form, ref=ref)
    return pages.saved(".code", said, ref=ref)


@bp.post("/ma/<ref>/bo")
@access.signed_in
def undo(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take a sale back that was entered wrongly, or whose goods came back."""
    form = pages.form(Schema())
    booth = booths.of_order(access.get(actor, Order, ref, WRITE))
    with form.guard(), transaction():
        till.undo(actor, booth, ref, key=form.key)
    if form.errors:
        return pages.refused(".till_page", form, ref=booth.ref)
    return pages.saved(".till_page", _("Đã bỏ khoản này."), ref=booth.ref)


@bp.post("/<ref>/tien-vao")
@access.signed_in
def is_sale(actor: Actor, ref: str) -> ResponseReturnValue:
    """Money that names nothing was a sale at this booth, says its trader."""
    booths.own(actor, ref, Permission.MONEY_WRITE)
    form = pages.form(LineSchema())
    if not form.errors:
        with form.guard(), transaction():
            line = access.get(actor, BankLine, form.data["line"], Permission.MONEY_WRITE, lock=True)
            booth = booths.own(actor, ref, Permission.MONEY_WRITE)
            sightings.is_sale(booth, line, actor.name)
    if form.errors:
        return pages.refused(".till_page", form, ref=ref)
    return pages.saved(".till_page", _("Đã ghi là tiền bán hàng."), ref=ref)


@bp.get("/<ref>/cai-dat")
@access.signed_in
def setup(actor: Actor, ref: str) -> ResponseReturnValue:
    """The booth's account, and its plates to print."""
    booth = booths.own(actor, ref, WRITE)
    may_use = actor.may(Permission.BANK_MANAGE, booth.seller_id)
    account = booths.payee(booth)
    return pages.page(
        "till/setup.html",
        booth=booth,
        where=till.where(booth),
        account=account,
        bank=banks.bank(account.bank_bin) if account else None,
        chosen=pages.Form(values={"account": booth.bank_account.ref if booth.bank_account else ""}),
        accounts=_accounts(booth) if may_use else [],
        may_use=may_use,
        papers=words.PAPERS,
    )


@bp.get("/<ref>/ty-le-quet-ma")
@access.signed_in
def share(actor: Actor, ref: str) -> ResponseReturnValue:
    """The booth's digital share month by month, as bars and as a table."""
    booth = booths.own(actor, ref, WRITE)
    months = takings.every_month(booth, *_shown_months(booth))
    told = [(month, f"{month.month[5:]}/{month.month[:4]}", _shown(month)) for month in months]
    return pages.page("till/share.html", booth=booth, where=till.where(booth), months=told)


def _shown_months(booth: Booth) -> tuple[date, date]:
    last = clock.today()
    first = (last - timedelta(days=31 * MONTHS_SHOWN)).replace(day=1)
    return min(max(first, booth.opened_on.replace(day=1)), last.replace(day=1)), last


def _shown(month: Month) -> str:
    """The share of a month, or why there is none."""
    if not month.digital + month.cash:
        return str(_("không tính được: không bán khoản nào"))
    if not month.told:
        return str(_("không tính được: không ghi tiền mặt, không chốt ngày"))
    return figures.share(month.share.numerator, month.share.denominator)


def _accounts(booth: Booth) -> list[tuple[str, str]]:
    named: list[BankAccount] = list(feeds.active(booth.seller_id))
    shown = [(row.ref, f"{row.account_name}, {row.account_number}") for row in named]
    return [("", _("Như các đơn khác")), *shown]


@bp.get("/till-worker.js")
@pages.public
def worker() -> Response:
    """The service worker, allowed for the tills and nothing else."""
    script = Path(str(current_app.static_folder), "js/offline-worker.js")
    answer = Response(script.read_text(encoding="utf-8"), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = bp.url_prefix or ""
    answer.headers["Cache-Control"] = "no-cache"
    return answer
