"""Orders, their lines, the log of their moves; what a seller asks for delivery; vouchers."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import relationship

from shop import references
from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.inventory.models import Harvest
from shop.sellers.models import Seller


class State(StrEnum):
    """Where an order stands; the moves between them are in `states`.

    Draft: written down and not placed, so it holds no goods and nothing is asked for it. Nothing
    makes one today: what is not placed yet is a basket, a livestream's claim or the form of who
    writes it down, and each becomes an order that awaits payment in one step.
    """

    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    CONFIRMED = "cod_confirmed"
    PACKING = "packing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"
    PARTLY_RETURNED = "partly_returned"


class PayBy(StrEnum):
    """How the buyer pays: cashless straight to the seller, cash on delivery (thu hộ, COD), to the
    marketplace that sold it, which pays the seller out later (CHANNEL), or cash at a counter."""

    CASHLESS = "cashless"
    COD = "cod"
    CHANNEL = "channel"
    CASH = "cash"


# What a buyer of ours may choose, and staff who write an order down.
OWN_WAYS = (PayBy.CASHLESS, PayBy.COD)
# The goods leave before the money comes.
PAID_LATER = frozenset({PayBy.COD, PayBy.CHANNEL})


class Handing(StrEnum):
    """How the goods reach the buyer. Over a counter they go as the money comes."""

    DELIVERY = "delivery"
    PICKUP = "pickup"
    COUNTER = "counter"


# What a buyer of ours may choose, and staff who write an order down.
OWN_HANDINGS = (Handing.DELIVERY, Handing.PICKUP)


class Checkout(Model):
    """What one buyer ordered in one go, an order for each seller. `key`: the form that made it."""

    __tablename__ = "checkouts"

    id: Mapped[BigKey]
    key: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str] = mapped_column(unique=True, default=references.token)
    placed_at: Mapped[Recorded]

    orders: Mapped[list["Order"]] = relationship(order_by="Order.id")


class Order(Owned, Model):
    """One order with one seller, from any source.

    `ref` is what people write into a transfer (OCP + 5 + check). `token` opens the buyer's page
    without sign-in. `paid_vnd` is what has come for it so far, `refunded_vnd` what of that went
    back, `returned_vnd` what the goods that came back had cost, `written_off_vnd` what was let go;
    `dues` says what is open and what is owed. `source` names where it came from
    ("livestream:7Q2M9K4TX") and with `source_key` makes it happen once. `short`: goods that lapsed
    before the money came had been promised to somebody else. Total = goods + delivery fee −
    discount, in đồng. `expires_at`: when it is let go unless money came.

    `trial`: sold in a sandbox shop of a marketplace, which is no sale.

    `collector_id`: the operator into whose account the buyer pays, null when that is the seller.

    `delivery_note`, `returns_note`: when or where it is handed over, and on what terms goods go
    back, in the words that the buyer agreed to.

    `slips_printed`: how often its slip was printed; from the second on it says so.

    Of a sale at a counter only the sum may be known: then it has no lines.

    A pre-order has `harvest_id`, the days of delivery as they were agreed, and `deposit_vnd`: so
    much of the total is asked for first, the rest once the goods are there.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total_vnd >= 0", "total"),
        CheckConstraint("paid_vnd >= 0", "paid"),
        CheckConstraint("refunded_vnd BETWEEN 0 AND paid_vnd", "refunded"),
        CheckConstraint("returned_vnd BETWEEN 0 AND total_vnd", "returned"),
        CheckConstraint("written_off_vnd BETWEEN 0 AND total_vnd", "written_off"),
        CheckConstraint("total_vnd = goods_vnd + fee_vnd - discount_vnd", "sum"),
        CheckConstraint("deposit_vnd >= 0", "deposit"),
        CheckConstraint(
            "num_nonnulls(harvest_id, deliver_from, deliver_until) IN (0, 3)", "preorder"
        ),
        CheckConstraint("harvest_id IS NULL OR pay_by = 'cashless'", "preorder_cashless"),
        Index("ix_orders_seller_id_placed_at", "seller_id", "placed_at"),
        Index("ix_orders_placed_at", "placed_at"),
        Index("ix_orders_source_placed_at", "source", "placed_at"),
        # What came by bank at booths: it counts on the day it came.
        Index(
            "ix_orders_booth_paid_at",
            "source",
            "paid_at",
            postgresql_where="pay_by = 'cashless' AND source ^@ 'booth:'",
        ),
        Index("ix_orders_buyer_phone", "buyer_phone"),
        Index(
            "ix_orders_open",
            "seller_id",
            text("(total_vnd - returned_vnd - written_off_vnd - paid_vnd)"),
            postgresql_where="total_vnd - returned_vnd - written_off_vnd - paid_vnd > 0",
        ),
        Index("ix_orders_unpaid", "expires_at", postgresql_where="state = 'awaiting_payment'"),
        Index(
            "ix_orders_collector_id",
            "collector_id",
            "seller_id",
            postgresql_where="collector_id IS NOT NULL",
        ),
        Index("ix_orders_checkout_id", "checkout_id", postgresql_where="checkout_id IS NOT NULL"),
        Index("ix_orders_short", "seller_id", postgresql_where="short"),
        Index("ix_orders_harvest_id", "harvest_id", postgresql_where="harvest_id IS NOT NULL"),
    )

    id: Mapped[BigKey]
    # Without the index of its own that others have: two begin with it.
    seller_id: Mapped[int] = mapped_column(ForeignKey("sellers.id"))
    ref: Mapped[str] = mapped_column(unique=True, default=references.order_ref)
    token: Mapped[str] = mapped_column(unique=True, default=references.token)
    state: Mapped[str]
    source: Mapped[str]
    source_key: Mapped[str] = mapped_column(unique=True)
    buyer_name: Mapped[str]
    buyer_phone: Mapped[str]
    buyer_email: Mapped[str | None]
    address: Mapped[str]
    province_code: Mapped[str | None]
    commune_code: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="", server_default="")
    delivery_note: Mapped[str] = mapped_column(default="", server_default="")
    returns_note: Mapped[str] = mapped_column(default="", server_default="")
    weighed_note: Mapped[str] = mapped_column(default="", server_default="")
    checkout_id: Mapped[int | None] = mapped_column(ForeignKey("checkouts.id"))
    collector_id: Mapped[int | None] = mapped_column(ForeignKey("sellers.id"))
    pay_by: Mapped[str] = mapped_column(default=PayBy.CASHLESS, server_default=PayBy.CASHLESS)
    handing: Mapped[str] = mapped_column(default=Handing.DELIVERY, server_default=Handing.DELIVERY)
    goods_vnd: Mapped[int]
    fee_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    discount_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    voucher_code: Mapped[str | None]
    carrier: Mapped[str | None]
    tracking_no: Mapped[str | None]
    slips_printed: Mapped[int] = mapped_column(default=0, server_default="0")
    total_vnd: Mapped[int]
    paid_vnd: Mapped[int] = mapped_column(default=0)
    returned_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    written_off_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    refunded_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    harvest_id: Mapped[int | None] = mapped_column(ForeignKey("harvests.id"))
    deliver_from: Mapped[date | None]
    deliver_until: Mapped[date | None]
    deposit_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    short: Mapped[bool] = mapped_column(default=False, server_default="false")
    trial: Mapped[bool] = mapped_column(default=False, server_default="false")
    placed_at: Mapped[Recorded]
    expires_at: Mapped[Instant | None]
    paid_at: Mapped[Instant | None]

    seller: Mapped[Seller] = relationship(foreign_keys="Order.seller_id")
    collector: Mapped[Seller | None] = relationship(foreign_keys="Order.collector_id")
    harvest: Mapped[Harvest | None] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", lazy="selectin")
    events: Mapped[list["OrderEvent"]] = relationship(order_by="OrderEvent.id")


references.shared(Order.ref)


class OrderLine(Model):
    """What was sold, with the words and the price of that moment.

    `ordered_quantity`: what was asked for, where the scales said otherwise.
    """

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
    ordered_quantity: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    unit_price_vnd: Mapped[int]
    amount_vnd: Mapped[int]


class OrderEvent(Model):
    """One move of an order: from what to what, when, who and why. `who` is text for people.

    `changed_vnd`: by how much the order's total changed, by a weighing.
    """

    __tablename__ = "order_events"
    __table_args__ = (Index("ix_order_events_changed", "at", postgresql_where="changed_vnd <> 0"),)

    id: Mapped[BigKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    at: Mapped[Recorded]
    who: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    changed_vnd: Mapped[int] = mapped_column(default=0, server_default="0")


class DeliveryTerms(Owned, Model):
    """How a seller hands goods over. `free_from_vnd`: no fee from so much of goods on.

    `returns`: on what terms it takes goods back, empty for those of `delivery.RETURNS`.
    """

    __tablename__ = "delivery_terms"
    __table_args__ = (
        UniqueConstraint("seller_id"),
        CheckConstraint("delivers OR picks_up", "some_way"),
    )

    id: Mapped[BigKey]
    delivers: Mapped[bool]
    picks_up: Mapped[bool]
    pickup_note: Mapped[str] = mapped_column(default="")
    cod: Mapped[bool] = mapped_column(default=False)
    free_from_vnd: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    returns: Mapped[str] = mapped_column(default="", server_default="")

    fees: Mapped[list["DeliveryFee"]] = relationship(
        order_by="DeliveryFee.id", lazy="selectin", cascade="all, delete-orphan"
    )


class DeliveryFee(Model):
    """What delivery costs: to a commune, a province or (both null) anywhere, up to a weight."""

    __tablename__ = "delivery_fees"
    __table_args__ = (
        CheckConstraint("fee_vnd >= 0", "fee"),
        CheckConstraint("up_to_g > 0", "weight"),
    )

    id: Mapped[BigKey]
    terms_id: Mapped[int] = mapped_column(ForeignKey("delivery_terms.id"), index=True)
    province_code: Mapped[str | None]
    commune_code: Mapped[str | None]
    up_to_g: Mapped[int | None]
    fee_vnd: Mapped[int]


class Voucher(Owned, Model):
    """A reduction that a seller pays for: so many đồng, or `percent` up to `cap_vnd`.

    Valid from `starts_at` to before `ends_at` (UTC) on baskets of `minimum_vnd` of goods or more.
    Null limits are none.
    """

    __tablename__ = "vouchers"
    __table_args__ = (
        UniqueConstraint("seller_id", "code"),
        CheckConstraint("num_nonnulls(amount_vnd, percent) = 1", "one_kind"),
        CheckConstraint("percent BETWEEN 1 AND 100", "percent"),
        CheckConstraint("amount_vnd > 0", "amount"),
        CheckConstraint("starts_at < ends_at", "days"),
    )

    id: Mapped[BigKey]
    code: Mapped[str]
    amount_vnd: Mapped[int | None]
    percent: Mapped[int | None]
    cap_vnd: Mapped[int | None]
    minimum_vnd: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    total_limit: Mapped[int | None]
    per_buyer_limit: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    created_at: Mapped[Recorded]


class VoucherUse(Model):
    """An order that used a voucher; given back (`undone_at`) when the order falls through."""

    __tablename__ = "voucher_uses"

    id: Mapped[BigKey]
    voucher_id: Mapped[int] = mapped_column(ForeignKey("vouchers.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    phone: Mapped[str]
    amount_vnd: Mapped[int]
    at: Mapped[Recorded]
    undone_at: Mapped[Instant | None]


class ReturnedLine(Model):
    """So much of a line that came back. `restocked`: it is for sale again, else it was spoilt."""

    __tablename__ = "returned_lines"
    __table_args__ = (CheckConstraint("quantity > 0", "quantity"),)

    id: Mapped[BigKey]
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    restocked: Mapped[bool]
    who: Mapped[str]
    why: Mapped[str]
    at: Mapped[Recorded]
