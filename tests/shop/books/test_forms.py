"""The books as forms: what stands in which row, and the sums."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.books import forms
from shop.books.forms import Heading, MoneyAccount, MoneyLine, RevenueGroup, RevenueLine, Row

HEADING = Heading("HTX Mèo Vạc", "Xã Tả Lủng", "5100123456", "Chợ phiên", "Quý 4 năm 2026")
DAY = date(2026, 10, 1)
SOLD = [
    RevenueLine(DAY, "Bán lẻ", 1_234_567, "HD1"),
    RevenueLine(date(2026, 10, 2), "Khách trả lại", -34_567, "HD2", href="/x"),
]
VND = st.integers(0, 10**13)
MOVES = st.lists(st.builds(MoneyLine, st.just(DAY), st.just("PT1"), st.text(), VND, VND))


def cells(rows):
    return [row.cells for row in rows]


def group(*amounts, vat="1", pit="0.5", free=0):
    lines = [RevenueLine(DAY, "Bán", amount) for amount in amounts]
    return RevenueGroup("Bán hàng", lines, Decimal(vat), Decimal(pit), free)


def taxes(form):
    """VAT and personal income tax of the whole book."""
    return tuple(row.cells[-1] for row in form.totals)


def test_s1a_lists_revenue_without_numbers_and_adds_it_up():
    form = forms.revenue_s1a(HEADING, iter(SOLD))
    assert (form.code, form.title) == ("S1a-HKD", "SỔ DOANH THU BÁN HÀNG HÓA, DỊCH VỤ")
    assert cells(form.rows) == [
        (DAY, "Bán lẻ", 1_234_567),
        (date(2026, 10, 2), "Khách trả lại", -34_567),
    ]
    assert [row.href for row in form.rows] == [None, "/x"]
    assert form.totals == (Row((None, "Tổng cộng", 1_200_000), bold=True),)
    assert [column.mark for column in form.columns] == ["A", "B", "1"]
    assert "152/2025/TT-BTC" in form.circular


def test_an_empty_revenue_book_adds_up_to_nothing():
    form = forms.revenue_s1a(HEADING, [])
    assert cells(form.rows) == []
    assert form.totals[0].cells == (None, "Tổng cộng", 0)


def test_s2a_shows_each_line_of_business_with_its_taxes():
    services = RevenueGroup("Dịch vụ", [], Decimal(5), Decimal(2))
    goods = RevenueGroup("Bán hàng", SOLD, Decimal(1), Decimal("0.5"))
    form = forms.revenue_s2a(HEADING, [goods, services])
    assert cells(form.rows) == [
        (None, None, "1. Ngành nghề: Bán hàng", None),
        ("HD1", DAY, "Bán lẻ", 1_234_567),
        ("HD2", date(2026, 10, 2), "Khách trả lại", -34_567),
        (None, None, "Tổng cộng (1)", 1_200_000),
        (None, None, "Thuế GTGT (1%)", 12_000),
        (None, None, "Thuế TNCN (0,5%)", 6_000),
        (None, None, "2. Ngành nghề: Dịch vụ", None),
        (None, None, "Tổng cộng (2)", 0),
        (None, None, "Thuế GTGT (5%)", 0),
        (None, None, "Thuế TNCN (2%)", 0),
    ]
    assert cells(form.totals) == [
        (None, None, "Tổng số thuế GTGT phải nộp", 12_000),
        (None, None, "Tổng số thuế TNCN phải nộp", 6_000),
    ]


@pytest.mark.parametrize(
    ("revenue", "vat", "pit"),
    [(1_234_567, 12_346, 6_173), (49, 0, 0), (50, 1, 0), (100, 1, 1), (-50, -1, 0)],
)
def test_a_tax_is_rounded_half_up_to_the_dong(revenue, vat, pit):
    assert taxes(forms.revenue_s2a(HEADING, [group(revenue)])) == (vat, pit)


def test_a_tax_is_computed_from_the_sum_of_a_group_not_line_by_line():
    assert taxes(forms.revenue_s2a(HEADING, [group(30, 30, 40)])) == (1, 1)
    # Two groups are two sums: each is rounded for itself.
    assert taxes(forms.revenue_s2a(HEADING, [group(50), group(50)])) == (2, 0)


def test_income_tax_leaves_a_part_of_revenue_free_but_vat_does_not():
    form = forms.revenue_s2a(HEADING, [group(700_000_000, free=500_000_000)])
    assert taxes(form) == (7_000_000, 1_000_000)
    words = "Thuế TNCN (0,5% của 200.000.000 doanh thu tính thuế)"
    assert form.rows[-1].cells == (None, None, words, 1_000_000)


@pytest.mark.parametrize(("revenue", "pit"), [(400, 0), (0, 0), (-400, -2)])
def test_a_free_part_larger_than_the_revenue_makes_no_negative_tax(revenue, pit):
    assert taxes(forms.revenue_s2a(HEADING, [group(revenue, free=500)]))[1] == pit


@pytest.mark.parametrize("percent", ["NaN", "Infinity", "-1", "100.01", "1e999999999"])
def test_what_is_no_percentage_is_refused(percent):
    with pytest.raises(ValueError, match="not a percentage"):
        forms.revenue_s2a(HEADING, [group(1, vat=percent)])
    with pytest.raises(ValueError, match="not a percentage"):
        forms.revenue_s2a(HEADING, [group(1, pit=percent)])


def test_s2e_shows_cash_first_then_each_bank_account_with_its_balances():
    bank = MoneyAccount("Vietcombank 1023", 500, [MoneyLine(DAY, "FT1", "Thu", 70)])
    till = MoneyAccount(
        "Quỹ", 100, [MoneyLine(DAY, "PT1", "Bán", 40), MoneyLine(DAY, "PC1", "Mua", 0, 15)], True
    )
    empty = MoneyAccount("Agribank 8200", 0, [])
    form = forms.money_s2e(HEADING, [bank, till, empty])
    assert cells(form.rows) == [
        (None, None, "Tiền mặt", None, None),
        (None, None, "Tiền mặt đầu kỳ", 100, None),
        ("PT1", DAY, "Bán", 40, None),
        ("PC1", DAY, "Mua", None, 15),
        (None, None, "Tổng tiền thu vào trong kỳ", 40, None),
        (None, None, "Tổng tiền chi ra trong kỳ", None, 15),
        (None, None, "Tiền mặt tồn cuối kỳ", 125, None),
        (None, None, "Tiền gửi không kỳ hạn", None, None),
        (None, None, "Vietcombank 1023", None, None),
        (None, None, "Tiền gửi đầu kỳ", 500, None),
        ("FT1", DAY, "Thu", 70, None),
        (None, None, "Tổng tiền gửi vào trong kỳ", 70, None),
        (None, None, "Tổng tiền rút ra trong kỳ", None, 0),
        (None, None, "Tiền gửi cuối kỳ", 570, None),
        (None, None, "Agribank 8200", None, None),
        (None, None, "Tiền gửi đầu kỳ", 0, None),
        (None, None, "Tổng tiền gửi vào trong kỳ", 0, None),
        (None, None, "Tổng tiền rút ra trong kỳ", None, 0),
        (None, None, "Tiền gửi cuối kỳ", 0, None),
    ]
    assert form.totals == ()
    assert form.heading.place is None


def test_s2e_of_who_has_no_bank_account_says_nothing_of_banks():
    form = forms.money_s2e(HEADING, [MoneyAccount("Quỹ", 0, [], True)])
    assert "Tiền gửi không kỳ hạn" not in [row.cells[2] for row in form.rows]
    assert forms.money_s2e(HEADING, []).rows == []


def test_the_income_and_expense_book_shows_what_is_left_after_each_line():
    lines = [MoneyLine(DAY, "PT1", "Bán", 40), MoneyLine(DAY, "PC1", "Mua", 0, 115, "/y")]
    form = forms.income_expense(HEADING, 100, iter(lines))
    assert (form.code, form.circular, form.name) == ("", "", "Sổ thu chi")
    assert cells(form.rows) == [
        (None, None, "Số dư đầu kỳ", None, None, 100),
        (DAY, "PT1", "Bán", 40, None, 140),
        (DAY, "PC1", "Mua", None, 115, 25),
    ]
    assert form.rows[-1].href == "/y"
    assert cells(form.totals) == [
        (None, None, "Cộng phát sinh trong kỳ", 40, 115, None),
        (None, None, "Số dư cuối kỳ", None, None, 25),
    ]


@given(st.integers(-(10**13), 10**13), MOVES)
def test_every_balance_is_the_one_before_with_what_came_and_went(opening, moves):
    form = forms.income_expense(HEADING, opening, moves)
    left = [row.cells[-1] for row in form.rows]
    assert left[0] == opening
    steps = [after - before for before, after in pairwise(left)]
    assert steps == [move.in_vnd - move.out_vnd for move in moves]
    sums, closing = form.totals
    assert opening + sums.cells[3] - sums.cells[4] == closing.cells[5] == left[-1]


@given(st.integers(-(10**13), 10**13), MOVES, st.booleans())
def test_every_account_closes_with_its_opening_and_its_sums(opening, moves, is_cash):
    form = forms.money_s2e(HEADING, [MoneyAccount("A", opening, moves, is_cash)])
    came, went, closing = form.rows[-3:]
    assert came.cells[3] == sum(move.in_vnd for move in moves)
    assert went.cells[4] == sum(move.out_vnd for move in moves)
    assert closing.cells[3] == opening + came.cells[3] - went.cells[4]


@pytest.mark.parametrize(
    "form",
    [
        forms.revenue_s1a(HEADING, SOLD),
        forms.revenue_s2a(HEADING, [group(1)]),
        forms.money_s2e(HEADING, [MoneyAccount("A", 0, [MoneyLine(DAY, "", "")])]),
        forms.income_expense(HEADING, 0, [MoneyLine(DAY, "", "")]),
    ],
    ids=lambda form: form.name,
)
def test_every_row_has_a_cell_for_each_column(form):
    assert {len(row.cells) for row in (*form.rows, *form.totals)} == {len(form.columns)}
