"""Orders of marketplaces as they were told to us, and pushes as they arrived."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.catalogue.models import Variant
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.orders.models import Order
from workers.channels.models import Connection


class Intake(StrEnum):
    """How far an order of a marketplace is ours.

    NEEDS_LINK: it has an item that is none of ours yet. TROUBLE: `trouble` says what a person
    must do. IGNORED: it ended there before it was ours.
    """

    TAKEN = "taken"
    NEEDS_LINK = "needs_link"
    TROUBLE = "trouble"
    IGNORED = "ignored"


class ChannelOrder(Owned, Model):
    """An order of a marketplace, once. `said` and `state` as the marketplace told last, at
    `remote_at` by its own clock: what is older changes nothing.

    Buyers' names and addresses are kept in our order alone, and nowhere while there is none.
    """

    __tablename__ = "channel_orders"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_channel_orders_intake", "connection_id", "intake"),
    )

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    external_id: Mapped[str]
    state: Mapped[str]
    said: Mapped[str]
    remote_at: Mapped[Instant]
    intake: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), unique=True)
    trouble: Mapped[str | None]
    total_vnd: Mapped[int]
    seen_at: Mapped[Recorded]

    connection: Mapped[Connection] = relationship()
    order: Mapped[Order | None] = relationship()
    lines: Mapped[list["ChannelLine"]] = relationship(
        order_by="ChannelLine.id", cascade="all, delete-orphan"
    )


class ChannelLine(Model):
    """A line of it. `variant_id` None: nobody said yet which of our goods the item is."""

    __tablename__ = "channel_lines"
    __table_args__ = (UniqueConstraint("channel_order_id", "line_id"),)

    id: Mapped[BigKey]
    channel_order_id: Mapped[int] = mapped_column(ForeignKey("channel_orders.id"))
    line_id: Mapped[str]
    external_id: Mapped[str]
    sku: Mapped[str]
    name: Mapped[str]
    quantity: Mapped[int]
    unit_price_vnd: Mapped[int]
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))

    variant: Mapped[Variant | None] = relationship()


class ChannelPayout(Model):
    """What the marketplace settled for an order: net = gross − fee − tax + adjustment, in đồng.

    `number` 0: the payout; from 1 on what it changed afterwards, as a reversal or a claim. Of the
    payout, `asked_at`: when it was last asked for.
    """

    __tablename__ = "channel_payouts"
    __table_args__ = (UniqueConstraint("channel_order_id", "number"),)

    id: Mapped[BigKey]
    channel_order_id: Mapped[int] = mapped_column(ForeignKey("channel_orders.id"))
    number: Mapped[int] = mapped_column(default=0, server_default="0")
    asked_at: Mapped[Recorded]
    happened_at: Mapped[Instant]
    gross_vnd: Mapped[int]
    fee_vnd: Mapped[int]
    tax_vnd: Mapped[int]
    adjustment_vnd: Mapped[int]
    net_vnd: Mapped[int]

    channel_order: Mapped[ChannelOrder] = relationship()


class ItemLink(Model):
    """An item of a marketplace that a person said is one of our variants."""

    __tablename__ = "item_links"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    external_id: Mapped[str]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    by: Mapped[str]
    at: Mapped[Recorded]

    variant: Mapped[Variant] = relationship()


class MarketPush(Model):
    """A push of a marketplace, signed by it. `delivery`: the same when it is sent again."""

    __tablename__ = "market_pushes"
    __table_args__ = (
        UniqueConstraint("platform", "delivery"),
        Index("ix_market_pushes_at", "at"),
    )

    id: Mapped[BigKey]
    platform: Mapped[str]
    shop_id: Mapped[str]
    delivery: Mapped[str]
    kind: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[Recorded]
