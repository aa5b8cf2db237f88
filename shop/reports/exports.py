"""The brief of a region as a spreadsheet, and as open data with documented columns."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l

from shop import clock, spreadsheets
from shop.figures import Scope
from shop.reports.briefs import Line
from shop.spreadsheets import Cell

# Columns of the open data: name, what stands in it.
COLUMNS = (
    ("figure", _l("Tên cố định của chỉ số, ví dụ catalogue.ocop_products")),
    ("title", _l("Tên chỉ số")),
    ("area_code", _l("Mã vùng: tỉnh 2 số, xã 5 số (từ 1/7/2025); cu-… là đơn vị cũ")),
    ("area", _l("Tên vùng")),
    ("period", _l("Kỳ: 2026-11 tháng, 2026-Q4 quý, 2026-9T chín tháng đầu năm, 2026 năm")),
    ("part_code", _l("Để trống: cả vùng; nếu không, mã xã, phường")),
    ("part", _l("Tên xã, phường")),
    ("value", _l("Số, hoặc tử số khi là tỷ lệ")),
    ("of", _l("Mẫu số khi là tỷ lệ, nếu không thì để trống")),
    ("unit", _l("Đơn vị; % là tỷ lệ value ÷ of × 100")),
    ("definition", _l("Định nghĩa")),
    ("source", _l("Lấy từ đâu")),
)


def workbook(scope: Scope, groups: list[tuple[str, list[Line]]], taken_at: str) -> bytes:
    """An .xlsx file: the figures with their formulas, then their parts by commune and otherwise."""
    headings = (
        *("Nhóm", "Chỉ số", "Giá trị", "Tử số", "Mẫu số", "Đơn vị"),
        *("Cách tính", "Định nghĩa", "Nguồn"),
    )
    lines = [(name, line) for name, inside in groups for line in inside]
    rows = [(name, *_row(line)) for name, line in lines]
    about = [
        ("Vùng", scope.region.name),
        ("Kỳ", scope.period.name),
        ("Từ ngày", scope.period.first.strftime("%d/%m/%Y")),
        ("Đến ngày", scope.period.last.strftime("%d/%m/%Y")),
        ("Tính lúc", taken_at),
    ]
    more = [
        ("Theo xã", _parts("Xã, phường", lines)),
        ("Theo phần", _parts("Phần", lines, splits=True)),
        ("Về bảng này", about),
    ]
    return spreadsheets.write(headings, rows, title="Số liệu", more=more)


def _row(line: Line) -> Sequence[Cell]:
    figure = line.figure
    return (
        *(str(figure.title), line.shown, _cell(line.top), _cell(line.bottom), str(figure.unit)),
        *(figure.formula(), str(figure.definition), str(figure.source)),
    )


def _cell(number: int | None) -> Cell:
    return "" if number is None else number


def _parts(
    heading: str, lines: list[tuple[str, Line]], *, splits: bool = False
) -> Sequence[Sequence[Cell]]:
    found = [
        (str(line.figure.title), bar.label, bar.shown)
        for _name, line in lines
        for bar in (line.splits if splits else line.communes)
    ]
    return [("Chỉ số", heading, "Giá trị"), *found]


def open_rows(scope: Scope, groups: list[tuple[str, list[Line]]]) -> Iterator[Sequence[Cell]]:
    """What anybody may have: the figures that are public, in the columns of COLUMNS."""
    lines = (line for _name, inside in groups for line in inside if line.figure.public)
    for line in lines:
        yield _open_row(scope, line, ("", ""), line.top, line.bottom)
        for bar in line.communes:
            yield _open_row(scope, line, (bar.word, bar.label), bar.top, bar.bottom)


def _open_row(
    scope: Scope, line: Line, part: tuple[str, str], top: int | None, bottom: int | None
) -> Sequence[Cell]:
    figure = line.figure
    where = (scope.region.code, scope.region.name, scope.period.word, *part)
    told = (str(figure.unit), str(figure.definition), str(figure.source))
    return figure.name, str(figure.title), *where, _cell(top), _cell(bottom), *told


def said_at(taken_at: datetime) -> str:
    """When a sheet was reckoned, in Vietnamese time."""
    return clock.vietnam(taken_at).strftime("%d/%m/%Y %H:%M")
