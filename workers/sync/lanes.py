"""Lanes: mark what changed, take what is open, settle what was sent.

Only the fact of a change is kept; the value is computed when it is sent, so ten changes of stock
become one call with the last number.
"""

import hashlib
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shop import clock
from shop.database import db
from workers.channels.models import Connection, Health, Listing, ListingState
from workers.sync.models import Lane, LaneKind

EVERY_KIND = tuple(LaneKind)


def mark(listing_ids: Iterable[int], kinds: Iterable[LaneKind]) -> None:
    """Note that these kinds of these listings differ from what the marketplaces know."""
    kinds = list(kinds)
    # In one order everywhere, so that two markers never wait for each other in a circle.
    rows = [{"listing_id": i, "kind": k} for i in sorted(listing_ids) for k in sorted(kinds)]
    if rows:
        marked = insert(Lane).values([row | {"wanted": 1, "settled": 0} for row in rows])
        db.session.execute(
            marked.on_conflict_do_update(
                index_elements=["listing_id", "kind"], set_={"wanted": Lane.wanted + 1}
            )
        )


def take(connection_id: int, put_off: Collection[int] = ()) -> list[Lane]:
    """The most urgent open lane, with its listing; all open ones if it is not listed there yet.

    Listings in `put_off` are passed over. Empty: nothing is open.
    """
    first = db.session.scalar(
        _open()
        .where(Listing.connection_id == connection_id, Listing.id.not_in(put_off))
        .order_by(_URGENCY, Lane.listing_id)
        .limit(1)
    )
    if first is None or first.listing.external_id is not None:
        return [first] if first else []
    query = _open().where(Lane.listing_id == first.listing_id).order_by(_URGENCY)
    return list(db.session.scalars(query))


_URGENCY = case({kind: place for place, kind in enumerate(EVERY_KIND)}, value=Lane.kind)


def _open() -> Select[Any]:
    return (
        select(Lane).join(Listing, Listing.id == Lane.listing_id).where(Lane.wanted > Lane.settled)
    )


def waiting() -> list[int]:
    """Ids of the working connections that have an open lane."""
    query = _open().join(Connection, Connection.id == Listing.connection_id)
    query = query.where(Connection.health == Health.OK).with_only_columns(Listing.connection_id)
    return list(db.session.scalars(query.distinct().order_by(Listing.connection_id)))


def settle(seen: dict[int, int], hashes: dict[int, str]) -> None:
    """These lanes (id → `wanted` when taken) are told, with values of these hashes (by id).

    A change marked since then keeps its lane open.
    """
    for lane_id, wanted in seen.items():
        _settle(lane_id, wanted, acknowledged=hashes[lane_id], trouble=None)


def refuse(seen: dict[int, int], trouble: str) -> None:
    """These lanes cannot be told until something about the listing changes."""
    for lane_id, wanted in seen.items():
        _settle(lane_id, wanted, trouble=trouble)


def _settle(lane_id: int, wanted: int, **values: str | None) -> None:
    db.session.execute(
        update(Lane)
        .where(Lane.id == lane_id)
        .values(settled=func.greatest(Lane.settled, wanted), settled_at=clock.now(), **values)
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
    elif listing.external_id is not None:
        listing.state = ListingState.LIVE


def digest(value: object) -> str:
    """A hash of the value of a lane, to tell whether the other side has it already."""
    return hashlib.sha256(repr(value).encode()).hexdigest()
