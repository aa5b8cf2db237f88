"""The columns of the product spreadsheet: their headings, what a row says, what a pack says.

One row is one pack, known by its SKU. Rows of one product repeat its name; what else the product
is may be left blank from its second row on.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from shop import quantities, text
from shop.catalogue import words
from shop.catalogue.models import Product, Variant
from shop.catalogue.schemas import AboutSchema, PackSchema
from shop.fields import Text, ValidationError
from shop.spreadsheets import BadSheet, Cell, Row

RESULT = "Kết quả"
TICK = 500  # rows between two words of progress

Show = Callable[[Product, Variant], Cell | None]


class RowSchema(AboutSchema, PackSchema):
    """One row. The fields and their checks are those of the form and the API."""

    class Meta(AboutSchema.Meta):
        """What only a form asks."""

        exclude = ("price_is_real",)

    sku = Text(longest=60, required=True)
    active = words.YesNo(allow_none=True, load_default=None)


@dataclass(frozen=True)
class Column:
    """`name` of its field, its `heading`, what else people call it, and what a pack says there.

    `about`: it tells of the product, not of the pack. `number`: cells may be numbers.
    """

    name: str
    heading: str
    also: str
    show: Show
    about: bool = False
    number: bool = False


COLUMNS = (
    Column("sku", "Mã hàng (SKU)", "sku, mã hàng, mã sku, mã sản phẩm", lambda p, v: v.sku),
    Column("name", "Tên sản phẩm", "tên, tên hàng, name", lambda p, v: p.name, about=True),
    Column("name_en", "Tên tiếng Anh", "english name", lambda p, v: p.name_en, about=True),
    Column(
        "criteria_set",
        "Nhóm OCOP",
        "bộ tiêu chí, nhóm",
        lambda p, v: words.show_set(p.criteria_set),
        about=True,
    ),
    Column("description", "Mô tả", "description", lambda p, v: p.description, about=True),
    Column("ingredients", "Thành phần", "ingredients", lambda p, v: p.ingredients, about=True),
    Column("storage", "Bảo quản", "cách bảo quản", lambda p, v: p.storage, about=True),
    Column("shelf_life", "Hạn sử dụng", "hạn dùng, hsd", lambda p, v: p.shelf_life, about=True),
    Column(
        "months",
        "Mùa vụ (tháng)",
        "mùa vụ, tháng có hàng",
        lambda p, v: words.show_months(p.months),
        about=True,
        number=True,
    ),
    Column("pack", "Quy cách", "đóng gói, pack", lambda p, v: v.pack),
    Column("unit", "Đơn vị tính", "đơn vị, đvt, unit", lambda p, v: v.unit),
    Column(
        "price_vnd", "Giá (đồng)", "giá, giá bán, đơn giá", lambda p, v: v.price_vnd, number=True
    ),
    Column("gtin", "Mã vạch (GTIN)", "mã vạch, gtin, barcode", lambda p, v: v.gtin),
    Column(
        "weight_g",
        "Khối lượng (g)",
        "khối lượng, trọng lượng, trọng lượng g",
        lambda p, v: v.weight_g,
        number=True,
    ),
    Column(
        "least",
        "Mua ít nhất",
        "số lượng ít nhất",
        lambda p, v: Decimal(quantities.show(v.least).replace(",", ".")),
        number=True,
    ),
    Column("active", "Còn bán", "đang bán", lambda p, v: "có" if v.active else "không"),
)
HEADINGS = tuple(column.heading for column in COLUMNS)
ABOUT = tuple(column.name for column in COLUMNS if column.about)
BY_NAME = {column.name: column for column in COLUMNS}
NEEDED = ("name", "pack", "unit", "price_vnd")  # by a pack that is new


def _key(heading: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.fold(heading)))


_KNOWN = {
    _key(said): column
    for column in COLUMNS
    for said in (column.name, column.heading, *column.also.split(","))
}


@dataclass
class Fault:
    """What is wrong in one cell. `column` is a heading, empty for the whole row."""

    row: int
    column: str
    why: str

    def __str__(self) -> str:
        if not self.row:
            return self.why
        if not self.column:
            return str(_("Dòng %(row)s: %(why)s", row=self.row, why=self.why))
        place = _("Dòng %(row)s, cột %(column)s", row=self.row, column=self.column)
        return f"{place}: {self.why}"


@dataclass
class Line:
    """One row as read: `data` by field (only of columns that are there), `cells` as they came."""

    number: int
    cells: list[Cell]
    data: dict[str, Any]

    @property
    def sku(self) -> str:
        """What the pack is known by."""
        return str(self.data["sku"])


@dataclass
class Table:
    """A spreadsheet as read: its headings as they came, its lines, what is wrong."""

    headings: list[str]
    columns: list[Column | None]
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Whether the field has a column."""
        return any(column is not None and column.name == name for column in self.columns)


def read(rows: Iterator[Row], tick: Callable[[int], None] = lambda done: None) -> Table:
    """Read and check every row; `tick` hears how many so far, now and then.

    Raises BadSheet when the headings will not do or there is no row below them.
    """
    table = head(rows)
    schema, absent = RowSchema(), [c.name for c in COLUMNS if not table.has(c.name)]
    for row in rows:
        table.lines.append(_line(table, row, schema, absent))
        if len(table.lines) % TICK == 0:
            tick(len(table.lines))
    if not table.lines:
        raise BadSheet("no-rows", _("Dưới dòng tiêu đề không có dòng nào."))
    _find_doubles(table)
    return table


def head(rows: Iterator[Row]) -> Table:
    """The columns that the first row names. Raises BadSheet when they will not do."""
    first = next(rows, None)
    headings = [str(cell) for cell in first.cells] if first else []
    table = Table(headings, [_column(heading) for heading in headings])
    known = [column.name for column in table.columns if column]
    if "sku" not in known:
        heading = BY_NAME["sku"].heading
        raise BadSheet("no-sku", _("Không thấy cột “%(heading)s” ở dòng đầu.", heading=heading))
    strange = [
        heading
        for heading, column in zip(headings, table.columns, strict=True)
        if column is None and heading and _key(heading) != _key(RESULT)
    ]
    if strange:
        raise BadSheet(
            "strange", _("Có cột không hiểu: %(names)s.", names=", ".join(strange)[:300])
        )
    if len(known) != len(set(known)):
        raise BadSheet("twice", _("Có cột xuất hiện hai lần."))
    return table


def _column(heading: str) -> Column | None:
    return _KNOWN.get(_key(heading))


def _line(table: Table, row: Row, schema: RowSchema, absent: list[str]) -> Line:
    said: dict[str, Any] = {}
    cells = [*row.cells, *[""] * (len(table.columns) - len(row.cells))]
    for column, cell in zip(table.columns, cells, strict=False):
        if column is not None:
            said[column.name] = cell if column.number else _written(cell)
    if said.get("months") == "":
        said["months"] = []
    try:
        data = schema.load(said, partial=absent)
    except ValidationError as error:
        data = {"sku": str(said["sku"])}
        for name, reasons in error.normalized_messages().items():  # type: ignore[no-untyped-call]
            table.faults.append(Fault(row.number, BY_NAME[name].heading, " ".join(reasons)))
    return Line(row.number, cells, data)


def _written(cell: Cell) -> str:
    return format(cell, "f").replace(".", ",") if isinstance(cell, Decimal) else str(cell)


def _find_doubles(table: Table) -> None:
    for name in ("sku", "gtin"):
        first: dict[str, int] = {}
        for line in table.lines:
            value = line.data.get(name)
            if value and value in first:
                why = _("Trùng với dòng %(row)s.", row=first[value])
                table.faults.append(Fault(line.number, BY_NAME[name].heading, why))
            elif value:
                first[value] = line.number


def row_of(product: Product, pack: Variant) -> list[Cell | None]:
    """What a pack says in every column; read again it changes nothing."""
    return [column.show(product, pack) for column in COLUMNS]


def allowed() -> list[list[Cell]]:
    """The sheet that says what may stand where."""
    sets = [f"{code} {name}".strip() for code, name in words.criteria_sets().items()]
    lists: list[Iterable[str]] = [words.UNITS, sets, ("có", "không")]
    names = ("unit", "criteria_set", "active")
    head: list[Cell] = [BY_NAME[name].heading for name in names]
    columns = [list(values) for values in lists]
    longest = max(len(column) for column in columns)
    body: list[list[Cell]] = [
        [column[n] if n < len(column) else "" for column in columns] for n in range(longest)
    ]
    return [head, *body]


EXAMPLE: Mapping[str, Cell] = {
    "sku": "CHE-TOM-200",
    "name": "Chè tôm nõn",
    "name_en": "Green tea",
    "criteria_set": "QD26-11",
    "description": "Chè búp một tôm hai lá, sao tay.",
    "ingredients": "100% búp chè",
    "storage": "Nơi khô, tránh nắng",
    "shelf_life": "12 tháng",
    "months": "3, 4, 5, 6, 7, 8, 9, 10",
    "pack": "hộp 200 g",
    "unit": "hộp",
    "price_vnd": 185_000,
    "gtin": "",
    "weight_g": 200,
    "least": 1,
    "active": "có",
}
