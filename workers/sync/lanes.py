"""Lanes: mark what changed, take what is open, settle what was sent.

Only the fact of a change is kept; the value is computed when it is sent, so ten changes of stock
become one call with the last number.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import joinedload

from shop import clock, logs
from shop.catalogue.models import Variant
from shop.database import among, db
from workers.channels.models import Connection, Health, Listing, ListingState
from workers.sync.models import Lane, LaneKind

EVERY_KIND = tuple(LaneKind)
# A call without an answer may still arrive there for so long.
ARRIVES_WITHIN = timedelta(seconds=90)


@dataclass(frozen=True)
class Taken:
    """A lane as it was when it was taken. `hash` of its value.

    `unheard_until`: till then a call made before, and never answered, may still arrive.
    """

    lane_id: int
    kind: LaneKind
    wanted: int
    tries: int
    hash: str
    cause: str
    request_id: str | None
    unheard_until: datetime | None = None


def taken(lane: Lane, hash: str) -> Taken:
    """The lane as it is now, about to be told a value of this hash."""
    kind, wanted = LaneKind(lane.kind), lane.wanted
    told = (lane.cause, lane.request_id, lane.unheard_until)
    return Taken(lane.id, kind, wanted, lane.tries, hash, *told)


def mark(listing_ids: Iterable[int], kinds: Iterable[LaneKind], *, cause: str = "") -> None:
    """Note that these kinds of these listings differ from what the marketplaces know."""
    _mark(listing_ids, kinds, cause)


def open_rest(listing_id: int, *, cause: str) -> None:
    """What of a listing is told already, or was refused, is to be told again; what is open stays
    as it is."""
    _mark([listing_id], EVERY_KIND, cause, where=Lane.wanted <= Lane.settled)


def _mark(
    listing_ids: Iterable[int],
    kinds: Iterable[LaneKind],
    cause: str,
    where: ColumnElement[bool] | None = None,
) -> None:
    made = insert(Lane).from_select(
        [
            "listing_id",
            "connection_id",
            "kind",
            "wanted",
            "settled",
            "cause",
            "request_id",
            "marked_at",
        ],
        _changed(listing_ids, kinds, cause),
    )
    # Something changed: what was refused or put off before is worth a call at once.
    fresh = {"wanted": Lane.wanted + 1, "not_before": None, "tries": 0}
    told = {name: made.excluded[name] for name in ("cause", "request_id", "marked_at")}
    db.session.execute(
        made.on_conflict_do_update(
            index_elements=["listing_id", "kind"], set_=fresh | told, where=where
        )
    )


def _changed(listing_ids: Iterable[int], kinds: Iterable[LaneKind], cause: str) -> Select[Any]:
    """The lanes to mark, in one order, so that two markers never wait in a circle."""
    each = (
        func.unnest(cast(sorted(kinds), ARRAY(Text)))
        .table_valued("kind", name="each")
        .render_derived()
    )
    told = literal(cause), literal(logs.request_id(), Text), literal(clock.now())
    query = select(Listing.id, Listing.connection_id, each.c.kind, literal(1), literal(0), *told)
    query = query.join(each, true()).where(among(Listing.id, listing_ids))
    return query.order_by(Listing.id, each.c.kind)


def take(connection_id: int, most: Mapping[LaneKind, int]) -> list[Lane]:
    """The most urgent open lanes, with their listings.

    Lanes of one kind, at most `most` of it (else one), of listings that are there; or every open
    lane of one listing that is to be created. Empty: nothing is due.
    """
    query = _due().where(Lane.connection_id == connection_id).order_by(*_FIRST)
    query = query.options(*_WITH_GOODS).limit(max(most.values(), default=1))
    due = list(db.session.scalars(query))
    if not due:
        return []
    if due[0].listing.external_id is None:
        query = _open().where(Lane.listing_id == due[0].listing_id).order_by(Lane.urgency)
        return list(db.session.scalars(query))
    kind = LaneKind(due[0].kind)
    alike = [lane for lane in due if lane.kind == kind and lane.listing.external_id is not None]
    return alike[: most.get(kind, 1)]


_FIRST = (Lane.urgency, Lane.marked_at, Lane.listing_id)
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
    query = _due().join(Connection, Connection.id == Lane.connection_id)
    query = query.where(
        Connection.health == Health.OK,
        Connection.paused_until.is_(None) | (Connection.paused_until <= now),
    ).with_only_columns(Lane.connection_id)
    return list(db.session.scalars(query.distinct().order_by(Lane.connection_id)))


def next_due(connection_id: int) -> datetime | None:
    """When the next open lane of the connection may be sent; None: nothing is open."""
    query = _open().where(Lane.connection_id == connection_id)
    # The later of the two; none of them: now.
    soonest = func.min(
        func.coalesce(func.greatest(Lane.not_before, Listing.unknown_until), clock.now())
    )
    found: datetime | None = db.session.scalar(query.with_only_columns(soonest))
    return found


def about_to_tell(lane_ids: Collection[int]) -> None:
    """These lanes are about to be told: until the answer nobody knows what the other side has, and
    without one not when it gets it."""
    db.session.execute(
        update(Lane)
        .where(among(Lane.id, lane_ids))
        .values(acknowledged=None, unheard_until=clock.now() + ARRIVES_WITHIN)
        .execution_options(synchronize_session=False)
    )


def not_told(found: Sequence[Taken]) -> None:
    """These lanes were about to be told, and no call was made: only an earlier one may arrive."""
    for each in found:
        db.session.execute(
            update(Lane)
            .where(Lane.id == each.lane_id)
            .values(unheard_until=each.unheard_until)
            .execution_options(synchronize_session=False)
        )


def settle(seen: Mapping[int, int], hashes: Mapping[int, str]) -> None:
    """These lanes (id → `wanted` when taken) are told, with values of these hashes (by id).

    A change marked since then keeps its lane open; then what the other side has is not sure.
    """
    for lane_id, wanted in seen.items():
        sure = case((Lane.wanted == wanted, hashes[lane_id]), else_=None)
        _close(lane_id, wanted, acknowledged=sure, trouble=None)


def tell_after(lane_ids: Collection[int], until: datetime) -> None:
    """Told, but an older call may arrive until then and undo it: told once more after that."""
    db.session.execute(
        update(Lane)
        .where(among(Lane.id, lane_ids))
        .values(wanted=Lane.wanted + 1, acknowledged=None, not_before=until, unheard_until=until)
        .execution_options(synchronize_session=False)
    )


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
            unheard_until=None,
            **values,
        )
        .execution_options(synchronize_session=False)
    )


def put_off(
    found: Sequence[Taken], until: datetime, *, heard: bool, trouble: str | None = None
) -> None:
    """Not before `until` again. A try is counted where nobody is told why (`trouble`).

    `heard`: the call was answered, so none but an earlier one may still arrive.
    """
    values: dict[str, Any] = {"not_before": until}
    values |= {"trouble": trouble} if trouble else {"tries": Lane.tries + 1}
    if heard:
        values["unheard_until"] = max(
            (taken.unheard_until for taken in found if taken.unheard_until), default=None
        )
    db.session.execute(
        update(Lane)
        .where(among(Lane.id, [taken.lane_id for taken in found]))
        .values(values)
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
        .order_by(Lane.urgency)
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
