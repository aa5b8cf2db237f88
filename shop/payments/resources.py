"""API: orders that staff write down, how they are paid, and money given back."""

from typing import Any

from flask import Response, url_for
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, audit, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import db, transaction
from shop.fields import Choice, Phone, Quantity, Schema, Text, Vnd
from shop.orders import dues, entry, preorders
from shop.orders.models import OWN_HANDINGS, OWN_WAYS, Order, PayBy
from shop.orders.resources import OrderOut
from shop.orders.words import ENTRY_SOURCES
from shop.payments import refunds, requests
from shop.payments.errors import NoAccount, RefundEnded
from shop.payments.models import PaymentRequest, Refund, RefundBy, RefundState
from shop.sellers.models import Seller

blp = api.Blueprint("payments_api", __name__, url_prefix="/api/v1", description="Thanh toán")


class WantIn(Schema):
    """So much of a pack, in the pack's unit."""

    pack = Text(longest=40, required=True)
    quantity = Quantity(least="0.001", most="100000", required=True)


class OrderIn(Schema):
    """An order as it was said: by phone, Zalo or at the counter. `voucher`: a code to use."""

    seller = Text(longest=40, required=True)
    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)
    address = Text(longest=300, load_default="")
    handing = Choice(list(OWN_HANDINGS), required=True)
    pay_by = Choice(list(OWN_WAYS), required=True)
    fee_vnd = Vnd(least=0, most=10_000_000, load_default=0)
    source = Choice(list(ENTRY_SOURCES), required=True)
    note = Text(longest=300, load_default="")
    voucher = Text(longest=20, load_default="")
    lines = fields.List(fields.Nested(WantIn), required=True, validate=validate.Length(1, 50))


class PaymentOut(Schema):
    """How an order is paid. `due_vnd`: asked for now; `vietqr`: the code's payload for it.

    `standing`: unpaid, partial, paid, partially_refunded, refunded. `page`: the buyer's own page.
    """

    order = fields.String()
    standing = fields.String()
    due_vnd = fields.Integer()
    open_vnd = fields.Integer()
    paid_vnd = fields.Integer()
    owed_to_buyer_vnd = fields.Integer()
    vietqr = fields.String(allow_none=True)
    page = fields.String()


class RefundOut(Schema):
    """Money given back. `state`: due (to be transferred), asked (of the gateway), paid, failed.

    `order`: null where nobody knows of which order it came; `payee`: who sent it, as the bank said.
    `reference`: to be written into the transfer.
    """

    ref = fields.String(dump_only=True)
    order = fields.String(attribute="order.ref", dump_only=True, dump_default=None, allow_none=True)
    reference = fields.String(dump_only=True)
    payee = fields.String(dump_only=True)
    way = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)
    reason = fields.String(dump_only=True)
    asked_at = fields.AwareDateTime(dump_only=True)
    settled_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class RefundPage(CursorPage):
    """A piece of a list of refunds."""

    items = fields.List(fields.Nested(RefundOut), required=True)


class RefundIn(Schema):
    """How much goes back and why.

    By transfer (done when the bank says so), in cash (done), or the way it came through a gateway.
    """

    amount_vnd = Vnd(least=1, most=1_000_000_000, required=True)
    way = Choice(list(RefundBy), required=True)
    reason = Text(longest=200, shortest=2, required=True)


@blp.route("/orders")
class NewOrder(MethodView):
    """An order that staff write down."""

    @tokens.needs(blp, "orders:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(OrderIn)
    @blp.response(201, OrderOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Response:
        """Place an order; it holds its goods, and its code to pay with is there at once."""

        def act(key: str) -> str:
            seller = access.get(actor, Seller, data["seller"], Permission.ORDERS_WRITE)
            rows = [(each["pack"], each["quantity"]) for each in data["lines"]]
            order = entry.write(actor, seller, data, rows, key)
            if order.pay_by == PayBy.CASHLESS:
                _ask(order)
            return order.ref

        ref = api.act_once(actor.user_id, act)
        row = access.get(actor, Order, ref, Permission.ORDERS_WRITE)
        answer = api.tagged(OrderOut().dump(row), 201)
        answer.location = url_for("orders_api.OneOrder", ref=ref)
        return answer


def _ask(order: Order) -> None:
    try:
        requests.open(order)
    except NoAccount:
        return  # the order stands; its payment says that there is no code


@blp.route("/orders/<ref>/payment")
class OrderPayment(MethodView):
    """How an order is paid."""

    @tokens.needs(blp, "orders:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, PaymentOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """What is due now and its VietQR payload, what came, what is owed to the buyer."""
        order = access.get(actor, Order, ref, Permission.ORDERS_READ)
        asked = db.session.scalar(select(PaymentRequest).where(PaymentRequest.order_id == order.id))
        return api.tagged(
            {
                "order": order.ref,
                "standing": dues.standing(order),
                "due_vnd": preorders.due_vnd(order),
                "open_vnd": dues.open_vnd(order),
                "paid_vnd": order.paid_vnd,
                "owed_to_buyer_vnd": dues.owed_vnd(order),
                "vietqr": requests.code(asked, order) if asked else None,
                "page": url_for("payments.pay", token=order.token, _external=True),
            }
        )


@blp.route("/orders/<ref>/refunds")
class OrderRefunds(MethodView):
    """Money of an order that goes back."""

    @tokens.needs(blp, "money:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(RefundIn)
    @blp.response(201, RefundOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Refund:
        """Decide a refund; never more than came for the order."""
        access.get(actor, Order, ref, Permission.MONEY_WRITE)

        def act(key: str) -> str:
            order = access.get(actor, Order, ref, Permission.MONEY_WRITE, lock=True)
            row = refunds.give_back(
                order,
                data["amount_vnd"],
                RefundBy(data["way"]),
                reason=data["reason"],
                by=actor.name,
                key=key,
            )
            audit.note(actor, "refund.decide", order, str(data["amount_vnd"]))
            return row.ref

        made = api.act_once(actor.user_id, act)
        return access.get(actor, Refund, made, Permission.MONEY_READ)


@blp.route("/refunds")
class Refunds(MethodView):
    """One's own refunds."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, RefundPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Refunds as they were decided, the oldest first."""
        query = access.rows(actor, Refund, Permission.MONEY_READ).options(joinedload(Refund.order))
        return cursors.piece(query, [Refund.id], wanted, of="refunds")


@blp.route("/refunds/<ref>/end")
class RefundEnd(MethodView):
    """A refund that is not made."""

    @tokens.needs(blp, "money:write")
    @blp.response(200, RefundOut)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> Refund:
        """A transfer that was due is not made: the order has the money still. Twice is once."""
        there = access.get(actor, Refund, ref, Permission.MONEY_WRITE)
        with transaction():
            row = refunds.locked(there.id)
            if row.state == RefundState.PAID:
                raise RefundEnded
            if row.state == RefundState.DUE:
                refunds.fail(row, "given_up", _("bỏ, %(who)s", who=actor.name))
                audit.note(actor, "refund.give_up", row, str(row.amount_vnd))
        return access.get(actor, Refund, ref, Permission.MONEY_READ)
