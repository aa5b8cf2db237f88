"""Products and their variants (packs)."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Mapped, Model, Recorded, mapped_column
from shop.sellers.models import Seller


class Status(StrEnum):
    """Where a product stands. Only `published` ones are shown and sold."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Product(Owned, Model):
    """One product of one seller.

    `criteria_set` is one of the 26 OCOP sets. `reported` keeps what sources say of its
    recognition; it is never a right to show a star. `folded` is the name, aliases and seller's
    name without accents, for search; `sort_key` orders names the Vietnamese way.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(str(s)) for s in Status)})", "status"),
        UniqueConstraint("id", "seller_id"),
        Index(
            "ix_products_folded",
            "folded",
            postgresql_using="gin",
            postgresql_ops={"folded": "gin_trgm_ops"},
        ),
        Index("ix_products_status_sort_key", "status", "sort_key", "id"),
    )

    id: Mapped[BigKey]
    starter_id: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    criteria_set: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=Status.DRAFT)
    aliases: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    reported: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    folded: Mapped[str]
    sort_key: Mapped[str]
    created_at: Mapped[Recorded]
    updated_at: Mapped[Recorded]

    seller: Mapped[Seller] = relationship()
    variants: Mapped[list["Variant"]] = relationship(
        order_by="Variant.id", lazy="selectin", viewonly=True
    )


class Variant(Owned, Model):
    """One pack of a product: `pack` as people say it ("hộp 200 g"), priced per `unit`.

    `price_illustrative`: made up for demonstrations, said so on every screen and never a real
    offer. `sku` is unique per seller.
    """

    __tablename__ = "variants"
    __table_args__ = (
        ForeignKeyConstraint(["product_id", "seller_id"], ["products.id", "products.seller_id"]),
        CheckConstraint("price_vnd >= 0", "price"),
        UniqueConstraint("seller_id", "sku"),
    )

    id: Mapped[BigKey]
    product_id: Mapped[int] = mapped_column(BigInteger, index=True)
    sku: Mapped[str]
    pack: Mapped[str]
    unit: Mapped[str]
    price_vnd: Mapped[int]
    price_illustrative: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Recorded]

    product: Mapped[Product] = relationship(viewonly=True)
