"""What stands around a table: the period, the number of a payout, a printed total."""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import date

from shop.reconciliation.settlements import amounts, days
from shop.reconciliation.settlements.book import Cell
from shop.reconciliation.settlements.header import key

_DAY = re.compile(
    r"(?<![0-9])(?:[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{4}|[0-9]{4}([-/.])[0-9]{1,2}\2[0-9]{1,2}"
    r"|[0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{4})(?![0-9])"
)
_OF_PERIOD = re.compile(r"(?:tu|tu ngay|ky|from|period|statement|thoi gian doi soat|khoang)\b")
_FROM = ("tu", "tu ngay", "from", "ngay bat dau", "from date")
_TO = ("den", "den ngay", "to", "ngay ket thuc", "to date")
_LONGEST = 300


def period(rows: Sequence[Sequence[Cell]]) -> tuple[date, date] | None:
    """The days from and to that a note tells: in one row, or beside a word each."""
    for row in rows:
        line = " ".join(str(cell) for cell in row)[:_LONGEST]
        if _OF_PERIOD.match(key(line)) and (both := span(line)):
            return both
    try:
        first, last = days.parse(beside(rows, _FROM)), days.parse(beside(rows, _TO))
    except ValueError:
        return None
    return (first, last) if first <= last else None


def span(line: str) -> tuple[date, date] | None:
    """The two days of "01/06/2026 - 07/06/2026"; None where there are not two, in order."""
    try:
        found = [days.parse(match[0]) for match in _DAY.finditer(line[:_LONGEST])]
    except ValueError:
        return None
    return (found[0], found[1]) if len(found) == 2 and found[0] <= found[1] else None


def beside(rows: Sequence[Sequence[Cell]], names: Sequence[str]) -> Cell:
    """What stands after the first of these names: behind its colon or in the next cell; or ""."""
    return next(_said(rows, names), "")


def words(rows: Sequence[Sequence[Cell]], names: Sequence[str]) -> str:
    """The number or name beside the first of these names, "" where there is none."""
    cell = beside(rows, names)
    if isinstance(cell, float) and math.isfinite(cell) and cell == int(cell):
        cell = int(cell)
    return str(cell)[:80].strip()


def printed(rows: Sequence[Sequence[Cell]], names: Sequence[str]) -> int | None:
    """The amount in đồng beside one of these names, None where there is none."""
    for cell in _said(rows, names):
        try:
            return amounts.parse(cell)
        except ValueError:
            continue
    return None


def _said(rows: Sequence[Sequence[Cell]], names: Sequence[str]) -> Iterator[Cell]:
    wanted = {key(name) for name in names}
    for row in rows:
        for place, cell in enumerate(row):
            label, _colon, rest = str(cell)[:_LONGEST].partition(":")
            if key(label) in wanted and rest.strip():
                yield rest.strip()
            elif key(label) in wanted:
                yield from row[place + 1 : place + 4]
