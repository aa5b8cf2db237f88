"""Files that people download from a portal: its orders and its list of listings, read as ours.

Which heading means what is data, chosen once for a portal; `guess` proposes it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import money, text
from shop.spreadsheets import BadSheet, Cell, Row
from workers.marketplaces.protocol import Order, OrderLine, OrderState, Remote, RemoteState

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

# Field → its name, and the headings by which it is proposed (folded).
ORDER_FIELDS = {
    "number": (_l("Mã đơn hàng"), "ma don hang|ma don|so don hang|so don|order"),
    "placed": (_l("Ngày đặt"), "ngay dat|ngay tao|thoi gian dat|ngay"),
    "state": (_l("Trạng thái"), "trang thai|tinh trang|status"),
    "buyer": (_l("Người mua"), "nguoi mua|khach hang|nguoi nhan|ten khach|ho ten"),
    "phone": (_l("Điện thoại"), "dien thoai|so dien thoai|sdt"),
    "address": (_l("Địa chỉ"), "dia chi|dia chi nhan|noi nhan"),
    "sku": (_l("Mã hàng (SKU)"), "sku|ma hang|ma san pham|ma sku"),
    "item": (_l("Tên hàng"), "ten san pham|san pham|ten hang"),
    "quantity": (_l("Số lượng"), "so luong|sl"),
    "price": (_l("Đơn giá"), "don gia|gia ban|gia"),
    "fee": (_l("Phí giao"), "phi giao|phi van chuyen|phi ship"),
    "discount": (_l("Giảm giá"), "giam gia|khuyen mai"),
    "total": (_l("Tổng tiền"), "tong tien|tong cong|tong thanh toan"),
    "note": (_l("Ghi chú"), "ghi chu"),
}
LISTING_FIELDS = {
    "sku": (_l("Mã hàng (SKU)"), "sku|ma hang|ma san pham|ma sku"),
    "name": (_l("Tên hàng"), "ten san pham|san pham|ten hang"),
    "price": (_l("Giá bán"), "gia ban|don gia|gia"),
    "stock": (_l("Tồn kho"), "ton kho|so luong|ton"),
}
ORDER_NEEDS = ("number", "quantity", "price")
LISTING_NEEDS = ("sku",)

# Words of a portal, folded, → what they mean for us; the first that is found counts.
_STATES = (
    ("tra hang|hoan tra|hoan hang", OrderState.RETURNED),
    ("huy", OrderState.CANCELLED),
    ("hoan thanh|hoan tat|thanh cong", OrderState.COMPLETED),
    ("da giao cho van chuyen|dang giao|dang van chuyen|da gui", OrderState.SHIPPED),
    ("da giao|da nhan", OrderState.DELIVERED),
    ("xac nhan|cho giao|cho lay|dang chuan bi|dang xu ly|da thanh toan|moi", OrderState.CONFIRMED),
    ("cho thanh toan", OrderState.PLACED),
)
_WAITS = "cho xac nhan|cho thanh toan"
# No order of a cooperative comes near it, and every column holds what such orders add up to.
MOST_VND = 100_000_000_000
_DAYS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


@dataclass
class OrderFile:
    """A file of orders as read. `faults`: what is wrong; its order is left out."""

    orders: list[Order] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def guess(headings: Sequence[str], fields: Mapping[str, tuple[object, str]]) -> dict[str, str]:
    """Field → heading, where a heading is one of the field's usual words."""
    folded = {_folded(heading): heading for heading in headings if heading}
    found: dict[str, str] = {}
    for name, (_label, words) in fields.items():
        heading = next((folded[w] for w in words.split("|") if w in folded), None)
        if heading is not None and heading not in found.values():
            found[name] = heading
    return found


def _folded(words: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.fold(words)))


def headings(rows: Iterator[Row]) -> list[str]:
    """The first row. Raises BadSheet when there is none."""
    first = next(rows, None)
    if first is None:
        raise BadSheet("empty", _("Tệp rỗng, không có gì bên trong."))
    return [str(cell) for cell in first.cells]


def _places(
    there: Sequence[str], mapping: Mapping[str, str], needs: Iterable[str]
) -> dict[str, int]:
    """Field → which cell. Raises BadSheet when a needed heading is not in the file."""
    missing = [mapping.get(name, "") or name for name in needs if mapping.get(name) not in there]
    if missing:
        raise BadSheet("columns", _("Tệp không có cột: %(names)s.", names=", ".join(missing)))
    return {name: there.index(said) for name, said in mapping.items() if said in there}


# — orders —


def read_orders(rows: Iterator[Row], mapping: Mapping[str, str], now: datetime) -> OrderFile:
    """The orders of a file: one row a line, rows of one number are one order.

    `mapping`: field of ORDER_FIELDS → heading; `now` is when it was told, and when it was placed
    where the file does not say. Raises BadSheet when the headings do not fit.
    """
    place = _places(headings(rows), mapping, ORDER_NEEDS)
    if not {"sku", "item"} & place.keys():
        raise BadSheet("columns", _("Tệp cần cột mã hàng hoặc tên hàng."))
    found, grouped = OrderFile(), dict[str, list[Row]]()
    for row in rows:
        number = number_of(str(_at(row, place, "number")))
        if number:
            grouped.setdefault(number, []).append(row)
        else:
            found.faults.append(_("Dòng %(row)s: chưa có mã đơn.", row=row.number))
    for number, lines in grouped.items():
        try:
            found.orders.append(_order(number, lines, place, now))
        except _Wrong as error:
            found.faults.append(_("Đơn %(number)s: %(why)s", number=number, why=str(error)))
    return found


def number_of(said: str) -> str:
    """An order's number as it is kept: "pm-1" by hand is "PM-1" of the portal's file."""
    return text.visible(said).strip().upper()


class _Wrong(ValueError):
    """Something in an order's rows; its text is for people."""


def _at(row: Row, place: Mapping[str, int], name: str) -> Cell:
    at = place.get(name)
    return row.cells[at] if at is not None and at < len(row.cells) else ""


def _order(number: str, rows: list[Row], place: Mapping[str, int], now: datetime) -> Order:
    first = rows[0]
    said = str(_first(rows, place, "state"))
    lines = _lines(rows, place)
    fee_vnd, discount_vnd = (_whole_order(rows, place, name) or 0 for name in ("fee", "discount"))
    total_vnd = sum(line.quantity * line.unit_price_vnd for line in lines) + fee_vnd - discount_vnd
    if total_vnd > MOST_VND:
        raise _Wrong(_("tổng tiền %(summed)s quá lớn.", summed=money.show(total_vnd)))
    told_vnd = _whole_order(rows, place, "total")
    if total_vnd < 0 or told_vnd not in {None, total_vnd}:
        raise _Wrong(
            _(
                "tổng tiền ghi %(told)s, cộng các dòng là %(summed)s.",
                told=money.show(told_vnd or 0),
                summed=money.show(total_vnd),
            )
        )
    return Order(
        order_id=number,
        state=state_of(said),
        said=said,
        updated_at=now,
        placed_at=_placed(_at(first, place, "placed"), now),
        buyer_name=str(_first(rows, place, "buyer")),
        buyer_phone=str(_first(rows, place, "phone")),
        address=str(_first(rows, place, "address")),
        lines=lines,
        fee_vnd=fee_vnd,
        discount_vnd=discount_vnd,
        total_vnd=total_vnd,
        note=str(_first(rows, place, "note")),
    )


def _first(rows: list[Row], place: Mapping[str, int], name: str) -> Cell:
    """What the first row that says anything says: portals leave repeated cells blank."""
    return next((cell for row in rows if (cell := _at(row, place, name)) != ""), "")


def _whole_order(rows: list[Row], place: Mapping[str, int], name: str) -> int | None:
    """An amount of the whole order, told once or on every row alike; None: not told."""
    told = {_vnd(cell) for row in rows if (cell := _at(row, place, name)) != ""}
    if len(told) > 1:
        label = ORDER_FIELDS[name][0]
        raise _Wrong(_("các dòng của đơn ghi “%(name)s” khác nhau.", name=label))
    return told.pop() if told else None


def _vnd(cell: Cell) -> int:
    try:
        if isinstance(cell, Decimal):
            raise ValueError("a fraction of a đồng")
        amount_vnd = money.parse(cell)
        if amount_vnd > MOST_VND:
            raise ValueError("more than there is")
        return amount_vnd
    except ValueError:
        raise _Wrong(_("“%(said)s” không phải số đồng.", said=cell)) from None


def _lines(rows: list[Row], place: Mapping[str, int]) -> tuple[OrderLine, ...]:
    seen: dict[str, int] = {}
    lines = []
    for row in rows:
        sku, name = str(_at(row, place, "sku")), str(_at(row, place, "item"))
        key = sku or name
        if not key:
            raise _Wrong(_("dòng %(row)s chưa có mã hàng.", row=row.number))
        seen[key] = seen.get(key, 0) + 1
        line_id = key if seen[key] == 1 else f"{key}#{seen[key]}"
        quantity, price_vnd = _count(_at(row, place, "quantity")), _vnd(_at(row, place, "price"))
        lines.append(OrderLine(line_id, key, sku, name, quantity, price_vnd))
    return tuple(lines)


def _count(cell: Cell) -> int:
    said = str(cell)
    if not re.fullmatch(r"[1-9]\d{0,5}", said):
        raise _Wrong(_("số lượng “%(said)s” không phải số nguyên dương.", said=said))
    return int(said)


def _placed(cell: Cell, now: datetime) -> datetime:
    said = str(cell)
    if not said:
        return now
    for form in _DAYS:
        try:
            placed = datetime.strptime(said, form).replace(tzinfo=VIETNAM).astimezone(UTC)
        except ValueError:
            continue
        # Clocks differ; days do not.
        if placed > now + timedelta(days=1):
            raise _Wrong(_("ngày đặt “%(said)s” chưa tới.", said=said))
        return placed
    raise _Wrong(_("ngày đặt “%(said)s” không đọc được.", said=said))


def state_of(said: str) -> OrderState:
    """What a portal's word means; nothing said is a confirmed order. Raises ValueError."""
    folded = _folded(said)
    if not folded:
        return OrderState.CONFIRMED
    if re.search(rf"\b(?:{_WAITS})\b", folded):
        return OrderState.PLACED
    for words, state in _STATES:
        if re.search(rf"\b(?:{words})\b", folded):
            return state
    raise _Wrong(_("trạng thái “%(said)s” chưa biết nghĩa là gì.", said=said))


# — listings —


def read_listings(rows: Iterator[Row], mapping: Mapping[str, str]) -> dict[str, Remote]:
    """What a portal lists, by SKU; of what it names twice the last counts. Raises BadSheet."""
    place = _places(headings(rows), mapping, LISTING_NEEDS)
    found: dict[str, Remote] = {}
    for row in rows:
        sku = str(_at(row, place, "sku"))
        if not sku:
            continue
        try:
            price = _at(row, place, "price")
            price_vnd = _vnd(price) if price != "" else None
            stock = _stock(_at(row, place, "stock"))
        except _Wrong as error:
            raise BadSheet(
                "cells", _("Dòng %(row)s: %(why)s", row=row.number, why=str(error))
            ) from None
        name = str(_at(row, place, "name"))
        found[sku] = Remote(sku, sku, name, RemoteState.LIVE, price_vnd, stock)
    return found


def _stock(cell: Cell) -> int | None:
    if cell == "":
        return None
    if not re.fullmatch(r"\d{1,9}", str(cell)):
        raise _Wrong(_("tồn kho “%(said)s” không phải số nguyên.", said=cell))
    return int(cell)
