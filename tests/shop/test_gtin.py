"""GTINs as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import gtin


def test_blanks_and_hyphens_fall_out():
    assert gtin.parse(" 8938505-97001 1") == "8938505970011"
    assert gtin.as_14("96385074") == "00000096385074"


def test_a_wrong_check_digit_says_which_would_be_right():
    with pytest.raises(gtin.WrongCheckDigit) as error:
        gtin.parse("8938505970012")
    assert error.value.right == "1"


@pytest.mark.parametrize("written", ["", "123", "89385059700111111", "893850597001x", "٨٩٣٨٥٠٥٩"])
def test_other_lengths_and_signs_are_refused(written):
    with pytest.raises(ValueError, match="8, 12, 13 or 14"):
        gtin.parse(written)


@given(
    st.sampled_from([7, 11, 12, 13]).flatmap(
        lambda n: st.text("0123456789", min_size=n, max_size=n)
    )
)
def test_a_body_with_its_check_digit_is_read_and_no_other_last_digit_is(body):
    right = gtin.check_digit(body)
    assert gtin.parse(body + right) == body + right
    for wrong in set("0123456789") - {right}:
        with pytest.raises(gtin.WrongCheckDigit):
            gtin.parse(body + wrong)
