"""What is remembered of a buyer beyond their orders: refused parcels, for a while, with appeal."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column


class BuyerMark(Owned, Model):
    """A parcel that a buyer did not take ("bom hàng"), known by a keyed hash of their phone.

    `phone_hash`: HMAC-SHA256 under the installation's key, hex, so that the table names nobody.
    `reason`: why staff made it. It counts until `expires_at`. `appeal`: what the buyer says to it;
    `lifted_at`: it was wrong; `answer`: what staff said when they decided.
    """

    __tablename__ = "buyer_marks"
    __table_args__ = (
        UniqueConstraint("order_id"),
        Index("ix_buyer_marks_phone_hash", "phone_hash", "expires_at"),
    )

    id: Mapped[BigKey]
    phone_hash: Mapped[str]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    reason: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[Recorded]
    expires_at: Mapped[Instant]
    appeal: Mapped[str] = mapped_column(default="", server_default="")
    appealed_at: Mapped[Instant | None]
    decided_at: Mapped[Instant | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answer: Mapped[str] = mapped_column(default="", server_default="")
    lifted_at: Mapped[Instant | None]
