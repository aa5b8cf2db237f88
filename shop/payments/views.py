"""The buyer's payment page, and a seller's bank accounts."""

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import limits, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.orders import collecting, copies, dues, preorders, words
from shop.orders.models import PAID_LATER, Order, State
from shop.payments import bank_apps, banks, feeds, merchants, tracking, vietqr
from shop.payments.models import FeedConnection, PaymentRequest
from shop.payments.schemas import AccountSchema, FeedSchema, ListKeySchema
from shop.sellers.models import BankAccount, Seller

bp = Blueprint("payments", __name__)


@bp.get("/don/<token>")
@pages.public
def pay(token: str) -> ResponseReturnValue:
    """The buyer's page of an order: what, how much, and the code to pay it with."""
    order, asked = _asked(token)
    if pages.wants_json():
        return jsonify(_plain(order, asked))
    return pages.page("payments/pay.html", **_shown(order, asked))


@bp.get("/don/<token>/trang-thai")
@pages.public
def pay_state(token: str) -> ResponseReturnValue:
    """The part of the page that changes when the bank reports the money."""
    return pages.page("payments/pay_state.html", **_shown(*_asked(token)))


@bp.get("/don/<token>/ma.png")
@pages.public
def qr_png(token: str) -> ResponseReturnValue:
    """The VietQR code as a picture to save and open in a bank's app."""
    return _picture(vietqr.png(_due_code(token)), "image/png")


@bp.get("/don/<token>/ma.svg")
@pages.public
def qr_svg(token: str) -> ResponseReturnValue:
    """The VietQR code as a drawing that stays sharp in print."""
    return _picture(vietqr.svg(_due_code(token)).encode(), "image/svg+xml")


@bp.get("/don/<token>/ban-sao.pdf")
@pages.public
def copy(token: str) -> ResponseReturnValue:
    """What was agreed, for the buyer to keep or to print."""
    order, _request = _asked(token)
    out = BytesIO()
    copies.paper(order, out)
    return _picture(out.getvalue(), "application/pdf")


def _due_code(token: str) -> str:
    code = tracking.code(*_asked(token))
    if code is None:
        raise NotFound
    return code


def _picture(data: bytes, kind: str) -> Response:
    return Response(data, mimetype=kind, headers={"Cache-Control": "private, no-store"})


@bp.post("/don/<token>/huy")
@pages.public
def cancel(token: str) -> ResponseReturnValue:
    """The buyer wants it no more; as long as no money came, that is theirs to say."""
    order, _request = _asked(token)
    form = pages.Form()
    with form.guard(), transaction():
        tracking.cancel(order)
    if form.errors:
        return pages.refused("payments.pay", form, token=token)
    return pages.saved("payments.pay", _("Đã hủy đơn."), token=token)


def _asked(token: str) -> tuple[Order, PaymentRequest | None]:
    limits.hit(tracking.PER_ADDRESS, "pay", request.remote_addr or "?")
    return tracking.find(token)


def _plain(order: Order, asked: PaymentRequest | None) -> dict[str, Any]:
    return {
        "ref": order.ref,
        "state": order.state,
        "total_vnd": order.total_vnd,
        "paid_vnd": order.paid_vnd,
        "vietqr": tracking.code(order, asked),
    }


def _shown(order: Order, asked: PaymentRequest | None) -> dict[str, Any]:
    due_vnd = preorders.due_vnd(order)
    asks = bool(due_vnd) and order.pay_by not in PAID_LATER
    waiting = order.state == State.AWAITING_PAYMENT
    to_come = preorders.to_come(order)
    account = asked.bank_account if asked else None
    code = tracking.code(order, asked)
    return {
        "order": order,
        "account": account,
        "bank": banks.bank(account.bank_bin) if account else None,
        "waiting": waiting,
        "state_name": words.NAMES[State(order.state)],
        "may_cancel": tracking.may_cancel(order),
        "due_vnd": due_vnd,
        "open_vnd": dues.open_vnd(order),
        "to_come": to_come,
        "late": to_come and bool(order.harvest and order.harvest.arrived_at),
        "why": tracking.why(order),
        "parties": copies.seller(order),
        "terms": copies.terms(order),
        "svg": vietqr.svg(code) if code else "",
        "apps": bank_apps.links(account, due_vnd, order.ref) if account and code else [],
        "licence": current_app.config["SETTINGS"].collector_licence or _("có giấy phép"),
        "gateways": [
            (row.provider, merchants.GATEWAYS[row.provider].label)
            for row in (merchants.offered(collecting.payee_id(order)) if asks else ())
        ],
    }


@bp.route("/ban-hang/tai-khoan-ngan-hang", methods=["GET", "POST"])
@access.signed_in
def accounts(actor: Actor) -> ResponseReturnValue:
    """The accounts that receive the sellers' money, and a form to add one."""
    access.expect(actor, Permission.BANK_MANAGE)
    form = pages.form(AccountSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, form.data["seller"], Permission.BANK_MANAGE)
            feeds.add_account(actor, seller, form.data)
            pages.claim(form, "payments.accounts")
        if not form.errors:
            return pages.saved("payments.accounts", _("Đã thêm tài khoản."))
    sellers = db.session.scalars(
        access.rows(actor, Seller, Permission.BANK_MANAGE).order_by(Seller.sort_key)
    ).all()
    query = access.rows(actor, BankAccount, Permission.BANK_MANAGE)
    page = pages.paged(query.order_by(BankAccount.active.desc(), BankAccount.id))
    return pages.page(
        "payments/accounts.html",
        form=form,
        page=page,
        in_use={row.id for row in feeds.in_use({row.seller_id for row in page.items}).values()},
        names={seller.id: seller.name for seller in sellers},
        sellers=[(seller.ref, seller.name) for seller in sellers],
        banks=[("", _("Chọn ngân hàng hoặc ví"))]
        + [(bank.bin, f"{bank.short_name} – {bank.name}") for bank in banks.all()],
        bank_names={bank.bin: bank.short_name for bank in banks.all()},
    )


@bp.post("/ban-hang/tai-khoan-ngan-hang/<ref>/dung")
@access.signed_in
def account_use(actor: Actor, ref: str) -> ResponseReturnValue:
    """New orders are paid into this account."""
    with transaction():
        account = access.get(actor, BankAccount, ref, Permission.BANK_MANAGE, lock=True)
        feeds.use(actor, account)
        said = _("Đơn mới từ nay trả về tài khoản %(number)s.", number=account.account_number)
    return pages.saved("payments.accounts", said)


@bp.post("/ban-hang/tai-khoan-ngan-hang/<ref>/ngung")
@access.signed_in
def account_close(actor: Actor, ref: str) -> ResponseReturnValue:
    """No new order is paid into this account."""
    with transaction():
        feeds.close(actor, access.get(actor, BankAccount, ref, Permission.BANK_MANAGE, lock=True))
    return pages.saved("payments.accounts", _("Tài khoản này không nhận tiền của đơn mới nữa."))


@bp.post("/ban-hang/tai-khoan-ngan-hang/<ref>/ket-noi")
@access.signed_in
def feed_connect(actor: Actor, ref: str) -> ResponseReturnValue:
    """A fresh webhook secret for the account's feed; shown once, to be copied to SePay."""
    with transaction():
        account = access.get(actor, BankAccount, ref, Permission.BANK_MANAGE, lock=True)
        connection, secret = feeds.connect(actor, account)
        webhook_url = _webhook_url(connection)
        name = account.account_name
    return pages.page(
        "payments/feed_connect.html", webhook_url=webhook_url, secret=secret, name=name
    )


def _webhook_url(connection: FeedConnection) -> str:
    provider, ref = connection.provider, connection.ref
    return url_for("webhooks.notice", provider=provider, ref=ref, _external=True)


@bp.route("/ban-hang/tai-khoan-ngan-hang/<ref>/nguon-bao-co", methods=["GET", "POST"])
@access.signed_in
def feeds_of(actor: Actor, ref: str) -> ResponseReturnValue:
    """Which services tell of an account's movements, and connecting one that gives a key."""
    account = access.get(actor, BankAccount, ref, Permission.BANK_MANAGE)
    form = pages.form(FeedSchema())
    if form.data:
        with transaction():
            account = access.get(actor, BankAccount, ref, Permission.BANK_MANAGE, lock=True)
            feeds.connect(actor, account, form.data["provider"], form.data["secret"])
        return pages.saved(
            "payments.feeds_of", _("Đã nối. Chép địa chỉ webhook bên dưới."), ref=ref
        )
    query = select(FeedConnection).where(FeedConnection.bank_account_id == account.id)
    return pages.page(
        "payments/feeds.html",
        account=account,
        form=form,
        connected=[
            (row, _webhook_url(row), _trouble(row)) for row in db.session.scalars(query).all()
        ],
        listing={name for name, feed in feeds.FEEDS.items() if feed.host},
        labels={name: feed.label for name, feed in feeds.FEEDS.items()},
        give_keys=[(name, feed.label) for name, feed in feeds.FEEDS.items() if feed.gives_key],
    )


def _trouble(connection: FeedConnection) -> str:
    """Why the feed's list was not told, for people; empty when it was."""
    if connection.pull_failed in {"answered 401", "answered 403"}:
        return str(_("khóa API không đúng hoặc đã hết hạn"))
    if connection.pull_failed == "answered 429":
        return str(_("dịch vụ đang bận"))
    return str(_("dịch vụ chưa trả lời đúng")) if connection.pull_failed else ""


@bp.post("/ban-hang/tai-khoan-ngan-hang/nguon-bao-co/<ref>/khoa-danh-sach")
@access.signed_in
def feed_list_key(actor: Actor, ref: str) -> ResponseReturnValue:
    """The API key of a feed's list; it is tried within a minute, and the page says what came."""
    there = access.get(actor, FeedConnection, ref, Permission.BANK_MANAGE)
    account_ref, form = there.bank_account.ref, pages.form(ListKeySchema())
    if not form.errors:
        with form.guard(), transaction():
            connection = access.get(actor, FeedConnection, ref, Permission.BANK_MANAGE, lock=True)
            if not feeds.FEEDS[connection.provider].host:
                raise NotFound(ref=ref)
            feeds.keep_list_key(actor, connection, form.data["list_key"])
    if form.errors:
        return pages.refused(".feeds_of", form, ref=account_ref)
    said = _("Đã ghi. Kết quả hiện ở đây sau khoảng một phút.")
    return pages.saved(".feeds_of", said, ref=account_ref)
