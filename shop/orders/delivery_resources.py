"""API: how a seller hands goods over, and what delivery costs where."""

from typing import Any

from flask import Response
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate, validates_schema

from shop import api, places
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.fields import Schema, Shown, Text, ValidationError, Vnd, Whole
from shop.orders import delivery
from shop.orders.models import DeliveryFee
from shop.orders.schemas import MOST_FEE, MOST_VND
from shop.sellers.models import Seller

blp = api.Blueprint("delivery_api", __name__, url_prefix="/api/v1", description="Đơn hàng")

READ, WRITE = Permission.ORDERS_READ, Permission.ORDERS_WRITE
NOTHING_SAID = {
    "delivers": False,
    "picks_up": False,
    "cod": False,
    "pickup_note": "",
    "note": "",
    "returns": "",
    "free_from_vnd": None,
    "fees": [],
}


class FeeSchema(Schema):
    """What delivery costs: to a commune, a province, or (both null) anywhere; up to a weight."""

    province_code = Text(longest=10, load_default=None, allow_none=True)
    commune_code = Text(longest=10, load_default=None, allow_none=True)
    up_to_g = Whole(1, 1_000_000, load_default=None, allow_none=True)
    fee_vnd = Vnd(least=0, most=MOST_FEE, required=True)

    @validates_schema(skip_on_field_errors=True)
    def _somewhere(self, data: dict[str, Any], **_more: Any) -> None:
        province, commune = data["province_code"], data["commune_code"]
        if province and places.province(province) is None:
            raise ValidationError(_("Không có mã tỉnh này."), "province_code")
        known = places.commune(commune) if commune else None
        if commune and (known is None or known.province_code != province):
            raise ValidationError(_("Không có mã xã, phường này ở tỉnh đó."), "commune_code")


class DeliverySchema(Schema):
    """A seller's terms, whole. Neither `delivers` nor `picks_up`: the seller has said nothing yet.

    `returns`: on what terms goods go back; empty: the usual ones.
    Of several fees the one for the nearest place counts, of those the lightest that holds.
    """

    delivers = fields.Boolean(required=True)
    picks_up = fields.Boolean(required=True)
    cod = fields.Boolean(load_default=False)
    pickup_note = Shown(longest=200, load_default="")
    note = Shown(longest=300, load_default="")
    returns = Shown(longest=600, load_default="")
    free_from_vnd = Vnd(least=1, most=MOST_VND, load_default=None, allow_none=True)
    fees = fields.List(fields.Nested(FeeSchema), load_default=list, validate=validate.Length(0, 12))

    @validates_schema(skip_on_field_errors=True)
    def _some_way(self, data: dict[str, Any], **_more: Any) -> None:
        if not data["delivers"] and not data["picks_up"]:
            said = _("Chọn ít nhất một cách: giao hàng hoặc khách tự đến lấy.")
            raise ValidationError(said, "delivers")
        if data["delivers"] and not data["fees"]:
            raise ValidationError(_("Ghi ít nhất một mức phí giao hàng."), "fees")


@blp.route("/sellers/<ref>/delivery")
class SellerDelivery(MethodView):
    """How one seller hands goods over."""

    @tokens.needs(blp, "orders:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, DeliverySchema, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """The seller's terms and fees."""
        return api.tagged(_shown(access.get(actor, Seller, ref, READ)))

    @tokens.needs(blp, "orders:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(DeliverySchema)
    @blp.response(200, DeliverySchema, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 412, 428)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Other terms from now on; orders that stand keep theirs."""
        with transaction():
            seller = access.get(actor, Seller, ref, WRITE, lock=True)
            api.require_match(_shown(seller))
            fees = [DeliveryFee(**fee) for fee in data.pop("fees")]
            delivery.settle(actor, seller, data, fees)
        return api.tagged(_shown(access.get(actor, Seller, ref, WRITE)))


def _shown(seller: Seller) -> dict[str, Any]:
    terms = delivery.terms_of([seller.id]).get(seller.id)
    shown: dict[str, Any] = DeliverySchema().dump(terms or NOTHING_SAID)
    return shown
