"""The record: events are added, never changed; a mistake is declared by another event.

Each event is canonical JSON, hashed; it names the hash before it in the chain of every lot that it
touches, so no event can be taken out or altered without breaking what came after.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from secrets import token_hex
from typing import Any

from sqlalchemy import select

from shop import clock, references
from shop.accounts.access import Actor
from shop.database import db
from shop.sellers.models import Seller
from traceability import evidence, kinds, seals, statements
from traceability.disclosure import CLOSED
from traceability.errors import AlreadyCorrected, InTheFuture
from traceability.kinds import KINDS
from traceability.models import Container, Lot, Role, Site, TraceEvent, TraceItem, TraceWords

VERSION = 1


@dataclass(frozen=True)
class Item:
    """A lot in an event, as what, and how much of it."""

    lot: Lot
    role: Role = Role.SUBJECT
    quantity: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True)
class More:
    """What only some events have. `files`: SHA-256 and kind of each photo or paper.

    `key`: the client's, for an entry that may be sent twice. `extra` goes into the record as it is
    (container, serial numbers, the event that is corrected).
    """

    note: str = ""
    site: Site | None = None
    container: Container | None = None
    files: tuple[tuple[str, str], ...] = ()
    key: str | None = None
    corrects: TraceEvent | None = None
    extra: Mapping[str, Any] | None = None


def record(
    actor: Actor,
    kind: str,
    at: datetime,
    items: Sequence[Item],
    facts: Mapping[str, str] | None = None,
    more: More | None = None,
) -> TraceEvent:
    """Add an event of `kind` that happened at `at` (UTC) to the chains of its lots.

    `facts`: name → text, as the kind's table names them. The lots are of one seller. An event with
    a client key that is there already is that one. Raises InTheFuture.
    """
    more = more or More()
    lots = _lock(items)
    seller_id = lots[0].seller_id
    if more.key and (there := _sent_before(seller_id, more.key)):
        return there
    now = clock.now()
    if at > now:
        raise InTheFuture
    event = TraceEvent(seller_id=seller_id, ref=references.new(), kind=kind, key=more.key)
    event.happened_at, event.recorded_at = at, now
    event.site_id = more.site.id if more.site else None
    event.container_id = more.container.id if more.container else None
    event.corrects_id = more.corrects.id if more.corrects else None
    words = TraceWords(salt=token_hex(16), who=actor.name, note=more.note)
    words.trade = _trade(kind, facts or {}, more)
    payload = _payload(event, items, dict(facts or {}), more, words)
    data = evidence.canonical(payload)
    event.payload, event.hash = data.decode(), evidence.leaf(data).hex()
    event.signature = seals.key().sign(data).hex()
    _link(event, items)
    db.session.add(event)
    db.session.flush()
    words.event_id = event.id
    db.session.add(words)
    db.session.flush()
    _reckon(event, lots)
    statements.say(event)
    db.session.flush()
    return event


def _lock(items: Sequence[Item]) -> list[Lot]:
    # In id order, as everywhere: two events of the same lots never wait for each other.
    ids = sorted({item.lot.id for item in items})
    query = select(Lot).where(Lot.id.in_(ids)).order_by(Lot.id).with_for_update(of=Lot)
    lots = list(db.session.scalars(query.execution_options(populate_existing=True)))
    if len({lot.seller_id for lot in lots}) != 1 or len(lots) != len(items):
        raise ValueError("an event needs different lots of one seller")
    return lots


def _sent_before(seller_id: int, key: str) -> TraceEvent | None:
    query = select(TraceEvent).where(TraceEvent.seller_id == seller_id, TraceEvent.key == key)
    return db.session.scalar(query)


def _trade(kind: str, facts: Mapping[str, str], more: More) -> dict[str, str]:
    trade = kinds.trade(kind)
    kept = {name: text for name, text in facts.items() if name in trade}
    extra = more.extra or {}
    closed = {name: evidence.canonical(extra[name]).decode() for name in CLOSED & extra.keys()}
    return kept | closed


def _payload(
    event: TraceEvent,
    items: Sequence[Item],
    facts: dict[str, str],
    more: More,
    words: TraceWords,
) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "v": VERSION,
        "id": event.ref,
        "seller": db.session.get_one(Seller, event.seller_id).ref,
        "kind": event.kind,
        "at": instant(event.happened_at),
        "recorded": instant(event.recorded_at),
        "lots": [_lot(item) for item in items],
        "facts": {name: text for name, text in facts.items() if name not in words.trade},
        "files": [{"kind": kind, "sha256": sha256} for sha256, kind in more.files],
        "who": evidence.commitment(words.salt, words.who),
        "note": evidence.commitment(words.salt, words.note) if words.note else "",
    }
    if more.site:
        payload["site"] = {"id": more.site.ref, "name": more.site.name}
    if more.container:
        payload["container"] = more.container.code
    if more.corrects:
        payload["corrects"] = more.corrects.hash
    if words.trade:
        payload["trade"] = {
            name: evidence.commitment(words.salt, text) for name, text in words.trade.items()
        }
    if extra := {name: said for name, said in (more.extra or {}).items() if name not in CLOSED}:
        payload["extra"] = extra
    return payload


def _lot(item: Item) -> dict[str, Any]:
    lot = item.lot
    said: dict[str, Any] = {
        "lot": lot.ref,
        "code": lot.code,
        "product": lot.product.ref,
        "role": item.role.value,
        "number": lot.events + 1,
        "previous": lot.head,
    }
    if item.quantity is not None:
        said["quantity"], said["unit"] = decimal(item.quantity), item.unit or ""
    return said


def _link(event: TraceEvent, items: Sequence[Item]) -> None:
    for item in items:
        lot = item.lot
        lot.events, lot.head = lot.events + 1, event.hash
        row = TraceItem(lot_id=lot.id, number=lot.events, role=item.role)
        row.quantity, row.unit = item.quantity, item.unit
        event.items.append(row)


def _reckon(event: TraceEvent, lots: Iterable[Lot]) -> None:
    """A lot's quantity is what its harvests and workings made, once one of them says so."""
    for lot in lots if brings(event) or event.corrects_id else ():
        made = [
            item for each, item in of_lot(lot) if item.quantity is not None and made_by(each, item)
        ]
        units = {item.unit for item in made}
        if made and len(units) == 1:
            lot.quantity = sum((item.quantity or Decimal() for item in made), Decimal()) or None
            lot.unit = units.pop()
        elif not made and event.corrects_id and _withdrew_all(event, lot):
            lot.quantity = lot.unit = None


def _withdrew_all(correction: TraceEvent, lot: Lot) -> bool:
    """Whether the event declared wrong was one that said how much the lot is."""
    wrong = db.session.get_one(TraceEvent, correction.corrects_id)
    mine = (item for item in wrong.items if item.lot_id == lot.id)
    return any(item.quantity is not None and made_by(wrong, item) for item in mine)


def brings(event: TraceEvent) -> bool:
    """Whether the event brought goods of any of its lots into being."""
    return KINDS[event.kind].made or any(item.role == Role.OUTPUT for item in event.items)


def made_by(event: TraceEvent, item: TraceItem) -> bool:
    """Whether the event brought these goods of the lot into being."""
    return KINDS[event.kind].made or item.role == Role.OUTPUT


def facts_of(event: TraceEvent) -> dict[str, str]:
    """The facts of an event that its record says to everybody."""
    said: dict[str, str] = json.loads(event.payload)["facts"]
    return said


def of_lot(lot: Lot, *, withdrawn: bool = False) -> list[tuple[TraceEvent, TraceItem]]:
    """The events of a lot in the order of its chain; those declared wrong only when asked for."""
    query = (
        select(TraceEvent, TraceItem)
        .join(TraceItem, TraceItem.event_id == TraceEvent.id)
        .where(TraceItem.lot_id == lot.id)
        .order_by(TraceItem.number)
    )
    rows = [(event, item) for event, item in db.session.execute(query)]
    wrong = {event.corrects_id for event, _item in rows if event.corrects_id}
    return [row for row in rows if withdrawn or row[0].id not in wrong]


def correct(
    actor: Actor,
    event: TraceEvent,
    reason: str,
    why: str,
    instead: TraceEvent | None = None,
    *,
    at: datetime | None = None,
) -> TraceEvent:
    """Declare an event wrong (`reason`: did_not_occur or incorrect_data, EPCIS 2.0 §7.4.1.4).

    It stays readable in every chain, marked as withdrawn; `instead` is the event that says it
    right, `at` when it was declared (UTC), now unless told. Raises AlreadyCorrected, InTheFuture.
    """
    lots = {lot.id: lot for lot in _lock([Item(item.lot) for item in event.items])}
    taken = select(TraceEvent.id).where(TraceEvent.corrects_id == event.id)
    if event.kind == "correction" or db.session.scalar(taken) is not None:
        raise AlreadyCorrected
    # About these lots, and no more: a correction makes nothing and uses nothing up.
    items = [Item(lots[item.lot_id]) for item in event.items]
    facts = {"reason": reason, "why": why}
    extra = {"instead": instead.hash} if instead else None
    more = More(corrects=event, extra=extra)
    return record(actor, "correction", at or clock.now(), items, facts, more)


def instant(at: datetime) -> str:
    """An instant as it stands in a record: UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decimal(quantity: Decimal) -> str:
    """A quantity as it stands in a record: no exponent, no zeros at the end."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
