import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shop.payments.gateways import zalopay
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

KEY1 = "demoKey1"
MERCHANT = Merchant(zalopay.host, {"app_id": "553", "key1": KEY1, "key2": "demoKey2"})
ATTEMPT = Attempt(
    key="260614_OCPW5T7RN_1",
    amount_vnd=185_000,
    words="Thanh toan don OCPW5T7RN",
    started_at=datetime(2026, 6, 14, 2, 15, tzinfo=UTC),
    expires_at=datetime(2026, 6, 14, 2, 30, tzinfo=UTC),
    payer_address="203.0.113.9",
    return_url="https://shop.example.vn/ket-qua",
    notify_url="https://shop.example.vn/hook/zalopay",
    transaction="260614000000389",
)
NOW = datetime(2026, 6, 14, 2, 20, tzinfo=UTC)
REFUND = Refund(
    key="260615_553_OCPW5T7RNr1",
    amount_vnd=50_000,
    whole=False,
    reason="Hoàn một hộp",
    by="ketoan",
    asked_at=datetime(2026, 6, 15, 1, tzinfo=UTC),
)
CREATED = {
    "return_code": 1,
    "return_message": "Giao dịch thành công",
    "zp_trans_token": "AC-token",
    "order_url": "https://qcgateway.zalopay.vn/openinapp?order=abc",
    "qr_code": "00020101021226520010vn.zalopay",
}


def mac(text):
    return hmac.new(KEY1.encode(), text.encode(), hashlib.sha256).hexdigest()


def at(vendor):
    return replace(MERCHANT, host=vendor.host)


def asked(vendor, now=NOW, **answer):
    vendor.answers["/v2/query"] = answer
    return zalopay.ask(at(vendor), ATTEMPT, now)


def refunded(vendor, **answer):
    vendor.answers["/v2/refund"] = answer
    return zalopay.refund(at(vendor), ATTEMPT, REFUND)


def asked_refund(vendor, now=REFUND.asked_at, **answer):
    vendor.answers["/v2/query_refund"] = answer
    return zalopay.ask_refund(at(vendor), ATTEMPT, REFUND, now)


def test_starts_a_payment_with_page_and_code(vendor):
    vendor.answers["/v2/create"] = CREATED
    assert zalopay.start(at(vendor), ATTEMPT) == Started(
        pay_url=CREATED["order_url"], qr=CREATED["qr_code"]
    )
    embedded = '{"redirecturl":"https://shop.example.vn/ket-qua"}'
    signed = f"553|260614_OCPW5T7RN_1|khach|185000|1781403300000|{embedded}|[]"
    assert vendor.asked == [
        (
            "/v2/create",
            {
                "app_id": 553,
                "app_trans_id": "260614_OCPW5T7RN_1",
                "app_user": "khach",
                "amount": 185000,
                "app_time": 1781403300000,
                "embed_data": embedded,
                "item": "[]",
                "description": "Thanh toan don OCPW5T7RN",
                "callback_url": "https://shop.example.vn/hook/zalopay",
                "expire_duration_seconds": 900,
                "mac": mac(signed),
            },
        )
    ]


@pytest.mark.parametrize(("minutes", "seconds"), [(1, 300), (6, 360), (100_000, 2_592_000)])
def test_a_life_is_kept_within_what_zalopay_takes(vendor, minutes, seconds):
    vendor.answers["/v2/create"] = CREATED
    expires_at = ATTEMPT.started_at + timedelta(minutes=minutes)
    zalopay.start(at(vendor), replace(ATTEMPT, expires_at=expires_at))
    ((_, body),) = vendor.asked
    assert body["expire_duration_seconds"] == seconds


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"return_code": 2, "sub_return_code": -68, "sub_return_message": "Trùng"}, "-68"),
        ({"return_code": 2, "return_message": "Trùng"}, "2"),
        ({"return_code": -402, "return_message": "Trùng"}, "-402"),
    ],
)
def test_a_refused_payment_is_told_with_its_reason(vendor, answer, code):
    vendor.answers["/v2/create"] = answer
    with pytest.raises(GatewayRefused) as refused:
        zalopay.start(at(vendor), ATTEMPT)
    assert refused.value.facts == {"code": code, "said": "Trùng"}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"return_code": "x"},
        {"return_code": 0},
        {"return_code": 3},
        {"return_code": 2, "sub_return_code": -500},
        {"return_code": -429},
        {"return_code": 1},
        {"return_code": 1, "order_url": "javascript://x%0aalert(1)"},
        {"return_code": 1, "order_url": {"a": 1}},
        b"<html>",
        b"[" * 100_000,
    ],
)
def test_no_start_without_a_certain_answer(vendor, answer):
    vendor.answers["/v2/create"] = answer
    with pytest.raises(NoAnswer):
        zalopay.start(at(vendor), ATTEMPT)


def test_a_gateway_that_is_broken_or_gone_gives_no_answer(vendor):
    vendor.answers["/v2/create"] = CREATED
    vendor.status = 502
    with pytest.raises(NoAnswer):
        zalopay.start(at(vendor), ATTEMPT)
    with pytest.raises(NoAnswer) as raised:
        zalopay.start(replace(MERCHANT, host="http://127.0.0.1:1"), ATTEMPT)
    assert KEY1 not in f"{raised.value.facts}{raised.value}"


def test_a_question_is_signed(vendor):
    result = asked(
        vendor,
        return_code=1,
        return_message="Giao dịch thành công",
        amount=185000,
        zp_trans_id=260614000000389,
    )
    assert vendor.asked == [
        (
            "/v2/query",
            {
                "app_id": 553,
                "app_trans_id": "260614_OCPW5T7RN_1",
                "mac": mac("553|260614_OCPW5T7RN_1|demoKey1"),
            },
        )
    ]
    assert result == Result(
        key="260614_OCPW5T7RN_1",
        outcome=Outcome.PAID,
        amount_vnd=185_000,
        transaction="260614000000389",
        code="1",
        said="Giao dịch thành công",
    )


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        ({"return_code": 3}, Outcome.PENDING, "3"),
        ({"return_code": 3, "sub_return_code": -49}, Outcome.PENDING, "3"),
        ({"return_code": 2}, Outcome.FAILED, "2"),
        ({"return_code": 2, "sub_return_code": -54}, Outcome.FAILED, "-54"),
        ({"return_code": -1330}, Outcome.FAILED, "-1330"),
    ],
)
def test_each_code_of_an_attempt_has_its_outcome(vendor, answer, outcome, code):
    result = asked(vendor, amount=0, zp_trans_id=0, **answer)
    assert result == Result("260614_OCPW5T7RN_1", outcome, None, "", code)


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (ATTEMPT.expires_at, Outcome.PENDING),
        (ATTEMPT.expires_at + timedelta(seconds=1), Outcome.FAILED),
    ],
)
def test_an_attempt_zalopay_never_saw_fails_when_it_has_expired(vendor, now, outcome):
    assert asked(vendor, now, return_code=2, sub_return_code=-101).outcome is outcome


def test_a_code_about_the_question_says_nothing_of_the_payment(vendor):
    for answer in ({"return_code": 2, "sub_return_code": -402}, {"return_code": -401}):
        with pytest.raises(GatewayRefused):
            asked(vendor, **answer)
    for answer in (
        {"return_code": 2, "sub_return_code": -429},
        {"return_code": -999},
        {"return_code": 0},
        {"return_code": 7},
        {},
    ):
        with pytest.raises(NoAnswer):
            asked(vendor, **answer)


def test_a_refund_is_signed_with_the_time_it_was_decided(vendor):
    result = refunded(vendor, return_code=3, return_message="Đang xử lý", refund_id=250615000001)
    assert vendor.asked == [
        (
            "/v2/refund",
            {
                "app_id": 553,
                "m_refund_id": "260615_553_OCPW5T7RNr1",
                "zp_trans_id": "260614000000389",
                "amount": 50000,
                "description": "Hoàn một hộp",
                "timestamp": 1781485200000,
                "mac": mac("553|260614000000389|50000|Hoàn một hộp|1781485200000"),
            },
        )
    ]
    assert result == Result(REFUND.key, Outcome.PENDING, None, "250615000001", "3", "Đang xử lý")


@pytest.mark.parametrize("answer", [{"return_code": 1}, {"return_code": 2, "sub_return_code": -23}])
def test_an_accepted_refund_is_not_paid_yet(vendor, answer):
    assert refunded(vendor, **answer).outcome is Outcome.PENDING


def test_a_refund_is_refused_or_uncertain(vendor):
    for code in (-14, -101, -402):
        with pytest.raises(GatewayRefused):
            refunded(vendor, return_code=2, sub_return_code=code)
    for code in (-13, -25, -429, -500):
        with pytest.raises(NoAnswer):
            refunded(vendor, return_code=2, sub_return_code=code)


def test_what_was_not_paid_cannot_be_given_back(vendor):
    with pytest.raises(GatewayRefused):
        zalopay.refund(at(vendor), replace(ATTEMPT, transaction=""), REFUND)
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"return_code": 1}, Outcome.PAID),
        ({"return_code": 3, "sub_return_code": -1}, Outcome.PENDING),
        ({"return_code": 2, "sub_return_code": 0}, Outcome.FAILED),
        ({"return_code": 2, "sub_return_code": -32}, Outcome.FAILED),
    ],
)
def test_a_refund_stands_as_zalopay_says(vendor, answer, outcome):
    result = asked_refund(vendor, NOW, **answer)
    assert (result.key, result.outcome) == (REFUND.key, outcome)
    assert vendor.asked == [
        (
            "/v2/query_refund",
            {
                "app_id": 553,
                "m_refund_id": REFUND.key,
                "timestamp": 1781403600000,
                "mac": mac(f"553|{REFUND.key}|1781403600000"),
            },
        )
    ]


@pytest.mark.parametrize(("minutes", "outcome"), [(15, Outcome.PENDING), (16, Outcome.FAILED)])
def test_a_refund_zalopay_does_not_know_is_lost_after_a_while(vendor, minutes, outcome):
    now = REFUND.asked_at + timedelta(minutes=minutes)
    assert asked_refund(vendor, now, return_code=2, sub_return_code=-101).outcome is outcome
