"""SePay: one bank movement a call, by API key or by a signature with a timestamp.

Times in the body are GMT+7. SePay repeats up to 7 times until it reads `{"success": true}`.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from shop import clock
from shop.payments.bank_feeds.protocol import BadNotice, BadSignature, FeedLine, Notice

name = "sepay"

WINDOW_SECONDS = 300
MOST_VND = 10**13  # a transfer has at most 13 digits

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def verify(headers: Mapping[str, str], raw: bytes, secret: str, now: datetime) -> Notice:
    """The notice in `raw`; deduplicate on its `external_id`.

    Where there is a signature it must be right, whatever else is sent. `now`: UTC-aware; a
    timestamp more than 5 minutes from it is refused. Raises BadSignature, BadNotice.
    """
    if not secret:
        raise BadSignature("no secret to compare with")
    given = {header.lower(): value for header, value in headers.items()}
    if "x-sepay-signature" in given:
        _check_signature(given, raw, secret, now)
    else:
        _check_key(given.get("authorization", ""), secret)
    external_id = _body(raw).get("id")
    if type(external_id) is not int or external_id < 0:
        raise BadNotice("id is not a number")
    return Notice(str(external_id))


def lines(raw: bytes) -> list[FeedLine]:
    """The one movement in `raw`. Raises BadNotice."""
    body = _body(raw)
    return [
        FeedLine(
            account_number=_text(body, "accountNumber", required=True),
            direction=_direction(body),
            amount_vnd=_amount(body),
            content=_text(body, "content"),
            bank_reference=_text(body, "referenceCode"),
            booked_at=_booked_at(body),
            counterparty="",
        )
    ]


def _check_signature(given: dict[str, str], raw: bytes, secret: str, now: datetime) -> None:
    timestamp = given.get("x-sepay-timestamp", "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise BadSignature("timestamp missing or malformed")
    signed = hmac.digest(secret.encode(), timestamp.encode() + b"." + raw, hashlib.sha256).hex()
    if not _same(given["x-sepay-signature"], f"sha256={signed}"):
        raise BadSignature("signature does not match")
    if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise BadSignature("timestamp outside the window")


def _check_key(authorization: str, secret: str) -> None:
    if not _same(authorization, f"Apikey {secret}"):
        raise BadSignature("neither a signature nor the right API key")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadNotice("not JSON") from None
    if not isinstance(body, dict):
        raise BadNotice("not a JSON object")
    return body


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _text(body: dict[str, Any], field: str, *, required: bool = False) -> str:
    value = body.get(field)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise BadNotice(f"{field} is not a text")
    return value.strip() if required else value


def _direction(body: dict[str, Any]) -> Literal["in", "out"]:
    match body.get("transferType"):
        case "in":
            return "in"
        case "out":
            return "out"
    raise BadNotice("transferType is neither in nor out")


def _amount(body: dict[str, Any]) -> int:
    amount = body.get("transferAmount")
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        raise BadNotice("transferAmount is not a number")
    # The size is looked at first: 1e999999999 would take hours to write out.
    if 0 < amount < MOST_VND and amount == int(amount):
        return int(amount)
    raise BadNotice("transferAmount is not a whole positive number of đồng")


def _booked_at(body: dict[str, Any]) -> datetime:
    text = body.get("transactionDate")
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise BadNotice("transactionDate is not YYYY-MM-DD HH:MM:SS")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.VIETNAM).astimezone(UTC)
    except ValueError:
        raise BadNotice("transactionDate is no day or time that exists") from None
