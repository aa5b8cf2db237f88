from datetime import date
from decimal import Decimal

import pytest

from shop.database import db
from tests import make, make_certificates, make_channels
from workers.channels import listings


@pytest.mark.parametrize(
    ("pack", "kg"),
    [
        ("hộp 200 g", "0.2"),
        ("túi 5 kg", "5"),
        ("chai 1 lít", "1"),
        ("chai 520 ml", "0.52"),
        ("thùng 24 chai 500 ml", "12"),
        ("quả 1,5–2 kg, tính theo kg", "2"),
        ("tính theo kg", "1"),
        ("hộp 20 túi", None),
        ("bó 50 nén", None),
        ("chiếu 1,6 m", None),
        ("1 người, 1 ngày", None),
    ],
)
def test_weight_comes_from_the_words_of_the_pack_or_is_unknown(pack, kg):
    assert listings.weight_kg(pack) == (None if kg is None else Decimal(kg))


def checked(variant, *, sandbox):
    db.session.refresh(variant)
    wanted = listings.prepare(variant, sandbox=sandbox)
    return listings.preflight(wanted, variant, sandbox=sandbox)


def test_a_sound_variant_may_go_to_the_sandbox(database):
    assert checked(make.variant(), sandbox=True) == {}


def test_an_illustrative_price_goes_to_the_sandbox_only(database):
    variant = make.variant(price_illustrative=True)
    assert checked(variant, sandbox=True) == {}
    assert checked(variant, sandbox=False) == {
        "price": "Giá đang là giá minh họa. Nhập giá thật rồi đẩy lại.",
        "image": "Sàn đòi ảnh sản phẩm, mà sản phẩm chưa có ảnh.",
    }


def test_every_trouble_is_named_by_its_field(database):
    product = make.product(name="Chè " + "dài " * 40)
    variant = make.variant(product, pack="hộp 20 túi", price_vnd=500)
    assert checked(variant, sandbox=True) == {
        "price": "Sàn nhận giá từ 1.000 đ đến 120.000.000 đ.",
        "name": "Tên và quy cách dài quá 120 ký tự.",
        "weight": "Quy cách chưa nói khối lượng, ví dụ “hộp 20 túi, 40 g”.",
    }


def test_only_published_products_of_the_seller_are_linked_and_once(market, database):
    seller = make.seller()
    make.variant(make.product(seller))
    make.variant(make.product(seller, status="draft"))
    make.variant(make.product(make.seller(name="HTX Miến Việt Cường")))
    connection = make_channels.connection(database, market, seller.id)
    assert listings.link_all(connection) == 1
    assert listings.link_all(connection) == 0


def test_a_seller_says_the_description_itself_when_it_wrote_one(database):
    variant = make.variant(make.product(description="Hái một tôm hai lá."))
    db.session.refresh(variant)
    assert listings.prepare(variant, sandbox=True).description == "Hái một tôm hai lá."


def test_the_star_goes_out_with_the_certificate_behind_it(database):
    variant = make.variant(make.product(description="Hái một tôm hai lá."))
    issued = {"issued_on": date(2025, 6, 26), "expires_on": date(2028, 6, 26)}
    make_certificates.certificate(variant, number="12/QĐ-UBND", **issued)
    db.session.refresh(variant)
    wanted = listings.prepare(variant, sandbox=True)
    assert wanted.name == "Chè tôm nõn Hảo Đạt, hộp 200 g - OCOP 4 sao"
    assert wanted.description == (
        "Hái một tôm hai lá.\nOCOP 4 sao – số 12/QĐ-UBND, cấp ngày 26/06/2025, hết hạn 26/06/2028."
    )


def test_a_long_name_goes_without_its_star_rather_than_not_at_all(database):
    variant = make.variant(make.product(name="Chè " + "dài " * 25))
    make_certificates.certificate(variant)
    assert checked(variant, sandbox=True) == {}
    assert "sao" not in listings.prepare(variant, sandbox=True).name
