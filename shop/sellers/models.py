"""Sellers and the bank accounts that receive their money."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import synonym

from shop import references
from shop.accounts.models import Owned
from shop.database import BigKey, Mapped, Model, Recorded, mapped_column


class SellerKind(StrEnum):
    """Who may hold an OCOP certificate (26/2026/QĐ-TTg), and craft villages (làng nghề)."""

    COOPERATIVE = "cooperative"
    COOPERATIVE_GROUP = "cooperative_group"
    CRAFT_VILLAGE = "craft_village"
    HOUSEHOLD = "household"
    ENTERPRISE = "enterprise"


class Seller(Model):
    """One seller. Unknown facts are null: unknown is unknown.

    `kind` null: no source states it. `placeholder`: stands for a collective mark until the real
    producers are entered, so nothing of it may be published. `address` is the text as the source
    gave it (often three-level units of before 1 July 2025); the codes are today's units.
    `starter_id` ties the row to the starter catalogue.
    """

    __tablename__ = "sellers"

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    starter_id: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str | None]
    representative: Mapped[str | None]
    phone: Mapped[str | None]
    tax_code: Mapped[str | None]
    address: Mapped[str | None]
    commune: Mapped[str | None]
    commune_code: Mapped[str | None] = mapped_column(index=True)
    province: Mapped[str | None]
    province_code: Mapped[str | None] = mapped_column(index=True)
    placeholder: Mapped[bool] = mapped_column(default=False)
    sources: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    created_at: Mapped[Recorded]

    # A seller is in its own scope, so that `access.rows` serves sellers too.
    seller_id: Mapped[int] = synonym("id")


class BankAccount(Owned, Model):
    """An account that receives a seller's money. `bank_bin` is the six-digit NAPAS BIN.

    `illustrative`: made up for demonstrations; payment pages say so.
    """

    __tablename__ = "bank_accounts"
    __table_args__ = (
        CheckConstraint("bank_bin ~ '^[0-9]{6}$'", "bin"),
        CheckConstraint("account_number ~ '^[0-9A-Za-z]{1,19}$'", "account_number"),
        Index("uq_bank_accounts_number", "bank_bin", "account_number", unique=True),
    )

    id: Mapped[BigKey]
    bank_bin: Mapped[str]
    account_number: Mapped[str]
    account_name: Mapped[str]
    illustrative: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Recorded]
