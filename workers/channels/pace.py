"""How fast a shop is called, and when it is left alone for a while (circuit breaker)."""

import time
from collections.abc import Callable
from datetime import timedelta

from shop import clock, limits
from shop.errors import TooMany
from workers.channels.models import Connection
from workers.marketplaces.protocol import Later

# Calls that may follow at once after a rest, in seconds' worth of the allowed pace.
BURST_SECONDS = 0.2
# A turn further off than this is not waited for: the work is asked for again then.
LONGEST_WAIT = 2.0
# After so many calls in a row without an answer the marketplace is left alone, longer each time.
FAILURES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=60), timedelta(minutes=30)


def keeper(shop: str, per_second: float) -> Callable[[], None]:
    """A function to call ahead of every call to `shop`: it waits for its turn.

    All processes that act for one shop share its turns. Raises Later when the turn is far off.
    """
    burst = max(1, int(per_second * BURST_SECONDS))

    def wait() -> None:
        try:
            seconds = limits.turn(
                f"market:{shop}", per_second=per_second, burst=burst, longest=LONGEST_WAIT
            )
        except TooMany as error:
            raise Later("pace", seconds=float(error.facts["retry_after"])) from None
        if seconds:
            time.sleep(seconds)

    return wait


def answered(connection: Connection) -> None:
    """A call was answered: the marketplace is there."""
    if connection.failures:
        connection.failures, connection.paused_until = 0, None


def unanswered(connection: Connection) -> None:
    """A call got no answer. From the fifth in a row on there is a pause, doubling.

    After the pause one call is tried, and its failure begins the next pause.
    """
    connection.failures += 1
    if connection.failures >= FAILURES:
        doubled = FIRST_PAUSE * 2 ** min(connection.failures - FAILURES, 10)
        connection.paused_until = clock.now() + min(doubled, LONGEST_PAUSE)


def paused(connection: Connection) -> bool:
    """Whether nothing may be called now."""
    return connection.paused_until is not None and connection.paused_until > clock.now()
