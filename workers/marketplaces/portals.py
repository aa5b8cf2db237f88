"""Portals without an API: what their templates ask of goods, and the rows they are given.

A template is data: columns with a heading of the portal's, the field of ours that stands there,
and what the portal allows. Nothing here knows a portal by name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.spreadsheets import Cell

MOST_IMAGES = 8
LONGEST_LINK = 500

# Every field of ours that a column may show, as people choose it. "text" is a fixed text.
FIELDS = {
    "sku": _l("Mã hàng (SKU)"),
    "name": _l("Tên và quy cách"),
    "category": _l("Danh mục"),
    "summary": _l("Mô tả ngắn"),
    "description": _l("Mô tả chi tiết"),
    "unit": _l("Đơn vị tính"),
    "pack": _l("Quy cách"),
    "weight_g": _l("Khối lượng (g)"),
    "size_cm": _l("Kích thước dài × rộng × cao (cm)"),
    "price_vnd": _l("Giá bán (đồng)"),
    "stock": _l("Tồn kho"),
    "ingredients": _l("Thành phần"),
    "shelf_life": _l("Hạn sử dụng"),
    "storage": _l("Bảo quản"),
    "origin": _l("Xuất xứ"),
    "gtin": _l("Mã vạch (GTIN)"),
    "page": _l("Trang truy xuất và giới thiệu"),
    "star": _l("Hạng sao OCOP"),
    "decision": _l("Số quyết định OCOP"),
    "decided_on": _l("Ngày quyết định OCOP"),
    "star_until": _l("Ngày hết hạn OCOP"),
    "food_safety": _l("Giấy an toàn thực phẩm"),
    "food_safety_until": _l("Ngày hết hạn giấy an toàn thực phẩm"),
    "seller": _l("Tên đơn vị"),
    "tax_code": _l("Mã số thuế"),
    "address": _l("Địa chỉ"),
    "phone": _l("Điện thoại"),
    **{f"image_{n}": _l("Ảnh %(n)s", n=n) for n in range(1, MOST_IMAGES + 1)},
    "text": _l("Chữ cố định"),
}
# A paper that has ended must not be told of as if it held.
_FOOD_PAPER = {"food_safety", "food_safety_until"}


@dataclass(frozen=True)
class Column:
    """A column of a portal's template. `longest` in characters, None: no limit.

    `fixed` is what every row says where `source` is "text".
    """

    heading: str
    source: str
    longest: int | None = None
    required: bool = False
    fixed: str = ""


@dataclass(frozen=True)
class Goods:
    """One thing for sale as the columns see it: field → cell; what is unknown is left out.

    `made_up`: its price is illustrative. `star_ended_on`, `food_safety_ended_on`: the last day of
    a paper that holds no more and that nothing replaced.
    """

    sku: str
    values: Mapping[str, Cell]
    images: Sequence[str] = ()
    made_up: bool = False
    star_ended_on: date | None = None
    food_safety_ended_on: date | None = None


@dataclass(frozen=True)
class Faults:
    """What keeps a row out of the file (`why`), and what is only worth knowing (`notes`)."""

    why: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def row(columns: Sequence[Column], goods: Goods) -> list[Cell]:
    """The cells of a thing, one for each column; blank where nothing is known."""
    return [_cell(column, goods) for column in columns]


def _cell(column: Column, goods: Goods) -> Cell:
    if column.source == "text":
        return column.fixed
    if column.source.startswith("image_"):
        number = int(column.source.removeprefix("image_"))
        return image_name(goods.sku, number) if number <= len(goods.images) else ""
    return goods.values.get(column.source, "")


def check(columns: Sequence[Column], goods: Goods) -> Faults:
    """What the portal would not take of this row, in words that say what to do."""
    found = Faults()
    sources = {column.source for column in columns}
    if goods.made_up:
        found.why.append(_("Giá đang là giá minh họa. Nhập giá thật rồi xuất lại."))
    if goods.food_safety_ended_on and sources & _FOOD_PAPER:
        found.why.append(
            _("Giấy an toàn thực phẩm hết hạn ngày %(day)s.", day=_day(goods.food_safety_ended_on))
        )
    if goods.star_ended_on and "star" in sources:
        found.notes.append(
            _(
                "Chứng nhận OCOP hết hạn ngày %(day)s, cột sao để trống.",
                day=_day(goods.star_ended_on),
            )
        )
    for column in columns:
        if goods.made_up and column.source == "price_vnd":
            continue  # said above
        why = _wrong(column, _cell(column, goods))
        if why:
            found.why.append(f"{column.heading}: {why}")
    return found


def _wrong(column: Column, cell: Cell) -> str:
    if column.required and cell == "":
        return str(_("chưa có."))
    length = len(str(cell))
    if column.longest is not None and length > column.longest:
        return str(_("dài %(there)s ký tự, cổng nhận %(most)s.", there=length, most=column.longest))
    return ""


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def image_name(sku: str, number: int) -> str:
    """`{sku}_{n}.jpg`. What no file name can hold is written ~hex, so that two SKUs stay two."""
    safe = re.sub(r"[^\w.-]|~|^\.", lambda found: f"~{ord(found[0]):x}~", sku)
    return f"{safe}_{number}.jpg"


class BadLink(ValueError):
    """An address that cannot be a listing on the portal; its text says why, for people."""


def checked_link(link: str, host: str) -> str:
    """The address of a listing, as one text for one page. Raises BadLink.

    It is https, of the portal's host or one below it, leads to a page, and holds no password. A
    fragment is dropped: it is the same page.
    """
    try:
        parts = urlsplit(link.strip())
        port, theirs = parts.port, (parts.hostname or "").lower()
    except ValueError:
        raise BadLink(
            _("Địa chỉ này không đọc được. Chép lại từ thanh địa chỉ của trình duyệt.")
        ) from None
    if parts.scheme != "https":
        raise BadLink(_("Địa chỉ phải bắt đầu bằng https://."))
    if theirs != host and not theirs.endswith(f".{host}"):
        raise BadLink(_("Địa chỉ phải thuộc %(host)s.", host=host))
    if parts.username or parts.password or port not in {None, 443}:
        raise BadLink(_("Địa chỉ này không đọc được. Chép lại từ thanh địa chỉ của trình duyệt."))
    if parts.path in {"", "/"} and not parts.query:
        raise BadLink(_("Đây là trang chủ của cổng. Mở đúng trang sản phẩm rồi chép địa chỉ."))
    if len(link) > LONGEST_LINK or re.search(r"[\s\x00-\x1f<>\"]", link.strip()):
        raise BadLink(_("Địa chỉ này không đọc được. Chép lại từ thanh địa chỉ của trình duyệt."))
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{theirs}{parts.path or '/'}{query}"
