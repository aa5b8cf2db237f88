"""The waiting line of each variant, in the platform's order of time, and what comes free for it.

Who said it first is served first. A claim is held whole or not at all; one that wants more than is
there is passed over and keeps its place: goods do not lie idle for want of a last box, and the line
is never asked twice. Whoever was passed over is served as soon as there is enough, before all that
stand behind. What somebody holds is never taken for a word that was said earlier but came later.
"""

from collections.abc import Collection, Iterator
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from shop import clock
from shop.database import db
from shop.inventory import stock
from shop.livestream import caps, holds
from shop.livestream.models import Broadcast, Claim, ClaimState

# Also after the close what comes free is offered in turn; the day after, nobody waits any more.
AFTER_CLOSE = timedelta(hours=24)
_AT_ONCE = 100
_ORDER = (Claim.said_at, Claim.comment_id, Claim.id)


def offer(variant_ids: Collection[int]) -> int:
    """Hold what came free of these variants for who waits, in order; how many were served.

    Safe to run at any time and twice: with nothing free, or nobody waiting, nothing happens. So
    the `stock_changed` that each hold records asks once more, finds nothing, and it ends.
    """
    free = stock.lock_saleable(waited_for(variant_ids))
    return sum(serve(variant_id, left) for variant_id, left in sorted(free.items()))


def waited_for(variant_ids: Collection[int] | None = None) -> list[int]:
    """The variants (of these, or all) that somebody waits for."""
    query = select(Claim.variant_id).where(Claim.state == ClaimState.WAITING).distinct()
    if variant_ids is not None:
        query = query.where(Claim.variant_id.in_(variant_ids))
    return sorted(db.session.scalars(query))


def offer_all() -> int:
    """The same for every variant: some of it lapsed by the clock alone, and nobody was told."""
    there = stock.saleable(waited_for())
    return offer([variant_id for variant_id, left in there.items() if left > 0])


def serve(variant_id: int, free: Decimal, *, new: Claim | None = None) -> int:
    """Go down the line of one variant, of which so much is free; how many were served.

    `new` has only just joined it: to be served is no offer. The caller holds the variant's lock.
    """
    served = 0
    while free > 0 and (fitting := _fitting(variant_id, free)):
        before = free
        for found in fitting:
            if found.quantity <= free and holds.take(found, found.quantity):
                free, served = free - found.quantity, served + 1
                if found is not new:
                    found.offered_at = clock.now()
        if free == before:
            break
    return served


def _fitting(variant_id: int, free: Decimal) -> list[Claim]:
    """The first in the line who could be served whole."""
    rooms = [*_rooms(variant_id, free)]
    if not rooms:
        return []
    query = _line(variant_id).where(or_(*rooms)).order_by(*_ORDER).limit(_AT_ONCE)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _rooms(variant_id: int, free: Decimal) -> Iterator[ColumnElement[bool]]:
    groups = select(Claim.broadcast_id, Claim.code).distinct()
    waiting = Claim.variant_id == variant_id, Claim.state == ClaimState.WAITING
    for broadcast_id, code in db.session.execute(groups.where(*waiting)):
        room = caps.left(broadcast_id, code, variant_id)
        most = free if room is None else min(free, room)
        if most > 0:
            yield and_(
                Claim.broadcast_id == broadcast_id, Claim.code == code, Claim.quantity <= most
            )


def _line(variant_id: int) -> Select[Claim]:
    return select(Claim).where(Claim.variant_id == variant_id, Claim.state == ClaimState.WAITING)


def places(claims: Collection[Claim]) -> dict[int, int]:
    """Claim id → its place in its variant's line (1 is next), for those that wait."""
    waiting = [found for found in claims if found.state == ClaimState.WAITING]
    if not waiting:
        return {}
    place = func.row_number().over(partition_by=Claim.variant_id, order_by=_ORDER)
    numbered = select(Claim.id, place.label("place")).where(
        Claim.state == ClaimState.WAITING, Claim.variant_id.in_({c.variant_id for c in waiting})
    )
    line = numbered.subquery()
    query = select(line.c.id, line.c.place).where(line.c.id.in_([c.id for c in waiting]))
    return {row[0]: row[1] for row in db.session.execute(query)}


def end_lines() -> int:
    """Who still waits a day after the close waits in vain; returns how many."""
    closed = Broadcast.closed_at <= clock.now() - AFTER_CLOSE
    late = select(Claim.id, Claim.variant_id).join(Broadcast, Broadcast.id == Claim.broadcast_id)
    late = late.where(Claim.state == ClaimState.WAITING, closed)
    due = db.session.execute(late.order_by(Claim.id).limit(1000)).all()
    stock.lock({variant_id for _id, variant_id in due})
    query = select(Claim).where(
        Claim.id.in_([claim_id for claim_id, _variant in due]), Claim.state == ClaimState.WAITING
    )
    over = list(db.session.scalars(query.execution_options(populate_existing=True)))
    for found in over:
        holds.end(found, ClaimState.LAPSED)
    return len(over)
