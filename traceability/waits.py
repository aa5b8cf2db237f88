"""How long stamps wait on goods for their first scan: counted by day in steps, the middle found.

Of millions of stamps nobody can ask the middle one while a page waits; of the few steps of each
day's count one can.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from shop import clock
from shop.database import db

_DAY, _MONTH = 24, 30 * 24


class Wait(NamedTuple):
    """A stamp of `product_id` went on goods at `since` and was first scanned at `at`."""

    product_id: int
    since: datetime
    at: datetime


def step(since: datetime, at: datetime) -> int:
    """The hours between, rounded down: to the hour within a day, to the day within thirty days,
    else to thirty days.
    """
    hours = int((at - since).total_seconds() // 3600)
    each = 1 if hours < _DAY else _DAY if hours < _MONTH else _MONTH
    return hours // each * each


_ADD = text("""
    INSERT INTO scan_waits (product_id, "on", hours, stamps)
    VALUES (:product_id, :on, :hours, :stamps)
    ON CONFLICT (product_id, "on", hours) DO UPDATE SET stamps = scan_waits.stamps + excluded.stamps
""")


def add(waits: Iterable[Wait]) -> None:
    """Count first scans, in order of key so that two who count never wait in a circle."""
    counted: dict[tuple[int, date, int], int] = {}
    for wait in waits:
        key = wait.product_id, clock.vietnam(wait.at).date(), step(wait.since, wait.at)
        counted[key] = counted.get(key, 0) + 1
    rows: list[dict[str, Any]] = [
        {"product_id": product_id, "on": on, "hours": hours, "stamps": stamps}
        for (product_id, on, hours), stamps in sorted(counted.items())
    ]
    if rows:
        db.session.execute(_ADD, rows)


def middle(counts: Sequence[tuple[int, int]]) -> int | None:
    """The hours of the middle stamp of (hours, stamps) in order of hours; None without any."""
    left = sum(stamps for _hours, stamps in counts) // 2
    for hours, stamps in counts:
        if left < stamps:
            return hours
        left -= stamps
    return None
