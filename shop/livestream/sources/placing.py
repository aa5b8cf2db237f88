"""Gives every row of a dump its instant; carries rows from the preview to the deed. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shop.livestream.sources.dumps import LONGEST_ID, MOST_ROWS, Row
from shop.livestream.sources.whens import VIETNAM, When

# As of what a bridge sends.
YEARS = range(2000, 2201)


@dataclass(frozen=True)
class Placed:
    """A comment with its instant. `sure`: exact, minute, about, or order (only its place)."""

    line: int
    author: str
    text: str
    at: datetime
    sure: str
    id: str = ""
    author_id: str = ""


@dataclass(frozen=True)
class Frame:
    """What places a dump: the session's start, its end or now, and when it was copied."""

    starts_at: datetime
    ends_at: datetime
    copied_at: datetime


def placed(rows: Sequence[Row], frame: Frame, clocks: str = "guess") -> list[Placed]:
    """Every row with its instant, in the order of the dump.

    `clocks` says what "12:05" means: "clock" the time of day, "offset" since the start, "guess".
    A row without a time stands between its neighbours; the order of the dump is kept.
    """
    if clocks == "guess":
        clocks = _guessed(rows, frame)
    known = [_known(row.when, frame, clocks) for row in rows]
    instants = _filled([at for at, _sure in known], frame)
    return [
        Placed(row.line, row.author, row.text, at, sure, row.id, row.author_id)
        for row, at, (_known_at, sure) in zip(rows, instants, known, strict=True)
    ]


def _guessed(rows: Sequence[Row], frame: Frame) -> str:
    """Clock when every time of day falls into the session, else an offset."""
    spoken = [row.when for row in rows if row.when.clock is not None]
    if any(when.certain for when in spoken):
        return "clock"
    early = frame.starts_at - timedelta(hours=1)
    late = max(frame.ends_at, frame.starts_at) + timedelta(hours=1)
    fits = (early <= _of_day(when.clock, frame) <= late for when in spoken if when.clock)
    return "clock" if all(fits) else "offset"


def _known(when: When, frame: Frame, clocks: str) -> tuple[datetime | None, str]:
    """When it was said, and how sure that is; nothing for what no livestream was ever."""
    try:
        at, sure = _instant(when, frame, clocks)
    except OverflowError:
        return None, "order"
    return (at, sure) if at is not None and at.year in YEARS else (None, "order")


def _instant(when: When, frame: Frame, clocks: str) -> tuple[datetime | None, str]:
    if when.at is not None:
        return when.at, when.sure
    if when.ago is not None:
        return frame.copied_at - when.ago, "about"
    if when.offset is not None:
        return frame.starts_at + when.offset, when.sure
    if when.clock is not None:
        if clocks == "clock":
            return _of_day(when.clock, frame), when.sure
        return frame.starts_at + when.since(), "exact"
    return None, "order"


def _of_day(clock: tuple[int, int, int], frame: Frame) -> datetime:
    """The time of day nearest to the session: past midnight belongs to the day after."""
    hour, minute, second = clock
    start = frame.starts_at.astimezone(VIETNAM)
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    at = day + timedelta(hours=hour, minutes=minute, seconds=second)
    half = timedelta(hours=12)
    if at < start - half:
        at += 2 * half
    elif at > start + half + half / 2:
        at -= 2 * half
    return at


def _filled(instants: list[datetime | None], frame: Frame) -> list[datetime]:
    """Gaps filled evenly between their neighbours, or the session's ends."""
    filled: list[datetime] = []
    index = 0
    while index < len(instants):
        at = instants[index]
        if at is not None:
            filled.append(at)
            index += 1
            continue
        end = next((i for i in range(index, len(instants)) if instants[i] is not None), None)
        gap = (end if end is not None else len(instants)) - index
        low = filled[-1] if filled else None
        high = instants[end] if end is not None else None
        filled += _between(low, high, gap, frame)
        index += gap
    return filled


def _between(low: datetime | None, high: datetime | None, gap: int, frame: Frame) -> list[datetime]:
    second = timedelta(seconds=1)
    if low is None and high is None:
        low, high = frame.starts_at, max(frame.ends_at, frame.starts_at)
    elif low is None and high is not None:
        return [high - second * (gap - n) for n in range(gap)]
    low = low or frame.starts_at
    if high is None or high <= low:
        return [low + second * (n + 1) for n in range(gap)]
    step = (high - low) / (gap + 1)
    return [low + step * (n + 1) for n in range(gap)]


def kept(rows: Sequence[Placed]) -> str:
    """Placed rows as text that `again` reads: a page carries them from the preview to the deed."""
    lines = (
        json.dumps(
            [r.line, r.author, r.text, r.at.isoformat(), r.sure, r.id, r.author_id],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for r in rows
    )
    return "\n".join(lines)


def again(said: str) -> list[Placed]:
    """What `kept` wrote. Raises ValueError for anything else."""
    rows = []
    # Only here does a line end: words may hold other signs of a new line.
    for line in filter(str.strip, said.split("\n")):
        match json.loads(line):
            case [int(number), str(author), str(words), str(at), str(sure), str(mark), str(who)]:
                instant = datetime.fromisoformat(at)
                rows.append(Placed(number, author, words, instant, sure, mark, who))
            case _:
                raise ValueError("not a kept row")
    if not all(map(_was_kept, rows)) or len(rows) > MOST_ROWS:
        raise ValueError("not kept rows")
    return [replace(row, author=row.author[:120], text=row.text[:2000]) for row in rows]


def _was_kept(row: Placed) -> bool:
    ids = max(len(row.id), len(row.author_id)) <= LONGEST_ID
    return ids and row.at.utcoffset() is not None and row.at.year in YEARS
