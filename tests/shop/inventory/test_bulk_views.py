"""Prices and stock of many packs in one table."""

from decimal import Decimal

import pytest

from shop.accounts.models import AuditEntry
from shop.database import db
from shop.inventory import stock
from shop.inventory.models import StockEntry
from tests import make

TABLE = "/ban-hang/bang-gia"


@pytest.fixture
def goods(cast):
    product = make.product(cast.ours.seller)
    return [make.variant(product, on_hand=10), make.variant(product, price_vnd=90_000, on_hand=0)]


def row(pack, price, in_stock, *, price_was=None, stock_was=None):
    return {
        f"price-{pack.ref}": price,
        f"was-price-{pack.ref}": price_was or str(pack.price_vnd),
        f"stock-{pack.ref}": in_stock,
        f"was-stock-{pack.ref}": stock_was or ("10" if in_stock != "0" else "0"),
    }


def test_one_submit_saves_every_changed_row_and_only_those(cast, goods):
    first, second = goods
    form = row(first, "190k", "12,5") | row(second, "90000", "0")
    assert cast.ours.post(TABLE, form).status_code == 303
    assert (first.price_vnd, second.price_vnd) == (190_000, 90_000)
    assert stock.on_hand([first.id, second.id]) == {first.id: Decimal("12.5")}
    notes = {(n.action, n.subject_ref) for n in db.session.query(AuditEntry)}
    assert notes == {("product.update", first.ref), ("stock.adjust", first.ref)}
    assert first.product.version == 2


def test_every_wrong_cell_is_named_and_nothing_is_saved(cast, goods):
    first, second = goods
    form = row(first, "rẻ", "-3") | row(second, "95k", "0")
    answer = cast.ours.post(TABLE, form)
    assert answer.status_code == 422
    assert f'id="f-price-{first.ref}-error">Ghi số đồng' in answer.text
    assert f'id="f-stock-{first.ref}-error">Ghi số lượng' in answer.text
    assert 'value="rẻ"' in answer.text
    assert second.price_vnd == 90_000


def test_what_somebody_else_changed_meanwhile_is_said_and_kept(cast, goods):
    first, second = goods
    stale = row(first, "190k", "9", price_was="180000", stock_was="8") | row(second, "95k", "0")
    answer = cast.ours.post(TABLE, stale)
    assert answer.status_code == 422
    assert "Giá vừa được người khác đổi thành 185.000" in answer.text
    assert "Tồn kho vừa đổi thành 10." in answer.text
    assert (first.price_vnd, second.price_vnd) == (185_000, 90_000)
    assert stock.on_hand([first.id]) == {first.id: Decimal(10)}


def test_the_same_form_sent_twice_corrects_the_stock_once(cast, goods):
    form = row(goods[0], "185000", "7") | {"_once": "mot-lan"}
    for _ in range(2):
        assert cast.ours.post(TABLE, form).status_code == 303
    assert db.session.query(StockEntry).filter_by(kind="adjustment").count() == 1
    assert stock.on_hand([goods[0].id]) == {goods[0].id: Decimal(7)}


def test_anothers_packs_are_neither_shown_nor_changed(cast, goods):
    assert goods[0].product.name not in cast.theirs.get(TABLE).text
    cast.theirs.post(TABLE, row(goods[0], "1000", "1"))
    assert goods[0].price_vnd == 185_000


def test_fifty_rows_stand_on_a_page_and_search_narrows_them(cast, query_count):
    product = make.product(cast.ours.seller)
    for _ in range(51):
        make.variant(product, on_hand=0)
    make.variant(make.product(cast.ours.seller, name="Mật ong rừng"), on_hand=0)
    db.session.commit()
    with query_count() as queries:
        page = cast.ours.get(TABLE).text
    assert page.count('name="price-') == 50
    assert len(queries) <= 9
    assert cast.ours.get(TABLE, query_string={"q": "mat ong"}).text.count('name="price-') == 1


def test_an_old_value_that_the_page_never_wrote_is_refused(cast, goods):
    for was in ("sNaN", "Infinity", "x", ""):
        answer = cast.ours.post(TABLE, row(goods[0], "190k", "5", stock_was=was or " "))
        assert (answer.status_code, "Xin tải lại trang" in answer.text) == (422, True), was
        answer = cast.ours.post(TABLE, row(goods[0], "190k", "10", price_was="-1"))
        assert answer.status_code == 422
