"""Closing a booth's day: each sale is in one closing, and the drawer is explained."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans, integers, lists, tuples
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from shop.errors import BadInput
from shop.markets import days, till
from shop.markets.days import Counted
from shop.markets.errors import DaySigned
from shop.markets.models import Booth, BoothDay, BoothDayRow
from shop.orders import receipts
from tests import make, make_markets, make_money

EVENING = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # 18:00 in Vietnam


@pytest.fixture
def booth(database):
    row = make_markets.booth()
    make.bank_account(row.seller)
    return row


def close(row, counted_vnd, *, float_vnd=0, note=""):
    return days.close(SYSTEM, row, Counted(float_vnd, counted_vnd, note, days.due(row).mark))


def test_a_day_that_is_even_is_signed_without_a_word(booth):
    with clock.at(EVENING):
        make_markets.cash(booth, 45_000, key="1")
        gone = make_markets.cash(booth, 30_000, key="2")
        till.undo(SYSTEM, booth, gone.ref, key="u")
        code = till.ask(SYSTEM, booth, 20_000, key="3")
        receipts.pay(code, 20_000, who="Ngân hàng", why="FT1")
        till.ask(SYSTEM, booth, 15_000, key="4")
        signed = close(booth, 545_000, float_vnd=500_000)
    assert signed.on.isoformat() == "2026-11-24"
    assert (signed.cash_vnd, days.difference_vnd(signed)) == (45_000, 0)
    assert signed.figures == {
        "cash": [2, 75_000],
        "back": [1, -30_000],
        "transfer": [1, 20_000],
        "seen": [0, 0],
        "waiting": [1, 15_000],
    }
    assert sorted(row.figure for row in signed.rows) == ["back", "cash", "cash", "transfer"]


def test_a_drawer_that_differs_wants_a_reason_and_nothing_is_signed_without(booth):
    make_markets.cash(booth, 45_000, key="1")
    with pytest.raises(BadInput) as refused:
        close(booth, 40_000)
    assert list(refused.value.errors) == ["note"]
    assert db.session.scalar(select(func.count(BoothDay.id))) == 0
    signed = close(booth, 40_000, note="mua túi ni lông")
    assert days.difference_vnd(signed) == -5_000


def test_a_sale_since_it_was_looked_at_is_looked_at_first(booth):
    seen = days.due(booth).mark
    make_markets.cash(booth, 45_000, key="1")
    with pytest.raises(BadInput) as refused:
        days.close(SYSTEM, booth, Counted(0, 45_000, "", seen))
    assert list(refused.value.errors) == ["counted_vnd"]
    assert db.session.scalar(select(func.count(BoothDayRow.id))) == 0


def test_what_comes_after_the_closing_is_the_next_ones_also_from_a_phone_without_signal(booth):
    with clock.at(EVENING):
        make_markets.cash(booth, 45_000, key="1")
        close(booth, 45_000)
        with pytest.raises(DaySigned):
            close(booth, 0)
    with clock.at(EVENING + timedelta(hours=1)):
        make_markets.cash(booth, 10_000, key="2")
        make_markets.cash(booth, 7_000, key="3", at=EVENING - timedelta(hours=9))
    with clock.at(EVENING + timedelta(days=1)):
        assert close(booth, 17_000).cash_vnd == 17_000
    with clock.at(EVENING + timedelta(days=2)):
        assert days.due(booth).rows == []


def test_a_code_paid_after_the_closing_is_the_next_ones(booth):
    with clock.at(EVENING):
        code = till.ask(SYSTEM, booth, 20_000, key="1")
        assert close(booth, 0).figures["waiting"] == [1, 20_000]
    with clock.at(EVENING + timedelta(hours=2)):
        receipts.pay(code, 20_000, who="Ngân hàng", why="FT1")
    with clock.at(EVENING + timedelta(days=1)):
        assert close(booth, 0).figures["transfer"] == [1, 20_000]


def test_cash_given_back_after_the_closing_is_missing_from_the_next_drawer(booth):
    with clock.at(EVENING):
        order = make_markets.cash(booth, 45_000, key="1")
        close(booth, 45_000)
    with clock.at(EVENING + timedelta(days=1)):
        till.undo(SYSTEM, booth, order.ref, key="u")
        assert days.due(booth).cash_vnd == -45_000
        assert close(booth, 0, float_vnd=45_000).cash_vnd == -45_000


def test_a_closing_at_two_in_the_morning_is_of_the_day_before(booth):
    with clock.at(datetime(2026, 11, 24, 19, 0, tzinfo=UTC)):  # 02:00 on the 25th
        assert close(booth, 0).on.isoformat() == "2026-11-24"


def sell(booth_id, number):
    with transaction():
        booth = db.session.get_one(Booth, booth_id)
        return make_markets.cash(booth, 10_000 + number, key=str(number)).total_vnd


def close_now(booth_id):
    with transaction():
        booth = db.session.get_one(Booth, booth_id, with_for_update=True)
        return close(booth, days.due(booth).cash_vnd).cash_vnd


def test_sales_while_the_day_is_closed_are_in_one_closing_each(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            booth_id = make_markets.booth().id
        works = [partial(sell, booth_id, number) for number in range(5)]
        *sold, first = make_money.at_once(app, [*works, partial(close_now, booth_id)])
        with clock.at(clock.now() + timedelta(days=1)):
            second = close_now(booth_id)
        sums = sum(vnd for vnd in sold)
        assert sums == sum(range(10_000, 10_005))
        assert (first if isinstance(first, int) else 0) + second == sums


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    days_of_sales=lists(
        lists(tuples(integers(1, 500_000_000), booleans()), max_size=4), min_size=1, max_size=4
    )
)
def test_the_closings_together_are_just_the_sales(database, days_of_sales):
    market = make_markets.market(name=f"Chợ {make_markets.trader().ref}")
    booth = make_markets.booth(market)
    counted_vnd, number = 0, 0
    for day, sales in enumerate(days_of_sales):
        with clock.at(EVENING + timedelta(days=day)):
            for amount_vnd, undone in sales:
                number += 1
                key = f"{booth.id}:{number}"
                order = make_markets.cash(booth, amount_vnd, key=key)
                if undone:
                    till.undo(SYSTEM, booth, order.ref, key=key)
            expected_vnd = sum(amount for amount, undone in sales if not undone)
            counted_vnd += close(booth, expected_vnd).cash_vnd
    assert counted_vnd == sum(a for day in days_of_sales for a, undone in day if not undone)
