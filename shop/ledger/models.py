"""Entries and their postings; the database refuses what is unbalanced, edited or too late."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Mapped, Model, Recorded, mapped_column


class Kind(StrEnum):
    """What happened; the words for people are in `books`."""

    SALE = "sale"
    RETURN = "return"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    CAPTURE = "capture"
    SETTLEMENT = "settlement"
    REFUND = "refund"
    CASH = "cash"
    WRITE_OFF = "write_off"
    VOUCHER = "voucher"
    PAYOUT = "payout"
    TAX = "tax"
    REVERSAL = "reversal"


class Entry(Owned, Model):
    """One event in a seller's books, with the postings that it makes. Never edited or deleted.

    `key`: source and outside id ("bank_line:8H2K"), so that it is booked once. `on`: the day in
    Vietnam. `subject`: the row behind it ("order:OCPW5T7RN"). `reverses`: the entry it undoes.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("seller_id", "key"),
        Index("ix_ledger_entries_seller_id_on", "seller_id", "on"),
        Index("ix_ledger_entries_subject", "subject"),
        Index(
            "uq_ledger_entries_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where="reverses_id IS NOT NULL",
        ),
    )

    id: Mapped[BigKey]
    # Without the index of its own that others have: two begin with it.
    seller_id: Mapped[int] = mapped_column(ForeignKey("sellers.id"))
    key: Mapped[str]
    on: Mapped[date]
    kind: Mapped[str]
    text: Mapped[str]
    subject: Mapped[str | None]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"))
    by: Mapped[str]
    recorded_at: Mapped[Recorded]

    postings: Mapped[list["Posting"]] = relationship(order_by="Posting.id", lazy="selectin")


class Posting(Model):
    """So much on one account: positive debit, negative credit, in đồng. `account`: `accounts`."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        CheckConstraint("amount_vnd <> 0", "moves"),
        Index("ix_ledger_postings_account", "account", "entry_id"),
    )

    id: Mapped[BigKey]
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entries.id"), index=True)
    account: Mapped[str]
    amount_vnd: Mapped[int]


class ClosedBooks(Model):
    """The last day of a seller's books that takes no more entries (khóa sổ)."""

    __tablename__ = "ledger_closed"

    seller_id: Mapped[int] = mapped_column(ForeignKey("sellers.id"), primary_key=True)
    until: Mapped[date]
