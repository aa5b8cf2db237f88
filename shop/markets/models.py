"""Markets and cashless streets, their booths, and what is printed, imported and signed there.

A booth is a stall that stands in a market (sạp, ki-ốt, gian hàng); a seller's stall on the web is
`sellers.stalls`. Who trades there is a seller like any other, so its orders, accounts, stock and
books are those of everybody. A sale at a booth is an order with the booth's `source`.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import relationship

from shop import references
from shop.accounts.models import Owned, User
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column
from shop.sellers.models import BankAccount, Seller


def _one_of(column: str, names: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(name)) for name in names)})"


class MarketKind(StrEnum):
    """A market (chợ) or a street of shops (tuyến phố)."""

    MARKET = "market"
    STREET = "street"


class PayModel(StrEnum):
    """What a place calls itself: chợ 4.0, or a street where nobody needs cash."""

    MARKET_4_0 = "market_4_0"
    CASHLESS_STREET = "cashless_street"


class Precision(StrEnum):
    """How exactly a day is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Market(Model):
    """A market or street. It belongs to no seller; administrators and its managers keep it.

    `address` is as people say it, often with units of before 1 July 2025; the codes are today's.
    `model` null: it follows none. `started_on`: the last day of what is known of the start (day,
    month or year, as `started_precision` says), so that on that day it surely had begun; null when
    no source says it. `ended_on`: the last day on the model. `closed_on`: the last day there was.
    """

    __tablename__ = "markets"
    __table_args__ = (
        CheckConstraint(_one_of("kind", MarketKind), "kind"),
        CheckConstraint(_one_of("model", PayModel), "model"),
        CheckConstraint(_one_of("started_precision", Precision), "precision"),
        CheckConstraint("num_nonnulls(started_on, started_precision) IN (0, 2)", "start"),
        CheckConstraint("model IS NOT NULL OR started_on IS NULL", "start_of_model"),
        UniqueConstraint("commune_code", "sort_key"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(default=MarketKind.MARKET)
    address: Mapped[str] = mapped_column(default="", server_default="")
    commune_code: Mapped[str]
    province_code: Mapped[str] = mapped_column(index=True)
    model: Mapped[str | None]
    started_on: Mapped[date | None]
    started_precision: Mapped[str | None]
    ended_on: Mapped[date | None]
    partners: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    about: Mapped[str] = mapped_column(default="", server_default="")
    closed_on: Mapped[date | None]
    created_at: Mapped[Recorded]


class MarketManager(Model):
    """A person who keeps a market's register and prints its plates, and sees nobody's takings."""

    __tablename__ = "market_managers"
    __table_args__ = (UniqueConstraint("market_id", "user_id"),)

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[Recorded]

    user: Mapped[User] = relationship()


class BoothKind(StrEnum):
    """What kind of place it is: a table (sạp), a kiosk (ki-ốt) or a shop (gian hàng)."""

    SAP = "sap"
    KIOSK = "kiosk"
    SHOP = "shop"


class Booth(Owned, Model):
    """A stall in a market, and the seller who trades there from `opened_on` to `closed_on`.

    `number` as it is painted on it, `number_key` folded, for finding and order; in use once at a
    time. `goods`: what is sold, in words. `bank_account` of the seller receives its money; null:
    the account that the seller's other orders are paid into. `source`: `orders.source` of what is
    sold there.
    """

    __tablename__ = "booths"
    __table_args__ = (
        CheckConstraint(_one_of("kind", BoothKind), "kind"),
        CheckConstraint("opened_on <= closed_on", "days"),
        Index(
            "uq_booths_number",
            "market_id",
            "number_key",
            unique=True,
            postgresql_where="closed_on IS NULL",
        ),
    )

    id: Mapped[BigKey]
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"), index=True)
    number: Mapped[str]
    number_key: Mapped[str]
    kind: Mapped[str]
    goods: Mapped[str] = mapped_column(default="", server_default="")
    bank_account_id: Mapped[int | None] = mapped_column(ForeignKey("bank_accounts.id"))
    source: Mapped[str] = mapped_column(Computed("'booth:' || ref", persisted=True), unique=True)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    created_at: Mapped[Recorded]

    market: Mapped[Market] = relationship()
    seller: Mapped[Seller] = relationship()
    bank_account: Mapped[BankAccount | None] = relationship()


class RunState(StrEnum):
    """Where a run of plates stands."""

    DRAWING = "drawing"
    DONE = "done"
    FAILED = "failed"


class PlateRun(Model):
    """The payment plates of a whole market in one file. `paper`: a key of `plates.PAPERS`.

    `done` of `total` booths are drawn and read back. `skipped`: [number, why] of those that have
    no plate, or whose drawn code did not say the account on file. `refused`: why there is no file.
    """

    __tablename__ = "plate_runs"
    __table_args__ = (CheckConstraint(_one_of("state", RunState), "state"),)

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"), index=True)
    paper: Mapped[str]
    state: Mapped[str] = mapped_column(default=RunState.DRAWING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    file_key: Mapped[str | None]
    refused: Mapped[str] = mapped_column(default="", server_default="")
    requested_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[Recorded]
    ended_at: Mapped[Instant | None]

    market: Mapped[Market] = relationship()


class ImportState(StrEnum):
    """Where a spreadsheet of booths stands."""

    READING = "reading"
    SHOWN = "shown"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"


class BoothImport(Model):
    """One spreadsheet of a market's booths. `faults`: what is wrong, row by row; then none is kept.

    `changes`: the first things that it would do; `mark`: of all of them, so that nothing else is
    done than what was shown. `stale`: the register changed after that, so it is shown anew.
    """

    __tablename__ = "booth_imports"
    __table_args__ = (CheckConstraint(_one_of("state", ImportState), "state"),)

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"), index=True)
    filename: Mapped[str]
    file_key: Mapped[str]
    state: Mapped[str] = mapped_column(default=ImportState.READING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    faults: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    changes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    mark: Mapped[str | None]
    stale: Mapped[bool] = mapped_column(default=False)
    requested_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[Recorded]
    ended_at: Mapped[Instant | None]

    market: Mapped[Market] = relationship()


class BoothDay(Owned, Model):
    """The closing of a booth's day, signed by who counted the cash.

    It covers what no closing before it did: a sale after the closing of a day is the next one's,
    and so is one that a phone sends late. Should lie in the drawer: `float_vnd`, with which the day
    began, and `cash_vnd`, what came in cash less what went back; `counted_vnd` lay there.
    `figures`: name → [count, đồng], as they were signed.
    """

    __tablename__ = "booth_days"
    __table_args__ = (
        UniqueConstraint("booth_id", "on"),
        CheckConstraint("float_vnd >= 0 AND counted_vnd >= 0", "counted"),
        CheckConstraint("note <> '' OR counted_vnd = float_vnd + cash_vnd", "explained"),
    )

    id: Mapped[BigKey]
    booth_id: Mapped[int] = mapped_column(ForeignKey("booths.id"))
    on: Mapped[date]
    float_vnd: Mapped[int]
    cash_vnd: Mapped[int]
    counted_vnd: Mapped[int]
    figures: Mapped[Json]
    note: Mapped[str] = mapped_column(default="", server_default="")
    by: Mapped[str]
    at: Mapped[Recorded]

    booth: Mapped[Booth] = relationship()
    rows: Mapped[list["BoothDayRow"]] = relationship(order_by="BoothDayRow.id")


class BoothDayRow(Model):
    """One row behind a signed day, in one closing only. `subject`: "order:…" or "refund:…"."""

    __tablename__ = "booth_day_rows"

    id: Mapped[BigKey]
    day_id: Mapped[int] = mapped_column(ForeignKey("booth_days.id"), index=True)
    figure: Mapped[str]
    subject: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    amount_vnd: Mapped[int]
