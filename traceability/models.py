"""Lots, batches of stamps, and the stamps."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.catalogue.models import Product
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column


class Lot(Owned, Model):
    """Goods of one product made together. `quantity` in `unit`; days are Vietnamese days."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("seller_id", "code"),)

    id: Mapped[BigKey]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    code: Mapped[str]
    produced_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    unit: Mapped[str | None]
    illustrative: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Recorded]

    product: Mapped[Product] = relationship()


class BatchState(StrEnum):
    """A batch waits for a worker, is printed, or could not be."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class StampBatch(Owned, Model):
    """`count` serialised stamps of a lot, printed on one PDF. `file_key` names it in storage."""

    __tablename__ = "stamp_batches"
    __table_args__ = (CheckConstraint("count BETWEEN 1 AND 10000", "count"),)

    id: Mapped[BigKey]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), index=True)
    count: Mapped[int]
    layout: Mapped[str]
    state: Mapped[str] = mapped_column(default=BatchState.WAITING)
    file_key: Mapped[str | None]
    requested_at: Mapped[Recorded]
    ready_at: Mapped[Instant | None]

    lot: Mapped[Lot] = relationship()


class StampState(StrEnum):
    """A stamp is printed, then active on goods, or void."""

    PRINTED = "printed"
    ACTIVE = "active"
    VOID = "void"


class Stamp(Model):
    """One printed code. `code` is keyed, unguessable, with a check character."""

    __tablename__ = "stamps"
    __table_args__ = (UniqueConstraint("batch_id", "number"),)

    id: Mapped[BigKey]
    batch_id: Mapped[int] = mapped_column(ForeignKey("stamp_batches.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=StampState.PRINTED)

    batch: Mapped[StampBatch] = relationship()
