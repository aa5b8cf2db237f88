"""Lanes: mark what changed, take what is open, settle what was sent.

Only the fact of a change is kept; the value is computed when it is sent, so ten changes of stock
become one call with the last number.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from shop import clock, logs
from shop.catalogue.models import Variant
from shop.database import among, db
from workers.channels.models import Connection, Health, Listing, ListingState
from workers.sync.models import Lane, LaneKind

EVERY_KIND = tuple(LaneKind)
# A statement holds 65,535 values; one of these rows has seven.
MOST_ROWS = 5_000


@dataclass(frozen=True)
class Taken:
    """A lane as it was when it was taken. `hash` of its value."""

    lane_id: int
    kind: LaneKind
    wanted: int
    tries: int
    hash: str
    cause: str
    request_id: str | None


def taken(lane: Lane, hash: str) -> Taken:
    """The lane as it is now, about to be told a value of this hash."""
    kind, wanted = LaneKind(lane.kind), lane.wanted
    return Taken(lane.id, kind, wanted, lane.tries, hash, lane.cause, lane.request_id)


def mark(listing_ids: Iterable[int], kinds: Iterable[LaneKind], *, cause: str = "") -> None:
    """Note that these kinds of these listings differ from what the marketplaces know."""
    kinds = list(kinds)
    now, request_id = clock.now(), logs.request_id()
    told = {"cause": cause, "request_id": request_id, "marked_at": now}
    # In one order everywhere, so that two markers never wait for each other in a circle.
    rows = [{"listing_id": i, "kind": k} for i in sorted(listing_ids) for k in sorted(kinds)]
    for first in range(0, len(rows), MOST_ROWS):
        some = rows[first : first + MOST_ROWS]
        marked = insert(Lane).values([row | {"wanted": 1, "settled": 0} | told for row in some])
        # Something changed: what was refused or put off before is worth a call at once.
        fresh = {"wanted": Lane.wanted + 1, "not_before": None, "tries": 0} | told
        db.session.execute(
            marked.on_conflict_do_update(index_elements=["listing_id", "kind"], set_=fresh)
        )


def take(connection_id: int, most: Mapping[LaneKind, int]) -> list[Lane]:
    """The most urgent open lanes that one call may carry, with their listings.

    Lanes of one kind, at most `most` of it, of listings that are there; or every open lane of one
    listing that is to be created. Empty: nothing is due.
    """
    first = db.session.scalar(
        _due().where(Listing.connection_id == connection_id).order_by(*_FIRST).limit(1)
    )
    if first is None:
        return []
    if first.listing.external_id is None:
        query = _open().where(Lane.listing_id == first.listing_id).order_by(_URGENCY)
        return list(db.session.scalars(query))
    query = _due().where(
        Listing.connection_id == connection_id,
        Listing.external_id.is_not(None),
        Lane.kind == first.kind,
    )
    query = query.order_by(*_FIRST).limit(most.get(LaneKind(first.kind), 1))
    return list(db.session.scalars(query.options(*_WITH_GOODS)))


_URGENCY = case({kind: place for place, kind in enumerate(EVERY_KIND)}, value=Lane.kind)
_FIRST = (_URGENCY, Lane.marked_at, Lane.listing_id)
_WITH_GOODS = (
    joinedload(Lane.listing).joinedload(Listing.variant).joinedload(Variant.product),
    joinedload(Lane.listing).joinedload(Listing.connection),
)


def _open() -> Select[Any]:
    return (
        select(Lane).join(Listing, Listing.id == Lane.listing_id).where(Lane.wanted > Lane.settled)
    )


def _due() -> Select[Any]:
    now = clock.now()
    return _open().where(
        Lane.not_before.is_(None) | (Lane.not_before <= now),
        Listing.unknown_until.is_(None) | (Listing.unknown_until <= now),
    )


def waiting() -> list[int]:
    """Ids of the working connections that have a lane to be sent now."""
    now = clock.now()
    query = _due().join(Connection, Connection.id == Listing.connection_id)
    query = query.where(
        Connection.health == Health.OK,
        Connection.paused_until.is_(None) | (Connection.paused_until <= now),
    ).with_only_columns(Listing.connection_id)
    return list(db.session.scalars(query.distinct().order_by(Listing.connection_id)))


def next_due(connection_id: int) -> datetime | None:
    """When the next open lane of the connection may be sent; None: nothing is open."""
    query = _open().where(Listing.connection_id == connection_id)
    # The later of the two; none of them: now.
    soonest = func.min(
        func.coalesce(func.greatest(Lane.not_before, Listing.unknown_until), clock.now())
    )
    found: datetime | None = db.session.scalar(query.with_only_columns(soonest))
    return found


def about_to_tell(lane_ids: Collection[int]) -> None:
    """These lanes are about to be told: until the answer nobody knows what the other side has."""
    db.session.execute(
        update(Lane)
        .where(among(Lane.id, lane_ids), Lane.acknowledged.is_not(None))
        .values(acknowledged=None)
        .execution_options(synchronize_session=False)
    )


def settle(seen: Mapping[int, int], hashes: Mapping[int, str]) -> None:
    """These lanes (id → `wanted` when taken) are told, with values of these hashes (by id).

    A change marked since then keeps its lane open; then what the other side has is not sure.
    """
    for lane_id, wanted in seen.items():
        sure = case((Lane.wanted == wanted, hashes[lane_id]), else_=None)
        _close(lane_id, wanted, acknowledged=sure, trouble=None)


def refuse(seen: Mapping[int, int], trouble: str) -> None:
    """These lanes cannot be told until something about the listing changes."""
    for lane_id, wanted in seen.items():
        _close(lane_id, wanted, trouble=trouble)


def _close(lane_id: int, wanted: int, **values: Any) -> None:
    db.session.execute(
        update(Lane)
        .where(Lane.id == lane_id)
        .values(
            settled=func.greatest(Lane.settled, wanted),
            settled_at=clock.now(),
            tries=0,
            not_before=None,
            **values,
        )
        .execution_options(synchronize_session=False)
    )


def put_off(lane_ids: Collection[int], until: datetime, *, trouble: str | None = None) -> None:
    """Not before `until` again. A try is counted where nobody is told why (`trouble`)."""
    db.session.execute(
        update(Lane)
        .where(among(Lane.id, lane_ids))
        .values(
            not_before=until,
            tries=Lane.tries + (0 if trouble else 1),
            **({"trouble": trouble} if trouble else {}),
        )
        .execution_options(synchronize_session=False)
    )


def tell_again(listing_ids: Collection[int], kind: LaneKind, *, cause: str) -> None:
    """The marketplace lost what it was told: whatever it acknowledged counts no more."""
    db.session.execute(
        update(Lane)
        .where(among(Lane.listing_id, listing_ids), Lane.kind == kind)
        .values(acknowledged=None)
        .execution_options(synchronize_session=False)
    )
    mark(listing_ids, [kind], cause=cause)


def forget_troubles(listing_id: int, kinds: Iterable[str]) -> None:
    """Nobody is to be told any more why these lanes were refused."""
    db.session.execute(
        update(Lane)
        .where(Lane.listing_id == listing_id, Lane.kind.in_(list(kinds)))
        .values(trouble=None)
        .execution_options(synchronize_session=False)
    )


def review(listing: Listing) -> None:
    """Set the listing's state and trouble from its lanes."""
    troubles = db.session.scalars(
        select(Lane.trouble)
        .where(Lane.listing_id == listing.id, Lane.trouble.is_not(None))
        .order_by(_URGENCY)
    ).all()
    listing.trouble = troubles[0] if troubles else None
    if troubles:
        listing.state = ListingState.FAILED
    else:
        listed = listing.external_id is not None
        listing.state = ListingState.LIVE if listed else ListingState.WAITING


def digest(value: object) -> str:
    """A hash of the value of a lane, to tell whether the other side has it already."""
    return hashlib.sha256(repr(value).encode()).hexdigest()
