"""The OCOP programme: criteria sets, bands of stars, who certifies, how long. Dated data, pure.

The data file says which decision each fact is from and on which days it holds. Certificates are
judged by what was in force on the day of their issue.
"""

import calendar
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "ocop_programme.json"

LEVELS = ("ministry", "province", "district")


@dataclass(frozen=True)
class CriteriaSet:
    """A set of criteria that products of one kind are scored by.

    `industry_code` I to VI; None where an earlier decision is named as a whole. `ministries`:
    who leads it, by name. `samples`: how many the dossier holds.
    """

    code: str
    name: str
    industry_code: str | None
    industry: str | None
    group: str | None
    ministries: tuple[str, ...]
    samples: int | None
    source: str


@dataclass(frozen=True)
class Period:
    """What holds for certificates issued from `since` to `until` (both inclusive).

    `bands`: (star, least score), highest first; each band ends below the next one's beginning.
    """

    since: date
    until: date
    months: int
    bands: tuple[tuple[int, Decimal], ...]
    source: str


@dataclass(frozen=True)
class Renewal:
    """Days before the last day: renewal is filed from `opens` to `closes`, people told at `remind`.

    `extension`: the most days past it that a reviewer may extend (transitional, Art. 12.3).
    """

    opens: int
    closes: int
    remind: tuple[int, ...]
    extension: int

    def window(self, expires_on: date) -> tuple[date, date]:
        """The first and the last day on which renewal can be filed."""
        return expires_on - timedelta(self.opens), expires_on - timedelta(self.closes)

    def stage(self, days_left: int) -> int | None:
        """The latest reminder that is due; None while it is too early or once it is over."""
        due = [days for days in self.remind if days >= days_left]
        return min(due) if due and days_left >= 0 else None


def star(score: Decimal, on: date) -> int | None:
    """The star that a score gives on a paper issued that day; None below the lowest band.

    Bands are half-open: 69.5 is three stars, though older texts print "50–69".
    """
    bands = next(p.bands for p in periods() if p.since <= on <= p.until)
    return next((number for number, least in bands if score >= least), None)


@cache
def periods() -> tuple[Period, ...]:
    """Every period, oldest first, without gap or overlap."""
    return tuple(
        Period(
            *_days(row),
            months=row["months"],
            bands=tuple((band["star"], Decimal(band["least"])) for band in row["bands"]),
            source=row["source"],
        )
        for row in _data()["periods"]
    )


def expiry(issued_on: date) -> date:
    """The last day of a certificate whose paper states none: 36 months from its issue.

    Issued on the 29th of February, it ends on the last day of a shorter one.
    """
    months = next(p.months for p in periods() if p.since <= issued_on <= p.until)
    years, month = divmod(issued_on.month - 1 + months, 12)
    year, month = issued_on.year + years, month + 1
    return date(year, month, min(issued_on.day, calendar.monthrange(year, month)[1]))


def levels(number: int, on: date) -> tuple[str, ...]:
    """Who could certify so many stars on that day: of "ministry", "province", "district"."""
    found = {r["level"] for r in _in_force("levels", on) if number in r["stars"]}
    return tuple(level for level in LEVELS if level in found)


def renewal(on: date) -> Renewal:
    """The days of renewal in force on that day."""
    row = _in_force("renewal", on)[0]
    return Renewal(
        row["open_days"], row["close_days"], tuple(row["remind_days"]), row["extension_days"]
    )


def criteria_sets(on: date) -> list[CriteriaSet]:
    """The sets in force on that day, in the programme's order."""
    return _sets(_in_force("sets", on))


def known_sets() -> list[CriteriaSet]:
    """Every set of every decision, the newest decision first."""
    rows = _data()["sets"]
    return _sets(sorted(rows, key=lambda row: row["valid_from"] or "", reverse=True))


def _sets(rows: Sequence[dict[str, Any]]) -> list[CriteriaSet]:
    names = _data()["ministries"]
    return [
        CriteriaSet(
            row["code"],
            row["name"],
            row["industry_code"],
            row["industry"],
            row["group"],
            tuple(names[code] for code in row["ministries"]),
            row.get("samples"),
            row["source"],
        )
        for row in rows
    ]


def set_name(code: str | None) -> str:
    """The name of a set of whatever decision; the code itself if nobody knows it."""
    names = {found.code: found.name for found in known_sets()}
    return names.get(code or "", code or "")


def industries(on: date) -> dict[str, list[CriteriaSet]]:
    """The sets in force under the names of their industries, in the programme's order."""
    return _by(on, "industry")


def groups(on: date) -> dict[str, list[CriteriaSet]]:
    """The same under the names of the groups inside the industries."""
    return _by(on, "group")


def _by(on: date, what: str) -> dict[str, list[CriteriaSet]]:
    found: dict[str, list[CriteriaSet]] = {}
    for each in criteria_sets(on):
        name: str | None = getattr(each, what)
        if name:
            found.setdefault(name, []).append(each)
    return found


def _in_force(part: str, on: date) -> list[dict[str, Any]]:
    found = []
    for row in _data()[part]:
        since, until = _days(row)
        if since <= on <= until:
            found.append(row)
    return found


def _days(row: dict[str, Any]) -> tuple[date, date]:
    since, until = row["valid_from"], row["valid_to"]
    first = date.fromisoformat(since) if since else date.min
    return first, date.fromisoformat(until) if until else date.max


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
