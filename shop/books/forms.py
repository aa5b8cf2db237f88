"""The books as forms to print or to hand in: columns, rows and sums, before Excel or paper.

The words are Vietnamese whatever language the reader chose: books are kept in Vietnamese (Law on
Accounting 88/2015/QH13, article 11).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from shop import money, quantities

Cell = str | int | Decimal | date | None
Kind = Literal["text", "date", "number", "money"]

TT152 = (
    "(Kèm theo Thông tư số 152/2025/TT-BTC ngày 31 tháng 12 năm 2025 của Bộ trưởng Bộ Tài chính)"
)
_LONGEST_NAME = 31  # of a sheet of a workbook
REPRESENTATIVE = "NGƯỜI ĐẠI DIỆN HỘ KINH DOANH/\nCÁ NHÂN KINH DOANH"
REVENUE_TITLE = "SỔ DOANH THU BÁN HÀNG HÓA, DỊCH VỤ"

_WIDE = 110


@dataclass(frozen=True)
class Heading:
    """Whose book and of which time; what is empty is left to be filled in by hand.

    `place`: where the business is, None where the form has no line for it. `period_text` as people
    say it, such as "Quý 4 năm 2026".
    """

    seller_name: str
    address: str
    tax_code: str
    place: str | None
    period_text: str
    unit: str = "đồng"


@dataclass(frozen=True)
class Column:
    """`width` in letters. `group`: the title above those of neighbouring columns of the same group.

    `mark`: what the form calls the column in the line under the titles (A, B, C, 1, 2).
    """

    title: str
    kind: Kind
    width: int
    group: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """A cell for each column: text, a Vietnamese day, đồng, a quantity, or None where empty."""

    cells: tuple[Cell, ...]
    bold: bool = False
    href: str | None = None


@dataclass(frozen=True)
class Form:
    """A book ready to be shown. `code`: number of the form, "" for one that no law prescribes.

    `signatures`: roles from left to right, line breaks in them are kept; the last one stamps.
    """

    code: str
    title: str
    circular: str
    heading: Heading
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    totals: tuple[Row, ...]
    signatures: tuple[str, ...]

    @property
    def is_wide(self) -> bool:
        """Whether the columns need a sheet on its side."""
        return sum(column.width for column in self.columns) > _WIDE

    @property
    def name(self) -> str:
        """A short name, for a sheet or a file."""
        return self.code or self.title.capitalize()[:_LONGEST_NAME].rstrip(" ,")


@dataclass(frozen=True)
class RevenueLine:
    """Revenue of one Vietnamese day or document, in đồng; negative for goods that came back."""

    on: date
    text: str
    amount_vnd: int
    number: str = ""
    href: str | None = None


@dataclass(frozen=True)
class RevenueGroup:
    """The revenue of one line of business, and what it is taxed, in percent (1 is 1 %).

    `vat_free`: the year's revenue is below what owes VAT. `pit_free_vnd`: the part of this revenue
    that personal income tax leaves free; how a year's free
    amount is shared between groups and periods is for the caller to know.
    """

    name: str
    lines: Sequence[RevenueLine]
    vat_percent: Decimal
    pit_percent: Decimal
    pit_free_vnd: int = 0
    vat_free: bool = False


@dataclass(frozen=True)
class MoneyLine:
    """Money that came or went on a Vietnamese day, in đồng. `number`: of the document."""

    on: date
    number: str
    text: str
    in_vnd: int = 0
    out_vnd: int = 0
    href: str | None = None


@dataclass(frozen=True)
class MoneyAccount:
    """A till, or an account at a bank, with what it held before the first line, in đồng."""

    name: str
    opening_vnd: int
    lines: Sequence[MoneyLine]
    is_cash: bool = False


def revenue_s1a(heading: Heading, lines: Iterable[RevenueLine]) -> Form:
    """S1a-HKD: revenue of a household that owes neither VAT nor personal income tax.

    The form has no column for numbers of documents, so a line's number is not shown. Titles and
    marks agree in several public programs; the text of the circular itself was not at hand.
    """
    lines = list(lines)
    columns = (
        Column("Ngày tháng", "date", 13, mark="A"),
        Column("Diễn giải", "text", 60, mark="B"),
        Column("Số tiền", "money", 20, mark="1"),
    )
    rows = [Row((line.on, line.text, line.amount_vnd), href=line.href) for line in lines]
    total = Row((None, "Tổng cộng", _revenue(lines)), bold=True)
    return prescribed("S1a-HKD", REVENUE_TITLE, heading, columns, rows, (total,))


def revenue_s2a(heading: Heading, groups: Iterable[RevenueGroup], withheld_vnd: int = 0) -> Form:
    """S2a-HKD: revenue by line of business, with VAT and personal income tax by percentage.

    `withheld_vnd`: what marketplaces and collectors withheld of both already; a line of ours.

    A tax is computed once for a group, from its sum, and rounded half up to the đồng; the sums at
    the end add the rounded amounts. Raises ValueError for a percentage that is none.
    Not certain: the percentages in the tax lines are ours, the form prints only the tax's name.
    """
    rows: list[Row] = []
    vat_vnd = pit_vnd = 0
    for number, group in enumerate(groups, 1):
        revenue_vnd = _revenue(group.lines)
        taxable_vnd = max(revenue_vnd - group.pit_free_vnd, min(revenue_vnd, 0))
        vat = 0 if group.vat_free else tax_vnd(revenue_vnd, group.vat_percent)
        pit = tax_vnd(taxable_vnd, group.pit_percent)
        rows.append(Row((None, None, f"{number}. Ngành nghề: {group.name}", None), bold=True))
        rows += [
            Row((line.number, line.on, line.text, line.amount_vnd), href=line.href)
            for line in group.lines
        ]
        rows += [
            last(f"Tổng cộng ({number})", revenue_vnd),
            last(_vat_words(group), vat),
            last(_pit_words(group.pit_percent, revenue_vnd, taxable_vnd), pit),
        ]
        vat_vnd, pit_vnd = vat_vnd + vat, pit_vnd + pit
    totals: tuple[Row, ...] = (
        last("Tổng số thuế GTGT phải nộp", vat_vnd),
        last("Tổng số thuế TNCN phải nộp", pit_vnd),
    )
    if withheld_vnd:
        totals += (last("Trong đó sàn đã khấu trừ, nộp thay", withheld_vnd),)
    columns = (*document_columns(54), Column("Số tiền", "money", 18, mark="1"))
    return prescribed("S2a-HKD", REVENUE_TITLE, heading, columns, rows, totals)


def last(words: str, amount_vnd: int) -> Row:
    """A bold row of words and an amount, at the end of a part of a book."""
    return Row((None, None, words, amount_vnd), bold=True)


def _revenue(lines: Iterable[RevenueLine]) -> int:
    return sum(line.amount_vnd for line in lines)


def tax_vnd(base_vnd: int, percent: Decimal) -> int:
    """So many percent of an amount, half up to the đồng. Raises ValueError."""
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise ValueError(f"not a percentage: {percent}")
    return int((base_vnd * percent / 100).quantize(Decimal(1), ROUND_HALF_UP))


def percent(rate: Decimal) -> str:
    """0,5% as forms write it."""
    return f"{quantities.show(rate)}%"


def _vat_words(group: RevenueGroup) -> str:
    if group.vat_free:
        return "Thuế GTGT (doanh thu năm chưa qua mức phải nộp)"
    return f"Thuế GTGT ({percent(group.vat_percent)})"


def _pit_words(rate: Decimal, revenue_vnd: int, taxable_vnd: int) -> str:
    if taxable_vnd == revenue_vnd:
        return f"Thuế TNCN ({percent(rate)})"
    return f"Thuế TNCN ({percent(rate)} của {plain_money(taxable_vnd)} doanh thu tính thuế)"


def money_s2e(heading: Heading, accounts: Iterable[MoneyAccount]) -> Form:
    """S2e-HKD: cash first, then each bank account: opening, what came and went, sums, closing.

    Not certain: which column the opening and closing amounts belong in; here, as in other
    programs, in that of what comes, which the sums leave out. There is no sum over all accounts.
    """
    there = list(accounts)
    tills = [account for account in there if account.is_cash]
    banks = [account for account in there if not account.is_cash]
    rows = [row for account in tills for row in _section(account, "Tiền mặt", _CASH_WORDS)]
    if banks:
        rows.append(_money_row("Tiền gửi không kỳ hạn"))
    rows += [row for account in banks for row in _section(account, account.name, _BANK_WORDS)]
    columns = (
        *document_columns(45),
        Column("Thu/Gửi vào", "money", 17, "Số tiền", "1"),
        Column("Chi/Rút ra", "money", 17, "Số tiền", "2"),
    )
    heading = replace(heading, place=None)
    return prescribed("S2e-HKD", "SỔ CHI TIẾT TIỀN", heading, columns, rows, ())


_CASH_WORDS = (
    "Tiền mặt đầu kỳ",
    "Tổng tiền thu vào trong kỳ",
    "Tổng tiền chi ra trong kỳ",
    "Tiền mặt tồn cuối kỳ",
)
_BANK_WORDS = (
    "Tiền gửi đầu kỳ",
    "Tổng tiền gửi vào trong kỳ",
    "Tổng tiền rút ra trong kỳ",
    "Tiền gửi cuối kỳ",
)


def _section(account: MoneyAccount, title: str, words: Sequence[str]) -> Iterator[Row]:
    opening, coming, going, closing = words
    in_vnd = sum(line.in_vnd for line in account.lines)
    out_vnd = sum(line.out_vnd for line in account.lines)
    yield _money_row(title)
    yield _money_row(opening, account.opening_vnd)
    for line in account.lines:
        amounts = line.in_vnd or None, line.out_vnd or None
        yield Row((line.number, line.on, line.text, *amounts), href=line.href)
    yield _money_row(coming, in_vnd)
    yield _money_row(going, None, out_vnd)
    yield _money_row(closing, account.opening_vnd + in_vnd - out_vnd)


def _money_row(words: str, in_vnd: int | None = None, out_vnd: int | None = None) -> Row:
    return Row((None, None, words, in_vnd, out_vnd), bold=True)


def income_expense(heading: Heading, opening_vnd: int, lines: Iterable[MoneyLine]) -> Form:
    """Sổ thu chi: what came and went in the order given, and what was left after each line.

    No law prescribes it; the layout is ours.
    """
    rows = [Row((None, None, "Số dư đầu kỳ", None, None, opening_vnd), bold=True)]
    left_vnd, in_vnd, out_vnd = opening_vnd, 0, 0
    for line in lines:
        in_vnd, out_vnd = in_vnd + line.in_vnd, out_vnd + line.out_vnd
        left_vnd += line.in_vnd - line.out_vnd
        amounts = line.in_vnd or None, line.out_vnd or None, left_vnd
        rows.append(Row((line.on, line.number, line.text, *amounts), href=line.href))
    totals = (
        Row((None, None, "Cộng phát sinh trong kỳ", in_vnd, out_vnd, None), bold=True),
        Row((None, None, "Số dư cuối kỳ", None, None, left_vnd), bold=True),
    )
    columns = (
        Column("Ngày tháng", "date", 13),
        Column("Số phiếu", "text", 14),
        Column("Diễn giải", "text", 50),
        Column("Thu", "money", 17),
        Column("Chi", "money", 17),
        Column("Tồn", "money", 17),
    )
    heading = replace(heading, place=heading.place or None)
    signatures = ("Người lập biểu", "Người đại diện đơn vị")
    return Form("", "SỔ THU CHI", "", heading, columns, rows, totals, signatures)


def prescribed(
    code: str,
    title: str,
    heading: Heading,
    columns: tuple[Column, ...],
    rows: Sequence[Row],
    totals: tuple[Row, ...],
) -> Form:
    """A form of Circular 152/2025/TT-BTC, signed by the one who represents the business."""
    return Form(code, title, TT152, heading, columns, rows, totals, (REPRESENTATIVE,))


def document_columns(text_width: int) -> tuple[Column, ...]:
    """The columns of a document's number and day, and of what it is for."""
    return (
        Column("Số hiệu", "text", 15, "Chứng từ", "A"),
        Column("Ngày, tháng", "date", 13, "Chứng từ", "B"),
        Column("Diễn giải", "text", text_width, mark="C"),
    )


def plain_money(amount_vnd: int) -> str:
    """1.250.000, without the sign: the unit stands once above the table."""
    return money.show(amount_vnd).removesuffix("\u00a0₫")
