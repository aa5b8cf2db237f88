"""What an .xlsx workbook asks for, counted before the reader that keeps all its cells sees it.

A file of a few kilobytes can ask for terabytes: a zip bomb, or one cell in the last corner of a
sheet, for which the reader lays out all the others. Pure: no words for people.
"""

import re
from typing import IO, Any
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl.utils import column_index_from_string

_CHUNK = 64 * 1024
_ROW = re.compile("[1-9][0-9]{0,6}")
_PLACE = re.compile("([A-Z]{1,3})([1-9][0-9]{0,6})")


class Unfit(ValueError):
    """A workbook that is not opened. `why`: broken, bomb or too-large."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def measure(archive: ZipFile, *, most_bytes: int, most_cells: int) -> None:
    """Count what the workbook unpacks to and how far its cells reach.

    `most_cells`: from the first corner of a sheet to the last, empty ones too. Raises Unfit.
    """
    names = archive.namelist()
    # What else the reader would open: OpenDocument and the binary kind, which are not counted.
    if "xl/workbook.xml" not in names or {"content.xml", "xl/workbook.bin"} & set(names):
        raise Unfit("broken")
    left = most_bytes
    for name in names:
        with archive.open(name) as part:
            left -= _measure_part(part, left, most_cells)


def _measure_part(part: IO[bytes], most: int, most_cells: int) -> int:
    parser, size, tail, is_sheet = _counting_parser(most_cells), 0, b"", False
    well_formed = True
    while chunk := part.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise Unfit("bomb")
        is_sheet, tail = is_sheet or b"sheetData" in tail + chunk, chunk[-16:]
        well_formed = well_formed and _is_parsed(parser, chunk)
    # A sheet that only a forgiving reader can read was not counted.
    if is_sheet and not (well_formed and _is_parsed(parser, b"", last=True)):
        raise Unfit("broken")
    return size


def _counting_parser(most_cells: int) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartElementHandler = _Reach(most_cells).start
    parser.EntityDeclHandler = _no_entities
    return parser


def _is_parsed(parser: expat.XMLParserType, chunk: bytes, *, last: bool = False) -> bool:
    try:
        parser.Parse(chunk, last)
    except expat.ExpatError:
        return False
    return True


def _no_entities(*_more: Any) -> None:
    raise Unfit("broken")


class _Reach:
    """How far the cells of a sheet reach, as its elements go by; raises Unfit beyond `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.row = self.column = self.most_rows = self.most_columns = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Called by the parser for every element."""
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row, self.column = self._row(attributes.get("r")), 0
        elif name == "c":
            self._cell(attributes.get("r"))

    # A place in another form is read in other ways by others: "E199999999999" as another row,
    # "1e9" as a number. Then what they lay out would not be what was counted here.
    def _row(self, given: str | None) -> int:
        if given is not None and not _ROW.fullmatch(given):
            raise Unfit("broken")
        return int(given) if given else self.row + 1

    def _cell(self, place: str | None) -> None:
        match = _PLACE.fullmatch(place or "")
        if place is not None and match is None:
            raise Unfit("broken")
        self.column = column_index_from_string(match[1]) if match else self.column + 1
        self.row = int(match[2]) if match else self.row
        self.most_rows = max(self.most_rows, self.row)
        self.most_columns = max(self.most_columns, self.column)
        if self.most_rows * self.most_columns > self.most:
            raise Unfit("too-large")
