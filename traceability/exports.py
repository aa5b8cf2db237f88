"""The whole record as a file that an outsider can check, and the check we make ourselves."""

import json
from collections.abc import Generator, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased, selectinload

from shop.database import db
from traceability import disclosure, evidence, replays, seals, stamp_replays, verifying
from traceability.events import decimal, instant
from traceability.models import (
    Container,
    Lot,
    Site,
    TraceEvent,
    TraceItem,
    TraceWords,
    TreeHead,
    TreeLeaf,
)
from traceability.verifying import Fault, Report

_PIECE = 1000


def lines(*, public: bool = False) -> Generator[str]:
    """The export, line by line (see `verifying`); its memory does not grow with the record.

    For the `public` what people and parties said among themselves is null, as if erased, and of
    events that name a lot whose record is not public there is the hash alone.
    """
    key = evidence.public_hex(seals.key())
    yield _line(format=verifying.FORMAT, v=verifying.VERSION, key=key, whole=not public)
    days: dict[int, str] = {}
    for head in db.session.scalars(select(TreeHead).order_by(TreeHead.day)):
        days[head.id] = head.day.isoformat()
        yield _line(head=head.text, signature=head.signature)
    mine = TraceItem.event_id == TraceEvent.id
    secret = select(TraceItem.id).join(Lot, Lot.id == TraceItem.lot_id).where(mine)
    secret = secret.where(Lot.published_at.is_(None))
    shown = shown_lots().where(mine).exists() & ~secret.exists()
    query = (
        select(TraceEvent, TreeLeaf, TraceWords, shown)
        .outerjoin(TreeLeaf, TreeLeaf.event_id == TraceEvent.id)
        .outerjoin(TreeHead, TreeHead.id == TreeLeaf.head_id)
        .outerjoin(TraceWords, TraceWords.event_id == TraceEvent.id)
        .order_by(TreeHead.day.asc().nulls_last(), TreeLeaf.leaf, TraceEvent.id)
        .execution_options(yield_per=_PIECE)
    )
    with closing(db.session.execute(query)) as rows:
        for event, leaf, kept, seen in rows:
            sealed = {"day": leaf and days.get(leaf.head_id), "leaf": leaf and leaf.leaf}
            if public and not (seen and disclosure.open_text(event)):
                yield _line(hash=event.hash, **sealed)
                continue
            own = None if public else kept
            said = {name: own and getattr(own, name) for name in ("salt", "who", "note", "trade")}
            yield _line(event=event.payload, signature=event.signature, **sealed, **said)


def shown_lots() -> Select[int]:
    """The events (their ids) of lots whose record is public."""
    items = select(TraceItem.event_id).join(Lot, Lot.id == TraceItem.lot_id)
    return items.where(Lot.published_at.is_not(None))


def _line(**row: Any) -> str:
    return json.dumps(row, ensure_ascii=False)


def check() -> Report:
    """Read our own record as an outsider would, then hold the rows beside it against it."""
    with closing(lines()) as ours:
        report = verifying.check(ours, evidence.public_hex(seals.key()))
    report.fault = report.fault or _beside() or replays.first_fault() or stamp_replays.first_fault()
    return report


def _beside() -> Fault | None:
    """The first lot or event whose columns no longer say what its record says."""
    ends = (
        select(TraceItem.lot_id, TraceItem.number, TraceEvent.hash)
        .join(TraceEvent, TraceEvent.id == TraceItem.event_id)
        .ext(distinct_on(TraceItem.lot_id))
        .order_by(TraceItem.lot_id, TraceItem.number.desc())
    ).subquery()
    ours = (ends.c.hash == Lot.head) & (ends.c.number == Lot.events)
    query = (
        select(Lot.ref)
        .outerjoin(ends, ends.c.lot_id == Lot.id)
        .where(Lot.events > 0, ours.is_not(true()))
    )
    if lot := db.session.scalar(query.order_by(Lot.id).limit(1)):
        return Fault(0, f"lot {lot}", "its last event is missing")
    # What an event points at, by the names that its record knows.
    other = aliased(TraceEvent)
    rows = (
        select(TraceEvent, Site.ref, Container.code, other.hash)
        .outerjoin(Site, Site.id == TraceEvent.site_id)
        .outerjoin(Container, Container.id == TraceEvent.container_id)
        .outerjoin(other, other.id == TraceEvent.corrects_id)
        .options(selectinload(TraceEvent.items).joinedload(TraceItem.lot).lazyload("*"))
        .order_by(TraceEvent.id)
        .execution_options(yield_per=_PIECE)
    )
    with closing(db.session.execute(rows)) as events:
        bad = next((event for event, *named in events if not _agrees(event, named)), None)
    return Fault(0, f"event {bad.ref}", "its columns were altered") if bad else None


def _agrees(event: TraceEvent, named: Sequence[str | None]) -> bool:
    """`named`: the reference of its place, the code of its container, the hash it corrects."""
    said = json.loads(event.payload)
    kept = (event.ref, event.kind, instant(event.happened_at), event.hash, *named)
    points_at = (said.get("site", {}).get("id"), said.get("container"), said.get("corrects"))
    leaf = evidence.leaf(event.payload.encode()).hex()
    told = (said["id"], said["kind"], said["at"], leaf, *points_at)
    items = sorted(
        (item.number, item.lot.ref, item.role, _amount(item.quantity), item.unit or "")
        for item in event.items
    )
    return kept == told and items == sorted(
        (lot["number"], lot["lot"], lot["role"], lot.get("quantity"), lot.get("unit", ""))
        for lot in said["lots"]
    )


def _amount(quantity: Decimal | None) -> str | None:
    return None if quantity is None else decimal(quantity)
