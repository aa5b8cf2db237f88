import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.payments.bank_feeds.protocol import BadNotice, BadSignature
from shop.payments.gateways import zalopay
from shop.payments.gateways.protocol import (
    Answer,
    Became,
    Call,
    Gateway,
    GatewayRefused,
    Merchant,
    Outcome,
    Result,
)

KEY2 = "demoKey2"
MERCHANT = Merchant(zalopay.host, {"app_id": "553", "key1": "demoKey1", "key2": KEY2})
# Published for the sandbox.
PUBLIC = Merchant(
    zalopay.host, {"app_id": "554", "key1": "", "key2": "uUfsWgfLkRLzq6W2uNXTCxrfxs51auny"}
)
RETURNED = {
    "appid": "554",
    "apptransid": "211022_beb80b6f-2d09-4b61-94d9-af95be844eca",
    "pmcid": "38",
    "bankcode": "",
    "amount": "50000",
    "discountamount": "0",
    "status": "-59",
    "checksum": "ec359685cb75b330a8596f818e803b1786820a2a5e6b31d7a57bafa0085429aa",
}
DATA = {
    "app_id": 553,
    "app_trans_id": "260614_OCPW5T7RN_1",
    "app_time": 1781403300000,
    "app_user": "khach",
    "amount": 185000,
    "embed_data": "{}",
    "item": "[]",
    "zp_trans_id": 260614000000389,
    "server_time": 1781403310000,
    "channel": 38,
}


def mac(data, key=KEY2):
    return hmac.new(key.encode(), data.encode(), hashlib.sha256).hexdigest()


def called(body):
    return Call({}, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def told(**changes):
    """The callback for DATA with `changes`, in a spacing of its own."""
    data = json.dumps(DATA | changes, indent=1)
    return called({"data": data, "mac": mac(data), "type": 1})


def test_is_a_gateway():
    gateway: Gateway = zalopay
    assert (gateway.name, gateway.label, gateway.host) == (
        "zalopay",
        "ZaloPay",
        "https://sb-openapi.zalopay.vn",
    )
    assert [(c.name, c.secret) for c in gateway.credentials] == [
        ("app_id", False),
        ("key1", True),
        ("key2", True),
    ]


def test_names_begin_with_the_vietnamese_day():
    # 17:00 UTC is midnight in Vietnam.
    before, after = (
        datetime(2026, 6, 14, 16, 59, tzinfo=UTC),
        datetime(2026, 6, 14, 17, tzinfo=UTC),
    )
    assert zalopay.key("OCPW5T7RN", 1, before) == "260614_OCPW5T7RN_1"
    assert zalopay.key("OCPW5T7RN", 2, after) == "260615_OCPW5T7RN_2"
    assert zalopay.refund_key(MERCHANT, "OCPW5T7RN", 1, after) == "260615_553_OCPW5T7RNr1"


def test_the_create_call_of_the_document_is_signed_right():
    fields = (553, "260614_OCPW5T7RN", "khach01", 185000, 1781403300000, "{}", "[]")
    assert zalopay.mac("demoKey1", *fields) == (
        "4eeaf6958eab3f2d04788a63f9b6756ff983cee45221f57a28e433475db12795"
    )


def test_a_callback_is_paid():
    assert zalopay.read(MERCHANT, told()) == Result(
        key="260614_OCPW5T7RN_1",
        outcome=Outcome.PAID,
        amount_vnd=185_000,
        transaction="260614000000389",
        code="1",
    )


def test_the_signed_text_is_taken_as_it_came():
    data = json.dumps(DATA)
    again = json.dumps(DATA, separators=(",", ":"))
    with pytest.raises(BadSignature):
        zalopay.read(MERCHANT, called({"data": again, "mac": mac(data), "type": 1}))


@given(st.integers(0, len(json.dumps(DATA)) - 1), st.characters(codec="utf-8"))
def test_any_changed_character_is_refused(at, character):
    data = json.dumps(DATA)
    changed = data[:at] + character + data[at + 1 :]
    if changed != data:
        with pytest.raises(BadSignature):
            zalopay.read(MERCHANT, called({"data": changed, "mac": mac(data), "type": 1}))


def test_the_other_key_does_not_open():
    data = json.dumps(DATA)
    with pytest.raises(BadSignature):
        zalopay.read(MERCHANT, called({"data": data, "mac": mac(data, "demoKey1"), "type": 1}))


def test_without_a_key_nothing_is_believed():
    data = json.dumps(DATA)
    merchant = Merchant(zalopay.host, {**MERCHANT.values, "key2": ""})
    with pytest.raises(BadSignature):
        zalopay.read(merchant, called({"data": data, "mac": mac(data, ""), "type": 1}))
    with pytest.raises(BadSignature):
        zalopay.returned(merchant, RETURNED | {"checksum": mac("||||||", "")})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"data":1e99999999999999999999}',
        {},
        {"data": "{}"},
        {"data": "{}", "mac": 5},
        {"data": "{}", "mac": "ế"},
        {"data": {}, "mac": mac("{}")},
        {"data": "\ud800", "mac": "\ud800"},
    ],
)
def test_what_is_not_signed_is_refused(body):
    with pytest.raises(BadSignature):
        zalopay.read(MERCHANT, called(body))


@pytest.mark.parametrize(
    "data",
    ["", "{", "[]", "[" * 100_000, "1e99999999999999999999", "{}", '{"app_id":553}'],
)
def test_signed_data_that_is_no_order_is_no_notice(data):
    with pytest.raises(BadNotice):
        zalopay.read(MERCHANT, called({"data": data, "mac": mac(data), "type": 1}))


@pytest.mark.parametrize(
    "changes",
    [
        {"app_id": 554},
        {"app_id": None},
        {"app_trans_id": ""},
        {"app_trans_id": 5},
        {"app_trans_id": "x" * 101},
        {"amount": 0},
        {"amount": -185000},
        {"amount": 185000.5},
        {"amount": True},
        {"amount": None},
        {"amount": 10**13},
    ],
)
def test_signed_data_that_makes_no_sense_is_no_notice(changes):
    with pytest.raises(BadNotice):
        zalopay.read(MERCHANT, told(**changes))


@given(st.text(max_size=60))
def test_whatever_is_signed_is_read_or_refused(data):
    with pytest.raises(BadNotice):
        zalopay.read(MERCHANT, called({"data": data, "mac": mac(data), "type": 1}))


def test_a_callback_about_an_agreement_is_no_payment():
    data = json.dumps(DATA)
    with pytest.raises(BadNotice):
        zalopay.read(MERCHANT, called({"data": data, "mac": mac(data), "type": 2}))


@pytest.mark.parametrize(
    ("became", "code"),
    [
        (Became.RECORDED, 1),
        (Became.REPEATED, 2),
        (Became.UNKNOWN, 2),
        (Became.WRONG_AMOUNT, 2),
        (Became.BAD_SIGNATURE, -1),
        (Became.BROKEN, 0),
    ],
)
def test_only_what_broke_here_is_wanted_again(became, code):
    answer = zalopay.answer(became)
    assert answer == Answer(
        200, {"return_code": code, "return_message": answer.body["return_message"]}
    )
    assert answer.body["return_message"]


def test_the_published_return_names_its_attempt():
    assert zalopay.returned(PUBLIC, RETURNED) == RETURNED["apptransid"]


@pytest.mark.parametrize("name", sorted(RETURNED))
def test_a_changed_or_missing_parameter_of_a_return_is_refused(name):
    with pytest.raises(BadSignature):
        zalopay.returned(PUBLIC, RETURNED | {name: RETURNED[name] + "0"})
    if RETURNED[name]:
        with pytest.raises(BadSignature):
            zalopay.returned(PUBLIC, {n: v for n, v in RETURNED.items() if n != name})


def test_a_return_without_a_name_is_refused():
    checksum = mac("553||38||50000|0|1")
    query = RETURNED | {"appid": "553", "apptransid": "", "status": "1", "checksum": checksum}
    with pytest.raises(BadSignature):
        zalopay.returned(MERCHANT, query)


def test_an_app_id_that_is_no_number_is_refused_here():
    merchant = Merchant(zalopay.host, {**MERCHANT.values, "app_id": "abc"})
    with pytest.raises(GatewayRefused):
        zalopay.refund_key(merchant, "OCPW5T7RN", 1, datetime(2026, 6, 14, tzinfo=UTC))


def test_the_merchant_does_not_show_its_keys():
    assert KEY2 not in repr(MERCHANT)
