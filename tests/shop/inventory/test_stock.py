"""The stock ledger: entries in and out, once each, and never changed."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from shop.errors import BadInput
from shop.inventory import locations, reservations, stock
from shop.inventory.errors import NotThere, OutOfStock
from shop.inventory.models import StockEntry, StockLevel
from tests import make

QUANTITIES = st.decimals("-999", "999", places=3).filter(bool)


def test_on_hand_is_the_sum_of_all_entries(database):
    pack = make.variant(on_hand=0).id
    assert stock.receive(pack, Decimal("12.5"), source="a")
    assert stock.sell(pack, Decimal(2), source="b")
    assert stock.adjust(pack, Decimal("-0.5"), source="c", reason="ẩm mốc")
    assert stock.take_back(pack, Decimal(1), source="d")
    assert stock.on_hand([pack]) == {pack: Decimal(11)}
    kinds = db.session.query(StockEntry.kind, StockEntry.quantity).order_by(StockEntry.id)
    assert [tuple(row) for row in kinds] == [
        ("receipt", Decimal("12.5")),
        ("sale", Decimal(-2)),
        ("adjustment", Decimal("-0.5")),
        ("return", Decimal(1)),
    ]


def test_the_same_source_is_entered_once(database):
    pack = make.variant(on_hand=0).id
    assert stock.receive(pack, Decimal(5), source="phieu-1") is True
    assert stock.receive(pack, Decimal(5), source="phieu-1") is False
    assert stock.on_hand([pack]) == {pack: Decimal(5)}


@settings(
    max_examples=20,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(moves=st.lists(QUANTITIES, max_size=6))
def test_on_hand_keeps_every_gram(database, moves):
    pack = make.variant(on_hand=0).id
    there = Decimal(0)
    for number, quantity in enumerate(moves):
        with suppress(NotThere):
            stock.adjust(pack, quantity, source=f"{pack}:{number}", reason="kiểm kê")
            there += quantity
    assert there >= 0
    assert stock.saleable([pack]) == {pack: there}


@pytest.mark.parametrize(
    "change", [update(StockEntry).values(quantity=99), delete(StockEntry)], ids=["update", "delete"]
)
def test_the_database_refuses_to_change_an_entry(database, change):
    pack = make.variant(on_hand=3).id
    db.session.commit()
    with pytest.raises(DBAPIError, match="stock_entries is append-only"), transaction():
        db.session.execute(change.where(StockEntry.variant_id == pack))
    assert stock.on_hand([pack]) == {pack: Decimal(3)}


def test_saleable_is_on_hand_less_what_is_promised(database):
    one, two = make.variant(on_hand=5).id, make.variant(on_hand=0).id
    reservations.hold({one: Decimal(2)}, holder="claim:A", until=None)
    reservations.hold({one: Decimal(1)}, holder="claim:B", until=clock.now() + timedelta(minutes=1))
    assert stock.saleable([one, two]) == {one: Decimal(2), two: Decimal(0)}


def test_a_lapsed_hold_counts_no_more_though_nobody_swept_it(database):
    pack = make.variant(on_hand=5).id
    until = clock.now() + timedelta(minutes=15)
    reservations.hold({pack: Decimal(4)}, holder="claim:A", until=until)
    with clock.at(until - timedelta(seconds=1)):
        assert stock.saleable([pack]) == {pack: Decimal(1)}
    with clock.at(until):
        assert stock.saleable([pack]) == {pack: Decimal(5)}


def test_counting_nine_packs_takes_as_many_queries_as_one(database, query_count):
    asked = []
    for packs in ([make.variant().id], [make.variant().id for _pack in range(9)]):
        with query_count() as queries:
            stock.saleable(packs)
        asked.append(len(queries))
    assert asked == [1, 1]


def test_what_is_kept_back_is_promised_to_nobody(database):
    pack = make.variant(on_hand=5).id
    stock.keep_back(pack, Decimal(2))
    assert stock.saleable([pack]) == {pack: Decimal(3)}
    with pytest.raises(OutOfStock) as refusal:
        reservations.hold({pack: Decimal(4)}, holder="claim:A", until=None)
    assert refusal.value.short == {pack: Decimal(3)}
    stock.keep_back(pack, Decimal(0))
    assert stock.saleable([pack]) == {pack: Decimal(5)}


def test_the_first_goods_of_a_seller_lie_in_its_main_place(database):
    variant = make.variant(on_hand=5)
    [place] = locations.all_of(variant.seller_id)
    assert (place.name, place.main) == (locations.MAIN, True)


def test_goods_are_moved_between_places_and_sold_of_the_main_one_first(database):
    variant = make.variant(on_hand=5)
    main = locations.all_of(variant.seller_id)[0]
    booth = locations.add(SYSTEM, variant.seller_id, "Quầy chợ Đu")
    db.session.flush()
    for _time in range(2):
        stock.move(variant.id, Decimal(3), here=main.id, there=booth.id, source="phieu-7")
    assert levels(variant) == {main.id: Decimal(2), booth.id: Decimal(3)}
    for _time in range(2):
        stock.sell(variant.id, Decimal(4), source="order:X")
    assert levels(variant) == {main.id: Decimal(0), booth.id: Decimal(1)}
    assert stock.on_hand([variant.id]) == {variant.id: Decimal(1)}


def test_a_seller_has_one_place_of_a_name(database):
    variant = make.variant(on_hand=1)
    with pytest.raises(BadInput) as refusal:
        locations.add(SYSTEM, variant.seller_id, locations.MAIN)
    assert refusal.value.errors == {"name": ["Đã có nơi tên này."]}


def levels(variant):
    db.session.expire_all()
    rows = db.session.query(StockLevel).filter_by(variant_id=variant.id)
    return {row.location_id: row.on_hand for row in rows}


def test_no_more_goes_out_than_lies_there(database):
    pack = make.variant(on_hand=5).id
    db.session.commit()
    for take in (
        lambda: stock.sell(pack, Decimal(6), source="a"),
        lambda: stock.lose(pack, Decimal("5.5"), source="b", reason="ẩm mốc"),
        lambda: stock.adjust(pack, Decimal(-6), source="c", reason="kiểm kê"),
    ):
        with pytest.raises(NotThere, match="chỉ còn 5"), transaction():
            take()
    assert stock.on_hand([pack]) == {pack: Decimal(5)}


def test_the_database_lets_no_level_fall_below_zero_whoever_writes(database):
    variant = make.variant(on_hand=5)
    place = locations.main_of(variant.id)
    values = {"variant_id": variant.id, "location_id": place, "kind": "sale", "source": "x"}
    db.session.add(StockEntry(quantity=Decimal(-6), **values))
    with pytest.raises(DBAPIError, match="not_negative"):
        db.session.flush()
