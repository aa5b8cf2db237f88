"""What the API is told of a basket, and what it tells of one and of what was ordered."""

from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema as Plain
from marshmallow import ValidationError, fields, validate, validates_schema

from shop.fields import Choice, Phone, Quantity, Schema, Text
from shop.orders.models import OWN_HANDINGS, OWN_WAYS
from shop.orders.resources import FactOut
from shop.storefront import basket
from shop.storefront.schemas import BuyerSchema


class BasketLineIn(Schema):
    """So much of a `pack` that is there, or of a `harvest` ordered ahead: one of the two."""

    pack = Text(longest=20, load_default="")
    harvest = Text(longest=20, load_default="")
    quantity = Quantity(least="0.001", most=str(basket.MOST), required=True)

    @validates_schema(skip_on_field_errors=True)
    def _one_of_both(self, data: dict[str, Any], **_more: Any) -> None:
        if bool(data["pack"]) == bool(data["harvest"]):
            raise ValidationError(_("Ghi một trong hai: hàng có sẵn hoặc vụ đặt trước."), "pack")


class BasketPartIn(Schema):
    """What the buyer chooses of a part; what is left out is chosen as the page does."""

    handing = Choice([*OWN_HANDINGS, ""], load_default="")
    pay_by = Choice([*OWN_WAYS, ""], load_default="")
    voucher = Text(longest=40, load_default="")
    note = Text(longest=300, load_default="")


class BasketIn(Schema):
    """A basket. `parts`: the seller's reference, or the harvest's, → what is chosen of that part.

    The same pack twice is counted together.
    """

    lines = fields.List(
        fields.Nested(BasketLineIn), required=True, validate=validate.Length(1, basket.MOST_LINES)
    )
    parts = fields.Dict(
        keys=Text(longest=20, shortest=1), values=fields.Nested(BasketPartIn), load_default=dict
    )


class QuoteIn(BasketIn):
    """A basket and, for the fee, where it goes; `phone` for vouchers that count per buyer."""

    phone = Phone(load_default=None, allow_none=True)
    address = Text(longest=300, load_default="")
    commune_code = Text(longest=8, load_default="")


class CheckoutIn(BasketIn, BuyerSchema):
    """A basket, who buys it, and `seen`: the quote that the buyer agreed to."""

    seen = Text(longest=100, shortest=1, required=True)


class QuotedLine(Plain):
    """A line as it stands now. `problem`: why it cannot be ordered like this, empty if it can."""

    pack = fields.String(dump_only=True)
    name = fields.String(dump_only=True)
    pack_name = fields.String(dump_only=True)
    unit = fields.String(dump_only=True)
    quantity = Quantity(dump_only=True)
    unit_price_vnd = fields.Integer(dump_only=True)
    price_illustrative = fields.Boolean(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)
    problem = fields.String(dump_only=True)


class QuotedPart(Plain):
    """What becomes one order: what a seller has there, or of one harvest.

    `delivers`, `picks_up`, `cod`: what may be chosen. `fee_vnd`: null while it is not known where
    to, or not delivered there. `total_vnd` = `goods_vnd` + `fee_vnd` − `discount_vnd`, of which
    `first_vnd` is asked for at once. To be shown to the buyer before ordering: `seller_facts`,
    `handed_over` (of a harvest the days), `returns`, `rights` (of ordering ahead).
    """

    part = fields.String(dump_only=True)
    seller = fields.String(dump_only=True)
    seller_facts = fields.List(fields.Nested(FactOut), dump_only=True)
    harvest = fields.String(dump_only=True, allow_none=True)
    lines = fields.List(fields.Nested(QuotedLine), dump_only=True)
    delivers = fields.Boolean(dump_only=True)
    picks_up = fields.Boolean(dump_only=True)
    cod = fields.Boolean(dump_only=True)
    handing = fields.String(dump_only=True)
    pay_by = fields.String(dump_only=True)
    goods_vnd = fields.Integer(dump_only=True)
    fee_vnd = fields.Integer(dump_only=True, allow_none=True)
    discount_vnd = fields.Integer(dump_only=True)
    total_vnd = fields.Integer(dump_only=True)
    first_vnd = fields.Integer(dump_only=True)
    handed_over = fields.String(dump_only=True)
    deliver_from = fields.Date(dump_only=True, allow_none=True)
    deliver_until = fields.Date(dump_only=True, allow_none=True)
    returns = fields.String(dump_only=True)
    rights = fields.String(dump_only=True)


class CommuneOut(Plain):
    """A commune that the address may mean."""

    code = fields.String(dump_only=True)
    name = fields.String(dump_only=True)


class QuoteOut(Plain):
    """What a basket costs, and all that a buyer must be shown before ordering.

    `problems`: field → messages, as placing it would refuse them. `communes`: which of them is
    meant, to be answered in `commune_code`. `seen`: send it along when the buyer agrees; null
    while there are problems.
    """

    parts = fields.List(fields.Nested(QuotedPart), dump_only=True)
    total_vnd = fields.Integer(dump_only=True)
    first_vnd = fields.Integer(dump_only=True)
    address = fields.String(dump_only=True)
    communes = fields.List(fields.Nested(CommuneOut), dump_only=True)
    cancelling = fields.String(dump_only=True)
    complaints = fields.String(dump_only=True)
    problems = fields.Dict(keys=fields.String(), dump_only=True)
    seen = fields.String(dump_only=True, allow_none=True)


class PlacedOut(Plain):
    """An order of a checkout. `token`: opens it at /api/v1/tracking; who has it has the order."""

    ref = fields.String(dump_only=True)
    token = fields.String(dump_only=True)
    seller = fields.String(dump_only=True)
    seller_name = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    pay_by = fields.String(dump_only=True)
    total_vnd = fields.Integer(dump_only=True)
    due_vnd = fields.Integer(dump_only=True)
    page = fields.String(dump_only=True)


class CheckoutOut(Plain):
    """What was ordered in one go, an order with each seller. `page`: the buyer's own page."""

    token = fields.String(dump_only=True)
    page = fields.String(dump_only=True)
    orders = fields.List(fields.Nested(PlacedOut), dump_only=True)
