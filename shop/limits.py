"""Limits on what the public can reach, counted in Redis over a moving window."""

from flask import current_app
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from shop import broker
from shop.errors import TooMany


def hit(rate: str, *who: str) -> None:
    """Count one try of `who` against `rate` ("10/minute").

    Raises TooMany when the window is full, one of broker.OUTAGES when Redis is away: a door that
    cannot count its tries stays shut.
    """
    item = parse(rate)
    limiter = _limiter()
    if not limiter.hit(item, *who):
        raise TooMany(retry_after=_seconds_left(limiter, item, who))


def check(rate: str, *who: str) -> None:
    """Raise TooMany when `who` has used up `rate`, without counting this try."""
    item = parse(rate)
    limiter = _limiter()
    if not limiter.test(item, *who):
        raise TooMany(retry_after=_seconds_left(limiter, item, who))


def _seconds_left(
    limiter: MovingWindowRateLimiter, item: RateLimitItem, who: tuple[str, ...]
) -> int:
    from shop import clock

    resets_at = float(limiter.get_window_stats(item, *who).reset_time)
    return max(1, round(resets_at - clock.now().timestamp()))


def _limiter() -> MovingWindowRateLimiter:
    found: MovingWindowRateLimiter | None = current_app.extensions.get("limiter")
    if found is None:
        pool = broker.connection().connection_pool
        storage = RedisStorage("redis://", connection_pool=pool, wrap_exceptions=False)
        found = current_app.extensions["limiter"] = MovingWindowRateLimiter(storage)
    return found
