"""The back office pages of products."""

from decimal import Decimal

import pytest

from shop.catalogue.models import Product, Status, Variant
from shop.database import db
from shop.inventory import stock
from tests import make, make_certificates

FORM = {"name": "Chè đinh", "pack": "hộp 100 g", "unit": "hộp", "price_vnd": "450.000 đ"}


def test_a_product_is_created_as_a_draft_published_and_shown_once_passed(cast):
    answer = cast.ours.post("/ban-hang/san-pham/them", FORM | {"seller": cast.ours.seller.ref})
    assert answer.status_code == 303
    product = db.session.query(Product).one()
    assert (product.status, product.variants[0].price_vnd) == (Status.DRAFT, 450_000)
    assert "Chè đinh" not in cast.visitor.get("/").text
    cast.ours.post(f"/ban-hang/san-pham/{product.ref}/dang")
    assert "Chờ duyệt" in cast.ours.get(f"/ban-hang/san-pham/{product.ref}").text
    assert "Chè đinh" not in cast.visitor.get("/").text
    cast.administrator.post(f"/quan-tri/duyet/san-pham/{product.ref}", {"outcome": "passed"})
    assert "Chè đinh" in cast.visitor.get("/").text
    cast.ours.post(f"/ban-hang/san-pham/{product.ref}/tam-dung")
    assert cast.visitor.get(f"/p/{product.ref}/{product.slug}").status_code == 404


def test_the_same_form_sent_twice_creates_one_product(cast):
    form = FORM | {"seller": cast.ours.seller.ref, "_once": "khoa-cua-bieu-mau"}
    first = cast.ours.post("/ban-hang/san-pham/them", form)
    second = cast.ours.post("/ban-hang/san-pham/them", form)
    assert first.headers["Location"] == second.headers["Location"]
    assert db.session.query(Product).count() == 1


def test_a_wrong_field_is_named_in_vietnamese_and_what_was_typed_is_kept(cast):
    form = FORM | {"seller": cast.ours.seller.ref, "price_vnd": "rẻ thôi", "name": ""}
    page = cast.ours.post("/ban-hang/san-pham/them", form)
    assert page.status_code == 422
    assert "Ghi số đồng, ví dụ 185.000." in page.text
    assert "rẻ thôi" in page.text
    assert db.session.query(Product).count() == 0


def test_nobody_creates_a_product_for_another_seller(cast):
    answer = cast.ours.post("/ban-hang/san-pham/them", FORM | {"seller": cast.theirs.seller.ref})
    assert answer.status_code == 404
    assert db.session.query(Product).count() == 0


def test_a_price_typed_by_its_seller_is_no_longer_illustrative(cast):
    product = make.product(cast.ours.seller)
    make.variant(product, price_illustrative=True)
    cast.ours.post(f"/ban-hang/san-pham/{product.ref}", FORM | {"price_vnd": "190k"})
    variant = db.session.query(Variant).one()
    assert (variant.price_vnd, variant.price_illustrative) == (190_000, False)


def test_goods_come_in_once_for_a_form_sent_twice(cast):
    variant = make.variant(make.product(cast.ours.seller), on_hand=0)
    for _ in range(2):
        cast.ours.post(f"/ban-hang/kho/{variant.ref}/nhap", {"quantity": "12,5", "_once": "k1"})
    assert stock.on_hand([variant.id]) == {variant.id: Decimal("12.5")}


def test_a_list_page_asks_the_database_the_same_number_of_questions_however_long(cast, query_count):
    for n in range(3):
        make.variant(make.product(cast.ours.seller, name=f"Chè {n}"))
    db.session.commit()
    with query_count() as few:
        assert "Chè 2" in cast.ours.get("/ban-hang/san-pham").text
    for n in range(3, 20):
        make.variant(make.product(cast.ours.seller, name=f"Chè {n}"))
    db.session.commit()
    with query_count() as many:
        assert "Chè 19" in cast.ours.get("/ban-hang/san-pham").text
    assert len(many) == len(few) <= 6


def test_search_forgives_missing_accents_and_is_the_same_in_nfd(cast):
    import unicodedata

    make.variant(make.product(cast.ours.seller, name="Miến dong Tài Hoan"))
    make.variant(make.product(cast.ours.seller, name="Mật ong rừng"))
    db.session.commit()
    for words in ("mien dong", "Miến", "TÀI HOAN", unicodedata.normalize("NFD", "miến dong")):
        page = cast.visitor.get("/tim", query_string={"q": words}).text
        assert ("Miến dong Tài Hoan" in page, "Mật ong rừng" in page) == (True, False), words


def test_a_made_up_price_is_made_real_by_saying_so(cast):
    product = make.product(cast.ours.seller)
    pack = make.variant(product, price_vnd=120_000, price_illustrative=True)
    page = f"/ban-hang/san-pham/{product.ref}"
    assert "Giá trên là giá thật" in cast.ours.get(page).text
    form = {"name": product.name, "pack": pack.pack, "unit": pack.unit, "price_vnd": "120.000"}
    cast.ours.post(page, form)
    assert db.session.get(Variant, pack.id).price_illustrative is True
    cast.ours.post(page, form | {"price_is_real": "1"})
    db.session.expire_all()
    assert db.session.get(Variant, pack.id).price_illustrative is False
    assert "Giá trên là giá thật" not in cast.ours.get(page).text


def test_a_product_without_a_pack_gets_its_first_by_being_edited(cast):
    product = make.product(cast.ours.seller)
    form = {"name": product.name, "pack": "hộp 200 g", "unit": "hộp", "price_vnd": "95k"}
    assert cast.ours.post(f"/ban-hang/san-pham/{product.ref}", form).status_code == 303
    (pack,) = db.session.query(Variant).filter_by(product_id=product.id)
    assert (pack.pack, pack.price_vnd, pack.sku) == ("hộp 200 g", 95_000, product.ref)


def test_a_product_is_put_away_and_taken_out_again(cast):
    product = make.product(cast.ours.seller)
    make.variant(product)
    address = f"/ban-hang/san-pham/{product.ref}"
    cast.ours.post(f"{address}/cat")
    assert (product.status, product.on_sale) == (Status.ARCHIVED, False)
    assert product.name not in cast.ours.get("/ban-hang/san-pham").text
    assert product.name not in cast.ours.get("/ban-hang/bang-gia").text
    assert product.name in cast.ours.get("/ban-hang/san-pham?trang-thai=da-cat").text
    assert "Lấy ra dùng lại" in cast.ours.get(address).text
    cast.ours.post(f"{address}/tam-dung")
    assert product.status == Status.PAUSED
    cast.ours.post(f"{address}/dang")
    assert product.on_sale
    assert cast.theirs.post(f"{address}/cat").status_code == 404


def test_the_list_shows_stars_in_force_and_is_divided_by_state(cast):
    tea = make.product(cast.ours.seller, name="Chè đinh")
    make_certificates.certificate(tea)
    make.product(cast.ours.seller, name="Miến dong", status=Status.DRAFT)
    page = cast.ours.get("/ban-hang/san-pham?trang-thai=dang-ban").text
    assert "OCOP ★★★★" in page
    assert "Miến dong" not in page
    assert "Miến dong" in cast.ours.get("/ban-hang/san-pham?trang-thai=nhap").text


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "Chè 5 sao"},
        {"pack": "gói 500 g OCOP 5 sao"},
        {"storage": "OCOP 5 sao"},
        {"description": "★★★★★"},
    ],
)
def test_nobody_types_a_star(cast, typed):
    page = cast.ours.post(
        "/ban-hang/san-pham/them", FORM | typed | {"seller": cast.ours.seller.ref}
    )
    assert (page.status_code, "Không gõ hạng sao ở đây" in page.text) == (422, True)
    assert db.session.query(Product).count() == 0
