"""Lanes: what a listing still has to tell its marketplace; letters: what was refused."""

from enum import StrEnum

from sqlalchemy import Computed, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from workers.channels.models import Listing


class LaneKind(StrEnum):
    """What differs, most urgent first."""

    STOCK = "stock"
    PRICE = "price"
    STATUS = "status"
    CONTENT = "content"
    IMAGES = "images"


# array_position counts from one; nobody minds.
_URGENCY = f"array_position(ARRAY[{', '.join(repr(kind.value) for kind in LaneKind)}], kind)"


class Lane(Model):
    """One row per listing and kind. Open while `wanted` is ahead of `settled`.

    `wanted` counts the changes marked, so that one made during a call is not lost; the value
    itself is computed when it is sent. `acknowledged` is the hash of what the remote side has.
    Not sent before `not_before`; `tries` calls in vain since it opened. `cause` and `request_id`
    tell what marked it last.

    `connection_id` is its listing's, and `urgency` the place of its kind in `LaneKind`: they stand
    here so that the next open lanes of a shop are the first of an index, however many wait.
    """

    __tablename__ = "lanes"
    __table_args__ = (
        UniqueConstraint("listing_id", "kind"),
        Index(
            "ix_lanes_next",
            "connection_id",
            "urgency",
            "marked_at",
            "listing_id",
            postgresql_where="wanted > settled",
        ),
    )

    id: Mapped[BigKey]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    kind: Mapped[str]
    urgency: Mapped[int] = mapped_column(SmallInteger, Computed(_URGENCY, persisted=True))
    wanted: Mapped[int] = mapped_column(default=1)
    settled: Mapped[int] = mapped_column(default=0)
    acknowledged: Mapped[str | None]
    settled_at: Mapped[Instant | None]
    marked_at: Mapped[Instant | None]
    not_before: Mapped[Instant | None]
    unheard_until: Mapped[Instant | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    trouble: Mapped[str | None]
    cause: Mapped[str] = mapped_column(default="", server_default="")
    request_id: Mapped[str | None]

    listing: Mapped[Listing] = relationship()


class LetterState(StrEnum):
    """OPEN waits for a person; MENDED: the marketplace took it since."""

    OPEN = "open"
    RETRIED = "retried"
    IGNORED = "ignored"
    MENDED = "mended"


class Letter(Owned, Model):
    """A refusal that waits for a person (dead letter): what was said and what to do about it.

    `kinds`: the lanes it closed, joined by commas. `code` and `said`: the marketplace's words.
    """

    __tablename__ = "letters"
    __table_args__ = (
        Index(
            "uq_letters_open", "listing_id", "kinds", unique=True, postgresql_where="state = 'open'"
        ),
        Index("ix_letters_at", "at"),
    )

    id: Mapped[BigKey]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    kinds: Mapped[str]
    code: Mapped[str]
    said: Mapped[str]
    hint: Mapped[str]
    request: Mapped[str]
    reply: Mapped[str]
    at: Mapped[Recorded]
    state: Mapped[str] = mapped_column(default=LetterState.OPEN)
    closed_at: Mapped[Instant | None]
    closed_by: Mapped[str | None]

    listing: Mapped[Listing] = relationship()


class DifferenceKind(StrEnum):
    """How a marketplace differs from what it should have.

    MISSING: it lost the item. EXTRA: it has one that is none of ours. BLOCKED: it does not show it.
    """

    MISSING = "missing"
    EXTRA = "extra"
    BLOCKED = "blocked"
    STOCK = "stock"
    PRICE = "price"
    STATUS = "status"
    CONTENT = "content"


class Difference(Model):
    """Something that differed when it was last compared: what we say, and what stood there."""

    __tablename__ = "market_differences"
    __table_args__ = (Index("ix_market_differences", "connection_id", "listing_id"),)

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"))
    external_id: Mapped[str]
    kind: Mapped[str]
    ours: Mapped[str]
    theirs: Mapped[str]
    at: Mapped[Instant]

    listing: Mapped[Listing | None] = relationship()
