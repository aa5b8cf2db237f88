"""What the gateways have in common: asking them, and distrusting what they say."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shop import http
from shop.payments.bank_feeds import reading
from shop.payments.bank_feeds.protocol import BadNotice, BadSignature
from shop.payments.gateways.protocol import GatewayRefused, NoAnswer, Outcome

MOST_KEY = 100  # characters of a key that a gateway may send back
MOST_SAID = 300

# So long after it was asked, a refund that the gateway does not know will not arrive any more.
LOST_AFTER = timedelta(minutes=15)

_PAGES = ("https://", "http://")
_WHOLE = re.compile("-?[0-9]{1,18}")


def post(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object that the gateway answers to a JSON `body`. Raises NoAnswer."""
    try:
        answer = http.call("POST", url, json=dict(body))
    except http.CallFailed as error:
        raise NoAnswer(str(error)) from None
    if answer.status_code >= 500:
        raise NoAnswer(f"status {answer.status_code}")
    try:
        return reading.body(answer.content)
    except BadNotice as error:
        raise NoAnswer(f"status {answer.status_code}, {error.facts['reason']}") from None


def signature(secret: str, text: str, algorithm: str) -> str:
    """Lower-case hex HMAC of `text` under `secret` ("sha256", "sha512")."""
    return hmac.digest(secret.encode(), text.encode("utf-8", "replace"), algorithm).hex()


def check(given: object, expected: str, secret: str) -> None:
    """Raises BadSignature unless `given` is `expected` and there was a secret to make it with."""
    if not secret:
        raise BadSignature("no secret to compare with")
    if not isinstance(given, str) or not reading.same(given, expected):
        raise BadSignature("signature does not match")


def plain(value: object) -> str:
    """A text or number as it is signed, "" where there is none. Raises ValueError for the rest."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("neither a text nor a whole number")
    return str(value)


def whole(value: object) -> int | None:
    """A whole number sent as a number or as digits; None for anything else."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def amount(value: object) -> int | None:
    """A whole number of đồng above 0; None for anything else."""
    number = whole(value)
    return number if number is not None and 0 < number < reading.MOST_VND else None


def number(value: object) -> str:
    """The gateway's number of a payment, sent as a number or a text; "" where there is none.

    A gateway that has no number yet sends 0.
    """
    if isinstance(value, str):
        return "" if value.strip("0") == "" else reading.storable(value)[:MOST_KEY]
    found = whole(value)
    return str(found) if found is not None and 0 < found < 10**20 else ""


def said(value: object) -> str:
    """Words of the gateway, short enough to keep."""
    return reading.storable(value)[:MOST_SAID] if isinstance(value, str) else ""


def key(value: object) -> str:
    """The name of an attempt in a signed notice. Raises BadNotice."""
    if not isinstance(value, str) or not value or len(value) > MOST_KEY:
        raise BadNotice("the attempt has no name")
    return reading.storable(value)


def returned(value: str) -> str:
    """The name of an attempt in a signed return. Raises BadSignature."""
    if not value or len(value) > MOST_KEY:
        raise BadSignature("the attempt has no name")
    return reading.storable(value)


def page(value: object, *schemes: str) -> str:
    """An address to send the buyer to, "" where there is none that a browser may open."""
    allowed = isinstance(value, str) and value.startswith(_PAGES + schemes)
    return str(value) if allowed else ""


def refused(code: object, words: object) -> GatewayRefused:
    """The refusal, to be raised."""
    return GatewayRefused(str(code)[:20], said(words))


def unknown_payment(expires_at: datetime, now: datetime) -> Outcome:
    """Of an attempt that the gateway does not know: the buyer may still begin until it expires."""
    return Outcome.FAILED if now > expires_at else Outcome.PENDING


def unknown_refund(asked_at: datetime, now: datetime) -> Outcome:
    """Of a refund that the gateway does not know: it may still be on its way for a while."""
    return Outcome.FAILED if now > asked_at + LOST_AFTER else Outcome.PENDING
