import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shop import clock
from shop.payments.gateways import vnpay
from shop.payments.gateways.protocol import (
    Attempt,
    GatewayRefused,
    Merchant,
    NoAnswer,
    Outcome,
    Refund,
    Result,
)

SECRET = "demo-hash-secret-0123456789abcdef"
MERCHANT = Merchant(vnpay.host, {"tmn_code": "DEMO0001", "hash_secret": SECRET})
ATTEMPT = Attempt(
    key="OCPW5T7RN",
    amount_vnd=185_000,
    words="Thanh toan don OCPW5T7RN",
    started_at=datetime(2026, 6, 14, 2, 15, tzinfo=UTC),
    expires_at=datetime(2026, 6, 14, 2, 30, tzinfo=UTC),
    payer_address="203.0.113.9",
    return_url="https://shop.example.vn/pay/return",
    notify_url="https://shop.example.vn/hook/vnpay",
    transaction="14422574",
)
NOW = datetime(2026, 6, 14, 2, 45, tzinfo=UTC)
REFUND = Refund(
    key="rf1",
    amount_vnd=185_000,
    whole=True,
    reason="Hoan OCPW5T7RN",
    by="ketoan",
    asked_at=datetime(2026, 6, 15, 1, tzinfo=UTC),
)
PATH = "/merchant_webapi/api/transaction"
ANSWER_ORDER = [
    "ResponseId",
    "Command",
    "ResponseCode",
    "Message",
    "TmnCode",
    "TxnRef",
    "Amount",
    "BankCode",
    "PayDate",
    "TransactionNo",
    "TransactionType",
    "TransactionStatus",
    "OrderInfo",
]


def hmac512(secret, signed):
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha512).hexdigest()


def answering(vendor, promotion=False, **fields):
    """Let VNPay answer with `fields` (without vnp_), signed in the order of the documents."""
    fields = {"ResponseId": "id1", "TmnCode": "DEMO0001", "TxnRef": "OCPW5T7RN"} | fields
    order = [*ANSWER_ORDER, *(["PromotionCode", "PromotionAmount"] if promotion else [])]
    signed = "|".join(str(fields.get(name, "")) for name in order)
    answer = {f"vnp_{name}": value for name, value in fields.items()}
    vendor.answers[PATH] = answer | {"vnp_SecureHash": hmac512(SECRET, signed)}


def asked(vendor, **fields):
    answering(vendor, promotion=True, **({"Command": "querydr"} | fields))
    return vnpay.ask(replace(MERCHANT, host=vendor.host), ATTEMPT, NOW)


def refunded(vendor, refund=REFUND, at=REFUND.asked_at, **fields):
    answering(vendor, **({"Command": "refund"} | fields))
    with clock.at(at):
        return vnpay.refund(replace(MERCHANT, host=vendor.host), ATTEMPT, refund)


def asked_refund(vendor, refund=REFUND, **fields):
    answering(vendor, promotion=True, **({"Command": "querydr"} | fields))
    merchant = replace(MERCHANT, host=vendor.host)
    return vnpay.ask_refund(merchant, ATTEMPT, refund, NOW + timedelta(days=1))


def test_the_question_of_the_document_is_signed_right():
    values = {
        "vnp_RequestId": "rq1",
        "vnp_Version": "2.1.0",
        "vnp_Command": "querydr",
        "vnp_TmnCode": "DEMO0001",
        "vnp_TxnRef": "OCPW5T7RN",
        "vnp_TransactionDate": "20260614091500",
        "vnp_CreateDate": "20260614094500",
        "vnp_IpAddr": "203.0.113.9",
        "vnp_OrderInfo": "Truy van OCPW5T7RN",
    }
    assert vnpay.sign(SECRET, vnpay.joined(values, vnpay.ASK)) == (
        "3dfd980788ba5fd647c72b60748e2cbcec1cdf44a62776f9baf1e2578ad0cb2b"
        "517f0d7dfc052dce414bf7856595335161c5e056ba02b119d84456e5a2268885"
    )


def test_a_question_is_signed_and_new_each_time(vendor):
    for _ in range(2):
        asked(vendor, ResponseCode="00", TransactionStatus="01")
    (path, body), (_, again) = vendor.asked
    sent = {
        "vnp_RequestId": body["vnp_RequestId"],
        "vnp_Version": "2.1.0",
        "vnp_Command": "querydr",
        "vnp_TmnCode": "DEMO0001",
        "vnp_TxnRef": "OCPW5T7RN",
        "vnp_TransactionDate": "20260614091500",
        "vnp_CreateDate": "20260614094500",
        "vnp_IpAddr": "203.0.113.9",
        "vnp_OrderInfo": "Truy van OCPW5T7RN",
    }
    signature = hmac512(SECRET, "|".join(sent.values()))
    assert (path, body) == (PATH, sent | {"vnp_SecureHash": signature})
    assert len(body["vnp_RequestId"]) == 32
    assert again["vnp_RequestId"] != body["vnp_RequestId"]


def test_a_paid_attempt_is_told_with_amount_and_number(vendor):
    result = asked(
        vendor,
        ResponseCode="00",
        Message="Thành công",
        Amount=18500000,
        TransactionNo="14422574",
        TransactionType="01",
        TransactionStatus="00",
        PromotionAmount="0",
    )
    assert result == Result(
        key="OCPW5T7RN",
        outcome=Outcome.PAID,
        amount_vnd=185_000,
        transaction="14422574",
        code="00",
        said="Thành công",
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("01", Outcome.PENDING),
        ("02", Outcome.FAILED),
        ("04", Outcome.REVIEW),
        ("05", Outcome.REVIEW),
        ("06", Outcome.REVIEW),
        ("07", Outcome.REVIEW),
        ("09", Outcome.REVIEW),
        ("42", Outcome.PENDING),
        ("", Outcome.PENDING),
    ],
)
def test_each_status_of_an_attempt_has_its_outcome(vendor, status, outcome):
    result = asked(vendor, ResponseCode="00", TransactionStatus=status)
    assert (result.outcome, result.amount_vnd) == (outcome, None)


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (ATTEMPT.expires_at, Outcome.PENDING),
        (ATTEMPT.expires_at + timedelta(seconds=1), Outcome.FAILED),
    ],
)
def test_an_attempt_vnpay_never_saw_fails_when_it_has_expired(vendor, now, outcome):
    answering(vendor, promotion=True, Command="querydr", ResponseCode="91", Message="Not found")
    result = vnpay.ask(replace(MERCHANT, host=vendor.host), ATTEMPT, now)
    assert result == Result("OCPW5T7RN", outcome, None, "", "91", "Not found")


@pytest.mark.parametrize("code", ["02", "03", "95", "97"])
def test_a_signed_no_is_a_refusal(vendor, code):
    with pytest.raises(GatewayRefused) as refused:
        asked(vendor, ResponseCode=code, Message="Không được")
    assert refused.value.facts == {"code": code, "said": "Không được"}


@pytest.mark.parametrize("code", ["94", "99", "98", ""])
def test_what_says_nothing_certain_is_asked_again(vendor, code):
    with pytest.raises(NoAnswer):
        asked(vendor, ResponseCode=code)


def test_an_answer_that_is_not_signed_is_not_believed(vendor):
    answering(vendor, promotion=True, ResponseCode="00", TransactionStatus="00", Amount="18500000")
    merchant = replace(MERCHANT, host=vendor.host)
    for changes in (
        {"vnp_SecureHash": None},
        {"vnp_SecureHash": 7},
        {"vnp_Amount": "100"},
        {"vnp_TransactionStatus": "02"},
    ):
        signed = vendor.answers[PATH]
        vendor.answers[PATH] = signed | changes
        with pytest.raises(NoAnswer):
            vnpay.ask(merchant, ATTEMPT, NOW)
        vendor.answers[PATH] = signed
    assert vnpay.ask(merchant, ATTEMPT, NOW).outcome is Outcome.PAID


@pytest.mark.parametrize("about", [{"TxnRef": "OCPG8N2PX"}, {"TmnCode": "DEMO0002"}])
def test_an_answer_about_another_payment_is_not_believed(vendor, about):
    with pytest.raises(NoAnswer):
        asked(vendor, ResponseCode="00", TransactionStatus="00", **about)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"[" * 100_000, {"vnp_Amount": [1]}])
def test_an_answer_in_another_language_is_none(vendor, answer):
    vendor.answers[PATH] = answer
    with pytest.raises(NoAnswer):
        vnpay.ask(replace(MERCHANT, host=vendor.host), ATTEMPT, NOW)


def test_a_gateway_that_is_broken_or_gone_gives_no_answer(vendor):
    vendor.status = 503
    with pytest.raises(NoAnswer):
        asked(vendor, ResponseCode="00", TransactionStatus="00")
    with pytest.raises(NoAnswer):
        vnpay.ask(replace(MERCHANT, host="http://127.0.0.1:1"), ATTEMPT, NOW)


def test_the_refund_of_the_document_is_sent_and_signed_right(vendor):
    result = refunded(
        vendor, ResponseCode="00", TransactionStatus="05", Amount="18500000", TransactionNo="99"
    )
    assert vendor.asked == [
        (
            PATH,
            {
                "vnp_RequestId": "rf1",
                "vnp_Version": "2.1.0",
                "vnp_Command": "refund",
                "vnp_TmnCode": "DEMO0001",
                "vnp_TransactionType": "02",
                "vnp_TxnRef": "OCPW5T7RN",
                "vnp_Amount": "18500000",
                "vnp_TransactionNo": "14422574",
                "vnp_TransactionDate": "20260614091500",
                "vnp_CreateBy": "ketoan",
                "vnp_CreateDate": "20260615080000",
                "vnp_IpAddr": "203.0.113.9",
                "vnp_OrderInfo": "Hoan OCPW5T7RN",
                "vnp_SecureHash": (
                    "37964cef05d9ba660f4c37ba39fdca7cb99046289184b5b388757b5d5577bd84"
                    "2c777f0cfc439ca558e05592c720aca89c555a0cf14e1e157b6535bc00f34bc6"
                ),
            },
        )
    ]
    assert result == Result("rf1", Outcome.PENDING, 185_000, "99", "05")


def test_a_part_is_another_kind_and_an_unknown_number_is_0(vendor):
    merchant, attempt = replace(MERCHANT, host=vendor.host), replace(ATTEMPT, transaction="")
    answering(vendor, Command="refund", ResponseCode="00", TransactionStatus="05")
    with clock.at(REFUND.asked_at):
        vnpay.refund(merchant, attempt, replace(REFUND, whole=False, amount_vnd=50_000))
    ((_, body),) = vendor.asked
    assert (body["vnp_TransactionType"], body["vnp_Amount"], body["vnp_TransactionNo"]) == (
        "03",
        "5000000",
        "0",
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("00", Outcome.PAID),
        ("05", Outcome.PENDING),
        ("06", Outcome.PENDING),
        ("09", Outcome.FAILED),
        ("", Outcome.PENDING),
    ],
)
def test_each_status_of_a_refund_has_its_outcome(vendor, status, outcome):
    result = refunded(vendor, ResponseCode="00", TransactionStatus=status)
    assert (result.key, result.outcome) == ("rf1", outcome)


def test_a_refund_asked_for_before_is_pending(vendor):
    result = refunded(vendor, ResponseCode="94", Message="Trùng")
    assert result == Result("rf1", Outcome.PENDING, None, "", "94", "Trùng")


@pytest.mark.parametrize("code", ["02", "03", "91", "95", "97"])
def test_a_refused_refund_is_told_as_such(vendor, code):
    with pytest.raises(GatewayRefused):
        refunded(vendor, ResponseCode=code)


def test_an_uncertain_refund_is_neither_given_nor_refused(vendor):
    with pytest.raises(NoAnswer):
        refunded(vendor, ResponseCode="99")
    vendor.answers[PATH] = {"vnp_ResponseCode": "97", "vnp_Message": "not signed"}
    with clock.at(REFUND.asked_at), pytest.raises(NoAnswer):
        vnpay.refund(replace(MERCHANT, host=vendor.host), ATTEMPT, REFUND)


@pytest.mark.parametrize("about", [{"TxnRef": "OCPG8N2PX"}, {"TmnCode": "DEMO0002"}])
def test_a_refund_of_another_payment_is_not_believed(vendor, about):
    with pytest.raises(NoAnswer):
        refunded(vendor, ResponseCode="00", TransactionStatus="00", **about)


def test_the_next_day_a_refund_is_only_asked_after(vendor):
    answering(
        vendor,
        promotion=True,
        Command="querydr",
        ResponseCode="00",
        TransactionType="02",
        TransactionStatus="00",
        Amount="18500000",
    )
    # 17:00 UTC is midnight in Vietnam.
    with clock.at(datetime(2026, 6, 15, 17, tzinfo=UTC)):
        result = vnpay.refund(replace(MERCHANT, host=vendor.host), ATTEMPT, REFUND)
    assert result.outcome is Outcome.PAID
    assert [body["vnp_Command"] for _, body in vendor.asked] == ["querydr"]


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        ("02", "00", Outcome.PAID),
        ("03", "00", Outcome.PAID),
        ("02", "05", Outcome.PENDING),
        ("02", "06", Outcome.PENDING),
        ("02", "09", Outcome.FAILED),
        ("01", "00", Outcome.PENDING),
        ("", "00", Outcome.PENDING),
    ],
)
def test_a_refund_is_paid_only_by_an_answer_about_a_refund(vendor, kind, status, outcome):
    result = asked_refund(
        vendor,
        ResponseCode="00",
        TransactionType=kind,
        TransactionStatus=status,
        Amount="18500000",
    )
    assert (result.key, result.outcome) == ("rf1", outcome)


def test_a_refund_of_another_amount_is_another_refund(vendor):
    result = asked_refund(
        vendor, ResponseCode="00", TransactionType="03", TransactionStatus="00", Amount="5000000"
    )
    assert (result.outcome, result.amount_vnd) == (Outcome.PENDING, None)


def test_neither_errors_nor_the_merchant_show_the_secret(vendor):
    vendor.answers[PATH] = b"no"
    with pytest.raises(NoAnswer) as raised:
        vnpay.ask(replace(MERCHANT, host=vendor.host), ATTEMPT, NOW)
    assert SECRET not in f"{raised.value.facts}{raised.value}{MERCHANT!r}"
