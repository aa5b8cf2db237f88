"""What people and programs do beside a session: listening, own words, acts that can be undone."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from shop import references
from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, SealedBytes, mapped_column


class ListenerState(StrEnum):
    """LOST: the platform stopped answering, and it is tried again. OVER: the broadcast ended."""

    LISTENING = "listening"
    LOST = "lost"
    OVER = "over"


class Listener(Owned, Model):
    """A platform's own stream of comments that we read for a session.

    `external_id`: Facebook's live video, YouTube's live chat. `cursor`: where to go on (a page
    token, or the time of the last comment). `trouble`: what the platform said last, for people.
    """

    __tablename__ = "livestream_listeners"
    __table_args__ = (UniqueConstraint("broadcast_id", "platform", "external_id"),)

    id: Mapped[BigKey]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    platform: Mapped[str]
    external_id: Mapped[str]
    token: Mapped[bytes] = mapped_column(SealedBytes)
    cursor: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default=ListenerState.LISTENING)
    trouble: Mapped[str] = mapped_column(default="", server_default="")
    heard_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]


class WordKind(StrEnum):
    """What a cooperative's own word means in a comment."""

    ORDER = "order"
    CANCEL = "cancel"


class Word(Owned, Model):
    """A word or phrase of a seller's own buyers ("hốt", "múc", "trả lại nha")."""

    __tablename__ = "livestream_words"
    __table_args__ = (UniqueConstraint("seller_id", "phrase"),)

    id: Mapped[BigKey]
    kind: Mapped[str]
    phrase: Mapped[str]


class Act(Model):
    """What a person did at the desk, and how it was before, so that it can be undone once.

    `before`: of each claim (by reference), the comment and the buyer concerned, what stood there
    "before" (null: it was not there) and "after".
    """

    __tablename__ = "livestream_acts"
    __table_args__ = (Index("ix_livestream_acts_broadcast_id_at", "broadcast_id", "at"),)

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("livestream_buyers.id"))
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    at: Mapped[Recorded]
    undone_at: Mapped[Instant | None]
