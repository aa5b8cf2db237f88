"""Payment requests, bank-feed connections, and the notices they send."""

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.orders.models import Order
from shop.sellers.models import BankAccount


class PaymentRequest(Model):
    """The VietQR code of one order: which account, how much first, and the payload it shows.

    The rest of a pre-order is asked for with a payload made anew (`requests.code`).
    """

    __tablename__ = "payment_requests"

    id: Mapped[BigKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    amount_vnd: Mapped[int]
    payload: Mapped[str]
    opened_at: Mapped[Recorded]

    order: Mapped[Order] = relationship()
    bank_account: Mapped[BankAccount] = relationship()


class FeedConnection(Owned, Model):
    """A bank feed (`provider`, e.g. "sepay") that reports an account's movements.

    `ref` is in the address the provider calls; `sealed_secret` opens with the vault.
    """

    __tablename__ = "feed_connections"
    __table_args__ = (UniqueConstraint("provider", "bank_account_id"),)

    id: Mapped[BigKey]
    provider: Mapped[str]
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    sealed_secret: Mapped[str]
    created_at: Mapped[Recorded]

    bank_account: Mapped[BankAccount] = relationship()


class Notice(Model):
    """One call of a feed, its body as received, kept before anything is made of it."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)

    id: Mapped[BigKey]
    connection_id: Mapped[int] = mapped_column(ForeignKey("feed_connections.id"))
    external_id: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[Recorded]
    processed_at: Mapped[Instant | None]

    connection: Mapped[FeedConnection] = relationship()
