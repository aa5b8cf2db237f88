"""A portal that is worked by hand, files made for it, files downloaded from it."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column
from workers.channels.models import Connection


class Portal(Owned, Model):
    """What a connection that is worked by hand needs beside it.

    `host` is where its listings' pages are. `columns`: its template, each as portals.Column.
    `order_columns`, `listing_columns`: field → heading of the files downloaded there.
    """

    __tablename__ = "portals"

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), unique=True)
    host: Mapped[str]
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    order_columns: Mapped[Json] = mapped_column(default=dict, server_default="{}")
    listing_columns: Mapped[Json] = mapped_column(default=dict, server_default="{}")

    connection: Mapped[Connection] = relationship()


class ExportState(StrEnum):
    """A worker is at it, the files are there, or it could not be done."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class PortalExport(Owned, Model):
    """Files for a portal: the sheet and the photos. `done` of `total` listings are looked at.

    `told`: listing id → the mark of what the sheet says of it, so that saying "uploaded" settles
    that and nothing newer. `left_out`: [SKU, name, why] of what is not in it; `notes` likewise of
    what is.
    """

    __tablename__ = "portal_exports"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in ExportState)})", "state"),
        CheckConstraint("state <> 'done' OR sheet_key IS NOT NULL", "sheet"),
    )

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    state: Mapped[str] = mapped_column(default=ExportState.WORKING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    told: Mapped[Json] = mapped_column(default=dict)
    left_out: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    notes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    sheet_key: Mapped[str | None]
    images_key: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[Recorded]
    uploaded_at: Mapped[Instant | None]


class FileKind(StrEnum):
    """What a file downloaded from a portal lists."""

    ORDERS = "orders"
    LISTINGS = "listings"


class FileState(StrEnum):
    """SENT: its columns are not known yet. SHOWN: what it would do is shown. WORKING: it is done
    by a worker."""

    SENT = "sent"
    SHOWN = "shown"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class PortalFile(Owned, Model):
    """A file downloaded from a portal. Its bytes are deleted when it is done, or when nobody took
    it in for long (`forgotten`): buyers are in it.

    `headings`: its first row. `plan`: what of the first orders would become, without names of
    buyers. `faults`: what is wrong with it. `done` of `total` orders or listings are worked off.
    """

    __tablename__ = "portal_files"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in FileState)})", "state"),
        CheckConstraint(f"kind IN ({', '.join(repr(str(s)) for s in FileKind)})", "kind"),
    )

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), index=True)
    kind: Mapped[str]
    filename: Mapped[str]
    file_key: Mapped[str]
    headings: Mapped[list[str]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(default=FileState.SENT)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    plan: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    faults: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    forgotten: Mapped[bool] = mapped_column(default=False, server_default="false")
    by: Mapped[str]
    at: Mapped[Recorded]
