"""The times that stand in dumps: absolute, of the day, since the start, or "3 phút" ago."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from shop import text

VIETNAM = timezone(timedelta(hours=7))

ISO = r"\d{4}-\d{2}-\d{2}[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?"
DAY = (
    r"\d{1,2}[/-]\d{1,2}[/-]\d{4},? ?\d{1,2}:\d{2}(?::\d{2})?(?: ?(?:AM|PM|SA|CH))?"
    r"|\d{1,2}:\d{2}(?::\d{2})?,? ?\d{1,2}[/-]\d{1,2}[/-]\d{4}"
)
CLOCK = r"-?\d{1,3}:\d{2}(?::\d{2})?(?: ?(?:AM|PM|SA|CH))?(?![\w:])"
AGO = (
    r"(?:vừa xong|vừa mới|just now|now)|"
    r"(?:khoảng )?\d{1,3} ?(?:giây|phút|giờ|ngày|tuần|s|m|h|d|w|secs?|mins?|hrs?|hours?|minutes?|"
    r"seconds?|days?|weeks?)(?: trước| ago)?(?!\w)"
)
ANY = rf"(?:{ISO}|{DAY}|{CLOCK}|{AGO})"

_UNITS = (
    (("giay", "s", "sec", "secs", "second", "seconds"), 1),
    (("phut", "m", "min", "mins", "minute", "minutes"), 60),
    (("gio", "h", "hr", "hrs", "hour", "hours"), 3600),
    (("ngay", "d", "day", "days"), 86400),
    (("tuan", "w", "week", "weeks"), 604800),
)
_SECONDS = {word: seconds for words, seconds in _UNITS for word in words}


@dataclass(frozen=True)
class When:
    """One of: `at` an instant, `clock` (hour, minute, second) of a day or since the start,
    `offset` since the start, `ago` before it was copied. `certain`: a clock with AM or PM.
    `parts`: how many numbers a clock had."""

    at: datetime | None = None
    clock: tuple[int, int, int] | None = None
    offset: timedelta | None = None
    ago: timedelta | None = None
    sure: str = "order"
    certain: bool = False
    parts: int = 2

    def since(self) -> timedelta:
        """What a clock says when it counts from the start: "12:05" is twelve minutes."""
        hour, minute, second = self.clock or (0, 0, 0)
        if self.parts == 2:
            return timedelta(minutes=hour, seconds=minute)
        return timedelta(hours=hour, minutes=minute, seconds=second)


NEVER = When()


def read_when(said: object, *, offset: bool = False) -> When:
    """What this time says; NEVER when it is none. `offset`: seconds since the start."""
    words = " ".join(str(said).split())
    try:
        if offset:
            return When(offset=timedelta(seconds=float(words)), sure="exact")
        return _number(words) or _absolute(words) or _clock(words) or _ago(words) or NEVER
    except (ValueError, OverflowError):
        return NEVER


def _number(words: str) -> When | None:
    """Unix time in seconds, milliseconds or microseconds."""
    if not re.fullmatch(r"\d{10}(?:\.\d+)?|\d{13}|\d{16}", words):
        return None
    whole = words.split(".")[0]
    scale = {10: 1, 13: 1_000, 16: 1_000_000}[len(whole)]
    return When(at=datetime.fromtimestamp(float(words) / scale, UTC), sure="exact")


def _absolute(words: str) -> When | None:
    if re.fullmatch(ISO, words):
        at = datetime.fromisoformat(words.replace(",", ".").replace(" +", "+").replace(" Z", "Z"))
        at = at if at.tzinfo else at.replace(tzinfo=VIETNAM)
        return When(at=at, sure="exact" if words.count(":") > 1 else "minute")
    found = re.search(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", words)
    if found is None or not re.fullmatch(DAY, words, re.IGNORECASE):
        return None
    rest = (words[: found.start()] + words[found.end() :]).strip(" ,")
    clock = _clock(rest)
    if clock is None or clock.clock is None:
        return None
    day, month, year = (int(part) for part in found.groups())
    hour, minute, second = clock.clock
    at = datetime(year, month, day, hour, minute, second, tzinfo=VIETNAM)
    return When(at=at, sure=clock.sure)


def _clock(words: str) -> When | None:
    found = re.fullmatch(
        r"(-?)(\d{1,3}):(\d{2})(?::(\d{2}))?(?: ?(AM|PM|SA|CH))?", words, re.IGNORECASE
    )
    if not found:
        return None
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    parts = 3 if found[4] else 2
    if minute > 59 or second > 59:
        return None
    half = (found[5] or "").upper()
    if half:
        hour = hour % 12 + (12 if half in ("PM", "CH") else 0)
    when = When(clock=(hour, minute, second), certain=bool(half), parts=parts)
    if found[1] or hour > 23:
        return When(offset=-when.since() if found[1] else when.since(), sure="exact")
    sure = "exact" if parts == 3 else "minute"
    return When(clock=when.clock, certain=when.certain, parts=parts, sure=sure)


def _ago(words: str) -> When | None:
    if not re.fullmatch(AGO, words, re.IGNORECASE):
        return None
    found = re.search(r"(\d+) ?([a-z]+)", text.fold(words))
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    return When(ago=timedelta(seconds=seconds), sure="about")
