"""API: what sellers offer beside goods that lie there: vouchers, and harvests sold ahead."""

from typing import Any

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
from shop.inventory.schemas import HarvestSchema
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


class HarvestIn(HarvestSchema):
    """A window in which so much of a pack will be there."""

    pack = Text(longest=40, required=True)


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
