"""Sheets of figures, the consent of sellers to be seen by officials, numbers others reported."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, DateTime, Index, Numeric, UniqueConstraint

from shop import references
from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Json, Mapped, Model, mapped_column


class Sheet(Model):
    """All figures of a region (`area_code`) and a period, as they were reckoned at `taken_at`.

    The nightly one is written over; a `frozen` one never changes (the database refuses it).
    `values`: figure → `kpis.Measured` as JSON, nothing hidden in it. `digest`: SHA-256 of the rows
    that a frozen one was reckoned from, of the values for the nightly one. `touched`: sales of a
    nightly one may be others since (see `nights`). `hidden`: figure → what of it is hidden by its
    own small groups (`hiding.Away`), of those whose months add up; longer periods ask every month.
    """

    __tablename__ = "figure_sheets"
    __table_args__ = (
        CheckConstraint("first <= last", "days"),
        CheckConstraint("NOT frozen OR taken_by IS NOT NULL", "frozen_by"),
        Index(
            "uq_figure_sheets_kept",
            "area_code",
            "period",
            unique=True,
            postgresql_where="NOT frozen",
        ),
        Index("ix_figure_sheets_area_code", "area_code", "last"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    area_code: Mapped[str]
    period: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    taken_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    taken_by: Mapped[str | None]
    frozen: Mapped[bool]
    values: Mapped[Json]
    hidden: Mapped[Json | None]
    digest: Mapped[str]
    touched: Mapped[bool] = mapped_column(default=False, server_default="true")


class FigureTouch(Model):
    """What sales of a province are counted from changed, in the months from `first` to `last`.

    Days are the first of their months; `last` null: in all later months too. Written by triggers
    only, for every change; taken away by `nights.carry`.
    """

    __tablename__ = "figure_touches"

    id: Mapped[BigKey]
    province_code: Mapped[str]
    first: Mapped[date]
    last: Mapped[date | None]


class FigureConsent(Owned, Model):
    """A seller lets officials of its area see its own rows, until `ended_at`."""

    __tablename__ = "figure_consents"
    __table_args__ = (
        Index(
            "uq_figure_consents_given",
            "seller_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
    )

    id: Mapped[BigKey]
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    given_by: Mapped[str]
    ended_at: Mapped[Instant | None]
    ended_by: Mapped[str | None]


class Reported(Model):
    """A number that somebody else reported ("báo cáo"): shown beside ours, never reckoned with.

    `source` and `said_on` as its file names them; `place` as printed, `area_code` the region it is
    of; `period` in its words. `qualifier` "=", "over", "almost" or "about" of `as_printed`.
    """

    __tablename__ = "reported_figures"
    __table_args__ = (
        UniqueConstraint(
            "source", "place", "period", "indicator", name="uq_reported_figures_source"
        ),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    source: Mapped[str]
    said_on: Mapped[str]
    place: Mapped[str]
    area_code: Mapped[str] = mapped_column(index=True)
    period: Mapped[str]
    indicator: Mapped[str]
    as_printed: Mapped[str]
    qualifier: Mapped[str]
    value: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    unit: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
    imported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    imported_by: Mapped[str]
