"""The books there are: what each shows on the screen, and as which form it is printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.books import forms, projections, words
from shop.books.forms import Form, Heading, MoneyAccount, MoneyLine, RevenueLine
from shop.books.projections import Book
from shop.errors import NotFound
from shop.ledger import accounts
from shop.sellers import addresses
from shop.sellers.models import Seller


@dataclass(frozen=True)
class Kind:
    """`running`: whether what stands is shown after each row."""

    title: str
    books: Callable[[int, date, date], Sequence[Book]]
    printed: Callable[[Heading, Seller, Sequence[Book]], Form]
    running: bool


def _thu_chi(heading: Heading, _seller: Seller, books: Sequence[Book]) -> Form:
    book = books[0]
    return forms.income_expense(heading, book.opening_vnd, map(_money_line, book.rows))


def _money(heading: Heading, seller: Seller, books: Sequence[Book]) -> Form:
    names = words.names(seller.id, [book.account for book in books])
    there = [
        MoneyAccount(
            names[book.account],
            book.opening_vnd,
            list(map(_money_line, book.rows)),
            is_cash=book.account == accounts.CASH,
        )
        for book in books
    ]
    return forms.money_s2e(heading, there)


def _money_line(row: projections.BookRow) -> MoneyLine:
    return MoneyLine(row.on, row.ref, row.text, row.in_vnd, row.out_vnd)


def _revenue(heading: Heading, _seller: Seller, books: Sequence[Book]) -> Form:
    lines = [
        RevenueLine(row.on, row.text, row.in_vnd - row.out_vnd, number=row.ref)
        for row in books[0].rows
    ]
    return forms.revenue_s1a(heading, lines)


KINDS = {
    "thu-chi": Kind(
        _l("Sổ thu chi"),
        lambda *asked: [projections.income_expense(*asked)],
        _thu_chi,
        running=True,
    ),
    "tien": Kind(_l("Sổ chi tiết tiền"), projections.money, _money, running=True),
    "doanh-thu": Kind(
        _l("Sổ doanh thu"), lambda *asked: [projections.revenue(*asked)], _revenue, running=False
    ),
}


def get(name: str) -> Kind:
    """The book of this name. Raises NotFound."""
    if name not in KINDS:
        raise NotFound(ref=name)
    return KINDS[name]


def form(name: str, seller: Seller, first: date, last: date) -> Form:
    """The book of a period as it is printed."""
    kind = get(name)
    heading = Heading(
        seller_name=seller.name,
        address=addresses.today(seller),
        tax_code=seller.tax_code or "",
        place=None,
        period_text=_(
            "từ %(first)s đến %(last)s", first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}"
        ),
    )
    return kind.printed(heading, seller, kind.books(seller.id, first, last))
