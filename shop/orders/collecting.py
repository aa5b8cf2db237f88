"""Money that an operator takes from buyers for sellers, and the tax it withholds; off by default.

Holding others' money needs a payment licence (Decree 52/2024/NĐ-CP), so it begins only when the
settings name the collector, a seller of this shop like any other, and its licence. Both keep
books: what stands on "owed_to_seller:…" in the collector's is what stands on "held_by_collector"
in the seller's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from flask import current_app
from sqlalchemy import Select, func, select

from shop import clock
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Entry, Kind, Posting
from shop.orders.models import Order, State
from shop.sellers.models import Seller, SellerKind

# Households and individuals, which is what a craft village is made of; enterprises and
# cooperatives declare their own tax (Decree 117/2025/NĐ-CP, Article 2).
TAXED = frozenset({SellerKind.HOUSEHOLD, SellerKind.CRAFT_VILLAGE})
# A sale has succeeded when the buyer has the goods; what came back since is taken off again.
_SUCCEEDED = frozenset({State.DELIVERED, State.COMPLETED, State.PARTLY_RETURNED, State.RETURNED})


def collector() -> Seller | None:
    """Who takes the money of new orders, None when sellers do themselves."""
    settings = current_app.config["SETTINGS"]
    if not settings.collector:
        return None
    return db.session.scalar(select(Seller).where(Seller.ref == settings.collector))


def collector_id(seller_id: int) -> int | None:
    """Who takes the money of a new order of this seller, None for the seller itself."""
    there = collector()
    return there.id if there is not None and there.id != seller_id else None


def payee_id(order: Order) -> int:
    """Into whose account the buyer of the order pays."""
    return order.collector_id or order.seller_id


def pass_on(
    order: Order,
    amount_vnd: int,
    taken_from: str,
    sellers: Mapping[str, int],
    *,
    key: str,
    kind: Kind,
    said: str,
    who: str,
    on: date | None = None,
) -> None:
    """`amount_vnd` on the collector's account `taken_from` is the seller's. Once per `key`.

    `sellers`: what the seller's books say it is for (account → đồng, summing to −`amount_vnd`).
    Less than zero: what was the seller's is so no more. The order's row is locked.
    """
    owed = accounts.owed_to(order.seller.ref)
    mine = {taken_from: amount_vnd, owed: -amount_vnd}
    _book(order, order.collector_id, mine, key, kind, said, who, on)
    theirs = {accounts.HELD: amount_vnd, **sellers}
    _book(order, order.seller_id, theirs, key, kind, said, who, on)
    withhold(order, who)


def _book(
    order: Order,
    seller_id: int | None,
    postings: dict[str, int],
    key: str,
    kind: Kind,
    said: str,
    who: str,
    on: date | None,
) -> None:
    if seller_id is None:
        raise ValueError(f"nobody collects for {order.ref}")
    entries.post(
        seller_id,
        postings,
        key=f"collected:{key}",
        kind=kind,
        on=periods.open_day(seller_id, on or clock.today()),
        text=said,
        by=who,
        subject=f"order:{order.ref}",
    )


@dataclass(frozen=True)
class Rule:
    """Rates by tax ("vat", "pit") and where they are from."""

    rates: Mapping[str, Decimal]
    source: str


@cache
def _rules() -> list[tuple[date, Rule]]:
    path = Path(__file__).with_name("data") / "withholding.json"
    read = []
    for row in json.loads(path.read_text("utf-8"))["rules"]:
        rates = {tax: Decimal(row[f"{tax}_per_mille"]) / 1000 for tax in ("vat", "pit")}
        read.append((date.fromisoformat(row["valid_from"]), Rule(rates, row["source"])))
    return sorted(read, key=lambda each: each[0])


def rule(on: date) -> Rule | None:
    """What is withheld of sales of that day, None before there was a rule."""
    return next((rule for since, rule in reversed(_rules()) if since <= on), None)


def withhold(order: Order, who: str) -> None:
    """Book what the tax of a locked order has become: more when it succeeds, less when goods or
    money go back. Safe to run again.

    Value-added and personal income tax are two lines, never a fee (Decree 117/2025/NĐ-CP).
    """
    if order.collector_id is None or order.seller.kind not in TAXED:
        return
    found = rule(clock.vietnam(order.placed_at or clock.now()).date())
    base, booked = base_vnd(order), withheld(order)
    for tax, rate in (found.rates if found else {}).items():
        wanted = int((base * rate).quantize(Decimal(1), ROUND_HALF_UP))
        if more := wanted - booked.amounts.get(tax, 0):
            said = f"{_NAMES[tax]} khấu trừ, đơn {order.ref}"
            key = f"tax:{order.ref}:{tax}:{booked.times + 1}"
            owed = accounts.owed_to(order.seller.ref)
            mine = {owed: more, accounts.tax_payable(tax): -more}
            _book(order, order.collector_id, mine, key, Kind.TAX, said, who, None)
            theirs = {accounts.TAX_WITHHELD: more, accounts.HELD: -more}
            _book(order, order.seller_id, theirs, key, Kind.TAX, said, who, None)


_NAMES = {"vat": "Thuế GTGT", "pit": "Thuế TNCN"}


def base_vnd(order: Order) -> int:
    """What of the order is taxed now: its price without what came back, as far as it was collected
    and kept; 0 until it has succeeded."""
    if State(order.state) not in _SUCCEEDED:
        return 0
    price = order.total_vnd - order.returned_vnd - order.written_off_vnd
    kept = order.paid_vnd - order.refunded_vnd
    return max(0, min(price, kept, collected_vnd(order)))


@dataclass(frozen=True)
class Withheld:
    """Tax → đồng so far, and how many entries made it."""

    amounts: dict[str, int]
    times: int


def withheld(order: Order) -> Withheld:
    """What was withheld of an order so far."""
    query = _postings(order).where(Posting.account.like("tax_payable:%"))
    rows = db.session.execute(query).all()
    amounts: dict[str, int] = {}
    for row in rows:
        tax = row.account.partition(":")[2]
        amounts[tax] = amounts.get(tax, 0) - row.amount_vnd
    return Withheld(amounts, len(rows))


def collected_vnd(order: Order) -> int:
    """What the collector took for an order, without what it gave back to the buyer."""
    query = _postings(order).where(Entry.kind != Kind.TAX)
    owed = query.where(Posting.account == accounts.owed_to(order.seller.ref)).subquery()
    return -int(db.session.scalar(select(func.coalesce(func.sum(owed.c.amount_vnd), 0))) or 0)


def _postings(order: Order) -> Select[str, int]:
    return (
        select(Posting.account, Posting.amount_vnd)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Entry.seller_id == order.collector_id, Entry.subject == f"order:{order.ref}")
    )
