"""How Lazada writes money and time."""

from datetime import UTC, date, datetime
from decimal import Decimal


def vnd(told: object) -> int:
    """Whole đồng of "-1,120,000.00" or 120000.0; nothing is 0."""
    return int(Decimal(str(told).replace(",", ""))) if told not in (None, "") else 0


def instant(told: str) -> datetime:
    """Of "2026-11-28 17:00:00 +0700"."""
    return datetime.fromisoformat(told.replace(" +", "+")).astimezone(UTC)


def day(told: str) -> date:
    """Of "2026-11-28" or "28 Nov 2026"."""
    try:
        return date.fromisoformat(told[:10])
    except ValueError:
        return datetime.strptime(told, "%d %b %Y").date()
