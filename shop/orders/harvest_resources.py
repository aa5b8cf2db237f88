"""API: harvests sold ahead, from the offer to the day the goods come or do not."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.fields import Quantity, Schema, Text
from shop.inventory import harvests
from shop.inventory.models import Harvest
from shop.inventory.schemas import ArrivalSchema, FailureSchema, HarvestSchema
from shop.orders import preorders

blp = api.Blueprint("harvests_api", __name__, url_prefix="/api/v1", description="Đơn hàng")


class HarvestIn(HarvestSchema):
    """A window in which so much of a pack will be there."""

    pack = Text(longest=40, required=True)


class HarvestChange(HarvestSchema):
    """A harvest as it is from now on. Not `active`: it takes no more orders."""

    active = fields.Boolean(required=True)


class HarvestOut(Schema):
    """A harvest sold ahead: days in Vietnam, quantity in the pack's unit, deposit in percent."""

    ref = fields.String(dump_only=True)
    pack = fields.String(attribute="variant.ref", dump_only=True)
    note = fields.String(dump_only=True)
    from_day = fields.Date(dump_only=True)
    until_day = fields.Date(dump_only=True)
    order_until = fields.Date(dump_only=True)
    quantity = Quantity(dump_only=True)
    deposit_percent = fields.Integer(dump_only=True)
    active = fields.Boolean(dump_only=True)
    arrived_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    cancelled_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class HarvestPage(CursorPage):
    """A piece of a list of harvests."""

    items = fields.List(fields.Nested(HarvestOut), required=True)


@blp.route("/harvests")
class Harvests(MethodView):
    """Harvests sold ahead."""

    @tokens.needs(blp, "catalogue:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, HarvestPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """One's own harvests, the oldest first."""
        query = access.rows(actor, Harvest, Permission.CATALOGUE_READ)
        query = query.options(joinedload(Harvest.variant))
        return cursors.piece(query, [Harvest.id], wanted, of="harvests")

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(HarvestIn)
    @blp.response(201, HarvestOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Harvest:
        """Offer a harvest; buyers order of it at once."""
        pack = data.pop("pack")

        def act(_key: str) -> str:
            variant = access.get(actor, Variant, pack, Permission.CATALOGUE_WRITE)
            return harvests.offer(actor, variant, data).ref

        made = api.act_once(actor.user_id, act)
        return access.get(actor, Harvest, made, Permission.CATALOGUE_WRITE)


@blp.route("/harvests/<ref>")
class OneHarvest(MethodView):
    """One harvest sold ahead."""

    @tokens.needs(blp, "catalogue:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, HarvestOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """A harvest by its reference."""
        row = access.get(actor, Harvest, ref, Permission.CATALOGUE_READ)
        return api.tagged(HarvestOut().dump(row))

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(HarvestChange)
    @blp.response(200, HarvestOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 409, 412, 428)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Other days, quantity or deposit, or no more orders; what was agreed stays agreed."""
        with transaction():
            row = access.get(actor, Harvest, ref, Permission.CATALOGUE_WRITE)
            harvests.lock(row)
            api.require_match(HarvestOut().dump(row))
            harvests.change(actor, row, data)
        row = access.get(actor, Harvest, ref, Permission.CATALOGUE_WRITE)
        return api.tagged(HarvestOut().dump(row))


class ArrivalIn(ArrivalSchema):
    """How much was really harvested this time, in the pack's unit."""


class ArrivalOut(Schema):
    """`short`: orders that got none of it yet, in the order they were placed.

    Empty for who may not read orders.
    """

    harvest = fields.Nested(HarvestOut, dump_only=True)
    short = fields.List(fields.String(), dump_only=True)


class FailureIn(FailureSchema):
    """Why the goods do not come; every buyer reads it."""


@blp.route("/harvests/<ref>/arrivals")
class HarvestArrivals(MethodView):
    """Goods of a harvest that came."""

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(ArrivalIn)
    @blp.response(201, ArrivalOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """Receive goods into the stock; they serve the orders as they were placed."""
        access.get(actor, Harvest, ref, Permission.CATALOGUE_WRITE)

        def act(key: str) -> str:
            row = access.get(actor, Harvest, ref, Permission.CATALOGUE_WRITE)
            source = f"harvest:{ref}:{key}"
            preorders.arrive(actor, row, data["quantity"], source=source)
            return ref

        api.act_once(actor.user_id, act)
        row = access.get(actor, Harvest, ref, Permission.CATALOGUE_WRITE)
        may_see = actor.may(Permission.ORDERS_READ, row.seller_id)
        short = preorders.short(row) if may_see else []
        return {"harvest": row, "short": [order.ref for order in short]}


@blp.route("/harvests/<ref>/failure")
class HarvestFailure(MethodView):
    """A harvest that does not come."""

    @tokens.needs(blp, "orders:write")
    @blp.arguments(FailureIn)
    @blp.response(200, HarvestOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Harvest:
        """Cancel the harvest and its open orders, each with the reason."""
        with transaction():
            row = access.get(actor, Harvest, ref, Permission.ORDERS_WRITE)
            preorders.cancel(actor, row, data["why"])
            return row
