"""What the outside reaches: a buyer's wish for an invoice, and the provider's calls."""

import structlog
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import limits, pages
from shop.database import db, transaction
from shop.errors import NotFound
from shop.invoices import hooks, issuing
from shop.invoices.hooks import BadSignature
from shop.invoices.schemas import BuyerSchema
from shop.orders.models import Order, State

log = structlog.get_logger()

bp = Blueprint("invoice_hook", __name__)

PER_ADDRESS, REFUSED_PER_ADDRESS = "60/hour", "600/minute"
MOST_BYTES = 64 * 1024
OVER = frozenset({State.CANCELLED, State.EXPIRED, State.RETURNED})


@bp.post("/don/<token>/hoa-don")
@pages.public
def ask(token: str) -> ResponseReturnValue:
    """The buyer of an order wants an invoice with these data, until it is issued."""
    limits.hit(PER_ADDRESS, "invoice", request.remote_addr or "?")
    form = pages.form(BuyerSchema())
    if not form.errors:
        with form.guard(), transaction():
            order = db.session.scalar(select(Order).where(Order.token == token))
            if order is None or order.state in OVER:
                raise NotFound
            issuing.ask(order, form.data, order.buyer_name)
    if form.errors:
        return pages.refused("payments.pay", form, token=token)
    return pages.saved("payments.pay", _("Đã gửi người bán thông tin xuất hóa đơn."), token=token)


@bp.post("/webhooks/invoices/<ref>")
@pages.public
def notice(ref: str) -> ResponseReturnValue:
    """A provider reports number and state of an invoice. Repeats are answered like the first."""
    request.max_content_length = MOST_BYTES
    raw = request.get_data()
    try:
        with transaction():
            hooks.keep(ref, dict(request.headers), raw)
    except BadSignature as error:
        log.warning("invoice notice refused", terms=ref[:40], **error.facts)
        limits.hit(REFUSED_PER_ADDRESS, "webhook", request.remote_addr or "?")
        raise
    return jsonify(success=True)
