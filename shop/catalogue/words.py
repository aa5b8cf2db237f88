"""How a product's unit, season and OCOP set are written: in a form, the API and a spreadsheet."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from shop import clock, quantities, text
from shop.catalogue import programme
from shop.fields import InWords, Text, ValidationError

# Units as people say them, the common ones first.
UNITS = (
    *("hộp", "gói", "túi", "chai", "hũ", "lọ", "kg", "lạng", "g", "yến", "tạ", "tấn", "lít", "ml"),
    *("bó", "cái", "chiếc", "cây", "quả", "chục", "thùng", "bao", "bịch", "tệp", "ống", "can"),
    *("nải", "vỉ", "khay", "cặp", "bộ", "set", "vé", "suất", "con", "tấm", "mét"),
)
# As typed without accents; the more common unit wins.
_PLAIN_UNITS = {text.fold(unit): unit for unit in reversed(UNITS)}

MONTHS = range(1, 13)
YES = ("co", "x", "1", "true", "yes", "dung")
NO = ("khong", "0", "false", "no", "sai")
ALL_YEAR = ("quanh nam", "ca nam")
_BETWEEN = re.compile(r"[\s,;.]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}")
_SPAN = re.compile(r"\s*(?:-|–|—|đến|den)\s*")
_WORDS = re.compile(r"\b(?:tháng|thang|t)\s*(?=\d)")


class Unit(Text):
    """One of UNITS, capitals aside; what people say for one ("ký", "gram"); or without accents."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        said = super()._deserialize(value, attr, data, **kwargs)
        lower = said.lower()
        if lower in UNITS:
            return lower
        found = quantities.UNITS.get(lower)
        if found is None and lower == text.fold(lower):  # no accent was typed
            found = _PLAIN_UNITS.get(lower) or quantities.FOLDED_UNITS.get(lower)
        if found is None:
            known = ", ".join(UNITS[:12])
            raise ValidationError(_("Chưa có đơn vị này. Ví dụ: %(known)s.", known=known))
        return found


class Months(InWords, fields.Field[list[int]]):
    """Months of a year in order: ticked boxes, [9, 10], "9, 10" or "tháng 11 đến 2".

    Nothing and "quanh năm" are the empty list, and so are all twelve.
    """

    default_error_messages = {"null": _l("Ô này cần điền.")}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[int]:
        ticked = getattr(data, "getlist", None)
        if isinstance(value, str) and _DATE.match(value.strip()):
            raise ValidationError(
                _("Excel đã đổi các tháng thành một ngày. Gõ 9, 10, 11 cách nhau bằng dấu phẩy.")
            )
        try:
            return _months(ticked(self.data_key or attr or "") if ticked else value)
        except (ValueError, TypeError):
            raise ValidationError(_("Ghi các tháng có hàng, ví dụ 9, 10, 11 hoặc 9-11.")) from None


def _months(said: Any) -> list[int]:
    found: set[int] = set()
    for part in said if isinstance(said, list) else [said]:
        found |= _read_months(part) if isinstance(part, str) else {_month(part)}
    return [] if len(found) == len(MONTHS) else sorted(found)


def _read_months(said: str) -> set[int]:
    plain = _WORDS.sub("", text.nfc(said).lower()).strip()
    if text.fold(plain) in ALL_YEAR:
        return set(MONTHS)
    found: set[int] = set()
    for part in _BETWEEN.split(_SPAN.sub("-", plain)):
        first, _dash, last = part.partition("-")
        if part:
            found |= _span(_month(first), _month(last or first))
    return found


def _span(first: int, last: int) -> set[int]:
    """From `first` to `last`, over the turn of the year where need be."""
    return {(first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1)}


def _month(said: Any) -> int:
    if isinstance(said, bool) or not isinstance(said, int | str) or not 1 <= int(said) <= 12:
        raise ValueError("no such month")
    return int(said)


def show_months(months: list[int]) -> str:
    """How a season is written in a cell; empty for all the year."""
    return ", ".join(str(month) for month in months)


def start(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a form shows them and reads them back: nothing as a blank, numbers as said."""
    shown = {name: "" if value is None else value for name, value in values.items()}
    decimals = {n: quantities.show(v) for n, v in shown.items() if isinstance(v, Decimal)}
    return shown | decimals


class CriteriaSet(Text):
    """The code of an OCOP criteria set: "QD26-01", its name, or both as `show_set` writes them."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        said = super()._deserialize(value, attr, data, **kwargs)
        code, folded = said.split(" ", 1)[0].upper() if said else "", text.fold(said)
        if code in _ever():
            return code
        sets = criteria_sets().items()
        found = next((code for code, name in sets if text.fold(name) == folded), None)
        if found is None:
            raise ValidationError(_("Không có nhóm OCOP này. Chọn trong danh sách."))
        return found


def show_set(code: str | None) -> str:
    """How a set is written in a cell: its code and name."""
    return f"{code} {_ever().get(code, '')}".strip() if code else ""


class YesNo(InWords, fields.Field[bool | None]):
    """Có or không, accents and capitals aside; None for a blank."""

    default_error_messages = {"null": _l("Ô này cần điền.")}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool | None:
        said = text.fold(str(value))
        if said not in ("", *YES, *NO):
            raise ValidationError(_("Ghi có hoặc không."))
        return said in YES if said else None


def criteria_sets() -> dict[str, str]:
    """The criteria sets in force today: code → name."""
    return _in_force(clock.today())


@lru_cache(maxsize=4)
def _in_force(on: date) -> dict[str, str]:
    return {found.code: found.name for found in programme.criteria_sets(on)}


@lru_cache(maxsize=1)
def _ever() -> dict[str, str]:
    """Also those of earlier decisions, which products may still be of."""
    return {found.code: found.name for found in programme.known_sets()}
