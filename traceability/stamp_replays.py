"""What the rows of stamps must say, by the record of their lots and by the key."""

import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from shop.database import db
from traceability import addresses, identifiers, stamps
from traceability.models import Lot, TraceEvent
from traceability.stamp_models import BatchState, Level, Stamp, StampBatch, StampState
from traceability.verifying import Fault

_PIECE = 2000
_WRONG = "is not what the record says"


@dataclass
class _Batch:
    """A batch as the record tells it. `moves`: state, first and last number, when; in order."""

    said: dict[str, Any] | None = None
    moves: list[tuple[StampState, int, int, datetime]] = field(default_factory=list)


def first_fault() -> Fault | None:
    """The first batch or stamp whose row is not what the record and the key say."""
    told = _told()
    kept = {}
    query = select(StampBatch, Lot.ref).outerjoin(Lot, Lot.id == StampBatch.lot_id)
    for batch, lot in db.session.execute(query.order_by(StampBatch.id)):
        kept[batch.id] = batch.ref, told.pop(batch.ref, _Batch())
        said = kept[batch.id][1].said
        if said is not None and said != stamps.facts(batch, lot):
            return Fault(0, f"batch {batch.ref}", _WRONG)
    if told:
        return Fault(0, f"batch {next(iter(told))}", "it is missing, and stamps of it are on goods")
    return _missing() or _altered(kept)


def _told() -> dict[str, _Batch]:
    found: dict[str, _Batch] = {}
    query = select(TraceEvent.payload, TraceEvent.happened_at)
    query = query.where(TraceEvent.kind.in_(stamps.KINDS)).order_by(TraceEvent.id)
    for payload, at in db.session.execute(query):
        said = json.loads(payload).get("extra", {}).get("stamps")
        if said is None:  # somebody else's
            continue
        batch = found.setdefault(said["batch"], _Batch())
        batch.said = {name: said[name] for name in stamps.FACTS}
        batch.moves.append((StampState(said["state"]), said["first"], said["last"], at))
    return found


def _missing() -> Fault | None:
    count = func.count(Stamp.id)
    query = (
        select(StampBatch.ref)
        .outerjoin(Stamp, Stamp.batch_id == StampBatch.id)
        .where(StampBatch.level == Level.ITEM, StampBatch.state == BatchState.READY)
        .group_by(StampBatch.id)
        .having(count != StampBatch.count)
    )
    ref = db.session.scalar(query.order_by(StampBatch.id).limit(1))
    return Fault(0, f"batch {ref}", "not as many stamps as were made") if ref else None


def _altered(batches: dict[int, tuple[str, _Batch]]) -> Fault | None:
    key = addresses.stamp_key()
    query = (
        select(Stamp.batch_id, Stamp.number, Stamp.code, Stamp.state, Stamp.changed_at)
        .order_by(Stamp.batch_id, Stamp.number)
        .execution_options(yield_per=_PIECE)
    )
    with closing(db.session.execute(query)) as rows:
        for batch_id, number, code, state, changed in rows:
            ref, batch = batches[batch_id]
            drawn = identifiers.serial(key, ref, number)
            if (code, state, changed) != (drawn, *_state(batch, number)):
                return Fault(0, f"stamp {number} of batch {ref}", _WRONG)
    return None


def _state(batch: _Batch, number: int) -> tuple[StampState, datetime | None]:
    state, changed = StampState.PRINTED, None
    for to, first, last, at in batch.moves:
        if first <= number <= last and state in stamps.MOVES[to]:
            state, changed = to, at
    return state, changed
