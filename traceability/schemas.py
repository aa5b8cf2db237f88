"""Input of traceability."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, post_load, validates_schema

from shop import clock
from shop.fields import Choice, Quantity, Schema, Text, ValidationError, Whole
from traceability.batches import FORMATS, MOST
from traceability.sheets import MIN_MODULE_MM
from traceability.stamp_models import Level, StampState

LAST_NUMBER = 10_000_000

_LOT_CODE = re.compile(r"[A-Z0-9\-./_]*")
_DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")  # as a date box sends it, as people type it


class LotCode(Text):
    """A lot code that fits GS1 application identifier 10 and a QR symbol; upper case."""

    default_error_messages = {
        "characters": _l("Mã lô chỉ gồm chữ không dấu, số và các dấu - . / _ (không cách trống)."),
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        code = super()._deserialize(value, attr, data, **kwargs).upper()
        if not _LOT_CODE.fullmatch(code) or code in (".", ".."):
            raise self.make_error("characters")
        return code


class PastDay(fields.Field[date]):
    """A day in Vietnam, today at the latest. An empty answer is None."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        written = str(value).strip()
        if not written:
            return None
        day = _day(written)
        if day is None or day.year < 2000:
            raise ValidationError(_("Ghi ngày, tháng, năm, ví dụ 01/11/2026."))
        if day > clock.today():
            raise ValidationError(_("Ngày này chưa tới."))
        return day


def _day(written: str) -> date | None:
    for form in _DAY_FORMATS:
        try:
            return datetime.strptime(written, form).date()
        except ValueError:
            continue
    return None


class BatchSchema(Schema):
    """A batch of stamps of the product named by reference, for a lot of it or for all of it.

    So many as `count` says, or those from number `first` to number `to`. `code`: whether the
    address names the GTIN of the pack, or our own code.
    """

    product = Text(longest=40, required=True)
    level = Choice(tuple(Level), load_default=Level.ITEM)
    pack = Text(longest=40, load_default="")
    code = Choice(("gtin", "ours"), load_default="gtin")
    lot = LotCode(longest=20, load_default="")
    produced_on = PastDay(load_default=None)
    count = Whole(1, MOST, load_default=None, allow_none=True)
    first = Whole(1, LAST_NUMBER, load_default=1)
    to = Whole(1, LAST_NUMBER, load_default=None, allow_none=True)
    layout = Text(longest=40, required=True)
    format = Choice(FORMATS, load_default="pdf")
    scratch = fields.Boolean(load_default=False)

    @validates_schema(skip_on_field_errors=True)
    def _whole(self, data: dict[str, Any], **_more: Any) -> None:
        if data["level"] != Level.PRODUCT and not data["lot"]:
            raise ValidationError(_("Ô này cần điền."), "lot")
        if data["count"] is None and data["to"] is None:
            raise ValidationError(_("Ghi số tem, hoặc ghi từ số nào đến số nào."), "count")
        if data["to"] is None:
            return
        if not 1 <= data["to"] - data["first"] + 1 <= MOST:
            message = _("Từ số đến số phải được từ 1 đến %(most)s tem.", most=MOST)
            raise ValidationError(message, "to")

    @post_load
    def _counted(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        if data["to"] is not None:
            data["count"] = data["to"] - data["first"] + 1
        return data


class ReprintSchema(Schema):
    """The file of a batch once more, perhaps on other paper; empty: as before."""

    layout = Text(longest=40, load_default="")
    format = Choice(("", *FORMATS), load_default="")


class RunSchema(Schema):
    """The stamps of a batch from one code or number to another; both empty: all of them."""

    first = Text(longest=200, load_default="")
    last = Text(longest=200, load_default="")


class WithdrawSchema(RunSchema):
    """Stamps that are void, damaged or lost, and why."""

    first = Text(longest=200, required=True)
    state = Choice((StampState.VOID, StampState.DAMAGED, StampState.LOST), required=True)
    reason = Text(longest=200, shortest=3, required=True)


class LayoutSchema(Schema):
    """A label layout; lengths in millimetres, `type_size` in points."""

    name = Text(longest=40, required=True)
    page_width = Quantity("10", "500", required=True)
    page_height = Quantity("10", "1000", required=True)
    columns = Whole(1, 20, required=True)
    rows = Whole(1, 40, required=True)
    width = Quantity("10", "300", required=True)
    height = Quantity("10", "300", required=True)
    gap_across = Quantity("0", "50", load_default=Decimal(0))
    gap_down = Quantity("0", "50", load_default=Decimal(0))
    padding = Quantity("0", "20", load_default=Decimal(1))
    dpi = Choice(tuple(str(dpi) for dpi in MIN_MODULE_MM), required=True)
    beside = fields.Boolean(load_default=False)
    lines = Whole(0, 12, required=True)
    type_size = Quantity("4", "14", required=True)
    logo = Quantity("0", "40", load_default=Decimal(0))
    scratch = fields.Boolean(load_default=False)


class ReasonSchema(Schema):
    """Why a lot is called back, or why no longer: read by buyers on every scan."""

    reason = Text(longest=500, shortest=5, required=True)
