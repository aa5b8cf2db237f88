"""A file as sheets of rows, distrusted: its size is counted before anything is kept of it."""

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO, TextIOWrapper
from typing import Any
from zipfile import BadZipFile, ZipFile

from flask_babel import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from shop import workbooks
from shop.reconciliation.settlements.protocol import BadSettlement

Cell = str | int | float | bool | date | datetime | time | timedelta

MEBIBYTE = 1024 * 1024
FILE_BYTES = 32 * MEBIBYTE
UNPACKED_BYTES = 512 * MEBIBYTE
# Cells of one sheet, empty ones too: 100,000 rows of the widest export known, with its 67 columns.
BOX = 7_000_000
# Up to here the fast reader is taken, which keeps all cells, with about 100 bytes for each.
LOADED = 3_000_000
ROWS = 200_000
COLUMNS = 1_000

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
# What a broken or locked archive, and broken parts of it, raise in either reader; what is no
# XML is a SyntaxError of the parser that is installed.
_UNREADABLE = (
    *(BadZipFile, CalamineError, RuntimeError, OSError, ValueError, EOFError, zlib.error),
    *(LookupError, TypeError, AttributeError, ArithmeticError, SyntaxError, InvalidFileException),
)


@dataclass(frozen=True)
class Sheet:
    """`rows`: (number as the spreadsheet program shows it, cells), read once; "" where empty."""

    name: str
    rows: Iterator[tuple[int, list[Cell]]]


def sheets(
    data: bytes, name: str, *, most_bytes: int = FILE_BYTES, most_rows: int = ROWS
) -> Iterator[Sheet]:
    """The visible sheets of an .xlsx, one in memory at a time; a .csv as sheets without a name.

    A .csv comes once for each delimiter: only with its own does a header fall into columns.
    Raises BadSettlement for a file that is too big, broken, locked or of another kind.
    """
    if len(data) > most_bytes:
        raise BadSettlement("too-big", _("Tệp lớn hơn %(most)s MB.", most=most_bytes // MEBIBYTE))
    if not data.strip():
        raise BadSettlement("empty", _("Tệp rỗng, không có gì bên trong."))
    if data.startswith(_OLD_OR_LOCKED):
        words = _("Tệp .xls đời cũ hoặc có mật khẩu: mở bằng Excel, lưu thành .xlsx rồi gửi lại.")
        raise BadSettlement("xls", words)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        words = _("Tệp này là trang web chứ không phải bảng tính: tải lại từ trang của đối tác.")
        raise BadSettlement("html", words)
    return _xlsx(data) if data.startswith(b"PK") else _csv(data, most_rows)


def _broken() -> BadSettlement:
    return BadSettlement("broken", _("Không đọc được tệp. Xin tải lại từ đối tác rồi gửi lại."))


def _too_large() -> BadSettlement:
    return BadSettlement("too-large", _("Bảng quá lớn: xuất lại theo từng kỳ ngắn hơn rồi gửi."))


def _xlsx(data: bytes) -> Iterator[Sheet]:
    try:
        yield from (_loaded if _reaches(data, LOADED) else _streamed)(data)
    except workbooks.Unfit as error:
        raise (_too_large() if error.why in {"bomb", "too-large"} else _broken()) from error
    except _UNREADABLE as error:
        raise _broken() from error


def _reaches(data: bytes, most_cells: int) -> bool:
    """Whether the sheets are no larger than this; raises Unfit for what is never opened."""
    with ZipFile(BytesIO(data)) as archive:
        try:
            workbooks.measure(archive, most_bytes=UNPACKED_BYTES, most_cells=most_cells)
        except workbooks.Unfit as error:
            if error.why != "too-large":
                raise
            workbooks.measure(archive, most_bytes=UNPACKED_BYTES, most_cells=BOX)
            return False
    return True


def _loaded(data: bytes) -> Iterator[Sheet]:
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    for sheet in book.sheets_metadata:
        if (sheet.typ, sheet.visible) == (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible):
            yield Sheet(sheet.name, _loaded_rows(book, sheet.name))


def _loaded_rows(book: CalamineWorkbook, name: str) -> Iterator[tuple[int, list[Cell]]]:
    # Opened only here, when the first row is asked for, and let go of after the last.
    try:
        yield from enumerate(book.get_sheet_by_name(name).iter_rows(), 1)
    except _UNREADABLE as error:
        raise _broken() from error


def _streamed(data: bytes) -> Iterator[Sheet]:
    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            sheet.reset_dimensions()  # what a file says of its size is often wrong
            yield Sheet(sheet.title, _streamed_rows(sheet))


def _streamed_rows(sheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    try:
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, ["" if cell is None else cell for cell in cells]
    except _UNREADABLE as error:
        raise _broken() from error


def _csv(data: bytes, most_rows: int) -> Iterator[Sheet]:
    encoding = _encoding(data)
    for delimiter in (",", ";", "\t", "|"):
        yield Sheet("", _separated(data, encoding, delimiter, most_rows))


def _encoding(data: bytes) -> str:
    """UTF-16 with its mark, UTF-8 with or without, else the old Vietnamese code page of Windows."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        encoding = "utf-16" if marked else "utf-8-sig"
        data.decode(encoding)
    except UnicodeDecodeError:
        if marked or b"\x00" in data:
            raise _broken() from None
        return "cp1258"
    return encoding


def _separated(
    data: bytes, encoding: str, delimiter: str, most_rows: int
) -> Iterator[tuple[int, list[Cell]]]:
    lines = TextIOWrapper(BytesIO(data), encoding, errors="replace", newline="")
    reader = csv.reader(lines, delimiter=delimiter)
    before = 0
    try:
        for cells in reader:
            if before >= most_rows or len(cells) > COLUMNS:
                raise _too_large()
            yield before + 1, [*cells]
            before = reader.line_num
    except csv.Error as error:
        raise _broken() from error
