"""A seller's shop on a marketplace, the listings linked to it, what it was told."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.catalogue.models import Variant
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column


class Health(StrEnum):
    """Whether calls go through. NEEDS_RECONNECT parks the shop's work until it is signed in.

    MANUAL: a portal without an API, worked by hand.
    """

    OK = "ok"
    NEEDS_RECONNECT = "needs_reconnect"
    STOPPED = "stopped"
    MANUAL = "manual"


class Drift(StrEnum):
    """What to do when somebody changed words or photos on the marketplace itself."""

    REPORT = "report"
    OVERWRITE = "overwrite"


class Connection(Owned, Model):
    """A shop on a marketplace (`platform`, a name of `marketplaces.known`) or on a portal.

    Tokens are sealed; a portal has none. `sandbox`: not a real market. `cipher`: TikTok's second
    name of the shop.

    Of what may be promised, `share_percent` is offered there, less `buffer` units, and nothing
    when that is below `threshold`.

    `failures` calls in a row got no answer; nothing is called before `paused_until`. Orders that
    changed before `pulled_until` are here. `told_of_end`: the seller was warned that the consent
    ends at `refresh_until`.
    """

    __tablename__ = "connections"
    __table_args__ = (
        UniqueConstraint("platform", "shop_id"),
        CheckConstraint("share_percent BETWEEN 0 AND 100", "share"),
        CheckConstraint("buffer >= 0 AND threshold >= 0", "rules"),
        CheckConstraint("calls_per_second > 0", "pace"),
    )

    id: Mapped[BigKey]
    platform: Mapped[str]
    shop_id: Mapped[str]
    name: Mapped[str] = mapped_column(default="", server_default="")
    cipher: Mapped[str] = mapped_column(default="", server_default="")
    sealed_access_token: Mapped[str | None]
    sealed_refresh_token: Mapped[str | None]
    token_expires_at: Mapped[Instant | None]
    refresh_until: Mapped[Instant | None]
    told_of_end: Mapped[bool] = mapped_column(default=False, server_default="false")
    sandbox: Mapped[bool] = mapped_column(default=False)
    health: Mapped[str] = mapped_column(default=Health.OK)
    trouble: Mapped[str | None]
    share_percent: Mapped[int] = mapped_column(default=100, server_default="100")
    buffer: Mapped[int] = mapped_column(default=0, server_default="0")
    threshold: Mapped[int] = mapped_column(default=0, server_default="0")
    drift: Mapped[str] = mapped_column(default=Drift.REPORT, server_default=Drift.REPORT)
    calls_per_second: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    paused_until: Mapped[Instant | None]
    pulled_until: Mapped[Instant | None]
    created_at: Mapped[Recorded]


class ListingState(StrEnum):
    """CREATING is written before the call: after a crash the remote side is asked first."""

    WAITING = "waiting"
    CREATING = "creating"
    LIVE = "live"
    FAILED = "failed"


class Listing(Owned, Model):
    """One variant on one connection. `trouble` is what the cooperative must do about it.

    `offered`: whether it is to be seen there at all. `category_id`, `attributes` (the
    marketplace's attribute id → value) and `brand_id` as chosen for this marketplace.
    `attempt` names the create that is under way, the same when it is tried again; until
    `unknown_until` it may still arrive there, so nobody may look whether it did. `link`: its page,
    `remote_state` how the marketplace shows it.
    """

    __tablename__ = "listings"
    __table_args__ = (
        UniqueConstraint("connection_id", "variant_id"),
        Index(
            "uq_listings_external",
            "connection_id",
            "external_id",
            unique=True,
            postgresql_where="external_id IS NOT NULL",
        ),
    )

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)
    external_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=ListingState.WAITING)
    offered: Mapped[bool] = mapped_column(default=True, server_default="true")
    category_id: Mapped[str] = mapped_column(default="", server_default="")
    attributes: Mapped[Json] = mapped_column(default=dict, server_default="{}")
    brand_id: Mapped[str] = mapped_column(default="", server_default="")
    attempt: Mapped[str | None]
    unknown_until: Mapped[Instant | None]
    link: Mapped[str] = mapped_column(default="", server_default="")
    remote_state: Mapped[str | None]
    trouble: Mapped[str | None]
    pushed_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]

    connection: Mapped[Connection] = relationship()
    variant: Mapped[Variant] = relationship()


class ListingSpan(Model):
    """From when to when a listing was live and offered on its channel; null: it still is.

    Written by a trigger alone (migration 20261129_0020), as `SaleSpan` for our own shop.
    """

    __tablename__ = "listing_spans"
    __table_args__ = (
        Index("ix_listing_spans_listing_id", "listing_id", "from_at"),
        Index(
            "uq_listing_spans_open", "listing_id", unique=True, postgresql_where="until_at IS NULL"
        ),
    )

    id: Mapped[BigKey]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    from_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until_at: Mapped[Instant | None]


class Fact(Model):
    """Something a marketplace told of itself (its categories, what one asks), kept for a day.

    `shop_id` is empty for what is the same for every shop of the platform.
    """

    __tablename__ = "market_facts"
    __table_args__ = (UniqueConstraint("platform", "shop_id", "kind", "key"),)

    id: Mapped[BigKey]
    platform: Mapped[str]
    shop_id: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str]
    body: Mapped[Json]
    asked_at: Mapped[Instant]


class Call(Model):
    """A call about listings: what was asked and answered (secrets masked), and what caused it.

    `cause`: the event or the person. `code`: empty for success.
    """

    __tablename__ = "market_calls"
    __table_args__ = (
        Index("ix_market_calls_listing_id_at", "listing_id", "at"),
        Index("ix_market_calls_at", "at"),
    )

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    at: Mapped[Recorded]
    call: Mapped[str]
    request: Mapped[str]
    reply: Mapped[str]
    code: Mapped[str]
    took_ms: Mapped[int]
    cause: Mapped[str]
    request_id: Mapped[str | None]
