"""Bank lines, the parts of them allocated to orders, and how a seller reconciles."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import column_property, relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column
from shop.ledger.models import Entry
from shop.orders.models import Order
from shop.payments.models import Payout, Refund
from shop.sellers.models import BankAccount


class LineState(StrEnum):
    """Where a bank line stands."""

    NEW = "new"
    MATCHED = "matched"
    PARTLY = "partly_allocated"
    SUSPENSE = "suspense"
    IGNORED = "ignored"
    REVERSED = "reversed"


class Reason(StrEnum):
    """Why a line is where it is, for people to act on; the words are in `words`."""

    REFERENCE = "reference"
    SURPLUS = "surplus"
    SHORT = "short"
    TOLERATED = "tolerated"
    SEVERAL = "several_references"
    COMPACTED = "compacted_reference"
    UNKNOWN_ORDER = "unknown_order"
    CLOSED_ORDER = "closed_order"
    NO_REFERENCE = "no_reference"
    UNDONE = "undone"
    OUTGOING = "outgoing"
    REFUND = "refund"
    OWN_TRANSFER = "own_transfer"
    FEE = "fee"
    OTHER = "other"
    SETTLEMENT = "settlement"
    PAYOUT = "payout"
    LOOKS_LIKE = "looks_like"
    DUPLICATE = "duplicate"
    REVERSED = "reversed"


class BankLine(Owned, Model):
    """One movement on a seller's account, whatever told us of it.

    `identity` is the same from a webhook and from a statement. `amount_vnd` is positive,
    `direction` says "in" or "out". `purpose_entry`: the booking that says what a line is that
    pays no order (a fee, a settlement, a transfer between own accounts). `twin`: the line with
    which the bank itself undid this one, or that this one undoes.
    """

    __tablename__ = "bank_lines"
    __table_args__ = (
        CheckConstraint("amount_vnd > 0", "amount"),
        CheckConstraint("direction IN ('in', 'out')", "direction"),
        Index("ix_bank_lines_seller_id_booked_at", "seller_id", "booked_at"),
        Index("ix_bank_lines_booked_at", "booked_at"),
        # The same movement told by a source that names no reference is found by its amount.
        Index("ix_bank_lines_amount", "bank_account_id", "amount_vnd"),
        Index(
            "ix_bank_lines_waiting",
            "seller_id",
            "booked_at",
            postgresql_where="state IN ('suspense', 'partly_allocated')",
        ),
    )

    id: Mapped[BigKey]
    # Without the index of its own that others have: one with the day begins with it.
    seller_id: Mapped[int] = mapped_column(ForeignKey("sellers.id"))
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
    import_id: Mapped[int | None] = mapped_column(ForeignKey("statement_imports.id"))
    purpose_entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"))
    payout_id: Mapped[int | None] = mapped_column(ForeignKey("payouts.id"))
    twin_id: Mapped[int | None] = mapped_column(ForeignKey("bank_lines.id"))

    bank_account: Mapped[BankAccount] = relationship()
    purpose_entry: Mapped[Entry | None] = relationship()
    payout: Mapped[Payout | None] = relationship()
    twin: Mapped["BankLine | None"] = relationship(remote_side="BankLine.id", post_update=True)
    allocations: Mapped[list["Allocation"]] = relationship(
        lazy="selectin", order_by="Allocation.id"
    )


class Allocation(Model):
    """The part of a bank line that pays an order, or goes back to its payer (`refund`).

    Only what goes back may be no order's. Undone by `undone_at`, never deleted. `write_off_vnd`:
    what was let go of the order with it.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        CheckConstraint("amount_vnd > 0", "amount"),
        CheckConstraint("order_id IS NOT NULL OR refund_id IS NOT NULL", "of_what"),
    )

    id: Mapped[BigKey]
    bank_line_id: Mapped[int] = mapped_column(ForeignKey("bank_lines.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"))
    amount_vnd: Mapped[int]
    write_off_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    at: Mapped[Recorded]
    undone_at: Mapped[Instant | None]

    order: Mapped[Order | None] = relationship()
    refund: Mapped[Refund | None] = relationship()


class Terms(Owned, Model):
    """How a seller reconciles: a shortfall up to `tolerance_vnd` is let go of, and an account of
    which nothing was heard for `quiet_hours` is worth a look (null: never).
    """

    __tablename__ = "reconciliation_terms"
    __table_args__ = (
        UniqueConstraint("seller_id"),
        CheckConstraint("tolerance_vnd >= 0", "tolerance"),
    )

    id: Mapped[BigKey]
    tolerance_vnd: Mapped[int] = mapped_column(default=0)
    quiet_hours: Mapped[int | None]


class StatementMapping(Owned, Model):
    """Which column of an account's statements holds what, as a person corrected it."""

    __tablename__ = "statement_mappings"
    __table_args__ = (UniqueConstraint("bank_account_id"),)

    id: Mapped[BigKey]
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    columns: Mapped[Json]


class ImportState(StrEnum):
    """Where an imported file stands."""

    READING = "reading"
    READY = "ready"
    REFUSED = "refused"
    WORKING = "working"
    DONE = "done"


class StatementImport(Owned, Model):
    """A statement file of an account: read, shown, and then taken in once. `digest`: of the file.

    `found`: what reading it gave (counts, sums, first rows, warnings). `done`: lines taken so far.
    """

    __tablename__ = "statement_imports"
    __table_args__ = (UniqueConstraint("bank_account_id", "digest"),)

    id: Mapped[BigKey]
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    digest: Mapped[str]
    filename: Mapped[str]
    path: Mapped[str]
    state: Mapped[str] = mapped_column(default=ImportState.READING)
    found: Mapped[Json | None]
    refused: Mapped[str] = mapped_column(default="")
    lines: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    fresh: Mapped[int] = mapped_column(default=0)
    by: Mapped[str]
    at: Mapped[Recorded]
    finished_at: Mapped[Instant | None]

    bank_account: Mapped[BankAccount] = relationship()


class Batch(Owned, Model):
    """A settlement: what a gateway, marketplace or carrier (`source`) says it pays out.

    `net_vnd` is to come as one bank line. `payout_reference`: its own name for it. `account`: the
    ledger's account that it empties. `first`, `last`: the days it covers. `taken_back_at`: it was
    sent by mistake, and what it booked is undone. `undecided`: lines that somebody has to look at.
    `done` of the file's `many` lines are booked so far; `refused`: why it could not be read.
    """

    __tablename__ = "settlement_batches"
    __table_args__ = (
        UniqueConstraint("seller_id", "source", "digest"),
        Index("ix_settlement_batches_seller_id_at", "seller_id", "at"),
    )

    id: Mapped[BigKey]
    source: Mapped[str]
    digest: Mapped[str]
    filename: Mapped[str]
    account: Mapped[str]
    payout_reference: Mapped[str] = mapped_column(default="")
    first: Mapped[date | None]
    last: Mapped[date | None]
    net_vnd: Mapped[int]
    warnings: Mapped[Json]
    path: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default=ImportState.DONE, server_default=ImportState.DONE)
    refused: Mapped[str] = mapped_column(default="", server_default="")
    many: Mapped[int] = mapped_column(default=0, server_default="0")
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    bank_line_id: Mapped[int | None] = mapped_column(ForeignKey("bank_lines.id"), unique=True)
    by: Mapped[str]
    at: Mapped[Recorded]
    taken_back_at: Mapped[Instant | None]
    if TYPE_CHECKING:
        undecided: Mapped[int]

    bank_line: Mapped[BankLine | None] = relationship()
    lines: Mapped[list["BatchLine"]] = relationship(order_by="BatchLine.id")


class Found(StrEnum):
    """What a line of a settlement met here. Repeated: an earlier settlement had it."""

    MATCHED = "matched"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    REPEATED = "repeated"
    DECIDED = "decided"


class BatchLine(Model):
    """One line of a settlement and what it met here. Amounts as in `settlements.protocol`."""

    __tablename__ = "settlement_lines"
    __table_args__ = (Index("ix_settlement_lines_reference", "reference"),)

    id: Mapped[BigKey]
    batch_id: Mapped[int] = mapped_column(ForeignKey("settlement_batches.id"), index=True)
    reference: Mapped[str]
    order_reference: Mapped[str]
    kind: Mapped[str]
    happened_on: Mapped[date | None]
    gross_vnd: Mapped[int]
    fee_vnd: Mapped[int]
    tax_vnd: Mapped[int]
    adjustment_vnd: Mapped[int]
    net_vnd: Mapped[int]
    said: Mapped[str] = mapped_column(default="")
    found: Mapped[str]
    expected_vnd: Mapped[int | None]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    gateway_payment_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_payments.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"))

    order: Mapped[Order | None] = relationship()

    @classmethod
    def undecided(cls) -> ColumnElement[bool]:
        """Lines of which somebody has to say what they are; repeated ones, if they bring money."""
        again: ColumnElement[bool] = (cls.found == Found.REPEATED) & (cls.net_vnd != 0)
        return cls.found.in_([Found.DIFFERS, Found.UNKNOWN]) | again


Batch.undecided = column_property(
    select(func.count(BatchLine.id))
    .where(BatchLine.batch_id == Batch.id, BatchLine.undecided())
    .correlate_except(BatchLine)
    .scalar_subquery()
)


class DayClose(Owned, Model):
    """A day of a seller signed off by its accountant: the figures of that moment, then locked.

    `kept_rows`: the rows behind the figures were kept with them (not so on the earliest days).
    """

    __tablename__ = "day_closes"
    __table_args__ = (UniqueConstraint("seller_id", "on"),)

    id: Mapped[BigKey]
    on: Mapped[date]
    figures: Mapped[Json]
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    at: Mapped[Recorded]
    kept_rows: Mapped[bool] = mapped_column(default=False, server_default="false")


class DayCloseRow(Model):
    """One row behind a figure of a signed day. `subject`: what it is ("order:OCPW5T7RN")."""

    __tablename__ = "day_close_rows"
    __table_args__ = (Index("ix_day_close_rows_figure", "day_close_id", "figure"),)

    id: Mapped[BigKey]
    day_close_id: Mapped[int] = mapped_column(ForeignKey("day_closes.id"))
    figure: Mapped[str]
    on: Mapped[date]
    subject: Mapped[str]
    said: Mapped[str]
    amount_vnd: Mapped[int]
