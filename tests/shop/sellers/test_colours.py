"""Colours of brand labels: white letters stay readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.sellers import colours

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def test_contrast_is_what_wcag_says():
    assert round(colours.contrast_with_white("#000000"), 2) == 21.0
    assert round(colours.contrast_with_white("#ffffff"), 2) == 1.0
    assert round(colours.contrast_with_white("#767676"), 2) == 4.54


@pytest.mark.parametrize(
    ("typed", "colour"), [("1F5C3C", "#1f5c3c"), (" #1f5c3c ", "#1f5c3c"), ("#a0c", "#aa00cc")]
)
def test_a_colour_is_read_as_people_write_it(typed, colour):
    assert colours.parse(typed) == colour


@pytest.mark.parametrize("typed", ["", "xanh", "#12345", "#1f5c3c;}"])
def test_anything_else_is_no_colour(typed):
    with pytest.raises(ValueError, match="no colour"):
        colours.parse(typed)


def test_every_colour_offered_by_name_is_readable():
    assert [colour for colour in colours.NAMED if not colours.is_readable(colour)] == []


@given(COLOURS)
def test_a_darkened_colour_is_readable_and_a_readable_one_stays(colour):
    darker = colours.darkened(colour)
    assert colours.is_readable(darker)
    assert (darker == colour) == colours.is_readable(colour)
