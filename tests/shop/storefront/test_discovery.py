"""What search engines, chats and caches get of public pages."""

import json
import re
from xml.etree import ElementTree

import pytest

from shop import compression
from shop.storefront import prices, sitemaps
from tests import make


@pytest.fixture
def tea(database, cast):
    cast.ours.seller.province_code = "19"
    cast.ours.seller.province = "Tỉnh Thái Nguyên"
    product = make.product(
        cast.ours.seller,
        name="Chè tôm nõn </script>",
        criteria_set="QD26-11",
        description="Một tôm\nhai lá.",
    )
    make.variant(product, price_vnd=185_000, pack="hộp 200 g", gtin="8938501234568")
    make.variant(product, price_vnd=1_000, pack="dùng thử", price_illustrative=True)
    return product


def address(product) -> str:
    return f"/p/{product.ref}/{product.slug}"


def things(page: str) -> dict:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return {thing["@type"]: thing for thing in map(json.loads, found)}


def test_a_product_says_what_it_is_and_offers_only_real_prices(cast, tea):
    page = cast.visitor.get(address(tea)).text
    said = things(page)
    assert said["Product"]["name"] == "Chè tôm nõn </script>"
    assert said["Product"]["category"] == "Chè tươi, chè chế biến"
    assert [o["price"] for o in said["Product"]["offers"]] == [185_000]
    assert said["Product"]["offers"][0]["priceCurrency"] == "VND"
    assert [c["name"] for c in said["BreadcrumbList"]["itemListElement"]] == [
        "Trang chủ",
        "Chè",
        "Chè tươi, chè chế biến",
        "Chè tôm nõn </script>",
    ]
    assert f'<link rel="canonical" href="http://localhost{address(tea)}">' in page
    assert '<meta property="og:description" content="Một tôm hai lá.">' in page
    assert 'og:image" content="http://localhost/static/img/share.png' in page


def test_a_stall_says_who_it_is_as_the_law_asks(cast, tea):
    seller = cast.ours.seller
    seller.legal_name, seller.registration_no = "Hợp tác xã Chè Hảo Đạt", "4600123456"
    seller.tax_code, seller.phone = "4600123456", "+84912345678"
    short = cast.visitor.get(f"/gian-hang/{seller.ref}")
    assert short.status_code == 301
    page = cast.visitor.get(short.headers["Location"]).text
    for fact in ("Hợp tác xã Chè Hảo Đạt", "4600123456", "Tỉnh Thái Nguyên", "Chè tôm nõn"):
        assert fact in page
    said = things(page)["Organization"]
    assert (said["taxID"], said["address"]["addressRegion"]) == ("4600123456", "Tỉnh Thái Nguyên")


@pytest.mark.parametrize("change", [{"review": "waiting"}, {"placeholder": True}])
def test_a_stall_that_is_not_public_is_not_there(cast, tea, change):
    for name, value in change.items():
        setattr(cast.ours.seller, name, value)
    assert cast.visitor.get(f"/gian-hang/{cast.ours.seller.ref}").status_code == 404


def test_a_visitors_page_is_kept_for_a_minute_and_then_asked_for_by_its_tag(cast, tea):
    first = cast.visitor.get(address(tea))
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert "Cookie" in first.headers["Vary"]
    assert "Set-Cookie" not in first.headers
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    again = cast.visitor.get(address(tea), headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    tea.description = "Khác."
    assert cast.visitor.get(address(tea), headers={"If-None-Match": tag}).status_code == 200


def test_another_language_has_another_tag(cast, tea):
    tag = cast.visitor.get(address(tea)).headers["ETag"]
    cast.visitor.get("/ngon-ngu/en")
    assert cast.visitor.get(address(tea)).headers["ETag"] != tag


def test_nothing_of_a_signed_in_person_is_kept(cast, tea):
    answer = cast.ours.get(address(tea))
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "ETag" not in answer.headers
    assert 'name="csrf_token"' in answer.text


def test_a_public_page_is_compressed_under_a_tag_of_its_own(cast, tea):
    plain = cast.visitor.get(address(tea))
    packed = cast.visitor.get(address(tea), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["ETag"] != plain.headers["ETag"]
    same = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert cast.visitor.get(address(tea), headers=same).status_code == 304


def test_pages_of_signed_in_people_and_tiny_files_are_not_compressed(cast, tea):
    packed = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in cast.ours.get(address(tea), headers=packed).headers
    style = cast.visitor.get("/static/css/app.css", headers=packed)
    assert style.headers["Content-Encoding"] == "gzip"
    small = cast.visitor.get("/robots.txt", headers=packed)
    assert len(small.data) < compression.LEAST_BYTES
    assert "Content-Encoding" not in small.headers


def test_the_sitemap_names_every_public_page_once(cast, tea, monkeypatch):
    make.product(cast.theirs.seller, name="Miến nháp", status="draft")
    index = ElementTree.fromstring(cast.visitor.get("/sitemap.xml").data)
    maps = [node.text for node in index.findall(".//{*}loc")]
    assert maps == [f"http://localhost/sitemap-{number}.xml" for number in (0, 1)]
    listed = [
        node.text
        for one in maps
        for node in ElementTree.fromstring(cast.visitor.get(one).data).findall(".//{*}loc")
    ]
    assert len(listed) == len(set(listed))
    assert f"http://localhost{address(tea)}" in listed
    assert "http://localhost/vung/thai-nguyen" in listed
    assert "http://localhost/nhom/che-tuoi-che-che-bien" in listed
    assert not [url for url in listed if "mien-nhap" in url]
    assert {cast.visitor.get(url).status_code for url in listed} == {200}
    assert cast.visitor.get("/sitemap-2.xml").status_code == 404
    monkeypatch.setattr(sitemaps, "MOST_URLS", 1)
    make.product(cast.ours.seller, name="Chè đinh")
    assert cast.visitor.get("/sitemap.xml").text.count("<sitemap>") == 3


def test_robots_are_kept_out_of_search_results_and_the_back_office(cast):
    assert cast.visitor.get("/robots.txt").text.splitlines() == [
        "User-agent: *",
        "Disallow: /ban-hang",
        "Disallow: /tim?",
        "Sitemap: http://localhost/sitemap.xml",
    ]
    assert cast.visitor.get("/tim?q=x").headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in cast.visitor.get("/tim").headers


def test_the_criteria_of_ranking_are_published(cast):
    page = cast.visitor.get("/quy-che-xep-hang").text
    assert "Không ai trả tiền để được đứng trước" in page
    assert 'href="/quy-che-xep-hang"' in cast.visitor.get("/tim").text


@pytest.mark.parametrize(
    ("weight_g", "price_vnd", "said"),
    [
        (200, 185_000, "92.500\u00a0₫ cho 100 g"),
        (450, 100_000, "22.222\u00a0₫ cho 100 g"),
        (5_000, 175_000, "35.000\u00a0₫ cho 1 kg"),
        (1_000, 175_000, ""),
        (None, 175_000, ""),
    ],
)
def test_a_price_is_compared_by_weight(database, weight_g, price_vnd, said):
    pack = make.variant(price_vnd=price_vnd, weight_g=weight_g)
    with database.test_request_context():
        assert prices.by_weight(pack) == said
