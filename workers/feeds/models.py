"""A seller's feeds and how fresh their files are."""

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column


class Feed(Owned, Model):
    """The feeds of a seller, under one secret word.

    `digest` of the word finds the row, `sealed_word` shows the word to its seller; both None: it
    was revoked. `changes` counts what happened to the goods, `written` up to which of them the
    files say; `changed_at` is the first change that they do not. `files`: name → key in the store,
    ETag and bytes. `items` stand in the files; `left_out`: [SKU, name, why, where].
    """

    __tablename__ = "feeds"
    __table_args__ = (
        UniqueConstraint("seller_id"),
        Index("ix_feeds_changed_at", "changed_at", postgresql_where="changed_at IS NOT NULL"),
    )

    id: Mapped[BigKey]
    digest: Mapped[str | None] = mapped_column(unique=True)
    sealed_word: Mapped[str | None]
    changes: Mapped[int] = mapped_column(default=1, server_default="1")
    written: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[Instant | None]
    written_at: Mapped[Instant | None]
    files: Mapped[Json] = mapped_column(default=dict, server_default="{}")
    items: Mapped[int] = mapped_column(default=0, server_default="0")
    left_out: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")
    created_at: Mapped[Recorded]
