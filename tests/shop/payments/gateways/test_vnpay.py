import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.payments.bank_feeds.protocol import BadNotice, BadSignature
from shop.payments.gateways import vnpay
from shop.payments.gateways.protocol import (
    Answer,
    Attempt,
    Became,
    Call,
    Gateway,
    Merchant,
    Outcome,
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
SIGNED = (
    "vnp_Amount=18500000&vnp_Command=pay&vnp_CreateDate=20260614091500&vnp_CurrCode=VND"
    "&vnp_ExpireDate=20260614093000&vnp_IpAddr=203.0.113.9&vnp_Locale=vn"
    "&vnp_OrderInfo=Thanh+toan+don+OCPW5T7RN&vnp_OrderType=other"
    "&vnp_ReturnUrl=https%3A%2F%2Fshop.example.vn%2Fpay%2Freturn&vnp_TmnCode=DEMO0001"
    "&vnp_TxnRef=OCPW5T7RN&vnp_Version=2.1.0"
)
SIGNATURE = (
    "7ad7666871d321df700cc2158eb23ec954ad6d587375565c7ca9ea3ef1421522"
    "f3dba9268eb0a647ef500ab60b6bb26d70ae1d02b7d2f1f5b3ba71290a46e42b"
)

PUBLIC = Merchant(vnpay.host, {"tmn_code": "TEST_TMN_CODE", "hash_secret": "test_secret"})
TOLD = {
    "vnp_Amount": "1000000",
    "vnp_BankCode": "NCB",
    "vnp_BankTranNo": "VNP14422574",
    "vnp_CardType": "ATM",
    "vnp_OrderInfo": "Thanh toan don hang 2024-05-21T02:17:31.249Z",
    "vnp_PayDate": "20240521091806",
    "vnp_ResponseCode": "00",
    "vnp_TmnCode": "TEST_TMN_CODE",
    "vnp_TransactionNo": "14422574",
    "vnp_TransactionStatus": "00",
    "vnp_TxnRef": "1716257871703",
    "vnp_SecureHash": (
        "649982421beb422556a1374713c74e58e716ecbd05007c0c0e1f7effdfaf361d"
        "bf146889ca446139afe11b9954c4d5c486e99e3b86fcfab6957f29eb0be72895"
    ),
}
HASH_OF_99 = (
    "503194f6d93b57b357b2d1d09742565e67e86d771352c5dca4fc8d39df3d392c"
    "6b3809add9405f97cfb9631f445e36c80656cfbf47eac67d97fa165865c13e1b"
)


def hmac512(secret, signed):
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha512).hexdigest()


def called(query):
    return Call({}, query, b"")


def told(**changes):
    """The public notice with `changes` (without vnp_), signed again."""
    query = TOLD | {f"vnp_{name}": value for name, value in changes.items()}
    del query["vnp_SecureHash"]
    signed = "&".join(f"{name}={quote_plus(query[name])}" for name in sorted(query) if query[name])
    return query | {"vnp_SecureHash": hmac512("test_secret", signed)}


def test_is_a_gateway():
    gateway: Gateway = vnpay
    assert (gateway.name, gateway.label, gateway.host) == (
        "vnpay",
        "VNPay",
        "https://sandbox.vnpayment.vn",
    )
    assert [(c.name, c.secret) for c in gateway.credentials] == [
        ("tmn_code", False),
        ("hash_secret", True),
    ]


def test_an_attempt_is_named_with_letters_and_digits_only():
    assert vnpay.key("OCPW5T7RN", 2, NOW) == "OCPW5T7RNx2"
    assert vnpay.refund_key(MERCHANT, "OCPW5T7RN", 1, NOW) == "OCPW5T7RNr1"


def test_the_pay_address_of_the_document_is_right():
    started = vnpay.start(MERCHANT, ATTEMPT)
    assert started.pay_url == (
        f"https://sandbox.vnpayment.vn/paymentv2/vpcpay.html?{SIGNED}&vnp_SecureHash={SIGNATURE}"
    )
    assert (started.app_url, started.qr) == ("", "")


def test_the_pay_address_is_at_the_host_of_the_merchant():
    merchant = replace(MERCHANT, host="http://127.0.0.1:5000/vnpay")
    assert vnpay.start(merchant, ATTEMPT).pay_url.startswith(
        "http://127.0.0.1:5000/vnpay/paymentv2/vpcpay.html?vnp_Amount=18500000&"
    )


def test_words_are_sent_without_marks_and_signs():
    attempt = replace(ATTEMPT, words="Trả tiền: đơn *OCPW5T7RN*~")
    query = dict(parse_qsl(urlsplit(vnpay.start(MERCHANT, attempt).pay_url).query))
    assert query["vnp_OrderInfo"] == "Tra tien don OCPW5T7RN"


def test_nothing_empty_is_signed():
    assert vnpay.canonical({"vnp_B": "", "vnp_A": "a b"}) == "vnp_A=a+b"


def test_the_public_notice_is_paid():
    assert vnpay.read(PUBLIC, called(TOLD)) == Result(
        key="1716257871703",
        outcome=Outcome.PAID,
        amount_vnd=10_000,
        transaction="14422574",
        code="00",
    )


def test_the_public_notice_with_code_99_is_not_paid():
    query = TOLD | {"vnp_ResponseCode": "99", "vnp_SecureHash": HASH_OF_99}
    result = vnpay.read(PUBLIC, called(query))
    assert (result.outcome, result.code) == (Outcome.FAILED, "99")


def test_the_kind_of_hash_and_what_is_not_vnpays_are_not_signed():
    query = TOLD | {"vnp_SecureHashType": "SHA512", "utm_source": "mail"}
    assert vnpay.read(PUBLIC, called(query)).outcome is Outcome.PAID


@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_changed_or_missing_parameter_is_refused(name):
    with pytest.raises(BadSignature):
        vnpay.read(PUBLIC, called(TOLD | {name: TOLD[name] + "0"}))
    without = {n: v for n, v in TOLD.items() if n != name}
    with pytest.raises(BadSignature):
        vnpay.read(PUBLIC, called(without))
    with pytest.raises(BadSignature):
        vnpay.returned(PUBLIC, without)


def test_an_added_parameter_is_refused():
    with pytest.raises(BadSignature):
        vnpay.read(PUBLIC, called(TOLD | {"vnp_More": "1"}))


def test_without_a_secret_nothing_is_believed():
    query = {n: v for n, v in TOLD.items() if n != "vnp_SecureHash"}
    query["vnp_SecureHash"] = vnpay.sign("", vnpay.canonical(query))
    merchant = Merchant(vnpay.host, {"tmn_code": "TEST_TMN_CODE", "hash_secret": ""})
    with pytest.raises(BadSignature):
        vnpay.read(merchant, called(query))


def test_a_bare_address_is_no_notice():
    with pytest.raises(BadNotice):
        vnpay.read(PUBLIC, called({"vn": "1"}))


@pytest.mark.parametrize(
    ("code", "status", "outcome"),
    [
        ("00", "00", Outcome.PAID),
        ("07", "00", Outcome.REVIEW),
        ("07", "07", Outcome.REVIEW),
        ("00", "07", Outcome.REVIEW),
        ("00", "04", Outcome.REVIEW),
        ("24", "04", Outcome.REVIEW),
        ("00", "01", Outcome.PENDING),
        ("00", "02", Outcome.FAILED),
        ("24", "02", Outcome.FAILED),
        ("11", "02", Outcome.FAILED),
        ("51", "02", Outcome.FAILED),
        ("99", "99", Outcome.FAILED),
        ("24", "00", Outcome.FAILED),
        ("00", "", Outcome.PENDING),
        ("", "00", Outcome.FAILED),
    ],
)
def test_paid_needs_both_codes(code, status, outcome):
    query = told(ResponseCode=code, TransactionStatus=status)
    result = vnpay.read(PUBLIC, called(query))
    assert (result.outcome, result.code) == (outcome, code)


@pytest.mark.parametrize(
    "amount", ["1000050", "0", "00", "", "-100", "1e4", "10.00", "٠", "9" * 16]
)
def test_an_amount_that_is_no_whole_dong_is_no_notice(amount):
    with pytest.raises(BadNotice):
        vnpay.read(PUBLIC, called(told(Amount=amount)))


@pytest.mark.parametrize("ref", ["", "x" * 101])
def test_a_notice_without_a_usable_name_is_no_notice(ref):
    with pytest.raises(BadNotice):
        vnpay.read(PUBLIC, called(told(TxnRef=ref)))
    with pytest.raises(BadSignature):
        vnpay.returned(PUBLIC, told(TxnRef=ref))


def test_a_notice_for_another_merchant_is_no_notice():
    with pytest.raises(BadNotice):
        vnpay.read(PUBLIC, called(told(TmnCode="OTHER001")))


@given(st.dictionaries(st.text(max_size=12) | st.sampled_from(sorted(TOLD)), st.text(max_size=30)))
def test_what_strangers_send_is_refused(query):
    with pytest.raises((BadSignature, BadNotice)):
        vnpay.read(PUBLIC, called(query))
    with pytest.raises(BadSignature):
        vnpay.returned(PUBLIC, query)


def test_a_return_names_its_attempt():
    assert vnpay.returned(PUBLIC, TOLD) == "1716257871703"


@pytest.mark.parametrize(
    ("became", "code", "message"),
    [
        (Became.RECORDED, "00", "Confirm Success"),
        (Became.REPEATED, "02", "Order already confirmed"),
        (Became.UNKNOWN, "01", "Order not found"),
        (Became.WRONG_AMOUNT, "04", "Invalid amount"),
        (Became.BAD_SIGNATURE, "97", "Invalid signature"),
        (Became.BROKEN, "99", "Unknow error"),
    ],
)
def test_each_end_has_its_answer(became, code, message):
    assert vnpay.answer(became) == Answer(200, {"RspCode": code, "Message": message})
