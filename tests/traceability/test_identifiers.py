from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import gtin
from traceability import identifiers

KEY = b"0123456789abcdef0123456789abcdef"
alphabet = st.sampled_from(identifiers.ALPHABET)
counters = st.integers(0, 10**7)


@pytest.mark.parametrize(
    ("body", "digit"),
    [("893612345678", "8"), ("0893612345678", "8"), ("9638507", "4"), ("03600029145", "2")],
)
def test_the_check_digit_is_that_of_the_published_examples(body, digit):
    assert gtin.check_digit(body) == digit


@pytest.mark.parametrize(
    ("written", "padded"),
    [
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("8936123456788", "08936123456788"),
        ("08936123456788", "08936123456788"),
    ],
)
def test_a_gtin_of_any_length_becomes_fourteen_digits(written, padded):
    assert identifiers.gtin14(written) == padded


@pytest.mark.parametrize(
    "written",
    [
        "",
        "8936123456789",
        "893612345678",
        "893612345678 8",
        "893612345678812",
        "٨936123456788",
        "a",
    ],
)
def test_what_is_no_gtin_is_refused(written):
    assert not identifiers.is_gtin(written)
    with pytest.raises(ValueError, match="GTIN"):
        identifiers.gtin14(written)


@given(st.integers(0, 10**12 - 1), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, step):
    body = f"{number:012d}"
    right = body + gtin.check_digit(body)
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]
    assert identifiers.is_gtin(right)
    assert not identifiers.is_gtin(wrong)


def test_numbers_for_use_inside_one_company_are_told_apart():
    assert identifiers.restricted("2012345678903")
    assert identifiers.restricted("0212345678909")
    assert not identifiers.restricted("8936123456788")


def test_a_serial_is_the_same_for_the_same_key_batch_and_counter():
    assert identifiers.serial(KEY, "B1", 0) == identifiers.serial(KEY, "B1", 0)
    assert len(identifiers.serial(KEY, "B1", 0)) == 9


def test_serials_of_other_keys_batches_and_counters_differ():
    others = [
        identifiers.serial(KEY, "B1", 0),
        identifiers.serial(KEY, "B1", 1),
        identifiers.serial(KEY, "B2", 0),
        identifiers.serial(KEY[::-1], "B1", 0),
    ]
    assert len(set(others)) == 4


def test_neighbouring_serials_show_no_order():
    made = [identifiers.serial(KEY, "B1", number) for number in range(2000)]
    rising = sum(a < b for a, b in pairwise(made))
    assert len(set(made)) == 2000
    assert 900 < rising < 1100


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        identifiers.serial(b"short", "B1", 0)


@given(counters, st.integers(0, 8), alphabet)
def test_every_single_wrong_character_of_a_serial_is_found(counter, place, other):
    right = identifiers.serial(KEY, "B1", counter)
    wrong = right[:place] + other + right[place + 1 :]
    assert identifiers.is_serial(right)
    assert identifiers.is_serial(wrong) == (wrong == right)


@given(counters, st.integers(0, 8), st.integers(0, 8))
def test_every_exchange_of_two_characters_of_a_serial_is_found(counter, one, two):
    right = identifiers.serial(KEY, "B1", counter)
    letters = list(right)
    letters[one], letters[two] = letters[two], letters[one]
    wrong = "".join(letters)
    assert identifiers.is_serial(wrong) == (wrong == right)


@pytest.mark.parametrize("written", ["", "7Q2M9K4T", "7q2m9k4tx", "ILOU00000", "0000000000"])
def test_what_has_not_the_form_of_a_serial_is_none(written):
    assert not identifiers.is_serial(written)


def test_a_serial_read_off_a_label_may_be_typed_loosely():
    printed = identifiers.serial(KEY, "B1", 7)
    loose = f" {printed[:3]}-{printed[3:6]} {printed[6:]} ".lower().replace("0", "o")
    assert identifiers.typed(loose.replace("1", "l")) == printed


@given(counters)
def test_an_internal_code_is_right_and_no_gtin_and_no_serial(number):
    code = identifiers.internal_code(KEY, "htx-hao-dat", number)
    assert code.startswith("VN")
    assert len(code) == 11
    assert identifiers.is_internal_code(code)
    assert not identifiers.is_gtin(code)
    assert not identifiers.is_serial(code)


@given(counters, st.integers(2, 10), alphabet)
def test_every_single_wrong_character_of_an_internal_code_is_found(number, place, other):
    right = identifiers.internal_code(KEY, "htx-hao-dat", number)
    wrong = right[:place] + other + right[place + 1 :]
    assert identifiers.is_internal_code(wrong) == (wrong == right)
