"""QR symbols are read back by a reader that is not ours."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from shop import qr


@pytest.mark.parametrize("text", ["geo:21.567100,105.750200", "https://cho.vn/g/7Q2M9K4TX", "Chè"])
def test_a_picture_is_read_back(text):
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(qr.png(text))))
    assert code.text == text


def test_the_svg_has_a_quiet_zone_and_neither_style_nor_script():
    drawn = qr.svg("geo:21.567100,105.750200")
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"')
    assert "M4 4h7v1h-7z" in drawn, "the first finder begins after four modules"
    assert "style" not in drawn
