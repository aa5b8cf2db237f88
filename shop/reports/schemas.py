"""Input of reports: an official's region and term, what a page of figures is asked for."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import validates_schema

from shop.fields import Day, Phone, Schema, Text, ValidationError
from shop.sellers.schemas import Email


class OfficialSchema(Schema):
    """A person, the region that is theirs (in words or by its code), and from when to when."""

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)
    email = Email(longest=200, load_default=None, allow_none=True)
    area = Text(longest=160, required=True)
    valid_from = Day(required=True)
    valid_until = Day(load_default=None)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_more: Any) -> None:
        if data["valid_until"] and data["valid_until"] < data["valid_from"]:
            raise ValidationError(
                str(_l("Ngày kết thúc phải từ ngày bắt đầu trở đi.")), "valid_until"
            )


class MailSchema(Schema):
    """Where the monthly mail goes; empty: nowhere."""

    email = Email(longest=200, load_default=None, allow_none=True)


class EndSchema(Schema):
    """The last day of a term."""

    last = Day(required=True)


class PlainSchema(Schema):
    """A form that asks for nothing but to be sent."""
