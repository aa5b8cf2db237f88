"""What delivery costs: the nearest rule, the lightest bracket that holds, free from an amount."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.orders import delivery
from shop.orders.delivery import Place
from shop.orders.models import DeliveryFee, DeliveryTerms
from tests import make

GIA_SANG = Place("19", "05482")
HANOI = Place("01", "00070")


def terms(*fees, **more):
    rows = [
        DeliveryFee(province_code=province, commune_code=commune, up_to_g=up_to_g, fee_vnd=fee)
        for province, commune, up_to_g, fee in fees
    ]
    return DeliveryTerms(**{"delivers": True, "picks_up": False, "fees": rows} | more)


ALL = terms(
    (None, None, 2000, 35_000),
    (None, None, None, 60_000),
    ("19", None, None, 20_000),
    ("19", "05482", 5000, 0),
    ("19", "05482", None, 10_000),
)


@pytest.mark.parametrize(
    ("place", "grams", "fee"),
    [
        (HANOI, 2000, 35_000),
        (HANOI, 2001, 60_000),
        (Place("19", "05443"), 9000, 20_000),
        (GIA_SANG, 5000, 0),
        (GIA_SANG, 5001, 10_000),
    ],
)
def test_the_nearest_rule_and_its_lightest_bracket_count(place, grams, fee):
    assert delivery.fee_vnd(ALL, place, grams, 100_000) == fee


def test_heavier_than_every_bracket_is_not_delivered():
    assert delivery.fee_vnd(terms((None, None, 2000, 1)), HANOI, 2001, 0) is None


def test_where_no_rule_reaches_nothing_is_delivered_also_when_it_would_be_free():
    only_here = terms(("19", None, None, 20_000), free_from_vnd=1)
    assert delivery.fee_vnd(only_here, HANOI, 1, 999_999) is None
    assert delivery.fee_vnd(only_here, GIA_SANG, 1, 999_999) == 0


def test_from_an_amount_on_it_is_free():
    free = terms((None, None, None, 30_000), free_from_vnd=500_000)
    assert delivery.fee_vnd(free, HANOI, 1, 499_999) == 30_000
    assert delivery.fee_vnd(free, HANOI, 1, 500_000) == 0


def test_who_does_not_deliver_has_no_fee():
    assert delivery.fee_vnd(terms((None, None, None, 1), delivers=False), HANOI, 1, 0) is None


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_heavier_never_costs_less_while_brackets_rise(one, other):
    light, heavy = sorted((one, other))
    fees = [delivery.fee_vnd(ALL, HANOI, grams, 0) for grams in (light, heavy)]
    assert fees[0] <= fees[1]


def test_weight_counts_packs_by_their_grams_and_goods_by_weight_as_they_are(database):
    box = make.variant(unit="hộp", weight_g=250)
    loose = make.variant(unit="kg", weight_g=None)
    unknown = make.variant(unit="bó", weight_g=None)
    wanted = [(box, Decimal(3)), (loose, Decimal("1.5005")), (unknown, Decimal(9))]
    assert delivery.weight_g(wanted) == 750 + 1501
