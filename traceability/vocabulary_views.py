"""What our own words and places mean that events name: the addresses in them lead here."""

import json
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from shop import pages
from shop.errors import NotFound
from traceability import epcis, statements
from traceability.kinds import KINDS, Kind

bp = Blueprint("vocabulary", __name__)

JSON_LD = "application/ld+json"
KEPT = "public, max-age=3600"
# Word of an event → what it says.
PROPERTIES = {
    "kind": "Which of our kinds of event it is",
    "facts": "Further facts of the event, by name",
    "trade": "Facts between the parties of a trade; not public",
    "quantity": "Quantities in units that UN/ECE Recommendation 20 does not know",
    "lot": "Which goods a quantity is of",
    "amount": "How much, a decimal number",
    "unit": "In which unit, as the seller counts",
    "file": "A photo or paper of the event, by its SHA-256",
    "sha256": "SHA-256 of a file, in hex",
    "paper": "What kind of file it is",
    "site": "The name of the place",
    "record": "The hash of the record that the event is made of",
    "product": "The name of the product",
    "productionDate": "The day of production",
    "why": "Why an event was declared wrong",
}


@bp.get("/voc/")
@pages.public
def words() -> ResponseReturnValue:
    """The whole vocabulary."""
    steps = {kind.step for kind in KINDS.values() if kind.step[0].isupper()}
    facts = {fact.name for kind in KINDS.values() for fact in kind.facts}
    names = [f"kind/{code}" for code in KINDS] + sorted(steps) + sorted({*PROPERTIES, *facts})
    return _graph([_word(name) for name in names])


@bp.get("/voc/<path:name>")
@pages.public
def word(name: str) -> ResponseReturnValue:
    """One word."""
    return _graph([_word(name)])


def _word(name: str) -> dict[str, Any]:
    told: dict[str, Any] = {"@id": f"{statements.base()}/voc/{name}"}
    code = name.removeprefix("kind/")
    if name.startswith("kind/") and code in KINDS:
        return told | _kind(KINDS[code])
    for kind in KINDS.values():
        if kind.step == name and name[0].isupper():
            return told | {"@type": "skos:Concept"} | _label(kind)
    if name in PROPERTIES:
        return told | {"@type": "rdf:Property", "rdfs:comment": PROPERTIES[name]}
    for kind in KINDS.values():
        for fact in kind.facts:
            if fact.name == name:
                return told | {"@type": "rdf:Property"} | _label(fact)
    raise NotFound(word=name)


def _kind(kind: Kind) -> dict[str, Any]:
    facts = [f"{statements.base()}/voc/{fact.name}" for fact in kind.facts]
    return {"@type": "skos:Concept", **_label(kind), "rdfs:seeAlso": [{"@id": u} for u in facts]}


def _label(of: Any) -> dict[str, Any]:
    return {"skos:prefLabel": {"@value": str(of.label), "@language": "vi"}}


@bp.get("/epcis/places/<code>")
@pages.public
def place(code: str) -> ResponseReturnValue:
    """A place of a public record: its name, its commune, its point on the map."""
    site = statements.public_site(code)
    if site is None:
        raise NotFound(place=code)
    told: dict[str, Any] = {"@id": epcis.site_uri(statements.base(), site.ref)}
    told |= {"@type": "gs1:Place", "gs1:physicalLocationName": site.name, "ocop:kind": site.kind}
    if site.commune:
        address = {"gs1:addressLocality": site.commune, "gs1:addressRegion": site.province}
        told["gs1:address"] = {"@type": "gs1:PostalAddress"} | address
    if site.latitude is not None:
        point = {"gs1:latitude": str(site.latitude), "gs1:longitude": str(site.longitude)}
        told["gs1:geo"] = {"@type": "gs1:GeoCoordinates"} | point
    return _graph([told])


@bp.get("/epcis/containers/<code>")
@pages.public
def container(code: str) -> ResponseReturnValue:
    """A carton or pallet that a public record names."""
    box = statements.public_container(code)
    if box is None:
        raise NotFound(container=code)
    told = {"@id": epcis.container_uri(statements.base(), box.code)}
    return _graph([told | {"@type": "gs1:LogisticUnit", "ocop:kind": box.kind}])


def _graph(told: list[dict[str, Any]]) -> Response:
    context = {
        "gs1": "https://ref.gs1.org/voc/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "ocop": f"{statements.base()}/voc/",
    }
    text = json.dumps({"@context": context, "@graph": told}, ensure_ascii=False)
    headers = {"Cache-Control": KEPT, "Access-Control-Allow-Origin": "*"}
    return Response(text, mimetype=JSON_LD, headers=headers)
