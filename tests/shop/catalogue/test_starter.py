"""The starter catalogue: whole or not at all, and nothing made up passes for real."""

import json

import pytest
from sqlalchemy import func, select

from shop.catalogue import starter
from shop.catalogue.errors import BadStarterFile
from shop.catalogue.models import Product, Status, Variant
from shop.database import db, transaction
from shop.sellers.models import Seller


def load(path=starter.FILE):
    with transaction():
        return starter.load(path)


@pytest.fixture
def document():
    return json.loads(starter.FILE.read_text())


@pytest.fixture
def written(tmp_path, document):
    def write():
        path = tmp_path / "seed.json"
        path.write_text(json.dumps(document))
        return path

    return write


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_the_real_catalogue_loads_whole(database):
    assert load() == (89, 118)
    assert (count(Seller), count(Product), count(Variant)) == (89, 118, 118)


def test_loading_it_again_adds_nothing_and_keeps_what_a_seller_changed(database):
    load()
    product = db.session.query(Product).filter_by(starter_id="che-tom-non-hao-dat").one()
    product.name = "Tên mới do HTX đặt"
    db.session.commit()
    assert load() == (0, 0)
    assert product.name == "Tên mới do HTX đặt"


def test_unknown_is_unknown(database):
    load()
    assert db.session.query(Seller).filter(Seller.kind.is_(None)).count() == 18
    assert db.session.query(Seller).filter(Seller.tax_code.is_not(None)).count() == 0


def test_every_price_is_marked_as_illustrative(database):
    load()
    assert db.session.query(Variant).filter_by(price_illustrative=False).count() == 0


def test_nothing_of_a_placeholder_is_published(database):
    load()
    rows = db.session.query(Product).join(Seller).filter(Seller.placeholder).all()
    assert {row.status for row in rows} == {Status.DRAFT}
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda d: d["products"][4].pop("name"), ["products[5]", "name"]),
        (lambda d: d["products"][4].update(seller_id="nobody"), ["seller_id", "nobody"]),
        (
            lambda d: d["products"][4]["illustrative_variant"].update(price_vnd="cheap"),
            ["products[5]", "price_vnd"],
        ),
        (
            lambda d: d["products"][4]["illustrative_variant"].update(price_vnd=-5),
            ["products[5]", "price_vnd"],
        ),
        (
            lambda d: d["products"][4].update(id=d["products"][0]["id"]),
            ["products[5]", "id", "twice"],
        ),
        (
            lambda d: d["products"][4].update(id=d["products"][0]["id"].upper()),
            ["products[5]", "id", "twice"],
        ),
        (lambda d: d["products"][4].update(name="Chè\0"), ["products[5]", "name", "sign"]),
        (lambda d: d["products"][4].update(name=" \u3000"), ["products[5]", "name"]),
        (lambda d: d["products"][4].update(name="\ud800"), ["products[5]", "name", "sign"]),
        (
            lambda d: d["products"][4].update(certificate={"stars": 9}),
            ["products[5]", "certificate", "stars"],
        ),
        (lambda d: d["products"][4].update(price_vnd=10**12), ["products[5]", "price_vnd"]),
        (lambda d: d["sellers"][2].update(type="bank"), ["sellers[3]", "type"]),
        (lambda d: d["sellers"].__setitem__(2, "text"), ["sellers[3]"]),
    ],
)
def test_a_broken_row_is_named_with_its_reason_and_nothing_is_loaded(
    database, document, written, spoil, named
):
    spoil(document)
    with pytest.raises(BadStarterFile) as refused:
        load(written())
    faults = "\n".join(refused.value.rows)
    assert all(word in faults for word in named), faults
    assert (count(Seller), count(Product)) == (0, 0)


def test_every_broken_row_is_named_not_only_the_first(database, document, written):
    for index in (1, 7, 30):
        document["products"][index]["name"] = ""
    with pytest.raises(BadStarterFile) as refused:
        load(written())
    assert [f"products[{n}]" in "\n".join(refused.value.rows) for n in (2, 8, 31)] == [True] * 3


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "[" * 100_000, '{"sellers": []}', '{"sellers": 3, "products": 1}']
)
def test_a_file_that_is_no_catalogue_is_refused(database, tmp_path, content):
    path = tmp_path / "seed.json"
    path.write_text(content)
    with pytest.raises(BadStarterFile):
        load(path)
    assert count(Seller) == 0


def test_illustrative_prices_say_so_on_every_screen(cast):
    load()
    db.session.commit()
    product = db.session.query(Product).filter_by(starter_id="che-tom-non-hao-dat").one()
    words = "giá minh họa"
    pages = ["/", f"/p/{product.ref}/{product.slug}"]
    for url in pages:
        assert words in cast.visitor.get(url).text, url
    for url in ("/ban-hang/san-pham", f"/ban-hang/san-pham/{product.ref}"):
        assert words in cast.administrator.get(url).text, url
