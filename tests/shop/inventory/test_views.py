"""The stock pages: what lies there, movements with their reasons, what is kept back."""

from decimal import Decimal

import pytest

from shop.database import db
from shop.inventory import locations, reservations, stock
from shop.inventory.models import StockEntry
from shop.orders.models import State
from tests import make, make_money


@pytest.fixture
def pack(cast):
    return make.variant(make.product(cast.ours.seller, name="Chè tôm nõn"), on_hand=10)


def book(cast, pack, kind, quantity, **more):
    values = {"kind": kind, "quantity": quantity, "reason": "", "_once": f"k{kind}"}
    return cast.ours.post(f"/ban-hang/kho/{pack.ref}/ghi", values | more)


def test_the_list_says_what_lies_there_what_is_promised_and_what_is_left(cast, pack):
    reservations.hold({pack.id: Decimal(3)}, holder="claim:A", until=None)
    stock.keep_back(pack.id, Decimal(2))
    page = cast.ours.get("/ban-hang/kho").text
    assert "Chè tôm nõn" in page
    for label, number in (("Trong kho", "10"), ("Đã hứa", "3"), ("Giữ lại", "2")):
        assert f'data-label="{label}" class="number"><div class="cell-value">{number}' in page
    assert 'data-label="Còn bán được" class="number"><div class="cell-value">5<' in page


def test_the_list_takes_as_many_queries_for_many_packs_as_for_one(cast, pack, query_count):
    asked = []
    for _more in range(2):
        with query_count() as queries:
            cast.ours.get("/ban-hang/kho")
        asked.append(len(queries))
        for number in range(8):
            make.variant(make.product(cast.ours.seller, name=f"Miến {number}"))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("kind", "quantity", "reason", "left"),
    [
        ("receipt", "2,5", "", "12.5"),
        ("count", "7", "kiểm kho cuối tháng", "7"),
        ("loss", "4", "ẩm mốc", "6"),
    ],
)
def test_a_movement_is_booked_once_with_its_reason(cast, pack, kind, quantity, reason, left):
    for _time in range(2):
        answer = book(cast, pack, kind, quantity, reason=reason)
        assert answer.status_code == 303
    assert stock.on_hand([pack.id]) == {pack.id: Decimal(left)}
    page = cast.ours.get(f"/ban-hang/kho/{pack.ref}").text
    assert reason in page
    assert db.session.query(StockEntry).count() == 2


@pytest.mark.parametrize(
    ("kind", "quantity", "said"),
    [
        ("count", "7", "Ghi lý do kiểm kho."),
        ("loss", "1", "Ghi lý do hao hụt."),
        ("receipt", "0", "phải lớn hơn 0"),
        ("loss", "x", "Số lượng"),
        ("move", "1", "Chọn nơi khác"),
        ("steal", "1", "Chọn một mục"),
    ],
)
def test_what_cannot_be_booked_says_why_and_changes_nothing(cast, pack, kind, quantity, said):
    answer = book(cast, pack, kind, quantity)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert stock.on_hand([pack.id]) == {pack.id: Decimal(10)}


def test_no_more_is_lost_than_lies_there(cast, pack):
    answer = book(cast, pack, "loss", "11", reason="mất")
    assert "Trong kho chỉ còn 10" in answer.text


def test_a_count_that_agrees_books_nothing(cast, pack):
    page = cast.ours.client.get(book(cast, pack, "count", "10", reason="kiểm").location).text
    assert "Số trong kho đã đúng" in page
    assert db.session.query(StockEntry).count() == 1


def test_goods_are_moved_to_a_place_that_the_seller_added(cast, pack):
    answer = cast.ours.post(
        f"/ban-hang/kho/noi-de/{cast.ours.seller.ref}", {"name": "Quầy chợ Đu", "_once": "k1"}
    )
    assert answer.status_code == 303
    main, booth = locations.all_of(cast.ours.seller.id)
    assert book(cast, pack, "move", "4", at=main.ref, to=booth.ref).status_code == 303
    assert stock.by_place(pack.id) == {main.id: Decimal(6), booth.id: Decimal(4)}
    assert "Quầy chợ Đu: 4" in cast.ours.get(f"/ban-hang/kho/{pack.ref}").text


def test_a_place_of_another_seller_is_none_of_ours(cast, pack):
    theirs = make.variant(make.product(cast.theirs.seller), on_hand=1)
    place = locations.all_of(theirs.seller_id)[0]
    assert book(cast, pack, "receipt", "1", at=place.ref).status_code == 422


def test_what_is_kept_back_is_shown_and_changed(cast, pack):
    page = f"/ban-hang/kho/{pack.ref}"
    assert cast.ours.post(f"{page}/giu-lai", {"safety": "1,5"}).status_code == 303
    assert 'value="1.5' in cast.ours.get(page).text.replace("1,5", "1.5")
    assert stock.saleable([pack.id]) == {pack.id: Decimal("8.5")}
    assert cast.ours.post(f"{page}/giu-lai", {"safety": "-1"}).status_code == 422


def test_the_card_names_who_holds_the_goods_and_links_what_was_sold(cast):
    pack = make.variant(make.product(cast.ours.seller), on_hand=10)
    sold, waits = (make_money.order(variant=pack) for _order in range(2))
    for to in (State.PAID, State.PACKING, State.SHIPPED):
        make_money.go(sold, to)
    reservations.hold({pack.id: Decimal(1)}, holder="claim:X", until=None)
    page = cast.ours.get(f"/ban-hang/kho/{pack.ref}").text
    held, entries = page.split("Đã hứa cho ai")[1].split("Các lần nhập, xuất")
    link = "/ban-hang/don-hang/"
    assert (f"{link}{waits.ref}" in held, f"{link}{sold.ref}" in held) == (True, False)
    assert "Khách chốt trong phiên livestream" in held
    assert (f"{link}{sold.ref}" in entries, f"{link}{waits.ref}" in entries) == (True, False)
