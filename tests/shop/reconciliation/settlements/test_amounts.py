"""Đồng as partners print them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.reconciliation.settlements import amounts


@pytest.mark.parametrize(
    ("printed", "amount_vnd"),
    [
        (185_000, 185_000),
        (-16_575.0, -16_575),
        (0, 0),
        ("185000", 185_000),
        ("1.234.567", 1_234_567),
        ("1,234,567", 1_234_567),
        ("1 234 567", 1_234_567),
        ("1\u00a0234\u202f567", 1_234_567),
        ("185.000", 185_000),
        ("185.000,00", 185_000),
        ("185,000.0", 185_000),
        ("185000.00", 185_000),
        ("-16.575 ₫", -16_575),
        ("−16.575đ", -16_575),
        ("- 16575 VND", -16_575),
        ("-₫16,575", -16_575),
        ("₫ 16.575", 16_575),
        ("(20.000)", -20_000),
        ("(20.000 đ)", -20_000),
        ("(20.000) VNĐ", -20_000),
        ("+5.000 đồng", 5_000),
        ("１８５０００", 185_000),
        ("0,00", 0),
        ("9999999999999", 9_999_999_999_999),
    ],
)
def test_an_amount_is_read_as_printed(printed, amount_vnd):
    assert amounts.parse(printed) == amount_vnd


@pytest.mark.parametrize(
    "printed",
    [
        *("", "-", "đ", "abc", "1e5", "1e999999999", "1E+05", "NaN", "Infinity", "0x10", "5%"),
        *("185.5", "185000.50", "0.5", "0.500", "1.234,5", "12.34"),
        *("1.23.456", "1234.567", "1.234.56", "1.234,567", "1.234.567,890", "12,34,567", "1 23"),
        *("--5", "(-5)", "-(5)", "5-", "(5", "5)", "+-5", "5 USD", "1.000.000 000"),
        *("16/06/2026", "2026-06-16", "10000000000000", "9" * 5000, "٣٤", "1'000", "007"),
        *(185_000.5, 10**13, -(10**13), 1e300, float("inf"), float("-inf"), float("nan")),
        *(True, None, dt.date(2026, 6, 1), dt.datetime(2026, 6, 1), dt.timedelta(hours=1), [1]),
    ],
)
def test_what_is_not_whole_dong_is_refused(printed):
    with pytest.raises(ValueError, match=r"."):
        amounts.parse(printed)


@given(st.integers(1 - 10**13, 10**13 - 1), st.sampled_from([".", ",", " ", ""]))
def test_either_grouping_says_the_same(amount_vnd, by):
    grouped = f"{abs(amount_vnd):,}".replace(",", by)
    sign = "-" if amount_vnd < 0 else ""
    assert amounts.parse(f"{sign}{grouped}") == amount_vnd
    assert amounts.parse(f"{sign}{grouped} ₫") == amount_vnd
    assert amounts.parse(amounts.show(amount_vnd)) == amount_vnd
    if amount_vnd < 0:
        assert amounts.parse(f"({grouped})") == amount_vnd


@given(
    st.one_of(
        st.text(max_size=60),
        st.text("0123456789.,-+() đ₫eE", max_size=20),
        st.floats(),
        st.integers(),
    )
)
def test_anything_else_is_whole_dong_or_refused(cell):
    try:
        amount_vnd = amounts.parse(cell)
    except ValueError:
        return
    assert type(amount_vnd) is int
    assert abs(amount_vnd) < amounts.MOST_VND
