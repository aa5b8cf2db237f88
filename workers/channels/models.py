"""A seller's shop on a marketplace, and the listings linked to it."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.catalogue.models import Variant
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column


class Health(StrEnum):
    """Whether calls go through. NEEDS_RECONNECT parks the shop's work until it is signed in."""

    OK = "ok"
    NEEDS_RECONNECT = "needs_reconnect"
    STOPPED = "stopped"


class Connection(Owned, Model):
    """A signed-in shop. Tokens and the partner key are sealed; `sandbox`: not a real market."""

    __tablename__ = "connections"
    __table_args__ = (UniqueConstraint("platform", "shop_id"),)

    id: Mapped[BigKey]
    platform: Mapped[str]
    host: Mapped[str]
    shop_id: Mapped[str]
    partner_id: Mapped[int]
    sealed_partner_key: Mapped[str]
    sealed_access_token: Mapped[str]
    sealed_refresh_token: Mapped[str]
    token_expires_at: Mapped[Instant]
    sandbox: Mapped[bool] = mapped_column(default=False)
    health: Mapped[str] = mapped_column(default=Health.OK)
    trouble: Mapped[str | None]
    created_at: Mapped[Recorded]


class ListingState(StrEnum):
    """CREATING is written before the call: after a crash the remote side is asked first."""

    WAITING = "waiting"
    CREATING = "creating"
    LIVE = "live"
    FAILED = "failed"


class Listing(Owned, Model):
    """One variant on one connection. `trouble` is what the cooperative must do about it."""

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
    trouble: Mapped[str | None]
    pushed_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]

    connection: Mapped[Connection] = relationship()
    variant: Mapped[Variant] = relationship()
