"""Promises of stock: hold, release, hand over, sell, expire.

A holder is text ("claim:7Q2M9K4TX", "order:OCPW5T7RN"), so that this room needs to know none.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update

from shop import clock, outbox
from shop.database import db
from shop.inventory import stock
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Reservation


def hold(wanted: dict[int, Decimal], *, holder: str, until: datetime | None) -> list[Reservation]:
    """Reserve every line of `wanted` (variant id → quantity in its unit), or none.

    Locks the variants in id order, so two baskets never wait for each other in a circle.
    Raises OutOfStock with what is left of each short variant.
    """
    saleable = stock.lock_saleable(wanted)
    short = {v: saleable[v] for v in wanted if saleable[v] < wanted[v]}
    if short:
        raise OutOfStock(short)
    held = [
        Reservation(variant_id=v, quantity=q, holder=holder, expires_at=until)
        for v, q in wanted.items()
    ]
    db.session.add_all(held)
    db.session.flush()
    outbox.record("stock_changed", variant_ids=sorted(wanted))
    return held


def release(holder: str) -> int:
    """Let go of all that `holder` has; returns how many lines that were still live."""
    let_go = db.session.scalars(
        update(Reservation)
        .where(Reservation.holder == holder, Reservation.released_at.is_(None))
        .values(released_at=clock.now())
        .returning(Reservation.variant_id)
    ).all()
    if let_go:
        outbox.record("stock_changed", variant_ids=sorted(let_go))
    return len(let_go)


def live(holder: str) -> dict[int, Decimal]:
    """What `holder` has now, lapsed holds left out: variant id → quantity."""
    query = select(Reservation).where(
        Reservation.holder == holder,
        Reservation.released_at.is_(None),
        Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
    )
    return {row.variant_id: row.quantity for row in db.session.scalars(query)}


def hand_over(
    holders: list[str], wanted: dict[int, Decimal], *, to: str, until: datetime | None
) -> None:
    """Turn the holds of `holders` (claims) into one of `to` (their order), in one step.

    What lapsed in between is held anew. Raises OutOfStock when somebody else got it.
    """
    stock.lock_saleable(wanted)
    for holder in holders:
        release(holder)
    db.session.flush()
    hold(wanted, holder=to, until=until)


def sell(holder: str, wanted: dict[int, Decimal]) -> None:
    """The goods are the buyer's: `wanted` goes out, the holds of `holder` end. Safe to run twice.

    A hold that lapsed in between changes nothing: the money is there, the goods must follow.
    """
    for variant_id in sorted(wanted):
        stock.sell(variant_id, wanted[variant_id], source=f"{holder}:{variant_id}")
    release(holder)


def unsell(holder: str, wanted: dict[int, Decimal]) -> None:
    """What was sold to `holder` and never left is for sale again. Safe to run twice."""
    for variant_id in sorted(wanted):
        source = f"{holder}:{variant_id}:back"
        stock.take_back(variant_id, wanted[variant_id], source=source)


def expire(limit: int = 1000) -> int:
    """Release holds whose time is over; returns how many."""
    lapsed = db.session.scalars(
        select(Reservation)
        .where(Reservation.released_at.is_(None), Reservation.expires_at <= clock.now())
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in lapsed:
        row.released_at = clock.now()
    if lapsed:
        outbox.record("stock_changed", variant_ids=sorted({row.variant_id for row in lapsed}))
    return len(lapsed)
