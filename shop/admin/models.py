"""What is kept of a seller who left, and of nobody else."""

from datetime import date

from sqlalchemy import ForeignKey

from shop.accounts.models import Owned
from shop.database import BigKey, Mapped, Model, Recorded, SealedBytes, mapped_column


class Departure(Owned, Model):
    """A seller left and was erased. `identity`: who it was (JSON), sealed, for the law alone.

    It is kept through `keep_until`, then None. `asked`: how the seller asked.
    """

    __tablename__ = "departures"

    id: Mapped[BigKey]
    identity: Mapped[bytes | None] = mapped_column(SealedBytes)
    keep_until: Mapped[date]
    asked: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[Recorded]
