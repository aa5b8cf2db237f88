"""How fast each shop may call: a bucket of a second's worth of calls, filled evenly.

Kept in memory: a sandbox started anew limits nobody until it is told to.
"""

import threading
import time


class Meter:
    """The limits of all shops, by id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.per_second: dict[str, float] = {}
        self._left: dict[str, tuple[float, float]] = {}

    def limit(self, shop_id: int | str, per_second: float) -> None:
        """Allow a shop so many calls a second; 0: as many as it likes."""
        with self._lock:
            self._left.pop(str(shop_id), None)
            self.per_second[str(shop_id)] = per_second

    def passes(self, shop_id: int | str) -> bool:
        """Whether this call of the shop is within its limit; then it is counted."""
        key, now = str(shop_id), time.monotonic()
        with self._lock:
            rate = self.per_second.get(key, 0)
            if not rate:
                return True
            most = max(1.0, rate)
            left, at = self._left.get(key, (most, now))
            left = min(most, left + (now - at) * rate)
            self._left[key] = (left - 1 if left >= 1 else left, now)
            return left >= 1
