"""Phones are stored as E.164."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import phones


def test_old_numbers_and_letter_o_convert() -> None:
    assert phones.parse("0168 000 0014") == "+84380000014"
    assert phones.mask(phones.parse("0900 ooo 012")) == "09•••••012"


def test_nine_digits_are_refused() -> None:
    with pytest.raises(ValueError, match="điện thoại"):
        phones.parse("090000001")


@given(st.from_regex(r"09[0-9]{8}", fullmatch=True).filter(str.isascii))
def test_a_number_survives_the_round_trip(number: str) -> None:
    assert phones.national(phones.parse(number)) == number


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("01200000001", "+84700000001"),
        ("01270000001", "+84810000001"),
        ("01690000001", "+84390000001"),
        ("01860000001", "+84560000001"),
        ("01990000001", "+84590000001"),
    ],
)
def test_an_old_prefix_becomes_its_2018_one(old: str, new: str) -> None:
    assert phones.parse(old) == new
