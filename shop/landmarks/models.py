"""Landmarks: what a visitor comes for, and near what something is sold."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Numeric, func

from shop import references
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column


class Kind(StrEnum):
    """What it is: di tích, làng nghề, vùng trồng."""

    RELIC = "relic"
    CRAFT_VILLAGE = "craft_village"
    GROWING_AREA = "growing_area"


class Landmark(Model):
    """A relic, craft village or growing area in a commune of today; nobody sells it.

    `latitude`, `longitude` (WGS 84) may be unknown. `video_url` is https, of a known host.
    Only a `shown` one has a public page.
    """

    __tablename__ = "landmarks"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(str(k)) for k in Kind)})", "kind"),
        CheckConstraint("num_nonnulls(latitude, longitude) IN (0, 2)", "point"),
        CheckConstraint("commune_code ~ '^[0-9]{5}$'", "commune_code"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    kind: Mapped[str]
    name: Mapped[str]
    sort_key: Mapped[str]
    words: Mapped[str] = mapped_column(default="", server_default="")
    commune_code: Mapped[str] = mapped_column(index=True)
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    video_url: Mapped[str | None]
    shown: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[Recorded]
    updated_at: Mapped[Instant] = mapped_column(server_default=func.now())
