import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import references
from shop.references import Found

BODIES = st.text(references.ALPHABET, min_size=5, max_size=5)


def ref_of(body: str) -> str:
    return f"OCP{body}{references.check_character(body)}"


def test_the_check_characters_of_the_document():
    assert references.check_character("W5T7R") == "N"
    assert references.check_character("G8N2P") == "X"


def test_order_references_are_valid_and_do_not_repeat():
    refs = {references.order_ref() for _ in range(500)}
    assert len(refs) >= 499
    assert {len(ref) for ref in refs} == {9}
    assert all(references.is_valid(ref) for ref in refs)


@given(BODIES, st.integers(0, 5), st.sampled_from(references.ALPHABET))
def test_one_wrong_character_is_always_noticed(body, at, other):
    ref = ref_of(body)
    changed = ref[: 3 + at] + other + ref[4 + at :]
    assert references.is_valid(changed) == (changed == ref)


@given(BODIES, st.integers(0, 4))
def test_two_neighbours_swapped_are_noticed_save_first_and_last_of_the_alphabet(body, at):
    six = ref_of(body)[3:]
    swapped = six[:at] + six[at + 1] + six[at] + six[at + 2 :]
    blind = {six[at], six[at + 1]} == {"0", "Z"}
    assert references.is_valid("OCP" + swapped) == (swapped == six or blind)


@pytest.mark.parametrize(
    "ref", ["", "OCP", "OCPW5T7R", "OCPW5T7RNN", "ocpw5t7rn", "OCQW5T7RN", "OCPW5T7RU", "OCPW5ı7RN"]
)
def test_is_not_a_reference(ref):
    assert not references.is_valid(ref)


def test_other_rows_get_references_of_the_asked_length_with_a_check():
    for length in (6, 9, 12):
        ref = references.new(length)
        assert len(ref) == length
        assert references.check_character(ref[:-1]) == ref[-1]
    assert len(references.new()) == 9


def test_tokens_hold_at_least_128_bits():
    token = references.token()
    assert len(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))) >= 16
    assert token != references.token()


@pytest.mark.parametrize(
    "content",
    [
        "OCPW5T7RN",
        "ocpw5t7rn",
        "0CPW5T7RN",
        "thanh toan ocpw5t7rn cam on",
        "MBVCB.6012345678.012345.OCPW5T7RN.CT tu 0071000123456 NGUYEN VAN A toi 0123 HTX",
        "012345.140626.091503.OCPW5T7RN",
        "Vietcombank:0071000123456:OCPW5T7RN#SP#123",
        "OCPW5T7RN GD 174242-090822 15:45:46",
        "OCPW5T7RN   Trace 339176",
        "OCPW5T7RN-CHUYEN TIEN-OQCH12345678-MBCT",
        "OCPW5T7RN FT24255276428461",
        "CT DEN:412345678901OCPW5T7RN",
        "XOCPW5T7RNX",
        "OCPOCPW5T7RN",
        "\uff2f\uff23\uff30\uff37\uff15\uff34\uff17\uff32\uff2e",
        "O\u200bCPW5T7\u00adRN",
        "Ó\u0323CPW5T7RN",
        "đơn hàng OCPW5T7RN đã trả",
    ],
)
def test_finds_the_reference_in_one_piece(content):
    assert references.find(content) == [Found("OCPW5T7RN", compacted=False)]


@pytest.mark.parametrize(
    "content", ["OCPW5 T7RN", "O C P W 5 T 7 R N", "OCPW5\nT7RN FT242", "OCP-W5T-7RN", "OCP.W5T7RN"]
)
def test_a_reference_in_pieces_is_marked_compacted(content):
    assert references.find(content) == [Found("OCPW5T7RN", compacted=True)]


def test_misread_letters_are_put_right():
    ref = ref_of("10W01")
    assert references.find("OCPIOWOL" + ref[-1]) == [Found(ref, compacted=False)]


def test_several_references_keep_their_order_and_come_once():
    content = "OCPG8N2PX OCPW5T7RN OCPG8N2PX"
    assert references.find(content) == [Found("OCPG8N2PX", False), Found("OCPW5T7RN", False)]
    assert references.find("OCPG8 N2PX OCPW5T7RN") == [
        Found("OCPW5T7RN", False),
        Found("OCPG8N2PX", True),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "0912345678 chuyen tien",
        "6012345678.140626.091503",
        "GD 174242-090822 15:45:46 Trace 339176",
        "FT24255276428461",
        "TKThe :0071000123456, tai BIDV. -CTLNHIDI000012345678-1/1-CRE-002",
        "mua che OCOP 5 sao 2026",
        "HTX OCP THAI NGUYEN",
        "OCPW5T7RM",
        "OCPW5T7RU",
        "OCPW5T7R",
        "OCP W5T7",
        "OCPÆ5T7RN",
    ],
)
def test_phones_dates_traces_and_wrong_checks_are_no_hit(content):
    assert references.find(content) == []


@given(st.text("0123456789 .-/:", max_size=80))
def test_digits_alone_never_hit(content):
    assert references.find(content) == []


@given(BODIES, st.text("0123456789 .-/:", max_size=30), st.text("0123456789 .-/:", max_size=30))
def test_is_found_between_any_digits(body, before, after):
    assert Found(ref_of(body), False) in references.find(before + ref_of(body).lower() + after)


@given(st.text(max_size=120))
def test_every_hit_in_any_text_is_valid_and_there_once(content):
    refs = [found.ref for found in references.find(content)]
    assert all(map(references.is_valid, refs))
    assert len(refs) == len(set(refs))
