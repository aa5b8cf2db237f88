"""Stock on hand, from the append-only entries. Quantities are in each variant's own unit."""

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from shop import clock, outbox
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory.models import Reservation, StockEntry

ZERO = Decimal(0)


def receive(variant_id: int, quantity: Decimal, *, source: str, reason: str = "") -> bool:
    """Goods in. The same `source` again changes nothing and returns False."""
    return _enter(variant_id, "receipt", quantity, source, reason)


def adjust(variant_id: int, quantity: Decimal, *, source: str, reason: str) -> bool:
    """Correct the books by a signed `quantity`, with the reason. Once per `source`."""
    return _enter(variant_id, "adjustment", quantity, source, reason)


def sell(variant_id: int, quantity: Decimal, *, source: str) -> bool:
    """Goods out to a buyer. Once per `source`."""
    return _enter(variant_id, "sale", -quantity, source, "")


def take_back(variant_id: int, quantity: Decimal, *, source: str) -> bool:
    """Goods that were sold and never left are for sale again. Once per `source`."""
    return _enter(variant_id, "return", quantity, source, "")


def _enter(variant_id: int, kind: str, quantity: Decimal, source: str, reason: str) -> bool:
    entered = db.session.scalar(
        insert(StockEntry)
        .values(variant_id=variant_id, kind=kind, quantity=quantity, source=source, reason=reason)
        .on_conflict_do_nothing(index_elements=["source"])
        .returning(StockEntry.id)
    )
    if entered is not None:
        outbox.record("stock_changed", variant_ids=[variant_id])
    return entered is not None


def lock_saleable(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """Lock the variants in id order until the commit; what of each may still be promised.

    Every promise of stock goes through here, so two of them never count the same unit, and the
    fixed order keeps two baskets from waiting for each other in a circle.
    """
    ids = sorted(set(variant_ids))
    rows = select(Variant.id).where(Variant.id.in_(ids)).order_by(Variant.id)
    # Not the strongest lock: a row that refers to the variant (a line, an entry) may be written
    # by somebody else meanwhile, and two of those must not wait for each other.
    db.session.execute(rows.with_for_update(key_share=True))
    return saleable(ids)


def saleable(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """On hand less live reservations, for each variant asked for. Two queries."""
    held, there = _reserved(variant_ids), on_hand(variant_ids)
    return {v: there.get(v, ZERO) - held.get(v, ZERO) for v in variant_ids}


def on_hand(variant_ids: Collection[int]) -> dict[int, Decimal]:
    """The sum of the entries of each variant that has any."""
    query = select(StockEntry.variant_id, func.sum(StockEntry.quantity)).where(
        StockEntry.variant_id.in_(variant_ids)
    )
    rows = db.session.execute(query.group_by(StockEntry.variant_id))
    return {row[0]: row[1] for row in rows}


def _reserved(variant_ids: Collection[int]) -> dict[int, Decimal]:
    query = select(Reservation.variant_id, func.sum(Reservation.quantity)).where(
        Reservation.variant_id.in_(variant_ids),
        Reservation.released_at.is_(None),
        # A hold that has lapsed counts no more, even before the sweep has released it.
        Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
    )
    rows = db.session.execute(query.group_by(Reservation.variant_id))
    return {row[0]: row[1] for row in rows}
