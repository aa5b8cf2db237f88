"""API: lots, what is left of them, and making their record public."""

from typing import Any

from flask import Response, url_for
from flask.views import MethodView
from marshmallow import fields
from sqlalchemy import Select
from sqlalchemy.orm import joinedload, lazyload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.fields import Quantity, Schema
from traceability import balances, choices, lots, publishing
from traceability.lot_schemas import LotSchema, NewLotSchema, ReasonedSchema
from traceability.models import Lot

blp = api.Blueprint("lots_api", __name__, url_prefix="/api/v1/lots", description="Lô hàng")

READ, WRITE = Permission.STAMPS_READ, Permission.TRACE_WRITE
NAMED = {"type": ["string", "null"]}
LOCATION = {"Location": {"description": "Address of the lot", "schema": {"type": "string"}}}


class LotOut(Schema):
    """Goods of one product made together: Vietnamese days, `quantity` in `unit`.

    `product`, `site`, `household`: references. `events`: how many stand in its record.
    `published_at`: since when everybody may read the record; `recalled_at`: called back since.
    """

    ref = fields.String(dump_only=True)
    code = fields.String(dump_only=True)
    product = fields.String(attribute="product.ref", dump_only=True)
    product_name = fields.String(attribute="product.name", dump_only=True)
    produced_on = fields.Date(dump_only=True, allow_none=True)
    expires_on = fields.Date(dump_only=True, allow_none=True)
    site = fields.Function(lambda row: row.site and row.site.ref, metadata=NAMED)
    household = fields.Function(lambda row: row.household and row.household.ref, metadata=NAMED)
    quantity = Quantity(dump_only=True, allow_none=True)
    unit = fields.String(dump_only=True, allow_none=True)
    illustrative = fields.Boolean(dump_only=True)
    events = fields.Integer(dump_only=True)
    published_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    recalled_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    recall_reason = fields.String(dump_only=True, allow_none=True)


class LotPage(CursorPage):
    """A piece of a list of lots."""

    items = fields.List(fields.Nested(LotOut), required=True)


def with_all(query: Select[Any]) -> Select[Any]:
    """A query of lots that brings along what LotOut shows."""
    product = joinedload(Lot.product).options(lazyload(Product.variants))
    return query.options(product, joinedload(Lot.site), joinedload(Lot.household))


def shown(row: Lot) -> dict[str, Any]:
    """What the API says of a lot."""
    said: dict[str, Any] = LotOut().dump(row)
    return said


@blp.route("")
class Lots(MethodView):
    """One's own lots."""

    @tokens.needs(blp, "trace:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, LotPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Every lot, the oldest first."""
        query = with_all(access.rows(actor, Lot, READ))
        return cursors.piece(query, [Lot.id], wanted, of="lots")

    @tokens.needs(blp, "trace:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(NewLotSchema)
    @blp.response(201, LotOut, headers=api.ETAG_HEADER | LOCATION)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Response:
        """Open a lot; what it is begins its record."""
        ref = api.act_once(actor.user_id, lambda _key: choices.open_lot(actor, data).ref)
        answer = api.tagged(shown(access.get(actor, Lot, ref, WRITE)), 201)
        answer.location = url_for("lots_api.OneLot", ref=ref)
        return answer


@blp.route("/<ref>")
class OneLot(MethodView):
    """One lot."""

    @tokens.needs(blp, "trace:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, LotOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """A lot by its reference."""
        return api.tagged(shown(access.get(actor, Lot, ref, READ)))

    @tokens.needs(blp, "trace:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(LotSchema)
    @blp.response(200, LotOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 409, 412, 428)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Say anew what the lot is, made from the version that If-Match names.

        What changed is one more event of its record. A public lot must keep all that it needs.
        """
        with transaction():
            row = access.get(actor, Lot, ref, WRITE, lock=True)
            api.require_match(shown(row))
            lots.change(actor, row, data | choices.of_lot(actor, row.seller_id, data))
            if row.published_at is not None:
                publishing.require(row)
        return api.tagged(shown(access.get(actor, Lot, ref, WRITE)))


class BalanceOut(Schema):
    """What the lot had and what of it is `left`, in `unit`; null where nobody said how much."""

    quantity = Quantity(dump_only=True, allow_none=True)
    left = Quantity(dump_only=True, allow_none=True)
    unit = fields.String(dump_only=True, allow_none=True)


@blp.route("/<ref>/balance")
class LotBalance(MethodView):
    """How much of a lot is left."""

    @tokens.needs(blp, "trace:read")
    @blp.response(200, BalanceOut)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> dict[str, Any]:
        """What it had, less what was used, sent off, destroyed or sold."""
        row = access.get(actor, Lot, ref, READ)
        return {"quantity": row.quantity, "left": balances.left(row), "unit": row.unit}


class LackOut(Schema):
    """`about`: a field of the lot, or photos, address, events, test, withdrawal."""

    about = fields.String(dump_only=True)
    text = fields.String(dump_only=True)


class PublicationOut(Schema):
    """Whether the record is public, and all that a public one lacks."""

    published_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    missing = fields.List(fields.Nested(LackOut), dump_only=True)


@blp.route("/<ref>/publication")
class LotPublication(MethodView):
    """Making the record of a lot public."""

    @tokens.needs(blp, "trace:read")
    @blp.response(200, PublicationOut)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> dict[str, Any]:
        """Since when the record is public, and what is missing for it."""
        row = access.get(actor, Lot, ref, READ)
        return {"published_at": row.published_at, "missing": publishing.missing(row)}

    @tokens.needs(blp, "trace:write")
    @blp.response(200, LotOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> Response:
        """Publish; twice is once. 409 names in `errors` each thing that is missing."""
        with transaction():
            publishing.publish(actor, access.get(actor, Lot, ref, WRITE, lock=True))
        return api.tagged(shown(access.get(actor, Lot, ref, WRITE)))


@blp.route("/<ref>/publication/end")
class LotPublicationEnd(MethodView):
    """Showing the record of a lot no more."""

    @tokens.needs(blp, "trace:write")
    @blp.arguments(ReasonedSchema)
    @blp.response(200, LotOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Stamps answer with code and days alone; twice is once."""
        with transaction():
            row = access.get(actor, Lot, ref, WRITE, lock=True)
            publishing.unpublish(actor, row, data["reason"])
        return api.tagged(shown(access.get(actor, Lot, ref, WRITE)))
