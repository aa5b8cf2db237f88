"""What sellers are asked about their orders: delivery, vouchers, sending, returns."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, post_load, validates_schema

from shop import clock
from shop.fields import Choice, Day, Schema, Shown, Text, Vnd, Whole

MOST_FEE, MOST_VND = 10_000_000, 1_000_000_000


class Yes(Choice):
    """A box that is ticked or not."""

    def __init__(self, **more: Any) -> None:
        super().__init__(["1", ""], load_default="", **more)


class TermsSchema(Schema):
    """How a seller hands goods over; the fees stand in rows of their own."""

    delivers = Yes()
    picks_up = Yes()
    cod = Yes()
    pickup_note = Shown(longest=200, load_default="")
    free_from_vnd = Vnd(least=1, most=MOST_VND, load_default=None, allow_none=True)
    note = Shown(longest=300, load_default="")
    returns = Shown(longest=600, load_default="")

    @post_load
    def _as_bools(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        return data | {name: bool(data[name]) for name in ("delivers", "picks_up", "cod")}

    @validates_schema(skip_on_field_errors=True)
    def _some_way(self, data: dict[str, Any], **_more: Any) -> None:
        if not data["delivers"] and not data["picks_up"]:
            said = _("Chọn ít nhất một cách: giao hàng hoặc khách tự đến lấy.")
            raise ValidationError(said, "delivers")


class VoucherSchema(Schema):
    """A voucher: its kind, when and how often it counts. Both days are included."""

    code = Text(longest=20, shortest=3, required=True)
    amount_vnd = Vnd(least=1_000, most=MOST_VND, load_default=None, allow_none=True)
    percent = Whole(1, 100, load_default=None, allow_none=True)
    cap_vnd = Vnd(least=1_000, most=MOST_VND, load_default=None, allow_none=True)
    minimum_vnd = Vnd(least=0, most=MOST_VND, load_default=0, allow_none=True)
    first_day = Day(required=True)
    last_day = Day(required=True)
    total_limit = Whole(1, 1_000_000, load_default=None, allow_none=True)
    per_buyer_limit = Whole(1, 1_000, load_default=None, allow_none=True)

    @validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_more: Any) -> None:
        if not data["code"].isalnum() or not data["code"].isascii():
            raise ValidationError(_("Mã chỉ gồm chữ không dấu và số."), "code")
        if (data["amount_vnd"] is None) == (data["percent"] is None):
            raise ValidationError(_("Ghi số tiền giảm, hoặc phần trăm giảm."), "amount_vnd")
        if data["last_day"] < data["first_day"]:
            raise ValidationError(_("Ngày cuối phải sau ngày đầu."), "last_day")

    @post_load
    def _as_kept(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        first, last = data.pop("first_day"), data.pop("last_day")
        data["starts_at"] = clock.midnight(first)
        data["ends_at"] = clock.midnight(last + timedelta(days=1))
        data["minimum_vnd"] = data["minimum_vnd"] or 0
        data["code"] = data["code"].upper()
        return data


class SendSchema(Schema):
    """Who carries a parcel, and its number there."""

    carrier = Text(longest=60, load_default="")
    tracking_no = Text(longest=60, load_default="")


class SlipSchema(Schema):
    """On what paper slips are printed; `which`: only those never printed before, or all again."""

    paper = Choice(["a6", "80mm"], load_default="a6")
    which = Choice(["new", "all"], load_default="new")


class WeighSchema(Schema):
    """Why the final quantity is another one, for the buyer to read; quantities stand per line."""

    why = Text(longest=200, shortest=3, required=True)


class WhySchema(Schema):
    """Why somebody ends an order or lets money go, for the buyer and the log."""

    why = Text(longest=200, shortest=3, required=True)


class ReturnSchema(Schema):
    """Why goods came back, and whether they can be sold again; quantities stand per line."""

    why = Text(longest=300, shortest=3, required=True)
    restock = Choice(["yes", "no"], required=True)


class MarkSchema(Schema):
    """Why a parcel that came back was the buyer's doing."""

    reason = Text(longest=300, shortest=5, required=True)


class AppealSchema(Schema):
    """What the buyer says to it."""

    appeal = Text(longest=1000, shortest=5, required=True)


class DecisionSchema(Schema):
    """What staff answer: the mark is lifted or kept."""

    decision = Choice(["lift", "keep"], required=True)
    answer = Text(longest=500, shortest=5, required=True)
