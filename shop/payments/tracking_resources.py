"""API: a buyer's own order, by the unguessable token of its link; no account."""

from typing import Any

from flask import Response, request, url_for
from flask.views import MethodView
from marshmallow import Schema, fields

from shop import api, limits
from shop.database import transaction
from shop.orders import copies, dues, preorders
from shop.orders.models import Order, State
from shop.orders.resources import FactOut, OrderOut
from shop.payments import banks, tracking
from shop.payments.models import PaymentRequest

blp = api.Blueprint("tracking_api", __name__, url_prefix="/api/v1/tracking", description="Mua hàng")


class PayOut(Schema):
    """Where the money goes: a VietQR payload for `due_vnd`, or the account and what to write.

    `content`: to be written into the transfer, nothing else. `illustrative`: of a demonstration,
    no real money. `collector`: who takes it for the seller, null where the seller does itself.
    """

    vietqr = fields.String(dump_only=True)
    bank_bin = fields.String(dump_only=True)
    bank = fields.String(dump_only=True)
    account_number = fields.String(dump_only=True)
    account_name = fields.String(dump_only=True)
    content = fields.String(dump_only=True)
    collector = fields.String(dump_only=True, allow_none=True)
    illustrative = fields.Boolean(dump_only=True)


class TrackedOut(OrderOut):
    """An order as its buyer sees it.

    `due_vnd`: to be paid now; `open_vnd`: still to be paid at all. `payment`: null when nothing is
    to be transferred now, or the seller has no account yet. `expires_at`: when it is let go unless
    money came. `why`: of what fell through. `seller_facts`, `terms`: what the law wants kept.
    `page`, `copy`: the buyer's own page, and a PDF to keep.
    """

    class Meta:
        """Where an order came from is the seller's affair."""

        exclude = ("source",)

    expires_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    due_vnd = fields.Integer(dump_only=True)
    open_vnd = fields.Integer(dump_only=True)
    standing = fields.String(dump_only=True)
    payment = fields.Nested(PayOut, dump_only=True, allow_none=True)
    may_cancel = fields.Boolean(dump_only=True)
    why = fields.String(dump_only=True)
    seller_facts = fields.List(fields.Nested(FactOut), dump_only=True)
    terms = fields.List(fields.Nested(FactOut), dump_only=True)
    page = fields.String(dump_only=True)
    copy = fields.String(dump_only=True)


@blp.route("/<token>")
class Tracked(MethodView):
    """One's own order."""

    public = True

    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, TrackedOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404, 429)
    def get(self, token: str) -> Response:
        """Where the order stands and what to pay; ask again with If-None-Match."""
        return _answer(*_asked(token))


@blp.route("/<token>/cancellation")
class TrackedCancellation(MethodView):
    """An order that its buyer wants no more."""

    public = True

    @blp.response(200, TrackedOut)
    @api.refuses(blp, 404, 409, 429)
    def post(self, token: str) -> Response:
        """Cancel it, as long as no money came; what is cancelled stays so."""
        order, asked = _asked(token)
        if order.state != State.CANCELLED:
            with transaction():
                tracking.cancel(order)
        return _answer(order, asked)


def _asked(token: str) -> tuple[Order, PaymentRequest | None]:
    limits.hit(tracking.PER_ADDRESS, "pay", request.remote_addr or "?")
    return tracking.find(token)


def _answer(order: Order, asked: PaymentRequest | None) -> Response:
    facts = {
        "due_vnd": preorders.due_vnd(order),
        "open_vnd": dues.open_vnd(order),
        "standing": dues.standing(order),
        "expires_at": order.expires_at if tracking.may_cancel(order) else None,
        "payment": _payment(order, asked),
        "may_cancel": tracking.may_cancel(order),
        "why": tracking.why(order),
        "seller_facts": _facts(copies.seller(order)),
        "terms": _facts(copies.terms(order)),
        "page": url_for("payments.pay", token=order.token, _external=True),
        "copy": url_for("payments.copy", token=order.token, _external=True),
    }
    body = OrderOut(exclude=("source",)).dump(order) | TrackedOut(only=list(facts)).dump(facts)
    answer = api.tagged(body)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _payment(order: Order, asked: PaymentRequest | None) -> dict[str, Any] | None:
    vietqr = tracking.code(order, asked)
    if vietqr is None or asked is None:
        return None
    account = asked.bank_account
    bank = banks.bank(account.bank_bin)
    return {
        "vietqr": vietqr,
        "bank_bin": account.bank_bin,
        "bank": bank.short_name if bank else account.bank_bin,
        "account_number": account.account_number,
        "account_name": account.account_name,
        "content": order.ref,
        "collector": order.collector.name if order.collector else None,
        "illustrative": account.illustrative,
    }


def _facts(found: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": str(name), "said": str(said)} for name, said in found]
