"""The books there are: what each shows on the screen, and as which form it is printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.books import forms, projections, tax_forms, taxation, taxbooks, words
from shop.books.forms import Form, Heading, MoneyAccount, MoneyLine, RevenueLine
from shop.books.projections import Book
from shop.errors import NotFound
from shop.ledger import accounts
from shop.sellers import addresses
from shop.sellers.models import Seller

SIGNATURES = ("NGƯỜI GHI SỔ", "KẾ TOÁN TRƯỞNG", "NGƯỜI ĐẠI DIỆN")

Asked = Callable[[Heading, Seller, date, date], Form]


@dataclass(frozen=True)
class Kind:
    """A book: how it is printed, and where its rows are entries alone, those (`books`).

    `running`: whether what stands is shown after each row. `code`: of the form that households
    print it as. `household`: only they have this book.
    """

    title: str
    printed: Asked
    books: Callable[[int, date, date], Sequence[Book]] | None = None
    running: bool = False
    code: str = ""
    household: bool = False


def _thu_chi(heading: Heading, _seller: Seller, books: Sequence[Book]) -> Form:
    book = books[0]
    return forms.income_expense(heading, book.opening_vnd, _money_lines(book))


def _money(heading: Heading, seller: Seller, books: Sequence[Book]) -> Form:
    names = words.names(seller.id, [book.account for book in books])
    there = [
        MoneyAccount(
            names[book.account],
            book.opening_vnd,
            _money_lines(book),
            is_cash=book.account == accounts.CASH,
        )
        for book in books
    ]
    return forms.money_s2e(heading, there)


def _money_lines(book: Book) -> list[MoneyLine]:
    numbers = words.documents(row.subject for row in book.rows)
    return [
        MoneyLine(
            row.on, numbers.get(row.subject or "", row.ref), row.text, row.in_vnd, row.out_vnd
        )
        for row in book.rows
    ]


def _revenue(heading: Heading, _seller: Seller, books: Sequence[Book]) -> Form:
    numbers = words.documents(row.subject for row in books[0].rows)
    lines = [
        RevenueLine(
            row.on,
            row.text,
            row.in_vnd - row.out_vnd,
            number=numbers.get(row.subject or "", row.ref),
        )
        for row in books[0].rows
    ]
    return forms.revenue_s1a(heading, lines)


def _of_books(
    books: Callable[[int, date, date], Sequence[Book]],
    form: Callable[[Heading, Seller, Sequence[Book]], Form],
) -> Asked:
    return lambda heading, seller, first, last: form(heading, seller, books(seller.id, first, last))


def _s2a(heading: Heading, seller: Seller, first: date, last: date) -> Form:
    rules = taxation.rules(last)
    group = taxbooks.revenue(seller.id, first, last, taxation.business(seller.id, rules))
    group = replace(group, **taxation.free(seller, first, last))
    withheld = taxbooks.withheld_vnd(seller.id, first, last)
    return forms.revenue_s2a(heading, [group], withheld)


def _s2b(heading: Heading, seller: Seller, first: date, last: date) -> Form:
    group = taxbooks.revenue(
        seller.id, first, last, taxation.business(seller.id, taxation.rules(last))
    )
    return tax_forms.revenue_s2b(heading, [group])


def _s2c(heading: Heading, seller: Seller, first: date, last: date) -> Form:
    revenue = projections.revenue(seller.id, first, last).closing_vnd
    return tax_forms.costs_s2c(heading, revenue, taxbooks.costs(seller.id, first, last))


def _s2d(heading: Heading, seller: Seller, first: date, last: date) -> Form:
    return tax_forms.goods_s2d(heading, taxbooks.goods(seller.id, first, last))


def _s3a(heading: Heading, seller: Seller, first: date, last: date) -> Form:
    return tax_forms.taxes_s3a(heading, taxbooks.taxes(seller.id, first, last))


def _thu_chi_books(seller_id: int, first: date, last: date) -> Sequence[Book]:
    return [projections.income_expense(seller_id, first, last)]


def _revenue_books(seller_id: int, first: date, last: date) -> Sequence[Book]:
    return [projections.revenue(seller_id, first, last)]


KINDS = {
    "thu-chi": Kind(
        _l("Sổ thu chi"), _of_books(_thu_chi_books, _thu_chi), _thu_chi_books, running=True
    ),
    "tien": Kind(
        _l("Sổ chi tiết tiền"),
        _of_books(projections.money, _money),
        projections.money,
        running=True,
        code="S2e",
    ),
    "doanh-thu": Kind(
        _l("Sổ doanh thu"), _of_books(_revenue_books, _revenue), _revenue_books, code="S1a"
    ),
    "doanh-thu-thue": Kind(_l("Sổ doanh thu, thuế theo tỷ lệ"), _s2a, code="S2a", household=True),
    "doanh-thu-gtgt": Kind(_l("Sổ doanh thu, thuế GTGT"), _s2b, code="S2b", household=True),
    "chi-phi": Kind(_l("Sổ doanh thu, chi phí"), _s2c, code="S2c"),
    "hang-hoa": Kind(_l("Sổ hàng hóa nhập, xuất, tồn"), _s2d, code="S2d"),
    "thue-khac": Kind(_l("Sổ thuế khác"), _s3a, code="S3a", household=True),
}


def of(seller: Seller) -> dict[str, str]:
    """The books that a seller has: name → title, with the form's code for households."""
    ours = {name: kind for name, kind in KINDS.items() if _has(seller, kind)}
    return {name: title(seller, kind) for name, kind in ours.items()}


def _has(seller: Seller, kind: Kind) -> bool:
    return seller.kind in taxation.HOUSEHOLDS or not kind.household


def title(seller: Seller, kind: Kind) -> str:
    """What a book is called for this seller."""
    coded = kind.code and seller.kind in taxation.HOUSEHOLDS
    return f"{kind.title} ({kind.code})" if coded else str(kind.title)


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
    made = kind.printed(heading, seller, first, last)
    if seller.kind in taxation.HOUSEHOLDS:
        return made
    # The forms of households are signed by households; others have theirs from their own rules.
    return replace(made, code="", circular="", signatures=SIGNATURES)
