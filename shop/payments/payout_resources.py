"""API: money that an operator collected for sellers, and paying it out to them."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.errors import NotFound
from shop.fields import Schema, Text
from shop.payments import holdings, payouts
from shop.payments.models import Payout
from shop.sellers.models import Seller

blp = api.Blueprint("payouts_api", __name__, url_prefix="/api/v1", description="Thanh toán")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE


class PayoutOut(Schema):
    """What a collector pays a seller. `state`: due, sent, received, cancelled.

    `ref` is written into the transfer of `amount_vnd`.
    """

    ref = fields.String(dump_only=True)
    seller = fields.String(attribute="seller.ref", dump_only=True)
    collector = fields.String(attribute="collector.ref", dump_only=True)
    state = fields.String(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)
    asked_at = fields.AwareDateTime(dump_only=True)
    sent_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    received_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class PayoutPage(CursorPage):
    """A piece of a list of payouts."""

    items = fields.List(fields.Nested(PayoutOut), required=True)


class PayoutIn(Schema):
    """Which seller gets what is owing to it."""

    seller = Text(longest=40, required=True)


@blp.route("/payouts")
class Payouts(MethodView):
    """Payouts of collected money."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, PayoutPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Payouts that one's own sellers get or pay, the oldest first; none if nobody collects."""
        mine = access.rows(actor, Seller, READ).with_only_columns(Seller.id)
        query = select(Payout).where(or_(Payout.seller_id.in_(mine), Payout.collector_id.in_(mine)))
        query = query.options(joinedload(Payout.seller), joinedload(Payout.collector))
        return cursors.piece(query, [Payout.id], wanted, of="payouts")

    @tokens.needs(blp, "money:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(PayoutIn)
    @blp.response(201, PayoutOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Payout:
        """The collector pays out all that is owing to a seller; somebody then transfers it."""

        def act(_key: str) -> str:
            collector, seller = holdings.held_for(actor, data["seller"], WRITE)
            return payouts.make(actor, collector, seller).ref

        return holdings.get(actor, api.act_once(actor.user_id, act))


@blp.route("/payouts/<ref>/cancellation")
class PayoutCancellation(MethodView):
    """A payout that is not transferred."""

    @tokens.needs(blp, "money:write")
    @blp.response(200, PayoutOut)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> Payout:
        """The collector does not transfer it: its orders are owing again."""
        with transaction():
            row = holdings.get(actor, ref, lock=True)
            if not actor.may(WRITE, row.collector_id):
                raise NotFound(ref=ref)
            payouts.cancel(actor, row)
        return holdings.get(actor, ref)


@blp.route("/payouts/<ref>/receipt")
class PayoutReceipt(MethodView):
    """A payout that came."""

    @tokens.needs(blp, "money:write")
    @blp.response(200, PayoutOut)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> Payout:
        """The seller says that the money came; its bank's word replaces this one."""
        with transaction():
            row = holdings.get(actor, ref, lock=True)
            if not actor.may(WRITE, row.seller_id):
                raise NotFound(ref=ref)
            payouts.received(row, actor.name, booked=False)
        return holdings.get(actor, ref)
