"""The books as Excel files: real numbers and days, ready to be printed on A4."""

import math
import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from itertools import accumulate, chain
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from shop import spreadsheets
from shop.books import framing
from shop.books.forms import Cell, Column, Form, Row

# The program that opens the file puts in the separators of its country: 1.250.000 in Vietnam.
_FORMATS = {"money": "#,##0", "number": "General", "date": "dd/mm/yyyy", "text": "@"}
_ALIGN = {"money": "right", "number": "right", "date": "center", "text": "left"}
_FONT = "Times New Roman"
_LINE = 18  # points that a line of words outside the table takes
_TALLEST = 409  # points of a row, more is refused by Excel
_A4 = 9
_FORMULA_LIKE = tuple("=+-@＝＋－＠'")
# What Excel would take for an escaped sign (ECMA-376 part 1, 22.9.2.19).
_LIKE_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_LINES_TO_SIGN_IN = 5
_THIN = Side(style="thin")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


class _Words(NamedTuple):
    """A text that reaches over columns `first` to `last`, both from 1, and its look.

    `least`: lines of room it takes, if it has fewer.
    """

    text: str
    first: int
    last: int
    align: str = "center"
    bold: bool = False
    size: float = 11
    least: int = 1


def workbook(form: Form) -> bytes:
    """An .xlsx file with one sheet: heading, table, sums as numbers, places to sign.

    Rows go to disk as they are written, so that a long book takes little memory. Row heights of
    the table are left to the program that opens the file: it knows its letters.
    """
    book = Workbook(write_only=True)
    writer = _Writer(book.create_sheet(form.name), form.columns)
    head = _head(form)
    writer.prepare(form, title_rows=(len(head) + 1, len(head) + _title_count(form.columns)))
    for words in head:
        writer.words([words])
    writer.titles()
    writer.table(chain(form.rows, form.totals))
    for line in _signatures(form):
        writer.words(line)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _head(form: Form) -> list[_Words]:
    last = len(form.columns)
    return [
        *(
            _Words(text, 1, last, "right", bold=not n)
            for n, text in enumerate(framing.number(form))
        ),
        *(_Words(text, 1, last, "left", bold=not n) for n, text in enumerate(framing.owner(form))),
        _Words("", 1, last),
        _Words(form.title, 1, last, bold=True, size=14),
        *(_Words(text, 1, last) for text in framing.under_title(form)),
        _Words(framing.unit(form), 1, last, "right"),
    ]


def _title_count(columns: Sequence[Column]) -> int:
    return 1 + any(column.group for column in columns) + any(column.mark for column in columns)


def _signatures(form: Form) -> list[list[_Words]]:
    places = _places(form.columns, len(form.signatures))
    signing = list(zip(framing.signatures(form), places, strict=True))
    if not signing:
        return []
    return [
        [],
        [_Words(framing.DATE_LINE, *places[-1])],
        [_Words(role, *place, bold=True) for (role, _hint), place in signing],
        [_Words(hint, *place, least=_LINES_TO_SIGN_IN) for (_role, hint), place in signing],
    ]


def _places(columns: Sequence[Column], count: int) -> list[tuple[int, int]]:
    """First and last column of each place to sign; a single one is at the right."""
    ends = list(accumulate(column.width for column in columns))
    shares = max(2, count)
    firsts = [1]
    for number in range(1, shares):
        at = next(i for i, end in enumerate(ends, 1) if end * shares > ends[-1] * number)
        firsts.append(min(max(at, firsts[-1] + 1), len(columns)))
    lasts = [first - 1 for first in firsts[1:]] + [len(columns)]
    return list(zip(firsts, lasts, strict=True))[shares - count :]


class _Writer:
    """Appends rows to a sheet that can only be written once, from top to bottom."""

    def __init__(self, sheet: Any, columns: Sequence[Column]) -> None:
        self.sheet, self.columns, self.row = sheet, columns, 0

    def prepare(self, form: Form, title_rows: tuple[int, int]) -> None:
        """What must be known before the first row: page, widths, which rows stay in view."""
        sheet, (first, last) = self.sheet, title_rows
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.orientation = "landscape" if form.is_wide else "portrait"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.oddFooter.center.text = "Trang &P/&N"
        sheet.print_title_rows = f"{first}:{last}"
        sheet.freeze_panes = f"A{last + 1}"
        for number, column in enumerate(self.columns, 1):
            sheet.column_dimensions[get_column_letter(number)].width = column.width

    def words(self, line: Sequence[_Words]) -> None:
        """One row of texts outside the table."""
        cells: list[Any] = [None] * len(self.columns)
        lines = 1
        for words in line:
            cell = self._cell(words.align, bold=words.bold, size=words.size)
            cells[words.first - 1] = _put(cell, words.text)
            lines = max(lines, words.least, self._lines(words))
            self._merge(words.first, words.last)
        # No program fits the height of cells that are merged.
        self.sheet.row_dimensions[self.row + 1].height = min(lines * _LINE, _TALLEST)
        self._append(cells)

    def _lines(self, words: _Words) -> int:
        room = sum(column.width for column in self.columns[words.first - 1 : words.last])
        lengths = [len(line) * words.size / 11 for line in words.text.split("\n")]
        return sum(max(1, math.ceil(length / room)) for length in lengths)

    def titles(self) -> None:
        """The titles of the columns, under those of their groups and above their marks."""
        columns = self.columns
        if any(column.group for column in columns):
            self._merge_titles()
            self._boxed([column.group or column.title for column in columns])
        self._boxed([column.title for column in columns])
        if any(column.mark for column in columns):
            self._boxed([column.mark for column in columns])

    def _merge_titles(self) -> None:
        for group, numbers in framing.groups(self.columns):
            if group:
                self._merge(numbers.start + 1, numbers.stop)
                continue
            for number in numbers:
                self._merge(number + 1, number + 1, rows=2)

    def _boxed(self, texts: Sequence[str]) -> None:
        cells = [self._cell("center", bold=True, border=_BOX) for _text in texts]
        for cell, text in zip(cells, texts, strict=True):
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            _put(cell, text)
        self._append(cells)

    def table(self, rows: Iterable[Row]) -> None:
        """The rows of the book."""
        # A cell is written at once and used again. Its style is not to be changed after that:
        # the workbook keeps the very object.
        looks = {
            (bold, guarded): [self._body(column, bold, guarded) for column in self.columns]
            for bold in (False, True)
            for guarded in (False, True)
        }
        for row in rows:
            pairs = zip(looks[row.bold, False], looks[row.bold, True], row.cells, strict=True)
            self._append(
                [_put(guarded if _runs(value) else cell, value) for cell, guarded, value in pairs]
            )

    def _body(self, column: Column, bold: bool, guarded: bool) -> Any:
        cell = self._cell(_ALIGN[column.kind], bold=bold, border=_BOX)
        cell.number_format, cell.quotePrefix = _FORMATS[column.kind], guarded
        return cell

    def _cell(self, align: str, *, bold: bool, size: float = 11, border: Any = None) -> Any:
        cell = WriteOnlyCell(self.sheet)
        cell.font = Font(name=_FONT, size=size, bold=bold)
        cell.alignment = Alignment(horizontal=align, vertical="top", wrap_text=True)
        if border:
            cell.border = border
        return cell

    def _merge(self, first: int, last: int, rows: int = 1) -> None:
        if first == last and rows == 1:
            return
        row = self.row + 1
        corners = f"{get_column_letter(first)}{row}", f"{get_column_letter(last)}{row + rows - 1}"
        self.sheet.merged_cells.add(":".join(corners))

    def _append(self, cells: list[Any]) -> None:
        self.sheet.append(cells)
        self.row += 1


def _runs(value: Cell) -> bool:
    """Whether it would become a formula when somebody has edited it."""
    return isinstance(value, str) and spreadsheets.plain(value).startswith(_FORMULA_LIKE)


def _put(cell: Any, value: Cell) -> Any:
    if isinstance(value, str) and (text := spreadsheets.plain(value)):
        cell.value = _LIKE_ESCAPE.sub("_x005F_", text)
        cell.data_type = "s"  # text, whatever it begins with
    else:
        cell.value = None if isinstance(value, str) else value
    return cell
