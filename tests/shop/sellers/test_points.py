"""Points as people type and paste them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.sellers import points

HERE = points.Point(Decimal("21.567100"), Decimal("105.750200"))


@pytest.mark.parametrize(
    "typed",
    [
        "21.5671, 105.7502",
        "  21.5671 105.7502 ",
        "(21.5671; 105.7502)",
        "21,5671, 105,7502",
        "21,5671 105,7502",
        "105.7502, 21.5671",
        "21.5671N 105.7502E",
        "21°34'1.56\"N 105°45'0.72\"E",
        "geo:21.5671,105.7502",
        "geo:21.5671,105.7502;u=35?z=17",
        "geo:0,0?q=21.5671,105.7502(HTX Chè)",
        "https://www.google.com/maps?q=21.5671,105.7502",
        "https://maps.google.com/?q=loc:21.5671,105.7502",
        "https://www.google.com/maps/search/?api=1&query=21.5671%2C105.7502",
        "https://www.google.com/maps/@21.5671,105.7502,17z",
        "https://www.google.com/maps/search/21.5671,+105.7502?entry=tts",
        "https://www.openstreetmap.org/?mlat=21.5671&mlon=105.7502#map=16/21.5/105.7",
        "https://www.openstreetmap.org/#map=17/21.5671/105.7502",
    ],
)
def test_a_point_is_read_however_it_is_given(typed):
    assert points.parse(typed) == HERE


def test_the_pin_of_a_map_goes_before_the_middle_of_its_picture():
    link = (
        "https://www.google.com/maps/place/HTX+Ch%C3%A8/@21.5012,105.7001,17z/"
        "data=!3m1!4b1!4m6!3m5!1s0x0:0x0!8m2!3d21.5671!4d105.7502!16s"
    )
    assert points.parse(link) == HERE


@pytest.mark.parametrize("typed", ["", "xin chào", "21.5671", "https://example.vn/", "geo:"])
def test_words_without_a_point_are_none(typed):
    with pytest.raises(points.NotAPoint):
        points.parse(typed)


def test_a_shortened_link_is_told_apart_from_nonsense():
    with pytest.raises(points.Shortened):
        points.parse("https://maps.app.goo.gl/Q4xNFHUEL6k1")


@pytest.mark.parametrize("typed", ["48.8566, 2.3522", "0, 0", "999, 999"])
def test_a_point_outside_vietnam_is_refused(typed):
    with pytest.raises(points.Outside):
        points.parse(typed)


LATITUDES = st.decimals(points.SOUTH, points.NORTH, places=6)
LONGITUDES = st.decimals(points.WEST, points.EAST, places=6)


@given(LATITUDES, LONGITUDES)
def test_what_we_show_and_link_to_we_can_read(latitude, longitude):
    point = points.Point(latitude, longitude)
    for made in (points.show, points.geo, points.map_url, points.way_url):
        assert points.parse(made(latitude, longitude)) == point


@given(
    st.text() | st.text(alphabet="0123456789.,;°'\"NE@!/?=&#:[]-+ mapqgeo").map("http://".__add__)
)
def test_any_text_is_a_point_in_vietnam_or_refused(typed):
    try:
        point = points.parse(typed)
    except ValueError:
        return
    assert points.SOUTH <= point.latitude <= points.NORTH
    assert points.WEST <= point.longitude <= points.EAST
