"""Where stock lies, the stock ledger, the reservations, and harvests sold ahead."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.catalogue.models import Variant
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column

KINDS = ("receipt", "adjustment", "sale", "return", "loss")


class Location(Owned, Model):
    """A place where a seller keeps goods (kho, quầy). Each seller has one `main` place."""

    __tablename__ = "stock_locations"
    __table_args__ = (
        Index("uq_stock_locations_name", "seller_id", "name", unique=True),
        Index("uq_stock_locations_main", "seller_id", unique=True, postgresql_where="main"),
    )

    id: Mapped[BigKey]
    name: Mapped[str]
    main: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    created_at: Mapped[Recorded]


class StockEntry(Model):
    """One movement: `quantity` in the variant's own unit, positive in, negative out.

    `source` makes it happen once ("order:OCPW5T7RN:17"). Rows are never edited. `unit_cost_vnd`:
    what a unit of a receipt had cost, null where nobody said.
    """

    __tablename__ = "stock_entries"
    __table_args__ = (
        CheckConstraint("quantity <> 0", "moves"),
        CheckConstraint(f"kind IN {KINDS}", "kind"),
        CheckConstraint(
            "unit_cost_vnd IS NULL OR (unit_cost_vnd >= 0 AND kind = 'receipt')", "unit_cost"
        ),
        Index("ix_stock_entries_variant_id_id", "variant_id", "id"),
    )

    id: Mapped[BigKey]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("stock_locations.id"))
    kind: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    reason: Mapped[str] = mapped_column(default="")
    unit_cost_vnd: Mapped[int | None]
    source: Mapped[str] = mapped_column(unique=True)
    at: Mapped[Recorded]

    location: Mapped[Location] = relationship()


class StockLevel(Model):
    """The sum of the entries of a variant at a location, kept by the database, never below zero."""

    __tablename__ = "stock_levels"
    __table_args__ = (CheckConstraint("on_hand >= 0", "not_negative"),)

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("stock_locations.id"), primary_key=True)
    on_hand: Mapped[Decimal] = mapped_column(Numeric(12, 3))


class StockRule(Model):
    """What a seller keeps back of a variant: `safety` is never promised to anybody."""

    __tablename__ = "stock_rules"
    __table_args__ = (CheckConstraint("safety >= 0", "safety"),)

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    safety: Mapped[Decimal] = mapped_column(Numeric(12, 3))


class Harvest(Owned, Model):
    """Goods sold before they are there: a window in which they will be harvested or made.

    `quantity` in the variant's unit is offered until `order_until` (a day in Vietnam).
    `deposit_percent` of what an order costs is paid at once: 0 nothing, 100 all of it.
    `arrived_at`: the goods began to come, and what was promised of them is held in stock.
    `cancelled_at`: they never will, and nothing is promised of them any more.
    """

    __tablename__ = "harvests"
    __table_args__ = (
        CheckConstraint("quantity > 0", "quantity"),
        CheckConstraint("deposit_percent BETWEEN 0 AND 100", "deposit"),
        CheckConstraint("from_day <= until_day AND order_until <= until_day", "days"),
        CheckConstraint("arrived_at IS NULL OR cancelled_at IS NULL", "one_end"),
        Index("ix_harvests_open", "variant_id", postgresql_where="arrived_at IS NULL"),
    )

    id: Mapped[BigKey]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    from_day: Mapped[date]
    until_day: Mapped[date]
    order_until: Mapped[date]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    deposit_percent: Mapped[int] = mapped_column(default=100)
    note: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    arrived_at: Mapped[Instant | None]
    cancelled_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]

    variant: Mapped[Variant] = relationship()


class Reservation(Model):
    """Stock promised to `holder` ("claim:8H2K", "order:OCPW5T7RN") until `expires_at` (UTC).

    `quantity` counts in the variant's own unit (kg, hộp …), never converted. Null `expires_at`:
    until the holder lets go. `released_at` is set once, when it lapses, is given back or sold.
    `harvest_id`: promised of goods that are still to come, not of those on hand; past `expires_at`
    such a promise still stands until its holder, an order, is let go.
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
        Index("ix_reservations_harvest", "harvest_id", postgresql_where="harvest_id IS NOT NULL"),
        # Nearly each is changed once, when it lapses no more: with room beside it no index is.
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[BigKey]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    harvest_id: Mapped[int | None] = mapped_column(ForeignKey("harvests.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    holder: Mapped[str] = mapped_column(index=True)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    released_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]
