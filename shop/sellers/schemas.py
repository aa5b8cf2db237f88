"""Input of the sellers' room, and a seller as anybody may see it."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields as plain
from marshmallow import validates

from shop import clock
from shop.accounts.models import SELLER_ROLES
from shop.fields import Choice, Day, Phone, Schema, Shown, Text, ValidationError
from shop.sellers import colours, papers, points
from shop.sellers.models import SellerKind

# Ten digits, with three more for a branch, or the personal number that households use since
# 1 July 2025 (Circular 86/2024/TT-BTC).
_TAX_CODE = re.compile(r"[0-9]{10}(-?[0-9]{3})?|[0-9]{12}")
_EMAIL = re.compile(r"[^@\s<>\"',;:]+@[^@\s<>\"',;:]+\.[^@\s<>\"',;:.]{2,}")


class TaxCode(Text):
    """A tax code of 10, 13 or 12 digits, without blanks."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        code = re.sub(r"[\s.]", "", typed)
        if not _TAX_CODE.fullmatch(code):
            raise ValidationError(
                _("Mã số thuế có 10 hoặc 13 chữ số; hộ gia đình dùng số định danh 12 chữ số.")
            )
        return code


class Email(Text):
    """An e-mail address."""

    default_error_messages = {"invalid": _l("E-mail chưa đúng, ví dụ lienhe@htx.vn.")}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        if not _EMAIL.fullmatch(typed):
            raise self.make_error("invalid")
        return typed


class Colour(Text):
    """A colour on which white letters can be read, as "#rrggbb"."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        try:
            colour = colours.parse(typed)
        except ValueError:
            raise ValidationError(_("Ghi mã màu như #1f5c3c.")) from None
        if not colours.is_readable(colour):
            near = colours.darkened(colour)
            raise ValidationError(
                _("Màu này nhạt quá, chữ trắng trên nền khó đọc. Thử màu %(near)s.", near=near)
            )
        return colour


class GeoPoint(Text):
    """A point in Vietnam, typed or pasted from a map, as `points.Point`."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        try:
            return points.parse(typed)
        except points.Shortened:
            raise ValidationError(
                _("Liên kết rút gọn không đọc được. Mở nó ra, rồi chép liên kết dài hoặc hai số.")
            ) from None
        except points.Outside:
            raise ValidationError(_("Điểm này không ở Việt Nam, xin xem lại.")) from None
        except points.NotAPoint:
            raise ValidationError(
                _("Ghi vĩ độ, kinh độ, ví dụ 21.5671, 105.7502, hoặc dán liên kết bản đồ.")
            ) from None


class ProfileSchema(Schema):
    """Who a seller is. Everything but the name may still be unknown.

    `address` as people write it; `province_code` and `commune_code` answer what it leaves open.
    """

    name = Shown(name=True, longest=160, shortest=2, required=True)
    kind = Choice([str(kind) for kind in SellerKind], load_default=None, allow_none=True)
    legal_name = Shown(name=True, longest=200, load_default=None, allow_none=True)
    tax_code = TaxCode(longest=20, load_default=None, allow_none=True)
    registration_no = Text(longest=60, load_default=None, allow_none=True)
    registered_on = Day(load_default=None, allow_none=True)
    registered_by = Text(longest=160, load_default=None, allow_none=True)
    representative = Shown(longest=120, load_default=None, allow_none=True)
    phone = Phone(load_default=None, allow_none=True)
    email = Email(longest=200, load_default=None, allow_none=True)
    address = Text(longest=300, load_default=None, allow_none=True)
    province_code = Text(longest=2, load_default="")
    commune_code = Text(longest=5, load_default="")
    street = Text(longest=200, load_default=None, allow_none=True)
    point = GeoPoint(longest=2000, load_default=None, allow_none=True)
    story = Shown(longest=6000, load_default="")
    colour = Colour(longest=20, load_default=None, allow_none=True)
    colour_code = Colour(longest=20, load_default=None, allow_none=True)

    @validates("registered_on")
    def _registered(self, day: date | None, **_more: Any) -> None:
        if day and day > clock.today():
            raise ValidationError(_("Ngày cấp còn ở tương lai."))


class NewSellerSchema(Schema):
    """What the administrator knows of a seller at first; its people fill in the rest."""

    name = Shown(name=True, longest=160, shortest=2, required=True)
    kind = Choice([str(kind) for kind in SellerKind], load_default=None, allow_none=True)


class PaperSchema(Schema):
    """What a paper is; its file is checked by `uploads`."""

    kind = Choice(list(papers.KINDS), required=True)
    title = Text(longest=160, load_default=None, allow_none=True)
    valid_until = Day(load_default=None, allow_none=True)


class MemberSchema(Schema):
    """A new member: by phone, so that nobody needs an e-mail."""

    seller = Text(longest=40, required=True)
    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)
    role = Choice([str(role) for role in SELLER_ROLES], required=True)


class StallOut(Schema):
    """A seller as anybody may see it. Communes and provinces are today's units with their codes."""

    ref = plain.String(dump_only=True)
    name = plain.String(dump_only=True)
    kind = plain.String(dump_only=True, allow_none=True)
    province = plain.String(dump_only=True, allow_none=True)
    province_code = plain.String(dump_only=True, allow_none=True)
    commune = plain.String(dump_only=True, allow_none=True)
    commune_code = plain.String(dump_only=True, allow_none=True)
    story = plain.String(dump_only=True)
