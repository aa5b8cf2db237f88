"""The product form in full, and the packs of a product."""

import re
from decimal import Decimal

from shop.catalogue.models import Product, Variant
from shop.database import db
from tests import make

FULL = {
    "name": "Chè đinh",
    "name_en": "Dinh tea",
    "criteria_set": "QD26-14",
    "description": "Sao tay.",
    "ingredients": "Búp chè",
    "storage": "Nơi khô",
    "shelf_life": "12 tháng",
    "months": ["3", "4", "11"],
    "pack": "hộp 100 g",
    "unit": "hộp",
    "price_vnd": "450.000 đ",
    "gtin": "8938505 97001 1",
    "weight_g": "100",
    "least": "2",
    "sku": "CD-100",
}
PACK = {"pack": "túi 1 kg", "unit": "túi", "price_vnd": "900k"}


def page_of(product):
    return f"/ban-hang/san-pham/{product.ref}/quy-cach"


def test_every_field_of_a_new_product_is_kept(cast):
    form = FULL | {"seller": cast.ours.seller.ref}
    assert cast.ours.post("/ban-hang/san-pham/them", form).status_code == 303
    product = db.session.query(Product).one()
    assert (product.name_en, product.criteria_set, product.months) == (
        "Dinh tea",
        "QD26-14",
        [3, 4, 11],
    )
    (pack,) = product.variants
    assert (pack.gtin, pack.weight_g, pack.least, pack.sku) == (
        "8938505970011",
        100,
        Decimal(2),
        "CD-100",
    )
    page = cast.ours.get(f"/ban-hang/san-pham/{product.ref}").text
    assert 'value="11" checked' in page
    assert 'value="2"' in page
    assert 'value="None"' not in page


def test_the_form_as_it_stands_saved_again_changes_nothing(cast):
    product = make.product(cast.ours.seller, months=[1], name_en=None)
    make.variant(product, least=Decimal("0.5"))
    plain = {"name": product.name, "months": ["1"], "pack": "hộp 200 g", "unit": "hộp"}
    blanks = {"name_en": "", "criteria_set": "", "gtin": "", "weight_g": "", "sku": ""}
    form = plain | blanks | {"price_vnd": "185000", "least": "0,5"}
    assert cast.ours.post(f"/ban-hang/san-pham/{product.ref}", form).status_code == 303
    assert (db.session.get(Product, product.id).version, product.variants[0].least) == (
        1,
        Decimal("0.5"),
    )


def test_a_wrong_check_digit_is_named_with_the_right_one_and_ticks_are_kept(cast):
    form = FULL | {"seller": cast.ours.seller.ref, "gtin": "8938505970012"}
    answer = cast.ours.post("/ban-hang/san-pham/them", form)
    assert answer.status_code == 422
    assert "Mã vạch gõ nhầm: số cuối phải là 1 nếu các số trước đúng." in answer.text
    assert 'value="4" checked' in answer.text


def test_packs_are_added_changed_put_in_order_and_retired(cast):
    product = make.product(cast.ours.seller)
    first = make.variant(product)
    answer = cast.ours.post(f"{page_of(product)}/them", PACK | {"sku": "TUI-1", "_once": "k1"})
    assert answer.headers["Location"].endswith(page_of(product))
    cast.ours.post(f"{page_of(product)}/them", PACK | {"sku": "TUI-1", "_once": "k1"})
    second = db.session.query(Variant).filter_by(sku="TUI-1").one()
    assert [pack.id for pack in db.session.get(Product, product.id).variants] == [
        first.id,
        second.id,
    ]
    cast.ours.post(f"/ban-hang/quy-cach/{second.ref}/chuyen", {"to": "up"})
    assert [pack.id for pack in db.session.get(Product, product.id).variants] == [
        second.id,
        first.id,
    ]
    cast.ours.post(f"/ban-hang/quy-cach/{second.ref}", PACK | {"price_vnd": "950k"})
    cast.ours.post(f"/ban-hang/quy-cach/{second.ref}/ngung")
    assert (second.price_vnd, second.active, second.sku) == (950_000, False, "TUI-1")
    assert "Ngừng bán" in cast.ours.get(page_of(product)).text
    cast.ours.post(f"/ban-hang/quy-cach/{second.ref}/ban-lai")
    assert second.active is True


def test_a_sku_or_barcode_of_another_pack_is_refused_on_its_field(cast):
    product = make.product(cast.ours.seller)
    make.variant(product, sku="A", gtin="8938505970011")
    for field, value in (("sku", "A"), ("gtin", "8938505970011")):
        answer = cast.ours.post(f"{page_of(product)}/them", PACK | {field: value})
        assert answer.status_code == 422
        assert f'id="f-{field}-error">Quy cách khác của đơn vị đã dùng mã này.' in answer.text
    assert db.session.query(Variant).count() == 1


def test_the_same_sku_may_be_used_by_another_seller(cast):
    make.variant(make.product(cast.theirs.seller), sku="A")
    product = make.product(cast.ours.seller)
    cast.ours.post(f"{page_of(product)}/them", PACK | {"sku": "A"})
    assert db.session.query(Variant).filter_by(sku="A").count() == 2


def test_with_several_packs_the_product_form_asks_for_no_price(cast):
    product = make.product(cast.ours.seller)
    make.variant(product)
    make.variant(product, price_vnd=90_000)
    address = f"/ban-hang/san-pham/{product.ref}"
    assert 'name="price_vnd"' not in cast.ours.get(address).text
    assert cast.ours.post(address, {"name": "Tên mới"}).status_code == 303
    assert (product.name, [p.price_vnd for p in product.variants]) == (
        "Tên mới",
        [185_000, 90_000],
    )


def test_a_product_whose_packs_are_all_retired_is_not_published(cast):
    product = make.product(cast.ours.seller, status="draft")
    make.variant(product, active=False)
    answer = cast.ours.post(f"/ban-hang/san-pham/{product.ref}/dang")
    assert "chưa có quy cách và giá" in answer.text


def test_a_stale_form_of_a_pack_overwrites_nothing(cast):
    pack = make.variant(make.product(cast.ours.seller), price_vnd=300_000)
    address = f"/ban-hang/quy-cach/{pack.ref}"
    seen = re.search(r'name="seen" value="(\w+)"', cast.ours.get(address).text)[1]
    form = {"pack": pack.pack, "unit": pack.unit, "sku": pack.sku, "seen": seen}
    assert cast.ours.post(address, form | {"price_vnd": "310.000"}).status_code == 303
    late = cast.ours.post(address, form | {"price_vnd": "320.000"})
    assert (late.status_code, "có người khác vừa lưu" in late.text) == (422, True)
    assert pack.price_vnd == 310_000
