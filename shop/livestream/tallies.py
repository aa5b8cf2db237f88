"""What became of each code of a session so far, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, lazyload

from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import stock
from shop.livestream.models import Broadcast, Claim, ClaimState, Pin
from shop.orders.models import Order, State

_VOID = (State.CANCELLED, State.EXPIRED)


@dataclass(frozen=True)
class Tally:
    """One code on sale: quantities in its unit, money in đồng.

    `sold`: in orders that stand. `left`: what may still be promised of the real stock, or of the
    cap where that is less; None while no goods are under the code. `waiting`: how many people.
    """

    code: str
    label: str
    unit: str
    price_vnd: int | None
    cap: Decimal | None
    sold: Decimal
    held: Decimal
    waiting: int
    left: Decimal | None


@dataclass(frozen=True)
class Counts:
    """Claims of a session by their state, and of each code and variant."""

    by_state: dict[str, int]
    people: dict[tuple[str, int, str], int]
    quantities: dict[tuple[str, int, str], Decimal]


def counts(broadcast: Broadcast) -> Counts:
    """One pass over an index: as quick with a hundred thousand comments as with ten."""
    query = (
        select(Claim.code, Claim.variant_id, Claim.state, func.count(), func.sum(Claim.quantity))
        .where(Claim.broadcast_id == broadcast.id)
        .group_by(Claim.code, Claim.variant_id, Claim.state)
    )
    found = Counts(defaultdict(int), {}, {})
    for code, variant_id, state, people, quantity in db.session.execute(query):
        found.by_state[state] += people
        found.people[code, variant_id, state] = people
        found.quantities[code, variant_id, state] = quantity
    return found


def of(broadcast: Broadcast, counted: Counts) -> list[Tally]:
    """Every code that is pinned now, in their order."""
    pins = _pins(broadcast)
    left = stock.saleable([pin.variant_id for pin in pins if pin.variant_id])
    sold = _sold(broadcast)
    return [_tally(pin, counted, sold, left) for pin in pins]


def _pins(broadcast: Broadcast) -> list[Pin]:
    query = select(Pin).where(Pin.broadcast_id == broadcast.id, Pin.until_at.is_(None))
    goods = joinedload(Pin.variant).options(lazyload(Variant.product))
    return list(db.session.scalars(query.options(goods).order_by(Pin.code)))


def _sold(broadcast: Broadcast) -> dict[tuple[str, int], Decimal]:
    query = (
        select(Claim.code, Claim.variant_id, func.sum(Claim.quantity))
        .join(Order, Order.ref == Claim.order_ref)
        .where(Claim.broadcast_id == broadcast.id, Claim.state == ClaimState.ORDERED)
        .where(Order.state.not_in(_VOID))
        .group_by(Claim.code, Claim.variant_id)
    )
    return {(code, variant_id): total for code, variant_id, total in db.session.execute(query)}


def _tally(
    pin: Pin, counted: Counts, sold: dict[tuple[str, int], Decimal], left: dict[int, Decimal]
) -> Tally:
    variant_id = pin.variant_id or 0
    held = counted.quantities.get((pin.code, variant_id, ClaimState.HELD), stock.ZERO)
    gone = sold.get((pin.code, variant_id), stock.ZERO)
    there = left.get(variant_id)
    if there is not None and pin.cap is not None:
        there = min(there, pin.cap - held - gone)
    return Tally(
        code=pin.code,
        label=pin.label,
        unit=pin.variant.unit if pin.variant else pin.unit,
        price_vnd=pin.variant.price_vnd if pin.variant and pin.price_vnd is None else pin.price_vnd,
        cap=pin.cap,
        sold=gone,
        held=held,
        waiting=counted.people.get((pin.code, variant_id, ClaimState.WAITING), 0),
        left=None if there is None else max(there, stock.ZERO),
    )
