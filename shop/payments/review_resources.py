"""API: payments that gateways hold for review, and what a person says of them."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, audit, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.fields import Schema, Text, Vnd
from shop.payments import reviews
from shop.payments.models import GatewayPayment

PREFIX = "/api/v1/gateway-payments"
blp = api.Blueprint("gateway_payments_api", __name__, url_prefix=PREFIX, description="Thanh toán")


class GatewayPaymentOut(Schema):
    """A buyer's try to pay at a gateway. `state`: pending, paid, failed, review.

    `told_vnd`: what the gateway says came, where that is not what was asked for. `applied_vnd`:
    what of it paid the order; the rest is the buyer's.
    """

    ref = fields.String(dump_only=True)
    order = fields.String(attribute="order.ref", dump_only=True)
    provider = fields.String(dump_only=True)
    transaction = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    said = fields.String(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)
    told_vnd = fields.Integer(dump_only=True, allow_none=True)
    applied_vnd = fields.Integer(dump_only=True)
    started_at = fields.AwareDateTime(dump_only=True)
    captured_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class GatewayPaymentPage(CursorPage):
    """A piece of a list of payments."""

    items = fields.List(fields.Nested(GatewayPaymentOut), required=True)


class TakenIn(Schema):
    """How much did come; null: what the gateway says."""

    amount_vnd = Vnd(least=1, most=1_000_000_000, load_default=None, allow_none=True)


class GivenBackIn(Schema):
    """Why it went back."""

    reason = Text(longest=200, shortest=2, required=True)


@blp.route("/review")
class InReview(MethodView):
    """Payments for a person to decide about."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, GatewayPaymentPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """What gateways hold for review or told another amount of, the oldest first."""
        query = access.rows(actor, GatewayPayment, Permission.MONEY_READ).where(reviews.WAITING)
        query = query.options(joinedload(GatewayPayment.order))
        return cursors.piece(query, [GatewayPayment.id], wanted, of="gateway_reviews")


@blp.route("/<ref>/accept")
class Accept(MethodView):
    """Money that did come."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(TakenIn)
    @blp.response(200, GatewayPaymentOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> GatewayPayment:
        """Say that it came: it pays the order, the rest is the buyer's credit."""
        with transaction():
            row = access.get(actor, GatewayPayment, ref, Permission.MONEY_WRITE, lock=True)
            amount_vnd = data["amount_vnd"] or reviews.came_vnd(row)
            reviews.accept(row, amount_vnd, actor.name)
            audit.note(actor, "gateway_payment.accept", row, str(amount_vnd))
        return access.get(actor, GatewayPayment, ref, Permission.MONEY_READ)


@blp.route("/<ref>/given-back")
class GivenBack(MethodView):
    """Money that the gateway gave back."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(GivenBackIn)
    @blp.response(200, GatewayPaymentOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> GatewayPayment:
        """Say that the gateway gave all of it back to the buyer."""
        with transaction():
            row = access.get(actor, GatewayPayment, ref, Permission.MONEY_WRITE, lock=True)
            amount_vnd = reviews.came_vnd(row)
            reviews.given_back(row, amount_vnd, data["reason"], actor.name)
            audit.note(actor, "gateway_payment.given_back", row, str(amount_vnd))
        return access.get(actor, GatewayPayment, ref, Permission.MONEY_READ)
