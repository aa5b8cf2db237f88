"""Quantities as said."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import quantities


@pytest.mark.parametrize(("said", "number"), [("1,5", "1.5"), ("1.5", "1.5"), (" 12 ", "12")])
def test_a_number_is_read_with_comma_or_point(said: str, number: str) -> None:
    assert quantities.parse(said) == Decimal(number)


@pytest.mark.parametrize("said", ["", "1,5 ký", "-1", "1,2,3", "1e3", "NaN", "hai", "²"])
def test_anything_but_a_plain_number_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="Số lượng"):
        quantities.parse(said)


@pytest.mark.parametrize(
    ("said", "number", "unit"),
    [
        ("1,5 ký", "1.5", "kg"),
        ("2 chục gói", "20", "gói"),
        ("1 tá", "12", None),
        ("3 bịch", "3", "túi"),
        ("2 hop", "2", "hộp"),
        ("500g", "500", "g"),
    ],
)
def test_a_measure_has_a_number_and_a_unit(said: str, number: str, unit: str | None) -> None:
    assert quantities.measure(said) == (Decimal(number), unit)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="đơn vị"):
        quantities.measure("3 bốp")


def test_a_quantity_is_shown_with_a_comma_and_without_trailing_zeros() -> None:
    assert quantities.show(Decimal("1.50")) == "1,5"
    assert quantities.show(Decimal(100)) == "100"
    assert quantities.show_with_unit(Decimal("0.250"), "kg") == "0,25 kg"


@given(st.decimals(0, 10**9, places=3))
def test_what_we_show_we_can_read(quantity: Decimal) -> None:
    assert quantities.parse(quantities.show(quantity)) == quantity
