import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.payments.bank_feeds.protocol import BadNotice, BadSignature
from shop.payments.gateways import momo
from shop.payments.gateways.protocol import (
    Answer,
    Became,
    Call,
    Gateway,
    Merchant,
    Outcome,
    Result,
)

SECRET = "demoSecret"
MERCHANT = Merchant(
    momo.host,
    {"partner_code": "DEMOPARTNER", "access_key": "demoAccess", "secret_key": SECRET},
)
NOW = datetime(2026, 6, 14, 2, 20, tzinfo=UTC)
TOLD = {
    "partnerCode": "DEMOPARTNER",
    "orderId": "OCPW5T7RN-1",
    "requestId": "rq-1",
    "amount": 185000,
    "orderInfo": "Thanh toan don OCPW5T7RN",
    "orderType": "momo_wallet",
    "transId": 4088878999,
    "resultCode": 0,
    "message": "Thành công.",
    "payType": "qr",
    "responseTime": 1781403400123,
    "extraData": "",
    "signature": "73ecf993597a0a22ef3ab552019fda2fe6db303776245a3dc84e6bf1c46272be",
}


def hmac256(signed):
    return hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest()


def signed(body):
    """`body` with the signature that the documents describe for a notice."""
    fields = {**body, "accessKey": "demoAccess"}
    fields.pop("signature", None)
    raw = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    return body | {"signature": hmac256(raw)}


def called(body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call({}, {}, raw)


def told(**changes):
    return called(signed(TOLD | changes))


def test_is_a_gateway():
    gateway: Gateway = momo
    assert (gateway.name, gateway.label, gateway.host) == (
        "momo",
        "MoMo",
        "https://test-payment.momo.vn",
    )
    assert [(c.name, c.secret) for c in gateway.credentials] == [
        ("partner_code", False),
        ("access_key", False),
        ("secret_key", True),
    ]


def test_attempts_and_refunds_have_names_of_their_own():
    assert momo.key("OCPW5T7RN", 1, NOW) == "OCPW5T7RN-1"
    assert momo.refund_key(MERCHANT, "OCPW5T7RN", 1, NOW) == "OCPW5T7RN-r1"


def test_the_create_call_of_the_document_is_signed_right():
    values = {
        "amount": 185000,
        "extraData": "",
        "ipnUrl": "https://shop.example.vn/hook/momo",
        "orderId": "OCPW5T7RN-1",
        "orderInfo": "Thanh toan don OCPW5T7RN",
        "partnerCode": "DEMOPARTNER",
        "redirectUrl": "https://shop.example.vn/ket-qua",
        "requestId": "rq-1",
        "requestType": "captureWallet",
    }
    assert momo.signature(MERCHANT, momo.CREATE, values) == (
        "07c939f036226fd511d8f1c680613913e9259c3165d2aae9abcf9cb28fc744ba"
    )


def test_the_notice_of_the_document_is_paid():
    assert momo.read(MERCHANT, called(TOLD)) == Result(
        key="OCPW5T7RN-1",
        outcome=Outcome.PAID,
        amount_vnd=185_000,
        transaction="4088878999",
        code="0",
        said="Thành công.",
    )


@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_changed_or_missing_field_is_refused(name):
    with pytest.raises(BadSignature):
        momo.read(MERCHANT, called(TOLD | {name: f"{TOLD[name]}1"}))
    without = {n: v for n, v in signed(TOLD | {"extraData": "e30="}).items() if n != name}
    with pytest.raises(BadSignature):
        momo.read(MERCHANT, called(without))


def test_a_missing_field_is_signed_as_an_empty_one():
    without = {n: v for n, v in TOLD.items() if n != "extraData"}
    assert momo.read(MERCHANT, called(without)).outcome is Outcome.PAID


@pytest.mark.parametrize(
    "changes",
    [
        {"orderInfo": None},
        {"orderInfo": ["Thanh toan"]},
        {"amount": {"a": 1}},
        {"amount": True},
        {"amount": 185000.5},
        {"signature": None},
        {"signature": 5},
        {"signature": "ế"},
        {"message": "\ud800"},
    ],
)
def test_fields_of_another_kind_are_refused(changes):
    with pytest.raises(BadSignature):
        momo.read(MERCHANT, called(TOLD | changes))


def test_a_text_cannot_pretend_to_be_another_field():
    body = signed(TOLD | {"message": "x&orderId=A", "resultCode": 1006})
    moved = body | {"transId": 1, "resultCode": "1006&transId=4088878999&resultCode=0"}
    with pytest.raises(BadSignature):
        momo.read(MERCHANT, called(signed(moved)))


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"amount":1e9999}', b"{}"])
def test_what_is_no_notice_is_refused(raw):
    with pytest.raises(BadSignature):
        momo.read(MERCHANT, called(raw))


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.dictionaries(st.sampled_from(sorted(TOLD)) | st.text(max_size=4), inner),
        max_leaves=12,
    )
)
def test_what_strangers_send_is_refused(body):
    with pytest.raises(BadSignature):
        momo.read(MERCHANT, called(body))


def test_without_a_secret_nothing_is_believed():
    merchant = replace(MERCHANT, values={**MERCHANT.values, "secret_key": ""})
    body = TOLD | {"signature": momo.signature(merchant, momo.NOTICE, TOLD)}
    with pytest.raises(BadSignature):
        momo.read(merchant, called(body))


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0, Outcome.PAID),
        (9000, Outcome.PENDING),
        (1000, Outcome.PENDING),
        (7000, Outcome.PENDING),
        (7002, Outcome.PENDING),
        (1001, Outcome.FAILED),
        (1005, Outcome.FAILED),
        (1006, Outcome.FAILED),
        (99, Outcome.FAILED),
        (-1, Outcome.FAILED),
    ],
)
def test_each_code_of_a_notice_has_its_outcome(code, outcome):
    result = momo.read(MERCHANT, told(resultCode=code))
    assert (result.outcome, result.code) == (outcome, str(code))


@pytest.mark.parametrize(
    "changes",
    [
        {"partnerCode": "OTHER"},
        {"orderId": ""},
        {"orderId": "x" * 101},
        {"amount": 0},
        {"amount": -185000},
        {"amount": 10**13},
        {"resultCode": ""},
    ],
)
def test_a_signed_body_that_makes_no_sense_is_no_notice(changes):
    with pytest.raises(BadNotice):
        momo.read(MERCHANT, told(**changes))


def test_numbers_may_come_as_texts():
    assert momo.read(MERCHANT, told(amount="185000", resultCode="0")).amount_vnd == 185_000


@pytest.mark.parametrize(
    ("became", "status"),
    [
        (Became.RECORDED, 204),
        (Became.REPEATED, 204),
        (Became.UNKNOWN, 404),
        (Became.WRONG_AMOUNT, 422),
        (Became.BAD_SIGNATURE, 400),
        (Became.BROKEN, 500),
    ],
)
def test_each_end_has_its_status_and_no_body(became, status):
    assert momo.answer(became) == Answer(status, None)


def test_a_return_names_its_attempt():
    query = {name: str(value) for name, value in TOLD.items()}
    assert momo.returned(MERCHANT, query) == "OCPW5T7RN-1"
    with pytest.raises(BadSignature):
        momo.returned(MERCHANT, query | {"orderId": "OCPG8N2PX-1"})
    with pytest.raises(BadSignature):
        momo.returned(MERCHANT, {})
