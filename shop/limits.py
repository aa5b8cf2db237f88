"""Limits counted in Redis: what the public may reach, and how fast we may call others."""

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


# Generic cell rate algorithm: one instant a bucket, the one at which it would be full again.
_TURN = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local rate, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = math.max(0, full - now - (burst - 1) / rate)
if wait <= longest then
  local after = full + 1 / rate
  local life = math.ceil((after - now) * 1000) + 1000
  redis.call('SET', KEYS[1], string.format('%.6f', after), 'PX', life)
end
return string.format('%.6f', wait)
"""


def turn(bucket: str, *, per_second: float, burst: int = 1, longest: float) -> float:
    """Take the next turn of a bucket that gives `per_second` of them; seconds to wait until it.

    After a rest up to `burst` may be taken at once. One bucket for every process that names it.
    Raises TooMany when the turn is further off than `longest` seconds: then none is taken.
    """
    answer = broker.connection().eval(_TURN, 1, f"turn:{bucket}", per_second, burst, longest)
    wait = float(answer)
    if wait > longest:
        raise TooMany(retry_after=max(1, round(wait)))
    return wait


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
