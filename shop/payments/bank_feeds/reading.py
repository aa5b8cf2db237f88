"""What a feed's JSON says, distrusted: every value is of its kind and size, or BadNotice."""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shop import clock
from shop.payments.bank_feeds.protocol import BadNotice

MOST_VND = 10**13  # a transfer has at most 13 digits

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def same(given: str, expected: str) -> bool:
    """Whether two signatures or keys are equal, in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def body(raw: bytes, fraction: Callable[[str], Any] = Decimal) -> dict[str, Any]:
    """The JSON object in `raw`; `fraction` makes the numbers with a point or an exponent."""
    try:
        found = json.loads(raw, parse_float=fraction, parse_constant=_refuse)
    # ArithmeticError: an exponent of twenty digits is JSON, and too large for a Decimal.
    except (ValueError, ArithmeticError, RecursionError):
        raise BadNotice("not JSON") from None
    if not isinstance(found, dict):
        raise BadNotice("not a JSON object")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def text(said: Mapping[str, Any], *fields: str, required: bool = False) -> str:
    """The first of `fields` that is not missing, null or empty; "" unless one is `required`."""
    for field in fields:
        value = said.get(field)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise BadNotice(f"{field} is not a text")
        if not required or value.strip():
            return storable(value.strip() if required else value)
    if required:
        raise BadNotice(f"{fields[0]} is missing")
    return ""


def storable(value: str) -> str:
    """`value` without what JSON can hold and a table cannot: NUL and halves of characters."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def number(said: Mapping[str, Any], field: str) -> int:
    """A whole number of đồng, also negative, of at most 13 digits and not nought."""
    amount = said.get(field)
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        raise BadNotice(f"{field} is not a number")
    # The size is looked at first: 1e999999999 would take hours to write out.
    if -MOST_VND < amount < MOST_VND and amount != 0 and amount == int(amount):
        return int(amount)
    raise BadNotice(f"{field} is not a whole number of đồng")


def instant(said: Mapping[str, Any], *fields: str) -> datetime:
    """The UTC instant of a Vietnamese wall clock's "YYYY-MM-DD HH:MM:SS", in one of `fields`."""
    written = text(said, *fields, required=True)
    if not _TIME.fullmatch(written):
        raise BadNotice(f"{fields[0]} is not YYYY-MM-DD HH:MM:SS")
    try:
        return datetime.fromisoformat(written).replace(tzinfo=clock.VIETNAM).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadNotice(f"{fields[0]} is no day or time that exists") from None
