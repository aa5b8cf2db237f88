"""How much of a lot is left: what it had, less what was used, sent off, destroyed or sold."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from shop import quantities
from shop.catalogue.models import Variant
from shop.database import db
from shop.orders.models import OrderLine
from traceability.errors import NoQuantity, NotSoMuch, UnlikeUnits
from traceability.models import Lot, LotDraw, Role, TraceEvent, TraceItem

# Goods of these events are the seller's no more.
GONE = ("shipping", "destroying")


def left(lot: Lot) -> Decimal | None:
    """How much of the lot is left, in its unit; None where nobody said how much it had."""
    return left_of([lot])[lot.id]


def left_of(lots: Sequence[Lot]) -> dict[int, Decimal | None]:
    """Lot id → how much is left, in its unit, for many lots in two queries.

    What was taken in a unit that cannot be turned into the lot's is not counted.
    """
    found = {lot.id: lot.quantity for lot in lots}
    units = {lot.id: lot.unit for lot in lots}
    for lot_id, quantity, unit, weight_g in [*_used(found), *_drawn(found)]:
        taken = convert(quantity, unit, units[lot_id], weight_g)
        before = found[lot_id]
        if taken is not None and before is not None:
            found[lot_id] = before - taken
    return found


def touched(lot: Lot) -> bool:
    """Whether anything was taken from the lot."""
    return bool(_used([lot.id]) or _drawn([lot.id]))


def _used(lot_ids: Iterable[int]) -> list[tuple[int, Decimal, str, None]]:
    correction = aliased(TraceEvent)
    wrong = select(correction.id).where(correction.corrects_id == TraceEvent.id)
    gone = and_(TraceItem.role == Role.SUBJECT, TraceEvent.kind.in_(GONE))
    query = (
        select(TraceItem.lot_id, TraceItem.quantity, TraceItem.unit)
        .join(TraceEvent, TraceEvent.id == TraceItem.event_id)
        .where(
            TraceItem.lot_id.in_(list(lot_ids)),
            TraceItem.quantity.is_not(None),
            or_(TraceItem.role == Role.INPUT, gone),
            ~wrong.exists(),
        )
    )
    rows = db.session.execute(query)
    return [(lot_id, quantity or Decimal(), unit or "", None) for lot_id, quantity, unit in rows]


def _drawn(lot_ids: Iterable[int]) -> list[tuple[int, Decimal, str, int | None]]:
    """What orders took, in units of their lines, and how many grams one of these weighs."""
    query = (
        select(LotDraw.lot_id, LotDraw.quantity, OrderLine.unit, Variant.weight_g)
        .join(OrderLine, OrderLine.id == LotDraw.line_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .where(LotDraw.lot_id.in_(list(lot_ids)), LotDraw.undone_at.is_(None))
    )
    rows = db.session.execute(query)
    return [(lot, taken, unit, counted_g(unit, weight)) for lot, taken, unit, weight in rows]


def counted_g(unit: str, weight_g: int | None) -> int | None:
    """What one `unit` of a pack weighs in grams, where goods are counted and not weighed."""
    return None if unit in quantities.GRAMS else weight_g


def convert(
    quantity: Decimal, unit: str | None, to: str | None, weight_g: int | None = None
) -> Decimal | None:
    """A quantity in another unit, None where the two have nothing in common.

    `weight_g`: what one of them weighs that is counted, not weighed (a box), where that is known.
    """
    if unit == to:
        return quantity
    if not unit or not to:
        return None
    grams = quantities.GRAMS
    from_g = grams.get(unit, weight_g)
    to_g = grams.get(to, weight_g if unit in grams else None)
    return quantity * from_g / to_g if from_g and to_g else None


def require(lot: Lot, quantity: Decimal, unit: str, weight_g: int | None = None) -> None:
    """Make sure that so much of the lot, which is locked, is there to be taken.

    Raises NoQuantity, UnlikeUnits, NotSoMuch.
    """
    there = left(lot)
    if there is None or lot.unit is None:
        raise NoQuantity(lot.code)
    wanted = convert(quantity, unit, lot.unit, weight_g)
    if wanted is None:
        raise UnlikeUnits(lot.code, lot.unit)
    if wanted > there:
        raise NotSoMuch(lot.code, max(there, Decimal()), lot.unit)
