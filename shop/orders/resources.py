"""API: the orders of one's own sellers, to read."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.fields import Quantity
from shop.orders.models import Order

blp = api.Blueprint("orders_api", __name__, url_prefix="/api/v1/orders", description="Đơn hàng")


class LineOut(Schema):
    """What was ordered, with the words and the price of that moment."""

    name = fields.String(dump_only=True)
    pack = fields.String(dump_only=True)
    unit = fields.String(dump_only=True)
    quantity = Quantity(dump_only=True)
    unit_price_vnd = fields.Integer(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)


class OrderOut(Schema):
    """An order as its seller's programs see it. `paid_vnd`: what the bank has confirmed so far.

    `total_vnd` = `goods_vnd` + `fee_vnd` − `discount_vnd`.
    """

    ref = fields.String(dump_only=True)
    seller = fields.String(attribute="seller.ref", dump_only=True)
    state = fields.String(dump_only=True)
    source = fields.String(dump_only=True)
    buyer_name = fields.String(dump_only=True)
    buyer_phone = fields.String(dump_only=True)
    address = fields.String(dump_only=True)
    pay_by = fields.String(dump_only=True)
    handing = fields.String(dump_only=True)
    note = fields.String(dump_only=True)
    carrier = fields.String(dump_only=True, allow_none=True)
    tracking_no = fields.String(dump_only=True, allow_none=True)
    goods_vnd = fields.Integer(dump_only=True)
    fee_vnd = fields.Integer(dump_only=True)
    discount_vnd = fields.Integer(dump_only=True)
    total_vnd = fields.Integer(dump_only=True)
    paid_vnd = fields.Integer(dump_only=True)
    placed_at = fields.AwareDateTime(dump_only=True)
    paid_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    lines = fields.List(fields.Nested(LineOut), dump_only=True)


class OrderPage(CursorPage):
    """A piece of a list of orders."""

    items = fields.List(fields.Nested(OrderOut), required=True)


@blp.route("")
class Orders(MethodView):
    """One's own orders."""

    @tokens.needs(blp, "orders:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, OrderPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Orders as they came, the oldest first: keep the last cursor and ask on for new ones."""
        query = access.rows(actor, Order, Permission.ORDERS_READ).options(joinedload(Order.seller))
        return cursors.piece(query, [Order.id], wanted, of="orders")


@blp.route("/<ref>")
class OneOrder(MethodView):
    """One order."""

    @tokens.needs(blp, "orders:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, OrderOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """An order by its reference."""
        return api.tagged(OrderOut().dump(access.get(actor, Order, ref, Permission.ORDERS_READ)))
