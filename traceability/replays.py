"""What the columns of lots, recalls and statements must say, reckoned anew from the record.

The chain of a lot holds every change of what it is, of whether its record is public and of whether
it is called back; its columns only repeat that, so a row altered or deleted in the database no
longer agrees. Events that others sent in change nothing but recalls (see `capturing`).
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, lazyload

from shop.database import db
from traceability import events, statements
from traceability.epcis_models import Statement
from traceability.models import Lot, TraceEvent, TraceItem
from traceability.recall_models import Recall, RecallLot
from traceability.verifying import Fault

_PIECE = 1000
_OPENING = ("open", "change")


@dataclass
class State:
    """A lot as its chain tells it. `about`: the facts that began it or changed it last."""

    about: dict[str, str] | None = None
    site_id: int | None = None
    amount: tuple[Decimal, str] | None = None
    published: datetime | None = None
    recalled: tuple[datetime, str] | None = None
    made: dict[int, tuple[Decimal, str]] = field(default_factory=dict)
    product: str = ""


def first_fault() -> Fault | None:
    """The first lot, statement or recall whose row is not what the record says."""
    return _lots() or _statements() or _recalls()


def _lots() -> Fault | None:
    query = (
        select(TraceItem, TraceEvent)
        .join(TraceEvent, TraceEvent.id == TraceItem.event_id)
        .options(joinedload(TraceItem.lot).joinedload(Lot.product).lazyload("*"))
        .options(joinedload(TraceItem.lot).joinedload(Lot.household))
        .options(lazyload(TraceEvent.items))
        .order_by(TraceItem.lot_id, TraceItem.number)
        .execution_options(yield_per=_PIECE)
    )
    with closing(db.session.execute(query)) as rows:
        for _lot_id, chain in groupby(rows, lambda row: row[0].lot_id):
            links = [(item, event) for item, event in chain]
            lot = links[0][0].lot
            if wrong := _differs(lot, _replay(links)):
                return Fault(0, f"lot {lot.ref}", f"its {wrong} is not what its record says")
    silent = select(Lot.ref).where(Lot.events == 0)
    claims = Lot.published_at.is_not(None) | Lot.recalled_at.is_not(None)
    if ref := db.session.scalar(silent.where(claims).order_by(Lot.id).limit(1)):
        return Fault(0, f"lot {ref}", "it is public or called back, and no event says so")
    return None


def _replay(links: list[tuple[TraceItem, TraceEvent]]) -> State:
    state = State()
    for item, event in links:
        said = json.loads(event.payload)
        state.product = next(
            each["product"] for each in said["lots"] if each["number"] == item.number
        )
        _recall(state, event, said)
        if "epcis" not in said.get("trade", {}):
            _about(state, event, said)
        _amount(state, item, event)
    return state


def _about(state: State, event: TraceEvent, said: dict[str, Any]) -> None:
    if event.kind in _OPENING:
        state.about, state.site_id = said["facts"], event.site_id
        if not state.made:
            number, _space, unit = said["facts"].get("amount", "").partition(" ")
            state.amount = (Decimal(number), unit) if number else None
    elif event.kind == "publish":
        state.published = event.happened_at
    elif event.kind == "unpublish":
        state.published = None


def _amount(state: State, item: TraceItem, event: TraceEvent) -> None:
    if item.quantity is not None and events.made_by(event, item):
        state.made[event.id] = item.quantity, item.unit or ""
    withdrew = state.made.pop(event.corrects_id or 0, None)
    if not (withdrew or events.brings(event)):
        return
    units = {unit for _quantity, unit in state.made.values()}
    if len(units) == 1:
        state.amount = sum((each[0] for each in state.made.values()), Decimal()), units.pop()
    elif withdrew and not state.made:
        state.amount = None


def _recall(state: State, event: TraceEvent, said: dict[str, Any]) -> None:
    if event.kind == "recall" and state.recalled is None:
        state.recalled = event.happened_at, said["facts"].get("reason", "")
    over = state.recalled is not None and state.recalled[0] <= event.happened_at
    if event.kind == "release" and over:
        state.recalled = None


def _differs(lot: Lot, state: State) -> str | None:
    """The first column that says something else."""
    recalled = None if lot.recalled_at is None else (lot.recalled_at, lot.recall_reason)
    amount = None if lot.quantity is None else (lot.quantity, lot.unit or "")
    pairs: dict[str, tuple[Any, Any]] = {
        "product": (lot.product.ref, state.product),
        "published_at": (lot.published_at, state.published),
        "recall": (recalled, state.recalled),
    }
    if state.about is not None:
        day = {"produced_on": lot.produced_on, "expires_on": lot.expires_on}
        for name, kept in day.items():
            pairs[name] = kept.isoformat() if kept else "", state.about.get(name, "")
        household = lot.household.code if lot.household else ""
        pairs["household"] = household, state.about.get("household", "")
        pairs["site"] = lot.site_id, state.site_id
    if state.about is not None or state.made:
        pairs["quantity"] = amount, state.amount
    return next((name for name, (kept, told) in pairs.items() if kept != told), None)


def _statements() -> Fault | None:
    query = (
        select(TraceEvent, Statement)
        .outerjoin(Statement, Statement.event_id == TraceEvent.id)
        .where(TraceEvent.kind != "correction")
        .options(lazyload(TraceEvent.items))
        .order_by(TraceEvent.id)
        .execution_options(yield_per=_PIECE)
    )
    with closing(db.session.execute(query)) as rows:
        for event, told in rows:
            if told is None:
                return Fault(0, f"event {event.ref}", "what was told of it outside is missing")
            if not statements.as_signed(event, told):
                return Fault(0, f"event {event.ref}", "what was told of it outside was altered")
    return None


def _recalls() -> Fault | None:
    told = dict(_recalls_told())
    query = select(Recall).options(joinedload(Recall.lot)).order_by(Recall.id)
    parts = select(RecallLot.event_id, RecallLot.lot_id).order_by(RecallLot.lot_id)
    for row in db.session.scalars(query):
        opened, released = told.pop(row.ref, ([], None))
        kept = [tuple(each) for each in db.session.execute(parts.filter_by(recall_id=row.id))]
        mine = {lot_id for _event_id, lot_id in kept}
        over = None if row.released_at is None else (row.released_at, row.release_reason)
        # One that others hold as well ends without an event of any lot.
        silent = released is None and _all_recalled(mine)
        if (
            sorted((event.id, lot_id) for event, lot_id in opened) != sorted(kept)
            or row.lot_id not in mine
            or any(events.facts_of(event)["reason"] != row.reason for event, _lot in opened)
            or not (over == released or silent)
        ):
            return Fault(0, f"recall {row.ref}", "it is not what the record of its lots says")
    ref = next(iter(told), None)
    return Fault(0, f"recall {ref}", "it is missing, though lots were called back") if ref else None


_Opened = list[tuple[TraceEvent, int]]


def _recalls_told() -> Iterator[tuple[str, tuple[_Opened, tuple[datetime, str] | None]]]:
    """Recall → the events that opened it with their lots, and when and why it ended."""
    query = (
        select(TraceEvent, TraceItem.lot_id)
        .join(TraceItem, TraceItem.event_id == TraceEvent.id)
        .where(TraceEvent.kind.in_(("recall", "release")))
        .order_by(TraceEvent.id)
    )
    found: dict[str, tuple[_Opened, tuple[datetime, str] | None]] = {}
    for event, lot_id in db.session.execute(query):
        ref = json.loads(event.payload).get("extra", {}).get("recall")
        if ref is None:
            continue
        opened, over = found.get(ref, ([], None))
        if event.kind == "recall":
            opened.append((event, lot_id))
        else:
            over = event.happened_at, events.facts_of(event)["reason"]
        found[ref] = opened, over
    yield from found.items()


def _all_recalled(lot_ids: set[int]) -> bool:
    free = select(func.count()).where(Lot.id.in_(lot_ids), Lot.recalled_at.is_(None))
    return not db.session.scalar(free)
