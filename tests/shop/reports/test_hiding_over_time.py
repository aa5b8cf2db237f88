"""A hidden month cannot be reckoned from its quarter, half or year and the months shown beside it.

Months are mailed and frozen before their quarter is over, so it is the longer period that hides.
"""

from datetime import date, timedelta
from fractions import Fraction
from io import BytesIO

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis.strategies import composite, frozensets, integers, lists, sampled_from
from openpyxl import load_workbook

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.reports import consents, hiding, kpis, sheets
from shop.reports.kpis import Cell, Measured
from tests import make_markets, make_reports
from tests.shop.reports.conftest import PHU_LUONG, TAN_CUONG

pytestmark = pytest.mark.usefixtures("november")
HOME = "/so-lieu/vung/19"
IN_MONTH = "có tháng dưới 5 đơn vị, không nêu"
SALES = "orders.transactions"


def sellers(month, many, commune=TAN_CUONG, orders=1):
    found = [make_reports.seller(commune) for _seller in range(many)]
    at = make_reports.OCTOBER.replace(month=month)
    for seller in found:
        for _order in range(orders):
            make_reports.order(seller, at=at)
    db.session.commit()
    return found


def told(person, word, name=SALES):
    """What the page of a figure says of the region."""
    page = person.get(f"{HOME}/{word}/{name}").text
    return page.split('class="figure-value">')[1].split("<")[0].strip()


def test_a_quarter_is_hidden_where_one_of_its_months_is(official):
    person = official("19")
    sellers(7, 3)
    sellers(8, 6)
    sellers(9, 8)
    shown = [told(person, word) for word in ("2026-07", "2026-08", "2026-09", "2026-Q3")]
    assert shown == ["dưới 5 đơn vị, không nêu", "6 giao dịch", "8 giao dịch", IN_MONTH]


def test_a_quarter_hides_at_once_where_a_month_does_since_a_consent_ended(official):
    """Else the quarter less its other months were what one seller sold in the first."""
    person = official("19")
    (seller,) = sellers(7, 1)
    consents.give(SYSTEM, seller.id, seller.name)
    sellers(8, 6)
    sellers(9, 8)
    assert [told(person, word) for word in ("2026-07", "2026-Q3")] == [
        "1 giao dịch",
        "15 giao dịch",
    ]
    with clock.at(clock.now() + timedelta(minutes=1)):
        consents.end(SYSTEM, seller.id, seller.name)
        db.session.commit()
        assert told(person, "2026-Q3") == IN_MONTH
        assert told(person, "2026-07") == "dưới 5 đơn vị, không nêu"


def test_a_booth_that_tells_of_its_cash_in_one_month_is_told_of_in_that_month_alone(database):
    """Else the quarter less its months were what one booth sold in the others."""
    market, name = make_markets.market(), "markets.transactions_digital"
    rows = [
        make_markets.booth(
            market,
            number=f"A{number}",
            seller=make_reports.seller(PHU_LUONG),
            opened_on=date(2026, 6, 1),
        )
        for number in range(7)
    ]

    def sold(booth, month, pay_by, many=1):
        at = make_reports.OCTOBER.replace(month=month)
        paid = {"pay_by": pay_by, "paid_vnd": 100_000, "paid_at": at, "state": "completed"}
        for _sale in range(many):
            make_reports.order(booth.seller, at=at, source=booth.source, **paid)

    for month in (7, 8, 9):
        for booth in rows:
            sold(booth, month, "cashless", many=12 if booth is rows[0] else 1)
            if booth is not rows[0] or month == 9:
                sold(booth, month, "cash")
    found = [
        kpis.measure(kpis.get(name), make_reports.scope("19", word)).total
        for word in ("2026-07", "2026-08", "2026-09", "2026-Q3")
    ]
    assert [(cell.top, cell.bottom) for cell in found] == [(6, 12), (6, 12), (18, 25), (30, 49)]
    untold = kpis.get("markets.cash_untold")
    scopes = [make_reports.scope("19", word) for word in ("2026-07", "2026-09", "2026-Q3")]
    assert [kpis.measure(untold, scope).total.top for scope in scopes] == [1, 0, 1]


def test_so_are_nine_months_and_the_year(official):
    person = official("19")
    sellers(2, 3)
    sellers(8, 6)
    words = ("2026-9T", "2026", "2026-Q3")
    assert [told(person, word) for word in words] == [IN_MONTH, IN_MONTH, "6 giao dịch"]


def test_a_commune_hidden_in_a_month_is_hidden_in_the_quarter_and_the_region_is_not(official):
    person = official("19")
    for month, many in ((7, 2), (8, 7), (9, 7)):
        sellers(month, many)
        sellers(month, 9, PHU_LUONG)
    page = person.get(f"{HOME}/2026-Q3/{SALES}").text
    assert told(person, "2026-Q3") == "43 giao dịch"
    # Phú Lương went with Tân Cương in July, so that July could not be told from the total.
    assert "Không nêu số của 2 nơi" in page
    assert told(person, "2026-08") == "16 giao dịch"


def test_it_is_hidden_on_paper_in_the_spreadsheet_and_beside_other_periods(official):
    person = official("19")
    sellers(7, 3, orders=41)
    sellers(8, 6)
    book = load_workbook(BytesIO(person.get(f"{HOME}/2026-Q3/so-lieu.xlsx").data))
    words = str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])
    pdf = pypdfium2.PdfDocument(person.get(f"{HOME}/2026-Q3/tom-tat.pdf").data)
    words += " ".join(page.get_textpage().get_text_range() for page in pdf)
    words += person.get(f"{HOME}/2026-Q3").text
    words += person.get(f"{HOME}/qua-cac-ky?ky=2026-Q2&ky=2026-Q3").text
    assert "129 giao dịch" not in words
    assert words.count(IN_MONTH) >= 4


def test_a_quarter_that_was_frozen_hides_it_too(official, cast):
    sellers(7, 3)
    sellers(8, 6)
    scope = make_reports.scope(word="2026-Q3")
    sheet = sheets.freeze(SYSTEM, scope)
    db.session.commit()
    person = official("19")
    for path in ("", "/tinh-lai"):
        page = person.get(f"/so-lieu/ban-chot/{sheet.ref}{path}").text
        assert "9 giao dịch" not in page
        assert IN_MONTH in page


def test_a_month_that_was_frozen_hidden_stays_hidden_in_its_quarter(official):
    """Later the sellers agree to be seen, but the frozen month still hides what it did."""
    few = sellers(7, 3)
    sellers(8, 6)
    sheets.freeze(SYSTEM, make_reports.scope(word="2026-07"))
    for seller in few:
        consents.give(SYSTEM, seller.id, seller.name)
    db.session.commit()
    person = official("19")
    assert told(person, "2026-07") == "3 giao dịch"
    assert told(person, "2026-Q3") == IN_MONTH


def test_who_sees_all_sees_the_quarter(cast):
    sellers(7, 3)
    sellers(8, 6)
    assert told(cast.administrator, "2026-Q3") == "9 giao dịch"


def test_what_does_not_add_up_over_months_is_not_hidden_for_their_sake(official):
    """A seller counts once in a quarter: it is not the sum of the months."""
    few, many = sellers(7, 3), sellers(8, 6)
    for seller in few + many:
        make_reports.product(seller)
    db.session.commit()
    assert told(official("19"), "2026-Q3", "orders.selling_sellers") == "9 người bán"


def test_a_day_is_reckoned_of_the_quarter_so_far(official):
    """October is hidden; the quarter that runs may not give it away either."""
    person = official("19")
    sellers(10, 3)
    sellers(11, 6)
    assert [told(person, word) for word in ("2026-11", "2026-Q4")] == ["6 giao dịch", IN_MONTH]


# Sellers of three communes and two kinds, whose sales are counted by month, commune and kind.
COMMUNES, KINDS = "abc", "xy"
LEAVES = [(month, c, k) for month in range(1, 13) for c in COMMUNES for k in KINDS]
PERIODS = [
    *((month,) for month in range(1, 13)),
    *(tuple(range(first, first + 3)) for first in (1, 4, 7, 10)),
    *(tuple(range(1, last + 1)) for last in (6, 9, 12)),
]
WORDS = [("", ""), *((c, "") for c in COMMUNES), *(("", k) for k in KINDS)]


@composite
def years(draw):
    """Who sold in each month, commune and kind: mostly many, sometimes few or nobody."""
    many, few = frozensets(integers(0, 9), min_size=5), frozensets(integers(0, 9), max_size=5)
    rare = draw(frozensets(sampled_from(LEAVES), max_size=8))
    usual = draw(lists(many, min_size=6, max_size=6))
    return {leaf: draw(few) if leaf in rare else usual[at % 6] for at, leaf in enumerate(LEAVES)}


def inside(months, word):
    """The leaves that are summed in a number of some months."""
    commune, kind = word
    return [
        (m, c, k) for m, c, k in LEAVES if m in months and commune in ("", c) and kind in ("", k)
    ]


def counted(year, months):
    """The figure of some months: a sale for each month in which a seller sold."""

    def cell(word):
        leaves = inside(months, word)
        people = {(c, k, one) for month, c, k in leaves for one in year[month, c, k]}
        sold = sum(len(year[leaf]) for leaf in leaves)
        return Cell("".join(word), sold, None, len(people), len(people))

    total, *parts = map(cell, WORDS)
    return Measured(SALES, total, tuple(parts[:3]), tuple(parts[3:]))


def shown(year):
    """Every number of the year that an official may open, as (months, word)."""
    figure = kpis.get(SALES)
    found = {months: counted(year, months) for months in PERIODS}
    for months, measured in found.items():
        parts = months if len(months) > 1 else ()
        inside = [hiding.own(figure, found[(month,)]) for month in parts]
        away = hiding.away(figure, measured, inside)
        hidden = {*away.communes, *away.splits, *([""] if away.total else [])}
        yield from ((months, word) for word in WORDS if "".join(word) not in hidden)


@settings(max_examples=60, deadline=None)
@given(years())
def test_no_hidden_number_is_a_sum_or_difference_of_shown_ones(year):
    """Whatever is added to and taken from what can be opened in a year, no hidden cell results."""
    seen = set(shown(year))
    basis = {}
    for number in seen:
        _reduce(_form(number), basis, keep=True)
    hidden = [(months, word) for months in PERIODS for word in WORDS if (months, word) not in seen]
    assert [number for number in hidden if not _reduce(_form(number), basis)] == []


def _form(number):
    return {leaf: Fraction(1) for leaf in inside(*number)}


def _reduce(form, basis, *, keep=False):
    """What remains of a sum of leaves when known ones are taken from it; nothing: it is known."""
    form = dict(form)
    while form:
        first = min(form)
        known = basis.get(first)
        if known is None:
            if keep:
                basis[first] = {leaf: times / form[first] for leaf, times in form.items()}
            return form
        often = form[first]
        for leaf, times in known.items():
            form[leaf] = form.get(leaf, 0) - often * times
        form = {leaf: times for leaf, times in form.items() if times}
    return form
