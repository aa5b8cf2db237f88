"""What a household owes by a year's revenue, and which books it keeps; rules as dated data."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.books.models import BookTerms
from shop.books.projections import REVENUE
from shop.database import db
from shop.ledger.models import Entry, Posting
from shop.sellers.models import Seller, SellerKind

_OURS = Path(__file__).with_name("data") / "household_tax.json"
# Who keeps the books of Circular 152/2025/TT-BTC; cooperatives keep those of Circular 71/2024.
HOUSEHOLDS = frozenset({SellerKind.HOUSEHOLD, SellerKind.CRAFT_VILLAGE})
NEAR = Decimal("0.8")


@dataclass(frozen=True)
class Band:
    """Revenue of a year up to `up_to_vnd` (None: without end), and the forms kept there."""

    up_to_vnd: int | None
    name: str
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """A line of business, with what its revenue is taxed, in percent."""

    code: str
    name: str
    vat_percent: Decimal
    pit_percent: Decimal


@dataclass(frozen=True)
class Rules:
    """The rules in force from a day. `sure`: how far they can be relied on."""

    valid_from: date
    source: str
    sure: str
    bands: tuple[Band, ...]
    groups: tuple[Group, ...]

    def group(self, code: str) -> Group:
        """The line of business of this code, the first one for an unknown code."""
        return next((group for group in self.groups if group.code == code), self.groups[0])


@cache
def _read(path: Path) -> tuple[Rules, ...]:
    rows = json.loads(path.read_text("utf-8"))["rules"]
    return tuple(sorted(map(_rules, rows), key=lambda rules: rules.valid_from))


def _rules(row: dict) -> Rules:  # type: ignore[type-arg]
    bands = [Band(b["up_to_vnd"], b["name"], tuple(b["forms"])) for b in row["bands"]]
    groups = [
        Group(g["code"], g["name"], Decimal(g["vat_percent"]), Decimal(g["pit_percent"]))
        for g in row["groups"]
    ]
    since = date.fromisoformat(row["valid_from"])
    return Rules(since, row["source"], row["sure"], tuple(bands), tuple(groups))


def rules(on: date) -> Rules:
    """The rules in force on a day; before the first of them, the first."""
    named = current_app.config["SETTINGS"].household_tax_rules
    there = _read(named or _OURS)
    return next((each for each in reversed(there) if each.valid_from <= on), there[0])


@dataclass(frozen=True)
class Standing:
    """Where a seller stands in a year: its revenue so far, its band, and the limit that comes.

    `household`: whether these rules are its own. `near`: 80 % of the limit are passed.
    """

    year: int
    revenue_vnd: int
    band: Band
    rules: Rules
    household: bool

    @property
    def percent(self) -> int:
        """How much of the band's limit is reached, in whole percent."""
        limit = self.band.up_to_vnd
        return 0 if limit is None else max(0, self.revenue_vnd * 100 // limit)

    @property
    def near(self) -> bool:
        """Whether the next limit is near."""
        limit = self.band.up_to_vnd
        return limit is not None and self.revenue_vnd >= NEAR * limit


def standing(seller: Seller, last: date) -> Standing:
    """How far a seller has come in the year of `last`, up to that day."""
    total = revenue_vnd(seller.id, last.replace(month=1, day=1), last)
    found = rules(last)
    return Standing(last.year, total, band(found, total), found, seller.kind in HOUSEHOLDS)


def free(seller: Seller, first: date, last: date) -> dict[str, Any]:
    """What of a period's revenue owes no tax: `vat_free`, `pit_free_vnd` of forms.RevenueGroup.

    Personal income tax is paid on what passes the first limit of the year, VAT on all revenue once
    the year has passed it.
    """
    limit = rules(last).bands[0].up_to_vnd or 0
    year = last.replace(month=1, day=1)
    before = revenue_vnd(seller.id, year, first - timedelta(days=1)) if first > year else 0
    return {
        "vat_free": revenue_vnd(seller.id, year, last) <= limit,
        "pit_free_vnd": max(0, limit - max(0, before)),
    }


def revenue_vnd(seller_id: int, first: date, last: date) -> int:
    """The revenue of a period, less what came back, in đồng."""
    revenue = select(func.coalesce(-func.sum(Posting.amount_vnd), 0)).join(
        Entry, Entry.id == Posting.entry_id
    )
    revenue = revenue.where(
        Entry.seller_id == seller_id,
        Entry.on.between(first, last),
        Posting.account.in_(REVENUE),
    )
    return int(db.session.scalar(revenue) or 0)


def band(rules: Rules, revenue_vnd: int) -> Band:
    """The band in which so much revenue of a year lies; a limit itself still belongs below it."""
    for each in rules.bands:
        if each.up_to_vnd is None or revenue_vnd <= each.up_to_vnd:
            return each
    return rules.bands[-1]


def business(seller_id: int, rules: Rules) -> Group:
    """The line of business by which a seller's revenue is taxed; goods while nobody said."""
    kept = db.session.scalar(select(BookTerms.business).where(BookTerms.seller_id == seller_id))
    return rules.group(kept or "")


def choose_business(actor: Actor, seller: Seller, code: str) -> None:
    """The seller's revenue belongs to this line of business from now on, in every period."""
    row = db.session.scalar(select(BookTerms).where(BookTerms.seller_id == seller.id))
    if row is None:
        row = BookTerms(seller_id=seller.id)
        db.session.add(row)
    row.business = code
    db.session.flush()
    audit.note(actor, "books.business", row, code)
