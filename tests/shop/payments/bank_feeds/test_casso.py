import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.payments.bank_feeds import casso
from shop.payments.bank_feeds.protocol import (
    BadNotice,
    BadSignature,
    BankFeed,
    FeedLine,
    Notice,
)

KEY = "demo-casso-key"
AT = 1_781_403_400_123
NOW = datetime.fromtimestamp(AT / 1000, UTC)
# The keys of the document, in another order and spacing than they are signed in.
RAW = (
    b'{"error": 0, "data": {"id": 1, "reference": "FT1", "amount": 185000,'
    b' "description": "OCPW5T7RN"}}'
)
SIGNATURE = (
    "182c8c161886c68a4b1cf658ca06cec0cc0d1d927630e5b835f1dc8266bdf9ec"
    "6ca79ce636916e30a4cd926d36c703c379deae548d36038f6a1e456ba970f051"
)
HEADERS = {"X-Casso-Signature": f"t={AT},v1={SIGNATURE}"}
TOKEN = {"secure-token": KEY}
OLD = {
    "id": 360056,
    "tid": "5017 - 48678",
    "description": "MBVCB.1.2.OCPW5T7RN.CT tu",
    "amount": 185000,
    "cusum_balance": 19077000,
    "when": "2026-06-14 09:15:03",
    "bank_sub_acc_id": "0071000123456",
    "subAccId": "0071000123456",
    "corresponsiveName": "NGUYEN VAN A",
}
V2 = {
    "id": 360056,
    "reference": "FT26165000",
    "description": "Trả đơn OCPW5T7RN",
    "amount": 185000,
    "runningBalance": 19077000,
    "transactionDateTime": "2026-06-14 09:15:03",
    "accountNumber": "0071000123456",
    "bankName": "Vietcombank",
    "virtualAccountNumber": "",
    "counterAccountName": "NGUYỄN VĂN A/B",
}


def old(*movements):
    return json.dumps({"error": 0, "data": list(movements)}).encode()


def v2(**changes):
    return json.dumps({"error": 0, "data": V2 | changes}).encode()


def ordered(value):
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value)}
    return [ordered(item) for item in value] if isinstance(value, list) else value


def signed(body, key=KEY):
    """The header for `body`, an object, written out as the document describes."""
    text = f"{AT}." + json.dumps(ordered(body), ensure_ascii=False, separators=(",", ":"))
    mac = hmac.new(key.encode(), text.encode(), hashlib.sha512).hexdigest()
    return {"X-Casso-Signature": f"t={AT},v1={mac}"}


def test_is_a_bank_feed():
    feed: BankFeed = casso
    assert feed.name == "casso"


def test_the_signature_of_the_document_is_right():
    assert casso.verify(HEADERS, RAW, KEY, NOW) == Notice("1")


def test_header_names_may_be_in_any_case():
    assert casso.verify({"x-casso-signature": HEADERS["X-Casso-Signature"]}, RAW, KEY, NOW)
    assert casso.verify({"Secure-Token": KEY}, old(OLD), KEY, NOW) == Notice("360056")


def test_letters_slashes_and_depth_are_signed_as_they_are():
    body = {"error": 0, "data": V2 | {"more": [{"b": 0.5, "a": None}, [True]]}}
    notice = casso.verify(signed(body), json.dumps(body).encode(), KEY, NOW)
    assert notice == Notice("360056")


def test_a_repeat_that_comes_hours_later_is_the_same_notice():
    assert casso.verify(HEADERS, RAW, KEY, NOW + timedelta(hours=5)) == Notice("1")


@given(st.integers(0, len(RAW) - 1), st.integers(0, 7))
def test_any_bit_changed_in_the_body_is_refused(at, bit):
    changed = RAW[:at] + bytes([RAW[at] ^ 1 << bit]) + RAW[at + 1 :]
    # A blank between two words of JSON is not signed; another blank says nothing else.
    if changed.translate(None, b" \t\r\n") != RAW.translate(None, b" \t\r\n"):
        with pytest.raises(BadSignature):
            casso.verify(HEADERS, changed, KEY, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"t={AT},v1={SIGNATURE.upper()}",
        f"t={AT},v1={SIGNATURE[:-1]}",
        f"t={AT + 1},v1={SIGNATURE}",
        f"t=,v1={SIGNATURE}",
        f"t=-{AT},v1={SIGNATURE}",
        f"v1={SIGNATURE},t={AT}",
        f"t={AT},v1={SIGNATURE},v1={SIGNATURE}",
        "t=١٧٨١٤٠٣٤٠٠١٢٣,v1=ế",
        SIGNATURE,
    ],
)
def test_a_changed_header_is_refused(header):
    with pytest.raises(BadSignature):
        casso.verify({"X-Casso-Signature": header}, RAW, KEY, NOW)


def test_a_wrong_signature_is_not_saved_by_a_right_token():
    with pytest.raises(BadSignature):
        casso.verify({"X-Casso-Signature": "t=1,v1=00"} | TOKEN, RAW, KEY, NOW)


@pytest.mark.parametrize("headers", [{}, {"secure-token": ""}, {"secure-token": "ế"}])
def test_without_the_right_token_nothing_opens(headers):
    with pytest.raises(BadSignature):
        casso.verify(headers, old(OLD), KEY, NOW)


def test_another_secret_or_none_is_refused():
    with pytest.raises(BadSignature):
        casso.verify(HEADERS, RAW, "another", NOW)
    with pytest.raises(BadSignature):
        casso.verify(signed(json.loads(RAW), ""), RAW, "", NOW)
    with pytest.raises(BadSignature):
        casso.verify({"secure-token": ""}, RAW, "", NOW)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900],
)
def test_what_could_not_have_been_signed_is_refused(raw):
    with pytest.raises(BadSignature):
        casso.verify(HEADERS, raw, KEY, NOW)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b'{"data":1e99999999999999999999}',
        b'{"data":[]}',
        b'{"data":null}',
        b'{"data":5}',
        b'{"data":[{"id":1},5]}',
        b'{"data":{}}',
        b'{"data":{"id":true}}',
        b'{"data":{"id":-1}}',
        b'{"data":{"id":1.5}}',
        b'{"data":{"id":""}}',
        b'{"data":{"id":"a b"}}',
        b'{"data":{"id":%s}}' % (b"9" * 65),
        b'{"data":{"id":[1]}}',
    ],
)
def test_a_body_that_is_no_notice_is_refused_as_such(raw):
    with pytest.raises(BadNotice):
        casso.verify(TOKEN, raw, KEY, NOW)


@given(
    st.binary(max_size=80) | st.text(max_size=40).map(lambda t: b'{"data":"' + t.encode() + b'"}')
)
def test_rubbish_is_refused_never_worse(raw):
    with pytest.raises(BadNotice):
        casso.verify(TOKEN, raw, KEY, NOW)
    with pytest.raises(BadNotice):
        casso.lines(raw)


def test_one_movement_has_the_same_name_in_both_forms():
    assert casso.verify(TOKEN, old(OLD), KEY, NOW) == Notice("360056")
    assert casso.verify(signed(json.loads(v2())), v2(), KEY, NOW) == Notice("360056")
    assert casso.verify(TOKEN, old(OLD | {"id": "36-a_B"}), KEY, NOW) == Notice("36-a_B")


def test_several_movements_have_one_name_whatever_their_order():
    movements = [OLD | {"id": number} for number in range(500)]
    first = casso.verify(TOKEN, old(*movements), KEY, NOW)
    assert casso.verify(TOKEN, old(*reversed(movements)), KEY, NOW) == first
    assert casso.verify(TOKEN, old(*movements[1:]), KEY, NOW) != first
    assert len(first.external_id) == 64


def test_reads_the_old_form_with_its_time_in_utc():
    expected = FeedLine(
        account_number="0071000123456",
        direction="in",
        amount_vnd=185_000,
        content="MBVCB.1.2.OCPW5T7RN.CT tu",
        bank_reference="5017 - 48678",
        booked_at=datetime(2026, 6, 14, 2, 15, 3, tzinfo=UTC),
        counterparty="NGUYEN VAN A",
    )
    assert casso.lines(old(OLD)) == [expected]


def test_reads_every_movement_of_the_old_form_in_its_order():
    found = casso.lines(old(OLD, OLD | {"amount": -50000, "tid": None}))
    assert [(line.direction, line.amount_vnd, line.bank_reference) for line in found] == [
        ("in", 185_000, "5017 - 48678"),
        ("out", 50_000, ""),
    ]


def test_reads_the_second_form():
    assert casso.lines(v2()) == [
        FeedLine(
            account_number="0071000123456",
            direction="in",
            amount_vnd=185_000,
            content="Trả đơn OCPW5T7RN",
            bank_reference="FT26165000",
            booked_at=datetime(2026, 6, 14, 2, 15, 3, tzinfo=UTC),
            counterparty="NGUYỄN VĂN A/B",
        )
    ]


def test_what_a_table_cannot_hold_is_left_out():
    (line,) = casso.lines(v2(description="a\x00b", counterAccountName="\ud800"))
    assert (line.content, line.counterparty) == ("ab", "?")


@pytest.mark.parametrize(
    "changes",
    [
        {"accountNumber": None},
        {"accountNumber": " "},
        {"accountNumber": 71000},
        {"amount": 0},
        {"amount": 1.5},
        {"amount": "185000"},
        {"amount": True},
        {"amount": None},
        {"amount": 10**13},
        {"amount": -(10**13)},
        {"description": 5},
        {"reference": []},
        {"transactionDateTime": "2026-02-30 09:15:03"},
        {"transactionDateTime": "2026-06-14T09:15:03"},
        {"transactionDateTime": "2026-06-14 25:15:03"},
        {"transactionDateTime": "0001-01-01 00:00:00"},
        {"transactionDateTime": None},
    ],
)
def test_a_malformed_movement_is_refused(changes):
    with pytest.raises(BadNotice):
        casso.lines(v2(**changes))


@pytest.mark.parametrize(
    "amount", [b"1e999999999", b"-1e999999999999999999", b"1e99999999999999999999", b"NaN", b"1e-9"]
)
def test_absurd_numbers_are_refused_at_once(amount):
    with pytest.raises(BadNotice):
        casso.lines(v2().replace(b"185000,", amount + b","))


@given(st.integers(-(10**13) + 1, 10**13 - 1).filter(bool))
def test_every_amount_is_read_exactly_with_its_direction(amount):
    (line,) = casso.lines(v2(amount=amount))
    assert (line.amount_vnd, line.direction) == (abs(amount), "in" if amount > 0 else "out")
