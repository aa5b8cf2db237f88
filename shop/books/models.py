"""Vouchers that people write, books made as files, and how a household's books are kept."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Mapped, Model, Recorded, mapped_column
from shop.ledger.models import Entry
from shop.reconciliation.models import BankLine


class Direction(StrEnum):
    """Whether money comes (phiếu thu) or goes (phiếu chi)."""

    IN = "in"
    OUT = "out"


class CashVoucher(Owned, Model):
    """A receipt or payment voucher (phiếu thu, phiếu chi). Never edited; undone by `undone_by`.

    `number`: such as PT0001/26, without gaps in a seller's year. `money`: the ledger's account
    the money came to or went from. `tag`: what for, one of `tags.TAGS`. `bank_line_id`: the bank
    told of the same movement; then that line is booked, and the voucher's own entry is reversed.
    """

    __tablename__ = "cash_vouchers"
    __table_args__ = (
        UniqueConstraint("seller_id", "number"),
        CheckConstraint("amount_vnd > 0", "amount"),
        CheckConstraint("direction IN ('in', 'out')", "direction"),
        Index("ix_cash_vouchers_seller_id_on", "seller_id", "on"),
    )

    id: Mapped[BigKey]
    direction: Mapped[str]
    number: Mapped[str]
    on: Mapped[date]
    amount_vnd: Mapped[int]
    money: Mapped[str]
    tag: Mapped[str]
    text: Mapped[str]
    person: Mapped[str] = mapped_column(default="")
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entries.id"))
    bank_line_id: Mapped[int | None] = mapped_column(ForeignKey("bank_lines.id"), index=True)
    undone_by: Mapped[str] = mapped_column(default="", server_default="")
    by: Mapped[str]
    at: Mapped[Recorded]

    entry: Mapped[Entry] = relationship()
    bank_line: Mapped[BankLine | None] = relationship()


class ExportState(StrEnum):
    """Where a file of a book stands."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class BookExport(Owned, Model):
    """A file of a book of a period, made by a job. `book`: a name of `kinds`; `form`: xlsx, pdf.

    `done` of `lines` rows are written; `lines` is 0 until the book is read.
    """

    __tablename__ = "book_exports"

    id: Mapped[BigKey]
    book: Mapped[str]
    form: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    state: Mapped[str] = mapped_column(default=ExportState.WORKING)
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    lines: Mapped[int] = mapped_column(default=0, server_default="0")
    file_key: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[Recorded]


class BookTerms(Owned, Model):
    """How a household's books are kept: its line of business (a code of the tax rules)."""

    __tablename__ = "book_terms"
    __table_args__ = (UniqueConstraint("seller_id"),)

    id: Mapped[BigKey]
    business: Mapped[str]
