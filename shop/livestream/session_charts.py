"""The claims of a session minute by minute, as bars that fit a phone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_BARS = 48
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)


@dataclass(frozen=True)
class Bar:
    """So many claims from `at` on (UTC), `percent` of the highest bar."""

    at: datetime
    count: int
    percent: int


@dataclass(frozen=True)
class Bars:
    """The whole session in bars of `step` minutes each, empty ones too; `most`: the highest."""

    step: int
    most: int
    bars: Sequence[Bar]


def minutes(counted: Sequence[tuple[datetime, int]]) -> Bars | None:
    """Bars of claims by minute, several minutes a bar when there are many; None without any."""
    if not counted:
        return None
    first, last = counted[0][0], counted[-1][0]
    whole = int((last - first) / timedelta(minutes=1)) + 1
    step = next((s for s in _STEPS if whole <= s * MOST_BARS), whole // MOST_BARS + 1)
    width = timedelta(minutes=step)
    summed: Counter[int] = Counter()
    for at, count in counted:
        summed[(at - first) // width] += count
    most = max(summed.values())
    many = (last - first) // width + 1
    bars = [Bar(first + n * width, summed[n], round(100 * summed[n] / most)) for n in range(many)]
    return Bars(step, most, bars)
