"""Lanes: what a listing still has to tell its marketplace."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.database import BigKey, Instant, Mapped, Model, mapped_column
from workers.channels.models import Listing


class LaneKind(StrEnum):
    """What differs, most urgent first."""

    STOCK = "stock"
    PRICE = "price"
    CONTENT = "content"


class Lane(Model):
    """One row per listing and kind. Open while `wanted` is ahead of `settled`.

    `wanted` counts the changes marked, so that one made during a call is not lost; the value
    itself is computed when it is sent. `acknowledged` is the hash of what the remote side has.
    """

    __tablename__ = "lanes"
    __table_args__ = (
        UniqueConstraint("listing_id", "kind"),
        Index("ix_lanes_open", "listing_id", postgresql_where="wanted > settled"),
    )

    id: Mapped[BigKey]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    kind: Mapped[str]
    wanted: Mapped[int] = mapped_column(default=1)
    settled: Mapped[int] = mapped_column(default=0)
    acknowledged: Mapped[str | None]
    settled_at: Mapped[Instant | None]
    trouble: Mapped[str | None]

    listing: Mapped[Listing] = relationship()
