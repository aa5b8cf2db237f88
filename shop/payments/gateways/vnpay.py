"""VNPay 2.1.0: a signed address to pay at; notices by GET; questions and refunds as signed JSON.

Amounts travel as đồng × 100, times as yyyyMMddHHmmss in GMT+7. VNPay calls the notice address
that it has registered, up to 10 times, until it reads RspCode 00 or 02.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn
from urllib.parse import urlencode

from flask_babel import lazy_gettext as _l

from shop import clock, text
from shop.payments.bank_feeds.protocol import BadNotice, BadSignature
from shop.payments.gateways import calls
from shop.payments.gateways.protocol import (
    Answer,
    Attempt,
    Became,
    Call,
    Credential,
    Merchant,
    NoAnswer,
    Outcome,
    Refund,
    Result,
    Started,
)

name = "vnpay"
label = "VNPay"
host = "https://sandbox.vnpayment.vn"
credentials: tuple[Credential, ...] = (
    Credential("tmn_code", _l("Mã website (TmnCode)"), secret=False),
    Credential("hash_secret", _l("Chuỗi bí mật (HashSecret)"), secret=True),
)

VERSION = "2.1.0"

# What is signed, in this order; a field that is missing is empty.
ASK = (
    "vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TxnRef",
    "vnp_TransactionDate", "vnp_CreateDate", "vnp_IpAddr", "vnp_OrderInfo",
)  # fmt: skip
REFUND = (
    "vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TransactionType",
    "vnp_TxnRef", "vnp_Amount", "vnp_TransactionNo", "vnp_TransactionDate", "vnp_CreateBy",
    "vnp_CreateDate", "vnp_IpAddr", "vnp_OrderInfo",
)  # fmt: skip
REFUNDED = (
    "vnp_ResponseId", "vnp_Command", "vnp_ResponseCode", "vnp_Message", "vnp_TmnCode",
    "vnp_TxnRef", "vnp_Amount", "vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo",
    "vnp_TransactionType", "vnp_TransactionStatus", "vnp_OrderInfo",
)  # fmt: skip
ASKED = (*REFUNDED, "vnp_PromotionCode", "vnp_PromotionAmount")

_PAYMENT = {"00": Outcome.PAID, "01": Outcome.PENDING, "02": Outcome.FAILED}
# Debited but not completed, being refunded, refused a refund, suspected: somebody must look.
_REVIEW = {"04", "05", "06", "07", "09"}
_REFUND = {"00": Outcome.PAID, "02": Outcome.FAILED, "09": Outcome.FAILED}
_REFUND_TYPES = {"02", "03"}

_SAID_NO = {"02", "03", "91", "95", "97"}
_NOT_FOUND = "91"
_ASKED_BEFORE = "94"

_ANSWERS = {
    Became.RECORDED: ("00", "Confirm Success"),
    Became.REPEATED: ("02", "Order already confirmed"),
    Became.UNKNOWN: ("01", "Order not found"),
    Became.WRONG_AMOUNT: ("04", "Invalid amount"),
    Became.BAD_SIGNATURE: ("97", "Invalid signature"),
    Became.BROKEN: ("99", "Unknow error"),
}


def key(order_ref: str, number: int, now: datetime) -> str:
    """Such as OCPW5T7RNx1: letters and digits only, which every encoder leaves alone."""
    return f"{order_ref}x{number}"


def start(merchant: Merchant, attempt: Attempt) -> Started:
    """The signed address of the pay page; VNPay hears of the attempt when the buyer opens it."""
    signed = canonical(
        {
            "vnp_Version": VERSION,
            "vnp_Command": "pay",
            "vnp_TmnCode": merchant.values["tmn_code"],
            "vnp_Amount": str(attempt.amount_vnd * 100),
            "vnp_CurrCode": "VND",
            "vnp_TxnRef": attempt.key,
            "vnp_OrderInfo": text.transfer_text(attempt.words, 255),
            "vnp_OrderType": "other",
            "vnp_Locale": "vn",
            "vnp_ReturnUrl": attempt.return_url,
            "vnp_IpAddr": attempt.payer_address,
            "vnp_CreateDate": _stamp(attempt.started_at),
            "vnp_ExpireDate": _stamp(attempt.expires_at),
        }
    )
    signature = sign(merchant.values["hash_secret"], signed)
    return Started(f"{merchant.host}/paymentv2/vpcpay.html?{signed}&vnp_SecureHash={signature}")


def canonical(values: Mapping[str, str]) -> str:
    """What is signed of an address: sorted by name, form-encoded, nothing empty."""
    return urlencode(sorted((n, v) for n, v in values.items() if v), errors="replace")


def sign(secret: str, signed: str) -> str:
    """Lower-case hex HMAC-SHA512."""
    return calls.signature(secret, signed, "sha512")


def read(merchant: Merchant, call: Call) -> Result:
    """What a notice says. Raises BadSignature, BadNotice; BadNotice too for a bare address."""
    if not any(parameter.startswith("vnp_") for parameter in call.query):
        raise BadNotice("no vnp_ parameters")
    told = _checked(merchant, call.query)
    if told.get("vnp_TmnCode") != merchant.values["tmn_code"]:
        raise BadNotice("vnp_TmnCode is another merchant's")
    code = told.get("vnp_ResponseCode", "")
    return Result(
        key=calls.key(told.get("vnp_TxnRef")),
        outcome=_told(code, told.get("vnp_TransactionStatus", "")),
        amount_vnd=_amount(told.get("vnp_Amount", "")),
        transaction=calls.number(told.get("vnp_TransactionNo")),
        code=calls.said(code),
    )


def _checked(merchant: Merchant, query: Mapping[str, str]) -> dict[str, str]:
    told = {n: v for n, v in query.items() if n.startswith("vnp_")}
    given = told.pop("vnp_SecureHash", "")
    told.pop("vnp_SecureHashType", None)
    secret = merchant.values["hash_secret"]
    calls.check(given, sign(secret, canonical(told)), secret)
    return told


def _told(code: str, status: str) -> Outcome:
    if code == "07" or status in _REVIEW:
        return Outcome.REVIEW
    return _PAYMENT.get(status, Outcome.PENDING) if code == "00" else Outcome.FAILED


def _amount(hundredfold: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", hundredfold) or int(hundredfold) % 100:
        raise BadNotice("vnp_Amount is not a whole number of đồng, hundredfold")
    if hundredfold.strip("0") == "":
        raise BadNotice("vnp_Amount is 0")
    return int(hundredfold) // 100


def answer(became: Became) -> Answer:
    """Always status 200; VNPay reads the code only."""
    code, message = _ANSWERS[became]
    return Answer(200, {"RspCode": code, "Message": message})


def returned(merchant: Merchant, query: Mapping[str, str]) -> str:
    """The key in a signed return. Raises BadSignature."""
    return calls.returned(_checked(merchant, query).get("vnp_TxnRef", ""))


def ask(merchant: Merchant, attempt: Attempt, now: datetime) -> Result:
    """How the attempt stands, by querydr. Raises GatewayRefused, NoAnswer."""
    told = _query(merchant, attempt, now)
    if told["vnp_ResponseCode"] == _NOT_FOUND:
        outcome = calls.unknown_payment(attempt.expires_at, now)
        return Result(attempt.key, outcome, None, "", _NOT_FOUND, calls.said(told["vnp_Message"]))
    status = told["vnp_TransactionStatus"]
    if status in _REVIEW:
        return _result(attempt.key, Outcome.REVIEW, told)
    return _result(attempt.key, _PAYMENT.get(status, Outcome.PENDING), told)


def _query(merchant: Merchant, attempt: Attempt, now: datetime) -> dict[str, str]:
    values = {
        "vnp_RequestId": secrets.token_hex(16),
        "vnp_Command": "querydr",
        "vnp_TransactionDate": _stamp(attempt.started_at),
        "vnp_CreateDate": _stamp(now),
        "vnp_OrderInfo": text.transfer_text(f"Truy van {attempt.key}", 255),
    }
    told = _exchange(merchant, attempt, values, (ASK, ASKED))
    if told["vnp_ResponseCode"] == "00":
        _about(merchant, attempt, told)
    elif told["vnp_ResponseCode"] != _NOT_FOUND:
        _no(told)
    return told


def refund_key(merchant: Merchant, order_ref: str, number: int, now: datetime) -> str:
    """Such as OCPW5T7RNr1, VNPay's RequestId."""
    return f"{order_ref}r{number}"


def refund(merchant: Merchant, attempt: Attempt, refund: Refund) -> Result:
    """Ask for money back. Raises GatewayRefused, NoAnswer.

    VNPay knows a key again only on the Vietnamese day it was made (`asked_at`). Later the refund
    is asked after, not asked for.
    """
    if clock.vietnam(refund.asked_at).date() != clock.today():
        return ask_refund(merchant, attempt, refund, clock.now())
    values = {
        "vnp_RequestId": refund.key,
        "vnp_Command": "refund",
        "vnp_TransactionType": "02" if refund.whole else "03",
        "vnp_Amount": str(refund.amount_vnd * 100),
        "vnp_TransactionNo": attempt.transaction or "0",
        "vnp_TransactionDate": _stamp(attempt.started_at),
        "vnp_CreateBy": text.transfer_text(refund.by, 245),
        "vnp_CreateDate": _stamp(refund.asked_at),
        "vnp_OrderInfo": text.transfer_text(refund.reason, 255),
    }
    told = _exchange(merchant, attempt, values, (REFUND, REFUNDED))
    code, words = told["vnp_ResponseCode"], calls.said(told["vnp_Message"])
    if code == _ASKED_BEFORE:
        return Result(refund.key, Outcome.PENDING, None, "", code, words)
    if code != "00":
        _no(told)
    _about(merchant, attempt, told)
    outcome = _REFUND.get(told["vnp_TransactionStatus"], Outcome.PENDING)
    return _result(refund.key, outcome, told)


def ask_refund(merchant: Merchant, attempt: Attempt, refund: Refund, now: datetime) -> Result:
    """How a refund stands, as far as querydr tells. Raises GatewayRefused, NoAnswer.

    The answer names no refund: one of another amount, or one that tells of the payment, leaves
    the refund pending for somebody to look up at VNPay.
    """
    told = _query(merchant, attempt, now)
    result = _result(refund.key, Outcome.PENDING, told)
    if told["vnp_TransactionType"] not in _REFUND_TYPES or result.amount_vnd != refund.amount_vnd:
        return Result(refund.key, Outcome.PENDING, None, "", result.code, result.said)
    outcome = _REFUND.get(told["vnp_TransactionStatus"], Outcome.PENDING)
    return _result(refund.key, outcome, told)


def _exchange(
    merchant: Merchant,
    attempt: Attempt,
    values: dict[str, str],
    signed: tuple[tuple[str, ...], tuple[str, ...]],
) -> dict[str, str]:
    """VNPay's answer to `values`, its signature checked; every field of it is there, or empty."""
    names, answer_names = signed
    body = values | {
        "vnp_Version": VERSION,
        "vnp_TmnCode": merchant.values["tmn_code"],
        "vnp_TxnRef": attempt.key,
        "vnp_IpAddr": attempt.payer_address,
    }
    secret = merchant.values["hash_secret"]
    body["vnp_SecureHash"] = sign(secret, joined(body, names))
    answered = calls.post(f"{merchant.host}/merchant_webapi/api/transaction", body)
    try:
        told = {n: calls.plain(answered.get(n)) for n in answer_names}
    except ValueError as error:
        raise NoAnswer(f"a field of the answer is {error}") from None
    expected = sign(secret, joined(told, answer_names))
    try:
        calls.check(answered.get("vnp_SecureHash"), expected, secret)
    except BadSignature:
        # It may be true, but anybody could have said it.
        raise NoAnswer(f"not signed by VNPay: {calls.said(told['vnp_ResponseCode'])}") from None
    return told


def joined(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    """What is signed of a JSON body: the values of `names`, between them `|`."""
    return "|".join(values.get(n, "") for n in names)


def _about(merchant: Merchant, attempt: Attempt, told: dict[str, str]) -> None:
    if (told["vnp_TmnCode"], told["vnp_TxnRef"]) != (merchant.values["tmn_code"], attempt.key):
        raise NoAnswer("the answer is about another payment")


def _no(told: dict[str, str]) -> NoReturn:
    code = told["vnp_ResponseCode"]
    if code in _SAID_NO:
        raise calls.refused(code, told["vnp_Message"])
    # 94 to a question: asked too often. 99 and what is not in the documents: nothing is certain.
    raise NoAnswer(f"VNPay answered {calls.said(code)}")


def _result(key: str, outcome: Outcome, told: dict[str, str]) -> Result:
    hundredfold = calls.amount(told["vnp_Amount"])
    return Result(
        key=key,
        outcome=outcome,
        amount_vnd=hundredfold // 100 if hundredfold and hundredfold % 100 == 0 else None,
        transaction=calls.number(told["vnp_TransactionNo"]),
        code=calls.said(told["vnp_TransactionStatus"] or told["vnp_ResponseCode"]),
        said=calls.said(told["vnp_Message"]),
    )


def _stamp(instant: datetime) -> str:
    return f"{clock.vietnam(instant):%Y%m%d%H%M%S}"
