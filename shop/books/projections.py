"""What the ledger shows when it is read as a book; nothing here is kept, all is summed anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, case, func, select

from shop.books import words
from shop.database import db
from shop.ledger import accounts
from shop.ledger.models import Entry, Posting
from shop.reconciliation.models import BankLine, Reason

# What counts as revenue, with what takes away from it.
REVENUE = (accounts.SALES, accounts.DELIVERY, accounts.RETURNS, accounts.income("retail"))


@dataclass(frozen=True)
class BookRow:
    """One entry as a book shows it, in đồng. `ref`: of the entry. `left_vnd`: what then stands."""

    ref: str
    on: date
    text: str
    subject: str | None
    in_vnd: int
    out_vnd: int
    left_vnd: int


@dataclass(frozen=True)
class Book:
    """What stood on `account` before, what moved, and what stands at the end."""

    account: str
    opening_vnd: int
    rows: Sequence[BookRow]

    @property
    def in_vnd(self) -> int:
        """All that came."""
        return sum(row.in_vnd for row in self.rows)

    @property
    def out_vnd(self) -> int:
        """All that went."""
        return sum(row.out_vnd for row in self.rows)

    @property
    def closing_vnd(self) -> int:
        """What stands at the end."""
        return self.opening_vnd + self.in_vnd - self.out_vnd


_MONEY = (Posting.account == accounts.CASH) | Posting.account.startswith("bank:")


def income_expense(seller_id: int, first: date, last: date) -> Book:
    """Sổ thu chi: cash and bank together, without transfers between own accounts."""
    # A line of a bank is booked when it comes and again when somebody says what it is; both are
    # entries of the line, and only together they are the transfer.
    between = (
        select(Entry.subject)
        .join(Posting, Posting.entry_id == Entry.id)
        .where(Entry.seller_id == seller_id, Posting.account == accounts.BETWEEN)
        .group_by(Entry.subject)
        .having(func.sum(Posting.amount_vnd) != 0)
    )
    transfers = select(Posting.entry_id).where(Posting.account == accounts.BETWEEN)
    own = Entry.subject.is_not(None) & Entry.subject.in_(between)
    which = _MONEY & Posting.entry_id.not_in(transfers) & ~func.coalesce(own, False)
    return _book(seller_id, "", which, first, last)


def money(seller_id: int, first: date, last: date) -> list[Book]:
    """The money book: cash first, then each bank account that ever moved."""
    moved = select(Posting.account).join(Entry).where(Entry.seller_id == seller_id, _MONEY)
    there = sorted(set(db.session.scalars(moved.distinct())) - {accounts.CASH})
    return [
        _book(seller_id, account, Posting.account == account, first, last)
        for account in [accounts.CASH, *there]
    ]


def _book(
    seller_id: int, account: str, which: ColumnElement[bool], first: date, last: date
) -> Book:
    # What two sources told of is one movement: the second line and what took it back are none.
    twice = select(func.concat("bank_line:", BankLine.ref)).where(
        BankLine.seller_id == seller_id, BankLine.reason == Reason.DUPLICATE
    )
    once = func.coalesce(Entry.subject.not_in(twice), True)
    mine = (Entry.seller_id == seller_id) & which & once
    query = select(func.coalesce(func.sum(Posting.amount_vnd), 0)).join(
        Entry, Entry.id == Posting.entry_id
    )
    opening = int(db.session.scalar(query.where(mine, Entry.on < first)) or 0)
    coming = func.sum(case((Posting.amount_vnd > 0, Posting.amount_vnd), else_=0))
    going = func.sum(case((Posting.amount_vnd < 0, -Posting.amount_vnd), else_=0))
    moves = (
        select(Entry.ref, Entry.on, Entry.text, Entry.subject, coming, going)
        .join(Posting, Posting.entry_id == Entry.id)
        .where(mine, Entry.on.between(first, last))
        .group_by(Entry.id)
        .order_by(Entry.on, Entry.id)
    )
    rows, left = [], opening
    for ref, on, text, subject, came, went in db.session.execute(moves):
        left += int(came) - int(went)
        rows.append(BookRow(ref, on, text, subject, int(came), int(went), left))
    return Book(account, opening, rows)


def revenue(seller_id: int, first: date, last: date) -> Book:
    """The revenue book: sales and delivery when goods are handed over, less what came back."""
    query = (
        select(Entry.ref, Entry.on, Entry.text, Entry.subject, -func.sum(Posting.amount_vnd))
        .join(Posting, Posting.entry_id == Entry.id)
        .where(
            Entry.seller_id == seller_id,
            Posting.account.in_(REVENUE),
            Entry.on.between(first, last),
        )
        .group_by(Entry.id)
        .having(func.sum(Posting.amount_vnd) != 0)
        .order_by(Entry.on, Entry.id)
    )
    rows, left = [], 0
    for ref, on, text, subject, amount in db.session.execute(query):
        left += int(amount)
        rows.append(BookRow(ref, on, text, subject, max(amount, 0), max(-amount, 0), left))
    return Book("", 0, rows)


def entries(seller_id: int, account: str, first: date | None, last: date | None) -> Select[Entry]:
    """The entries that moved `account` (a name, or all that begin with one ending in ":")."""
    query = select(Entry).where(Entry.seller_id == seller_id)
    if first is not None:
        query = query.where(Entry.on >= first)
    if last is not None:
        query = query.where(Entry.on <= last)
    if account:
        named = (
            Posting.account.startswith(account, autoescape=True)
            if account.endswith(":")
            else Posting.account == account
        )
        query = query.where(select(Posting.id).where(Posting.entry_id == Entry.id, named).exists())
    return query.order_by(Entry.on.desc(), Entry.id.desc())


def balances(seller_id: int, last: date) -> list[tuple[str, str, int]]:
    """(account, its name, what stands there at the end of the day), grouped as people read it."""
    query = (
        select(Posting.account, func.sum(Posting.amount_vnd))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Entry.seller_id == seller_id, Entry.on <= last)
        .group_by(Posting.account)
    )
    found = {account: int(total) for account, total in db.session.execute(query)}
    names = words.names(seller_id, list(found))
    shown = [(account, names[account], found[account]) for account in found if found[account]]
    return sorted(shown, key=lambda row: words.place(row[0]))


def undone_by(entry: Entry) -> Entry | None:
    """The entry that undid this one."""
    return db.session.scalar(select(Entry).where(Entry.reverses_id == entry.id))


def undoes(entry: Entry) -> Entry | None:
    """The entry that this one undid."""
    return db.session.scalar(select(Entry).where(Entry.id == entry.reverses_id))
