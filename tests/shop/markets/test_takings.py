"""Each figure is the count of its rows, and says so where nobody can tell."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans, integers, lists, tuples

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.markets import booths, days, takings, till
from shop.markets.days import Counted
from shop.markets.models import Market
from shop.orders import receipts
from tests import make, make_markets

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
ON = date(2026, 11, 24)
MONTH = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def market(database):
    return make_markets.market()


@pytest.fixture(autouse=True)
def noon():
    with clock.at(NOON):
        yield


def booth(market, number, *, account=True, **more):
    row = make_markets.booth(market, number=number, **more)
    if account:
        make.bank_account(row.seller)
    return row


def paid(row, amount_vnd, key):
    order = till.ask(SYSTEM, row, amount_vnd, key=key)
    receipts.pay(order, amount_vnd, who="Ngân hàng", why="FT1")
    return order


def pair(share):
    return share.numerator, share.denominator, share.unknown


def numbers(query):
    return [row.number for row in db.session.scalars(query)]


def test_booths_without_an_account_are_counted_and_listed(market):
    booth(market, "A1"), booth(market, "A2", account=False)
    gone = booth(market, "A3", account=False)
    booths.close(SYSTEM, gone, ON - timedelta(days=1))
    gone.opened_on = gone.closed_on = ON - timedelta(days=1)
    other = make_markets.market(name="Chợ khác")
    booth(other, "B1", account=False)
    db.session.flush()
    here = Market.id == market.id
    assert pair(takings.accounts(ON, here)) == (1, 2, 0)
    assert numbers(takings.without_account(ON, here)) == ["A2"]
    assert takings.register([market.id, other.id]) == {
        market.id: takings.Count(2, 1),
        other.id: takings.Count(1, 1),
    }


def test_an_account_that_was_closed_is_none(market):
    row = booth(market, "A1")
    booths.payee(row).active = False
    db.session.flush()
    assert pair(takings.accounts(ON)) == (1, 1, 0)


def test_markets_on_the_model_are_counted_on_the_day(database):
    make_markets.market(name="Từ 2022", started_on=date(2022, 12, 31), started_precision="year")
    make_markets.market(name="Không rõ từ bao giờ", created_at=NOON)
    make_markets.market(name="Chưa theo", model=None)
    make_markets.market(name="Đã đóng", model=None, closed_on=date(2024, 1, 1))
    make_markets.market(
        name="Đã thôi", started_on=date(2022, 8, 31), started_precision="month",
        ended_on=date(2023, 6, 30),
    )  # fmt: skip
    assert pair(takings.markets_on_model(ON)) == (2, 4, 0)
    assert pair(takings.markets_on_model(date(2022, 9, 1))) == (1, 5, 0)
    then = db.session.scalars(takings.on_model(date(2022, 9, 1)))
    assert [row.name for row in then] == ["Đã thôi"]


def test_a_trader_with_two_booths_is_one_merchant(market):
    one, quiet = booth(market, "A1"), booth(market, "B1")
    two = booth(market, "A2", account=False, seller=one.seller)
    paid(one, 20_000, "1"), paid(two, 30_000, "2")
    make_markets.cash(quiet, 10_000, key="3")
    till.ask(SYSTEM, quiet, 10_000, key="4")
    assert pair(takings.merchants(*MONTH)) == (1, 2, 0)
    assert numbers(takings.with_digital_receipt(*MONTH)) == ["A1", "A2"]
    assert pair(takings.merchants(date(2026, 10, 1), date(2026, 10, 31))) == (0, 0, 0)


def test_the_digital_share_counts_cash_and_leaves_out_who_does_not_tell_of_it(market):
    tells, silent = booth(market, "A1"), booth(market, "B1")
    paid(tells, 20_000, "1"), paid(tells, 30_000, "2")
    make_markets.cash(tells, 10_000, key="3")
    gone = make_markets.cash(tells, 99_000, key="4")
    till.undo(SYSTEM, tells, gone.ref, key="u")
    paid(silent, 50_000, "5")
    share = takings.transactions(*MONTH)
    assert pair(share) == (2, 3, 1)
    assert share.percent == 66.7
    assert numbers(takings.without_cash(*MONTH)) == ["B1"]
    days.close(SYSTEM, silent, Counted(0, 0, "", days.due(silent).mark))
    assert pair(takings.transactions(*MONTH)) == (3, 4, 0)


def test_a_share_of_nothing_is_no_number(market):
    assert takings.transactions(*MONTH).percent is None
    assert takings.merchants(*MONTH).percent is None


def test_one_booth_over_the_months(market):
    row = booth(market, "A1")
    with clock.at(datetime(2026, 9, 10, 5, tzinfo=UTC)):
        row.opened_on = date(2026, 9, 1)
        paid(row, 20_000, "1")
    with clock.at(datetime(2026, 10, 31, 16, 59, tzinfo=UTC)):  # still October in Vietnam
        paid(row, 20_000, "2")
        for number in range(3):
            make_markets.cash(row, 10_000, key=f"c{number}")
    paid(row, 25_000, "3"), make_markets.cash(row, 5_000, key="c9")
    found = takings.months(row, date(2026, 9, 1), date(2026, 11, 30))
    assert [(m.month, m.digital, m.digital_vnd, m.cash, m.cash_vnd) for m in found] == [
        ("2026-09", 1, 20_000, 0, 0),
        ("2026-10", 1, 20_000, 3, 30_000),
        ("2026-11", 1, 25_000, 1, 5_000),
    ]
    assert [m.share.percent for m in found] == [None, 25.0, 50.0]


def test_a_month_without_a_sale_has_no_share(market):
    row = booth(market, "A1", opened_on=date(2025, 12, 5))
    with clock.at(datetime(2026, 2, 10, 5, tzinfo=UTC)):
        make_markets.cash(row, 10_000, key="1")
    found = takings.every_month(row, date(2025, 12, 1), date(2026, 3, 31))
    assert [(m.month, m.share.percent) for m in found] == [
        ("2025-12", None),
        ("2026-01", None),
        ("2026-02", 0.0),
        ("2026-03", None),
    ]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sold=lists(tuples(integers(0, 2), integers(1, 10**8), booleans(), integers(0, 40))))
def test_figures_are_what_counting_by_hand_gives(database, sold):
    market = make_markets.market(name=f"Chợ {make_markets.trader().ref}")
    rows = [booth(market, f"A{n}", opened_on=date(2026, 9, 1)) for n in range(3)]
    for number, (place, amount_vnd, digital, ago) in enumerate(sold):
        key, row = f"{market.id}:{number}", rows[place]
        with clock.at(NOON - timedelta(days=ago)):
            paid(row, amount_vnd, key) if digital else make_markets.cash(row, amount_vnd, key=key)
    inside = [s for s in sold if s[3] <= 23]
    telling = {s[0] for s in inside if not s[2]}
    here = Market.id == market.id
    assert pair(takings.transactions(*MONTH, here)) == (
        sum(s[2] for s in inside if s[0] in telling),
        sum(s[0] in telling for s in inside),
        len({s[0] for s in inside} - telling),
    )
    assert pair(takings.merchants(*MONTH, here)) == (len({s[0] for s in inside if s[2]}), 3, 0)
    listed = db.session.execute(takings.sales(*MONTH, here)).all()
    assert sum(row.amount_vnd for row in listed) == sum(s[1] for s in inside)
