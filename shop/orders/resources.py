"""API: the orders of one's own sellers, to read and to print."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, BinaryIO

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.fields import Quantity
from shop.orders import slips
from shop.orders.models import Order

blp = api.Blueprint("orders_api", __name__, url_prefix="/api/v1/orders", description="Đơn hàng")


class LineOut(Schema):
    """What was sold, with the words and the price of that moment.

    `ordered_quantity`: what was asked for, where the scales said otherwise; else null.
    """

    name = fields.String(dump_only=True)
    pack = fields.String(dump_only=True)
    unit = fields.String(dump_only=True)
    quantity = Quantity(dump_only=True)
    ordered_quantity = Quantity(dump_only=True, allow_none=True)
    unit_price_vnd = fields.Integer(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)


class OrderOut(Schema):
    """An order as its seller's programs see it. `paid_vnd`: what the bank has confirmed so far.

    `total_vnd` = `goods_vnd` + `fee_vnd` − `discount_vnd`. `returned_vnd`: what goods that came
    back had cost; `refunded_vnd`: what went back of what came; `written_off_vnd`: what was let go.
    Of a pre-order `deposit_vnd` is asked for first, and it is delivered in the days named.
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
    returned_vnd = fields.Integer(dump_only=True)
    refunded_vnd = fields.Integer(dump_only=True)
    written_off_vnd = fields.Integer(dump_only=True)
    deposit_vnd = fields.Integer(dump_only=True)
    deliver_from = fields.Date(dump_only=True, allow_none=True)
    deliver_until = fields.Date(dump_only=True, allow_none=True)
    voucher_code = fields.String(dump_only=True, allow_none=True)
    weighed_note = fields.String(dump_only=True)
    placed_at = fields.AwareDateTime(dump_only=True)
    paid_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    lines = fields.List(fields.Nested(LineOut), dump_only=True)


class EventOut(Schema):
    """One move of an order; `from_state` is null where it was placed."""

    from_state = fields.String(dump_only=True, allow_none=True)
    to_state = fields.String(dump_only=True)
    at = fields.AwareDateTime(dump_only=True)
    who = fields.String(dump_only=True)
    why = fields.String(dump_only=True)


class OrderWhole(OrderOut):
    """An order with what happened to it, the oldest first."""

    events = fields.List(fields.Nested(EventOut), dump_only=True)


class FactOut(Schema):
    """A fact in words, ready to be shown: what it is of, and what it says."""

    name = fields.String(dump_only=True)
    said = fields.String(dump_only=True)


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
    @blp.response(200, OrderWhole, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """An order by its reference, and what happened to it."""
        return api.tagged(OrderWhole().dump(access.get(actor, Order, ref, Permission.ORDERS_READ)))


PDF = {"type": "string", "format": "binary"}


@blp.route("/<ref>/label")
class OrderLabel(MethodView):
    """The label of a parcel."""

    @tokens.needs(blp, "orders:read")
    @blp.response(200, PDF, content_type="application/pdf")
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """The A6 label to stick on the parcel."""
        return _paper(access.get(actor, Order, ref, Permission.ORDERS_READ), slips.label)


@blp.route("/<ref>/slip")
class OrderSlip(MethodView):
    """The packing slip of an order."""

    @tokens.needs(blp, "orders:read")
    @blp.response(200, PDF, content_type="application/pdf")
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """What to put into the parcel, on A6."""
        return _paper(access.get(actor, Order, ref, Permission.ORDERS_READ), slips.packing_slip)


def _paper(row: Order, draw: Callable[[Order, BinaryIO], None]) -> Response:
    out = BytesIO()
    draw(row, out)
    return Response(out.getvalue(), mimetype="application/pdf")
