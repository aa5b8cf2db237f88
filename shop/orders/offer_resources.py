"""API: vouchers."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.fields import Schema, Text
from shop.orders import vouchers
from shop.orders.models import Voucher
from shop.orders.schemas import VoucherSchema
from shop.sellers.models import Seller

blp = api.Blueprint("offers_api", __name__, url_prefix="/api/v1", description="Đơn hàng")


class VoucherIn(VoucherSchema):
    """A new voucher of a seller: `amount_vnd` or `percent` (up to `cap_vnd`)."""

    seller = Text(longest=40, required=True)


class VoucherOut(Schema):
    """A voucher. Null limits are none."""

    ref = fields.String(dump_only=True)
    code = fields.String(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True, allow_none=True)
    percent = fields.Integer(dump_only=True, allow_none=True)
    cap_vnd = fields.Integer(dump_only=True, allow_none=True)
    minimum_vnd = fields.Integer(dump_only=True)
    starts_at = fields.AwareDateTime(dump_only=True)
    ends_at = fields.AwareDateTime(dump_only=True)
    total_limit = fields.Integer(dump_only=True, allow_none=True)
    per_buyer_limit = fields.Integer(dump_only=True, allow_none=True)
    active = fields.Boolean(dump_only=True)


class VoucherPage(CursorPage):
    """A piece of a list of vouchers."""

    items = fields.List(fields.Nested(VoucherOut), required=True)


@blp.route("/vouchers")
class Vouchers(MethodView):
    """Vouchers that sellers pay for."""

    @tokens.needs(blp, "orders:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, VoucherPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """One's own vouchers, the oldest first."""
        query = access.rows(actor, Voucher, Permission.ORDERS_READ)
        return cursors.piece(query, [Voucher.id], wanted, of="vouchers")

    @tokens.needs(blp, "orders:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(VoucherIn)
    @blp.response(201, VoucherOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Voucher:
        """Make a voucher; its code is new at its seller."""
        owner = data.pop("seller")

        def act(_key: str) -> str:
            seller = access.get(actor, Seller, owner, Permission.ORDERS_WRITE)
            return vouchers.make(actor, seller, data).ref

        made = api.act_once(actor.user_id, act)
        return access.get(actor, Voucher, made, Permission.ORDERS_WRITE)


@blp.route("/vouchers/<ref>/stop")
class VoucherStop(MethodView):
    """Ending a voucher."""

    @tokens.needs(blp, "orders:write")
    @blp.response(200, VoucherOut)
    @api.refuses(blp, 404)
    def post(self, actor: Actor, ref: str) -> Voucher:
        """No order uses it any more; what used it keeps its discount. Twice is once."""
        with transaction():
            row = access.get(actor, Voucher, ref, Permission.ORDERS_WRITE, lock=True)
            if row.active:
                vouchers.change(actor, row, {"active": False})
        return row
