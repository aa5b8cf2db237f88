"""The production diary as people keep it: one thing done to one lot, with its pictures and papers.

What may be recorded is checked here; `events` puts it into the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.media import documents, photos
from traceability import balances, events, kinds, stops
from traceability.errors import NotSoMuch
from traceability.events import Item, More
from traceability.kinds import KINDS
from traceability.models import Lot, Site, TraceEvent

# Kinds that say how much: of these it has to be said.
_COUNTED = ("harvest", "shipping", "receiving", "destroying")
# Kinds whose quantity, where it is said, cannot be more than there is.
_BOUNDED = balances.GONE
QUANTIFIED = (*_COUNTED, "packing", "storing")


@dataclass(frozen=True)
class Paper:
    """A paper that came with an entry, in the store already."""

    taken: documents.Taken
    kind: str
    title: str
    valid_until: date | None = None
    public: bool = False


@dataclass(frozen=True)
class Entry:
    """What somebody did at `at` (UTC). `facts` as typed; `key`: the client's, against a resend."""

    kind: str
    at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    quantity: Decimal | None = None
    unit: str | None = None
    site: Site | None = None
    note: str = ""
    key: str | None = None
    shots: Sequence[photos.Taken] = ()
    papers: Sequence[Paper] = ()

    @property
    def more(self) -> More:
        """What the record keeps besides: place, words, and the hash of each file."""
        files = [(each.sha256, "photo") for each in self.shots]
        files += [(each.taken.sha256, each.kind) for each in self.papers]
        return More(self.note, self.site, files=tuple(files), key=self.key)


def enter(actor: Actor, lot: Lot, entry: Entry) -> TraceEvent:
    """Record what was done to a lot, and hang its pictures and papers on it.

    Sent twice it is recorded once. Raises BadInput naming each fact that is missing or wrong,
    InTheFuture, and for goods that leave what `balances.require` does.
    """
    locked = _locked(lot)
    quantity = _quantity(entry)
    if quantity is not None and entry.kind in _BOUNDED and not _there(locked, entry):
        balances.require(locked, quantity, entry.unit or "")
    return _record(actor, locked, entry)


def replace(actor: Actor, lot: Lot, entry: Entry, wrong: TraceEvent, why: str) -> TraceEvent:
    """Record how it was, and declare the event `wrong` of the same lot wrong.

    Raises as `enter` and `correct` do.
    """
    event = _record(actor, _locked(lot), entry)
    correct(actor, wrong, "incorrect_data", why, event)
    return event


def _locked(lot: Lot) -> Lot:
    query = select(Lot).where(Lot.id == lot.id).with_for_update(of=Lot)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _quantity(entry: Entry) -> Decimal | None:
    quantity = entry.quantity if entry.kind in QUANTIFIED else None
    if quantity is None and entry.kind in _COUNTED:
        raise BadInput({"quantity": [_("Ghi bao nhiêu.")]})
    return quantity


def _record(actor: Actor, lot: Lot, entry: Entry) -> TraceEvent:
    facts, quantity = kinds.check(entry.kind, entry.facts), _quantity(entry)
    item = Item(lot, quantity=quantity, unit=entry.unit if quantity is not None else None)
    event = events.record(actor, entry.kind, entry.at, [item], facts, entry.more)
    keep(actor, event, entry)
    stops.fit(lot)
    return event


def _there(lot: Lot, entry: Entry) -> bool:
    if entry.key is None:
        return False
    query = select(TraceEvent.id).where(
        TraceEvent.seller_id == lot.seller_id, TraceEvent.key == entry.key
    )
    return db.session.scalar(query) is not None


def keep(actor: Actor, event: TraceEvent, entry: Entry) -> None:
    """Hang the pictures and papers of an entry on its event."""
    holder = f"event:{event.ref}"
    for photo in entry.shots:
        photos.accept(actor, event.seller_id, holder, photo)
    for paper in entry.papers:
        documents.accept(
            actor,
            event.seller_id,
            holder,
            paper.taken,
            kind=paper.kind,
            title=paper.title,
            valid_until=paper.valid_until,
            public=paper.public,
        )


def correct(
    actor: Actor, event: TraceEvent, reason: str, why: str, instead: TraceEvent | None = None
) -> TraceEvent:
    """Declare an event wrong. Raises AlreadyCorrected, and NotSoMuch when goods that it made
    have gone on since."""
    said = events.correct(actor, event, reason, why, instead)
    lots = [item.lot for item in event.items]
    left = balances.left_of(lots)
    for lot in lots:
        there = left[lot.id]
        gone_on = balances.touched(lot) if there is None else there < 0
        if gone_on:
            raise NotSoMuch(lot.code, lot.quantity or Decimal(), lot.unit or "")
    return said


def correction_of(event: TraceEvent) -> TraceEvent | None:
    """The event that declares this one wrong, if one does."""
    return db.session.scalar(select(TraceEvent).where(TraceEvent.corrects_id == event.id))


def by_hand(event: TraceEvent) -> bool:
    """Whether a person recorded the event, so that a person may declare it wrong."""
    return event.kind in kinds.BY_HAND or event.kind in _MADE_BY_FORMS


_MADE_BY_FORMS = ("processing",)


def label(event: TraceEvent) -> str:
    """What kind of thing it is, for people."""
    return str(KINDS[event.kind].label)
