"""The stall's link and what is printed of it."""

from decimal import Decimal
from io import BytesIO

import zxingcpp
from PIL import Image

from shop.sellers import stalls


def page_of(seller):
    return f"/ban-hang/nguoi-ban/{seller.ref}"


def test_the_printed_code_leads_to_the_stall(cast, app):
    answer = cast.ours.get(f"{page_of(cast.ours.seller)}/ma-gian-hang.png")
    assert answer.mimetype == "image/png"
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(answer.data)))
    with app.test_request_context():
        assert code.text == stalls.link(cast.ours.seller)


def test_the_code_comes_as_svg_too(cast):
    answer = cast.ours.get(f"{page_of(cast.ours.seller)}/ma-gian-hang.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.startswith("<svg")


def test_the_card_shows_the_way_when_the_point_is_known(cast):
    seller = cast.ours.seller
    card = f"{page_of(seller)}/bien-dia-chi"
    assert cast.ours.get(card).text.count("<svg") == 1
    seller.latitude, seller.longitude = Decimal("21.5671"), Decimal("105.7502")
    page = cast.ours.get(card).text
    assert page.count("<svg") == 2
    assert "21.567100, 105.750200" in page


def test_the_code_of_the_place_opens_a_map(cast):
    seller = cast.ours.seller
    assert stalls.place_svg(seller) == ""
    seller.latitude, seller.longitude = Decimal("21.5671"), Decimal("105.7502")
    assert stalls.place_svg(seller).startswith("<svg")
    assert "mlat=21.567100" in stalls.map_url(seller)


def test_codes_of_another_seller_are_not_there(cast):
    for name in ("ma-gian-hang.png", "ma-gian-hang.svg", "bien-dia-chi"):
        assert cast.ours.get(f"{page_of(cast.theirs.seller)}/{name}").status_code == 404
