"""Broadcasts, pinned codes, comments, buyers and their claims."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from shop import references
from shop.accounts.models import Owned
from shop.catalogue.models import Variant
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column


class BroadcastState(StrEnum):
    """A broadcast is planned, live, then closed."""

    PLANNED = "planned"
    LIVE = "live"
    CLOSED = "closed"


class Broadcast(Owned, Model):
    """One livestream session. `sealed_ingest_key` signs the comments a bridge sends in."""

    __tablename__ = "broadcasts"

    id: Mapped[BigKey]
    title: Mapped[str]
    platform: Mapped[str]
    state: Mapped[str] = mapped_column(default=BroadcastState.PLANNED)
    sealed_ingest_key: Mapped[str]
    created_at: Mapped[Recorded]
    live_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]

    pins: Mapped[list["Pin"]] = relationship(order_by="Pin.code", lazy="selectin")


class Pin(Model):
    """A product under a code ("A1", "05"). Without `variant_id` the code is understood, but a
    person must say what is sold under it."""

    __tablename__ = "pins"
    __table_args__ = (UniqueConstraint("broadcast_id", "code"),)

    id: Mapped[BigKey]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    code: Mapped[str]
    label: Mapped[str]
    unit: Mapped[str]
    aliases: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    variants: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))

    variant: Mapped[Variant | None] = relationship()


class Focus(Model):
    """From `at` on (platform time) this code is the one on the host's table."""

    __tablename__ = "focuses"
    __table_args__ = (Index("ix_focuses_broadcast_id_at", "broadcast_id", "at"),)

    id: Mapped[BigKey]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    code: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class CommentState(StrEnum):
    """What became of a comment."""

    NEW = "new"
    CLAIMED = "claimed"
    REVIEW = "review"
    QUESTION = "question"
    CONTACT = "contact"
    CANCELLED = "cancelled"
    IGNORED = "ignored"


class Comment(Model):
    """One comment as the platform gave it, then what the reader made of it.

    `posted_at` is the platform's time: the order of service. `reading` is the reader's output
    with its version; `reason` says why a person must look (state REVIEW).
    """

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "platform_id"),
        Index("ix_comments_broadcast_id_posted_at", "broadcast_id", "posted_at", "id"),
        Index("ix_comments_new", "broadcast_id", "posted_at", postgresql_where="state = 'new'"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    platform_id: Mapped[str]
    author_id: Mapped[str]
    author_name: Mapped[str]
    text: Mapped[str]
    posted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[Recorded]
    read_at: Mapped[Instant | None]
    reading: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(default=CommentState.NEW)
    reason: Mapped[str | None]


class Buyer(Model):
    """A commenter of one broadcast. `token` opens the page on which they confirm their claims."""

    __tablename__ = "livestream_buyers"
    __table_args__ = (UniqueConstraint("broadcast_id", "author_id"),)

    id: Mapped[BigKey]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    author_id: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    token: Mapped[str] = mapped_column(unique=True, default=references.token)

    broadcast: Mapped[Broadcast] = relationship()


class ClaimState(StrEnum):
    """A claim is held, then ordered, cancelled, or lapsed."""

    HELD = "held"
    WAITING = "waiting"
    ORDERED = "ordered"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class Claim(Owned, Model):
    """A buyer's word for a quantity of one pinned variant. One live claim a buyer and variant.

    `seller_id` is the seller of the goods, who need not be the host's. `held_until`: the
    reservation "claim:<ref>" lapses then. WAITING: there was not enough stock.
    """

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("quantity > 0", "quantity"),
        Index(
            "uq_claims_live",
            "buyer_id",
            "variant_id",
            unique=True,
            postgresql_where="state IN ('held', 'waiting')",
        ),
        Index("ix_claims_held", "held_until", postgresql_where="state = 'held'"),
    )

    id: Mapped[BigKey]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("livestream_buyers.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    code: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    state: Mapped[str] = mapped_column(default=ClaimState.HELD)
    held_until: Mapped[Instant | None]
    order_ref: Mapped[str | None]
    created_at: Mapped[Recorded]

    buyer: Mapped[Buyer] = relationship()
    variant: Mapped[Variant] = relationship()
