"""What the rows of stamps must say, by the record of their lots and by the key."""

import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from shop.database import db
from traceability import addresses, identifiers, stamps
from traceability.models import Lot, TraceEvent, TraceItem
from traceability.stamp_models import BatchState, Level, Stamp, StampBatch, StampState
from traceability.verifying import Fault

_PIECE = 2000
_WRONG = "is not what the record says"


Now = tuple[StampState, datetime | None]


@dataclass
class Told:
    """A batch as the record tells it. `moves`: state, first and last number, when; in order.

    The first `introduced` of them were written down afterwards (see `introducing`).
    """

    said: dict[str, Any] | None = None
    moves: list[tuple[StampState, int, int, datetime]] = field(default_factory=list)
    introduced: int = 0

    def of(self, number: int, began: Now = (StampState.PRINTED, None)) -> Now:
        """What a stamp of it is, and since when; `began`: what it was before all that is told."""
        state, changed = began
        for to, first, last, at in self.moves:
            if first <= number <= last and state in stamps.MOVES[to]:
                state, changed = to, at
        return state, changed

    def lacks(self, number: int, now: Now) -> bool:
        """Whether a stamp is `now` what the record does not say, and says nothing against."""
        state, at = now
        if state == StampState.PRINTED or self.of(number) == now:
            return False
        mine = [move for move in self.moves if move[1] <= number <= move[2]]
        if any(at is None or move[3] <= at for move in mine):
            return False
        known = any(move[1] <= number <= move[2] for move in self.moves[: self.introduced])
        return not known and self.of(number, now) == now


def first_fault() -> Fault | None:
    """The first batch or stamp whose row is not what the record and the key say."""
    told = of_batches()
    kept = {}
    query = select(StampBatch, Lot.ref).outerjoin(Lot, Lot.id == StampBatch.lot_id)
    for batch, lot in db.session.execute(query.order_by(StampBatch.id)):
        kept[batch.id] = batch.ref, told.pop(batch.ref, Told())
        said = kept[batch.id][1].said
        if said is not None and said != stamps.facts(batch, lot):
            return Fault(0, f"batch {batch.ref}", _WRONG)
    if told:
        return Fault(0, f"batch {next(iter(told))}", "it is missing, and stamps of it are on goods")
    return _missing() or _altered(kept)


def of_batches(lot_id: int | None = None) -> dict[str, Told]:
    """Reference of a batch → what the record tells of it, for those that it speaks of.

    Of the batches of one lot where it is given.
    """
    found: dict[str, Told] = {}
    before: dict[str, Told] = {}
    query = select(TraceEvent.payload, TraceEvent.happened_at)
    query = query.where(TraceEvent.kind.in_(stamps.KINDS)).order_by(TraceEvent.id)
    if lot_id is not None:
        items = select(TraceItem.event_id).where(TraceItem.lot_id == lot_id)
        query = query.where(TraceEvent.id.in_(items))
    for payload, at in db.session.execute(query):
        extra = json.loads(payload).get("extra", {})
        said = extra.get("stamps")
        if said is None:  # somebody else's
            continue
        batch = found.setdefault(said["batch"], Told())
        batch.said = {name: said[name] for name in stamps.FACTS}
        # What was written down afterwards was so before everything else (see `introducing`).
        moves = (before.setdefault(said["batch"], Told()) if "introduced" in extra else batch).moves
        moves.append((StampState(said["state"]), said["first"], said["last"], at))
    for ref, earlier in before.items():
        found[ref].moves[:0], found[ref].introduced = earlier.moves, len(earlier.moves)
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


def _altered(batches: dict[int, tuple[str, Told]]) -> Fault | None:
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
            if (code, state, changed) != (drawn, *batch.of(number)):
                return Fault(0, f"stamp {number} of batch {ref}", _WRONG)
    return None
