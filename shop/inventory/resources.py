"""API: stock by pack, and booking what came, was counted, lost or moved."""

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
from shop.fields import Quantity, Schema
from shop.inventory import movements, stock
from shop.inventory.schemas import MovementSchema

blp = api.Blueprint("stock_api", __name__, url_prefix="/api/v1/stock", description="Kho hàng")


class StockOut(Schema):
    """A pack's stock in its unit: `saleable` = `on_hand` − `reserved` − `safety`."""

    pack = fields.String()
    product = fields.String()
    name = fields.String()
    unit = fields.String()
    on_hand = Quantity()
    reserved = Quantity()
    safety = Quantity()
    saleable = Quantity()


class StockPage(CursorPage):
    """A piece of a list of stock."""

    items = fields.List(fields.Nested(StockOut), required=True)


@blp.route("")
class Stock(MethodView):
    """The stock of one's own packs."""

    @tokens.needs(blp, "catalogue:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, StockPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """What lies there, what is promised, what may still be sold, pack by pack."""
        query = access.rows(actor, Variant, Permission.CATALOGUE_READ).where(Variant.active)
        query = query.options(joinedload(Variant.product))
        found = cursors.piece(query, [Variant.id], wanted, of="stock")
        return Piece(counted(found.items), found.next_cursor)


def counted(packs: list[Variant]) -> list[dict[str, Any]]:
    """What StockOut shows of each of these packs."""
    ids = [pack.id for pack in packs]
    there, held = stock.on_hand(ids), stock.reserved(ids)
    kept, saleable = stock.safety(ids), stock.saleable(ids)
    return [
        {
            "pack": pack.ref,
            "product": pack.product.ref,
            "name": f"{pack.product.name}, {pack.pack}",
            "unit": pack.unit,
            "on_hand": there.get(pack.id, stock.ZERO),
            "reserved": held.get(pack.id, stock.ZERO),
            "safety": kept.get(pack.id, stock.ZERO),
            "saleable": saleable[pack.id],
        }
        for pack in packs
    ]


@blp.route("/<ref>")
class PackStock(MethodView):
    """The stock of one pack."""

    @tokens.needs(blp, "catalogue:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, StockOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """The stock of a pack by its reference."""
        pack = access.get(actor, Variant, ref, Permission.CATALOGUE_READ)
        return api.tagged(StockOut().dump(counted([pack])[0]))


@blp.route("/<ref>/movements")
class PackMovements(MethodView):
    """Movements of one pack's stock."""

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(MovementSchema)
    @blp.response(200, StockOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """Book a receipt, a count, a loss or a move to another place, with its reason."""
        access.get(actor, Variant, ref, Permission.CATALOGUE_WRITE)

        def act(key: str) -> str:
            pack = access.get(actor, Variant, ref, Permission.CATALOGUE_WRITE)
            movements.book(actor, pack, data, source=key)
            return ref

        api.act_once(actor.user_id, act)
        return counted([access.get(actor, Variant, ref, Permission.CATALOGUE_WRITE)])[0]
