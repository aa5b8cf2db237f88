"""The full history of a lot or of a stamped item as everybody may read it, in EPCIS 2.0."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from shop import clock
from shop.database import db
from traceability import epcis, recalls, statements
from traceability.epcis_models import Statement
from traceability.models import Lot, Role
from traceability.stamp_models import Stamp, StampBatch, StampState

Document = dict[str, Any]


def published(ref: str) -> Lot | None:
    """The lot, once its record is public."""
    return db.session.scalar(select(Lot).where(Lot.ref == ref, Lot.published_at.is_not(None)))


def stamped(code: str) -> Lot | None:
    """The published lot of the goods that carry stamp `code`; None unless the stamp is active."""
    query = (
        select(Lot)
        .join(StampBatch, StampBatch.lot_id == Lot.id)
        .join(Stamp, Stamp.batch_id == StampBatch.id)
        .where(Stamp.code == code, Stamp.state == StampState.ACTIVE)
    )
    return db.session.scalar(query.where(Lot.published_at.is_not(None)))


def of_lot(lot: Lot) -> Document:
    """What happened to the lot, and to every published lot that it was made from."""
    return _document(_told(lot))


def of_item(lot: Lot, code: str) -> Document:
    """The same for one stamped item of the lot: without what happened to other items alone."""
    item = epcis.item_uri(statements.base(), code)
    return _document(_about(_told(lot), item), item)


def _told(lot: Lot) -> list[Statement]:
    reached = recalls.backward(lot).lots
    public = Lot.id.in_(reached), Lot.published_at.is_not(None)
    chain = {
        row.id: statements.lot_uri(row) for row in db.session.scalars(select(Lot).where(*public))
    }
    own = chain[lot.id]
    return [row for row in statements.of_lots(chain) if _leads_here(row, own, set(chain.values()))]


def _leads_here(row: Statement, own: str, chain: set[str]) -> bool:
    """Not where a lot of the chain was worked into goods that never came to this one."""
    told = epcis.lots_told(row.body, row.namespaces)
    made = {each.uri for each in told if each.role == Role.OUTPUT}
    return not made or bool(made & chain) or own in {each.uri for each in told}


def _about(rows: Sequence[Statement], item: str) -> list[Statement]:
    """Those that name no single goods, the item, or a container that it came to lie in."""
    held, before = {item}, 0
    while len(held) > before:
        before = len(held)
        held |= {
            row.body["parentID"]
            for row in rows
            if "parentID" in row.body and epcis.items_told(row.body) & held
        }
    return [row for row in rows if not (named := epcis.items_told(row.body)) or named & held]


def _document(rows: Sequence[Statement], item: str | None = None) -> Document:
    ours = epcis.Names(statements.base(), {}).namespaces
    declared = statements.declarations(rows)
    told = {row.event_id: epcis.opened(row.body, row.namespaces, item) for row in rows}
    renamed = {row.name: told[row.event_id]["eventID"] for row in rows}
    events = []
    for row in rows:
        event = told[row.event_id]
        if wrong := declared.get(row.event_id):
            right = [renamed.get(name, name) for name in wrong.get("correctiveEventIDs", [])]
            event |= {"errorDeclaration": wrong | ({"correctiveEventIDs": right} if right else {})}
        if row.namespaces != ours:
            event = {"@context": [dict(row.namespaces)]} | event
        events.append(event)
    return {
        "@context": [epcis.CONTEXT, ours],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": epcis.local(clock.now().isoformat()),
        "epcisBody": {"eventList": events},
    }
