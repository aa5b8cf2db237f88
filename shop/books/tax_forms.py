"""The books of households that owe tax, as forms: revenue with VAT, costs, goods, other taxes.

Titles, columns and order as public programs have them (Circular 152/2025/TT-BTC, its own text was
not at hand); where they differ the docstring says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shop.books import forms
from shop.books.forms import Cell, Column, Form, Heading, RevenueGroup, Row


@dataclass(frozen=True)
class CostLine:
    """An expense of a Vietnamese day, in đồng; less than zero where it was undone."""

    on: date
    number: str
    text: str
    amount_vnd: int
    href: str | None = None


@dataclass(frozen=True)
class CostGroup:
    """The expenses of one kind, as the form groups them."""

    name: str
    lines: Sequence[CostLine]


@dataclass(frozen=True)
class GoodsLine:
    """One movement of a pack: `quantity` in (positive) or out, worth `value_vnd` of either sign.

    `left_vnd`: what then lies there is worth. None: no cost is known.
    """

    on: date
    number: str
    text: str
    quantity: Decimal
    value_vnd: int | None
    left_vnd: int | None


@dataclass(frozen=True)
class Goods:
    """A pack with what lay there before, and what it was worth (None: unknown)."""

    name: str
    unit: str
    opening: Decimal
    opening_vnd: int | None
    lines: Sequence[GoodsLine]


@dataclass(frozen=True)
class TaxLine:
    """A tax of a day: paid with a voucher, or withheld by whom took the money."""

    on: date
    number: str
    text: str
    paid_vnd: int
    withheld_vnd: int
    href: str | None = None


def revenue_s2b(heading: Heading, groups: Iterable[RevenueGroup]) -> Form:
    """S2b-HKD: revenue by line of business with VAT by percentage; income tax follows S2c."""
    rows: list[Row] = []
    vat_vnd = 0
    for number, group in enumerate(groups, 1):
        revenue_vnd = sum(line.amount_vnd for line in group.lines)
        vat = forms.tax_vnd(revenue_vnd, group.vat_percent)
        rows.append(_head(f"{number}. Ngành nghề: {group.name}"))
        rows += [
            Row((line.number, line.on, line.text, line.amount_vnd), href=line.href)
            for line in group.lines
        ]
        rows += [
            forms.last(f"Tổng cộng ({number})", revenue_vnd),
            forms.last(f"Thuế GTGT ({forms.percent(group.vat_percent)})", vat),
        ]
        vat_vnd += vat
    totals = (forms.last("Tổng số thuế GTGT phải nộp", vat_vnd),)
    return forms.prescribed(
        "S2b-HKD", forms.REVENUE_TITLE, heading, _amount_columns(), rows, totals
    )


def costs_s2c(heading: Heading, revenue_vnd: int, groups: Iterable[CostGroup]) -> Form:
    """S2c-HKD: revenue of the period, reasonable costs by kind, and the difference.

    Not certain: whether the form lists every voucher of a cost; here it does.
    """
    rows = [forms.last("1. Doanh thu bán hàng hóa, dịch vụ", revenue_vnd)]
    rows.append(_head("2. Chi phí hợp lý"))
    costs_vnd = 0
    for letter, group in zip("abcdđeghi", groups, strict=False):
        total = sum(line.amount_vnd for line in group.lines)
        rows += [
            Row((line.number, line.on, line.text, line.amount_vnd), href=line.href)
            for line in group.lines
        ]
        rows.append(forms.last(f"{letter}) {group.name}", total))
        costs_vnd += total
    totals = (
        forms.last("Cộng chi phí hợp lý", costs_vnd),
        forms.last("3. Chênh lệch (1 − 2)", revenue_vnd - costs_vnd),
    )
    title = "SỔ CHI TIẾT DOANH THU, CHI PHÍ"
    return forms.prescribed("S2c-HKD", title, heading, _amount_columns(), rows, totals)


def goods_s2d(heading: Heading, goods: Iterable[Goods]) -> Form:
    """S2d-HKD: what came, went and lies there of each pack, valued at the moving average cost.

    Where no cost is known the columns of value stay empty.
    """
    rows: list[Row] = []
    for each in goods:
        rows.append(_goods_row(f"{each.name}, {each.unit}", bold=True))
        left, worth = each.opening, each.opening_vnd
        rows.append(_goods_row("Tồn đầu kỳ", left=(left, worth), bold=True))
        for line in each.lines:
            left, worth = left + line.quantity, line.left_vnd
            moved = abs(line.quantity), None if line.value_vnd is None else abs(line.value_vnd)
            came = moved if line.quantity > 0 else None
            went = moved if line.quantity < 0 else None
            after = left, worth
            rows.append(
                _goods_row(line.text, line.number, line.on, came=came, went=went, left=after)
            )
        rows.append(_goods_row("Tồn cuối kỳ", left=(left, worth), bold=True))
    columns = (
        Column("Số hiệu", "text", 14, "Chứng từ", "A"),
        Column("Ngày, tháng", "date", 12, "Chứng từ", "B"),
        Column("Diễn giải", "text", 34, mark="C"),
        *(Column("Số lượng", "number", 11, group, mark) for group, mark in [("Nhập", "1")]),
        Column("Thành tiền", "money", 15, "Nhập", "2"),
        Column("Số lượng", "number", 11, "Xuất", "3"),
        Column("Thành tiền", "money", 15, "Xuất", "4"),
        Column("Số lượng", "number", 11, "Tồn", "5"),
        Column("Thành tiền", "money", 15, "Tồn", "6"),
    )
    title = "SỔ CHI TIẾT VẬT LIỆU, DỤNG CỤ, SẢN PHẨM, HÀNG HÓA"
    return forms.prescribed("S2d-HKD", title, heading, columns, rows, ())


_Moved = tuple[Decimal, int | None] | None


def _goods_row(
    words: str,
    number: str | None = None,
    on: date | None = None,
    *,
    came: _Moved = None,
    went: _Moved = None,
    left: _Moved = None,
    bold: bool = False,
) -> Row:
    empty: tuple[Cell, Cell] = (None, None)
    cells: tuple[Cell, ...] = (number, on, words, *(came or empty), *(went or empty))
    return Row((*cells, *(left or empty)), bold=bold)


def taxes_s3a(heading: Heading, lines: Iterable[TaxLine]) -> Form:
    """S3a-HKD: taxes besides those of the revenue books: paid with a voucher, or withheld.

    Not certain: the form has columns for goods under special taxes, which nobody sells here.
    """
    found = list(lines)
    rows = [
        Row(
            (line.number, line.on, line.text, line.paid_vnd or None, line.withheld_vnd or None),
            href=line.href,
        )
        for line in found
    ]
    paid, withheld = sum(x.paid_vnd for x in found), sum(x.withheld_vnd for x in found)
    total = Row((None, None, "Tổng cộng", paid, withheld), bold=True)
    columns = (
        Column("Số hiệu", "text", 15, "Chứng từ", "A"),
        Column("Ngày, tháng", "date", 13, "Chứng từ", "B"),
        Column("Diễn giải", "text", 45, mark="C"),
        Column("Đã nộp", "money", 17, "Số thuế", "1"),
        Column("Đã bị khấu trừ", "money", 17, "Số thuế", "2"),
    )
    title = "SỔ THEO DÕI NGHĨA VỤ THUẾ KHÁC"
    return forms.prescribed("S3a-HKD", title, heading, columns, rows, (total,))


def _head(words: str) -> Row:
    return Row((None, None, words, None), bold=True)


def _amount_columns() -> tuple[Column, ...]:
    return (*forms.document_columns(54), Column("Số tiền", "money", 18, mark="1"))
