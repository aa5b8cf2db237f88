"""Input of the markets' room."""

import calendar
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validates_schema

from shop import clock
from shop.fields import Choice, Day, InWords, Phone, Schema, Shown, Text, ValidationError, Vnd
from shop.markets.models import BoothKind, MarketKind, PayModel, Precision
from shop.payments.schemas import AccountSchema as BankAccountSchema

MOST_VND = 500_000_000
# A phone keeps what was sold without signal; what says to be older has a wrong clock.
OLDEST = timedelta(days=30)
_MONTH = re.compile(r"(?:(\d{1,2})[/-])?(\d{4})|(\d{4})-(\d{2})")


class Since(Text):
    """A day as far as it is known: "2022", "8/2022" or "15/08/2022", as (last day, precision)."""

    default_error_messages = {
        "since": _l("Ghi năm, tháng/năm hoặc ngày/tháng/năm, ví dụ 08/2022."),
        "future": _l("Ngày này còn ở tương lai."),
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        if not typed:
            return None
        on, precision = self._month(typed) or (Day().deserialize(typed), Precision.DAY)
        earliest = {Precision.YEAR: on.replace(month=1, day=1), Precision.MONTH: on.replace(day=1)}
        if earliest.get(precision, on) > clock.today():
            raise self.make_error("future")
        return on, str(precision)

    def _month(self, typed: str) -> tuple[date, Precision] | None:
        found = _MONTH.fullmatch(typed)
        if found is None:
            return None
        year = int(found[2] or found[3])
        month = int(found[1] or found[4] or 0)
        if not 1900 <= year <= 2100 or month > 12 or (month == 0 and (found[1] or found[4])):
            raise self.make_error("since")
        if not month:
            return date(year, 12, 31), Precision.YEAR
        return date(year, month, calendar.monthrange(year, month)[1]), Precision.MONTH


class Partners(Text):
    """Who helps, one a line or with commas between, as a list without doubles."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, list):
            value = "\n".join(map(str, value))
        typed = super()._deserialize(value, attr, data, **kwargs)
        parts = [" ".join(part.split()) for part in re.split(r"[\n;,]+", typed)]
        return list(dict.fromkeys(part for part in parts if part))


class SaidAt(InWords, fields.Field[datetime | None]):
    """When a phone says that it was (ISO 8601): never later than now, whatever its clock says.

    None for what is no instant: the sale is not lost for it.
    """

    def __init__(self, **more: Any) -> None:
        facts = {"type": "string", "format": "date-time"}
        super().__init__(metadata=facts, **more)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime | None:
        try:
            at = datetime.fromisoformat(str(value).strip())
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=clock.VIETNAM)
        return min(at, clock.now()) if at > clock.now() - OLDEST else None


class MarketSchema(Schema):
    """A market or street. `address` as people say it; the codes answer what it leaves open."""

    name = Shown(name=True, longest=160, shortest=2, required=True)
    kind = Choice([str(kind) for kind in MarketKind], required=True)
    address = Text(longest=300, load_default="")
    province_code = Text(longest=2, load_default="")
    commune_code = Text(longest=5, load_default="")
    model = Choice([str(model) for model in PayModel], load_default=None, allow_none=True)
    started = Since(longest=12, load_default=None, allow_none=True)
    ended_on = Day(load_default=None, allow_none=True)
    closed_on = Day(load_default=None, allow_none=True)
    partners = Partners(longest=1000, load_default=list)
    about = Shown(longest=3000, load_default="")

    @validates_schema
    def _model_first(self, data: Mapping[str, Any], **_more: Any) -> None:
        if (data.get("started") or data.get("ended_on")) and not data.get("model"):
            raise ValidationError(str(_l("Chọn mô hình, rồi ghi từ khi nào.")), "model")


class ManagerSchema(Schema):
    """Who is to keep a market."""

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)


class PlaceSchema(Schema):
    """What a booth is, whoever trades there."""

    number = Text(longest=20, required=True)
    kind = Choice([str(kind) for kind in BoothKind], required=True)
    goods = Shown(longest=200, load_default="")


class BoothSchema(PlaceSchema):
    """A new booth: for a seller who is here already (`seller`), or for a trader by name."""

    seller = Text(longest=40, load_default="")
    trader = Shown(name=True, longest=160, load_default="")
    phone = Phone(load_default=None, allow_none=True)

    @validates_schema
    def _somebody(self, data: Mapping[str, Any], **_more: Any) -> None:
        if not data.get("seller") and len(data.get("trader", "")) < 2:
            raise ValidationError(str(_l("Ghi tên người bán ở sạp này.")), "trader")


class HelpedBoothSchema(PlaceSchema):
    """A booth that a helper enters: in which market."""

    market = Text(longest=40, required=True)


class AccountSchema(BankAccountSchema):
    """The account of a booth's trader; whose it is, the page says."""

    class Meta(BankAccountSchema.Meta):
        """What the page says."""

        exclude = ("seller",)


class UseSchema(Schema):
    """Which account of the seller a booth's money goes to; empty: as other orders'."""

    account = Text(longest=40, load_default="")


class SumSchema(Schema):
    """A sale at a till: so much. `at`: when, of one that was entered without signal."""

    amount_vnd = Vnd(least=1000, most=MOST_VND, required=True)
    way = Choice(["transfer", "cash"], required=True)
    at = SaidAt(load_default=None, allow_none=True)


class CountSchema(Schema):
    """The cash counted at the end of a day, and that with which it began."""

    float_vnd = Vnd(least=0, most=MOST_VND, load_default=0, allow_none=True)
    counted_vnd = Vnd(least=0, most=MOST_VND, required=True)
    note = Text(longest=500, load_default="")
