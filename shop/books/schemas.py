"""Input of the books' room."""

from shop.books.models import Direction
from shop.fields import Choice, Day, Schema, Text, Vnd


class VoucherSchema(Schema):
    """A receipt or payment voucher as it is written."""

    direction = Choice(list(Direction), required=True)
    on = Day(required=True)
    amount_vnd = Vnd(least=1, most=100_000_000_000, required=True)
    money = Text(longest=40, required=True)
    tag = Text(longest=30, required=True)
    text = Text(longest=200, shortest=2, required=True)
    person = Text(longest=100, load_default="")


class UndoSchema(Schema):
    """Why a voucher is undone."""

    why = Text(longest=200, shortest=2, required=True)


class BusinessSchema(Schema):
    """The line of business of a household, a code of the tax rules."""

    business = Text(longest=30, required=True)
