"""Input of traceability."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from shop import clock
from shop.fields import Choice, Schema, Text, ValidationError, Whole
from traceability.sheets import LAYOUTS

MOST_STAMPS = 10_000  # one file a printer's queue still takes

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
    """A batch of stamps for a lot of the product named by reference."""

    product = Text(longest=40, required=True)
    lot = LotCode(longest=20, shortest=1, required=True)
    produced_on = PastDay(load_default=None)
    count = Whole(1, MOST_STAMPS, required=True)
    layout = Choice(tuple(LAYOUTS), required=True)


class ReasonSchema(Schema):
    """Why a lot is called back, or why no longer: read by buyers on every scan."""

    reason = Text(longest=500, shortest=5, required=True)
