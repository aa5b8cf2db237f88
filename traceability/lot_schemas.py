"""Input about lots, places, households and what happens to them."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, pre_load, validates_schema

from shop import clock, quantities
from shop.fields import Choice, Day, InWords, Quantity, Schema, Text, ValidationError
from traceability.models import SiteKind
from traceability.schemas import LotCode, PastDay

UNITS = tuple(dict.fromkeys(quantities.UNITS.values()))
_POINT = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")


class Moment(InWords, fields.Field[datetime]):
    """An instant, as a box for day and time sends it: Vietnam's wall clock."""

    default_error_messages = {
        "required": _l("Ô này cần điền."),
        "null": _l("Ô này cần điền."),
        "validator_failed": _l("Giá trị chưa đúng."),
        "invalid": _l("Ghi ngày và giờ."),
        "future": _l("Việc này chưa xảy ra: ghi ngày giờ đã qua."),
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        try:
            at = datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise self.make_error("invalid") from None
        at = at.replace(tzinfo=at.tzinfo or clock.VIETNAM)
        if at.year < 2000:
            raise self.make_error("invalid")
        # A telephone's clock may be a little fast.
        if at > clock.now() + timedelta(minutes=5):
            raise self.make_error("future")
        return min(at, clock.now())


class LotSchema(Schema):
    """What a lot is. `site`, `household`: references, empty for none. `quantity` in `unit`."""

    produced_on = PastDay(load_default=None)
    expires_on = Day(load_default=None, allow_none=True)
    site = Text(longest=40, load_default="")
    household = Text(longest=40, load_default="")
    quantity = Quantity("0.001", "1000000", load_default=None, allow_none=True)
    unit = Choice(UNITS, load_default="kg")

    @validates_schema(skip_on_field_errors=True)
    def _ordered(self, data: dict[str, Any], **_more: Any) -> None:
        made, ends = data["produced_on"], data["expires_on"]
        if made and ends and ends < made:
            raise ValidationError(_("Hạn sử dụng phải sau ngày sản xuất."), "expires_on")


class NewLotSchema(LotSchema):
    """A new lot of the product named by reference."""

    product = Text(longest=40, required=True)
    code = LotCode(longest=20, required=True)


class SiteSchema(Schema):
    """A place. `where`: commune and province in words; `point`: latitude and longitude, WGS 84."""

    name = Text(longest=80, required=True)
    kind = Choice(tuple(SiteKind), required=True)
    code = Text(longest=40, load_default="")
    where = Text(longest=200, load_default="")
    point = Text(longest=60, load_default="")
    hectares = Quantity("0.001", "100000", load_default=None, allow_none=True)
    retired = fields.Boolean(load_default=False)

    @validates_schema(skip_on_field_errors=True)
    def _on_earth(self, data: dict[str, Any], **_more: Any) -> None:
        if data["point"] and read_point(data["point"]) is None:
            raise ValidationError(_("Ghi vĩ độ, kinh độ, ví dụ 21.5571, 105.7603."), "point")


def read_point(written: str) -> tuple[Decimal, Decimal] | None:
    """Latitude and longitude of "21.5571, 105.7603", in degrees; None for anything else."""
    found = _POINT.fullmatch(written)
    if found is None:
        return None
    latitude, longitude = (round(Decimal(part), 6) for part in found.groups())
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


class HouseholdSchema(Schema):
    """A member household. `shown`: the person agreed that consumers read the name."""

    code = Text(longest=20, required=True)
    name = Text(longest=80, load_default="")
    shown = fields.Boolean(load_default=False)
    retired = fields.Boolean(load_default=False)


class EventSchema(Schema):
    """When, where and how much; the facts of its kind are checked by `kinds.check`."""

    at = Moment(required=True)
    site = Text(longest=40, load_default="")
    quantity = Quantity("0.001", "1000000", load_default=None, allow_none=True)
    unit = Choice(UNITS, load_default="kg")
    note = Text(longest=1000, load_default="")


class FieldSchema(EventSchema):
    """Quick entry: which lot, which work. Without `at` it is of the moment it arrives."""

    at = Moment(load_default=None)
    lot = Text(longest=40, required=True)
    work_name = Text(longest=20, required=True)


class CorrectionSchema(Schema):
    """Why an event is wrong."""

    reason = Choice(("did_not_occur", "incorrect_data"), required=True)
    why = Text(longest=300, shortest=3, required=True)


class PaperSchema(Schema):
    """A paper of a lot or an event. `public`: who scans a stamp may open it."""

    kind = Choice(("vietgap", "test", "ocop", "other"), required=True)
    title = Text(longest=120, required=True)
    valid_until = Day(load_default=None, allow_none=True)
    public = fields.Boolean(load_default=False)


class PartSchema(Schema):
    """So much of a lot: a line of a form, blank where nothing was typed."""

    lot = Text(longest=40, required=True)
    quantity = Quantity("0.001", "1000000", required=True)
    unit = Choice(UNITS, load_default="kg")


class MadeSchema(Schema):
    """A lot that comes out of a working: of which product, under which code, how much."""

    product = Text(longest=40, required=True)
    code = LotCode(longest=20, required=True)
    quantity = Quantity("0.001", "1000000", required=True)
    unit = Choice(UNITS, load_default="kg")
    expires_on = Day(load_default=None, allow_none=True)


class ContainerSchema(Schema):
    """A carton or a pallet; `code`: an SSCC of 18 digits, empty for one of ours."""

    kind = Choice(("carton", "pallet"), required=True)
    code = Text(longest=40, load_default="")

    @pre_load
    def _plain(self, data: Any, **_more: Any) -> Any:
        if not isinstance(data, Mapping):
            return data  # marshmallow says that it is no object
        said = dict(data)
        said["code"] = re.sub(r"[\s()-]", "", str(said.get("code", "")))
        return said


class LoadSchema(PartSchema):
    """So much of a lot goes into a container, perhaps as the stamps from `first` to `last`."""

    batch = Text(longest=40, load_default="")
    first = Text(longest=200, load_default="")
    last = Text(longest=200, load_default="")


class ReasonedSchema(Schema):
    """Why a lot's record is no longer public."""

    reason = Text(longest=300, shortest=5, required=True)
