"""The households' tax books: limits as dated data, revenue, costs, goods and other taxes."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from shop import clock
from shop.books import kinds, projections, taxation, taxbooks
from shop.database import db
from shop.inventory import stock
from shop.ledger import accounts, entries
from shop.ledger.models import Kind
from shop.sellers.models import SellerKind
from tests import make

TODAY = clock.today()
FIRST = TODAY.replace(day=1)
BOOKS = "/ban-hang/so-sach"


@pytest.fixture
def seller(cast):
    cast.ours.seller.kind = SellerKind.HOUSEHOLD
    return cast.ours.seller


def post(seller, account, amount_vnd, on=TODAY, key="k"):
    """`amount_vnd` on an account, against cash."""
    postings = {account: amount_vnd, accounts.CASH: -amount_vnd}
    return entries.post(seller.id, postings, key=key, kind=Kind.CASH, on=on, text="thử", by="Ai đó")


def sums(form):
    return {row.cells[2]: row.cells[3] for row in [*form.rows, *form.totals] if row.bold}


def form(name, seller, first=FIRST, last=TODAY):
    return kinds.form(name, seller, first, last)


@pytest.mark.parametrize(
    ("revenue_vnd", "forms"),
    [
        (0, ("S1a-HKD",)),
        (1_000_000_000, ("S1a-HKD",)),
        (1_000_000_001, ("S2a-HKD", "S2e-HKD")),
        (3_000_000_001, ("S2b-HKD", "S2c-HKD", "S2d-HKD", "S2e-HKD")),
        (90_000_000_000, ("S2b-HKD", "S2c-HKD", "S2d-HKD", "S2e-HKD")),
    ],
)
def test_the_band_of_a_years_revenue_names_its_books(seller, revenue_vnd, forms):
    if revenue_vnd:
        post(seller, accounts.SALES, -revenue_vnd)
    standing = taxation.standing(seller, TODAY)
    assert (standing.revenue_vnd, standing.band.forms) == (revenue_vnd, forms)


def test_last_years_revenue_does_not_count_and_returns_are_taken_off(seller):
    post(seller, accounts.SALES, -500_000, on=TODAY.replace(month=1, day=1) - timedelta(1), key="a")
    post(seller, accounts.SALES, -300_000, key="b")
    post(seller, accounts.RETURNS, 100_000, key="c")
    assert taxation.standing(seller, TODAY).revenue_vnd == 200_000


def test_a_limit_that_is_near_is_said_with_its_source(cast, seller):
    post(seller, accounts.SALES, -850_000_000)
    page = cast.ours.get(f"{BOOKS}/{seller.ref}").text
    assert "85 % của mức 1.000.000.000" in page
    assert "Sắp qua mức" in page
    assert "S1a-HKD" in page
    assert "Thông tư 152/2025/TT-BTC" in page


def test_a_cooperative_reads_that_its_books_are_others(cast):
    assert "Thông tư 71/2024/TT-BTC" in cast.ours.get(f"{BOOKS}/{cast.ours.seller.ref}").text


def test_an_operator_names_other_limits_by_day(seller, database, monkeypatch, tmp_path):
    row = json.loads(taxation._OURS.read_text("utf-8"))["rules"][0]
    low = row["bands"][0] | {"up_to_vnd": 500_000_000}
    other = row | {"valid_from": "2027-01-01", "bands": [low, *row["bands"][1:]]}
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rules": [other, row]}))
    named = replace(database.config["SETTINGS"], household_tax_rules=path)
    monkeypatch.setitem(database.config, "SETTINGS", named)
    assert taxation.rules(date(2026, 12, 31)).bands[0].up_to_vnd == 1_000_000_000
    assert taxation.rules(date(2027, 1, 1)).bands[0].up_to_vnd == 500_000_000


def test_s2a_and_s2b_reckon_the_tax_of_the_revenue(seller):
    post(seller, accounts.SALES, -1_500_000_000, key="a")
    post(seller, accounts.TAX_WITHHELD, 5_000, key="b")
    s2a = sums(form("doanh-thu-thue", seller))
    assert s2a["Tổng số thuế GTGT phải nộp"] == 15_000_000
    # Of 1.5 billion the first billion of the year is free of income tax: 0.5 % of the rest.
    assert s2a["Tổng số thuế TNCN phải nộp"] == 2_500_000
    assert s2a["Trong đó sàn đã khấu trừ, nộp thay"] == 5_000
    assert sums(form("doanh-thu-gtgt", seller))["Tổng số thuế GTGT phải nộp"] == 15_000_000


def test_below_the_years_limit_s2a_asks_for_no_tax(seller):
    post(seller, accounts.SALES, -980_000_000, key="a")
    s2a = sums(form("doanh-thu-thue", seller))
    assert s2a["Tổng số thuế GTGT phải nộp"] == 0
    assert s2a["Tổng số thuế TNCN phải nộp"] == 0


def test_what_is_free_in_a_year_is_used_up_by_its_first_months(seller):
    january = TODAY.replace(month=1, day=1)
    post(seller, accounts.SALES, -900_000_000, key="a", on=january)
    post(seller, accounts.SALES, -300_000_000, key="b", on=january + timedelta(days=1))
    later = taxation.free(seller, january + timedelta(days=1), january + timedelta(days=1))
    assert later == {"vat_free": False, "pit_free_vnd": 100_000_000}


def test_the_line_of_business_gives_the_rates(cast, seller):
    post(seller, accounts.SALES, -1_001_000_000, key="a")
    url = f"{BOOKS}/{seller.ref}/nganh-nghe"
    cast.ours.post(url, {"business": "production"})
    s2a = sums(form("doanh-thu-thue", seller))
    assert s2a["Tổng số thuế GTGT phải nộp"] == 30_030_000
    assert s2a["Tổng số thuế TNCN phải nộp"] == 15_000
    assert "Chọn một mục" in cast.ours.post(url, {"business": "x"}, follow_redirects=True).text
    assert cast.theirs.post(url, {"business": "goods"}).status_code == 404


def test_s2c_groups_costs_and_leaves_taxes_out(seller):
    post(seller, accounts.SALES, -1_000_000, key="a")
    for number, (account, amount) in enumerate(
        [
            (accounts.expense("goods"), 300_000),
            (accounts.expense("wages"), 100_000),
            (accounts.FEES, 20_000),
            (accounts.expense("other"), 5_000),
            (accounts.expense("tax"), 9_000),
        ]
    ):
        post(seller, account, amount, key=f"c{number}")
    found = sums(form("chi-phi", seller))
    assert found["Cộng chi phí hợp lý"] == 425_000
    assert found["3. Chênh lệch (1 − 2)"] == 575_000
    assert found["b) Chi phí nhân công"] == 100_000


def test_s3a_lists_taxes_paid_and_withheld(seller):
    post(seller, accounts.expense("tax"), 9_000, key="a")
    post(seller, accounts.TAX_WITHHELD, 5_000, key="b")
    post(seller, accounts.TAX_WITHHELD, -1_000, key="c")
    assert form("thue-khac", seller).totals[0].cells[3:] == (9_000, 4_000)


def test_s2d_values_goods_at_the_moving_average(seller):
    pack = make.variant(make.product(seller), on_hand=0)
    stock.receive(pack.id, Decimal(10), source="a", unit_cost_vnd=1_000)
    stock.receive(pack.id, Decimal(10), source="b", unit_cost_vnd=2_000)
    stock.sell(pack.id, Decimal(5), source="order:OCPW5T7RN")
    stock.receive(pack.id, Decimal(5), source="c")
    (goods,) = taxbooks.goods(seller.id, FIRST, TODAY)
    assert [line.value_vnd for line in goods.lines] == [10_000, 20_000, -7_500, 7_500]
    assert [line.number for line in goods.lines] == ["", "", "OCPW5T7RN", ""]
    last = form("hang-hoa", seller).rows[-1].cells
    assert last[-2:] == (Decimal(20), 30_000)


def test_goods_that_lay_there_without_a_cost_are_valued_in_a_row_of_their_own(seller):
    pack = make.variant(make.product(seller), on_hand=40)
    stock.receive(pack.id, Decimal(500), source="a", unit_cost_vnd=30_000)
    (goods,) = taxbooks.goods(seller.id, FIRST, TODAY)
    assert [(line.quantity, line.value_vnd, line.left_vnd) for line in goods.lines] == [
        (Decimal(40), None, None),
        (Decimal(0), 1_200_000, 1_200_000),
        (Decimal(500), 15_000_000, 16_200_000),
    ]


def test_without_a_cost_there_is_no_value(seller):
    make.variant(make.product(seller), on_hand=7)
    (goods,) = taxbooks.goods(seller.id, FIRST, TODAY)
    assert [(line.quantity, line.value_vnd) for line in goods.lines] == [(Decimal(7), None)]


@examples(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["in", "out", "unknown"]), st.integers(1, 9), st.integers(0, 99_999)
        ),
        max_size=12,
    )
)
def test_what_lies_there_is_worth_nothing_less_than_nothing(app, moves):
    with app.app_context():
        try:
            seller = make.seller()
            pack = make.variant(make.product(seller), on_hand=0)
            left = Decimal(0)
            for number, (what, many, cost) in enumerate(moves):
                if what == "out":
                    many = min(many, int(left))
                    if many:
                        stock.sell(pack.id, Decimal(many), source=f"order:{pack.id}:{number}")
                    left -= many
                    continue
                known = {"unit_cost_vnd": cost} if what == "in" else {}
                stock.receive(pack.id, Decimal(many), source=f"m{pack.id}:{number}", **known)
                left += many
            for goods in taxbooks.goods(seller.id, FIRST, TODAY):
                assert sum(line.quantity for line in goods.lines) == left
                known = [line.value_vnd for line in goods.lines if line.value_vnd is not None]
                if left == 0:
                    assert sum(known) == 0
                assert sum(known) >= 0
        finally:
            db.session.rollback()


@pytest.mark.parametrize(
    "name", ["doanh-thu-thue", "doanh-thu-gtgt", "chi-phi", "hang-hoa", "thue-khac"]
)
def test_each_is_a_page_a_workbook_and_a_paper(cast, seller, name):
    row = entries.post(
        seller.id,
        {accounts.SALES: -1_000_000, accounts.CASH: 1_000_000},
        key="a",
        kind=Kind.CASH,
        on=TODAY,
        text="Bán chè",
        by="Ai đó",
    )
    post(seller, accounts.expense("tax"), 9_000, key="b")
    make.variant(make.product(seller), on_hand=7)
    db.session.commit()
    url = f"{BOOKS}/{seller.ref}/so/{name}"
    page = cast.ours.get(url)
    assert page.status_code == 200
    if name.startswith("doanh-thu"):
        ref = db.session.get(projections.Entry, row).ref
        assert f"/but-toan/{ref}" in page.text
    assert cast.ours.get(f"{url}.xlsx").data[:2] == b"PK"
    assert cast.ours.get(f"{url}.pdf").data[:4] == b"%PDF"
    assert cast.theirs.get(url).status_code == 404


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(0, 10**12))
def test_every_day_and_amount_has_one_band(database_rules, on, revenue_vnd):
    rules = database_rules(on)
    found = taxation.band(rules, revenue_vnd)
    assert found.up_to_vnd is None or revenue_vnd <= found.up_to_vnd


@pytest.fixture(scope="module")
def database_rules(app):
    def rules(on):
        with app.app_context():
            return taxation.rules(on)

    return rules
