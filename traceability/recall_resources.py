"""API: calling lots back, and whom that concerns."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.fields import Quantity, Schema, Text
from traceability import recalls
from traceability.models import Lot
from traceability.recall_models import Recall
from traceability.recalls import Concerned
from traceability.schemas import ReasonSchema

blp = api.Blueprint("recalls_api", __name__, url_prefix="/api/v1", description="Thu hồi")

READ, WRITE = Permission.STAMPS_READ, Permission.RECALL


class RecallIn(ReasonSchema):
    """The lot (reference) to call back with everything made from it, and why: buyers read it."""

    lot = Text(longest=40, required=True)


class ReleaseIn(ReasonSchema):
    """Why the lots are called back no longer."""


class RecallOut(Schema):
    """A recall that began with `lot`. `by`: who decided; `released_at`: over since."""

    ref = fields.String(dump_only=True)
    lot = fields.String(attribute="lot.ref", dump_only=True)
    code = fields.String(attribute="lot.code", dump_only=True)
    reason = fields.String(dump_only=True)
    by = fields.String(dump_only=True)
    at = fields.AwareDateTime(dump_only=True)
    released_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    release_reason = fields.String(dump_only=True, allow_none=True)


class RecallPage(CursorPage):
    """A piece of a list of recalls."""

    items = fields.List(fields.Nested(RecallOut), required=True)


class ConcernedLot(Schema):
    """A lot that is reached, and since when it is called back."""

    ref = fields.String(dump_only=True)
    code = fields.String(dump_only=True)
    product = fields.String(attribute="product.ref", dump_only=True)
    recalled_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class ConcernedStamps(Schema):
    """A batch of stamps on these goods: how many are printed and how many active."""

    batch = fields.String(dump_only=True)
    lot = fields.String(dump_only=True)
    printed = fields.Integer(dump_only=True)
    active = fields.Integer(dump_only=True)


class ConcernedOrder(Schema):
    """So much of a lot that went into an order, in the unit of its line; and its buyer."""

    order = fields.String(attribute="order.ref", dump_only=True)
    lot = fields.String(attribute="lot.ref", dump_only=True)
    quantity = Quantity(dump_only=True)
    unit = fields.String(dump_only=True)
    buyer_name = fields.String(attribute="order.buyer_name", dump_only=True)
    buyer_phone = fields.String(attribute="order.buyer_phone", dump_only=True, allow_none=True)


class ReachOut(Schema):
    """Whom and what the lot leads to. `made_from`: the lots that it was made from itself.

    `orders` is null for who may not read orders (scope `orders:read`): they name buyers.
    """

    lots = fields.List(fields.Nested(ConcernedLot), dump_only=True)
    made_from = fields.List(fields.Nested(ConcernedLot), dump_only=True)
    containers = fields.List(fields.String(), dump_only=True)
    stamps = fields.List(fields.Nested(ConcernedStamps), dump_only=True)
    orders = fields.List(fields.Nested(ConcernedOrder), dump_only=True, allow_none=True)


class RecallWhole(RecallOut):
    """A recall and whom and what it concerns."""

    reach = fields.Nested(ReachOut, dump_only=True)


@blp.route("/lots/<ref>/recall-preview")
class LotRecallPreview(MethodView):
    """What calling a lot back would concern."""

    @tokens.needs(blp, "trace:recall")
    @blp.response(200, ReachOut)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> dict[str, Any]:
        """Lots made from it and into it, their containers, stamps and orders; changes nothing."""
        row = access.get(actor, Lot, ref, WRITE)
        return _reach(actor, row, recalls.concerned(recalls.forward(row)))


def _reach(actor: Actor, lot: Lot, found: Concerned) -> dict[str, Any]:
    stamps = [
        {"batch": batch.ref, "lot": batch.lot.ref, "printed": made, "active": active}
        for batch, made, active in found.stamps
        if batch.lot is not None
    ]
    may_read_orders = actor.may(Permission.ORDERS_READ, lot.seller_id)
    return {
        "lots": found.lots,
        "made_from": recalls.made_from(lot),
        "containers": [box.code for box in found.containers],
        "stamps": stamps,
        "orders": found.orders if may_read_orders else None,
    }


@blp.route("/recalls")
class Recalls(MethodView):
    """Recalls of one's own sellers."""

    @tokens.needs(blp, "trace:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, RecallPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Every recall, the oldest first."""
        query = access.rows(actor, Recall, READ).options(joinedload(Recall.lot))
        return cursors.piece(query, [Recall.id], wanted, of="recalls")

    @tokens.needs(blp, "trace:recall")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(RecallIn)
    @blp.response(201, RecallWhole)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """Call a lot back and everything made from it: scans say so from now on."""

        def act(_key: str) -> str:
            lot = access.get(actor, Lot, data["lot"], WRITE)
            return recalls.recall(actor, lot, data["reason"]).ref

        made = access.get(actor, Recall, api.act_once(actor.user_id, act), WRITE)
        return _whole(actor, made)


@blp.route("/recalls/<ref>")
class OneRecall(MethodView):
    """One recall."""

    @tokens.needs(blp, "trace:read")
    @blp.response(200, RecallWhole)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> dict[str, Any]:
        """A recall, and whom and what it concerns."""
        return _whole(actor, access.get(actor, Recall, ref, READ))


_PLAIN = ("ref", "lot", "reason", "by", "at", "released_at", "release_reason")


def _whole(actor: Actor, row: Recall) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: getattr(row, name) for name in RecallOut().fields.keys() - {"code"}
    }
    return said | {"reach": _reach(actor, row.lot, recalls.held(row))}


@blp.route("/recalls/<ref>/release")
class RecallRelease(MethodView):
    """The end of a recall."""

    @tokens.needs(blp, "trace:recall")
    @blp.arguments(ReleaseIn)
    @blp.response(200, RecallOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Recall:
        """Every lot that no other recall holds is let go; 409 when that was done before."""
        with transaction():
            row = access.get(actor, Recall, ref, WRITE)
            return recalls.release(actor, row.lot, data["reason"])
