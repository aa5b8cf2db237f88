"""Stamps: putting them on goods, taking them out of use, and what an address says of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from traceability import batches, events
from traceability.errors import NotPrinted, NotPublished
from traceability.events import Item, More
from traceability.runs import Run
from traceability.stamp_models import (
    BatchState,
    Stamp,
    StampBatch,
    StampState,
)

# What becomes of a stamp → from what it can.
MOVES = {
    StampState.ACTIVE: (StampState.PRINTED,),
    StampState.DAMAGED: (StampState.PRINTED, StampState.ACTIVE),
    StampState.LOST: (StampState.PRINTED, StampState.ACTIVE),
    StampState.VOID: (
        StampState.PRINTED,
        StampState.ACTIVE,
        StampState.DAMAGED,
        StampState.LOST,
    ),
}
_ACTIONS = {
    StampState.ACTIVE: "stamps.activate",
    StampState.DAMAGED: "stamps.damage",
    StampState.LOST: "stamps.lose",
    StampState.VOID: "stamps.void",
}


KINDS = ("stamping", "unstamping")
FACTS = ("lot", "level", "count", "gtin", "scratch")


def activate(actor: Actor, batch: StampBatch, run: Run | None = None) -> int:
    """The printed stamps of the batch, or of a run of it, are on goods now; how many changed.

    Twice is once. Raises NotPrinted while the file is not ready, NotPublished while a scan would
    lead to a lot whose record nobody may read.
    """
    if batch.state != BatchState.READY:
        raise NotPrinted
    if batch.lot is not None and batch.lot.published_at is None:
        raise NotPublished(batch.lot.code)
    return _move(actor, batch, run, StampState.ACTIVE)


def withdraw(
    actor: Actor, batch: StampBatch, run: Run | None, state: StampState, reason: str
) -> int:
    """Stamps of the batch, or of a run of it, are void, damaged or lost; how many changed.

    None of them is genuine from now on, and none comes back. `reason` stands in the audit trail.
    """
    return _move(actor, batch, run, state, reason)


def _move(
    actor: Actor, batch: StampBatch, run: Run | None, state: StampState, reason: str = ""
) -> int:
    now = clock.now()
    moved = update(Stamp).where(Stamp.batch_id == batch.id, Stamp.state.in_(MOVES[state]))
    if run is not None:
        moved = moved.where(Stamp.number.between(run.first, run.last))
    done = db.session.execute(moved.values(state=state, changed_at=now))
    count = int(done.rowcount)  # type: ignore[attr-defined]
    if count:
        record(actor, batch, run, (state, now))
        told: dict[str, Any] = {"stamps": [None, count]}
        if run is not None:
            told |= {"first": [None, run.first], "last": [None, run.last]}
        if reason:
            told["reason"] = [None, reason]
        audit.write(actor, _ACTIONS[state], batch.seller_id, batches.name(batch), batch.ref, told)
    return count


def record(
    actor: Actor,
    batch: StampBatch,
    run: Run | None,
    moved: tuple[StampState, datetime],
    more: Mapping[str, str] | None = None,
) -> None:
    """Put what became of stamps into the chain of their lot, so that their rows can be checked.

    `moved`: what they are now, and since when. `more` goes into the record beside it.
    """
    state, at = moved
    if batch.lot is None:
        raise ValueError("only stamps of a lot have rows of their own")
    query = select(func.min(Stamp.number), func.max(Stamp.number))
    first, last = db.session.execute(query.where(Stamp.batch_id == batch.id)).one()
    said = {"batch": batch.ref, "state": str(state)} | facts(batch, batch.lot.ref)
    said["first"], said["last"] = run or (first, last)
    kind = "stamping" if state == StampState.ACTIVE else "unstamping"
    events.record(
        actor, kind, at, [Item(batch.lot)], {}, More(extra={"stamps": said, **(more or {})})
    )


def facts(batch: StampBatch, lot: str | None) -> dict[str, Any]:
    """What the record says of a batch; `lot` is the reference of its lot."""
    told = (lot or "", batch.level, batch.count, batch.gtin or "", batch.scratch)
    return dict(zip(FACTS, told, strict=True))


def counts(batch_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Batch id → (stamps made, stamps active). A batch without stamps is left out."""
    active = func.count().filter(Stamp.state == StampState.ACTIVE)
    query = (
        select(Stamp.batch_id, func.count(), active)
        .where(Stamp.batch_id.in_(batch_ids))
        .group_by(Stamp.batch_id)
    )
    return {batch_id: (made, on) for batch_id, made, on in db.session.execute(query)}


def states(batch: StampBatch) -> dict[str, int]:
    """State → how many stamps of the batch are in it."""
    query = select(Stamp.state, func.count()).where(Stamp.batch_id == batch.id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Stamp.state))}
