"""Placing an order: once per key, at the price of the moment, with its stock promised."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from shop import clock, references
from shop.catalogue.models import Status, Variant
from shop.database import db, transaction
from shop.inventory import reservations, stock
from shop.inventory.errors import OutOfStock
from shop.orders import checkout, states
from shop.orders.errors import NotForSale, TooLittle
from shop.orders.models import Order, OrderEvent, OrderLine, State
from tests import make, make_money


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_an_order_keeps_the_words_and_prices_of_its_moment(database):
    pack = make.variant(
        make.product(name="Chè đinh"), price_vnd=450_000, unit="kg", pack="túi 1 kg"
    )
    order = make_money.order(variant=pack, quantity=2)
    pack.price_vnd = 500_000
    (line,) = order.lines
    assert (line.name, line.pack, line.unit) == ("Chè đinh", "túi 1 kg", "kg")
    assert (line.quantity, line.unit_price_vnd, line.amount_vnd) == (Decimal(2), 450_000, 900_000)
    assert (order.total_vnd, order.paid_vnd, order.state) == (900_000, 0, State.AWAITING_PAYMENT)
    assert order.seller_id == pack.seller_id
    assert references.is_valid(order.ref)
    (event,) = db.session.scalars(select(OrderEvent))
    assert (event.from_state, event.to_state, event.who) == (
        None,
        "awaiting_payment",
        "Lê Thị Lan",
    )


def test_an_order_promises_its_stock_line_by_line_of_the_same_pack(database):
    pack = make.variant(on_hand=5)
    wants = [checkout.Want(pack, Decimal(2)), checkout.Want(pack, Decimal(1))]
    order = checkout.place(make_money.BUYER, wants, source="make", source_key="k", holders=[])
    assert reservations.live(states.holder(order)) == {pack.id: Decimal(3)}
    assert (order.total_vnd, len(order.lines)) == (3 * 185_000, 2)


def test_the_same_source_key_again_is_the_same_order(database):
    pack = make.variant(on_hand=5)
    first = make_money.order(variant=pack, source_key="chot:1")
    again = make_money.order(variant=pack, quantity=3, source_key="chot:1")
    assert again is first
    assert (count(Order), count(OrderLine)) == (1, 1)
    assert stock.saleable([pack.id]) == {pack.id: Decimal(4)}


def place(packs, source_key):
    """Place an order of one of each pack; its reference."""
    with transaction():
        wants = [checkout.Want(db.session.get_one(Variant, pack), Decimal(1)) for pack in packs]
        order = checkout.place(
            make_money.BUYER, wants, source="make", source_key=source_key, holders=[]
        )
        return order.ref


def test_the_same_key_from_four_processes_at_once_is_one_order(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            pack = make.variant(on_hand=9).id
        refs = make_money.at_once(app, [partial(place, [pack], "chot:1")] * 4)
        assert refs == [db.session.scalars(select(Order.ref)).one()] * 4
        assert stock.saleable([pack]) == {pack: Decimal(8)}


def several(packs, name):
    return [references.is_valid(place(packs, f"{name}:{turn}")) for turn in range(6)]


def test_orders_of_the_same_packs_in_opposite_order_do_not_deadlock(
    fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            packs = [make.variant(on_hand=50).id for _pack in range(2)]
        works = [partial(several, packs[:: 1 - 2 * (n % 2)], n) for n in range(4)]
        assert make_money.at_once(app, works) == [[True] * 6] * 4
        assert stock.saleable(packs) == dict.fromkeys(packs, Decimal(50 - 24))


def test_an_illustrative_price_is_never_owed_outside_a_demonstration(database, monkeypatch):
    pack = make.variant(price_illustrative=True)
    ours = database.config["SETTINGS"]
    monkeypatch.setitem(database.config, "SETTINGS", replace(ours, demo=False))
    with pytest.raises(NotForSale, match="Chè tôm nõn Hảo Đạt hiện không bán"):
        make_money.order(variant=pack)
    assert count(Order) == 0
    monkeypatch.setitem(database.config, "SETTINGS", replace(ours, demo=True))
    assert make_money.order(variant=pack).total_vnd == 185_000


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PUBLISHED])
def test_what_is_not_published_is_not_for_sale(database, status):
    pack = make.variant(make.product(status=status))
    with pytest.raises(NotForSale):
        make_money.order(variant=pack)


def test_more_than_there_is_leaves_no_order_behind(database):
    pack = make.variant(on_hand=2)
    db.session.commit()
    with pytest.raises(OutOfStock) as refusal, transaction():
        make_money.order(variant=pack, quantity=3)
    assert refusal.value.short == {pack.id: Decimal(2)}
    assert (count(Order), count(OrderLine)) == (0, 0)


def test_an_order_takes_over_the_claims_hold_and_is_refused_when_it_went_to_another(database):
    pack = make.variant(on_hand=1)
    until = clock.now() + timedelta(minutes=15)
    reservations.hold({pack.id: Decimal(1)}, holder="claim:A", until=until)
    with clock.at(until):
        reservations.hold({pack.id: Decimal(1)}, holder="claim:B", until=None)
        db.session.commit()
        with pytest.raises(OutOfStock), transaction():
            make_money.order(variant=pack, holders=["claim:A"])
        order = make_money.order(variant=pack, holders=["claim:B"])
    assert reservations.live(states.holder(order)) == {pack.id: Decimal(1)}


@pytest.mark.parametrize(
    ("price_vnd", "quantity", "amount_vnd"),
    [(185_000, "1", 185_000), (185_000, "0.3", 55_500), (333, "0.5", 167), (1_001, "0.001", 1)],
)
def test_an_amount_is_rounded_half_up_to_the_dong(price_vnd, quantity, amount_vnd):
    assert checkout.amount_vnd(price_vnd, Decimal(quantity)) == amount_vnd


@given(st.integers(0, 10**9), st.decimals("0.001", "1000", places=3))
def test_an_amount_is_never_more_than_half_a_dong_off(price_vnd, quantity):
    assert abs(checkout.amount_vnd(price_vnd, quantity) - price_vnd * quantity) <= Decimal("0.5")


def test_less_than_the_smallest_quantity_is_not_sold(database):
    tea = make.variant(make.product(name="Chè đinh"), least=Decimal(2), unit="hộp")
    with pytest.raises(TooLittle) as refusal:
        make_money.order(variant=tea, quantity=1)
    assert refusal.value.message == "Chè đinh, hộp 200 g: mua ít nhất 2 hộp."
    twice = [checkout.Want(tea, Decimal(1))] * 2
    order = checkout.place(make_money.BUYER, twice, source="make", source_key="two", holders=[])
    assert order.total_vnd == 370_000


def test_a_pack_that_is_offered_no_more_is_not_sold(database):
    gone = make.variant(make.product(name="Chè đinh"), active=False)
    with pytest.raises(NotForSale):
        make_money.order(variant=gone, quantity=1)


def test_a_reference_that_is_taken_is_drawn_again(database, monkeypatch):
    taken, free = make_money.order().ref, references.order_ref()
    drawn = iter([taken, taken, free])
    monkeypatch.setattr(references, "order_ref", lambda: next(drawn))
    assert make_money.order().ref == free


def test_an_order_of_two_packs_is_placed_in_twelve_statements_and_locks_them_once(
    database, query_count
):
    product = make.product()
    wants = [checkout.Want(make.variant(product), Decimal(1)) for _pack in range(2)]
    make_money.order(variant=wants[0].variant)
    values = {"source": "make", "source_key": "counted", "holders": []}
    with query_count() as statements:
        checkout.place(make_money.BUYER, wants, **values)
    locks = [each for each in statements if "FOR NO KEY UPDATE OF variants" in each]
    assert (len(statements), len(locks)) == (12, 1)


def test_another_price_that_was_agreed_is_the_orders_and_the_pack_keeps_its_own(database):
    pack = make.variant(price_vnd=185_000)
    wants = [checkout.Want(pack, Decimal("1.5"), agreed_vnd=150_001)]
    order = checkout.place(make_money.BUYER, wants, source="make", source_key="a", holders=[])
    (line,) = order.lines
    assert (line.unit_price_vnd, line.amount_vnd, order.total_vnd) == (150_001, 225_002, 225_002)
    assert pack.price_vnd == 185_000
