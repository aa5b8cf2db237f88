import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shop.payments.gateways import momo
from shop.payments.gateways.protocol import (
    Attempt,
    GatewayRefused,
    Merchant,
    NoAnswer,
    Outcome,
    Refund,
    Result,
    Started,
)

SECRET = "demoSecret"
MERCHANT = Merchant(
    momo.host,
    {"partner_code": "DEMOPARTNER", "access_key": "demoAccess", "secret_key": SECRET},
)
ATTEMPT = Attempt(
    key="OCPW5T7RN-1",
    amount_vnd=185_000,
    words="Thanh toan don OCPW5T7RN",
    started_at=datetime(2026, 6, 14, 2, 15, tzinfo=UTC),
    expires_at=datetime(2026, 6, 14, 2, 30, tzinfo=UTC),
    payer_address="203.0.113.9",
    return_url="https://shop.example.vn/ket-qua",
    notify_url="https://shop.example.vn/hook/momo",
    transaction="4088878999",
)
NOW = datetime(2026, 6, 14, 2, 20, tzinfo=UTC)
REFUND = Refund(
    key="OCPW5T7RN-r1",
    amount_vnd=50_000,
    whole=False,
    reason="Hoàn một hộp",
    by="ketoan",
    asked_at=datetime(2026, 6, 15, 1, tzinfo=UTC),
)
CREATED = {
    "orderId": "OCPW5T7RN-1",
    "amount": 185000,
    "resultCode": 0,
    "message": "Thành công.",
    "payUrl": "https://test-payment.momo.vn/v2/gateway/pay?t=abc",
    "deeplink": "momo://app?action=payWithApp&t=abc",
    "qrCodeUrl": "momo://app?action=payWithApp&isScanQR=true&t=abc",
}


def hmac256(signed):
    return hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest()


def at(vendor):
    return replace(MERCHANT, host=vendor.host)


def asked(vendor, now=NOW, **answer):
    vendor.answers["/v2/gateway/api/query"] = {"orderId": "OCPW5T7RN-1"} | answer
    return momo.ask(at(vendor), ATTEMPT, now)


def refunded(vendor, **answer):
    vendor.answers["/v2/gateway/api/refund"] = {"orderId": REFUND.key} | answer
    return momo.refund(at(vendor), ATTEMPT, REFUND)


def asked_refund(vendor, now=REFUND.asked_at, **answer):
    vendor.answers["/v2/gateway/api/refund/query"] = {"orderId": REFUND.key} | answer
    return momo.ask_refund(at(vendor), ATTEMPT, REFUND, now)


def test_starts_a_payment_with_page_app_and_code(vendor):
    vendor.answers["/v2/gateway/api/create"] = CREATED
    assert momo.start(at(vendor), ATTEMPT) == Started(
        pay_url=CREATED["payUrl"], app_url=CREATED["deeplink"], qr=CREATED["qrCodeUrl"]
    )
    raw = (
        "accessKey=demoAccess&amount=185000&extraData="
        "&ipnUrl=https://shop.example.vn/hook/momo&orderId=OCPW5T7RN-1"
        "&orderInfo=Thanh toan don OCPW5T7RN&partnerCode=DEMOPARTNER"
        "&redirectUrl=https://shop.example.vn/ket-qua&requestId=OCPW5T7RN-1"
        "&requestType=captureWallet"
    )
    assert vendor.asked == [
        (
            "/v2/gateway/api/create",
            {
                "partnerCode": "DEMOPARTNER",
                "requestId": "OCPW5T7RN-1",
                "requestType": "captureWallet",
                "orderId": "OCPW5T7RN-1",
                "amount": 185000,
                "orderInfo": "Thanh toan don OCPW5T7RN",
                "redirectUrl": "https://shop.example.vn/ket-qua",
                "ipnUrl": "https://shop.example.vn/hook/momo",
                "extraData": "",
                "lang": "vi",
                "signature": hmac256(raw),
            },
        )
    ]


def test_a_refused_payment_is_told_with_its_reason(vendor):
    vendor.status = 400
    vendor.answers["/v2/gateway/api/create"] = {"resultCode": 22, "message": "Số tiền quá nhỏ"}
    with pytest.raises(GatewayRefused) as refused:
        momo.start(at(vendor), ATTEMPT)
    assert refused.value.facts == {"code": "22", "said": "Số tiền quá nhỏ"}


@pytest.mark.parametrize(
    "answer",
    [
        {"resultCode": 10},
        {"resultCode": 99},
        {"resultCode": 7000},
        {},
        {"resultCode": True},
        {"resultCode": 0.5},
        {"resultCode": None},
        {"resultCode": 0, "payUrl": "javascript://x%0aalert(1)"},
        {"resultCode": 0, "payUrl": ["https://a"]},
        {"resultCode": 0},
        b"<html>",
        b'{"resultCode":1e99999999999999999999}',
    ],
)
def test_no_start_without_a_certain_answer(vendor, answer):
    vendor.answers["/v2/gateway/api/create"] = answer
    with pytest.raises(NoAnswer):
        momo.start(at(vendor), ATTEMPT)


def test_an_app_address_of_another_kind_is_left_out(vendor):
    vendor.answers["/v2/gateway/api/create"] = CREATED | {
        "deeplink": "javascript://x",
        "qrCodeUrl": 1,
    }
    assert momo.start(at(vendor), ATTEMPT) == Started(CREATED["payUrl"])


def test_a_question_is_signed_and_new_each_time(vendor):
    for _ in range(2):
        asked(vendor, resultCode=1000)
    (path, body), (_, again) = vendor.asked
    request_id = body["requestId"]
    raw = f"accessKey=demoAccess&orderId=OCPW5T7RN-1&partnerCode=DEMOPARTNER&requestId={request_id}"
    assert (path, body) == (
        "/v2/gateway/api/query",
        {
            "partnerCode": "DEMOPARTNER",
            "orderId": "OCPW5T7RN-1",
            "requestId": request_id,
            "lang": "vi",
            "signature": hmac256(raw),
        },
    )
    assert again["requestId"] != request_id


def test_a_paid_attempt_is_told_with_amount_and_number(vendor):
    result = asked(vendor, resultCode=0, amount=185000, transId=4088878999, message="Thành công.")
    assert result == Result("OCPW5T7RN-1", Outcome.PAID, 185_000, "4088878999", "0", "Thành công.")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (9000, Outcome.PENDING),
        (1000, Outcome.PENDING),
        (7002, Outcome.PENDING),
        (8000, Outcome.PENDING),
        (1003, Outcome.FAILED),
        (1006, Outcome.FAILED),
    ],
)
def test_each_code_of_an_attempt_has_its_outcome(vendor, code, outcome):
    result = asked(vendor, resultCode=code, transId=0)
    assert (result.outcome, result.amount_vnd, result.transaction) == (outcome, None, "")


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (ATTEMPT.expires_at, Outcome.PENDING),
        (ATTEMPT.expires_at + timedelta(seconds=1), Outcome.FAILED),
    ],
)
def test_an_attempt_momo_never_saw_fails_when_it_has_expired(vendor, now, outcome):
    assert asked(vendor, now, resultCode=42).outcome is outcome


def test_a_code_about_the_question_says_nothing_of_the_payment(vendor):
    with pytest.raises(GatewayRefused):
        asked(vendor, resultCode=13)
    for code in (10, 43, 99):
        with pytest.raises(NoAnswer):
            asked(vendor, resultCode=code)


def test_an_answer_about_another_payment_is_not_believed(vendor):
    with pytest.raises(NoAnswer):
        asked(vendor, resultCode=0, orderId="OCPG8N2PX-1")
    with pytest.raises(NoAnswer):
        refunded(vendor, resultCode=0, orderId="OCPW5T7RN-1")
    with pytest.raises(NoAnswer):
        asked_refund(vendor, resultCode=0, orderId="OCPW5T7RN-1")


def test_a_refund_is_signed_under_its_own_name(vendor):
    result = refunded(vendor, resultCode=0, amount=50000, transId=4088879000, message="Thành công.")
    raw = (
        "accessKey=demoAccess&amount=50000&description=Hoàn một hộp&orderId=OCPW5T7RN-r1"
        "&partnerCode=DEMOPARTNER&requestId=OCPW5T7RN-r1&transId=4088878999"
    )
    assert vendor.asked == [
        (
            "/v2/gateway/api/refund",
            {
                "partnerCode": "DEMOPARTNER",
                "orderId": "OCPW5T7RN-r1",
                "requestId": "OCPW5T7RN-r1",
                "amount": 50000,
                "transId": 4088878999,
                "description": "Hoàn một hộp",
                "lang": "vi",
                "signature": hmac256(raw),
            },
        )
    ]
    assert result == Result("OCPW5T7RN-r1", Outcome.PAID, 50_000, "4088879000", "0", "Thành công.")


@pytest.mark.parametrize("code", [1000, 7000, 7002, 40, 41])
def test_a_refund_on_its_way_or_asked_for_before_is_pending(vendor, code):
    assert refunded(vendor, resultCode=code).outcome is Outcome.PENDING


def test_a_refund_is_refused_or_uncertain(vendor):
    for code in (1080, 1081, 22, 13):
        with pytest.raises(GatewayRefused):
            refunded(vendor, resultCode=code)
    for code in (10, 99):
        with pytest.raises(NoAnswer):
            refunded(vendor, resultCode=code)
    with pytest.raises(NoAnswer):
        momo.refund(replace(MERCHANT, host="http://127.0.0.1:1"), ATTEMPT, REFUND)


def test_what_was_not_paid_cannot_be_given_back(vendor):
    with pytest.raises(GatewayRefused):
        momo.refund(at(vendor), replace(ATTEMPT, transaction=""), REFUND)
    assert vendor.asked == []


def test_a_refund_stands_as_its_own_entry_says(vendor):
    others = [{"orderId": "OCPW5T7RN-r2", "amount": 1000, "resultCode": 1080, "transId": 1}]
    entry = {"orderId": "OCPW5T7RN-r1", "amount": 50000, "transId": 4088879000}
    for code, outcome in ((0, Outcome.PAID), (7002, Outcome.PENDING), (1080, Outcome.FAILED)):
        result = asked_refund(
            vendor, resultCode=0, refundTrans=[*others, entry | {"resultCode": code}]
        )
        assert result == Result("OCPW5T7RN-r1", outcome, 50_000, "4088879000", str(code))


def test_a_refund_of_another_amount_is_not_ours(vendor):
    with pytest.raises(NoAnswer):
        refunded(vendor, resultCode=0, amount=185000)
    entry = {"orderId": "OCPW5T7RN-r1", "amount": 185000, "resultCode": 0}
    with pytest.raises(NoAnswer):
        asked_refund(vendor, resultCode=0, refundTrans=[entry])


def test_a_refund_without_an_entry_is_not_taken_for_paid(vendor):
    for listed in ([], None, "x", [1], [{"orderId": "OCPW5T7RN-r2", "resultCode": 0}]):
        result = asked_refund(vendor, resultCode=0, refundTrans=listed)
        assert result.outcome is Outcome.PENDING
    assert asked_refund(vendor, resultCode=1080).outcome is Outcome.FAILED


@pytest.mark.parametrize(("minutes", "outcome"), [(15, Outcome.PENDING), (16, Outcome.FAILED)])
def test_a_refund_momo_does_not_know_is_lost_after_a_while(vendor, minutes, outcome):
    now = REFUND.asked_at + timedelta(minutes=minutes)
    assert asked_refund(vendor, now, resultCode=42).outcome is outcome


def test_neither_errors_nor_the_merchant_show_the_secret(vendor):
    with pytest.raises(NoAnswer) as raised:
        momo.ask(replace(MERCHANT, host="http://127.0.0.1:1"), ATTEMPT, NOW)
    assert SECRET not in f"{raised.value.facts}{raised.value}{MERCHANT!r}"
