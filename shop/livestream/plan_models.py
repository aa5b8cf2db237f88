"""What a session is planned with: hosts, festivals; and what is said to it and against it."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import relationship

from shop import references
from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Mapped, Model, Recorded, SealedBytes, mapped_column
from shop.sellers.models import Seller


class Host(Owned, Model):
    """Who speaks in a seller's sessions; checked before any of theirs goes live.

    Law on e-commerce 122/2025/QH15, Art. 22–24: who livestreams is identified beforehand. Kept are
    name, day of birth and personal number (sealed), never the picture of a card. `refused`: why a
    reviewer did not take it.
    """

    __tablename__ = "livestream_hosts"

    id: Mapped[BigKey]
    name: Mapped[str]
    born_on: Mapped[date]
    personal_number: Mapped[bytes] = mapped_column(SealedBytes)
    agreed_at: Mapped[Instant]
    checked_at: Mapped[Instant | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    refused: Mapped[str] = mapped_column(default="", server_default="")
    ended_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]

    seller: Mapped[Seller] = relationship()

    @property
    def number_ends(self) -> str:
        """The last three digits of the personal number: all of it that anybody is shown."""
        return self.personal_number.decode()[-3:]


class Festival(Model):
    """An event that groups sessions of any seller ("Lễ hội Võ Nhai mùa na chín").

    `area_code`: the dated province or commune where it is held.
    """

    __tablename__ = "livestream_festivals"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", "days"),)

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    name: Mapped[str]
    area_code: Mapped[str | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_at: Mapped[Recorded]


class Complaint(Owned, Model):
    """What somebody who watched a session says against it. `seller_id`: whose session it is.

    Law on e-commerce 122/2025/QH15, Art. 22–24: complaints are taken during a livestream and after.
    `contact` is where an answer may go, if they want one.
    """

    __tablename__ = "livestream_complaints"

    id: Mapped[BigKey]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), index=True)
    text: Mapped[str]
    contact: Mapped[str]
    at: Mapped[Recorded]
    handled_at: Mapped[Instant | None]
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class NoticeKind(StrEnum):
    """A warning is shown on the host's screen; a stop ends the session."""

    WARNING = "warning"
    STOP = "stop"


class Notice(Model):
    """What an operator said to a session while it ran. `seen_at`: the host acknowledged it."""

    __tablename__ = "livestream_notices"

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), index=True)
    kind: Mapped[str]
    words: Mapped[str]
    at: Mapped[Recorded]
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    seen_at: Mapped[Instant | None]
