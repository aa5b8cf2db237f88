"""Input of the payments' room."""

import re

from flask_babel import gettext as _
from marshmallow import validates

from shop.fields import Choice, Schema, Text, ValidationError, Vnd
from shop.payments import banks
from shop.payments.feeds import FEEDS

_NUMBER = re.compile(r"[0-9A-Za-z]{4,19}")


class AccountSchema(Schema):
    """A bank account that receives a seller's money. `bank_bin`: six-digit NAPAS BIN."""

    seller = Text(longest=40, required=True)
    bank_bin = Text(longest=6, required=True)
    account_number = Text(longest=19, required=True)
    account_name = Text(longest=60, shortest=2, required=True)

    @validates("bank_bin")
    def _bank(self, value: str, **_more: object) -> None:
        if banks.bank(value) is None:
            raise ValidationError(_("Chọn ngân hàng trong danh sách."))

    @validates("account_number")
    def _number(self, value: str, **_more: object) -> None:
        if not _NUMBER.fullmatch(value):
            raise ValidationError(_("Số tài khoản chỉ gồm chữ và số, không dấu cách."))


class FeedSchema(Schema):
    """A feed whose key stands on its own pages."""

    provider = Choice([name for name, feed in FEEDS.items() if feed.gives_key], required=True)
    secret = Text(longest=200, shortest=8, required=True)


class ListKeySchema(Schema):
    """The API key of a feed's list of transactions; empty ends asking for it."""

    list_key = Text(longest=300, load_default="")

    @validates("list_key")
    def _plain(self, value: str, **_more: object) -> None:
        if value and not re.fullmatch(r"[!-~]{8,300}", value):
            raise ValidationError(_("Khóa API gồm chữ không dấu, số và dấu, không có dấu cách."))


class TakenSchema(Schema):
    """How much a gateway that held a payment for review did take."""

    amount = Vnd(least=1, most=1_000_000_000, required=True)


class GivenBackSchema(Schema):
    """Why a gateway gave a payment back."""

    reason = Text(longest=200, shortest=2, required=True)
