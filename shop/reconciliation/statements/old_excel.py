"""The old .xls format, opened in a process of its own with bounded memory and time.

A few bytes of an .xls can ask for terabytes; the reader then takes its whole process down, and
nothing of the format can be counted beforehand without reading it twice.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY_BYTES = 1536 * 1024 * 1024
SECONDS = 60
MOST_CELLS = 65_536 * 60

_KINDS: dict[str, Any] = {"datetime": datetime, "date": date, "time": time}


class Unreadable(ValueError):
    """No .xls, a locked or broken one, or one that asks for too much."""


def sheets(data: bytes) -> Iterator[list[list[Any]]]:
    """The rows of the visible sheets, one sheet after the other. Raises Unreadable."""
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        raise Unreadable from None
    yield from json.loads(done.stdout, object_hook=_moment)


def _moment(said: dict[str, str]) -> Any:
    (kind, written), *_more = said.items()
    return _KINDS[kind].fromisoformat(written)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    workbook = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    found = []
    for each in workbook.sheets_metadata:
        if (each.typ, each.visible) != (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible):
            continue
        sheet = workbook.get_sheet_by_name(each.name)
        if sheet.total_height * sheet.total_width > MOST_CELLS:
            sys.exit(1)
        found.append([list(cells) for cells in sheet.iter_rows()])
    json.dump(found, sys.stdout, default=_said)


def _said(cell: Any) -> dict[str, str]:
    if isinstance(cell, timedelta):
        cell = (datetime.min + cell % timedelta(days=1)).time()
    return {type(cell).__name__: cell.isoformat()}


if __name__ == "__main__":
    _main()
