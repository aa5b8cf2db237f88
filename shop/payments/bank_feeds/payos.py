"""payOS: one incoming transfer a call, signed over all of its `data` by the checksum key.

Times in the body are GMT+7. What stands beside `data` is not signed, so it is not read.

payOS has no list of an account's movements. It tells the state of one payment link (`GET
/v2/payment-requests/{id}`), by the link's id or by the `orderCode` it was made with; buyers pay
our own VietQR codes, so no link of ours exists to ask for. A call that got lost is found by the
account's statement.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shop.payments.bank_feeds import reading
from shop.payments.bank_feeds.protocol import (
    BadNotice,
    BadSignature,
    FeedLine,
    Notice,
    NotListed,
)

name = "payos"
label = "payOS"
gives_key = True
host = ""  # nothing is asked: see above

MOST_NAME = 200  # characters of an external id

_SUCCESS = "00"


def verify(headers: Mapping[str, str], raw: bytes, secret: str, now: datetime) -> Notice:
    """The notice in `raw`; deduplicate on its `external_id`. It carries no time of its own.

    Raises BadSignature, BadNotice.
    """
    if not secret:
        raise BadSignature("no secret to compare with")
    signed, given = _signed(raw)
    if not reading.same(given, hmac.digest(secret.encode(), signed, hashlib.sha256).hex()):
        raise BadSignature("signature does not match")
    return Notice(_external_id(_data(raw), signed))


def lines(raw: bytes) -> list[FeedLine]:
    """The one transfer in `raw`; none where it did not succeed. Raises BadNotice."""
    data = _data(raw)
    if reading.text(data, "code") not in ("", _SUCCESS):
        return []
    if reading.text(data, "currency") not in ("", "VND"):
        raise BadNotice("currency is not VND")
    amount = reading.number(data, "amount")
    if amount < 0:
        raise BadNotice("amount is negative")
    return [
        FeedLine(
            account_number=reading.text(data, "accountNumber", required=True),
            direction="in",
            amount_vnd=amount,
            content=reading.text(data, "description"),
            bank_reference=reading.text(data, "reference"),
            booked_at=reading.instant(data, "transactionDateTime"),
            counterparty=reading.text(data, "counterAccountName"),
        )
    ]


def listed(host: str, key: str, account_number: str, first: date, last: date) -> list[FeedLine]:
    """payOS has no list of an account's movements. Raises NotListed."""
    raise NotListed("no list")


def _signed(raw: bytes) -> tuple[bytes, str]:
    """What was signed, and the signature given: `key=value&…` over all keys, sorted."""
    try:
        # As floats, numbers are written again in no time; 1e999999999 is not as a Decimal.
        body = reading.body(raw, fraction=float)
        data, given = body.get("data"), body.get("signature")
        if not isinstance(data, dict) or not isinstance(given, str):
            raise BadSignature("no data or no signature")
        signed = "&".join(f"{key}={_written(data[key])}" for key in sorted(data))
    except (BadNotice, RecursionError):
        raise BadSignature("no JSON that could have been signed") from None
    return signed.encode("utf-8", "replace"), given


def _written(value: object) -> str:
    if value is None or value in ("null", "undefined"):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        items = [dict(sorted(item.items())) if isinstance(item, dict) else item for item in value]
        return json.dumps(items, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, dict):
        raise BadSignature("an object in data, for which no signed form is known")
    return str(value)


def _data(raw: bytes) -> dict[str, Any]:
    data = reading.body(raw).get("data")
    if not isinstance(data, dict):
        raise BadNotice("data is not an object")
    return data


def _external_id(data: dict[str, Any], signed: bytes) -> str:
    link, reference = reading.text(data, "paymentLinkId"), reading.text(data, "reference")
    named = f"{link}:{reference}"
    if link and reference and len(named) <= MOST_NAME:
        return named
    return hashlib.sha256(signed).hexdigest()
