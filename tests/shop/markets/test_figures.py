"""What officials count of markets is what `takings` counts, with the rows behind it."""

from datetime import timedelta

import pytest

from shop import clock
from shop.database import db
from shop.markets import takings
from shop.reports import kpis
from tests import make, make_markets, make_reports

pytestmark = pytest.mark.usefixtures("database")
PHU_LUONG = "05611"


def told(name, code="19"):
    word = f"{clock.today():%Y-%m}"
    return kpis.measure(kpis.get(name), make_reports.scope(code, word))


def share(name, code="19"):
    total = told(name, code).total
    return total.top, total.bottom


def test_markets_on_the_model_are_of_all_markets_of_the_region():
    make_markets.market(name="Chợ Đu")
    make_markets.market(name="Chợ cũ", model=None)
    make_markets.market(name="Chợ xa", province_code="38", commune_code="16378")
    assert share("markets.on_model") == (1, 2)
    assert share("markets.on_model", PHU_LUONG) == (1, 2)
    assert [(c.word, c.top) for c in told("markets.on_model").communes] == [(PHU_LUONG, 1)]


def test_booths_without_an_account_are_of_all_booths_in_use():
    market = make_markets.market()
    today = clock.today()
    make_markets.booth(market, number="1")
    make.bank_account(make_markets.booth(market, number="2").seller)
    gone = {"opened_on": today - timedelta(days=9), "closed_on": today - timedelta(days=1)}
    make_markets.booth(market, number="3", **gone)
    word = f"{today:%Y-%m}"
    assert share("markets.without_account") == (1, 2)
    scope = make_reports.scope("19", word)
    rows = kpis.rows(kpis.get("markets.without_account"), scope, consented=False)
    assert [row.label for row in db.session.execute(rows)] == ["Chợ Đu – 1"]


def test_the_share_paid_digitally_leaves_out_who_tells_nothing_of_cash():
    market = make_markets.market()
    telling = make_markets.booth(market, number="1")
    silent = make_markets.booth(market, number="2")
    for number in range(3):
        make_markets.cash(telling, 20_000, key=f"cash{number:04d}")
    for booth in (telling, silent):
        make_reports.order(
            booth.seller, at=clock.now(), source=booth.source, paid_vnd=50_000, paid_at=clock.now()
        )
    assert share("markets.transactions_digital") == (1, 4)
    assert told("markets.cash_untold").total.top == 1
    assert share("markets.merchants_digital") == (2, 2)
    first, last = clock.today().replace(day=1), clock.today()
    assert takings.transactions(first, last) == takings.Share(1, 4, 1)


def test_without_a_booth_the_shares_cannot_be_told():
    assert share("markets.transactions_digital") == (0, 0)
    figure = kpis.get("markets.transactions_digital")
    assert figure.show(0, 0) == "không tính được"
