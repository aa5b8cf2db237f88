"""Input of the portals room."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from shop.fields import Choice, Day, Phone, Schema, Text, Vnd, Whole
from workers.marketplaces.portals import FIELDS
from workers.marketplaces.protocol import OrderState
from workers.portals import templates

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
# A form has so many lines; a longer order comes by file.
MOST_LINES = 10
# What a person may say of an order they type.
STATES = {
    OrderState.CONFIRMED: _l("Cần chuẩn bị hàng"),
    OrderState.SHIPPED: _l("Đã gửi"),
    OrderState.DELIVERED: _l("Đã giao"),
    OrderState.COMPLETED: _l("Hoàn thành"),
}


class Host(Text):
    """The host of a portal's pages, typed alone or as an address: "postmart.vn"."""

    default_error_messages = {"host": _l("Ghi địa chỉ trang của cổng, ví dụ postmart.vn.")}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        said = super()._deserialize(value, attr, data, **kwargs).lower()
        host = re.sub(r"^https?://", "", said).split("/")[0].removeprefix("www.")
        if host and not _HOST.fullmatch(host):
            raise self.make_error("host")
        return host


class PortalSchema(Schema):
    """Which seller (by reference) begins to work which portal by hand."""

    seller = Text(longest=40, required=True)
    kind = Choice(list(templates.kinds()), required=True)
    name = Text(longest=60, load_default="")
    host = Host(longest=200, load_default="")


class HostSchema(Schema):
    """Where a portal's listings are."""

    host = Host(longest=200, required=True)


class ColumnSchema(Schema):
    """One column of a template; `place` is its place in the sheet. A blank heading takes it out."""

    heading = Text(longest=80, load_default="")
    source = Choice(list(FIELDS), load_default="sku")
    longest = Whole(1, 100_000, allow_none=True, load_default=None)
    required = Choice(["", "1"], load_default="")
    fixed = Text(longest=500, load_default="")
    place = Whole(0, 1000, allow_none=True, load_default=None)


class OrderSchema(Schema):
    """An order of a portal without its lines; the number is the portal's own."""

    number = Text(longest=60, required=True)
    placed_on = Day(allow_none=True, load_default=None)
    state = Choice(list(STATES), required=True)
    buyer = Text(longest=120, load_default="")
    phone = Phone(allow_none=True, load_default=None)
    address = Text(longest=300, load_default="")
    fee_vnd = Vnd(allow_none=True, load_default=None)
    discount_vnd = Vnd(allow_none=True, load_default=None)
    note = Text(longest=500, load_default="")


class LineSchema(Schema):
    """A line of such an order: how many of what (by SKU), for how much each."""

    sku = Text(longest=60, required=True)
    quantity = Whole(1, 999_999, required=True)
    price_vnd = Vnd(required=True)


def lines(form: Mapping[str, str]) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """The lines of the form (`sku-1`, `quantity-1`, `price_vnd-1`, …) that say anything, and what
    is wrong with them by field."""
    found: list[dict[str, Any]] = []
    errors: dict[str, list[str]] = {}
    for number in range(1, MOST_LINES + 1):
        said = {name: form.get(f"{name}-{number}", "") for name in LineSchema().fields}
        if not any(value.strip() for value in said.values()):
            continue
        wrong = LineSchema().validate(said)
        errors |= {f"{name}-{number}": why for name, why in wrong.items()}
        if not wrong:
            found.append(LineSchema().load(said) | {"number": number})
    return found, errors


def columns(form: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The columns of a template's form in the order they ask for, and what is wrong with them.

    `form`: its lists of heading, source, longest, fixed, place; `required` holds row numbers.
    """
    found: list[tuple[int, int, dict[str, Any]]] = []
    faults: list[str] = []
    ticked = set(form.getlist("required"))
    names = ("heading", "source", "longest", "fixed", "place")
    for number, cells in enumerate(zip(*(form.getlist(name) for name in names), strict=False)):
        said = dict(zip(names, cells, strict=True))
        said["required"] = "1" if str(number) in ticked else ""
        wrong = ColumnSchema().validate(said)
        if wrong:
            why = " ".join(word for each in wrong.values() for word in each)
            faults.append(f"{said['heading'] or number + 1}: {why}")
            continue
        data = ColumnSchema().load(said)
        place = data.pop("place")
        data["required"] = bool(data["required"])
        found.append((place if place is not None else 1000, number, data))
    return [data for _place, _number, data in sorted(found, key=lambda each: each[:2])], faults
