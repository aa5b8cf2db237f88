import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import money


@pytest.mark.parametrize(
    ("text", "amount_vnd"),
    [
        (0, 0),
        (185_000, 185_000),
        ("185000", 185_000),
        ("185.000 đ", 185_000),
        ("185,000₫", 185_000),
        ("1 500 000 VND", 1_500_000),
        ("150k", 150_000),
        ("150 k", 150_000),
        ("1.5k", 1_500),
        ("1tr2", 1_200_000),
        ("1tr25", 1_250_000),
        ("1,5 triệu", 1_500_000),
        (unicodedata.normalize("NFD", "1,5 triệu đồng"), 1_500_000),
        ("200 nghìn", 200_000),
        ("200 ngàn đồng", 200_000),
        ("1,5 tỷ", 1_500_000_000),
        ("1,5 tỉ", 1_500_000_000),
    ],
)
def test_reads_what_people_type(text, amount_vnd):
    assert money.parse(text) == amount_vnd


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "đ", "abc", "12a", "1e5", "١tr.", True, 1.5, None],
        *[-1, "-5", "-185.000 đ", "(185.000)"],
        *["1.50", "185.000,5", "18.50.000", "1.850.00", "1.000,000"],
        *["0,0001k", "1,5tr2", "1 5tr", "1.500k", "1,500 triệu"],
    ],
)
def test_refuses_what_is_no_amount_or_could_be_two(text):
    with pytest.raises(ValueError, match=r"amount|coin|decimals"):
        money.parse(text)


def test_shows_dots_and_the_sign_behind_a_space_that_does_not_break():
    assert money.show(185_000) == "185.000\u00a0₫"
    assert money.show(0) == "0\u00a0₫"
    assert money.show(-1_250_000) == "\u22121.250.000\u00a0₫"


@given(st.integers(0, 10**13 - 1))
def test_what_we_show_we_can_read(amount_vnd):
    assert money.parse(money.show(amount_vnd)) == amount_vnd


@given(st.integers(0, 10**9))
def test_thousands_are_read_in_short(thousands):
    assert money.parse(f"{thousands}k") == thousands * 1_000


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert money.parse(text) >= 0
