from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from shop.database import db
from tests import make, make_certificates, make_channels
from workers.channels import listings, preflight
from workers.channels.models import Connection, Listing
from workers.marketplaces.protocol import Attribute, CategoryRules, Limits


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
    assert listings.weight_of(pack) == (None if kg is None else Decimal(kg))


LIMITS = Limits(
    name=(1, 120),
    description=(1, 5000),
    price_vnd=(1_000, 120_000_000),
    stock=(0, 999_999),
    weight_kg=(Decimal("0.001"), Decimal(50)),
    images=(1, 9),
)
RULES = CategoryRules(LIMITS)


def listing_of(variant, *, sandbox=True, **more):
    db.session.refresh(variant)
    connection = Connection(platform="shopee", sandbox=sandbox)
    return Listing(variant=variant, connection=connection, attributes={}, offered=True, **more)


def checked(variant, *, sandbox=True, rules=RULES, **more):
    listing = listing_of(variant, sandbox=sandbox, **more)
    with db.session.no_autoflush:
        wanted = listings.prepare(listing, LIMITS)
        return preflight.troubles(wanted, listing, rules)


def prepared(variant):
    with db.session.no_autoflush:
        return listings.prepare(listing_of(variant), LIMITS)


def test_a_sound_variant_may_go_to_the_sandbox(database):
    assert checked(make.variant()) == {}


def test_an_illustrative_price_goes_to_the_sandbox_only(database):
    variant = make.variant(price_illustrative=True)
    assert checked(variant) == {}
    assert checked(variant, sandbox=False) == {
        "price": "Giá đang là giá minh họa. Nhập giá thật rồi đẩy lại.",
        "images": "Sàn đòi ít nhất 1 ảnh; sản phẩm có 0.",
    }


def test_every_trouble_is_named_by_its_field(database):
    product = make.product(name="Chè " + "dài " * 40)
    variant = make.variant(product, pack="hộp 20 túi", price_vnd=500)
    asked = replace(
        RULES, attributes=(Attribute("7", "Hạn sử dụng", mandatory=True),), brand_mandatory=True
    )
    troubles = checked(variant, rules=asked)
    assert troubles == {
        "price": "Sàn nhận giá từ 1.000 đ đến 120.000.000 đ.",
        "name": "Tên và quy cách dài quá 120 ký tự.",
        "weight": "Quy cách chưa nói khối lượng, ví dụ “hộp 20 túi, 40 g”.",
        "attributes": "Ngành hàng này đòi thêm: Hạn sử dụng.",
        "brand": "Ngành hàng này đòi chọn thương hiệu.",
    }
    assert preflight.readiness(troubles) == 37
    assert preflight.readiness({}) == 100


LICENCE = Attribute("certification:7", "Giấy phép bán lẻ rượu", mandatory=True, paper=True)


def test_a_paper_that_is_asked_for_is_named_with_the_way_to_hand_it_in(database):
    asked = replace(RULES, attributes=(LICENCE, Attribute("8", "Nồng độ cồn", mandatory=True)))
    assert checked(make.variant(sku="RUOU-500"), rules=asked) == {
        "attributes": (
            "Ngành hàng này đòi thêm: Nồng độ cồn. Ngành hàng này đòi giấy tờ: Giấy phép bán lẻ "
            "rượu. Sàn chỉ nhận giấy tờ trên trang người bán của sàn: đăng món này ở đó với mã "
            "RUOU-500, rồi mở gian hàng ở đây, bấm “Nối hàng có sẵn trên sàn”."
        )
    }


def test_what_is_listed_already_came_with_its_papers(database):
    asked = replace(RULES, attributes=(LICENCE,))
    assert checked(make.variant(), rules=asked, external_id="1:2") == {}


def test_goods_without_a_category_are_told_so(database):
    troubles = checked(make.variant(), rules=None)
    assert troubles == {"category": "Chưa chọn ngành hàng trên sàn cho sản phẩm này."}


def test_a_weight_that_was_entered_comes_before_the_words_of_the_pack(database):
    assert prepared(make.variant(pack="hộp 200 g", weight_g=350)).weight_kg == Decimal("0.35")


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
    assert prepared(variant).description == "Hái một tôm hai lá."


def test_the_star_goes_out_with_the_certificate_behind_it(database):
    variant = make.variant(make.product(description="Hái một tôm hai lá."))
    issued = {"issued_on": date(2025, 6, 26), "expires_on": date(2028, 6, 26)}
    make_certificates.certificate(variant, number="12/QĐ-UBND", **issued)
    db.session.refresh(variant)
    wanted = prepared(variant)
    assert wanted.name == "Chè tôm nõn Hảo Đạt, hộp 200 g - OCOP 4 sao"
    assert wanted.description == (
        "Hái một tôm hai lá.\nOCOP 4 sao – số 12/QĐ-UBND, cấp ngày 26/06/2025, hết hạn 26/06/2028."
    )


def test_a_long_name_goes_without_its_star_rather_than_not_at_all(database):
    variant = make.variant(make.product(name="Chè " + "dài " * 25))
    make_certificates.certificate(variant)
    assert checked(variant) == {}
    assert "sao" not in prepared(variant).name
