import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.payments.bank_feeds import sepay
from shop.payments.bank_feeds.protocol import (
    BadNotice,
    BadSignature,
    BankFeed,
    FeedLine,
    Notice,
)

SECRET = "demo-sepay-secret"
AT = 1_781_403_400
NOW = datetime.fromtimestamp(AT, UTC)
RAW = b'{"id":92704,"transferType":"in","transferAmount":185000,"content":"OCPW5T7RN"}'
SIGNATURE = "sha256=a4c48f2f0a5d7ad612836fc808ea8832c553e22f74c5f86147d7a332a2f8e746"
HEADERS = {"X-SePay-Signature": SIGNATURE, "X-SePay-Timestamp": str(AT)}
FULL = {
    "id": 92704,
    "gateway": "Vietcombank",
    "transactionDate": "2026-06-14 09:15:03",
    "accountNumber": "0071000123456",
    "subAccount": None,
    "code": None,
    "content": "MBVCB.1.2.OCPW5T7RN.CT tu",
    "transferType": "in",
    "transferAmount": 185000,
    "accumulated": 19077000,
    "referenceCode": "FT26165000",
    "description": "",
}


def raw(**changes) -> bytes:
    return json.dumps(FULL | changes).encode()


def signed(body: bytes, timestamp: str = str(AT), secret: str = SECRET) -> dict[str, str]:
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-SePay-Signature": f"sha256={mac}", "X-SePay-Timestamp": timestamp}


def test_is_a_bank_feed():
    feed: BankFeed = sepay
    assert feed.name == "sepay"


def test_the_signature_of_the_document_is_right():
    assert sepay.verify(HEADERS, RAW, SECRET, NOW) == Notice("92704")


def test_header_names_may_be_in_any_case():
    lowered = {name.lower(): value for name, value in HEADERS.items()}
    assert sepay.verify(lowered, RAW, SECRET, NOW) == Notice("92704")


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_either_way_are_still_now(seconds):
    now = NOW + timedelta(seconds=seconds)
    assert sepay.verify(HEADERS, RAW, SECRET, now) == Notice("92704")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_beyond_five_minutes_is_refused(seconds):
    with pytest.raises(BadSignature) as refused:
        sepay.verify(HEADERS, RAW, SECRET, NOW + timedelta(seconds=seconds))
    assert refused.value.facts == {"reason": "timestamp outside the window"}
    assert refused.value.status == 401


@given(st.integers(0, len(RAW) - 1), st.integers(0, 7))
def test_any_bit_changed_in_the_body_is_refused(at, bit):
    changed = RAW[:at] + bytes([RAW[at] ^ 1 << bit]) + RAW[at + 1 :]
    with pytest.raises(BadSignature):
        sepay.verify(HEADERS, changed, SECRET, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"X-SePay-Signature": SIGNATURE.upper()},
        {"X-SePay-Signature": SIGNATURE.removeprefix("sha256=")},
        {"X-SePay-Signature": ""},
        {"X-SePay-Signature": "sha256=ế"},
        {"X-SePay-Timestamp": str(AT + 1)},
        {"X-SePay-Timestamp": ""},
        {"X-SePay-Timestamp": f" {AT}"},
        {"X-SePay-Timestamp": "-1"},
        {"X-SePay-Timestamp": "١٧٨١٤٠٣٤٠٠"},
    ],
)
def test_a_changed_header_is_refused(changes):
    with pytest.raises(BadSignature):
        sepay.verify(HEADERS | changes, RAW, SECRET, NOW)


def test_another_secret_or_none_is_refused():
    with pytest.raises(BadSignature):
        sepay.verify(HEADERS, RAW, "another", NOW)
    with pytest.raises(BadSignature):
        sepay.verify(signed(RAW, secret=""), RAW, "", NOW)
    with pytest.raises(BadSignature):
        sepay.verify({"Authorization": "Apikey "}, RAW, "", NOW)


def test_the_api_key_opens_too():
    headers = {"Authorization": f"Apikey {SECRET}"}
    assert sepay.verify(headers, RAW, SECRET, NOW) == Notice("92704")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Apikey wrong"},
        {"Authorization": SECRET},
        {"Authorization": "Apikeyế"},
    ],
)
def test_without_the_right_key_nothing_opens(headers):
    with pytest.raises(BadSignature):
        sepay.verify(headers, RAW, SECRET, NOW)


def test_a_wrong_signature_is_not_saved_by_a_right_key():
    headers = {"X-SePay-Signature": "sha256=00", "Authorization": f"Apikey {SECRET}"}
    with pytest.raises(BadSignature):
        sepay.verify(headers, RAW, SECRET, NOW)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b"\xff", b'{"id":true}', b'{"id":"1"}', b"{}", b'{"id":NaN}'],
)
def test_a_signed_body_that_is_no_notice_is_refused_as_such(body):
    with pytest.raises(BadNotice):
        sepay.verify(signed(body), body, SECRET, NOW)


def test_reads_the_movement_with_its_time_in_utc():
    assert sepay.lines(raw()) == [
        FeedLine(
            account_number="0071000123456",
            direction="in",
            amount_vnd=185_000,
            content="MBVCB.1.2.OCPW5T7RN.CT tu",
            bank_reference="FT26165000",
            booked_at=datetime(2026, 6, 14, 2, 15, 3, tzinfo=UTC),
            counterparty="",
        )
    ]


def test_reads_an_outgoing_movement_and_missing_texts():
    (line,) = sepay.lines(raw(transferType="out", content=None, referenceCode=None))
    assert (line.direction, line.content, line.bank_reference) == ("out", "", "")


def test_a_whole_amount_written_with_decimals_is_read_exactly():
    (line,) = sepay.lines(raw().replace(b"185000,", b"9007199254740.00,"))
    assert (line.amount_vnd, type(line.amount_vnd)) == (9_007_199_254_740, int)


@pytest.mark.parametrize(
    "changes",
    [
        {"accountNumber": None},
        {"accountNumber": ""},
        {"accountNumber": 71000},
        {"transferType": "IN"},
        {"transferType": None},
        {"transferAmount": 0},
        {"transferAmount": -5},
        {"transferAmount": 1.5},
        {"transferAmount": "185000"},
        {"transferAmount": True},
        {"transferAmount": None},
        {"transferAmount": 10**13},
        {"content": 5},
        {"referenceCode": []},
        {"transactionDate": "2026-02-30 09:15:03"},
        {"transactionDate": "2026-06-14T09:15:03"},
        {"transactionDate": "2026-06-14 25:15:03"},
        {"transactionDate": None},
    ],
)
def test_a_malformed_movement_is_refused(changes):
    with pytest.raises(BadNotice):
        sepay.lines(raw(**changes))


@pytest.mark.parametrize("amount", [b"1e999999999", b"Infinity", b"NaN", b"1e-9"])
def test_absurd_numbers_are_refused_at_once(amount):
    with pytest.raises(BadNotice):
        sepay.lines(raw().replace(b"185000,", amount + b","))
