"""What is said outside of lots and events: each once, under a name that stays."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from shop.catalogue.models import Product, Variant
from shop.database import db
from traceability import (
    addresses,
    digital_link,
    disclosure,
    epc_uris,
    epcis,
    event_hash,
    evidence,
    identifiers,
    seals,
)
from traceability.digital_link import Identity
from traceability.epcis_models import LotName, Statement
from traceability.kinds import KINDS, Shape
from traceability.models import Container, Lot, Role, Site, TraceEvent, TraceItem

# Field → the mark under which its identifiers are found; `any` beside it.
_IDS = {
    "epcList": "epc",
    "childEPCs": "epc",
    "inputEPCList": "inputEPC",
    "outputEPCList": "outputEPC",
    "parentID": "parentID",
}
_CLASSES = {
    "quantityList": "epcClass",
    "childQuantityList": "epcClass",
    "inputQuantityList": "inputEPCClass",
    "outputQuantityList": "outputEPCClass",
}
_WORDS = {"type": "type", "bizStep": "step", "disposition": "disposition", "action": "action"}


def base() -> str:
    """Our address, without a slash at its end."""
    return str(current_app.config["SETTINGS"].base_url).rstrip("/")


def product_uri(product: Product) -> str:
    """What goods of a product are called: by the GTIN of a pack, else by our own code.

    A number for use inside one company means other goods at the next one, so it is not used.
    """
    query = select(Variant.gtin).where(Variant.product_id == product.id, Variant.gtin.is_not(None))
    for gtin in db.session.scalars(query.order_by(Variant.position, Variant.id)):
        if gtin and not identifiers.restricted(gtin):
            return base() + digital_link.path(Identity(gtin=gtin))
    # Kept where stamps keep it, so that the address leads to the lot.
    return base() + digital_link.path(Identity(code=addresses.product_code(product)))


def lot_uri(lot: Lot) -> str:
    """What a lot is called, from the first time that it is spoken of."""
    there = db.session.get(LotName, lot.id)
    if there is None:
        product = product_uri(lot.product)
        there = name_lot(lot, f"{product}/10/{digital_link.escaped(lot.code)}")
    return there.uri


def name_lot(lot: Lot, uri: str) -> LotName:
    """Call a lot `uri` for good, unless it has a name."""
    row = {"lot_id": lot.id, "seller_id": lot.seller_id, "uri": uri}
    db.session.execute(insert(LotName).values(row).on_conflict_do_nothing())
    return db.session.get_one(LotName, lot.id)


def say(event: TraceEvent) -> Statement | None:
    """The statement of an event, made once; None for a correction, which is said with another's."""
    there = db.session.get(Statement, event.id)
    if there is not None or event.kind == "correction":
        return there
    row = _said(event)
    db.session.add(row)
    # A number that somebody else wrote may read otherwise once the database had it.
    db.session.flush()
    db.session.refresh(row)
    row.signature = seals.key().sign(_signed(row)).hex()
    return row


def _said(event: TraceEvent) -> Statement:
    said = json.loads(event.payload) | {"extra": disclosure.extras(event)}
    foreign = said["extra"].get("epcis")
    if foreign:
        body, spaces = json.loads(foreign["event"]), foreign["namespaces"]
        hash_id = event_hash.event_id(body, spaces)
        body = {"eventID": hash_id} | body | {"recordTime": epcis.local(said["recorded"])}
    else:
        lots = {item.lot.ref: lot_uri(item.lot) for item in event.items}
        names = epcis.Names(base(), lots, _made(event))
        said["facts"] = disclosure.facts(event)
        body, spaces = epcis.event(said, event.hash, names), names.namespaces
        hash_id = body["eventID"]
    row = Statement(event_id=event.id, seller_id=event.seller_id, name=body["eventID"])
    row.hash_id, row.body, row.namespaces, row.marks = hash_id, body, spaces, marks(body)
    return row


def _signed(row: Statement) -> bytes:
    event = db.session.get_one(TraceEvent, row.event_id)
    told = [event.hash, row.name, row.hash_id, row.body, row.namespaces, sorted(row.marks)]
    return json.dumps(told, sort_keys=True, ensure_ascii=False).encode()


def as_signed(event: TraceEvent, row: Statement) -> bool:
    """Whether a statement is as it was made: it bears our signature.

    One from before they were signed has to be what the record gives now, but for what was known of
    the goods then (`ilmd`), and to bear its own hash.
    """
    if row.signature:
        public = evidence.public_hex(seals.key())
        return evidence.signed_by(public, row.signature, _signed(row))
    own = epcis.named(row.body, row.namespaces) == row.hash_id
    return own and _lasting(row.body) == _lasting(_said(event).body)


def _lasting(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in body.items() if name not in ("eventID", "ilmd")}


def _made(event: TraceEvent) -> dict[str, str] | None:
    """What is known of the lot that an event brought into being, if it is one."""
    kind = KINDS[event.kind]
    role = Role.OUTPUT if kind.shape is Shape.TRANSFORMATION else Role.SUBJECT
    made = [item.lot for item in event.items if item.role == role]
    if len(made) != 1 or (kind.shape is Shape.OBJECT and kind.action != "ADD"):
        return None
    lot = made[0]
    told = {f"{epcis.MASTER}:lotNumber": lot.code, f"{epcis.OURS}:product": lot.product.name}
    if lot.produced_on:
        told[f"{epcis.OURS}:productionDate"] = lot.produced_on.isoformat()
    if lot.expires_on:
        told[f"{epcis.MASTER}:itemExpirationDate"] = lot.expires_on.isoformat()
    return told


def marks(body: Mapping[str, Any]) -> list[str]:
    """What an event is found by; identifiers in their canonical form."""
    found = {f"{mark}:{body[name]}" for name, mark in _WORDS.items() if name in body}
    for name in ("readPoint", "bizLocation"):
        if name in body:
            found.add(f"{name}:{epc_uris.canonical(body[name]['id'])}")
    for name, mark in _IDS.items():
        value = body.get(name, [])
        for uri in value if isinstance(value, list) else [value]:
            found |= {f"{each}:{epc_uris.canonical(uri)}" for each in (mark, "anyEPC")}
    for name, mark in _CLASSES.items():
        for element in body.get(name, []):
            uri = epc_uris.canonical(element["epcClass"])
            found |= {f"{mark}:{uri}", f"anyEPCClass:{uri}"}
    return sorted(found)


def of_lots(lot_ids: Iterable[int]) -> list[Statement]:
    """Everything said of these lots, in the order of the record; what was not yet is said now."""
    query = (
        select(TraceEvent)
        .where(TraceEvent.id.in_(select(TraceItem.event_id).where(TraceItem.lot_id.in_(lot_ids))))
        .order_by(TraceEvent.id)
    )
    said = [say(event) for event in db.session.scalars(query)]
    db.session.flush()
    return [each for each in said if each is not None]


def declarations(statements: Sequence[Statement]) -> dict[int, dict[str, Any]]:
    """Event id → its `errorDeclaration`, for those that were declared wrong."""
    ids = [each.event_id for each in statements]
    query = select(TraceEvent).where(TraceEvent.corrects_id.in_(ids))
    corrections = {row.corrects_id: json.loads(row.payload) for row in db.session.scalars(query)}
    instead = _instead(corrections.values())
    return {
        event_id: epcis.declaration(said, instead[said.get("extra", {}).get("instead", "")])
        for event_id, said in corrections.items()
        if event_id is not None
    }


def _instead(corrections: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Hash of an event that says it right → its event ID."""
    hashes = {said.get("extra", {}).get("instead") for said in corrections} - {None}
    query = select(TraceEvent.hash, Statement.name)
    query = query.join(Statement, Statement.event_id == TraceEvent.id)
    found: dict[str, list[str]] = defaultdict(list)
    for hash_, name in db.session.execute(query.where(TraceEvent.hash.in_(hashes))):
        found[hash_].append(name)
    return found


def find(seller_id: int, names: Iterable[str]) -> Statement | None:
    """The seller's statement under one of these names, or with one of these hash IDs."""
    wanted = list(names)
    mine = select(Statement).where(Statement.seller_id == seller_id)
    known = Statement.name.in_(wanted) | Statement.hash_id.in_(wanted)
    return db.session.scalar(mine.where(known).order_by(Statement.event_id).limit(1))


def lot(lot_id: int) -> Lot:
    """The lot with this key."""
    return db.session.get_one(Lot, lot_id)


def public_site(ref: str) -> Site | None:
    """A place that an event of a public lot names."""
    named = _public_events().where(TraceEvent.site_id == Site.id)
    return db.session.scalar(select(Site).where(Site.ref == ref, named.exists()))


def public_container(code: str) -> Container | None:
    """A carton or pallet that an event of a public lot names."""
    named = _public_events().where(TraceEvent.container_id == Container.id)
    return db.session.scalar(select(Container).where(Container.code == code, named.exists()))


def _public_events() -> Select[int]:
    query = select(TraceEvent.id).join(TraceItem, TraceItem.event_id == TraceEvent.id)
    return query.join(Lot, Lot.id == TraceItem.lot_id).where(Lot.published_at.is_not(None))
