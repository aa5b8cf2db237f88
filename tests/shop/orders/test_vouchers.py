"""Vouchers: what they take off, when they count, and that the last use is used once."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.errors import BadInput
from shop.orders import checkout, dues, receipts, states, vouchers
from shop.orders.checkout import Part, Terms, Want
from shop.orders.errors import NoVoucher
from shop.orders.models import Order, State, Voucher, VoucherUse
from tests import make, make_money


def voucher(seller, code="TET30", **more):
    """From 300.000 đ on 30.000 đ off, for a month from now."""
    now = clock.now()
    values = {
        "code": code,
        "amount_vnd": 30_000,
        "minimum_vnd": 300_000,
        "starts_at": now,
        "ends_at": now + timedelta(days=30),
    }
    return vouchers.make(SYSTEM, seller, values | more)


def buy(pack, quantity, code, *, key="k", phone="+84912345678"):
    return checkout.place(
        checkout.Buyer("Chị Hoa", phone, "xóm 5"),
        [checkout.Want(pack, Decimal(quantity))],
        source="storefront",
        source_key=key,
        holders=[],
        terms=Terms(voucher=code, fee_vnd=20_000),
    )


@pytest.fixture
def pack(database):
    return make.variant(make.product(make.seller()), price_vnd=185_000, on_hand=50)


def test_it_takes_its_amount_off_the_goods_and_the_order_keeps_its_code(pack):
    voucher(make_money.seller_of(pack))
    order = buy(pack, 2, "tet30")
    assert (order.goods_vnd, order.fee_vnd, order.discount_vnd) == (370_000, 20_000, 30_000)
    assert (order.total_vnd, order.voucher_code) == (360_000, "TET30")


@pytest.mark.parametrize(
    ("terms", "goods", "off"),
    [
        ({"amount_vnd": 30_000}, 300_000, 30_000),
        ({"amount_vnd": 30_000}, 10_000, 10_000),
        ({"percent": 10}, 185_005, 18_500),
        ({"percent": 10, "cap_vnd": 15_000}, 185_000, 15_000),
        ({"percent": 100}, 185_000, 185_000),
    ],
)
def test_what_it_takes_off(terms, goods, off):
    assert vouchers.discount_vnd(Voucher(**terms), goods) == off


@given(
    st.integers(0, 10**12),
    st.one_of(
        st.builds(Voucher, amount_vnd=st.integers(1, 10**9)),
        st.builds(Voucher, percent=st.integers(1, 100), cap_vnd=st.none() | st.integers(0, 10**9)),
    ),
)
def test_it_never_takes_off_more_than_the_goods_cost(goods, row):
    assert 0 <= vouchers.discount_vnd(row, goods) <= goods


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"minimum_vnd": 400_000}, "dùng cho đơn từ 400.000"),
        ({"active": False}, "đã hết hạn"),
        ({"total_limit": 0}, "vừa hết lượt"),
        ({"per_buyer_limit": 0}, "hết lượt của mã"),
    ],
)
def test_what_cannot_be_used_says_why_and_places_nothing(pack, more, said):
    voucher(make_money.seller_of(pack), **more)
    db.session.commit()
    with pytest.raises(NoVoucher, match=said), transaction():
        buy(pack, 2, "TET30")
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0


def test_it_counts_from_its_first_to_its_last_instant(pack):
    row = voucher(make_money.seller_of(pack))
    with clock.at(row.starts_at - timedelta(seconds=1)), pytest.raises(NoVoucher, match="dùng từ"):
        vouchers.find(row.seller_id, "TET30", 300_000, None)
    with clock.at(row.ends_at - timedelta(seconds=1)):
        assert vouchers.find(row.seller_id, "TET30", 300_000, None).id == row.id
    with clock.at(row.ends_at), pytest.raises(NoVoucher, match="hết hạn"):
        vouchers.find(row.seller_id, "TET30", 300_000, None)


def test_a_code_counts_only_at_the_seller_who_gives_it(pack):
    voucher(make.seller(name="HTX Miến Việt Cường"))
    with pytest.raises(NoVoucher, match="Không có mã"):
        buy(pack, 2, "TET30")


def test_a_seller_has_one_voucher_of_a_code(pack):
    seller = make_money.seller_of(pack)
    voucher(seller)
    with pytest.raises(BadInput):
        voucher(seller)


def test_one_buyer_uses_it_so_often_and_another_still_may(pack):
    voucher(make_money.seller_of(pack), per_buyer_limit=1)
    buy(pack, 2, "TET30", key="a")
    with pytest.raises(NoVoucher, match="Bạn đã dùng hết"):
        buy(pack, 2, "TET30", key="b")
    buy(pack, 2, "TET30", key="c", phone="+84912345679")


@pytest.mark.parametrize("to", [State.CANCELLED, State.EXPIRED])
def test_an_order_that_falls_through_gives_its_use_back(pack, to):
    row = voucher(make_money.seller_of(pack), total_limit=1)
    order = buy(pack, 2, "TET30", key="a")
    states.move(order, to, who="thử")
    assert vouchers.used(row) == 0
    assert buy(pack, 2, "TET30", key="b").discount_vnd == 30_000


def test_an_order_taken_up_again_by_late_money_has_used_its_voucher(pack):
    row = voucher(make_money.seller_of(pack), total_limit=1)
    order = buy(pack, 2, "TET30", key="a")
    states.move(order, State.EXPIRED, who="thử")
    receipts.pay(order, dues.late_vnd(order), who="Kế toán", why="FT1")
    assert (order.state, order.paid_vnd, vouchers.used(row)) == (State.PAID, 360_000, 1)


def race(pack_id, name):
    """Try to buy with the last use."""
    try:
        with transaction():
            buy(
                db.session.get_one(Variant, pack_id),
                2,
                "TET30",
                key=name,
                phone=f"+8491234567{name}",
            )
    except NoVoucher as refusal:
        return refusal.message
    return "used"


def test_of_six_buyers_who_race_for_the_last_use_one_wins_and_the_others_are_told(
    fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            pack = make.variant(make.product(make.seller()), price_vnd=185_000, on_hand=50)
            voucher(make_money.seller_of(pack), total_limit=1)
            pack_id = pack.id
        works = [partial(race, pack_id, str(number)) for number in range(6)]
        said = sorted(make_money.at_once(app, works))
        assert said == ["Mã TET30 vừa hết lượt dùng."] * 5 + ["used"]
        assert db.session.scalar(select(func.count()).select_from(VoucherUse)) == 1
        assert db.session.scalar(select(func.count()).select_from(Order)) == 1


def cross(pack_ids, name):
    """Order at both sellers with a code at each, ever again; what came of it."""
    for turn in range(8):
        with transaction():
            packs = [db.session.get_one(Variant, pack_id) for pack_id in pack_ids]
            parts = [Part([Want(p, Decimal(2))], Terms(voucher="TET30")) for p in packs]
            buyer = checkout.Buyer("Chị Hoa", "+84912345678", "xóm 5")
            checkout.place_all(buyer, parts, key=f"{name}:{turn}", source="storefront")
    return "placed"


def test_baskets_with_the_codes_of_two_sellers_in_opposite_order_never_wait_in_a_circle(
    fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            sellers = [make.seller(), make.seller(name="HTX Miến Việt Cường")]
            for seller in sellers:
                voucher(seller)
            # Packs of their own for each buyer: no lock of stock keeps them apart.
            baskets = [
                [make.variant(make.product(seller), on_hand=50).id for seller in sellers]
                for _buyer in range(4)
            ]
        works = [partial(cross, packs[:: 1 - 2 * (n % 2)], n) for n, packs in enumerate(baskets)]
        assert make_money.at_once(app, works) == ["placed"] * 4
        assert db.session.scalar(select(func.count()).select_from(VoucherUse)) == 4 * 8 * 2


@pytest.mark.parametrize(
    ("terms", "above"),
    [
        ({"percent": 50}, False),
        ({"percent": 51}, True),
        ({"amount_vnd": 50_000, "minimum_vnd": 100_000}, False),
        ({"amount_vnd": 50_001, "minimum_vnd": 100_000}, True),
        ({"amount_vnd": 1_000, "minimum_vnd": 0}, True),
    ],
)
def test_more_than_half_off_some_basket_is_above_the_limit_of_promotion_law(terms, above):
    assert vouchers.above_limit(Voucher(**terms)) is above
