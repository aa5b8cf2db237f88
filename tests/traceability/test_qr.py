import io
from xml.etree import ElementTree

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from traceability import qr

UPPER = "HTTPS://TXNG.EXAMPLE.VN/01/08936123456788/21/7Q2M9K4TX"


def read(picture: bytes) -> str:
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return code.text


def test_an_address_in_upper_case_takes_a_smaller_symbol():
    assert len(qr.matrix(UPPER)) == 29
    assert len(qr.matrix(UPPER.lower())) == 33


def test_a_stronger_level_takes_a_larger_symbol():
    assert [len(qr.matrix(UPPER, level)) for level in "LMQH"] == [29, 29, 33, 37]


def test_a_symbol_is_square_and_has_its_three_finders():
    rows = qr.matrix(UPPER)
    assert {len(row) for row in rows} == {len(rows)}
    for y, x in ((0, 0), (0, -7), (-7, 0)):
        assert rows[y][x]
        assert rows[y + 3][x + 3]
        assert not rows[y + 1][x + 1]


@settings(max_examples=40, deadline=None)
@given(st.text("ABCXYZ0189 $%*+-./:", min_size=1, max_size=80))
def test_what_is_written_in_capitals_is_read_back(text):
    assert read(qr.png(text)) == text


@settings(max_examples=20, deadline=None)
@given(st.text("abcđăơưệỹ/?=&01", min_size=1, max_size=40), st.sampled_from("LMQH"))
def test_any_text_is_read_back_at_any_level(text, level):
    assert read(qr.png(text, level)) == text


def test_a_png_has_one_bit_a_pixel_and_its_quiet_zone():
    image = Image.open(io.BytesIO(qr.png(UPPER, pixels_per_module=3)))
    assert (image.mode, image.size) == ("1", (111, 111))
    assert [image.getpixel((place, place)) for place in (0, 11, 12)] == [255, 255, 0]


def test_an_svg_draws_exactly_the_dark_modules():
    root = ElementTree.fromstring(qr.svg(UPPER, title="Tem <1> & 2"))
    name = "{http://www.w3.org/2000/svg}"
    assert root.get("viewBox") == "0 0 37 37"
    assert root.findtext(f"{name}title") == "Tem <1> & 2"
    runs = root.findall(f"{name}path")[1].get("d").removeprefix("M").split("M")
    dark = set()
    for run in runs:
        start, length = run.split("h")[:2]
        x, y = map(int, start.split())
        dark |= {(y - 4, x - 4 + step) for step in range(int(length.split("v")[0]))}
    rows = qr.matrix(UPPER)
    assert dark == {
        (y, x) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
    }


def test_a_mask_holds_each_row_in_whole_bytes():
    rows = qr.matrix(UPPER)
    bits = qr.mask(rows)
    assert len(bits) == 29 * 4
    assert f"{int.from_bytes(bits[:4], 'big'):032b}" == "".join("01"[d] for d in rows[0]) + "000"


@pytest.mark.parametrize("text", ["", "x" * 3000])
def test_what_no_symbol_holds_is_refused(text):
    with pytest.raises(ValueError, match="QR symbol"):
        qr.matrix(text)
