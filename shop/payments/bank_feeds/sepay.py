"""SePay: one bank movement a call, by API key or by a signature with a timestamp.

Times in the body are GMT+7. SePay repeats up to 7 times until it reads `{"success": true}`.
Its list (`GET /userapi/transactions/list`, an API token) has the same movements with amounts in
and out as texts of two decimals, at most 5,000 a call and two calls a second.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from shop.payments.bank_feeds import lists, reading
from shop.payments.bank_feeds.protocol import (
    BadNotice,
    BadSignature,
    FeedLine,
    Notice,
    NotListed,
)

name = "sepay"
label = "SePay"
gives_key = False

host = "https://my.sepay.vn"

WINDOW_SECONDS = 300
MOST_LISTED = 5_000


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


def listed(host: str, key: str, account_number: str, first: date, last: date) -> list[FeedLine]:
    """The account's movements of these days; day by day where they are too many for one call.

    Raises NotListed.
    """
    found = _asked(host, key, account_number, first, last)
    if found is None:
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        found = []
        for day in days:
            lists.pause()
            told = _asked(host, key, account_number, day, day)
            if told is None:
                raise NotListed("more movements in a day than the list tells")
            found += told
    return sorted(found, key=lambda line: line.booked_at)


def _asked(
    host: str, key: str, account_number: str, first: date, last: date
) -> list[FeedLine] | None:
    """One call's movements; None when there may be more of them."""
    query = {
        "account_number": account_number,
        "transaction_date_min": f"{first} 00:00:00",
        "transaction_date_max": f"{last} 23:59:59",
        "limit": MOST_LISTED,
    }
    body = lists.ask(f"{host}/userapi/transactions/list", f"Bearer {key}", query)
    rows = body.get("transactions")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NotListed("no list of transactions")
    return [_listed(row) for row in rows] if len(rows) < MOST_LISTED else None


def _listed(row: dict[str, Any]) -> FeedLine:
    try:
        came, went = (_decimal(row, name) for name in ("amount_in", "amount_out"))
        if (came > 0) == (went > 0):
            raise BadNotice("neither in nor out")
        return FeedLine(
            account_number=reading.text(row, "account_number", required=True),
            direction="in" if came else "out",
            amount_vnd=came or went,
            content=reading.text(row, "transaction_content"),
            bank_reference=reading.text(row, "reference_number"),
            booked_at=reading.instant(row, "transaction_date"),
            counterparty="",
        )
    except BadNotice as error:
        raise NotListed(str(error.facts["reason"])) from None


def _decimal(row: dict[str, Any], name: str) -> int:
    """A whole amount of đồng from "18067000.00"."""
    written = str(row.get(name) or "0")
    if not re.fullmatch(r"[0-9]{1,13}(\.0{1,2})?", written):
        raise BadNotice(f"{name} is not a whole number of đồng")
    return int(written.partition(".")[0])


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
