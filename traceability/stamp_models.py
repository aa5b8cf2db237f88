"""Batches of stamps, the stamps, saved label layouts, and what scanning them left behind."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.catalogue.models import Product, Variant
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column
from shop.sellers.models import Seller
from traceability.models import Container, Lot


class Level(StrEnum):
    """What a stamp names: a product, a lot of it, or one item of the lot."""

    PRODUCT = "product"
    LOT = "lot"
    ITEM = "item"


class BatchState(StrEnum):
    """A batch waits for a worker, is printed, or could not be."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class StampBatch(Owned, Model):
    """`count` stamps printed together on `layout` (a name of sheets.LAYOUTS, or a SavedLayout).

    Serialised ones name items of `lot` and are numbered from `first_number`; product and lot
    stamps all bear the same address. `gtin`: 14 digits, of the pack as it was asked for; with it
    the address is a GS1 Digital Link. `scratch`: each has a hidden second code. `made`: how many
    are in the file so far. `file_key` names it in storage, `format` is pdf, svg, png (both as ZIP)
    or csv.
    """

    __tablename__ = "stamp_batches"
    __table_args__ = (
        CheckConstraint("count BETWEEN 1 AND 100000", "count"),
        CheckConstraint("level = 'product' OR lot_id IS NOT NULL", "lot"),
        CheckConstraint("gtin ~ '^[0-9]{14}$'", "gtin"),
        CheckConstraint("first_number > 0", "first_number"),
        Index("ix_stamp_batches_gtin", "gtin", postgresql_where="gtin IS NOT NULL"),
    )

    id: Mapped[BigKey]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lots.id"), index=True)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))
    gtin: Mapped[str | None]
    level: Mapped[str] = mapped_column(default=Level.ITEM, server_default=Level.ITEM)
    first_number: Mapped[int] = mapped_column(default=1, server_default="1")
    count: Mapped[int]
    made: Mapped[int] = mapped_column(default=0, server_default="0")
    layout: Mapped[str]
    format: Mapped[str] = mapped_column(default="pdf", server_default="pdf")
    scratch: Mapped[bool] = mapped_column(default=False, server_default="false")
    state: Mapped[str] = mapped_column(default=BatchState.WAITING)
    file_key: Mapped[str | None]
    requested_at: Mapped[Recorded]
    ready_at: Mapped[Instant | None]

    product: Mapped[Product] = relationship()
    lot: Mapped[Lot | None] = relationship()
    variant: Mapped[Variant | None] = relationship()


class ProductCode(Model):
    """Our own code of a product, for goods without a GTIN; kept, for it is on paper."""

    __tablename__ = "product_codes"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)


class StampState(StrEnum):
    """A stamp is printed, then active on goods; or void, damaged (hỏng), lost (mất)."""

    PRINTED = "printed"
    ACTIVE = "active"
    VOID = "void"
    DAMAGED = "damaged"
    LOST = "lost"


class Stamp(Model):
    """One serialised code. `code` is keyed, unguessable, with a check character.

    `claimed_at`: when its hidden second code was first given by a buyer. `scans`: how often it was
    scanned, from `first_scan_at` to `last_scan_at`; `suspect`: a word of `scans.Suspicion`.
    """

    __tablename__ = "stamps"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        Index("ix_stamps_suspect", "batch_id", postgresql_where="suspect IS NOT NULL"),
    )

    id: Mapped[BigKey]
    batch_id: Mapped[int] = mapped_column(ForeignKey("stamp_batches.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=StampState.PRINTED)
    changed_at: Mapped[Instant | None]
    claimed_at: Mapped[Instant | None]
    container_id: Mapped[int | None] = mapped_column(ForeignKey("containers.id"), index=True)
    scans: Mapped[int] = mapped_column(default=0, server_default="0")
    first_scan_at: Mapped[Instant | None]
    last_scan_at: Mapped[Instant | None]
    suspect: Mapped[str | None]

    batch: Mapped[StampBatch] = relationship()
    container: Mapped[Container | None] = relationship()


class SavedLayout(Owned, Model):
    """A seller's own label layout: the fields of sheets.Layout, in millimetres."""

    __tablename__ = "saved_layouts"
    __table_args__ = (UniqueConstraint("seller_id", "name"),)

    id: Mapped[BigKey]
    name: Mapped[str]
    values: Mapped[Json]

    seller: Mapped[Seller] = relationship(foreign_keys="SavedLayout.seller_id")


class Scan(Model):
    """A code was scanned. Nothing in it leads to a person, and it is deleted after a time.

    `visitor`: a keyed hash whose salt is thrown away each day. `area`: a province code at most.
    """

    __tablename__ = "scans"
    __table_args__ = (
        Index("ix_scans_stamp_id_at", "stamp_id", "at"),
        Index("ix_scans_at", "at", postgresql_using="brin"),
    )

    id: Mapped[BigKey]
    at: Mapped[Instant]
    finding: Mapped[str]
    stamp_id: Mapped[int | None] = mapped_column(ForeignKey("stamps.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lots.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    area: Mapped[str | None]
    visitor: Mapped[str]


class ScanDay(Model):
    """How often codes of a lot were scanned on a day, by whom roughly and from where; kept."""

    __tablename__ = "scan_days"
    __table_args__ = (
        UniqueConstraint(
            "on",
            "product_id",
            "lot_id",
            "batch_id",
            "area",
            "finding",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_scan_days_product_id_on", "product_id", "on"),
    )

    id: Mapped[BigKey]
    on: Mapped[date]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lots.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("stamp_batches.id"))
    area: Mapped[str | None]
    finding: Mapped[str]
    scans: Mapped[int]
    firsts: Mapped[int]


class ScanWait(Model):
    """How many stamps were scanned first on a day, and how long after they went on goods; kept.

    `hours`: whole ones down to a step of `waits.step`, so that a middle is found among few rows.
    """

    __tablename__ = "scan_waits"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    hours: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamps: Mapped[int]


class ShownMark(Model):
    """Something that scan pages show of a seller was changed by transaction `xid`.

    Written by triggers alone (migration 20261128_1640), on every table that a page is made of. The
    largest `xid` is the mark of the pages: one made while no older transaction was open holds for
    as long as the mark stays.
    """

    __tablename__ = "shown_marks"

    seller_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    xid: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Problem(Owned, Model):
    """What somebody who scanned a code reported. `contact` only where they gave one."""

    __tablename__ = "problems"

    id: Mapped[BigKey]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lots.id"))
    stamp_id: Mapped[int | None] = mapped_column(ForeignKey("stamps.id"))
    kind: Mapped[str]
    text: Mapped[str]
    contact: Mapped[str]
    at: Mapped[Recorded]
    settled_at: Mapped[Instant | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")
