"""MoMo v2: every call is JSON, signed over its fields in a fixed order with unescaped values.

MoMo calls the notice address of each attempt and wants 204 within 15 seconds. Its answers carry
no signature: what they must name again is compared.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

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

name = "momo"
label = "MoMo"
host = "https://test-payment.momo.vn"
credentials: tuple[Credential, ...] = (
    Credential("partner_code", _l("Mã đối tác (Partner Code)"), secret=False),
    Credential("access_key", _l("Khóa truy cập (Access Key)"), secret=False),
    Credential("secret_key", _l("Khóa bí mật (Secret Key)"), secret=True),
)

# What is signed, in this order.
CREATE = (
    "accessKey", "amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode",
    "redirectUrl", "requestId", "requestType",
)  # fmt: skip
NOTICE = (
    "accessKey", "amount", "extraData", "message", "orderId", "orderInfo", "orderType",
    "partnerCode", "payType", "requestId", "responseTime", "resultCode", "transId",
)  # fmt: skip
ASK = ("accessKey", "orderId", "partnerCode", "requestId")
REFUND = ("accessKey", "amount", "description", "orderId", "partnerCode", "requestId", "transId")

_NUMBERS = ("amount", "responseTime", "resultCode", "transId")

_PAID = 0
# Begun, being worked on, to be confirmed again by the buyer, authorised but not taken.
_PENDING = {1000, 7000, 7002, 8000, 9000}
# Below this a code tells of the request, not of the payment.
_OF_PAYMENT = 1000
_TRY_LATER = {10, 43, 99}
_ASKED_BEFORE = {40, 41}
_NOT_FOUND = 42

_ANSWERS = {
    Became.RECORDED: 204,
    Became.REPEATED: 204,
    Became.UNKNOWN: 404,
    Became.WRONG_AMOUNT: 422,
    Became.BAD_SIGNATURE: 400,
    Became.BROKEN: 500,
}


def key(order_ref: str, number: int, now: datetime) -> str:
    """Such as OCPW5T7RN-1."""
    return f"{order_ref}-{number}"


def start(merchant: Merchant, attempt: Attempt) -> Started:
    """Open the payment. Raises GatewayRefused, NoAnswer. Again with the same key it is the same."""
    told = _exchange(
        merchant,
        "create",
        CREATE,
        {
            "amount": attempt.amount_vnd,
            "extraData": "",
            "ipnUrl": attempt.notify_url,
            "orderId": attempt.key,
            "orderInfo": attempt.words,
            "redirectUrl": attempt.return_url,
            "requestId": attempt.key,
            "requestType": "captureWallet",
        },
    )
    code = _code(told)
    if code in _PENDING:
        raise NoAnswer(f"MoMo answered {code}")
    if code != _PAID:
        raise _no(told)
    pay_url = calls.page(told.get("payUrl"))
    if not pay_url:
        raise NoAnswer("MoMo gave no page to pay at")
    app_url = calls.page(told.get("deeplink"), "momo://")
    return Started(pay_url, app_url, calls.said(told.get("qrCodeUrl")))


def signature(merchant: Merchant, names: tuple[str, ...], values: Mapping[str, Any]) -> str:
    """Lower-case hex HMAC-SHA256 over `name=value&…`; a value that is missing is empty."""
    known = {**values, "accessKey": merchant.values["access_key"]}
    signed = "&".join(f"{n}={known.get(n, '')}" for n in names)
    return calls.signature(merchant.values["secret_key"], signed, "sha256")


def read(merchant: Merchant, call: Call) -> Result:
    """What a notice says. Raises BadSignature, BadNotice."""
    try:
        body = reading.body(call.raw)
    except BadNotice:
        raise BadSignature("no JSON that could have been signed") from None
    told = _checked(merchant, body)
    if told["partnerCode"] != merchant.values["partner_code"]:
        raise BadNotice("partnerCode is another merchant's")
    amount, code = calls.amount(told["amount"]), calls.whole(told["resultCode"])
    if amount is None or code is None:
        raise BadNotice("amount or resultCode is not a number that it may be")
    return Result(
        key=calls.key(told["orderId"]),
        outcome=_outcome(code),
        amount_vnd=amount,
        transaction=calls.number(told["transId"]),
        code=str(code),
        said=calls.said(told["message"]),
    )


def _checked(merchant: Merchant, fields: Mapping[str, Any]) -> dict[str, str]:
    try:
        told = {n: calls.plain(fields.get(n)) for n in NOTICE}
    except ValueError as error:
        raise BadSignature(f"a field is {error}") from None
    # Unescaped values could be cut into fields in more than one way. The numbers stand at both
    # ends of the signed text: where they are numbers, nothing else can be read as one of them.
    if any(told[n] and calls.whole(told[n]) is None for n in _NUMBERS):
        raise BadSignature("a number is none")
    expected = signature(merchant, NOTICE, told)
    calls.check(fields.get("signature"), expected, merchant.values["secret_key"])
    return told


def _outcome(code: int) -> Outcome:
    if code == _PAID:
        return Outcome.PAID
    return Outcome.PENDING if code in _PENDING else Outcome.FAILED


def answer(became: Became) -> Answer:
    """204 for what is kept; everything without a body."""
    return Answer(_ANSWERS[became], None)


def returned(merchant: Merchant, query: Mapping[str, str]) -> str:
    """The key in a signed return. Raises BadSignature."""
    return calls.returned(_checked(merchant, query)["orderId"])


def ask(merchant: Merchant, attempt: Attempt, now: datetime) -> Result:
    """How the attempt stands. Raises GatewayRefused, NoAnswer."""
    # MoMo answers the same requestId with its first answer, so every question has its own.
    values = {"orderId": attempt.key, "requestId": secrets.token_hex(16)}
    told = _exchange(merchant, "query", ASK, values)
    code = _code(told)
    if code == _NOT_FOUND:
        outcome = calls.unknown_payment(attempt.expires_at, now)
        return _result(attempt.key, outcome, told)
    if code != _PAID and code < _OF_PAYMENT:
        raise _no(told)
    _about(attempt.key, told)
    return _result(attempt.key, _outcome(code), told)


def refund_key(merchant: Merchant, order_ref: str, number: int, now: datetime) -> str:
    """Such as OCPW5T7RN-r1, MoMo's orderId and requestId of the refund."""
    return f"{order_ref}-r{number}"


def refund(merchant: Merchant, attempt: Attempt, refund: Refund) -> Result:
    """Ask for money back. Raises GatewayRefused, NoAnswer. MoMo knows a key again for 31 days."""
    transaction = calls.whole(attempt.transaction)
    if transaction is None:
        raise GatewayRefused("transId", "the payment has no number at MoMo")
    values = {
        "amount": refund.amount_vnd,
        "description": refund.reason,
        "orderId": refund.key,
        "requestId": refund.key,
        "transId": transaction,
    }
    told = _exchange(merchant, "refund", REFUND, values)
    code = _code(told)
    if code in _PENDING | _ASKED_BEFORE:
        return _result(refund.key, Outcome.PENDING, told)
    if code != _PAID:
        raise _no(told)
    _about(refund.key, told)
    _of(refund, told)
    return _result(refund.key, Outcome.PAID, told)


def ask_refund(merchant: Merchant, attempt: Attempt, refund: Refund, now: datetime) -> Result:
    """How a refund stands. Raises GatewayRefused, NoAnswer."""
    values = {"orderId": refund.key, "requestId": secrets.token_hex(16)}
    told = _exchange(merchant, "refund/query", ASK, values)
    code = _code(told)
    if code == _NOT_FOUND:
        return _result(refund.key, calls.unknown_refund(refund.asked_at, now), told)
    if code != _PAID and code < _OF_PAYMENT:
        raise _no(told)
    _about(refund.key, told)
    listed = told.get("refundTrans")
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and entry.get("orderId") == refund.key:
            _of(refund, entry)
            return _result(refund.key, _outcome(_code(entry)), entry)
    # Without an entry of its own, a success may be that of the question.
    outcome = Outcome.PENDING if code == _PAID else _outcome(code)
    return _result(refund.key, outcome, told)


def _exchange(
    merchant: Merchant, path: str, names: tuple[str, ...], values: dict[str, Any]
) -> dict[str, Any]:
    body = values | {"partnerCode": merchant.values["partner_code"]}
    signed = {"signature": signature(merchant, names, body), "lang": "vi"}
    return calls.post(f"{merchant.host}/v2/gateway/api/{path}", body | signed)


def _code(told: Mapping[str, Any]) -> int:
    code = calls.whole(told.get("resultCode"))
    if code is None:
        raise NoAnswer("MoMo gave no resultCode")
    return code


def _no(told: Mapping[str, Any]) -> GatewayRefused | NoAnswer:
    code = _code(told)
    if code in _TRY_LATER:
        return NoAnswer(f"MoMo answered {code}")
    return calls.refused(code, told.get("message"))


def _about(key: str, told: Mapping[str, Any]) -> None:
    if told.get("orderId") != key:
        raise NoAnswer("the answer is about another payment")


def _of(refund: Refund, told: Mapping[str, Any]) -> None:
    if calls.amount(told.get("amount")) not in (None, refund.amount_vnd):
        raise NoAnswer("the answer is about another amount")


def _result(key: str, outcome: Outcome, told: Mapping[str, Any]) -> Result:
    return Result(
        key=key,
        outcome=outcome,
        amount_vnd=calls.amount(told.get("amount")),
        transaction=calls.number(told.get("transId")),
        code=str(_code(told)),
        said=calls.said(told.get("message")),
    )
