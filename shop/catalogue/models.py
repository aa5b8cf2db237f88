"""Products and their variants (packs)."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.catalogue import programme
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.sellers.models import REVIEW_STATES, ReviewState, Seller


class Status(StrEnum):
    """Where its seller wants a product; see `Product.on_sale` for what is shown and sold."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    ARCHIVED = "archived"


def _trigrams(column: str) -> Index:
    name, ops = f"ix_products_{column}", {column: "gin_trgm_ops"}
    return Index(name, column, postgresql_using="gin", postgresql_ops=ops)


class Product(Owned, Model):
    """One product of one seller.

    `criteria_set` is one of the 26 OCOP sets. `reported` keeps what sources say of its
    recognition; it is never a right to show a star. `words` is what search looks in (see
    `search.words`), `folded` the same without accents, `sounded` as it sounds to those who mix up
    n and l or ch and tr; `sort_key` orders names the Vietnamese way. `months`: when
    it is in season (1–12), empty all the year. `version` counts changes, against lost updates.
    `on_sale`: published, and passed by review with its seller; kept by `products.settle`.
    `edited`: changed since it passed, and not yet seen again.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(str(s)) for s in Status)})", "status"),
        CheckConstraint(REVIEW_STATES, "review"),
        CheckConstraint("NOT on_sale OR status = 'published' AND review = 'passed'", "on_sale"),
        CheckConstraint("months <@ '{1,2,3,4,5,6,7,8,9,10,11,12}'::smallint[]", "months"),
        UniqueConstraint("id", "seller_id"),
        _trigrams("folded"),
        _trigrams("sounded"),
        # For words of one or two letters, of which there are no trigrams.
        Index(
            "ix_products_lexemes",
            text("to_tsvector('simple'::regconfig, folded)"),
            postgresql_using="gin",
        ),
        Index("ix_products_on_sale", "sort_key", "id", postgresql_where="on_sale"),
        Index("ix_products_newest", "created_at", "id", postgresql_where="on_sale"),
        Index(
            "ix_products_set",
            *("criteria_set", "sort_key", "id"),
            postgresql_where="on_sale",
            postgresql_include=["seller_id"],
        ),
        Index("ix_products_seller", "seller_id", "sort_key", "id", postgresql_where="on_sale"),
        Index("ix_products_to_see", "id", postgresql_where="review = 'waiting' OR edited"),
        Index("ix_products_months", "months", postgresql_using="gin", postgresql_where="on_sale"),
    )

    id: Mapped[BigKey]
    starter_id: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    name_en: Mapped[str | None]
    ingredients: Mapped[str] = mapped_column(default="", server_default="")
    storage: Mapped[str] = mapped_column(default="", server_default="")
    shelf_life: Mapped[str] = mapped_column(default="", server_default="")
    months: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), default=list, server_default="{}"
    )
    review: Mapped[str] = mapped_column(default=ReviewState.DRAFT, server_default=ReviewState.DRAFT)
    edited: Mapped[bool] = mapped_column(default=False, server_default="false")
    on_sale: Mapped[bool] = mapped_column(default=False, server_default="false")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    criteria_set: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=Status.DRAFT)
    aliases: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    reported: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    words: Mapped[str] = mapped_column(deferred=True)
    folded: Mapped[str] = mapped_column(Computed("fold(words)", persisted=True), deferred=True)
    sounded: Mapped[str] = mapped_column(Computed("sound(words)", persisted=True), deferred=True)
    sort_key: Mapped[str]
    created_at: Mapped[Recorded]
    updated_at: Mapped[Recorded]

    seller: Mapped[Seller] = relationship()
    variants: Mapped[list["Variant"]] = relationship(
        order_by="Variant.position, Variant.id", lazy="selectin", viewonly=True
    )


class Variant(Owned, Model):
    """One pack of a product: `pack` as people say it ("hộp 200 g"), priced per `unit`.

    `gtin`: barcode with its check digit. `weight_g`: net weight in grams. `least`: the smallest
    quantity that is sold, in `unit`. An inactive pack is offered no more, but stays in its orders.

    `price_illustrative`: made up for demonstrations, said so on every screen and never a real
    offer. `sku` is unique per seller.
    """

    __tablename__ = "variants"
    __table_args__ = (
        ForeignKeyConstraint(["product_id", "seller_id"], ["products.id", "products.seller_id"]),
        CheckConstraint("price_vnd >= 0", "price"),
        CheckConstraint("gtin ~ '^[0-9]{8}([0-9]{4,6})?$'", "gtin"),
        CheckConstraint("weight_g > 0", "weight"),
        CheckConstraint("least > 0", "least"),
        UniqueConstraint("seller_id", "sku"),
        UniqueConstraint("seller_id", "gtin"),
        Index("ix_variants_gtin", "gtin", postgresql_where="gtin IS NOT NULL"),
        Index("ix_variants_price", "price_vnd", "id", "product_id", postgresql_where="active"),
        Index("ix_variants_cheapest", "product_id", "price_vnd", "id", postgresql_where="active"),
    )

    id: Mapped[BigKey]
    product_id: Mapped[int] = mapped_column(BigInteger, index=True)
    sku: Mapped[str]
    pack: Mapped[str]
    unit: Mapped[str]
    price_vnd: Mapped[int]
    price_illustrative: Mapped[bool] = mapped_column(default=False)
    gtin: Mapped[str | None]
    weight_g: Mapped[int | None]
    least: Mapped[Decimal] = mapped_column(Numeric(12, 3), default=1, server_default="1")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    created_at: Mapped[Recorded]

    product: Mapped[Product] = relationship(viewonly=True)


class SaleSpan(Model):
    """From when to when a product was offered in our shop (`on_sale`); null: it still is.

    Written by a trigger alone (migration 20261129_0020), so that what was on sale at the end of a
    month can be counted later. Spans of before it begin when their product was made.
    """

    __tablename__ = "product_sale_spans"
    __table_args__ = (
        Index("ix_product_sale_spans_product_id", "product_id", "from_at"),
        Index(
            "uq_product_sale_spans_open",
            "product_id",
            unique=True,
            postgresql_where="until_at IS NULL",
        ),
    )

    id: Mapped[BigKey]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    from_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until_at: Mapped[Instant | None]


class CertificateState(StrEnum):
    """A certificate is entered, verified or refused by a reviewer, and may be withdrawn."""

    WAITING = "waiting"
    VERIFIED = "verified"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Certificate(Owned, Model):
    """An OCOP certificate as its paper says. Its star follows from `score`; nobody types one.

    `level`: who issued it (province, ministry; district on papers from before July 2025).
    `expires_on`: the last day on which it holds. `extended_until`: the transitional extension of
    Decision 26/2026/QĐ-TTg Art. 12.3, set by a reviewer with a document. `withdrawn_on`: from the
    beginning of that day it gives no star. `reason`: why refused or withdrawn, for its seller.
    `ended_on`: the last day whose end was made known to other rooms; `reminded`: days before
    expiry of the newest reminder.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 100", "score"),
        CheckConstraint("expires_on > issued_on", "expiry"),
        CheckConstraint("level IN ('district', 'province', 'ministry')", "level"),
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in CertificateState)})", "state"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_on IS NOT NULL)", "withdrawal"),
        CheckConstraint("extended_until BETWEEN expires_on + 1 AND expires_on + 180", "extension"),
        UniqueConstraint("seller_id", "number"),
        Index("ix_certificates_expires_on", "expires_on", postgresql_where="state = 'verified'"),
    )

    id: Mapped[BigKey]
    number: Mapped[str]
    score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    criteria_set: Mapped[str]
    authority: Mapped[str]
    level: Mapped[str]
    issued_on: Mapped[date]
    expires_on: Mapped[date]
    extended_until: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    decision: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=CertificateState.WAITING)
    reason: Mapped[str] = mapped_column(default="", server_default="")
    reviewer: Mapped[str | None]
    reviewed_at: Mapped[Instant | None]
    ended_on: Mapped[date | None]
    reminded: Mapped[int | None]
    created_at: Mapped[Recorded]

    @property
    def star(self) -> int | None:
        """What its score gives by the bands of its day of issue, in force or not."""
        return programme.star(self.score, self.issued_on)

    @property
    def last_day(self) -> date:
        """The last day on which it holds, any extension counted."""
        return self.extended_until or self.expires_on

    seller: Mapped[Seller] = relationship()
    coverage: Mapped[list["Coverage"]] = relationship(
        order_by="Coverage.id", lazy="selectin", cascade="all, delete-orphan"
    )


class Coverage(Model):
    """A product that a certificate covers, or only one of its packs."""

    __tablename__ = "certificate_coverage"
    __table_args__ = (
        UniqueConstraint(
            "certificate_id", "product_id", "variant_id", postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[BigKey]
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))

    product: Mapped[Product] = relationship()
    variant: Mapped[Variant | None] = relationship()


class ImportState(StrEnum):
    """A file of products is read, shown for a decision, and applied whole or not at all."""

    READING = "reading"
    SHOWN = "shown"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"


class ProductImport(Owned, Model):
    """One spreadsheet on its way in. `faults`: what is wrong, cell by cell; then nothing is saved.

    `total` rows were found, `done` of them are read or applied so far. `changes`: the first cells
    that differ, as results.Change; `mark`: of all of them, so that nothing else is done than what
    was shown. `stale`: the goods changed after it was shown, so it is shown anew.
    """

    __tablename__ = "product_imports"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in ImportState)})", "state"),
    )

    id: Mapped[BigKey]
    filename: Mapped[str]
    file_key: Mapped[str]
    result_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=ImportState.READING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    faults: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    changes: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")
    mark: Mapped[str | None]
    stale: Mapped[bool] = mapped_column(default=False, server_default="false")
    requested_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[Recorded]
    ended_at: Mapped[Instant | None]
