"""Recalls: which lots were called back, why, and which buyers were told."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import relationship

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column
from shop.orders.models import Order
from traceability.models import Lot


class Recall(Owned, Model):
    """`lot` and everything made from it is called back. `by`: who decided, as text for people."""

    __tablename__ = "recalls"

    id: Mapped[BigKey]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), index=True)
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[Recorded]
    released_at: Mapped[Instant | None]
    release_reason: Mapped[str | None]

    lot: Mapped[Lot] = relationship()
    lots: Mapped[list["RecallLot"]] = relationship(order_by="RecallLot.lot_id")
    letters: Mapped[list["RecallLetter"]] = relationship(order_by="RecallLetter.id")


class RecallLot(Model):
    """A lot that a recall called back, `event_id` in its record."""

    __tablename__ = "recall_lots"

    recall_id: Mapped[int] = mapped_column(ForeignKey("recalls.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), primary_key=True, index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("trace_events.id"))

    lot: Mapped[Lot] = relationship()


class RecallLetter(Owned, Model):
    """What an order's buyer has to be told, drafted; a person sends it and says so."""

    __tablename__ = "recall_letters"
    __table_args__ = (UniqueConstraint("recall_id", "order_id"),)

    id: Mapped[BigKey]
    recall_id: Mapped[int] = mapped_column(ForeignKey("recalls.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    text: Mapped[str]
    sent_at: Mapped[Instant | None]
    sent_by: Mapped[str | None]

    recall: Mapped[Recall] = relationship(back_populates="letters")
    order: Mapped[Order] = relationship()
