"""Said once: what was so before the record began to say it (28 November 2026).

Until then, whether a lot is public and what became of its stamps stood in rows alone, and the
check of the record (`replays`, `stamp_replays`) would call every one of them altered. Each becomes
an event that happened when its row says, is recorded today, and says of itself that it was written
down afterwards (`extra.introduced`). From then on an altered row is found.

What the rows say is signed as it stands, so a person looks at it first (`ocop introduce-record`),
and only that of which the record says nothing: no event can be covered up by one from here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, select, update

from shop import clock
from shop.accounts.access import Actor
from shop.database import db
from traceability import disclosure, events, lots, stamp_replays, stamps, statements
from traceability.epcis_models import Statement
from traceability.events import Item, More
from traceability.models import Lot, TraceEvent, TraceItem
from traceability.recall_models import Recall
from traceability.runs import Run
from traceability.stamp_models import Stamp, StampBatch, StampState
from traceability.stamp_replays import Told

_INTRODUCED = {"introduced": "2026-11-28"}
# Of an ended recall the row and the event were each given the moment, one after the other.
_A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True)
class Silent:
    """Keys of that of which the record says nothing: lots that are public, batches with stamps in
    use; of ended recalls whose end differs by a moment, and of events told nowhere.
    """

    lots: Sequence[int]
    batches: Sequence[int]
    recalls: Sequence[int]
    events: Sequence[int]


def silent() -> Silent:
    """What there is to introduce."""
    public = select(Lot.id).where(Lot.published_at.is_not(None), ~_says("publish", "unpublish"))
    used = select(Stamp.batch_id).where(Stamp.state != StampState.PRINTED)
    batches = db.session.scalars(select(StampBatch).where(StampBatch.id.in_(used)))
    told = stamp_replays.of_batches()
    untold = select(TraceEvent.id).outerjoin(Statement, Statement.event_id == TraceEvent.id)
    untold = untold.where(TraceEvent.kind != "correction", Statement.event_id.is_(None))
    return Silent(
        db.session.scalars(public.order_by(Lot.id)).all(),
        sorted(row.id for row in batches if any(True for _ in _runs(row, told.get(row.ref)))),
        sorted(row_id for row_id, _at in _ends()),
        db.session.scalars(untold.order_by(TraceEvent.id)).all(),
    )


def _says(*kinds: str) -> ColumnElement[bool]:
    query = select(TraceItem.id).join(TraceEvent, TraceEvent.id == TraceItem.event_id)
    return query.where(TraceItem.lot_id == Lot.id, TraceEvent.kind.in_(kinds)).exists()


def lot(actor: Actor, lot_id: int) -> None:
    """Record since when a lot is public, and what it is if nothing said so. Twice is once."""
    row = db.session.get_one(Lot, lot_id, with_for_update={"of": Lot}, populate_existing=True)
    since = row.published_at
    if since is None or _said(row, "publish", "unpublish"):
        return
    if not _said(row, "open", "change"):
        lots.note(actor, row)
    events.record(actor, "publish", since, [Item(row)], {}, More(extra=_INTRODUCED))


def _said(row: Lot, *kinds: str) -> bool:
    return db.session.scalar(select(Lot.id).where(Lot.id == row.id, _says(*kinds))) is not None


def batch(actor: Actor, batch_id: int) -> None:
    """Record what became of the stamps of a batch of which the record says nothing.

    Neighbours that changed together are one event. Twice is once.
    """
    locked = {"of": StampBatch}
    row = db.session.get_one(StampBatch, batch_id, with_for_update=locked, populate_existing=True)
    since = update(Stamp).where(Stamp.batch_id == row.id, Stamp.changed_at.is_(None))
    used = since.where(Stamp.state != StampState.PRINTED)
    db.session.execute(used.values(changed_at=clock.now()))
    for run, state, at in list(_runs(row, stamp_replays.of_batches(row.lot_id).get(row.ref))):
        stamps.record(actor, row, run, (state, at), _INTRODUCED)


def _runs(row: StampBatch, told: Told | None) -> Iterator[tuple[Run, StampState, datetime]]:
    """Stamps in use that are not what the record says, and that it may have been silent of."""
    told = told or Told()
    query = select(Stamp.number, Stamp.state, Stamp.changed_at).where(Stamp.batch_id == row.id)
    kept = db.session.execute(query.order_by(Stamp.number))
    each = ((number, StampState(state), at) for number, state, at in kept)
    for (state, at, lacks), run in groupby(
        each, lambda one: (*one[1:], told.lacks(one[0], one[1:]))
    ):
        numbers = [number for number, _state, _at in run]
        if lacks:
            yield Run(numbers[0], numbers[-1]), state, at or clock.now()


def recall(recall_id: int) -> None:
    """Let an ended recall end when its event says."""
    ends = dict(_ends())
    if recall_id in ends:
        db.session.get_one(Recall, recall_id).released_at = ends[recall_id]
        db.session.flush()


def _ends() -> Iterator[tuple[int, datetime]]:
    query = select(TraceEvent).where(TraceEvent.kind == "release").order_by(TraceEvent.id)
    over = select(Recall).where(Recall.released_at.is_not(None))
    ended = {row.ref: row for row in db.session.scalars(over)}
    for event in db.session.scalars(query):
        row = ended.get(str(disclosure.extras(event).get("recall")))
        if row is None or row.released_at is None:
            continue
        apart = event.happened_at - row.released_at
        if timedelta() < apart < _A_MOMENT:
            yield row.id, event.happened_at


def event(event_id: int) -> None:
    """Tell outside of an event that was recorded before that was done."""
    statements.say(db.session.get_one(TraceEvent, event_id))
    db.session.flush()
