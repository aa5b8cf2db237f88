"""Days as settlement sheets print them: day before month, the year first, or a day's number."""

import re
from datetime import date, datetime, timedelta

from shop import clock

_TIME = r"(?:,? +[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?: ?[ap]m)?)?"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}|[0-9]{{2}}){_TIME}")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{6})?")
_NAMED = re.compile(rf"([0-9]{{1,2}})[ -]([a-z]{{3,9}})[ -]([0-9]{{4}}){_TIME}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9:.]{5,20}(?:z|[+-][0-9]{2}:?[0-9]{2})?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EPOCH = date(1899, 12, 30)  # day 0 of spreadsheet programs
_SERIALS = range(36_526, 73_051)  # 2000 to 2099
_LONGEST = 40


def parse(cell: object) -> date:
    """The Vietnamese day of a cell: 16/06/2026, "2026-06-16 08:00", "16 Jun 2026", 46189.

    Raises ValueError for anything else, and for years outside 2000–2099.
    """
    day = _read(cell)
    if not 2000 <= day.year <= 2099:
        raise ValueError("not a year of ours")
    return day


def _read(cell: object) -> date:
    if isinstance(cell, datetime):
        return clock.vietnam(cell).date() if cell.tzinfo else cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise ValueError("not a day")
    return _written(cell) if isinstance(cell, str) else _counted(cell)


def _counted(number: float) -> date:
    if number != number or not 0 <= number < 10**8:
        raise ValueError("not a day")
    if int(number) in _SERIALS:
        return _EPOCH + timedelta(days=int(number))
    return _written(str(int(number)))


def _written(words: str) -> date:
    plain = " ".join(words[:_LONGEST].lower().split())
    if match := _DAY_FIRST.fullmatch(plain):
        year = int(match[4])
        return date(year if year > 99 else 2000 + year, int(match[3]), int(match[1]))
    if match := _YEAR_FIRST.fullmatch(plain):
        return date(int(match[1]), int(match[3]), int(match[4]))
    if match := _COMPACT.fullmatch(plain):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _NAMED.fullmatch(plain):
        return date(int(match[3]), _MONTHS.index(match[2][:3]) + 1, int(match[1]))
    if _INSTANT.fullmatch(plain):
        return _read(datetime.fromisoformat(plain.upper()))
    raise ValueError("not a day")
