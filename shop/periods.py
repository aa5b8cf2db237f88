"""Periods that figures are counted over: whole months, quarters, six or nine months, years.

Days are Vietnamese ones. Nothing else is a period: numbers of "from the 3rd to the 17th" cannot be
compared with anything, and from two periods that differ by a day one person's sales can be read.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from flask_babel import gettext as _

from shop import clock
from shop.errors import DomainError

FIRST_YEAR = 2000
_WORD = re.compile(r"(\d{4})(?:-(?:(\d{2})|Q([1-4])|([69])T))?", re.ASCII)


class BadPeriod(DomainError):
    """What was asked for is no period, or periods that cannot stand side by side."""

    status = 422


@dataclass(frozen=True, order=True)
class Period:
    """From the day `first` to the day `last`, both included. `word` stands in addresses."""

    first: date
    last: date
    word: str

    @property
    def start(self) -> datetime:
        """The instant (UTC) at which it begins."""
        return clock.midnight(self.first)

    @property
    def end(self) -> datetime:
        """The instant (UTC) at which it is over."""
        return clock.midnight(self.last + timedelta(days=1))

    @property
    def over(self) -> bool:
        """Whether it is over; until then its numbers are preliminary."""
        return clock.today() > self.last

    @property
    def name(self) -> str:
        """Tháng 11 năm 2026."""
        year = self.first.year
        months = self.last.month - self.first.month + 1
        if months == 1:
            return str(_("Tháng %(month)s năm %(year)s", month=self.first.month, year=year))
        if months == 3:
            return str(_("Quý %(quarter)s năm %(year)s", quarter=self.last.month // 3, year=year))
        if months == 12:
            return str(_("Năm %(year)s", year=year))
        return str(_("%(months)s tháng đầu năm %(year)s", months=months, year=year))

    def months(self) -> "list[Period]":
        """The months of a longer period, as far as they have begun; of a month none."""
        many = self.last.month - self.first.month + 1
        starts = (self.first.replace(month=self.first.month + at) for at in range(many))
        return [month(start) for start in starts if start <= clock.today()] if many > 1 else []

    def before(self) -> "Period":
        """The period of the same kind before it: the month before, the same months last year."""
        if self.last.month - self.first.month == 0:
            return month(self.first - timedelta(days=1))
        if self.last.month - self.first.month == 2:
            last = self.first - timedelta(days=1)
            return read(f"{last.year}-Q{last.month // 3}")
        return read(self.word.replace(str(self.first.year), str(self.first.year - 1), 1))

    def after(self) -> "Period | None":
        """The next period of the same kind; None when it has not begun."""
        starts = self.last + timedelta(days=1)
        if self.last.month - self.first.month not in (0, 2, 11):
            starts = self.first.replace(year=self.first.year + 1)
        if starts > clock.today():
            return None
        if self.last.month == self.first.month:
            return month(starts)
        if self.last.month - self.first.month == 2:
            return read(f"{starts.year}-Q{(starts.month + 2) // 3}")
        return read(self.word.replace(str(self.first.year), str(self.first.year + 1), 1))


def month(day: date) -> Period:
    """The month of a day."""
    return read(f"{day:%Y-%m}")


def read(word: str) -> Period:
    """The period of "2026-11", "2026-Q4", "2026-9T" (its first nine months) or "2026".

    Raises BadPeriod with what can be asked for; also for one that has not begun.
    """
    match = _WORD.fullmatch(word.strip())
    if match is None:
        raise BadPeriod(
            _(
                "Kỳ phải là trọn tháng, quý, 6 hoặc 9 tháng đầu năm, hoặc năm: "
                "2026-11, 2026-Q4, 2026-9T, 2026."
            )
        )
    year, a_month, quarter, many = match.groups()
    first, months = _span(a_month, quarter, many)
    if not (FIRST_YEAR <= int(year) < 2100 and 1 <= first <= 12):
        raise BadPeriod(_("Không có tháng hoặc năm ấy."))
    begins = date(int(year), first, 1)
    if begins > clock.today():
        raise BadPeriod(_("Kỳ này chưa bắt đầu, chưa có gì để tính."))
    return Period(begins, _last_day(begins, months), word.strip())


def _span(a_month: str | None, quarter: str | None, many: str | None) -> tuple[int, int]:
    if a_month:
        return int(a_month), 1
    if quarter:
        return int(quarter) * 3 - 2, 3
    return 1, int(many) if many else 12


def _last_day(begins: date, months: int) -> date:
    after = begins.month - 1 + months
    return date(begins.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)


def series(words: list[str]) -> list[Period]:
    """Periods to stand side by side, the earliest first.

    Raises BadPeriod when two overlap: their numbers would be counted twice by who adds them up.
    """
    found = sorted(read(word) for word in words)
    for earlier, later in pairwise(found):
        if later.first <= earlier.last:
            raise BadPeriod(
                _(
                    "%(one)s và %(other)s chồng lên nhau nên không đặt cạnh nhau được.",
                    one=earlier.name,
                    other=later.name,
                )
            )
    return found


def up_to(last: Period, many: int = 12) -> list[Period]:
    """So many months up to the end of a period, as far as they have begun, the earliest first."""
    months = [month(min(last.last, clock.today()))]
    while len(months) < many:
        months.append(months[-1].before())
    return months[::-1]


def choices(many: int = 12) -> list[Period]:
    """The months up to now, the newest first, then the quarters and years they are of."""
    months = up_to(month(clock.today()), many)[::-1]
    quarters = dict.fromkeys(f"{m.first.year}-Q{(m.first.month + 2) // 3}" for m in months)
    years = dict.fromkeys(str(m.first.year) for m in months)
    return [*months, *map(read, quarters), *map(read, years)]
