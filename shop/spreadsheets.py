"""Spreadsheets: rows of .xlsx and .csv files in, distrusted; rows out, in cells that run nothing.

What a file asks for is counted (`workbooks`) before the reader that keeps all cells sees it.
"""

import csv
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from shop import workbooks
from shop.errors import DomainError

Cell = str | int | Decimal

MEBIBYTE = 1024 * 1024
FILE_BYTES = 8 * MEBIBYTE
UNPACKED_BYTES = 128 * MEBIBYTE
ROWS = 20_000  # with something in them, headings aside
COLUMNS = 100
BOX = 2_000_000  # cells from the first to the last corner, empty ones too
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# What XML cannot hold, and what would be taken for an escape of it (ECMA-376 part 1, 22.9.2.19).
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# What a spreadsheet program takes for a formula when it opens a .csv (OWASP: CSV injection).
_RUNS = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_GUARDED = re.compile(r"''*[=+\-@\t\r＝＋－＠]")


# What a broken or locked archive raises, here and in the reader.
_UNREADABLE = (BadZipFile, CalamineError, RuntimeError, OSError, ValueError, EOFError, zlib.error)


class BadSheet(DomainError):
    """A file that cannot be read as a table; the message says why. `why`: one word."""

    status = 422

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message, why=why)
        self.why = why


@dataclass(frozen=True)
class Row:
    """One row with something in it. `number` as the spreadsheet program shows it, from 1."""

    number: int
    cells: list[Cell]


def read(stream: BinaryIO, name: str) -> Iterator[Row]:
    """The rows of the first visible sheet, headings too; empty ones are left out.

    Text comes with its outer blanks removed, a whole number as int, another as Decimal, a day as
    dd/mm/yyyy. `name` only tells .csv from .xlsx where the content does not. Raises BadSheet,
    for too many rows only when they are reached.
    """
    data = stream.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        raise BadSheet("too-big", _("Tệp lớn hơn %(most)s MB.", most=FILE_BYTES // MEBIBYTE))
    if data.startswith(_OLD_EXCEL) or name.lower().endswith(".xls"):
        raise BadSheet("xls", _("Tệp .xls đời cũ: mở bằng Excel, lưu thành .xlsx rồi gửi lại."))
    if not data.strip():
        raise BadSheet("empty", _("Tệp rỗng, không có gì bên trong."))
    return _limited(_xlsx(data) if data.startswith(b"PK") else _csv(data))


def _limited(rows: Iterable[Row]) -> Iterator[Row]:
    count = 0
    for row in rows:
        if not any(cell != "" for cell in row.cells):
            continue
        count += 1
        if count > ROWS + 1:
            raise _too_large()
        yield row


def _too_large() -> BadSheet:
    return BadSheet("too-large", _("Bảng quá lớn: tối đa %(most)s dòng.", most=f"{ROWS:,}"))


def _broken() -> BadSheet:
    return BadSheet("broken", _("Không đọc được tệp. Xin lưu lại thành .xlsx hoặc .csv rồi gửi."))


def _xlsx(data: bytes) -> Iterator[Row]:
    try:
        with ZipFile(BytesIO(data)) as archive:
            workbooks.measure(archive, most_bytes=UNPACKED_BYTES, most_cells=BOX)
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        sheet = book.get_sheet_by_name(_first_sheet(book))
    except workbooks.Unfit as error:
        raise _unfit(error.why) from error
    except _UNREADABLE as error:
        raise _broken() from error
    return _cells_of(sheet)


def _unfit(why: str) -> BadSheet:
    if why == "bomb":
        return BadSheet(why, _("Tệp phình quá lớn khi mở ra."))
    return _too_large() if why == "too-large" else _broken()


def _cells_of(sheet: Any) -> Iterator[Row]:
    # Cells begin at the first column in use: headings tell the columns apart, not their places.
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield Row(number, [_cell(value) for value in cells])


def _first_sheet(book: CalamineWorkbook) -> str:
    for sheet in book.sheets_metadata:
        if (sheet.typ, sheet.visible) == (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible):
            return sheet.name
    raise ValueError("no sheet is visible")


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        exact = Decimal(repr(value))
        return int(exact) if exact == exact.to_integral_value() else exact
    if isinstance(value, datetime | date):
        return value.strftime("%d/%m/%Y")
    return str(value)


def _csv(data: bytes) -> Iterator[Row]:
    written = _decoded(data)
    first, _newline, rest = written.partition("\n")
    told = re.fullmatch(r"sep=(.)\s*", first)  # how Excel is told the delimiter
    body = rest if told else written
    reader = csv.reader(StringIO(body, newline=""), delimiter=told[1] if told else _delimiter(body))
    before = 1 if told else 0
    try:
        for cells in reader:
            if len(cells) > COLUMNS:
                cells = cells[:COLUMNS]
            yield Row(before + 1, [_unguarded(cell.strip()) for cell in cells])
            before = reader.line_num + (1 if told else 0)
    except csv.Error as error:
        raise _broken() from error


def _decoded(data: bytes) -> str:
    """UTF-16 with its mark, UTF-8 with or without, else the old Vietnamese code page of Windows."""
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data:
            raise _broken() from None
        return data.decode("cp1258", errors="replace")


def _delimiter(body: str) -> str:
    line = next((line for line in body.splitlines() if line.strip()), "")
    outside = re.sub(r'"[^"]*"', "", line)
    return max(";\t,", key=outside.count)


def write(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell | None]],
    *,
    title: str = "Bảng",
    more: Sequence[tuple[str, Sequence[Sequence[Cell]]]] = (),
) -> bytes:
    """An .xlsx file: a sheet `title` with bold headings, then the sheets of `more` (name, rows).

    Text stays text, whatever it begins with; its columns are marked as text for what is typed
    below, so that a barcode keeps its zeros.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(headings, 1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width, column.number_format = max(14, len(heading) + 4), "@"
    sheet.append([_bold(sheet, heading) for heading in headings])
    for row in rows:
        sheet.append([_safe(sheet, cell) for cell in row])
    for name, lines in more:
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append([_safe(sheet, cell) for cell in line])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _bold(sheet: Any, heading: str) -> Any:
    cell = WriteOnlyCell(sheet, heading)
    cell.font = Font(bold=True)
    return cell


def _safe(sheet: Any, value: Cell | None) -> Any:
    if not isinstance(value, str):
        return value
    fit = _LIKE_ESCAPE.sub("_x005F_", plain(value))
    if not _RUNS.match(fit) and fit not in ERROR_CODES:
        return fit
    cell = WriteOnlyCell(sheet, fit)
    cell.data_type, cell.quotePrefix = "s", True
    return cell


def plain(words: str) -> str:
    """What a cell can hold of a text: no control signs, nothing blank around it, one line end."""
    return _UNFIT.sub("", words.replace("\r\n", "\n").replace("\r", "\n")).strip()


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell | None]]) -> bytes:
    """A .csv file as Excel opens it: UTF-8 with its mark, commas; `read` takes off the guards."""
    return b"".join(csv_lines(headings, rows))


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Cell | None]]) -> Iterator[bytes]:
    """The same line by line, for files larger than the memory they may take."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headings)
    yield out.getvalue().encode("utf-8-sig")
    for row in rows:
        out.seek(0)
        out.truncate()
        writer.writerow([_guarded(cell) for cell in row])
        yield out.getvalue().encode()


def _guarded(value: Cell | None) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f").replace(".", ",")
    if not isinstance(value, str):
        return value
    fit = plain(value)
    return f"'{fit}" if _RUNS.match(fit) else fit


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell
