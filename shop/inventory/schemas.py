"""What forms about stock ask for."""

from typing import Any

from flask_babel import gettext as _
from marshmallow import validates_schema

from shop import clock
from shop.fields import Choice, Day, Quantity, Schema, Shown, Text, ValidationError, Vnd, Whole

MOVEMENTS = ("receipt", "count", "loss", "move")


class ReceiptSchema(Schema):
    """Goods that came in."""

    quantity = Quantity(least="0.001", most="100000", required=True)


class MovementSchema(Schema):
    """Goods in, counted anew, lost, or moved to another place.

    `quantity` of a count is what lies there now, else what moves. `at`, `to`: places.
    `unit_cost_vnd`: what a unit of a receipt had cost, for the goods book.
    """

    kind = Choice(MOVEMENTS, required=True)
    quantity = Quantity(least="0", most="1000000", required=True)
    reason = Text(longest=200, load_default="")
    at = Text(longest=20, load_default="")
    to = Text(longest=20, load_default="")
    unit_cost_vnd = Vnd(least=0, most=1_000_000_000, load_default=None, allow_none=True)


class SafetySchema(Schema):
    """What is kept back."""

    safety = Quantity(least="0", most="1000000", required=True)


class HarvestSchema(Schema):
    """A harvest sold ahead: when, how much, and what part is paid at once (0: nothing).

    Days in Vietnam, all of them included. `note` is what buyers read as its name.
    """

    note = Shown(longest=80, load_default="")
    from_day = Day(required=True)
    until_day = Day(required=True)
    order_until = Day(required=True)
    quantity = Quantity(least="0.001", most="1000000", required=True)
    deposit_percent = Whole(0, 100, required=True)

    @validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_more: Any) -> None:
        if data["until_day"] < data["from_day"]:
            raise ValidationError(_("Ngày cuối phải sau ngày đầu."), "until_day")
        if data["until_day"] < clock.today():
            raise ValidationError(_("Ngày này đã qua."), "until_day")
        if data["order_until"] > data["until_day"]:
            raise ValidationError(_("Hạn đặt không được sau ngày giao cuối."), "order_until")


class ArrivalSchema(Schema):
    """How much was really harvested."""

    quantity = Quantity(least="0.001", most="1000000", required=True)


class FailureSchema(Schema):
    """Why a harvest does not come; every buyer reads it."""

    why = Shown(longest=200, shortest=3, required=True)


class PlaceSchema(Schema):
    """A place where goods are kept."""

    name = Text(longest=80, shortest=1, required=True)
