"""API: places where goods lie, and what of a pack is promised to nobody."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from shop import api
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.database import transaction
from shop.fields import Schema
from shop.inventory import locations, movements, resources
from shop.inventory.models import Location
from shop.inventory.resources import StockOut
from shop.inventory.schemas import PlaceSchema, SafetySchema
from shop.sellers.models import Seller

blp = api.Blueprint("places_api", __name__, url_prefix="/api/v1", description="Kho hàng")

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


class PlaceOut(Schema):
    """A place where a seller keeps goods; movements name it by its `ref`."""

    ref = fields.String(dump_only=True)
    name = fields.String(dump_only=True)
    main = fields.Boolean(dump_only=True)


class PlacesOut(Schema):
    """The places of a seller, the main one first."""

    places = fields.List(fields.Nested(PlaceOut), dump_only=True)


@blp.route("/sellers/<ref>/places")
class SellerPlaces(MethodView):
    """Where one seller keeps goods."""

    @tokens.needs(blp, "catalogue:read")
    @blp.response(200, PlacesOut)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> dict[str, Any]:
        """The seller's places in use; none before its first goods came."""
        return {"places": locations.all_of(access.get(actor, Seller, ref, READ).id)}

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(PlaceSchema)
    @blp.response(201, PlaceOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Location:
        """One more place; its name is new at the seller."""
        access.get(actor, Seller, ref, WRITE)

        def act(_key: str) -> str:
            seller = access.get(actor, Seller, ref, WRITE, lock=True)
            return locations.add(actor, seller.id, data["name"]).ref

        return access.get(actor, Location, api.act_once(actor.user_id, act), WRITE)


@blp.route("/stock/<ref>/safety")
class PackSafety(MethodView):
    """What is kept back of a pack."""

    @tokens.needs(blp, "catalogue:write")
    @blp.arguments(SafetySchema)
    @blp.response(200, StockOut)
    @api.refuses(blp, 404)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """So much of a pack is promised to nobody; the same again changes nothing."""
        with transaction():
            movements.keep_back(actor, access.get(actor, Variant, ref, WRITE), data["safety"])
        return resources.counted([access.get(actor, Variant, ref, WRITE)])[0]
