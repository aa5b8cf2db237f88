"""Our events as EPCIS 2.0 events, and back (pure; the table of kinds says which is which).

Farm work that the Core Business Vocabulary has no word for, and everything that EPCIS has no field
for, is said in our own vocabulary at `{base}/voc/`, prefix `ocop`. Who recorded an event and their
own words never leave: the record holds only commitments to them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from traceability import epc_uris, event_hash
from traceability.kinds import KINDS, Kind, Shape
from traceability.models import Role

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OFFSET = "+07:00"
OURS, MASTER = "ocop", "cbvmda"
MASTER_DATA = "urn:epcglobal:cbv:mda:"

_VIETNAM = timezone(timedelta(hours=7))
_TYPES = {
    Shape.OBJECT: "ObjectEvent",
    Shape.TRANSFORMATION: "TransformationEvent",
    Shape.AGGREGATION: "AggregationEvent",
}
# Where the lots of an event stand, by their role.
_LISTS = {
    Role.SUBJECT: "quantityList",
    Role.INPUT: "inputQuantityList",
    Role.OUTPUT: "outputQuantityList",
    Role.CHILD: "childQuantityList",
}
QUANTITIES = tuple(_LISTS.values())
# Unit → UN/ECE Recommendation 20, and how many of it one of ours is. Others are counted.
UNITS: dict[str, tuple[str, Decimal]] = {
    "kg": ("KGM", Decimal(1)),
    "g": ("GRM", Decimal(1)),
    "lạng": ("HGM", Decimal(1)),
    "yến": ("KGM", Decimal(10)),
    "tạ": ("DTN", Decimal(1)),
    "tấn": ("TNE", Decimal(1)),
    "lít": ("LTR", Decimal(1)),
    "ml": ("MLT", Decimal(1)),
}
_FROM_UOM = {uom: unit for unit, (uom, times) in UNITS.items() if times == 1}
COUNTED = "cái"  # the unit of goods that somebody else counted
# What an event of somebody else says → which of our kinds it is; those that need no facts.
_BARE: dict[tuple[str | None, ...], str] = {
    (_TYPES[kind.shape], kind.action, kind.step, kind.disposition): kind.code
    for kind in KINDS.values()
    if kind.shape is not Shape.TRANSFORMATION and kind.step != "other"
    if not any(fact.required for fact in kind.facts)
}
# What of an event everybody may read; the rest is between the parties of a trade.
_OPEN = {"type", "eventTime", "eventTimeZoneOffset", "recordTime", "action", "bizStep", "ilmd"}
_OPEN |= {"disposition", "persistentDisposition", "readPoint", "bizLocation", "epcList", "parentID"}
_OPEN |= {"inputEPCList", "outputEPCList", "childEPCs", "transformationID", *_LISTS.values()}
_OPEN |= {"errorDeclaration"}
ITEMS = {"epcList", "inputEPCList", "outputEPCList", "childEPCs"}
_OPEN |= {f"{OURS}:{name}" for name in ("kind", "facts", "site", "file", "quantity", "record")}


@dataclass(frozen=True)
class Names:
    """What things are called outside. `base`: our address, without a slash at its end.

    `lots`: lot reference → class URI. `made`: what is known of the one lot that the event made.
    """

    base: str
    lots: Mapping[str, str]
    made: Mapping[str, str] | None = None

    @property
    def vocabulary(self) -> str:
        """Where our own words live."""
        return f"{self.base}/voc/"

    @property
    def namespaces(self) -> dict[str, str]:
        """The prefixes that our events use."""
        return {OURS: self.vocabulary, MASTER: MASTER_DATA}


def event(said: Mapping[str, Any], hash_: str, names: Names) -> dict[str, Any]:
    """The EPCIS event of a record's payload (`TraceEvent.payload`, read) and its hash.

    Not for corrections: they are an `errorDeclaration` of the event they speak of.
    """
    kind = KINDS[said["kind"]]
    at = local(said["at"])
    told: dict[str, Any] = {"type": _TYPES[kind.shape], "eventTime": at}
    told |= {"eventTimeZoneOffset": OFFSET, "recordTime": local(said["recorded"])}
    if kind.shape is not Shape.TRANSFORMATION:
        told["action"] = kind.action
    told["bizStep"] = kind.step if kind.step[0].islower() else names.vocabulary + kind.step
    if kind.disposition:
        told["disposition"] = kind.disposition
    told |= _where(kind, said, names) | _what(kind, said, names)
    if names.made and kind.shape is not Shape.AGGREGATION:
        told["ilmd"] = dict(names.made)
    told |= _ours(kind, said, names)
    told[f"{OURS}:record"] = hash_
    return {"eventID": event_hash.event_id(told, names.namespaces)} | told


def _where(kind: Kind, said: Mapping[str, Any], names: Names) -> dict[str, Any]:
    if "site" not in said:
        return {}
    place = {"id": site_uri(names.base, said["site"]["id"])}
    there: dict[str, Any] = {"readPoint": place}
    if kind.disposition != "in_transit":  # goods on the road are nowhere
        there["bizLocation"] = dict(place)
    return there


def _what(kind: Kind, said: Mapping[str, Any], names: Names) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for lot in said["lots"]:
        told.setdefault(_LISTS[Role(lot["role"])], []).append(_quantity(lot, names))
    extra = said.get("extra", {})
    items = [item_uri(names.base, serial) for serial in extra.get("serials", [])]
    if kind.shape is Shape.AGGREGATION:
        told["parentID"] = container_uri(names.base, said["container"])
        items += [container_uri(names.base, code) for code in extra.get("containers", [])]
        if items:
            told["childEPCs"] = items
    elif items and kind.shape is Shape.OBJECT:
        told["epcList"] = items
    return told


def _quantity(lot: Mapping[str, Any], names: Names) -> dict[str, Any]:
    told: dict[str, Any] = {"epcClass": names.lots[lot["lot"]]}
    if "quantity" in lot:
        uom, times = UNITS.get(lot["unit"], (None, Decimal(1)))
        told["quantity"] = _number(Decimal(lot["quantity"]) * times)
        if uom:
            told["uom"] = uom
    return told


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)


def _ours(kind: Kind, said: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """What EPCIS has no field for."""
    trade = {fact.name for fact in kind.facts if fact.trade}
    facts = {f"{OURS}:{name}": text for name, text in said["facts"].items() if text.strip()}
    told: dict[str, Any] = {f"{OURS}:kind": kind_uri(names, kind)}
    told[f"{OURS}:facts"] = {n: t for n, t in facts.items() if n.partition(":")[2] not in trade}
    told[f"{OURS}:trade"] = {n: t for n, t in facts.items() if n.partition(":")[2] in trade}
    told[f"{OURS}:quantity"] = [
        {f"{OURS}:lot": names.lots[lot["lot"]], f"{OURS}:amount": lot["quantity"]}
        | {f"{OURS}:unit": lot["unit"]}
        for lot in said["lots"]
        if "quantity" in lot and lot["unit"] not in _FROM_UOM.values()
    ]
    told[f"{OURS}:file"] = [
        {f"{OURS}:sha256": file["sha256"], f"{OURS}:paper": file["kind"]} for file in said["files"]
    ]
    told[f"{OURS}:site"] = said.get("site", {}).get("name", "").strip()
    return {name: value for name, value in told.items() if value}


def kind_uri(names: Names, kind: Kind) -> str:
    """What a kind of event is called in our vocabulary."""
    return f"{names.vocabulary}kind/{kind.code}"


def site_uri(base: str, ref: str) -> str:
    """What a place of ours is called."""
    return f"{base}/epcis/places/{ref}"


def item_uri(base: str, serial: str) -> str:
    """What a stamped item is called in an event."""
    return f"{base}/t/{serial}"


def container_uri(base: str, code: str) -> str:
    """What a carton or pallet is called: by its SSCC where it has one."""
    sscc = len(code) == 18 and code.isdigit()
    return f"{base}/00/{code}" if sscc else f"{base}/epcis/containers/{code}"


def local(instant: str) -> str:
    """An instant of a record (UTC) as Vietnam's clocks show it, with its offset."""
    at = datetime.fromisoformat(instant).astimezone(_VIETNAM)
    return at.isoformat(timespec="milliseconds")


def utc(written: str) -> datetime:
    """The instant of an `eventTime`. Raises ValueError."""
    return datetime.fromisoformat(event_hash.instant(written)).astimezone(UTC)


def declaration(said: Mapping[str, Any], corrective: Iterable[str]) -> dict[str, Any]:
    """The `errorDeclaration` of a correction's payload; `corrective` event IDs say it right."""
    facts = said["facts"]
    told: dict[str, Any] = {"declarationTime": local(said["at"]), "reason": facts["reason"]}
    if instead := list(corrective):
        told["correctiveEventIDs"] = instead
    if facts.get("why"):
        told[f"{OURS}:why"] = facts["why"]
    return told


def opened(
    told: Mapping[str, Any], namespaces: Mapping[str, str], item: str | None = None
) -> dict[str, Any]:
    """What everybody may read of an event. Where that is less, it is a statement of its own.

    Then it is named anew, so that whoever reckons its name from what they see finds it right.
    Serials are left out but `item`: who could read them here could copy them onto other goods.
    """
    kept = {name: value for name, value in told.items() if name in _OPEN}
    for name in ITEMS & kept.keys():
        kept[name] = [uri for uri in kept[name] if uri == item or _is_container(uri)]
        if not kept[name]:
            del kept[name]
    if kept == {name: value for name, value in told.items() if name != "eventID"}:
        return dict(told)
    return {"eventID": event_hash.event_id(kept, namespaces)} | kept


def without_lots(told: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """An event that does not name the lots called `hidden`, nor say what they are.

    A working of which one side is left bears a `transformationID`, as EPCIS wants it.
    """
    kept = dict(told)
    for name in QUANTITIES:
        if name in told:
            kept[name] = [each for each in told[name] if each["epcClass"] not in hidden]
    emptied = [name for name in QUANTITIES if name in kept and not kept[name]]
    for name in emptied:
        del kept[name]
    if {"outputQuantityList", "quantityList"} & set(emptied):
        kept.pop("ilmd", None)
    if amounts := kept.get(f"{OURS}:quantity"):
        kept[f"{OURS}:quantity"] = [e for e in amounts if e.get(f"{OURS}:lot") not in hidden]
        if not kept[f"{OURS}:quantity"]:
            del kept[f"{OURS}:quantity"]
    if emptied and told["type"] == "TransformationEvent" and f"{OURS}:record" in told:
        kept.setdefault("transformationID", f"ni:///sha-256;{told[f'{OURS}:record']}")
    return kept


def _is_container(uri: str) -> bool:
    return "/epcis/containers/" in uri or "/00/" in epc_uris.canonical(uri)


def named(told: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    """The hash ID of an event as it is told here."""
    return event_hash.event_id(told, namespaces)


@dataclass(frozen=True)
class Told:
    """A lot as an event names it, in which role, and how much of it in our units."""

    uri: str
    role: Role
    quantity: Decimal | None = None
    unit: str | None = None


def lots_told(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> list[Told]:
    """Every class of goods that an event names, with quantities in our units."""
    amounts = {
        words.get("lot"): (words.get("amount"), words.get("unit"))
        for each in _list(ours(event, namespaces).get("quantity"))
        if isinstance(each, Mapping) and (words := ours(each, namespaces))
    }
    found = []
    for role, name in _LISTS.items():
        for element in event.get(name, []):
            uri = element["epcClass"]
            quantity, unit = _read_quantity(element, amounts.get(uri))
            found.append(Told(uri, role, quantity, unit))
    return found


def _read_quantity(
    element: Mapping[str, Any], exact: tuple[Any, Any] | None
) -> tuple[Decimal | None, str | None]:
    if "quantity" not in element:
        return None, None
    if exact and all(isinstance(word, str) for word in exact):
        return Decimal(exact[0]), exact[1]
    uom = element.get("uom")
    unit = _FROM_UOM.get(uom) if uom else COUNTED
    return (Decimal(str(element["quantity"])), unit) if unit else (None, None)


def kind_told(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    """Which of our kinds an event is; `reported` where none fits, or facts it needs are missing."""
    words = ours(event, namespaces)
    code = str(words.get("kind", "")).rpartition("/voc/kind/")[2]
    if code in KINDS and code != "correction" and _TYPES[KINDS[code].shape] == event["type"]:
        return code
    said = tuple(event.get(name) for name in ("type", "action", "bizStep", "disposition"))
    return _BARE.get(said, "reported")


def facts_told(
    event: Mapping[str, Any], kind: Kind, namespaces: Mapping[str, str]
) -> dict[str, str]:
    """The facts of an event in our words; of somebody else's, which business step it was."""
    if kind.code == "reported":
        return {"step": str(event.get("bizStep", ""))[:200]}
    words = ours(event, namespaces)
    groups = [words.get(name) for name in ("facts", "trade")]
    found = [ours(group, namespaces) for group in groups if isinstance(group, Mapping)]
    return {n: t for group in found for n, t in group.items() if isinstance(t, str)}


def ours(said: Mapping[str, Any], namespaces: Mapping[str, str]) -> dict[str, Any]:
    """What of an object is in our vocabulary, whoever's address it lives at: bare name → value."""
    prefixes = {prefix for prefix, address in namespaces.items() if address.endswith("/voc/")}
    split = ((name.partition(":"), value) for name, value in said.items())
    return {name: value for (prefix, _c, name), value in split if prefix in prefixes}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
