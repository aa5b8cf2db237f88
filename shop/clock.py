"""The one clock. UTC inside; days and expiry are Vietnamese days (UTC+7, no summer time)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """This instant, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The day it is in Vietnam."""
    return vietnam(now()).date()


def vietnam(instant: datetime) -> datetime:
    """The same instant on a Vietnamese wall clock."""
    return instant.astimezone(VIETNAM)


def midnight(day: date) -> datetime:
    """The UTC instant at which `day` begins in Vietnam."""
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)


def day(on: date) -> tuple[datetime, datetime]:
    """The UTC instants at which a Vietnamese day begins and is over."""
    return midnight(on), midnight(on + timedelta(days=1))


def written_day(text: str) -> date | None:
    """The day of "2026-11-24" as an address names it; None for anything else, or a far one."""
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return on if 2000 <= on.year < 2100 else None


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Within the block it is `instant` (tests, replays)."""
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)
