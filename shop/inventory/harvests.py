"""Goods sold ahead of their harvest: offer, promise, and what happens when they come."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from shop import clock, outbox, quantities
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import stock
from shop.inventory.errors import OutOfStock, Promised
from shop.inventory.models import Harvest, Reservation

ZERO = Decimal(0)


def offer(actor: Actor, variant: Variant, data: dict[str, Any]) -> Harvest:
    """A window in which so much of a variant will be there (`data` as HarvestSchema gives it)."""
    row = Harvest(seller_id=variant.seller_id, variant_id=variant.id, **data)
    db.session.add(row)
    audit.note(actor, "harvest.offer", row, f"{variant.pack} {row.quantity:f}")
    return row


def change(actor: Actor, row: Harvest, data: dict[str, Any]) -> None:
    """Other days, quantity or deposit. Raises Promised when less than was promised remains."""
    stock.lock([row.variant_id])
    promised = promised_of([row.id]).get(row.id, ZERO)
    if data.get("quantity", row.quantity) < promised:
        raise Promised(quantities.show(promised))
    for name, value in data.items():
        setattr(row, name, value)
    audit.note(actor, "harvest.change", row, row.note)


def open_now(variant_ids: Collection[int], today: date | None = None) -> dict[int, Harvest]:
    """Variant id → the window that takes orders today, the earliest harvest first."""
    day = today or clock.today()
    query = select(Harvest).where(
        Harvest.variant_id.in_(variant_ids),
        Harvest.active,
        Harvest.arrived_at.is_(None),
        Harvest.order_until >= day,
    )
    rows = db.session.scalars(query.order_by(Harvest.from_day.desc(), Harvest.id.desc()))
    return {row.variant_id: row for row in rows}


def promised_of(harvest_ids: Collection[int]) -> dict[int, Decimal]:
    """What buyers were promised of each window."""
    query = select(Reservation.harvest_id, func.sum(Reservation.quantity)).where(
        Reservation.harvest_id.in_(harvest_ids),
        Reservation.released_at.is_(None),
        Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
    )
    rows = db.session.execute(query.group_by(Reservation.harvest_id))
    return {row[0]: row[1] for row in rows if row[0] is not None}


def left(row: Harvest) -> Decimal:
    """What may still be ordered of a window."""
    return row.quantity - promised_of([row.id]).get(row.id, ZERO)


def hold(
    wanted: dict[int, tuple[int, Decimal]], *, holder: str, until: datetime | None
) -> list[Reservation]:
    """Promise variant id → (window id, quantity) of goods to come, or nothing.

    Raises OutOfStock with what is left of each short variant.
    """
    stock.lock(wanted)
    short = {}
    for variant_id, (harvest_id, quantity) in sorted(wanted.items()):
        there = left(db.session.get_one(Harvest, harvest_id))
        if there < quantity:
            short[variant_id] = max(there, ZERO)
    if short:
        raise OutOfStock(short)
    held = [
        Reservation(variant_id=v, harvest_id=h, quantity=q, holder=holder, expires_at=until)
        for v, (h, q) in wanted.items()
    ]
    db.session.add_all(held)
    db.session.flush()
    return held


def arrive(actor: Actor, row: Harvest, quantity: Decimal, *, source: str) -> list[str]:
    """The goods came: `quantity` is received, and serves the promises in the order they were made.

    Returns the holders that got nothing or not all of it. The window takes no more orders.
    """
    stock.lock([row.variant_id])
    row.arrived_at = clock.now()
    stock.receive(row.variant_id, quantity, source=source, reason=row.note)
    audit.note(actor, "harvest.arrive", row, f"{quantity:f}")
    saleable = stock.saleable([row.variant_id])[row.variant_id]
    unserved = []
    for promise in _promises(row):
        if promise.quantity <= saleable:
            promise.harvest_id = None
            saleable -= promise.quantity
        else:
            unserved.append(promise.holder)
    db.session.flush()
    outbox.record("stock_changed", variant_ids=[row.variant_id])
    return unserved


def _promises(row: Harvest) -> list[Reservation]:
    query = select(Reservation).where(
        Reservation.harvest_id == row.id,
        Reservation.released_at.is_(None),
        Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
    )
    return list(db.session.scalars(query.order_by(Reservation.created_at, Reservation.id)))
