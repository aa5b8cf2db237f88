"""marshmallow fields in our units, with messages for people (marshmallow's own are English).

The same fields read a web form, the JSON API and a spreadsheet, so each takes text as people type.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, ValidationError, fields, validate
from marshmallow import Schema as MarshmallowSchema

from shop import gtin, money, phones, quantities, stars, text

__all__ = [
    "Choice",
    "Day",
    "Gtin",
    "InWords",
    "Phone",
    "Quantity",
    "Schema",
    "Text",
    "ValidationError",
    "Vnd",
    "Whole",
]

# "1.500" is one thousand five hundred to most people here, and one and a half to a program.
_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+")

# As a date box sends it, as people type it.
_DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")

_REQUIRED = {
    "required": _l("Ô này cần điền."),
    "null": _l("Ô này cần điền."),
    "validator_failed": _l("Giá trị chưa đúng."),
}
# What PostgreSQL keeps in no text: NUL, and one half of a pair.
_UNKEPT = re.compile(r"[\x00\ud800-\udfff]")


class Schema(MarshmallowSchema):
    """Base of our schemas: unknown keys (CSRF token, buttons) are left out."""

    class Meta:
        """Options shared by every schema."""

        unknown = EXCLUDE


class InWords:
    """Errors in the language of the request, as plain text for pages and JSON alike."""

    error_messages: dict[str, Any]

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """A blank answer to a field that may be None is None."""
        if self.allow_none and isinstance(value, str) and not value.strip():  # type: ignore[attr-defined]
            value = None
        return super().deserialize(value, *args, **kwargs)  # type: ignore[misc]

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        return ValidationError(str(self.error_messages[key]))


class Text(InWords, fields.String):
    """Text in NFC without outer blanks. An empty answer counts as not given."""

    default_error_messages = {**_REQUIRED, "invalid": _l("Ô này phải là chữ.")}

    def __init__(self, longest: int = 200, shortest: int = 0, **more: Any) -> None:
        super().__init__(
            validate=validate.Length(
                shortest,
                longest,
                error=_l("Dài từ %(min)s đến %(max)s ký tự.", min=shortest, max=longest),
            ),
            **more,
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        cleaned = text.visible(super()._deserialize(value, attr, data, **kwargs)).strip()
        if _UNKEPT.search(cleaned):
            raise self.make_error("invalid")
        if self.required and not any(c.isprintable() and not c.isspace() for c in cleaned):
            raise self.make_error("required")  # blanks and invisible signs are no answer
        return cleaned


class Shown(Text):
    """Text that buyers read: a star is never typed. `name`: of a thing, so that "5 sao" is one."""

    default_error_messages = {
        "star": _l("Không gõ hạng sao ở đây: sao tự hiện khi có chứng nhận đã xác minh."),
    }

    def __init__(self, *args: Any, name: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        self.is_name = name

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        cleaned = super()._deserialize(value, attr, data, **kwargs)
        if stars.claimed(cleaned, name=self.is_name):
            raise self.make_error("star")
        return cleaned


class Vnd(InWords, fields.Field[int]):
    """Whole đồng, as people type it: 185000, 185.000 đ, 150k."""

    default_error_messages = {
        **_REQUIRED,
        "invalid": _l("Ghi số đồng, ví dụ 185.000."),
        "range": _l("Số tiền nằm ngoài mức cho phép."),
    }

    def __init__(self, least: int = 0, most: int = 500_000_000, **more: Any) -> None:
        facts = {"type": "integer", "minimum": least, "maximum": most, "description": "Whole đồng"}
        super().__init__(metadata=facts, **more)
        self.least, self.most = least, most

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if value == "" and self.required:
            raise self.make_error("required")
        try:
            if not isinstance(value, str | int):  # 185.0 of a program would be read as 1850
                raise TypeError("neither text nor whole number")
            amount_vnd = money.parse(value)
        except (ValueError, TypeError):
            raise self.make_error("invalid") from None
        if not self.least <= amount_vnd <= self.most:
            raise self.make_error("range")
        return amount_vnd


class Quantity(InWords, fields.Field[Decimal]):
    """A quantity of at most three decimals: 2, 0,5, 1.25. The unit stands beside it."""

    default_error_messages = {
        **_REQUIRED,
        "invalid": _l("Ghi số lượng, ví dụ 2 hoặc 0,5."),
        "unclear": _l("Không rõ một nghìn hay một phẩy: ghi 1500, hoặc 1,5."),
    }

    def __init__(self, least: str = "0", most: str = "1000000", **more: Any) -> None:
        words = f"From {least} to {most}, at most 3 decimals"
        facts = {"type": ["number", "string"], "description": words}
        super().__init__(metadata=facts, **more)
        self.least, self.most = Decimal(least), Decimal(most)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format(Decimal(value).normalize(), "f")

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal:
        if value == "" and self.required:
            raise self.make_error("required")
        if isinstance(value, str) and _THOUSANDS.fullmatch(value.strip()):
            raise self.make_error("unclear")
        try:
            quantity = quantities.parse(str(value))
        except ValueError:
            raise self.make_error("invalid") from None
        if not self.least <= quantity <= self.most or quantity != round(quantity, 3):
            raise self.make_error("invalid")
        return quantity


class Whole(InWords, fields.Integer):
    """A whole number between `least` and `most`."""

    default_error_messages = {
        **_REQUIRED,
        "invalid": _l("Ghi một số nguyên."),
        "too_large": _l("Số quá lớn."),
    }

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(
            validate=validate.Range(
                least, most, error=_l("Từ %(least)s đến %(most)s.", least=least, most=most)
            ),
            **more,
        )


class Phone(InWords, fields.Field[str]):
    """A Vietnamese phone number, kept as E.164."""

    default_error_messages = {
        **_REQUIRED,
        "invalid": _l("Số điện thoại chưa đúng, ví dụ 0912 345 678."),
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not str(value).strip() and self.required:
            raise self.make_error("required")
        try:
            return phones.parse(str(value))
        except ValueError:
            raise self.make_error("invalid") from None


class Gtin(InWords, fields.Field[str]):
    """A barcode number of 8, 12, 13 or 14 digits with a right check digit, as digits alone."""

    default_error_messages = {
        **_REQUIRED,
        "invalid": _l("Mã vạch GTIN có 8, 12, 13 hoặc 14 chữ số."),
        "check": _l("Mã vạch gõ nhầm: số cuối phải là %(right)s nếu các số trước đúng."),
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        try:
            return gtin.parse(str(value))
        except gtin.WrongCheckDigit as error:
            raise ValidationError(
                str(self.error_messages["check"]) % {"right": error.right}
            ) from None
        except ValueError:
            raise self.make_error("invalid") from None


class Choice(InWords, fields.String):
    """One of `options` (value → label for people)."""

    default_error_messages = {**_REQUIRED, "invalid": _l("Chọn một mục trong danh sách.")}

    def __init__(self, options: Sequence[str], **more: Any) -> None:
        super().__init__(
            validate=validate.OneOf(options, error=_l("Chọn một mục trong danh sách.")), **more
        )


class Day(InWords, fields.Field[date]):
    """A day in Vietnam between 1900 and 2100: 2026-11-01, 01/11/2026, 1.11.2026."""

    default_error_messages = {
        **_REQUIRED,
        "invalid": _l("Ghi ngày, tháng, năm, ví dụ 01/11/2026."),
    }

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        if not str(value).strip() and self.required:
            raise self.make_error("required")
        for form in _DAY_FORMATS:
            try:
                day = datetime.strptime(str(value).strip(), form).date()
            except ValueError:
                continue
            if 1900 <= day.year <= 2100:
                return day
        raise self.make_error("invalid")
