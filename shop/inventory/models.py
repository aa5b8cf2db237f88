"""The stock ledger and the reservations."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric

from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column

KINDS = ("receipt", "adjustment", "sale", "return", "loss")


class StockEntry(Model):
    """One movement: `quantity` in the variant's own unit, positive in, negative out.

    `source` makes it happen once ("order:OCPW5T7RN:17"). Rows are never edited.
    """

    __tablename__ = "stock_entries"
    __table_args__ = (
        CheckConstraint("quantity <> 0", "moves"),
        CheckConstraint(f"kind IN {KINDS}", "kind"),
    )

    id: Mapped[BigKey]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)
    kind: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    reason: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(unique=True)
    at: Mapped[Recorded]


class Reservation(Model):
    """Stock promised to `holder` ("claim:8H2K", "order:OCPW5T7RN") until `expires_at` (UTC).

    `quantity` counts in the variant's own unit (kg, hộp …), never converted. Null `expires_at`:
    until the holder lets go. `released_at` is set once, when it lapses, is given back or sold.
    """

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", "quantity_positive"),
        Index("ix_reservations_live", "variant_id", postgresql_where="released_at IS NULL"),
        Index(
            "uq_reservations_live_holder",
            "holder",
            "variant_id",
            unique=True,
            postgresql_where="released_at IS NULL",
        ),
    )

    id: Mapped[BigKey]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    holder: Mapped[str] = mapped_column(index=True)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    released_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]
