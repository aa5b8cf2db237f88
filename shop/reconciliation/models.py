"""Bank lines and the parts of them allocated to orders."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.orders.models import Order
from shop.sellers.models import BankAccount


class LineState(StrEnum):
    """Where a bank line stands."""

    NEW = "new"
    MATCHED = "matched"
    PARTLY = "partly_allocated"
    SUSPENSE = "suspense"
    IGNORED = "ignored"


class Reason(StrEnum):
    """Why a line is where it is, for people to act on; the words are in `matching`."""

    REFERENCE = "reference"
    SURPLUS = "surplus"
    SHORT = "short"
    SEVERAL = "several_references"
    COMPACTED = "compacted_reference"
    UNKNOWN_ORDER = "unknown_order"
    CLOSED_ORDER = "closed_order"
    NO_REFERENCE = "no_reference"
    UNDONE = "undone"
    OUTGOING = "outgoing"


class BankLine(Owned, Model):
    """One movement on a seller's account, whatever told us of it.

    `identity` is the same from a webhook and from a statement.
    `amount_vnd` is positive, `direction` says "in" or "out".
    """

    __tablename__ = "bank_lines"
    __table_args__ = (
        CheckConstraint("amount_vnd > 0", "amount"),
        CheckConstraint("direction IN ('in', 'out')", "direction"),
        Index("ix_bank_lines_seller_id_booked_at", "seller_id", "booked_at"),
        Index("ix_bank_lines_booked_at", "booked_at"),
    )

    id: Mapped[BigKey]
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    identity: Mapped[str] = mapped_column(unique=True)
    direction: Mapped[str]
    amount_vnd: Mapped[int]
    content: Mapped[str]
    bank_reference: Mapped[str]
    counterparty: Mapped[str] = mapped_column(default="")
    booked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(default=LineState.NEW)
    reason: Mapped[str | None]
    recorded_at: Mapped[Recorded]

    bank_account: Mapped[BankAccount] = relationship()
    allocations: Mapped[list["Allocation"]] = relationship(lazy="selectin")


class Allocation(Model):
    """The part of a bank line that pays an order. Undone by `undone_at`, never deleted."""

    __tablename__ = "allocations"
    __table_args__ = (CheckConstraint("amount_vnd > 0", "amount"),)

    id: Mapped[BigKey]
    bank_line_id: Mapped[int] = mapped_column(ForeignKey("bank_lines.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    amount_vnd: Mapped[int]
    at: Mapped[Recorded]
    undone_at: Mapped[Instant | None]

    order: Mapped[Order] = relationship()
