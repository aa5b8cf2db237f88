import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.payments.bank_feeds import payos
from shop.payments.bank_feeds.protocol import (
    BadNotice,
    BadSignature,
    BankFeed,
    FeedLine,
    Notice,
)

KEY = "1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675"
NOW = datetime(2026, 6, 14, 2, 20, tzinfo=UTC)
PUBLISHED = {
    "orderCode": 123,
    "amount": 3000,
    "description": "VQRIO123",
    "accountNumber": "12345678",
    "reference": "TF230204212323",
    "transactionDateTime": "2023-02-04 18:25:00",
    "currency": "VND",
    "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18",
    "code": "00",
    "desc": "Thành công",
    "counterAccountBankId": "",
    "counterAccountBankName": "",
    "counterAccountName": "",
    "counterAccountNumber": "",
    "virtualAccountName": "",
    "virtualAccountNumber": "",
}
SIGNATURE = "412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03"
NAME = "124c33293c43417ab7879e14c8d9eb18:TF230204212323"


def body(data, signature, **beside):
    found = {"code": "00", "desc": "success", "success": True, "data": data}
    return json.dumps(found | {"signature": signature} | beside).encode()


def mac(text, key=KEY):
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed(**changes):
    """The published data with `changes` (plain texts and numbers), signed again."""
    data = PUBLISHED | changes
    return body(data, mac("&".join(f"{key}={data[key]}" for key in sorted(data))))


def read(**changes):
    return payos.lines(body(PUBLISHED | changes, SIGNATURE))


def test_is_a_bank_feed():
    feed: BankFeed = payos
    assert feed.name == "payos"


def test_the_published_signature_is_right():
    assert payos.verify({}, body(PUBLISHED, SIGNATURE), KEY, NOW) == Notice(NAME)


def test_what_is_nothing_is_signed_as_nothing():
    for nothing in (None, "null", "undefined"):
        data = PUBLISHED | {"counterAccountName": nothing, "virtualAccountNumber": nothing}
        assert payos.verify({}, body(data, SIGNATURE), KEY, NOW) == Notice(NAME)


def test_every_kind_of_value_is_signed_in_its_own_way():
    data = {"b": True, "a": False, "e": 1.5, "d": [{"y": "đ/", "x": None}, 2, "z"], "c": "x&y=1"}
    text = 'a=false&b=true&c=x&y=1&d=[{"x":null,"y":"đ/"},2,"z"]&e=1.5'
    notice = payos.verify({}, body(data, mac(text)), KEY, NOW)
    assert notice == Notice(hashlib.sha256(text.encode()).hexdigest())


def test_a_new_key_takes_part():
    data = PUBLISHED | {"aNewOne": "1"}
    with pytest.raises(BadSignature):
        payos.verify({}, body(data, SIGNATURE), KEY, NOW)
    assert payos.verify({}, signed(aNewOne="1"), KEY, NOW) == Notice(NAME)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_changed_or_missing_field_is_refused(name):
    with pytest.raises(BadSignature):
        payos.verify({}, body(PUBLISHED | {name: "x"}, SIGNATURE), KEY, NOW)
    without = {n: v for n, v in PUBLISHED.items() if n != name}
    with pytest.raises(BadSignature):
        payos.verify({}, body(without, SIGNATURE), KEY, NOW)


@pytest.mark.parametrize(
    "signature", ["", SIGNATURE.upper(), SIGNATURE[:-1], "ế", None, 5, [], True]
)
def test_another_signature_is_refused(signature):
    with pytest.raises(BadSignature):
        payos.verify({}, body(PUBLISHED, signature), KEY, NOW)


def test_another_secret_or_none_is_refused():
    with pytest.raises(BadSignature):
        payos.verify({}, body(PUBLISHED, SIGNATURE), "another", NOW)
    text = "&".join(f"{key}={PUBLISHED[key]}" for key in sorted(PUBLISHED))
    with pytest.raises(BadSignature):
        payos.verify({}, body(PUBLISHED, mac(text, "")), "", NOW)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b'{"data":[],"signature":"00"}',
        b'{"data":{},"signature":"00"}',
        b'{"data":{"a":{"b":1}},"signature":"00"}',
        b'{"data":{"a":NaN},"signature":"00"}',
        b'{"data":{"a":[1e999999999]},"signature":"00"}',
        b'{"data":{"a":1e99999999999999999999},"signature":"00"}',
        b'{"data":{"a":%s},"signature":"00"}' % (b"9" * 5000),
        b'{"data":{"a":"\\ud800"},"signature":"00"}',
        b"[" * 100_000,
        b'{"data":{"a":' + b"[" * 900 + b"]" * 900 + b'},"signature":"00"}',
    ],
)
def test_what_could_not_have_been_signed_is_refused_at_once(raw):
    with pytest.raises(BadSignature):
        payos.verify({}, raw, KEY, NOW)


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=8),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=12,
    ).map(lambda data: body(data, SIGNATURE))
)
def test_what_strangers_send_is_refused(raw):
    with pytest.raises(BadSignature):
        payos.verify({}, raw, KEY, NOW)


def test_a_repeat_has_the_same_name_and_another_transfer_another():
    first = payos.verify({}, signed(), KEY, NOW)
    assert payos.verify({}, signed(), KEY, NOW) == first
    assert payos.verify({}, signed(reference="TF2"), KEY, NOW) != first
    assert payos.verify({}, signed(paymentLinkId="x"), KEY, NOW) != first


@pytest.mark.parametrize(
    "changes", [{"reference": ""}, {"paymentLinkId": ""}, {"reference": "x" * 200}]
)
def test_without_short_names_a_hash_of_all_is_the_name(changes):
    first = payos.verify({}, signed(**changes), KEY, NOW)
    assert len(first.external_id) == 64
    assert payos.verify({}, signed(**changes), KEY, NOW) == first
    assert payos.verify({}, signed(**changes, amount=3001), KEY, NOW) != first


def test_reads_the_transfer_with_its_time_in_utc():
    assert read(counterAccountName="NGUYEN VAN A") == [
        FeedLine(
            account_number="12345678",
            direction="in",
            amount_vnd=3_000,
            content="VQRIO123",
            bank_reference="TF230204212323",
            booked_at=datetime(2023, 2, 4, 11, 25, tzinfo=UTC),
            counterparty="NGUYEN VAN A",
        )
    ]


def test_what_did_not_succeed_is_no_movement():
    assert read(code="01") == []
    # What stands beside the data is not signed.
    assert len(payos.lines(body(PUBLISHED, SIGNATURE, code="01", success=False))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"accountNumber": ""},
        {"accountNumber": 12345678},
        {"currency": "USD"},
        {"amount": 0},
        {"amount": -3000},
        {"amount": 0.5},
        {"amount": "3000"},
        {"amount": True},
        {"amount": 10**13},
        {"description": {}},
        {"code": 0},
        {"transactionDateTime": "2023-02-30 18:25:00"},
        {"transactionDateTime": "2023-02-04T18:25:00Z"},
        {"transactionDateTime": ""},
    ],
)
def test_a_malformed_transfer_is_refused(changes):
    with pytest.raises(BadNotice):
        read(**changes)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"data":[]}', b"[" * 100_000])
def test_a_body_without_a_transfer_is_refused(raw):
    with pytest.raises(BadNotice):
        payos.lines(raw)
