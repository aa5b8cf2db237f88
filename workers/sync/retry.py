"""When a call is said again, and what a refusal means for the cooperative."""

import random
from datetime import timedelta

from flask_babel import gettext as _

from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import MarketplaceError

MOST_TRIES = 8
FIRST_SECONDS, LONGEST_SECONDS = 5, 15 * 60
# A limit counts by the second (Lazada asks for at least one).
LEAST_SECONDS = 1


def delay(tries: int, after_seconds: float | None) -> timedelta:
    """How long to wait after so many calls in vain; what the marketplace asked for comes first.

    Full jitter: what failed together must not come back together.
    """
    if after_seconds is not None:
        return timedelta(seconds=after_seconds)
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (tries - 1))
    return timedelta(seconds=random.uniform(LEAST_SECONDS, longest))  # noqa: S311


def hint(platform: str, error: MarketplaceError) -> str:
    """What the cooperative can do about a refusal; with the marketplace's own words if unknown."""
    known = MARKETPLACES[platform].hints.get(error.code)
    said = f" ({error.said})" if error.said else ""
    if known is not None:
        return f"{known}{said}"
    return str(_("Sàn từ chối: %(code)s%(said)s.", code=error.code, said=said))
