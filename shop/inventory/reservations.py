"""Promises of stock: hold, release, hand over, keep, sell, expire.

A holder is text ("claim:7Q2M9K4TX", "order:OCPW5T7RN"), so that this room needs to know none.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import ColumnElement, DateTime, bindparam, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from shop import clock, outbox
from shop.database import among_given, db, insert_many
from shop.inventory import stock
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Reservation


def hold(wanted: dict[int, Decimal], *, holder: str, until: datetime | None) -> None:
    """Reserve every line of `wanted` (variant id → quantity in its unit), or none.

    Locks the variants in id order, so two baskets never wait for each other in a circle.
    Raises OutOfStock with what is left of each short variant.
    """
    stock.lock(wanted)
    _hold(wanted, holder=holder, until=until)


def _hold(wanted: dict[int, Decimal], *, holder: str, until: datetime | None) -> None:
    """The same under locks that the caller holds."""
    saleable = stock.promisable(wanted)
    short = {v: max(saleable[v], stock.ZERO) for v in wanted if saleable[v] < wanted[v]}
    if short:
        raise OutOfStock(short)
    held = [
        {"variant_id": v, "quantity": q, "holder": holder, "expires_at": until}
        for v, q in wanted.items()
    ]
    insert_many(Reservation, held)
    outbox.record("stock_changed", variant_ids=sorted(wanted))


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


def lower(holder: str, variant_id: int, quantity: Decimal) -> None:
    """`holder` wants only so much of what it has of a variant; until when stays as it was."""
    mine = update(Reservation).where(
        Reservation.holder == holder,
        Reservation.variant_id == variant_id,
        Reservation.quantity > quantity,
        Reservation.released_at.is_(None),
    )
    if db.session.scalars(mine.values(quantity=quantity).returning(Reservation.id)).all():
        outbox.record("stock_changed", variant_ids=[variant_id])


def live(holder: str) -> dict[int, Decimal]:
    """What `holder` has now, lapsed holds left out: variant id → quantity."""
    query = select(Reservation).where(
        Reservation.holder == holder,
        Reservation.released_at.is_(None),
        _standing(),
    )
    return {row.variant_id: row.quantity for row in db.session.scalars(query)}


def of(variant_id: int, limit: int = 100) -> list[Reservation]:
    """Who holds goods on hand of a variant now, the oldest promise first."""
    query = select(Reservation).where(
        Reservation.variant_id == variant_id,
        Reservation.harvest_id.is_(None),
        Reservation.released_at.is_(None),
        Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
    )
    return list(db.session.scalars(query.order_by(Reservation.id).limit(limit)))


def hand_over(
    holders: list[str], wanted: dict[int, Decimal], *, to: str, until: datetime | None
) -> None:
    """Turn the holds of `holders` (claims) into one of `to` (their order), in one step.

    The caller holds the locks of the variants. What lapsed in between is held anew. Raises
    OutOfStock when somebody else got it.
    """
    for holder in holders:
        release(holder)
    _hold(wanted, holder=to, until=until)


def keep(
    holder: str, wanted: dict[int, Decimal], *, until: datetime | None = None
) -> dict[int, Decimal]:
    """Money came: the holds of `holder` lapse at `until`, None for no more. Safe to run twice.

    What lapsed before is held anew as far as it is still there. Returns what is short of each
    variant: a unit that somebody else got meanwhile is not promised twice.
    """
    if _kept(holder, until) == wanted:
        return {}
    stock.lock(wanted)
    _end_own_lapsed(holder)
    saleable = stock.promisable(wanted)
    mine = live(holder)
    missing = {v: q - mine.get(v, stock.ZERO) for v, q in wanted.items()}
    short = {v: q for v, q in missing.items() if q > max(saleable[v], stock.ZERO)}
    again = {v: q for v, q in wanted.items() if v not in short and missing[v] > 0}
    for variant_id, quantity in sorted(again.items()):
        _end(holder, variant_id)
        _hold({variant_id: quantity}, holder=holder, until=until)
    return short


def keep_many(wanted: Mapping[str, Mapping[int, Decimal]]) -> set[str]:
    """Of many holders, those that still hold all they want; their holds lapse no more.

    The others are for `keep`, one by one.
    """
    kept: dict[str, dict[int, Decimal]] = defaultdict(dict)
    asked = {"holders": list(wanted), "now": clock.now()}
    for holder, variant_id, quantity in db.session.execute(_still_held(), asked):
        kept[holder][variant_id] = quantity
    return {holder for holder, goods in wanted.items() if kept[holder] == goods}


@cache
def _still_held() -> ReturningUpdate[str, int, Decimal]:
    mine = update(Reservation).where(
        among_given(Reservation.holder, "holders"),
        Reservation.released_at.is_(None),
        Reservation.expires_at.is_(None)
        | (Reservation.expires_at > bindparam("now", type_=DateTime(timezone=True))),
    )
    made = mine.values(expires_at=None)
    return made.returning(Reservation.holder, Reservation.variant_id, Reservation.quantity)


def _kept(holder: str, until: datetime | None) -> dict[int, Decimal]:
    """Let what `holder` still has lapse at `until`: variant id → quantity."""
    mine = update(Reservation).where(
        Reservation.holder == holder,
        Reservation.released_at.is_(None),
        _standing(),
    )
    kept = mine.values(expires_at=until).returning(Reservation.variant_id, Reservation.quantity)
    return {row[0]: row[1] for row in db.session.execute(kept)}


def sell(holder: str, wanted: dict[int, Decimal]) -> None:
    """The goods leave: `wanted` goes out of the stock, the holds of `holder` end.

    Safe to run twice. Raises OutOfStock when less is held for `holder` and the rest is gone,
    NotThere when what was promised does not lie there.
    """
    stock.lock(wanted)
    if all(stock.went(f"{holder}:{variant_id}") for variant_id in wanted):
        return
    short = keep(holder, wanted)
    if short:
        raise OutOfStock(short)
    for variant_id in sorted(wanted):
        stock.sell(variant_id, wanted[variant_id], source=f"{holder}:{variant_id}")
    release(holder)


def take_back(holder: str, wanted: dict[int, Decimal], *, why: str = "") -> None:
    """What was sold to `holder` came back and is for sale again. Safe to run twice."""
    for variant_id in sorted(wanted):
        source = f"{holder}:{variant_id}:back"
        stock.take_back(variant_id, wanted[variant_id], source=source, reason=why)


def expire(limit: int = 1000) -> int:
    """Release holds whose time is over; returns how many."""
    lapsed = db.session.scalars(
        select(Reservation)
        .where(Reservation.released_at.is_(None), ~_standing())
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in lapsed:
        row.released_at = clock.now()
    if lapsed:
        outbox.record("stock_changed", variant_ids=sorted({row.variant_id for row in lapsed}))
    return len(lapsed)


def _standing() -> ColumnElement[bool]:
    """Of what nobody let go of: a promise of a harvest stands until its holder does."""
    return or_(
        Reservation.harvest_id.is_not(None),
        Reservation.expires_at.is_(None),
        Reservation.expires_at > clock.now(),
    )


def _end_own_lapsed(holder: str) -> None:
    # The sweep may be at them: waited for, lest goods that are there count as promised.
    db.session.execute(
        update(Reservation)
        .where(
            Reservation.holder == holder,
            Reservation.released_at.is_(None),
            ~_standing(),
        )
        .values(released_at=clock.now())
    )


def _end(holder: str, variant_id: int) -> None:
    mine = update(Reservation).where(
        Reservation.holder == holder,
        Reservation.variant_id == variant_id,
        Reservation.released_at.is_(None),
    )
    db.session.execute(mine.values(released_at=clock.now()))
