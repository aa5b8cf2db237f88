"""A frozen sheet never changes, and reckoned again it gives the same numbers or says why not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import InternalError, ProgrammingError

from shop import clock, periods
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.orders.models import Order, State
from shop.reports import kpis, nights, sheets
from shop.reports.errors import StillRunning
from shop.reports.models import Sheet
from tests import make_reports
from tests.shop.reports.conftest import NOW

pytestmark = pytest.mark.usefixtures("november")


def frozen(orders=3):
    seller = make_reports.seller()
    for _order in range(orders):
        make_reports.order(seller)
    return seller, sheets.freeze(SYSTEM, make_reports.scope())


def test_a_sale_noted_while_a_page_reckons_its_sheet_is_counted_in_the_next_night(monkeypatch):
    for _seller in range(6):
        make_reports.order(make_reports.seller())
    late, real = make_reports.seller(), kpis.every
    nights.carry()

    def slow(scope, **more):
        found = real(scope, **more)
        make_reports.order(late)
        nights.carry()
        return found

    monkeypatch.setattr(kpis, "every", slow)
    scope = make_reports.scope()
    sheets.of_the_day(scope)
    monkeypatch.setattr(kpis, "every", real)
    with clock.at(NOW + timedelta(days=1)):
        nights.carry()
        nights.keep([scope])
        row = db.session.scalars(select(Sheet).execution_options(populate_existing=True)).one()
        assert sheets.measured(row)["orders.transactions"].total.top == 7


def test_an_old_year_is_reckoned_once_with_its_months(monkeypatch):
    scope = make_reports.scope("19", "2024")
    sheets.of_the_day(scope)
    monkeypatch.setattr(kpis, "measure", lambda *_said, **_more: pytest.fail("reckoned anew"))
    sheets.of_the_day(scope)
    assert sheets.in_months(scope).keys() >= {"orders.transactions"}
    assert db.session.scalar(select(func.count(Sheet.id))) == 13


def differing(sheet):
    return sorted(check.figure.name for check in sheets.again(sheet) if not check.same_rows)


def test_reckoned_again_it_comes_to_the_same_from_the_same_rows():
    _seller, sheet = frozen()
    with clock.at(NOW + timedelta(40)):
        checks = sheets.again(sheet)
    assert all(check.same and check.same_rows for check in checks)
    assert (sheet.area_code, sheet.period, sheet.taken_at) == ("19", "2026-10", NOW)


def test_a_sale_that_came_late_is_told_and_the_frozen_number_stays():
    seller, sheet = frozen()
    make_reports.order(seller, vnd=500_000)
    db.session.expire_all()
    checks = {check.figure.name: check for check in sheets.again(sheet)}
    value = checks["orders.value"]
    assert (value.then.total.top, value.today.total.top) == (300_000, 800_000)
    assert (value.same, value.same_rows) == (False, False)
    assert sheets.measured(sheet)["orders.value"].total.top == 300_000
    assert checks["sellers.passed"].same_rows


def test_the_same_number_from_other_rows_is_told():
    seller, sheet = frozen()
    order = db.session.scalars(select(Order).limit(1)).one()
    order.state = State.CANCELLED
    make_reports.order(seller)
    found = {check.figure.name: check for check in sheets.again(sheet)}["orders.transactions"]
    assert (found.same, found.same_rows) == (True, False)


def test_what_comes_after_the_period_changes_nothing():
    seller, sheet = frozen()
    make_reports.order(seller, at=NOW)
    assert differing(sheet) == []


def test_a_period_that_is_not_over_is_not_frozen():
    with pytest.raises(StillRunning, match="Tháng 11 năm 2026 chưa hết"):
        sheets.freeze(SYSTEM, make_reports.scope(word="2026-11"))
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE figure_sheets SET values = '{}' WHERE id = :id",
        "DELETE FROM figure_sheets WHERE id = :id",
    ],
)
def test_the_database_refuses_to_change_a_frozen_sheet(statement):
    _seller, sheet = frozen()
    with pytest.raises((InternalError, ProgrammingError)), db.session.begin_nested():
        db.session.execute(text(statement), {"id": sheet.id})


def test_the_nightly_sheet_is_written_over():
    scope = make_reports.scope()
    seller = make_reports.seller()
    for many in (1, 2):
        make_reports.order(seller)
        sheets.keep(scope)
        db.session.expire_all()
        kept = sheets.now(scope)
        assert sheets.measured(kept)["orders.transactions"].total.top == many
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 1


def test_without_a_nightly_sheet_it_is_reckoned_now_and_not_kept():
    make_reports.order(make_reports.seller())
    found = sheets.now(make_reports.scope())
    assert sheets.measured(found)["orders.transactions"].total.top == 1
    db.session.flush()
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 0


def test_at_night_what_the_pages_offer_is_due_once_a_day():
    due = [(s.region.code, s.period.word) for s in sheets.due(["19", "khong-co", "19"])]
    assert due == [("19", period.word) for period in periods.choices()]
    for scope in sheets.due(["19"]):
        sheets.write(scope, {})
    assert sheets.due(["19"]) == []
    with clock.at(NOW + timedelta(1)):
        assert len(sheets.due(["19"])) == len(due)


def test_a_sheet_says_what_it_hides_and_one_of_before_it_did_so_still_does():
    make_reports.order(make_reports.seller())
    scope = make_reports.scope()
    sheets.keep(scope)
    year = make_reports.scope(word="2026")
    told = sheets.in_months(year)["orders.value"]
    assert [away.total for away in told].count(True) == 1
    db.session.execute(update(Sheet).values(hidden=None))
    assert sheets.in_months(year)["orders.value"] == told
