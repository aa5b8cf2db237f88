"""What was said outside of lots and events, under which names, and what others sent in."""

from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column


class LotName(Model):
    """What a lot is called outside. It is kept: a GTIN that comes later renames nothing said."""

    __tablename__ = "lot_names"
    __table_args__ = (UniqueConstraint("seller_id", "uri"),)

    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("sellers.id"))
    uri: Mapped[str]


class Statement(Model):
    """An event as EPCIS says it: `body` without its errorDeclaration, `name` its eventID.

    `hash_id`: its hash ID, which is the name but for events that others named. `namespaces`:
    prefix → address of what it uses. `marks`: what it is found by ("step:shipping").
    `signature`: ours (Ed25519, hex) over all of that, for names of goods and our address may change
    later, so that it cannot be reckoned anew from the record.
    """

    __tablename__ = "epcis_statements"
    __table_args__ = (
        UniqueConstraint("seller_id", "name"),
        Index("ix_epcis_statements_hash_id", "seller_id", "hash_id"),
        Index("ix_epcis_statements_marks", "marks", postgresql_using="gin"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("trace_events.id"), primary_key=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("sellers.id"))
    name: Mapped[str]
    hash_id: Mapped[str]
    body: Mapped[Json]
    namespaces: Mapped[Json]
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    signature: Mapped[str] = mapped_column(default="", server_default="")


class Capture(Owned, Model):
    """A document somebody sent in. `document` is let go once it is read.

    `proceed`: events that can be kept are, though others of the document cannot. `errors`: problem
    details, at most a hundred. `user_id`: who answers for it, `by` their name.
    """

    __tablename__ = "epcis_captures"

    id: Mapped[BigKey]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by: Mapped[str]
    proceed: Mapped[bool] = mapped_column(default=False, server_default="false")
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    running: Mapped[bool] = mapped_column(default=True, server_default="true")
    success: Mapped[bool] = mapped_column(default=True, server_default="true")
    kept: Mapped[int] = mapped_column(default=0, server_default="0")
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    created_at: Mapped[Recorded]
    finished_at: Mapped[Instant | None]
