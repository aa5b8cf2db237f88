"""Input: the buyer of an invoice, a seller's terms, what a provider reports."""

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from marshmallow import fields, post_load, validates_schema

from shop.fields import Choice, Day, Schema, Text, ValidationError
from shop.invoices.issuing import Report
from shop.invoices.models import InvoiceState, VatRate
from shop.sellers.schemas import Email, TaxCode


class BuyerSchema(Schema):
    """For whom the invoice is. A company has a tax code; a person a name."""

    buyer_name = Text(longest=120, load_default="")
    company = Text(longest=200, load_default="")
    tax_code = TaxCode(longest=20, load_default="", allow_none=True)
    address = Text(longest=300, load_default="")
    email = Email(longest=120, load_default="", allow_none=True)

    @validates_schema(skip_on_field_errors=True)
    def _some_name(self, data: dict[str, Any], **_more: Any) -> None:
        if data["company"] and not data["tax_code"]:
            raise ValidationError(_("Ghi mã số thuế của đơn vị."), "tax_code")
        if not data["company"] and not data["buyer_name"]:
            raise ValidationError(_("Ghi tên người mua hoặc tên đơn vị."), "buyer_name")
        if data["company"] and not data["address"]:
            raise ValidationError(_("Ghi địa chỉ của đơn vị."), "address")


class HookUrl(Text):
    """An https address on the public internet, without a name and password in it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        if typed and not is_public(typed):
            raise ValidationError(
                _("Ghi địa chỉ https:// của nhà cung cấp, ví dụ https://hoadon.vn/nhan.")
            )
        return typed


def is_public(url: str) -> bool:
    """Whether an address names a host that may be outside; what it resolves to is for the call."""
    try:
        named = urlsplit(url)
        host, secure = named.hostname or "", named.scheme == "https" and named.port in {None, 443}
    except ValueError:
        return False
    if not secure or named.username or "." not in host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return not host.endswith((".local", ".internal", ".localhost"))


class TermsSchema(Schema):
    """How a seller issues invoices."""

    vat = Choice(list(VatRate), required=True)
    hook_url = HookUrl(longest=300, load_default="", allow_none=True)
    new_secret = Choice(["1", ""], load_default="")


_SERIAL = re.compile(r"[CK][0-9]{2}[A-Z]{3}")
_NUMBER = re.compile(r"[0-9]{1,8}")
_REPORTED = [s for s in InvoiceState if s not in {InvoiceState.WAITING, InvoiceState.READY}]


class ReportSchema(Schema):
    """What became of an invoice. Signs as Circular 32/2025/TT-BTC has them: "1", "C26TAA"."""

    state = Choice(_REPORTED, required=True)
    template = Text(longest=2, load_default="")
    serial = Text(longest=8, load_default="")
    number = Text(longest=8, load_default="")
    issued_on = Day(load_default=None, allow_none=True)
    authority_code = Text(longest=60, load_default="")
    lookup_url = Text(longest=300, load_default="")
    reason = Text(longest=300, load_default="")

    @validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_more: Any) -> None:
        # "1C26TAA": many write the form sign and the sign as one.
        serial = data["serial"].upper()
        if len(serial) == 7 and serial[0].isdigit() and not data["template"]:
            data["template"], serial = serial[0], serial[1:]
        data["serial"] = serial
        if serial and not _SERIAL.fullmatch(serial):
            raise ValidationError(_("Ký hiệu hóa đơn có dạng C26TAA."), "serial")
        if data["number"] and (
            not _NUMBER.fullmatch(data["number"]) or not data["number"].strip("0")
        ):
            raise ValidationError(_("Số hóa đơn có nhiều nhất 8 chữ số."), "number")
        if data["lookup_url"] and not data["lookup_url"].startswith("https://"):
            raise ValidationError(_("Địa chỉ tra cứu bắt đầu bằng https://."), "lookup_url")
        if data["state"] == InvoiceState.ISSUED and not data["number"]:
            raise ValidationError(_("Ghi số hóa đơn."), "number")
        if data["state"] == InvoiceState.REFUSED and not data["reason"]:
            raise ValidationError(_("Ghi lý do bị từ chối."), "reason")

    @post_load
    def _as_report(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        data["state"] = InvoiceState(data["state"])
        return data


def as_report(data: dict[str, Any]) -> Report:
    """A checked report as `issuing.report` takes it."""
    return Report(**data)


class NoticeSchema(ReportSchema):
    """A provider's call: a report and the order that it is about."""

    order = fields.String(required=True)
