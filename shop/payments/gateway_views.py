"""Gateways: where the buyer is sent and comes back, where they call, and the seller's accounts."""

import structlog
from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import limits, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import DomainError, NotFound
from shop.orders import collecting
from shop.orders.models import Order
from shop.payments import captures, merchants
from shop.payments.bank_feeds.protocol import BadNotice, BadSignature
from shop.payments.gateways.protocol import Answer, Became, Call
from shop.payments.models import GatewayConnection
from shop.sellers.models import Seller

log = structlog.get_logger()

bp = Blueprint("gateways", __name__)

BEGUN_PER_ADDRESS = "60/minute"
REFUSED_PER_ADDRESS = "600/minute"
MOST_BYTES = 64 * 1024


@bp.post("/don/<token>/tra/<provider>")
@pages.public
def pay(token: str, provider: str) -> ResponseReturnValue:
    """Send the buyer to a gateway of the seller; it decides nothing here."""
    limits.hit(BEGUN_PER_ADDRESS, "gateway", request.remote_addr or "?")
    form = pages.Form()
    pay_url = ""
    with form.guard():
        with transaction():
            order = _order(token, lock=True)
            connection = merchants.of(collecting.payee_id(order), provider)
            if connection is None:
                raise NotFound
            payment_id = captures.begin(connection, order, request.remote_addr or "").id
            ref = connection.ref
        pay_url = captures.start(
            payment_id,
            return_url=url_for(".came_back", provider=provider, token=token, _external=True),
            notify_url=url_for(".notice", provider=provider, ref=ref, _external=True),
        )
    if form.errors:
        return pages.refused("payments.pay", form, token=token)
    # Not a redirect: browsers hold what a form leads to against our own form-action.
    label = merchants.GATEWAYS[provider].label
    return pages.page("payments/leave.html", token=token, pay_url=pay_url, label=label)


@bp.get("/don/<token>/ket-qua/<provider>")
@pages.public
def came_back(token: str, provider: str) -> ResponseReturnValue:
    """The buyer comes back from a gateway: the order's page shows what the gateway tells us."""
    limits.hit(BEGUN_PER_ADDRESS, "gateway", request.remote_addr or "?")
    with transaction():
        order = _order(token)
        connection = merchants.of(collecting.payee_id(order), provider)
        if connection is None:
            raise NotFound
        try:
            merchant = merchants.merchant(connection)
            captures.gateway(connection).returned(merchant, request.args)
        except BadSignature as error:
            log.warning("return not signed", provider=provider, **error.facts)
            return redirect(url_for("payments.pay", token=token), 303)
    label = merchants.GATEWAYS[provider].label
    said = _("Đã quay lại từ %(label)s. Trang này tự đổi khi có kết quả.", label=label)
    return pages.saved("payments.pay", said, token=token)


def _order(token: str, *, lock: bool = False) -> Order:
    query = select(Order).where(Order.token == token)
    order = db.session.scalar(query.with_for_update(of=Order) if lock else query)
    if order is None:
        raise NotFound
    return order


@bp.route("/webhooks/gateways/<provider>/<ref>", methods=["GET", "POST"])
@pages.public
def notice(provider: str, ref: str) -> ResponseReturnValue:
    """A gateway tells how a payment stands; answered in its own words."""
    gateway = merchants.GATEWAYS.get(provider)
    if gateway is None:
        raise NotFound
    request.max_content_length = MOST_BYTES
    call = Call(dict(request.headers), request.args.to_dict(), request.get_data())
    became = Became.BROKEN
    try:
        with transaction():
            became = captures.hear(_connection(provider, ref), call)
    except BadSignature as error:
        log.warning("notice refused", connection=ref[:40], **error.facts)
        limits.hit(REFUSED_PER_ADDRESS, "webhook", request.remote_addr or "?")
        became = Became.BAD_SIGNATURE
    except BadNotice as error:
        log.warning("notice not understood", connection=ref[:40], **error.facts)
    except DomainError:
        raise
    except Exception:
        # Whatever went wrong here, the gateway must hear that it has to come again.
        log.exception("notice not kept", connection=ref[:40])
    return _said(gateway.answer(became))


def _connection(provider: str, ref: str) -> GatewayConnection:
    query = select(GatewayConnection).where(
        GatewayConnection.ref == ref, GatewayConnection.provider == provider
    )
    connection = db.session.scalar(query)
    if connection is None:
        raise BadSignature("no such connection")
    return connection


def _said(answer: Answer) -> Response:
    body = "" if answer.body is None else jsonify(answer.body)
    return make_response(body, answer.status)


@bp.get("/ban-hang/cong-thanh-toan")
@access.signed_in
def gateways(actor: Actor) -> ResponseReturnValue:
    """Each seller's gateways: connected, stopped, or to be connected."""
    access.expect(actor, Permission.BANK_MANAGE)
    query = access.rows(actor, Seller, Permission.BANK_MANAGE).order_by(Seller.sort_key)
    page = pages.paged(query)
    rows = select(GatewayConnection).where(
        GatewayConnection.seller_id.in_([seller.id for seller in page.items])
    )
    there = {(row.seller_id, row.provider): row for row in db.session.scalars(rows)}
    labels = {name: module.label for name, module in merchants.GATEWAYS.items()}
    return pages.page("payments/gateways.html", page=page, there=there, labels=labels)


@bp.route("/ban-hang/cong-thanh-toan/<ref>/<provider>", methods=["GET", "POST"])
@access.signed_in
def connect(actor: Actor, ref: str, provider: str) -> ResponseReturnValue:
    """What a seller copies from a gateway's pages; secrets are never shown again."""
    seller = access.get(actor, Seller, ref, Permission.BANK_MANAGE)
    module = merchants.GATEWAYS.get(provider)
    if module is None:
        raise NotFound
    form = pages.Form()
    if request.method == "POST":
        form.values = {
            c.name: request.form.get(c.name, "") for c in module.credentials if not c.secret
        }
        with form.guard(), transaction():
            merchants.connect(actor, seller, provider, request.form)
        if not form.errors:
            return pages.saved(
                ".connect", _("Đã nối %(label)s.", label=module.label), ref=ref, provider=provider
            )
    with transaction():
        connection = merchants.of(seller.id, provider)
        if connection is not None and request.method == "GET":
            values = merchants.merchant(connection).values
            form.values = {
                c.name: values.get(c.name, "") for c in module.credentials if not c.secret
            }
        notify_url = connection and url_for(
            ".notice", provider=provider, ref=connection.ref, _external=True
        )
        active = connection is not None and connection.active
    return pages.page(
        "payments/gateway.html",
        form=form,
        seller=seller,
        module=module,
        notify_url=notify_url,
        active=active,
    )


@bp.post("/ban-hang/cong-thanh-toan/<ref>/<provider>/ngung")
@access.signed_in
def stop(actor: Actor, ref: str, provider: str) -> ResponseReturnValue:
    """No buyer is sent to this gateway any more."""
    with transaction():
        seller = access.get(actor, Seller, ref, Permission.BANK_MANAGE)
        connection = merchants.of(seller.id, provider)
        if connection is None:
            raise NotFound
        merchants.stop(actor, connection)
    return pages.saved(
        ".connect", _("Đã ngừng nhận tiền qua cổng này."), ref=ref, provider=provider
    )
