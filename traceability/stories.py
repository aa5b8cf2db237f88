"""The story of goods as a consumer reads it: whose they are, and what happened to their lot.

A lot's details are public only from `published_at` on; before, its code and days are.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from shop.catalogue import certificates
from shop.catalogue.models import Certificate, Product
from shop.database import db
from shop.media import documents, photos
from shop.media.models import Document, Photo
from traceability import events
from traceability.kinds import KINDS, Fact
from traceability.models import Lot, Role, Site, TraceEvent, TraceItem, TreeLeaf
from traceability.resolver import Found

# What keeps the record in order and tells a consumer nothing.
_SILENT = ("open", "correction", "publish", "unpublish", "stamping", "unstamping", "erasure")


@dataclass(frozen=True)
class Place:
    """Where something happened; `map_url` leads to OpenStreetMap where the point is known."""

    name: str
    code: str | None
    area: str
    point: str = ""
    map_url: str = ""


@dataclass(frozen=True)
class Step:
    """One thing that happened. `facts`: label and value in the reader's language.

    `withdrawn`: why it was declared wrong, empty while it holds. `sealed`: a proof can be given.
    """

    ref: str
    kind: str
    label: str
    at: datetime
    facts: list[tuple[str, str]]
    place: Place | None
    quantity: str
    photos: list[Photo]
    papers: list[Document]
    withdrawn: str = ""
    sealed: bool = False


@dataclass(frozen=True)
class Source:
    """A lot that went into this one; `ref` only where its own story may be read."""

    code: str
    product: str
    quantity: str
    ref: str = ""


@dataclass(frozen=True)
class Story:
    """What stands below the verdict. Without a published lot, only the goods and their maker."""

    product: Product
    certificate: Certificate | None
    photos: list[Photo]
    lot: Lot | None
    published: bool = False
    steps: list[Step] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    place: Place | None = None
    household: str = ""
    papers: list[Document] = field(default_factory=list)

    @property
    def tests(self) -> list[Step]:
        """The tests of the lot that hold."""
        return [step for step in self.steps if step.kind == "test" and not step.withdrawn]


def of(found: Found) -> Story:
    """The story of what a code stands for; `found.product_id` is there."""
    product = db.session.scalars(
        select(Product)
        .where(Product.id == found.product_id)
        .options(joinedload(Product.seller), lazyload(Product.variants))
    ).one()
    lot = _lot(found.lot.id) if found.lot else None
    shown = photos.shown(f"product:{product.ref}")[:1]
    story = Story(product, certificates.in_force(product), shown, lot)
    if lot is None or lot.published_at is None:
        return story
    return Story(
        *(product, story.certificate, shown, lot, True),
        steps=steps(lot),
        sources=[source for source in sources(lot) if source.ref],
        place=_place(lot.site),
        household=(lot.household.name or "") if lot.household and lot.household.shown else "",
        papers=[paper for paper in documents.of(f"lot:{lot.ref}") if paper.public],
    )


def _lot(lot_id: int) -> Lot:
    query = select(Lot).where(Lot.id == lot_id)
    return db.session.scalars(query.options(joinedload(Lot.site), joinedload(Lot.household))).one()


def steps(lot: Lot) -> list[Step]:
    """What happened to a lot in the order in which it happened, withdrawn things included."""
    rows = events.of_lot(lot, withdrawn=True)
    wrong = {event.corrects_id: _why(event) for event, _item in rows if event.corrects_id}
    told = [(event, item) for event, item in rows if event.kind not in _SILENT]
    holders = [f"event:{event.ref}" for event, _item in told]
    seen, papers = photos.shown_many(holders), documents.of_many(holders)
    places, sealed = _places(event for event, _item in told), _sealed(told)
    return [
        Step(
            ref=event.ref,
            kind=event.kind,
            label=str(KINDS[event.kind].label),
            at=event.happened_at,
            facts=_facts(event),
            place=places.get(event.site_id or 0),
            quantity=amount(item.quantity, item.unit),
            photos=seen.get(f"event:{event.ref}", []),
            papers=papers.get(f"event:{event.ref}", []),
            withdrawn=wrong.get(event.id, ""),
            sealed=event.id in sealed,
        )
        for event, item in sorted(told, key=lambda row: (row[0].happened_at, row[1].number))
    ]


def _why(correction: TraceEvent) -> str:
    facts = json.loads(correction.payload)["facts"]
    reasons = {
        "did_not_occur": _("việc này không xảy ra"),
        "incorrect_data": _("ghi sai, đã ghi lại"),
    }
    reason = reasons.get(facts.get("reason", ""), facts.get("reason", ""))
    return ": ".join(filter(None, (str(reason), facts.get("why", ""))))


def _places(told: Iterable[TraceEvent]) -> dict[int, Place]:
    ids = {event.site_id for event in told if event.site_id}
    if not ids:
        return {}
    rows = db.session.scalars(select(Site).where(Site.id.in_(ids)))
    return {site.id: place for site in rows if (place := _place(site))}


def _place(site: Site | None) -> Place | None:
    if site is None:
        return None
    area = ", ".join(filter(None, (site.commune, site.province)))
    if site.latitude is None or site.longitude is None:
        return Place(site.name, site.code, area)
    where = f"mlat={site.latitude:f}&mlon={site.longitude:f}"
    url = f"https://www.openstreetmap.org/?{where}#map=15/{site.latitude:f}/{site.longitude:f}"
    return Place(site.name, site.code, area, f"{site.latitude:.4f}, {site.longitude:.4f}", url)


def _sealed(told: list[tuple[TraceEvent, TraceItem]]) -> set[int]:
    ids = [event.id for event, _item in told]
    return set(db.session.scalars(select(TreeLeaf.event_id).where(TreeLeaf.event_id.in_(ids))))


def _facts(event: TraceEvent) -> list[tuple[str, str]]:
    said = json.loads(event.payload)["facts"]
    known = KINDS[event.kind].facts
    return [
        (str(fact.label), value(fact, said[fact.name]))
        for fact in known
        if not fact.trade and said.get(fact.name)
    ]


def value(fact: Fact, said: str) -> str:
    """A fact as a person reads it, in the language of the request."""
    if fact.type == "choice":
        return str(dict(fact.choices).get(said, said))
    if fact.type == "day":
        try:
            return date.fromisoformat(said).strftime("%d/%m/%Y")
        except ValueError:
            return said
    # The only unit that is a word; `gettext` finds what is written out.
    unit = str(_("ngày")) if fact.unit == "ngày" else fact.unit
    return f"{said} {unit}" if unit else said


def amount(quantity: Decimal | None, unit: str | None) -> str:
    """A quantity as a person reads it; empty when there is none."""
    return f"{events.decimal(quantity)} {unit or ''}".strip() if quantity is not None else ""


def sources(lot: Lot) -> list[Source]:
    """The lots this one was made from, by what holds of its record."""
    made = [event for event, item in events.of_lot(lot) if item.role == Role.OUTPUT]
    found: dict[int, Source] = {}
    for item in (item for event in made for item in event.items if item.role == Role.INPUT):
        from_lot = item.lot
        ref = from_lot.ref if from_lot.published_at else ""
        quantity = amount(item.quantity, item.unit)
        found[from_lot.id] = Source(from_lot.code, from_lot.product.name, quantity, ref)
    return list(found.values())
