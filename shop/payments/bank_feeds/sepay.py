"""SePay: one bank movement a call, by API key or by a signature with a timestamp.

Times in the body are GMT+7. SePay repeats up to 7 times until it reads `{"success": true}`.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from shop.payments.bank_feeds import reading
from shop.payments.bank_feeds.protocol import BadNotice, BadSignature, FeedLine, Notice

name = "sepay"
label = "SePay"
gives_key = False

WINDOW_SECONDS = 300


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
    external_id = reading.body(raw).get("id")
    if type(external_id) is not int or external_id < 0:
        raise BadNotice("id is not a number")
    return Notice(str(external_id))


def lines(raw: bytes) -> list[FeedLine]:
    """The one movement in `raw`. Raises BadNotice."""
    body = reading.body(raw)
    return [
        FeedLine(
            account_number=reading.text(body, "accountNumber", required=True),
            direction=_direction(body),
            amount_vnd=_amount(body),
            content=reading.text(body, "content"),
            bank_reference=reading.text(body, "referenceCode"),
            booked_at=reading.instant(body, "transactionDate"),
            counterparty="",
        )
    ]


def _check_signature(given: dict[str, str], raw: bytes, secret: str, now: datetime) -> None:
    timestamp = given.get("x-sepay-timestamp", "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise BadSignature("timestamp missing or malformed")
    signed = hmac.digest(secret.encode(), timestamp.encode() + b"." + raw, hashlib.sha256).hex()
    if not reading.same(given["x-sepay-signature"], f"sha256={signed}"):
        raise BadSignature("signature does not match")
    if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise BadSignature("timestamp outside the window")


def _check_key(authorization: str, secret: str) -> None:
    if not reading.same(authorization, f"Apikey {secret}"):
        raise BadSignature("neither a signature nor the right API key")


def _direction(body: dict[str, Any]) -> Literal["in", "out"]:
    match body.get("transferType"):
        case "in":
            return "in"
        case "out":
            return "out"
    raise BadNotice("transferType is neither in nor out")


def _amount(body: dict[str, Any]) -> int:
    amount = reading.number(body, "transferAmount")
    if amount < 0:
        raise BadNotice("transferAmount is not a whole positive number of đồng")
    return amount
