"""Sellers and the bank accounts that receive their money."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import synonym

from shop import references
from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column


class SellerKind(StrEnum):
    """Who may hold an OCOP certificate (26/2026/QĐ-TTg), and craft villages (làng nghề)."""

    COOPERATIVE = "cooperative"
    COOPERATIVE_GROUP = "cooperative_group"
    CRAFT_VILLAGE = "craft_village"
    HOUSEHOLD = "household"
    ENTERPRISE = "enterprise"


class ReviewState(StrEnum):
    """Where screening before display stands (Law 122/2025/QH15 on e-commerce)."""

    DRAFT = "draft"
    WAITING = "waiting"
    PASSED = "passed"
    REFUSED = "refused"


REVIEW_STATES = f"review IN ({', '.join(repr(str(s)) for s in ReviewState)})"


class Seller(Model):
    """One seller. Unknown facts are null: unknown is unknown.

    `kind` null: no source states it. `placeholder`: stands for a collective mark until the real
    producers are entered, so nothing of it may be published. `address` is the text as the source
    gave it (often three-level units of before 1 July 2025); the codes are today's units.
    `starter_id` ties the row to the starter catalogue. `street` is what stands before the
    commune today. `latitude`, `longitude`: the geographic point (WGS 84). `colour`: of the brand
    label, "#rrggbb". `review`: only a seller that passed is public, and what it sells. `edited`:
    changed since it passed, and not yet seen again. `left_at`: its persons are erased since then,
    and nobody acts for it.
    """

    __tablename__ = "sellers"
    __table_args__ = (
        CheckConstraint(REVIEW_STATES, "review"),
        CheckConstraint("num_nonnulls(latitude, longitude) IN (0, 2)", "point"),
        CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", "colour"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    starter_id: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str | None]
    representative: Mapped[str | None]
    phone: Mapped[str | None]
    tax_code: Mapped[str | None]
    legal_name: Mapped[str | None]
    registration_no: Mapped[str | None]
    registered_on: Mapped[date | None]
    registered_by: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str | None]
    street: Mapped[str | None]
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    story: Mapped[str] = mapped_column(default="", server_default="")
    colour: Mapped[str | None]
    review: Mapped[str] = mapped_column(default=ReviewState.DRAFT, server_default=ReviewState.DRAFT)
    edited: Mapped[bool] = mapped_column(default=False, server_default="false")
    commune: Mapped[str | None]
    commune_code: Mapped[str | None] = mapped_column(index=True)
    province: Mapped[str | None]
    province_code: Mapped[str | None] = mapped_column(index=True)
    placeholder: Mapped[bool] = mapped_column(default=False)
    sources: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    created_at: Mapped[Recorded]
    left_at: Mapped[Instant | None]

    # A seller is in its own scope, so that `access.rows` serves sellers too.
    seller_id: Mapped[int] = synonym("id")


class Review(Owned, Model):
    """One answer of a reviewer, kept for ever. `subject`: "seller:<ref>", "product:<ref>"."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_subject_at", "subject", "at"),)

    id: Mapped[BigKey]
    subject: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    reviewer: Mapped[str]
    at: Mapped[Recorded]


class BankAccount(Owned, Model):
    """An account that receives a seller's money. `bank_bin` is the six-digit NAPAS BIN.

    `main`: new orders are paid into it; without one, into the oldest. `illustrative`: made up for
    demonstrations; payment pages say so. Not `active`: no order names it any more.
    """

    __tablename__ = "bank_accounts"
    __table_args__ = (
        CheckConstraint("bank_bin ~ '^[0-9]{6}$'", "bin"),
        CheckConstraint("account_number ~ '^[0-9A-Za-z]{1,19}$'", "account_number"),
        Index("uq_bank_accounts_number", "seller_id", "bank_bin", "account_number", unique=True),
    )

    id: Mapped[BigKey]
    bank_bin: Mapped[str]
    account_number: Mapped[str]
    account_name: Mapped[str]
    illustrative: Mapped[bool] = mapped_column(default=False)
    main: Mapped[bool] = mapped_column(default=False, server_default="false")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Recorded]
