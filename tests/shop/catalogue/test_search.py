"""Finding products by words as people type them, narrowed and sorted."""

import json
import unicodedata
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, literal, select

from shop import clock, text
from shop.catalogue import phrases, search, starter
from shop.catalogue.models import Product
from shop.catalogue.search import Wanted
from shop.database import db
from tests import make

VIETNAMESE = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
)


def found(words: str = "", **more) -> list[str]:
    return [row.name for row in db.session.scalars(search.find(Wanted(words=words, **more)))]


@pytest.fixture
def shelf(database):
    """A few goods of two sellers."""
    tea = make.seller(name="HTX Chè Hảo Đạt", kind="cooperative", province_code="19")
    ham = make.seller(name="Cơ sở Đức Thảo", kind="household", province_code="38")
    goods = [
        (tea, "Chè tôm nõn", ["trà tôm nõn"], 300_000),
        (tea, "Chè móc câu", [], 200_000),
        (tea, "Na Võ Nhai", ["na dai"], 60_000),
        (ham, "Giò lụa", [], 180_000),
        (ham, "Giỏ trái đất", [], 90_000),
        (ham, "Nước mắm Hoà Bình", [], 75_000),
        (ham, "Dầu lạc", [], 120_000),
        (ham, "Đậu tương rang", [], 40_000),
    ]
    for seller, name, aliases, price_vnd in goods:
        make.variant(make.product(seller, name=name, aliases=aliases), price_vnd=price_vnd)
    db.session.flush()
    return {"tea": tea, "ham": ham}


def test_accents_may_be_missing(shelf):
    assert found("che tom non") == ["Chè tôm nõn"]
    assert found("gio lua") == ["Giò lụa"]


def test_d_and_đ_are_one(shelf):
    assert found("dau tuong") == ["Đậu tương rang"]
    assert found("ĐẬU TƯƠNG") == ["Đậu tương rang"]


def test_the_place_of_a_tone_does_not_matter(shelf):
    assert found("hòa bình") == found("hoà bình") == ["Nước mắm Hoà Bình"]


def test_decomposed_text_is_read(shelf):
    assert found(unicodedata.normalize("NFD", "chè móc câu")) == ["Chè móc câu"]


def test_a_part_of_a_word_is_enough(shelf):
    assert found("che mo") == ["Chè móc câu"]
    assert found("ương ran") == ["Đậu tương rang"]


def test_a_short_word_is_the_beginning_of_one(shelf):
    assert found("gi") == ["Giò lụa", "Giỏ trái đất"]
    assert found("na") == ["Na Võ Nhai"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("che tom nom", "Chè tôm nõn"),
        ("chè móc cau7", "Chè móc câu"),
        ("nuoc mam hoa bihn", "Nước mắm Hoà Bình"),
        ("dau tuog", "Đậu tương rang"),
    ],
)
def test_a_typing_error_is_forgiven(shelf, typed, meant):
    assert found(typed)[0] == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("trè tôm lõn", "Chè tôm nõn"),
        ("la vo nhai", "Na Võ Nhai"),
        ("dò lụa", "Giò lụa"),
        ("lước mắm", "Nước mắm Hoà Bình"),
    ],
)
def test_letters_that_sound_alike_are_forgiven(shelf, typed, meant):
    assert found(typed) == [meant]


def test_words_of_other_regions_find_the_same(shelf):
    assert found("mãng cầu ta") == ["Na Võ Nhai"]
    assert found("dau dau phong") == ["Dầu lạc"]
    assert found("trà móc câu") == ["Chè móc câu"]
    assert found("cha lua") == ["Giò lụa"]


def test_accents_that_were_typed_are_meant_if_anything_has_them(shelf):
    assert found("giỏ") == ["Giỏ trái đất"]
    assert found("giò") == ["Giò lụa"]
    assert found("gio") == ["Giò lụa", "Giỏ trái đất"]
    assert found("gió") == ["Giò lụa", "Giỏ trái đất"]


@pytest.mark.parametrize("typed", ["điện thoại", "xyz", "cheer", "bia", "ga", "gà", "xe máy"])
def test_what_nobody_sells_is_not_found(shelf, typed):
    make.variant(make.product(shelf["ham"], name="Bí xanh"))
    make.variant(make.product(shelf["ham"], name="Hương trầm"))
    if typed != "ga":  # the beginning of a word
        make.variant(make.product(shelf["ham"], name="Gạo nếp"))
    assert found(typed) == []


def test_every_sort_keeps_to_what_was_meant(shelf):
    bread = make.product(shelf["ham"], name="Bánh đa nem", aliases=["bánh tráng"])
    make.variant(bread, price_vnd=10_000)
    assert "Bánh đa nem" not in found("trà", sort="cheap")


def test_places_and_kinds_of_sellers_are_words_too(shelf):
    shelf["tea"].name, shelf["tea"].province = "HTX Hảo Đạt", "Tỉnh Thái Nguyên"
    for product in db.session.query(Product):
        search.index(product)
    db.session.flush()
    assert found("trà thái nguyên") == ["Chè móc câu", "Chè tôm nõn"]
    assert "Chè tôm nõn" in found("hợp tác xã hảo đạt")


def test_a_guess_is_said_to_be_one(shelf):
    assert search.page(Wanted(words="che tom"), 1, 24).alike is False
    guess = search.page(Wanted(words="dau tuog"), 1, 24)
    assert (guess.alike, guess.total) == (True, 1)


def test_a_name_goes_before_a_seller_and_a_whole_word_before_a_part(shelf):
    make.product(shelf["ham"], name="Bánh chép")
    assert found("che") == ["Chè móc câu", "Chè tôm nõn", "Na Võ Nhai", "Bánh chép"]


def test_nothing_like_it_finds_nothing(shelf):
    assert found("xyzzy") == []


def test_signs_alone_find_nothing(shelf):
    assert found("!?% _") == []
    assert len(found("  ")) == len(found()) == 8


def test_what_is_not_on_sale_is_not_found(shelf):
    make.product(shelf["ham"], name="Chè nháp", status="draft")
    make.product(shelf["ham"], name="Chè chờ duyệt", review="waiting")
    assert "Chè nháp" not in found("che")
    assert "Chè chờ duyệt" not in found("che")


def test_english_names_and_ingredients_are_looked_in(shelf):
    product = make.product(shelf["ham"], name="Kem gấc")
    product.name_en, product.ingredients = "Gac ice cream", "Sữa dê, đường"
    search.index(product)
    assert found("ice cream") == found("sua de") == ["Kem gấc"]


def test_narrowed_by_area_kind_set_and_seller(shelf):
    assert found(province="19", sort="name") == ["Chè móc câu", "Chè tôm nõn", "Na Võ Nhai"]
    assert found("che", kind="household") == []
    assert found(seller_id=shelf["tea"].id, sort="name")[0] == "Chè móc câu"
    product = make.product(shelf["ham"], name="Chiếu cói", criteria_set="QD26-21")
    assert found(sets=("QD26-21", "QD26-22")) == [product.name]


def test_narrowed_and_sorted_by_the_cheapest_pack(shelf):
    cheap = make.product(shelf["ham"], name="Chè hai gói")
    make.variant(cheap, price_vnd=500_000)
    make.variant(cheap, price_vnd=30_000)
    make.variant(cheap, price_vnd=1_000, active=False)
    assert found(most_vnd=60_000, sort="cheap") == ["Chè hai gói", "Đậu tương rang", "Na Võ Nhai"]
    assert found(least_vnd=180_000, sort="dear") == ["Chè tôm nõn", "Chè móc câu", "Giò lụa"]


def test_in_season_is_a_stated_season_that_holds_this_month(shelf, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2026, 8, 3))
    make.product(shelf["ham"], name="Nhãn", months=[7, 8])
    make.product(shelf["ham"], name="Vải", months=[5, 6])
    assert found(in_season=True) == ["Nhãn"]


def test_sorted_the_vietnamese_way_and_by_age(shelf):
    assert found(sort="name")[:3] == ["Chè móc câu", "Chè tôm nõn", "Dầu lạc"]
    assert found(sort="newest")[0] == "Đậu tương rang"


def test_the_database_folds_the_whole_starter_catalogue_as_python_does(database):
    starter.load()
    rows = db.session.execute(select(Product.words, Product.folded, Product.sounded)).all()
    assert len(rows) == 118
    assert [r.folded.split() for r in rows] == [text.fold(r.words).split() for r in rows]
    assert [r.sounded for r in rows] == [phrases.sound(r.words).join("  ") for r in rows]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + " -,.()0123456789", max_size=40))
def test_the_database_folds_vietnamese_as_python_does(database, written):
    for form in ("NFC", "NFD"):
        typed = unicodedata.normalize(form, written)
        assert db.session.scalar(select(func.fold(literal(typed)))).split() == (
            text.fold(typed).split()
        )


def test_every_product_of_the_starter_catalogue_is_found_by_its_bare_name(database):
    starter.load()
    for product in db.session.scalars(select(Product).where(Product.on_sale)):
        assert product.name in found(text.fold(product.name))[:3], product.name


def test_every_synonym_finds_the_others():
    for group in json.loads(phrases._FILE.read_text())["groups"]:
        for member in group:
            others = {tuple(phrases.clean(other).split()) for other in group if other != member}
            assert others <= set(phrases.read(member)[1:]), member
