"""ZaloPay v2: every call is JSON with a mac over some of its fields, between them `|`.

ZaloPay calls back for paid attempts only, so every attempt must also be asked after. It signs no
answer.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from shop import clock
from shop.payments.bank_feeds import reading
from shop.payments.bank_feeds.protocol import BadNotice, BadSignature
from shop.payments.gateways import calls
from shop.payments.gateways.protocol import (
    Answer,
    Attempt,
    Became,
    Call,
    Credential,
    GatewayRefused,
    Merchant,
    NoAnswer,
    Outcome,
    Refund,
    Result,
    Started,
)

name = "zalopay"
label = "ZaloPay"
host = "https://sb-openapi.zalopay.vn"
credentials: tuple[Credential, ...] = (
    Credential("app_id", _l("Mã ứng dụng (app_id)"), secret=False),
    Credential("key1", _l("Khóa key1"), secret=True),
    Credential("key2", _l("Khóa key2 (callback key)"), secret=True),
)

LEAST_SECONDS, MOST_SECONDS = 300, 2_592_000  # of an attempt's life

_REDIRECT = (
    "appid", "apptransid", "pmcid", "bankcode", "amount", "discountamount", "status",
)  # fmt: skip
_ORDER = 1  # the type of a callback; 2 is a standing agreement

_DONE, _FAILED, _PROCESSING = 1, 2, 3
# Of `sub_return_code`, or of `return_code` where that is below 0: about the request, not the money.
_TRY_LATER = {-429, -500, -503, -999}
_OUR_FAULT = {-2, -53, -92, -401, -402, -403, -405}
_NOT_FOUND = -101
_REFUND_ASKED_BEFORE = -23
_REFUND_TOO_OLD = {-13, -25}

# Nothing changes between two calls for an attempt we do not know, or with another amount than we
# asked for: 2 ends the repeats like a thing done before, and somebody here has to look.
_ANSWERS = {
    Became.RECORDED: (1, "success"),
    Became.REPEATED: (2, "already recorded"),
    Became.UNKNOWN: (2, "order not found"),
    Became.WRONG_AMOUNT: (2, "invalid amount"),
    Became.BAD_SIGNATURE: (-1, "mac not equal"),
    Became.BROKEN: (0, "try again"),
}


def key(order_ref: str, number: int, now: datetime) -> str:
    """Such as 260614_OCPW5T7RN_1, of the Vietnamese day, which ZaloPay compares."""
    return f"{clock.vietnam(now):%y%m%d}_{order_ref}_{number}"


def start(merchant: Merchant, attempt: Attempt) -> Started:
    """Open the payment, within 15 minutes of `started_at`. Raises GatewayRefused, NoAnswer."""
    seconds = int((attempt.expires_at - attempt.started_at).total_seconds())
    order = {
        "app_id": _app_id(merchant),
        "app_trans_id": attempt.key,
        "app_user": "khach",
        "amount": attempt.amount_vnd,
        "app_time": _ms(attempt.started_at),
        "embed_data": json.dumps({"redirecturl": attempt.return_url}, separators=(",", ":")),
        "item": "[]",
    }
    more = {
        "mac": mac(merchant.values["key1"], *order.values()),
        "description": attempt.words,
        "callback_url": attempt.notify_url,
        "expire_duration_seconds": min(max(seconds, LEAST_SECONDS), MOST_SECONDS),
    }
    told = _post(merchant, "create", order | more)
    if _code(told) != _DONE:
        raise _no(told)
    pay_url = calls.page(told.get("order_url"))
    if not pay_url:
        raise NoAnswer("ZaloPay gave no page to pay at")
    return Started(pay_url, qr=calls.said(told.get("qr_code")))


def mac(secret: str, *fields: object) -> str:
    """Lower-case hex HMAC-SHA256 over `fields`, between them `|`."""
    return calls.signature(secret, "|".join(str(field) for field in fields), "sha256")


def read(merchant: Merchant, call: Call) -> Result:
    """What a callback says: an attempt is paid. Raises BadSignature, BadNotice."""
    try:
        body = reading.body(call.raw)
    except BadNotice:
        raise BadSignature("no JSON that could have been signed") from None
    data, secret = body.get("data"), merchant.values["key2"]
    if not isinstance(data, str):
        raise BadSignature("no data that could have been signed")
    calls.check(body.get("mac"), mac(secret, data), secret)
    if body.get("type", _ORDER) != _ORDER:
        raise BadNotice("type is not that of an order")
    told = reading.body(data.encode("utf-8", "replace"))
    amount = calls.amount(told.get("amount"))
    if calls.whole(told.get("app_id")) != _app_id(merchant):
        raise BadNotice("app_id is another merchant's")
    if amount is None:
        raise BadNotice("amount is not a number of đồng")
    return Result(
        key=calls.key(told.get("app_trans_id")),
        outcome=Outcome.PAID,
        amount_vnd=amount,
        transaction=calls.number(told.get("zp_trans_id")),
        code=str(_DONE),
    )


def answer(became: Became) -> Answer:
    """Always status 200; ZaloPay reads the code: 0 makes it come again, up to 3 times."""
    code, message = _ANSWERS[became]
    return Answer(200, {"return_code": code, "return_message": message})


def returned(merchant: Merchant, query: Mapping[str, str]) -> str:
    """The key in a signed return. Raises BadSignature."""
    secret = merchant.values["key2"]
    expected = mac(secret, *(query.get(n, "") for n in _REDIRECT))
    calls.check(query.get("checksum"), expected, secret)
    return calls.returned(query.get("apptransid", ""))


def ask(merchant: Merchant, attempt: Attempt, now: datetime) -> Result:
    """How the attempt stands. Raises GatewayRefused, NoAnswer."""
    app_id, key1 = _app_id(merchant), merchant.values["key1"]
    question = {"app_id": app_id, "app_trans_id": attempt.key}
    told = _post(merchant, "query", question | {"mac": mac(key1, app_id, attempt.key, key1)})
    if _problem(told) == _NOT_FOUND:
        return _result(attempt.key, calls.unknown_payment(attempt.expires_at, now), told)
    return _result(attempt.key, _outcome(told), told)


def refund_key(merchant: Merchant, order_ref: str, number: int, now: datetime) -> str:
    """Such as 260614_553_OCPW5T7RNr1, of the Vietnamese day, which ZaloPay compares."""
    return f"{clock.vietnam(now):%y%m%d}_{_app_id(merchant)}_{order_ref}r{number}"


def refund(merchant: Merchant, attempt: Attempt, refund: Refund) -> Result:
    """Ask for money back, within 15 minutes of `asked_at`. Raises GatewayRefused, NoAnswer.

    Never paid at once: ZaloPay accepts first, and `ask_refund` tells what became of it.
    """
    if not attempt.transaction:
        raise GatewayRefused("zp_trans_id", "the payment has no number at ZaloPay")
    signed = {
        "app_id": _app_id(merchant),
        "zp_trans_id": attempt.transaction,
        "amount": refund.amount_vnd,
        "description": refund.reason[:100],
        # Of the first time, so that what is not known 15 minutes later cannot arrive any more.
        "timestamp": _ms(refund.asked_at),
    }
    more = {"m_refund_id": refund.key, "mac": mac(merchant.values["key1"], *signed.values())}
    told = _post(merchant, "refund", signed | more)
    code, problem = _code(told), _problem(told)
    if code in (_DONE, _PROCESSING) or problem == _REFUND_ASKED_BEFORE:
        return _result(refund.key, Outcome.PENDING, told)
    if problem in _REFUND_TOO_OLD:
        # This call came too late; an earlier one of the same key may have been in time.
        raise NoAnswer("too late to ask for this refund again")
    raise _no(told)


def ask_refund(merchant: Merchant, attempt: Attempt, refund: Refund, now: datetime) -> Result:
    """How a refund stands. Raises GatewayRefused, NoAnswer."""
    question = {"app_id": _app_id(merchant), "m_refund_id": refund.key, "timestamp": _ms(now)}
    signed = {"mac": mac(merchant.values["key1"], *question.values())}
    told = _post(merchant, "query_refund", question | signed)
    if _problem(told) == _NOT_FOUND:
        return _result(refund.key, calls.unknown_refund(refund.asked_at, now), told)
    return _result(refund.key, _outcome(told), told)


def _post(merchant: Merchant, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return calls.post(f"{merchant.host}/v2/{path}", body)


def _app_id(merchant: Merchant) -> int:
    app_id = calls.whole(merchant.values["app_id"])
    if app_id is None:
        raise GatewayRefused("app_id", "app_id is not a number")
    return app_id


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _code(told: Mapping[str, Any]) -> int:
    code = calls.whole(told.get("return_code"))
    if code is None:
        raise NoAnswer("ZaloPay gave no return_code")
    return code


def _problem(told: Mapping[str, Any]) -> int | None:
    """Why not: stated by the second code beside 2, by the first one alone below 0."""
    code = _code(told)
    if code == _FAILED:
        return calls.whole(told.get("sub_return_code"))
    return code if code < 0 else None


def _outcome(told: Mapping[str, Any]) -> Outcome:
    code, problem = _code(told), _problem(told)
    if problem in _TRY_LATER | _OUR_FAULT:
        raise _no(told)
    if code in (_DONE, _PROCESSING):
        return Outcome.PAID if code == _DONE else Outcome.PENDING
    if code == _FAILED or code < 0:
        return Outcome.FAILED
    raise NoAnswer(f"ZaloPay answered {code}")


def _no(told: Mapping[str, Any]) -> GatewayRefused | NoAnswer:
    code, problem = _code(told), _problem(told)
    if problem in _TRY_LATER or (code != _FAILED and code >= 0):
        return NoAnswer(f"ZaloPay answered {code}")
    words = told.get("sub_return_message") or told.get("return_message")
    return calls.refused(code if problem is None else problem, words)


def _result(key: str, outcome: Outcome, told: Mapping[str, Any]) -> Result:
    problem = _problem(told)
    return Result(
        key=key,
        outcome=outcome,
        amount_vnd=calls.amount(told.get("amount")),
        transaction=calls.number(told.get("zp_trans_id") or told.get("refund_id")),
        code=str(_code(told) if problem is None else problem),
        said=calls.said(told.get("sub_return_message") or told.get("return_message")),
    )
