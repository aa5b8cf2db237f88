"""Orders, their lines, and the log of their moves."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric
from sqlalchemy.orm import relationship

from shop import references
from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.sellers.models import Seller


class State(StrEnum):
    """Where an order stands; the moves between them are in `states`."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PACKING = "packing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Order(Owned, Model):
    """One order with one seller, from any source.

    `ref` is what people write into a transfer (OCP + 5 + check). `token` opens the buyer's page
    without sign-in. `paid_vnd` is what the bank has confirmed so far. `source` names where it
    came from ("livestream:7Q2M9K4TX") and with `source_key` makes it happen once. `short`: goods
    that lapsed before the money came had been promised to somebody else.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total_vnd >= 0", "total"),
        CheckConstraint("paid_vnd >= 0", "paid"),
        Index("ix_orders_seller_id_placed_at", "seller_id", "placed_at"),
        Index("ix_orders_placed_at", "placed_at"),
        Index("ix_orders_source", "source"),
        Index("ix_orders_unpaid", "placed_at", postgresql_where="state = 'awaiting_payment'"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.order_ref)
    token: Mapped[str] = mapped_column(unique=True, default=references.token)
    state: Mapped[str]
    source: Mapped[str]
    source_key: Mapped[str] = mapped_column(unique=True)
    buyer_name: Mapped[str]
    buyer_phone: Mapped[str]
    address: Mapped[str]
    total_vnd: Mapped[int]
    paid_vnd: Mapped[int] = mapped_column(default=0)
    short: Mapped[bool] = mapped_column(default=False, server_default="false")
    placed_at: Mapped[Recorded]
    paid_at: Mapped[Instant | None]

    seller: Mapped[Seller] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", lazy="selectin")
    events: Mapped[list["OrderEvent"]] = relationship(order_by="OrderEvent.id")


class OrderLine(Model):
    """What was sold, with the words and the price of that moment."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", "quantity"),
        CheckConstraint("amount_vnd >= 0", "amount"),
    )

    id: Mapped[BigKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)
    name: Mapped[str]
    pack: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    unit_price_vnd: Mapped[int]
    amount_vnd: Mapped[int]


class OrderEvent(Model):
    """One move of an order: from what to what, when, who and why. `who` is text for people."""

    __tablename__ = "order_events"

    id: Mapped[BigKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    at: Mapped[Recorded]
    who: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
