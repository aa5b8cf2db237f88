"""EPCIS 2.0 documents: the whole history of a lot or a stamp, for its seller or for everybody."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from shop import clock
from shop.database import db
from traceability import epcis, events, recalls, statements
from traceability.epcis_models import LotName, Statement
from traceability.models import Lot, TraceItem

Event = dict[str, Any]

# Lists of single goods: an event that names some of them names no others to everybody.


def of_lot(lot: Lot) -> dict[str, Any]:
    """Everything on record of a lot and of what it was made from, as its seller may read it.

    Lots of other sellers that went into it are told as far as they are public.
    """
    return _document(_history(lot, lot.seller_id), _whole)


def opened(lot: Lot, serial: str | None = None) -> dict[str, Any]:
    """What everybody may read of a lot; `serial`: the stamp that is asked of.

    Never the serial numbers of other stamps: whoever knows one can print a copy of it.
    """
    said = _history(lot, None)
    hidden = _hidden(said, lot)
    return _document(said, lambda each, told: _public(each, _without(told, each, hidden), serial))


def _hidden(said: Sequence[Statement], lot: Lot) -> set[str]:
    """What lots are called that nobody published, of those that statements about `lot` name."""
    events_ = [each.event_id for each in said]
    query = (
        select(LotName.uri)
        .join(Lot, Lot.id == LotName.lot_id)
        .join(TraceItem, TraceItem.lot_id == Lot.id)
        .where(TraceItem.event_id.in_(events_), Lot.published_at.is_(None), Lot.id != lot.id)
    )
    return set(db.session.scalars(query))


def _without(told: Event, said: Statement, hidden: set[str]) -> Event:
    """The event without those lots, named anew if it named any of them."""
    kept = epcis.without_lots(told, hidden)
    if kept != told:
        kept["eventID"] = epcis.named(kept, said.namespaces)
    return kept


def _history(lot: Lot, seller_id: int | None) -> list[Statement]:
    """What was said of the lot and of what it was made from; of others what is public."""
    shown: ColumnElement[bool] = Lot.published_at.is_not(None)
    if seller_id is not None:
        shown |= Lot.seller_id == seller_id
    reached = recalls.backward(lot).lots
    query = select(Lot.id).where(Lot.id.in_(reached), shown | (Lot.id == lot.id))
    return statements.of_lots(list(db.session.scalars(query)))


def events_of(said: Sequence[Statement]) -> list[Event]:
    """The events of statements, with what was declared wrong of them."""
    wrong = statements.declarations(said)
    return [_whole(each, _told(each, wrong)) for each in said]


def _document(said: Sequence[Statement], show: Any) -> dict[str, Any]:
    wrong = statements.declarations(said)
    named: dict[str, str] = {}
    listed = []
    for each in said:
        shown = show(each, _told(each, wrong))
        if shown is not None:
            named[each.name] = shown["eventID"]
            listed.append(shown)
    return document([_renamed(each, named) for each in listed], spaces(said))


def _told(said: Statement, wrong: Mapping[int, Event]) -> Event:
    declared = wrong.get(said.event_id)
    return dict(said.body) | ({"errorDeclaration": dict(declared)} if declared else {})


def _whole(_said: Statement, told: Event) -> Event:
    return told


def _public(said: Statement, told: Event, serial: str | None) -> Event | None:
    if not any(told.get(name) for name in epcis.QUANTITIES):
        return None
    kept = dict(told)
    if "errorDeclaration" in kept:
        declared = kept["errorDeclaration"]
        kept["errorDeclaration"] = {n: v for n, v in declared.items() if ":" not in n}
    return epcis.opened(kept, said.namespaces, _item(told, serial))


def _item(told: Event, serial: str | None) -> str | None:
    """How the event names the item that is asked of, if it does."""
    named = (uri for name in epcis.ITEMS for uri in told.get(name, []))
    return next((uri for uri in named if serial and uri.endswith(f"/{serial}")), None)


def _renamed(told: Event, named: Mapping[str, str]) -> Event:
    """Corrections point at events under the names that this document gives them."""
    declared = told.get("errorDeclaration", {})
    if "correctiveEventIDs" not in declared:
        return told
    instead = [named.get(name, name) for name in declared["correctiveEventIDs"]]
    return told | {"errorDeclaration": declared | {"correctiveEventIDs": instead}}


def spaces(said: Iterable[Statement]) -> dict[str, str]:
    """The prefixes of statements together: the same in each of them but for what others sent."""
    found: dict[str, str] = {}
    for each in said:
        for prefix, address in each.namespaces.items():
            found.setdefault(prefix, address)
    return found


def document(told: Sequence[Event], namespaces: Mapping[str, str]) -> dict[str, Any]:
    """Events as an EPCIS 2.0 document (JSON-LD)."""
    return _envelope("EPCISDocument", namespaces) | {"epcisBody": {"eventList": list(told)}}


def answer(told: Sequence[Event], namespaces: Mapping[str, str]) -> dict[str, Any]:
    """Events as the answer to a query (EPCISQueryDocument)."""
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(told)}}
    return _envelope("EPCISQueryDocument", namespaces) | {"epcisBody": {"queryResults": results}}


def _envelope(kind: str, namespaces: Mapping[str, str]) -> dict[str, Any]:
    context: list[Any] = [epcis.CONTEXT]
    if namespaces:
        context.append(dict(namespaces))
    made = epcis.local(events.instant(clock.now()))
    return {"@context": context, "type": kind, "schemaVersion": "2.0", "creationDate": made}
