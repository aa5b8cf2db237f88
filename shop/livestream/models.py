"""Broadcasts, pinned codes, comments, buyers and their claims."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from shop import references
from shop.accounts.models import Owned
from shop.catalogue.models import Variant
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.livestream.plan_models import Festival, Host
from shop.sellers.models import Seller


class BroadcastState(StrEnum):
    """A broadcast is planned, may be rehearsed, is live (or paused), then closed.

    REHEARSING: comments are read and shown, nothing is held. PAUSED: comments are kept and read,
    and claims made, while the picture is away.
    """

    PLANNED = "planned"
    REHEARSING = "rehearsing"
    LIVE = "live"
    PAUSED = "paused"
    CLOSED = "closed"


class Unpaid(StrEnum):
    """What becomes, at the close, of what is held and not paid."""

    RELEASE = "release"
    COD = "cod"


class Broadcast(Owned, Model):
    """One livestream session. `sealed_ingest_key` signs the comments a bridge sends in.

    `starts_at`: when it is planned for. `hold_minutes`: how long a claim holds its goods, null as
    the installation says. A reading of at least `claim_from` percent becomes a claim by itself, one
    of at least `ask_from` goes to a person. `voucher_code`: taken off every order of the session.
    `stopped_at`, `stop_reason`: an operator ended it. What was said from `rehearsed_at` to before
    `rehearsal_ended_at` (platform time) was said to a rehearsal. `pins`: the codes as they stand.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (
        CheckConstraint("ask_from BETWEEN 0 AND claim_from AND claim_from <= 100", "thresholds"),
        CheckConstraint("hold_minutes BETWEEN 1 AND 1440", "hold_minutes"),
    )

    id: Mapped[BigKey]
    title: Mapped[str]
    platform: Mapped[str]
    state: Mapped[str] = mapped_column(default=BroadcastState.PLANNED)
    sealed_ingest_key: Mapped[str]
    host_id: Mapped[int | None] = mapped_column(ForeignKey("livestream_hosts.id"))
    festival_id: Mapped[int | None] = mapped_column(
        ForeignKey("livestream_festivals.id"), index=True
    )
    voucher_code: Mapped[str] = mapped_column(default="", server_default="")
    hold_minutes: Mapped[int | None]
    unpaid: Mapped[str] = mapped_column(default=Unpaid.RELEASE, server_default=Unpaid.RELEASE)
    claim_from: Mapped[int] = mapped_column(SmallInteger, default=50, server_default="50")
    ask_from: Mapped[int] = mapped_column(SmallInteger, default=20, server_default="20")
    replay_url: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[Recorded]
    starts_at: Mapped[Instant | None]
    rehearsed_at: Mapped[Instant | None]
    rehearsal_ended_at: Mapped[Instant | None]
    live_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]
    stopped_at: Mapped[Instant | None]
    stop_reason: Mapped[str] = mapped_column(default="", server_default="")

    pins: Mapped[list["Pin"]] = relationship(
        primaryjoin="and_(Pin.broadcast_id == Broadcast.id, Pin.until_at == None)",
        order_by="Pin.code",
        viewonly=True,
    )
    seller: Mapped[Seller] = relationship()
    host: Mapped[Host | None] = relationship()
    festival: Mapped[Festival | None] = relationship()


class Pin(Model):
    """A product under a code ("A1", "05"). Without `variant_id` the code is understood, but a
    person must say what is sold under it.

    It is what the code means from `from_at` until `until_at` (platform time; null: without end).
    `price_vnd`: the session's price, null that of the pack. `cap`: no more than that is sold under
    it in the session, `per_buyer`: to one buyer (in the variant's unit).
    """

    __tablename__ = "pins"
    __table_args__ = (
        Index(
            "uq_pins_current",
            "broadcast_id",
            "code",
            unique=True,
            postgresql_where="until_at IS NULL",
        ),
        CheckConstraint("price_vnd >= 0", "price"),
        CheckConstraint("cap > 0 AND per_buyer > 0", "limits"),
    )

    id: Mapped[BigKey]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    from_at: Mapped[Instant | None]
    until_at: Mapped[Instant | None]
    price_vnd: Mapped[int | None]
    cap: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    per_buyer: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    code: Mapped[str]
    label: Mapped[str]
    unit: Mapped[str]
    aliases: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    variants: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))

    variant: Mapped[Variant | None] = relationship()

    def holds_at(self, instant: datetime) -> bool:
        """Whether the code means this at `instant` (platform time)."""
        begun = self.from_at is None or self.from_at <= instant
        return begun and (self.until_at is None or instant < self.until_at)


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

    `source`: what it came through (a bridge, a platform's own stream, a paste, a person's hand).
    `taken_by` works on it until `taken_until`; `handled_by` decided it. `shows_phone`: a phone
    stands in it for everybody to read, until `hidden_at` when the platform hid it.
    """

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "platform_id"),
        Index("ix_comments_broadcast_id_posted_at", "broadcast_id", "posted_at", "id"),
        Index("ix_comments_pasted", "broadcast_id", postgresql_where="source = 'paste'"),
        Index("ix_comments_new", "broadcast_id", "posted_at", postgresql_where="state = 'new'"),
        Index(
            "ix_comments_open",
            "broadcast_id",
            "posted_at",
            postgresql_where="state IN ('review', 'question') AND handled_at IS NULL",
        ),
        Index(
            "ix_comments_showing",
            "broadcast_id",
            "posted_at",
            postgresql_where="shows_phone AND hidden_at IS NULL",
        ),
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
    source: Mapped[str] = mapped_column(default="bridge", server_default="bridge")
    rehearsal: Mapped[bool] = mapped_column(default=False, server_default=false())
    shows_phone: Mapped[bool] = mapped_column(default=False, server_default=false())
    hidden_at: Mapped[Instant | None]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_until: Mapped[Instant | None]
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    handled_at: Mapped[Instant | None]


class Buyer(Model):
    """A commenter of one broadcast. `token` opens the page on which they confirm their claims.

    `told_at`: when they were sent their link, by `told_by`. `taken_by` looks after them until
    `taken_until`.
    """

    __tablename__ = "livestream_buyers"
    __table_args__ = (UniqueConstraint("broadcast_id", "author_id"),)

    id: Mapped[BigKey]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    author_id: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    token: Mapped[str] = mapped_column(unique=True, default=references.token)
    told_at: Mapped[Instant | None]
    told_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_until: Mapped[Instant | None]

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

    `comment_id` said it, at `said_at` (platform time): who said it first is served first.
    `price_vnd`: what one unit costs this buyer, as pinned when it was said. `offered_at`: goods
    came free for one who waited. `made_by`: the person who confirmed it, null the reader itself.
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
        Index("ix_claims_waiting", "variant_id", "said_at", postgresql_where="state = 'waiting'"),
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
    pin_id: Mapped[int | None] = mapped_column(ForeignKey("pins.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    said_at: Mapped[Instant | None]
    price_vnd: Mapped[int | None]
    offered_at: Mapped[Instant | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Recorded]

    buyer: Mapped[Buyer] = relationship()
    variant: Mapped[Variant] = relationship()
