"""Lists: search with filters, areas, groups, stalls."""

import re
from datetime import timedelta

import pytest

from shop import clock
from shop.catalogue import search
from shop.catalogue.models import Certificate, Coverage, Product
from shop.database import db
from tests import make


@pytest.fixture
def market(database, cast):
    """Two sellers in two provinces with goods of two groups."""
    ours, theirs = cast.ours.seller, cast.theirs.seller
    ours.province_code, ours.province, ours.kind = "19", "Tỉnh Thái Nguyên", "cooperative"
    ours.commune_code, ours.commune = "05503", "Xã Tân Cương"
    theirs.province_code, theirs.province, theirs.kind = "38", "Tỉnh Thanh Hóa", "household"
    tea = make.product(ours, name="Chè tôm nõn", criteria_set="QD26-11", months=[3, 4])
    glass = make.product(theirs, name="Miến dong", criteria_set="QD26-06")
    make.variant(tea, price_vnd=300_000)
    make.variant(glass, price_vnd=60_000)
    db.session.flush()
    return cast


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.status_code
    return re.findall(r'class="product-name"><a [^>]*>([^<]+)</a>', answer.text)


def test_words_narrow_and_the_count_is_said(market):
    answer = market.visitor.get("/tim?q=che tom")
    assert names(answer) == ["Chè tôm nõn"]
    assert "1 sản phẩm" in answer.text


def test_a_long_list_is_counted_and_turned_only_so_far(market, monkeypatch):
    monkeypatch.setattr(search, "MOST", 1)
    answer = market.visitor.get("/tim")
    assert names(answer) == ["Chè tôm nõn"]
    assert "hơn 1 sản phẩm" in answer.text
    assert market.visitor.get("/tim?trang=2").location == "/tim?trang=1"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("vung=thai-nguyen", ["Chè tôm nõn"]),
        ("vung=thanh-hoa", ["Miến dong"]),
        ("nhom=thuc-pham", ["Chè tôm nõn", "Miến dong"]),
        ("nhom=che-tuoi-che-che-bien", ["Chè tôm nõn"]),
        ("loai=ho-san-xuat", ["Miến dong"]),
        ("tu=100.000", ["Chè tôm nõn"]),
        ("den=100k", ["Miến dong"]),
        ("xep=gia-thap", ["Miến dong", "Chè tôm nõn"]),
        ("xep=gia-cao", ["Chè tôm nõn", "Miến dong"]),
        ("vung=khong-co&sao=9&loai=x&xep=y&tu=abc", ["Chè tôm nõn", "Miến dong"]),
        ("sao=3", []),
    ],
)
def test_a_filter_narrows(market, query, expected):
    assert names(market.visitor.get(f"/tim?{query}")) == expected


def test_a_filter_is_a_chip_that_leads_to_the_list_without_it(market):
    answer = market.visitor.get("/tim?q=che&vung=thai-nguyen&loai=hop-tac-xa")
    assert 'href="/tim?q=che&amp;loai=hop-tac-xa"' in answer.text
    assert 'href="/tim?q=che&amp;vung=thai-nguyen"' in answer.text
    assert 'href="/tim?q=che"' in answer.text


def test_an_empty_list_says_what_to_do(market):
    assert "không cần gõ dấu" in market.visitor.get("/tim?q=xyzzy").text
    assert "Bỏ hết bộ lọc" in market.visitor.get("/tim?vung=thai-nguyen&sao=5").text


def test_an_area_lists_its_goods_and_its_communes(market):
    page = market.visitor.get("/vung/thai-nguyen")
    assert names(page) == ["Chè tôm nõn"]
    assert "/vung/thai-nguyen/tan-cuong" in page.text
    assert names(market.visitor.get("/vung/thai-nguyen/tan-cuong")) == ["Chè tôm nõn"]
    assert market.visitor.get("/vung/khong-co").status_code == 404
    assert market.visitor.get("/vung/thai-nguyen/khong-co").status_code == 404


def test_a_group_lists_its_goods_and_its_parts(market):
    page = market.visitor.get("/nhom/thuc-pham")
    assert names(page) == ["Chè tôm nõn", "Miến dong"]
    assert "/nhom/che-ca-phe" not in page.text
    assert '"/nhom/che"' in page.text
    assert '"/nhom/che-tuoi-che-che-bien"' in market.visitor.get("/nhom/che").text
    assert names(market.visitor.get("/nhom/che-bien-tu-gao-ngu-coc")) == ["Miến dong"]
    assert market.visitor.get("/nhom/khong-co").status_code == 404


def test_the_old_search_of_the_home_page_leads_to_the_list(market):
    answer = market.visitor.get("/?q=chè")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tim?q=ch%C3%A8")


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("/", 9),
        ("/tim", 8),
        ("/tim?q=che&vung=thai-nguyen&xep=gia-thap", 9),
        ("/nhom/thuc-pham", 7),
        ("/vung/thai-nguyen", 8),
        ("{stall}", 8),
    ],
)
def test_a_list_asks_the_same_number_of_questions_however_long(market, query_count, url, most):
    seller = market.ours.seller
    url = url.format(stall=f"/gian-hang/{seller.ref}/htx-che-hao-dat")
    with query_count() as few:
        assert market.visitor.get(url).status_code == 200
    for n in range(20):
        make.variant(make.product(seller, name=f"Chè {n}", criteria_set="QD26-11"))
    with query_count() as many:
        assert market.visitor.get(url).status_code == 200
    assert len(many) <= max(len(few), most) <= most, "\n".join(many)


def test_a_star_is_shown_only_while_its_certificate_holds(market):
    product = db.session.query(Product).filter_by(name="Chè tôm nõn").one()
    row = Certificate(
        seller_id=product.seller_id,
        number="15/QĐ-UBND",
        score=85,
        criteria_set="QD26-11",
        authority="UBND tỉnh Thái Nguyên",
        level="province",
        issued_on=clock.today() - timedelta(30),
        expires_on=clock.today() + timedelta(900),
        state="verified",
    )
    row.coverage = [Coverage(product_id=product.id)]
    db.session.add(row)
    db.session.flush()
    address = f"/p/{product.ref}/{product.slug}"
    assert names(market.visitor.get("/tim?sao=4")) == ["Chè tôm nõn"]
    assert names(market.visitor.get("/tim?sao=5")) == []
    assert "OCOP ★★★★</span>" in market.visitor.get("/").text
    page = market.visitor.get(address).text
    assert "15/QĐ-UBND" in page
    assert "UBND tỉnh Thái Nguyên" in page
    row.state, row.withdrawn_on = "withdrawn", clock.today()
    assert names(market.visitor.get("/tim?sao=3")) == []
    assert "★" not in market.visitor.get(address).text + market.visitor.get("/").text


def test_a_stall_shows_its_label_its_short_link_and_its_code(market):
    seller = market.ours.seller
    seller.colour, seller.story = "#8a1f4d", "Ba đời làm chè. " * 60
    db.session.commit()
    page = market.visitor.get(f"/gian-hang/{seller.ref}", follow_redirects=True).text
    assert 'fill="#8a1f4d"' in page
    assert f'href="http://localhost/g/{seller.ref}"' in page
    assert "<summary>Câu chuyện của" in page
    code = market.visitor.get(f"/g/{seller.ref}/ma.svg")
    assert (code.status_code, code.mimetype) == (200, "image/svg+xml")
    seller.review = "waiting"
    assert market.visitor.get(f"/g/{seller.ref}/ma.svg").status_code == 404


def test_what_is_missing_of_a_seller_is_one_sentence(market):
    seller = market.ours.seller
    seller.tax_code = "4601234567"
    page = market.visitor.get(f"/gian-hang/{seller.ref}", follow_redirects=True).text
    assert "4601234567" in page
    assert "Người bán chưa bổ sung: tên đăng ký, số đăng ký" in page


def test_who_kept_the_link_of_a_paused_product_learns_so(market):
    tea = db.session.query(Product).filter_by(name="Chè tôm nõn").one()
    market.ours.post(f"/ban-hang/san-pham/{tea.ref}/tam-dung")
    answer = market.visitor.get(f"/p/{tea.ref}/{tea.slug}")
    assert (answer.status_code, "đang tạm dừng bán" in answer.text) == (404, True)
    assert answer.headers["X-Robots-Tag"] == "noindex"
    tea.review = "refused"
    db.session.commit()
    assert "đang tạm dừng bán" not in market.visitor.get(f"/p/{tea.ref}/{tea.slug}").text
