"""API: places, member households, cartons and pallets."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import db
from shop.fields import Quantity, Schema, Text
from shop.sellers.models import Seller
from traceability import containers, sites
from traceability.lot_schemas import ContainerSchema, HouseholdSchema, SiteSchema
from traceability.models import Container, Household, Site

blp = api.Blueprint("sites_api", __name__, url_prefix="/api/v1", description="Nơi sản xuất, thùng")

READ, WRITE = Permission.STAMPS_READ, Permission.TRACE_WRITE


class SiteIn(SiteSchema):
    """A place of `seller` (reference). `where`: commune and province; `point`: "lat, long"."""

    seller = Text(longest=40, required=True)


class SiteOut(Schema):
    """A place where goods grow, are made or kept: WGS 84, `code` where the State gave one."""

    ref = fields.String(dump_only=True)
    name = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    code = fields.String(dump_only=True, allow_none=True)
    commune_code = fields.String(dump_only=True, allow_none=True)
    commune = fields.String(dump_only=True, allow_none=True)
    province = fields.String(dump_only=True, allow_none=True)
    latitude = fields.Decimal(dump_only=True, allow_none=True, as_string=True)
    longitude = fields.Decimal(dump_only=True, allow_none=True, as_string=True)
    hectares = Quantity(dump_only=True, allow_none=True)
    retired_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class SitePage(CursorPage):
    """A piece of a list of places."""

    items = fields.List(fields.Nested(SiteOut), required=True)


@blp.route("/sites")
class Sites(MethodView):
    """Places of one's own sellers."""

    @tokens.needs(blp, "trace:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, SitePage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Growing areas, workshops and stores, the oldest first."""
        return cursors.piece(access.rows(actor, Site, READ), [Site.id], wanted, of="sites")

    @tokens.needs(blp, "trace:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(SiteIn)
    @blp.response(201, SiteOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Site:
        """One more place."""

        def act(_key: str) -> str:
            seller = access.get(actor, Seller, data["seller"], WRITE)
            row = sites.save(actor, seller, data)
            db.session.flush()
            return row.ref

        return access.get(actor, Site, api.act_once(actor.user_id, act), WRITE)


@blp.route("/sites/<ref>")
class OneSite(MethodView):
    """One place."""

    @tokens.needs(blp, "trace:read")
    @blp.response(200, SiteOut)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> Site:
        """A place by its reference."""
        return access.get(actor, Site, ref, READ)


class HouseholdIn(HouseholdSchema):
    """A member household of `seller` (reference). `shown`: the person agreed to be named."""

    seller = Text(longest=40, required=True)


class HouseholdOut(Schema):
    """A member household; the record names only its `code`."""

    ref = fields.String(dump_only=True)
    code = fields.String(dump_only=True)
    name = fields.String(dump_only=True, allow_none=True)
    shown = fields.Boolean(dump_only=True)
    retired_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class HouseholdPage(CursorPage):
    """A piece of a list of households."""

    items = fields.List(fields.Nested(HouseholdOut), required=True)


@blp.route("/households")
class Households(MethodView):
    """Member households of one's own sellers."""

    @tokens.needs(blp, "trace:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, HouseholdPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Every household, the oldest first."""
        query = access.rows(actor, Household, READ)
        return cursors.piece(query, [Household.id], wanted, of="households")

    @tokens.needs(blp, "trace:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(HouseholdIn)
    @blp.response(201, HouseholdOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Household:
        """One more household."""

        def act(_key: str) -> str:
            seller = access.get(actor, Seller, data["seller"], WRITE)
            row = sites.save_household(actor, seller, data)
            db.session.flush()
            return row.ref

        return access.get(actor, Household, api.act_once(actor.user_id, act), WRITE)


class ContainerIn(ContainerSchema):
    """A carton or a pallet of `seller` (reference); without `code` (SSCC) it gets one of ours."""

    seller = Text(longest=40, required=True)


class ContainerOut(Schema):
    """A carton or a pallet."""

    ref = fields.String(dump_only=True)
    code = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class InsideOut(Schema):
    """So much of a lot that lies in a container."""

    lot = fields.String(dump_only=True)
    quantity = Quantity(dump_only=True)
    unit = fields.String(dump_only=True)


class ContainerWhole(ContainerOut):
    """A container and what lies in it: lots, how many stamped items, codes of what stands on it."""

    lots = fields.List(fields.Nested(InsideOut), dump_only=True)
    stamps = fields.Integer(dump_only=True)
    containers = fields.List(fields.String(), dump_only=True)


class ContainerPage(CursorPage):
    """A piece of a list of containers."""

    items = fields.List(fields.Nested(ContainerOut), required=True)


@blp.route("/containers")
class Containers(MethodView):
    """Cartons and pallets of one's own sellers."""

    @tokens.needs(blp, "trace:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, ContainerPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Every container, the oldest first."""
        query = access.rows(actor, Container, READ)
        return cursors.piece(query, [Container.id], wanted, of="containers")

    @tokens.needs(blp, "trace:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(ContainerIn)
    @blp.response(201, ContainerOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Container:
        """A new carton or pallet, empty."""

        def act(_key: str) -> str:
            seller = access.get(actor, Seller, data["seller"], WRITE)
            row = containers.open_container(actor, seller, data["kind"], data["code"])
            db.session.flush()
            return row.ref

        return access.get(actor, Container, api.act_once(actor.user_id, act), WRITE)


@blp.route("/containers/<ref>")
class OneContainer(MethodView):
    """One container."""

    @tokens.needs(blp, "trace:read")
    @blp.response(200, ContainerWhole)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> dict[str, Any]:
        """What lies in it now."""
        row = access.get(actor, Container, ref, READ)
        inside = containers.contents(row)
        lots = [
            {"lot": lot.ref, "quantity": quantity, "unit": unit}
            for lot, quantity, unit in inside.lots
        ]
        held = [each.code for each in inside.containers]
        about = {name: getattr(row, name) for name in ("ref", "code", "kind", "created_at")}
        return about | {"lots": lots, "stamps": inside.stamps, "containers": held}
