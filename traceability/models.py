"""Places, lots, and the append-only record of what happened to them."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.catalogue.models import Product
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column


class SiteKind(StrEnum):
    """Where things happen: a growing area (vùng trồng, vùng nuôi), a workshop, a store."""

    GROWING_AREA = "growing_area"
    WORKSHOP = "workshop"
    STORE = "store"


class Site(Owned, Model):
    """A place of a seller. `code`: its growing-area or facility number where the State gave one.

    `latitude`, `longitude`: WGS 84, shown to consumers, so a field or a workshop, never a home.
    """

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("seller_id", "name"),
        CheckConstraint("num_nonnulls(latitude, longitude) IN (0, 2)", "point"),
    )

    id: Mapped[BigKey]
    name: Mapped[str]
    kind: Mapped[str]
    code: Mapped[str | None]
    commune_code: Mapped[str | None]
    commune: Mapped[str | None]
    province: Mapped[str | None]
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    hectares: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    retired_at: Mapped[Instant | None]


class Household(Owned, Model):
    """A member household (hộ thành viên) that grows or makes. The record names only its `code`.

    `name` is a person's: erasable, and shown to consumers only when `shown` (the person agreed).
    """

    __tablename__ = "households"
    __table_args__ = (UniqueConstraint("seller_id", "code"),)

    id: Mapped[BigKey]
    code: Mapped[str]
    name: Mapped[str | None]
    shown: Mapped[bool] = mapped_column(default=False, server_default="false")
    retired_at: Mapped[Instant | None]


class Lot(Owned, Model):
    """Goods of one product made together. `quantity` in `unit`; days are Vietnamese days.

    `events` and `head` are the length and the last hash of its chain. `published_at`: from when
    its record is public, `recalled_at` from when every scan says so.
    """

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("seller_id", "code"),
        CheckConstraint("quantity > 0", "quantity"),
        CheckConstraint("num_nonnulls(recalled_at, recall_reason) IN (0, 2)", "recall"),
    )

    id: Mapped[BigKey]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    code: Mapped[str]
    produced_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    unit: Mapped[str | None]
    illustrative: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Recorded]
    published_at: Mapped[Instant | None]
    recalled_at: Mapped[Instant | None]
    recall_reason: Mapped[str | None]
    events: Mapped[int] = mapped_column(default=0, server_default="0")
    head: Mapped[str] = mapped_column(default="", server_default="")

    product: Mapped[Product] = relationship()
    site: Mapped[Site | None] = relationship()
    household: Mapped[Household | None] = relationship()


class Container(Owned, Model):
    """A carton or a pallet. `code`: an SSCC (18 digits) or a code of ours. `parent`: what holds it.

    What lies in it follows from its events.
    """

    __tablename__ = "containers"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[BigKey]
    code: Mapped[str]
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("containers.id"), index=True)
    created_at: Mapped[Recorded]


class TraceEvent(Owned, Model):
    """One thing that happened, never edited or deleted; a correction is another event.

    `payload` is the canonical JSON (RFC 8785) that was hashed, byte for byte, and the truth; the
    columns beside it repeat it for searching. `hash` = SHA-256(0x00 ‖ payload), in hex; the payload
    names the hash before it in the chain of each lot. `signature`: Ed25519 over the payload, in
    hex, so that one altered in the database is known by itself. `key`: the client's, so that an
    entry that was queued in a field and sent twice is one.
    """

    __tablename__ = "trace_events"
    __table_args__ = (
        UniqueConstraint("seller_id", "key"),
        Index("ix_trace_events_happened_at", "happened_at"),
        Index("ix_trace_events_kind", "kind", "happened_at"),
    )

    id: Mapped[BigKey]
    kind: Mapped[str]
    happened_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    key: Mapped[str | None]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    container_id: Mapped[int | None] = mapped_column(ForeignKey("containers.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("trace_events.id"), index=True)
    payload: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    signature: Mapped[str]

    items: Mapped[list["TraceItem"]] = relationship(order_by="TraceItem.id", lazy="selectin")


class Role(StrEnum):
    """What a lot is to an event: what it is about, what went in, what came out, what is inside."""

    SUBJECT = "subject"
    INPUT = "input"
    OUTPUT = "output"
    CHILD = "child"


class TraceItem(Model):
    """A lot in an event: link `number` (from 1) of that lot's chain. `quantity` in `unit`."""

    __tablename__ = "trace_items"
    __table_args__ = (
        UniqueConstraint("lot_id", "number"),
        Index("ix_trace_items_event_id", "event_id", "role"),
        CheckConstraint(f"role IN ({', '.join(repr(str(r)) for r in Role)})", "role"),
    )

    id: Mapped[BigKey]
    event_id: Mapped[int] = mapped_column(ForeignKey("trace_events.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    number: Mapped[int]
    role: Mapped[str]
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    unit: Mapped[str | None]

    lot: Mapped[Lot] = relationship()


class TraceWords(Model):
    """What is said of an event but not to everybody: who recorded it, their own words, the trade.

    `trade`: name → text of the facts between the parties (see `disclosure`). The event holds only
    commitments, SHA-256(salt ‖ text); without the salt they say nothing, so this can be erased.
    """

    __tablename__ = "trace_words"

    event_id: Mapped[int] = mapped_column(ForeignKey("trace_events.id"), primary_key=True)
    salt: Mapped[str]
    who: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
    trade: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")


class TreeHead(Model):
    """The signed Merkle root of the events sealed together. Never edited or deleted.

    `text` is the canonical JSON that was signed (day, size, root, root before, key), `signature`
    its Ed25519 signature in hex.
    """

    __tablename__ = "tree_heads"

    id: Mapped[BigKey]
    day: Mapped[date] = mapped_column(unique=True)
    size: Mapped[int]
    root: Mapped[str]
    text: Mapped[str]
    signature: Mapped[str]
    sealed_at: Mapped[Recorded]


class TreeLeaf(Model):
    """Where an event stands in its tree. Leaf 0 is the root before; events begin with 1."""

    __tablename__ = "tree_leaves"
    __table_args__ = (UniqueConstraint("head_id", "leaf"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("trace_events.id"), primary_key=True)
    head_id: Mapped[int] = mapped_column(ForeignKey("tree_heads.id"))
    leaf: Mapped[int]


class LotDraw(Owned, Model):
    """So much of a lot went into an order line. `order_ref` is what the order is known by.

    `line_id` names the order's line; a draw that was undone has `undone_at`.
    """

    __tablename__ = "lot_draws"
    __table_args__ = (
        CheckConstraint("quantity > 0", "quantity"),
        Index("ix_lot_draws_line_id", "line_id"),
        Index("ix_lot_draws_lot_id", "lot_id"),
    )

    id: Mapped[BigKey]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    by: Mapped[str]
    at: Mapped[Recorded]
    undone_at: Mapped[Instant | None]

    lot: Mapped[Lot] = relationship()
