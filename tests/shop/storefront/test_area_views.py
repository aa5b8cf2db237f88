"""An area on other sites: embedded, and as open data; nothing of who looks."""

import csv
from io import StringIO

import pytest

from shop.storefront import area_data
from tests import make, make_certificates

AREA = "/vung-nhung/thai-nguyen"


@pytest.fixture
def sold(cast):
    """One starred product of ours in Tân Cương, one of others elsewhere."""
    ours, theirs = cast.ours.seller, cast.theirs.seller
    ours.province_code, ours.commune_code, ours.commune = "19", "05503", "Xã Tân Cương"
    theirs.province_code = "38"
    product = make.product(ours, name="Chè tôm nõn")
    make_certificates.certificate(product)
    make.product(theirs, name="Nem chua")
    make.product(ours, name="Chè đang soạn", status="draft")
    return product


def rows(client, path=AREA):
    return list(
        csv.DictReader(StringIO(client.get(f"{path}/san-pham.csv").data.decode("utf-8-sig")))
    )


def test_any_site_may_frame_the_area_and_no_other_page(cast, sold):
    answer = cast.visitor.get(AREA)
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    other = cast.visitor.get("/vung/thai-nguyen")
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    assert other.headers["X-Frame-Options"] == "DENY"


def test_it_shows_products_and_stalls_of_the_area_alone(cast, sold):
    page = cast.visitor.get(f"{AREA}/tan-cuong").text
    assert "Chè tôm nõn" in page
    assert cast.ours.seller.name in page
    for absent in ("Nem chua", "Chè đang soạn", "<form", cast.theirs.seller.name):
        assert absent not in page


def test_an_embedded_page_says_nothing_of_who_looks(cast, sold):
    assert cast.ours.get(AREA).text == cast.visitor.get(AREA).text


def test_the_data_has_the_documented_columns(cast, sold):
    (row,) = rows(cast.visitor)
    assert list(row) == [name for name, _words in area_data.COLUMNS]
    assert (row["product"], row["commune_code"], row["ocop_star"]) == ("Chè tôm nõn", "05503", "4")
    assert row["url"].endswith(f"/p/{sold.ref}/che-tom-non")


def test_the_json_says_the_same(cast, sold):
    answer = cast.visitor.get(f"{AREA}/san-pham.json")
    assert [{n: str(v) for n, v in row.items()} for row in answer.json["rows"]] == rows(
        cast.visitor
    )
    assert answer.json["columns"].keys() == dict(area_data.COLUMNS).keys()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_area_leads_to_what_to_put_into_another_site(cast, sold):
    assert f'href="{AREA}/dung"' in cast.visitor.get("/vung/thai-nguyen").text
    page = cast.visitor.get(f"{AREA}/dung").text
    assert "&lt;iframe src=&#34;http" in page
    assert all(name in page for name, _words in area_data.COLUMNS)


def test_an_area_that_is_none_is_not_found(cast):
    paths = ["/vung-nhung/sao-hoa", f"{AREA}/sao-hoa", "/vung-nhung/sao-hoa/san-pham.csv"]
    assert [cast.visitor.get(path).status_code for path in paths] == [404] * 3


def test_the_data_asks_as_often_for_many_products_as_for_few(cast, sold, query_count):
    asked = []
    for many in (1, 9):
        for _product in range(many):
            make.product(cast.ours.seller)
        with query_count() as queries:
            assert rows(cast.visitor)
        asked.append(len(queries))
    assert asked[0] == asked[1]
