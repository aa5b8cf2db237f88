"""Payment requests, bank feeds, gateways and their payments, what they send, refunds, payouts."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.orm import relationship

from shop import references
from shop.accounts.models import Owned
from shop.database import (
    BigKey,
    Instant,
    Mapped,
    Model,
    Recorded,
    SealedBytes,
    mapped_column,
)
from shop.orders.models import Order
from shop.sellers.models import BankAccount, Seller


class PaymentRequest(Model):
    """The VietQR code of one order: which account, how much first, and the payload it shows.

    The rest of a pre-order is asked for with a payload made anew (`requests.code`).
    `seen_at`: when `seen_by`, who sells, said to have seen the money, which only the bank can tell.
    """

    __tablename__ = "payment_requests"
    __table_args__ = (
        CheckConstraint("num_nonnulls(seen_at, seen_by) IN (0, 2)", "seen"),
        Index(
            "ix_payment_requests_seen",
            "seen_at",
            "order_id",
            postgresql_where="seen_at IS NOT NULL",
        ),
    )

    id: Mapped[BigKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    amount_vnd: Mapped[int]
    payload: Mapped[str]
    opened_at: Mapped[Recorded]
    seen_at: Mapped[Instant | None]
    seen_by: Mapped[str | None]

    order: Mapped[Order] = relationship()
    bank_account: Mapped[BankAccount] = relationship()


class FeedConnection(Owned, Model):
    """A bank feed (`provider`, e.g. "sepay") that reports an account's movements.

    `ref` is in the address the provider calls; `sealed_secret` opens with the vault, and so does
    `sealed_list_key`, with which its list is asked (`pulled_at`) when calls may be missing.
    `pull_fresh`: lines of the last list that no call had told; `pull_failed`: why there was none.
    """

    __tablename__ = "feed_connections"
    __table_args__ = (
        UniqueConstraint("provider", "bank_account_id"),
        Index(
            "ix_feed_connections_pulled",
            "next_pull_at",
            postgresql_where="next_pull_at IS NOT NULL",
        ),
    )

    id: Mapped[BigKey]
    provider: Mapped[str]
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    sealed_secret: Mapped[str]
    created_at: Mapped[Recorded]
    sealed_list_key: Mapped[str | None]
    next_pull_at: Mapped[Instant | None]
    pulled_at: Mapped[Instant | None]
    pulled_fresh_at: Mapped[Instant | None]
    pull_fresh: Mapped[int] = mapped_column(default=0, server_default="0")
    pull_failed: Mapped[str] = mapped_column(default="", server_default="")
    pull_failures: Mapped[int] = mapped_column(default=0, server_default="0")

    bank_account: Mapped[BankAccount] = relationship()


class Notice(Model):
    """One call of a feed, its body as received, kept before anything is made of it.

    `raw` stands sealed: it names payers and accounts, and is looked at by nobody but a job.
    """

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("feed_connections.id"))
    external_id: Mapped[str]
    raw: Mapped[bytes] = mapped_column(SealedBytes)
    received_at: Mapped[Recorded]
    processed_at: Mapped[Instant | None]

    connection: Mapped[FeedConnection] = relationship()


class GatewayConnection(Owned, Model):
    """A seller's account at a payment gateway (`provider`, e.g. "vnpay").

    `ref` is in the address the gateway calls. `sealed_values` opens with the vault to a JSON
    object of what the gateway's module names. `host`: "https://…" of the gateway's real or test
    servers. Not `active`: no new payment is begun, what is under way is still heard.
    """

    __tablename__ = "gateway_connections"
    __table_args__ = (UniqueConstraint("seller_id", "provider"),)

    id: Mapped[BigKey]
    provider: Mapped[str]
    host: Mapped[str]
    sealed_values: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    created_at: Mapped[Recorded]


class GatewayPayment(Owned, Model):
    """One try of a buyer to pay an order at a gateway; `key` names it there.

    `applied_vnd`: what of it paid the order once `captured_at`; the rest is the buyer's credit.
    `told_vnd`: what the gateway says came, where that is not what was asked for; `amount_vnd` is
    what came once a person said so (`reviews`).
    `next_ask_at`: when the gateway is asked next what became of it, null when that is known.
    """

    __tablename__ = "gateway_payments"
    __table_args__ = (
        UniqueConstraint("connection_id", "key"),
        UniqueConstraint("order_id", "provider", "number"),
        CheckConstraint("amount_vnd > 0", "amount"),
        CheckConstraint("applied_vnd BETWEEN 0 AND amount_vnd", "applied"),
        Index(
            "ix_gateway_payments_asked", "next_ask_at", postgresql_where="next_ask_at IS NOT NULL"
        ),
        Index("ix_gateway_payments_review", "seller_id", postgresql_where="state = 'review'"),
    )

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("gateway_connections.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    provider: Mapped[str]
    number: Mapped[int]
    key: Mapped[str]
    amount_vnd: Mapped[int]
    payer_address: Mapped[str]
    started_at: Mapped[Recorded]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(default="pending")
    transaction: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")
    pay_url: Mapped[str] = mapped_column(default="")
    next_ask_at: Mapped[Instant | None]
    asked_times: Mapped[int] = mapped_column(default=0)
    captured_at: Mapped[Instant | None]
    applied_vnd: Mapped[int] = mapped_column(default=0)
    told_vnd: Mapped[int | None]

    connection: Mapped[GatewayConnection] = relationship()
    order: Mapped[Order] = relationship()


class GatewayNotice(Model):
    """One server-to-server call of a gateway, as received. `digest`: of what was sent, so that a
    repeat is kept once.
    """

    __tablename__ = "gateway_notices"
    __table_args__ = (UniqueConstraint("connection_id", "digest"),)

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("gateway_connections.id"))
    digest: Mapped[str]
    query: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    became: Mapped[str]
    received_at: Mapped[Recorded]


class RefundState(StrEnum):
    """Where a refund stands. Due: to be transferred by a person; asked: by the gateway."""

    DUE = "due"
    ASKED = "asked"
    PAID = "paid"
    FAILED = "failed"


class RefundBy(StrEnum):
    """How money goes back to the buyer."""

    TRANSFER = "transfer"
    CASH = "cash"
    GATEWAY = "gateway"


class Refund(Owned, Model):
    """Money given back to the buyer of an order. `source_key`: what asked for it, so once.

    Without `order`: to the payer of a bank line that is no known order's; `payee`: who that is, as
    the bank said. `key` names it at the gateway, made once. `credit_vnd`: the part that never paid
    the order (too much, or too late). `owed_vnd`: the part that was owed when it was decided
    (goods came back, the order was cancelled). The rest is a courtesy; `ahead_vnd` of it was given
    before the goods were handed over, so that it is taken off the sale.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_vnd > 0", "amount"),
        CheckConstraint("owed_vnd >= 0 AND credit_vnd >= 0", "parts"),
        CheckConstraint("owed_vnd + credit_vnd + ahead_vnd <= amount_vnd", "sum"),
        CheckConstraint("order_id IS NOT NULL OR credit_vnd = amount_vnd", "of_an_order"),
        Index("ix_refunds_seller_id_asked_at", "seller_id", "asked_at"),
        Index("ix_refunds_asked", "next_ask_at", postgresql_where="next_ask_at IS NOT NULL"),
    )

    id: Mapped[BigKey]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    gateway_payment_id: Mapped[int | None] = mapped_column(ForeignKey("gateway_payments.id"))
    source_key: Mapped[str] = mapped_column(unique=True)
    way: Mapped[str]
    state: Mapped[str]
    amount_vnd: Mapped[int]
    credit_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    owed_vnd: Mapped[int]
    ahead_vnd: Mapped[int] = mapped_column(default=0, server_default="0")
    reason: Mapped[str]
    payee: Mapped[str] = mapped_column(default="", server_default="")
    by: Mapped[str]
    key: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[Recorded]
    next_ask_at: Mapped[Instant | None]
    asked_times: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[Instant | None]

    order: Mapped[Order | None] = relationship()
    gateway_payment: Mapped[GatewayPayment | None] = relationship()

    @property
    def reference(self) -> str:
        """What is written into the transfer, so that the bank's line is known again."""
        return self.order.ref if self.order else self.ref


references.shared(Refund.ref)


class PayoutState(StrEnum):
    """Where a payout stands. Due: to be transferred; sent: the collector's bank says it went."""

    DUE = "due"
    SENT = "sent"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Payout(Owned, Model):
    """What a collector pays a seller of the money it took: its orders, less the tax withheld.

    `seller_id`: who gets it. `ref` is written into the transfer. `received_entry`: the seller's
    own word that it came, until a bank line says so.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        CheckConstraint("amount_vnd > 0", "amount"),
        Index("ix_payouts_collector_id_asked_at", "collector_id", "asked_at"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.order_ref)
    collector_id: Mapped[int] = mapped_column(ForeignKey("sellers.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    state: Mapped[str] = mapped_column(default=PayoutState.DUE)
    amount_vnd: Mapped[int]
    by: Mapped[str]
    asked_at: Mapped[Recorded]
    sent_at: Mapped[Instant | None]
    received_at: Mapped[Instant | None]
    received_entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"))

    seller: Mapped[Seller] = relationship(foreign_keys="Payout.seller_id")
    collector: Mapped[Seller] = relationship(foreign_keys="Payout.collector_id")
    bank_account: Mapped[BankAccount] = relationship()
    lines: Mapped[list["PayoutLine"]] = relationship(order_by="PayoutLine.id")


references.shared(Payout.ref)


class PayoutLine(Model):
    """One order in a payout: what was collected and not given back, and the tax withheld of it.

    Amounts are what changed since the order's last payout, so less than zero after a return.
    """

    __tablename__ = "payout_lines"
    __table_args__ = (
        UniqueConstraint("payout_id", "order_id"),
        CheckConstraint("net_vnd = collected_vnd - vat_vnd - pit_vnd", "net"),
    )

    id: Mapped[BigKey]
    payout_id: Mapped[int] = mapped_column(ForeignKey("payouts.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    collected_vnd: Mapped[int]
    vat_vnd: Mapped[int]
    pit_vnd: Mapped[int]
    net_vnd: Mapped[int]

    order: Mapped[Order] = relationship()
