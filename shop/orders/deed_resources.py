"""API: what becomes of an order: moved on, weighed, sent under another number, goods back."""

from decimal import Decimal
from typing import Any

from flask import Response
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validate, validates_schema

from shop import api
from shop.accounts import access, audit, tokens
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import BadInput
from shop.fields import Choice, Quantity, Schema, Text
from shop.orders import parcels, returns, states, weighing, words
from shop.orders.models import Order, State
from shop.orders.resources import OrderOut, OrderWhole
from shop.orders.schemas import SendSchema, WhySchema

blp = api.Blueprint(
    "order_deeds_api", __name__, url_prefix="/api/v1/orders", description="Đơn hàng"
)

WRITE, MONEY_WRITE = Permission.ORDERS_WRITE, Permission.MONEY_WRITE
SHORTEST_WHY = 3
TO = sorted({*words.DEEDS, State.SHIPPED})


class MoveIn(Schema):
    """Where the order goes next. `why`: needed for "cancelled"; the buyer reads it.

    `carrier`, `tracking_no`: only with "shipped".
    """

    to = Choice(TO, required=True)
    why = Text(longest=200, load_default="")
    carrier = Text(longest=60, load_default="")
    tracking_no = Text(longest=60, load_default="")

    @validates_schema(skip_on_field_errors=True)
    def _says_why(self, data: dict[str, Any], **_more: Any) -> None:
        if data["to"] == State.CANCELLED and len(data["why"]) < SHORTEST_WHY:
            raise ValidationError(_("Hủy đơn thì ghi lý do, khách đọc thấy."), "why")


class LineIn(Schema):
    """So much of a line of the order; `line` counts them from 1, in the order's order."""

    line = fields.Integer(required=True, strict=True, validate=validate.Range(1, 500))
    quantity = Quantity(least="0.001", most="1000000", required=True)


class WeighIn(Schema):
    """What the scales say of weighed lines, and why it is another quantity."""

    lines = fields.List(fields.Nested(LineIn), required=True, validate=validate.Length(1, 500))
    why = Text(longest=200, shortest=3, required=True)


class ReturnIn(Schema):
    """What came back of which lines; `restock`: it can be sold again."""

    lines = fields.List(fields.Nested(LineIn), required=True, validate=validate.Length(1, 500))
    restock = fields.Boolean(required=True)
    why = Text(longest=300, shortest=3, required=True)


@blp.route("/<ref>/moves")
class OrderMoves(MethodView):
    """An order's next step."""

    @tokens.needs(blp, "orders:write")
    @blp.arguments(MoveIn)
    @blp.response(200, OrderOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Order:
        """Take the order one step on, or cancel it; where it is already nothing happens."""
        with transaction():
            row = access.get(actor, Order, ref, WRITE, lock=True)
            if row.state != data["to"]:
                _move(actor, row, data)
        return row


def _move(actor: Actor, row: Order, data: dict[str, Any]) -> None:
    to = State(data["to"])
    if to is State.SHIPPED:
        row.carrier, row.tracking_no = data["carrier"] or None, data["tracking_no"] or None
    states.move(row, to, who=actor.name, why=data["why"] or data["tracking_no"])
    audit.note(actor, "order.move", row, row.ref)


@blp.route("/<ref>/parcel")
class OrderParcel(MethodView):
    """Who carries what was sent, and its number there."""

    @tokens.needs(blp, "orders:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(SendSchema)
    @blp.response(200, OrderWhole, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 409, 412, 428)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Another carrier or number, made from the order as read; its log keeps the old one."""
        with transaction():
            row = access.get(actor, Order, ref, WRITE, lock=True)
            api.require_match(OrderWhole().dump(row))
            parcels.correct(row, data["carrier"], data["tracking_no"], who=actor.name)
            audit.note(actor, "order.parcel", row, row.ref)
        return api.tagged(OrderWhole().dump(access.get(actor, Order, ref, WRITE)))


@blp.route("/<ref>/weighings")
class OrderWeighings(MethodView):
    """The final quantity of weighed goods."""

    @tokens.needs(blp, "orders:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(WeighIn)
    @blp.response(200, OrderOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Order:
        """What was weighed is what is sold; the total follows, and the rest is asked for."""
        access.get(actor, Order, ref, WRITE)

        def act(_key: str) -> str:
            row = access.get(actor, Order, ref, WRITE, lock=True)
            weighing.weigh(row, _lines(row, data), who=actor.name, why=data["why"])
            audit.note(actor, "order.weigh", row, row.ref)
            return ref

        api.act_once(actor.user_id, act)
        return access.get(actor, Order, ref, WRITE)


@blp.route("/<ref>/shortfall")
class OrderShortfall(MethodView):
    """What is still open of an order that was paid in part."""

    @tokens.needs(blp, "money:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(WhySchema)
    @blp.response(200, OrderOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Order:
        """The seller asks for it no more: goods weighed more, or a little is missing."""
        access.get(actor, Order, ref, MONEY_WRITE)

        def act(_key: str) -> str:
            row = access.get(actor, Order, ref, MONEY_WRITE, lock=True)
            weighing.let_go(row, who=actor.name, why=data["why"])
            audit.note(actor, "order.let_go", row, row.ref)
            return ref

        api.act_once(actor.user_id, act)
        return access.get(actor, Order, ref, MONEY_WRITE)


@blp.route("/<ref>/returns")
class OrderReturns(MethodView):
    """Goods that came back."""

    @tokens.needs(blp, "orders:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(ReturnIn)
    @blp.response(200, OrderOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Order:
        """Goods of an order that was sent came back: into the stock, or written off."""
        access.get(actor, Order, ref, WRITE)

        def act(key: str) -> str:
            row = access.get(actor, Order, ref, WRITE, lock=True)
            came, why = _lines(row, data), data["why"]
            returns.take(row, came, restock=data["restock"], who=actor.name, why=why, key=key)
            audit.note(actor, "order.return", row, row.ref)
            return ref

        api.act_once(actor.user_id, act)
        return access.get(actor, Order, ref, WRITE)


def _lines(row: Order, data: dict[str, Any]) -> dict[int, Decimal]:
    """Line id → quantity. Raises BadInput for a line that the order has not, or twice."""
    ids = [line.id for line in row.lines]
    named = [each["line"] for each in data["lines"]]
    if len(set(named)) != len(named) or max(named) > len(ids):
        raise BadInput({"lines": [_("Mỗi dòng của đơn ghi một lần, đếm từ 1.")]})
    return {ids[each["line"] - 1]: each["quantity"] for each in data["lines"]}
