"""The invoice of an order, its log, a seller's terms with its provider, and what that reported."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.orders.models import Order


class InvoiceState(StrEnum):
    """Where an invoice stands. Waiting: for the goods to be handed over; ready: to be issued;
    handed: to the provider.
    """

    WAITING = "waiting"
    READY = "ready"
    HANDED = "handed"
    ISSUED = "issued"
    REFUSED = "refused"
    ADJUSTED = "adjusted"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


class VatRate(StrEnum):
    """Value-added tax as invoices name it: per cent, not subject to it (KCT), not declared."""

    KKKNT = "KKKNT"
    KCT = "KCT"
    ZERO = "0"
    FIVE = "5"
    EIGHT = "8"
    TEN = "10"


class InvoiceTerms(Owned, Model):
    """How a seller issues invoices. Prices include the tax of `vat`.

    `ref` is in the address that the provider calls; `sealed_secret` opens with the vault and signs
    both ways. `hook_url`: where invoices that are ready are sent, null for files only.
    """

    __tablename__ = "invoice_terms"
    __table_args__ = (UniqueConstraint("seller_id"),)

    id: Mapped[BigKey]
    vat: Mapped[str] = mapped_column(default=VatRate.KKKNT)
    hook_url: Mapped[str | None]
    sealed_secret: Mapped[str]
    created_at: Mapped[Recorded]


class Invoice(Owned, Model):
    """The invoice of one order: for whom, and number and state as the provider reported them.

    `wanted`: the buyer asked for one with its own data. `template`, `serial`, `number`: form sign
    (1, 2 …), sign ("C26TAA") and number on the invoice; `authority_code`: the tax authority's.
    `said`: the provider's reason. `stale`: goods came back after it was issued.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("order_id"),
        Index("ix_invoices_seller_id_state", "seller_id", "state", "id"),
        CheckConstraint("state <> 'issued' OR number <> ''", "number"),
    )

    id: Mapped[BigKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    state: Mapped[str] = mapped_column(default=InvoiceState.WAITING)
    wanted: Mapped[bool] = mapped_column(default=False)
    buyer_name: Mapped[str] = mapped_column(default="")
    company: Mapped[str] = mapped_column(default="")
    tax_code: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    template: Mapped[str] = mapped_column(default="")
    serial: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    issued_on: Mapped[date | None]
    authority_code: Mapped[str] = mapped_column(default="")
    lookup_url: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")
    stale: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Recorded]

    order: Mapped[Order] = relationship()
    events: Mapped[list["InvoiceEvent"]] = relationship(order_by="InvoiceEvent.id")


class InvoiceEvent(Model):
    """One move of an invoice: who, why, and the number it then bore."""

    __tablename__ = "invoice_events"

    id: Mapped[BigKey]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    who: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    at: Mapped[Recorded]


class InvoiceNotice(Model):
    """One call of a provider, its body as received. `digest`: of the body, so kept once."""

    __tablename__ = "invoice_notices"
    __table_args__ = (UniqueConstraint("terms_id", "digest"),)

    id: Mapped[BigKey]
    terms_id: Mapped[int] = mapped_column(ForeignKey("invoice_terms.id"))
    digest: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    processed_at: Mapped[Instant | None]
    became: Mapped[str] = mapped_column(default="")

    terms: Mapped[InvoiceTerms] = relationship()
