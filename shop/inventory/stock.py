"""Stock from the append-only entries. Quantities are in each variant's own unit.

Saleable = on hand − reserved − safety stock. Every promise of stock, whatever the channel, begins
with `lock_saleable`.
"""

from collections.abc import Collection
from decimal import Decimal
from functools import cache

from sqlalchemy import ColumnElement, DateTime, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from shop import clock, outbox, quantities
from shop.catalogue.models import Variant
from shop.database import among_given, db
from shop.inventory import locations
from shop.inventory.errors import NotThere
from shop.inventory.models import Location, Reservation, StockEntry, StockLevel, StockRule

ZERO = Decimal(0)

_NOW = bindparam("now", type_=DateTime(timezone=True))


def receive(
    variant_id: int,
    quantity: Decimal,
    *,
    source: str,
    reason: str = "",
    at: int | None = None,
    unit_cost_vnd: int | None = None,
) -> bool:
    """Goods in, at the location `at` (id; else the main one). `unit_cost_vnd`: what a unit cost.

    The same `source` again changes nothing and returns False.
    """
    return _enter(variant_id, "receipt", quantity, source, reason, at, unit_cost_vnd)


def adjust(
    variant_id: int, quantity: Decimal, *, source: str, reason: str, at: int | None = None
) -> bool:
    """Correct the books by a signed `quantity`, with the reason. Once per `source`.

    Raises NotThere when less than nothing would lie there.
    """
    return _enter(variant_id, "adjustment", quantity, source, reason, at)


def lose(
    variant_id: int, quantity: Decimal, *, source: str, reason: str, at: int | None = None
) -> bool:
    """Goods that are spoilt, broken or stolen. Once per `source`. Raises NotThere."""
    return _enter(variant_id, "loss", -quantity, source, reason, at)


def sell(variant_id: int, quantity: Decimal, *, source: str) -> bool:
    """Goods out to a buyer, of the main location first. Once per `source`. Raises NotThere."""
    lock([variant_id])
    if went(source):
        return False
    levels = _levels(variant_id)
    there = sum((lies for _place, lies in levels), ZERO)
    if there < quantity:
        raise NotThere(quantities.show(there))
    left, named = quantity, source
    for location_id, lies in levels:
        part = min(left, lies)
        if part > 0:
            _enter(variant_id, "sale", -part, named, "", location_id)
            left, named = left - part, f"{source}@{location_id}"
    return True


def take_back(variant_id: int, quantity: Decimal, *, source: str, reason: str = "") -> bool:
    """Goods that a buyer gave back are for sale again. Once per `source`."""
    return _enter(variant_id, "return", quantity, source, reason, None)


def move(variant_id: int, quantity: Decimal, *, here: int, there: int, source: str) -> bool:
    """From one location of the seller to another. Once per `source`. Raises NotThere."""
    out = _enter(variant_id, "adjustment", -quantity, f"{source}:out", "Chuyển kho", here)
    return out and _enter(variant_id, "adjustment", quantity, f"{source}:in", "Chuyển kho", there)


def _enter(
    variant_id: int,
    kind: str,
    quantity: Decimal,
    source: str,
    reason: str,
    at: int | None,
    unit_cost_vnd: int | None = None,
) -> bool:
    lock([variant_id])
    location_id = at or locations.main_of(variant_id)
    values = {"kind": kind, "quantity": quantity, "source": source, "reason": reason}
    values["unit_cost_vnd"] = unit_cost_vnd
    if went(source):
        return False
    if quantity < 0:
        there = lies_at(variant_id, location_id)
        if there + quantity < 0:
            raise NotThere(quantities.show(there))
    entered = db.session.scalar(
        insert(StockEntry)
        .values(variant_id=variant_id, location_id=location_id, **values)
        .on_conflict_do_nothing(index_elements=["source"])
        .returning(StockEntry.id)
    )
    if entered is not None:
        outbox.record("stock_changed", variant_ids=[variant_id])
    return entered is not None


def went(source: str) -> bool:
    """Whether an entry of this source is in the books."""
    query = select(StockEntry.id).where(StockEntry.source == source)
    return db.session.scalar(query) is not None


def by_place(variant_id: int) -> dict[int, Decimal]:
    """Location id → what lies there, the main location first."""
    return dict(_levels(variant_id))


def lies_at(variant_id: int, location_id: int | None) -> Decimal:
    """What lies at one location, None for the main one."""
    there = by_place(variant_id)
    return there.get(location_id or locations.main_of(variant_id), ZERO)


def _levels(variant_id: int) -> list[tuple[int, Decimal]]:
    """Location id and what lies there, the main location first."""
    query = select(StockLevel.location_id, StockLevel.on_hand).join(
        Location, Location.id == StockLevel.location_id
    )
    query = query.where(StockLevel.variant_id == variant_id)
    rows = db.session.execute(query.order_by(Location.main.desc(), Location.id))
    return [(row[0], row[1]) for row in rows]


def keep_back(variant_id: int, safety: Decimal) -> None:
    """So much of a variant is promised to nobody (tồn kho an toàn)."""
    lock([variant_id])
    row = insert(StockRule).values(variant_id=variant_id, safety=safety)
    row = row.on_conflict_do_update(index_elements=["variant_id"], set_={"safety": safety})
    db.session.execute(row)
    outbox.record("stock_changed", variant_ids=[variant_id])


def lock(variant_ids: Collection[int]) -> None:
    """Lock the variants in id order until the commit.

    The fixed order keeps two baskets from waiting for each other in a circle.
    """
    db.session.execute(_in_order(), {"ids": sorted(set(variant_ids))})


@cache
def _in_order() -> Select[int]:
    rows = select(Variant.id).where(among_given(Variant.id, "ids")).order_by(Variant.id)
    # Not the strongest lock: a row that refers to the variant (a line, an entry) may be written
    # by somebody else meanwhile, and two of those must not wait for each other.
    return rows.with_for_update(of=Variant, key_share=True)


def lock_saleable(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """Lock the variants until the commit; what of each may still be promised.

    Every promise of stock goes through here, so two of them never count the same unit.
    """
    lock(variant_ids)
    return promisable(sorted(set(variant_ids)))


def promisable(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """The same, under locks that the caller holds. Holds that have lapsed end here.

    One that somebody is keeping or letting go at this moment still counts, whatever the clock says:
    so a hold paid in its last instant is promised to nobody else, and nobody waits for it while
    holding the variants.
    """
    _end_lapsed(variant_ids)
    return _left(_less_unreleased(), variant_ids)


def _end_lapsed(variant_ids: Collection[int]) -> None:
    now = clock.now()
    for row in db.session.scalars(_lapsed(), {"ids": list(variant_ids), "now": now}).all():
        row.released_at = now


@cache
def _lapsed() -> Select[Reservation]:
    query = select(Reservation).where(
        among_given(Reservation.variant_id, "ids"),
        Reservation.harvest_id.is_(None),
        Reservation.released_at.is_(None),
        Reservation.expires_at <= _NOW,
    )
    return query.order_by(Reservation.id).with_for_update(of=Reservation, skip_locked=True)


def saleable(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """On hand less live reservations and safety stock, for each variant asked for. One query."""
    return _left(_less_live(), variant_ids)


def _left(query: Select[int, Decimal], variant_ids: Collection[int]) -> dict[int, Decimal]:
    rows = db.session.execute(query, {"ids": list(variant_ids), "now": clock.now()})
    counted = {row[0]: row[1] for row in rows}
    return {variant_id: counted.get(variant_id, ZERO) for variant_id in variant_ids}


@cache
def _less_unreleased() -> Select[int, Decimal]:
    return _less(_unreleased())


@cache
def _less_live() -> Select[int, Decimal]:
    return _less(_live())


def _less(counts: tuple[ColumnElement[bool], ...]) -> Select[int, Decimal]:
    """What lies there of the variants `ids`, less what is kept back and reservations that count."""
    there = select(func.sum(StockLevel.on_hand)).where(StockLevel.variant_id == Variant.id)
    held = select(func.sum(Reservation.quantity)).where(
        Reservation.variant_id == Variant.id, *counts
    )
    kept = select(StockRule.safety).where(StockRule.variant_id == Variant.id)
    lies, promised, safe = (
        func.coalesce(part.scalar_subquery(), ZERO) for part in (there, held, kept)
    )
    query = select(Variant.id, lies - promised - safe)
    return query.where(among_given(Variant.id, "ids"))


def on_hand(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """What lies at all locations, of each variant that has any entry."""
    query = select(StockLevel.variant_id, func.sum(StockLevel.on_hand)).where(
        StockLevel.variant_id.in_(variant_ids)
    )
    rows = db.session.execute(query.group_by(StockLevel.variant_id))
    return {row[0]: row[1] for row in rows}


def reserved(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """What is promised of the goods on hand, of each variant with live reservations."""
    query = select(Reservation.variant_id, func.sum(Reservation.quantity)).where(
        Reservation.variant_id.in_(variant_ids), *_live()
    )
    rows = db.session.execute(query.group_by(Reservation.variant_id), {"now": clock.now()})
    return {row[0]: row[1] for row in rows}


def _live() -> tuple[ColumnElement[bool], ...]:
    """What counts of the reservations `now`: promised of goods on hand, and not over."""
    return (
        *_unreleased(),
        # A hold that has lapsed counts no more, even before the sweep has released it.
        Reservation.expires_at.is_(None) | (Reservation.expires_at > _NOW),
    )


def _unreleased() -> tuple[ColumnElement[bool], ...]:
    return Reservation.released_at.is_(None), Reservation.harvest_id.is_(None)


def safety(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """What is kept back of each variant that has a rule."""
    query = select(StockRule.variant_id, StockRule.safety)
    rows = db.session.execute(query.where(StockRule.variant_id.in_(variant_ids)))
    return {row[0]: row[1] for row in rows}
