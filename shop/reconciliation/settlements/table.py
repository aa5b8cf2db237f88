"""Tables in a file: each under the header row its names tell, its cells asked for by role."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from flask_babel import gettext as _

from shop import text
from shop.reconciliation.settlements import amounts, book, days, header
from shop.reconciliation.settlements.book import Cell
from shop.reconciliation.settlements.header import Layout, is_blank, key
from shop.reconciliation.settlements.protocol import BadSettlement

HEADER_ROWS = 40
# From here on a spreadsheet program has rounded a number: what is left is another's number.
_ROUNDED = 10**15
_EXPONENT = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_TOTAL = re.compile(r"(?:tong|cong|total|grand total|sum)(?: .*)?")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; refuses what it cannot read. `number` as the program shows it."""

    table: "Table"
    number: int
    cells: list[Cell]

    def text(self, role: str, most: int = 200) -> str:
        """What is written, on one line and cut at `most` characters; "" where nothing is."""
        cell = self._cell(role)
        if isinstance(cell, float) and math.isfinite(cell) and cell == int(cell):
            cell = int(cell)
        return "" if is_blank(cell) else " ".join(text.visible(str(cell)[:most]).split())

    def code(self, role: str) -> str:
        """A number by which something is known, "" where none is.

        Refuses one that a spreadsheet program has turned into an amount or a day: digits are lost.
        """
        cell = self._cell(role)
        if isinstance(cell, str):
            whole = not _EXPONENT.fullmatch(cell.strip())
        elif isinstance(cell, int | float) and math.isfinite(cell):
            whole = 0 <= cell < _ROUNDED and cell == int(cell)
        else:
            whole = False
        if not whole:
            words = _(
                "mã ở cột “%(column)s” đã bị đổi thành số và mất chữ số cuối. "
                "Xin tải lại tệp và gửi ngay, không mở ra lưu lại bằng Excel.",
                column=self.table.heading(role),
            )
            raise self.refusal("rounded", words)
        return self.text(role)

    def amount(self, role: str) -> int | None:
        """Đồng in the columns of a role, added up; None where all are blank."""
        found = None
        for place in self.table.columns.get(role, ()):
            cell = self.cells[place] if place < len(self.cells) else ""
            if not is_blank(cell):
                found = (found or 0) + self._parsed(cell, place)
        return found

    def needed_amount(self, role: str) -> int:
        """Đồng of a column that must say something."""
        amount_vnd = self.amount(role)
        if amount_vnd is None:
            words = _("cột “%(column)s” không có số tiền.", column=self.table.heading(role))
            raise self.refusal("no-amount", words)
        return amount_vnd

    def day(self, role: str) -> date | None:
        """The day in a column, None where it is blank."""
        cell = self._cell(role)
        if is_blank(cell):
            return None
        try:
            return days.parse(cell)
        except ValueError:
            words = _(
                "không đọc được ngày “%(cell)s” ở cột “%(column)s”; ghi như 16/06/2026.",
                cell=str(cell)[:40],
                column=self.table.heading(role),
            )
            raise self.refusal("bad-day", words) from None

    def refusal(self, why: str, message: str) -> BadSettlement:
        """The error for this row, to be raised."""
        return BadSettlement(why, message, sheet=self.table.sheet, row=self.number)

    def _cell(self, role: str) -> Cell:
        for place in self.table.columns.get(role, ()):
            return self.cells[place] if place < len(self.cells) else ""
        return ""

    def _parsed(self, cell: Cell, place: int) -> int:
        try:
            return amounts.parse(cell)
        except ValueError:
            words = _(
                "“%(cell)s” ở cột “%(column)s” không phải số đồng nguyên.",
                cell=str(cell)[:40],
                column=self.table.names[place],
            )
            raise self.refusal("bad-amount", words) from None


@dataclass
class Table:
    """A table under its header, of one of the layouts that were looked for.

    `totals` and `skipped` (notes between and below the lines) are known once `rows` has been read
    to its end, which can be done once.
    """

    kind: str
    sheet: str
    names: list[str]
    columns: header.Places
    unknown: list[str]
    money: list[int]
    source: Iterator[tuple[int, list[Cell]]]
    totals: list[Row] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def heading(self, role: str) -> str:
        """The column of a role as the file prints its name."""
        return next((self.names[place] for place in self.columns.get(role, ())), role)

    def rows(self) -> Iterator[Row]:
        """The rows that are lines; totals, repeated headers and notes are laid aside."""
        titles = [key(name) for name in self.names if name]
        for number, cells in self.source:
            filled = [cell for cell in cells if not is_blank(cell)]
            if not filled or (key(filled[0]) == titles[0] and [*map(key, filled)] == titles):
                continue
            row = Row(self, number, cells)
            if _is_total(row, filled):
                self.totals.append(row)
            elif len(filled) == 1 or self._is_note(row):
                self.skipped.append(f"{number}: {' '.join(str(filled[0])[:60].split())}")
            else:
                yield row

    def _is_note(self, row: Row) -> bool:
        said = any(p < len(row.cells) and not is_blank(row.cells[p]) for p in self.money)
        return not said and not row.text("reference")


def _is_total(row: Row, filled: list[Cell]) -> bool:
    label = next((cell for cell in filled if isinstance(cell, str)), "")
    name = key(label)
    return bool(_TOTAL.fullmatch(name)) and key(row.text("reference")) in {"", name}


@dataclass
class Tables:
    """The tables of a file, in order; each is to be read to its end before the next is asked for.

    Afterwards `notes` has the rows above headers and the first rows of sheets without a table,
    and `without` the names of those sheets. Raises BadSettlement when no sheet has a table of the
    first layout, with the columns it found and those it missed.
    """

    data: bytes
    name: str
    layouts: Mapping[str, Layout]
    notes: list[list[Cell]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    read: list[Table] = field(default_factory=list)

    def __iter__(self) -> Iterator[Table]:
        first = next(iter(self.layouts))
        nearest = header.Nearest(self.layouts[first])
        for sheet in book.sheets(self.data, self.name):
            table = self._open(sheet, nearest)
            if table is not None:
                self.read.append(table)
                yield table
        if all(table.kind != first for table in self.read):
            raise nearest.refusal()

    def _open(self, sheet: book.Sheet, nearest: header.Nearest) -> Table | None:
        above: list[list[Cell]] = []
        for _number, cells in islice(sheet.rows, HEADER_ROWS):
            for kind, layout in self.layouts.items():
                if layout.needed.keys() <= header.places(cells, layout).keys():
                    self.notes += above
                    return _under(cells, sheet, kind, layout)
            nearest.look(sheet.name, cells)
            above.append([cell for cell in cells if not is_blank(cell)])
        if sheet.name:
            self.notes += above
            self.without.append(sheet.name)
        return None


def _under(cells: list[Cell], sheet: book.Sheet, kind: str, layout: Layout) -> Table:
    columns = header.places(cells, layout)
    names = ["" if is_blank(cell) else " ".join(str(cell)[:200].split()) for cell in cells]
    header.refuse_doubles(sheet.name, names, columns, layout)
    money = [p for role in (*layout.money, *layout.sums) for p in columns.get(role, ())]
    unknown = header.unknown(names, layout)
    return Table(kind, sheet.name, names, columns, unknown, money, sheet.rows)
