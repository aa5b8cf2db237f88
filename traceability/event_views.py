"""Back office: the production diary, one form for each kind of thing that is done to a lot."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages, quantities
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.media import arrivals, documents, photos
from traceability import choices, diary, disclosure, events, sites, stories, withdrawal, words
from traceability.diary import Entry, Paper
from traceability.kinds import BY_HAND, KINDS
from traceability.lot_schemas import UNITS, CorrectionSchema, EventSchema, PaperSchema
from traceability.models import Lot, Site, TraceEvent, TraceWords

bp = Blueprint("diary", __name__, url_prefix="/ban-hang", template_folder="templates")

READ, WRITE = Permission.STAMPS_READ, Permission.TRACE_WRITE
FILES_BYTES = arrivals.PHOTOS_BYTES + arrivals.DOCUMENT_BYTES


@bp.get("/lo/<ref>/ghi")
@access.signed_in
def choose(actor: Actor, ref: str) -> ResponseReturnValue:
    """What was done? One large button for each kind."""
    lot = access.get(actor, Lot, ref, WRITE)
    return pages.page(
        "traceability/choose.html",
        lot=lot,
        kinds=[KINDS[code] for code in BY_HAND],
        running=withdrawal.running(lot),
    )


@bp.route("/lo/<ref>/ghi/<kind>", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(FILES_BYTES)
def enter(actor: Actor, ref: str, kind: str) -> ResponseReturnValue:
    """When, where, how much, and the facts of the kind; sent twice it is recorded once.

    `?thay=` names the event that this one says right.
    """
    lot = access.get(actor, Lot, ref, WRITE)
    if kind not in BY_HAND:
        raise NotFound
    form = pages.form(EventSchema(), _start(lot, _replaced(actor, lot)))
    if (answer := pages.repeated(form)) is not None:
        return answer
    entry = _entry(actor, lot, kind, form)
    if entry and not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, Lot, ref, WRITE)
            _record(actor, row, entry)
            pages.claim(form, "lots.lot", ref=ref)
        if not form.errors:
            return _recorded(access.get(actor, Lot, ref, WRITE))
        lot = access.get(actor, Lot, ref, WRITE)
    return pages.page(
        "traceability/enter.html",
        form=form,
        lot=lot,
        kind=KINDS[kind],
        sites=[("", _("Không ghi")), *((row.ref, row.name) for row in sites.of(lot.seller_id))],
        units=[(unit, unit) for unit in UNITS],
        counted=kind in diary.QUANTIFIED,
        running=withdrawal.running(lot) if kind == "harvest" else None,
        paper_names=[("", _("Không có")), *words.PAPERS.items()],
        instead=request.values.get("thay", ""),
    )


def _start(lot: Lot, wrong: TraceEvent | None) -> dict[str, str]:
    """What stands in the form at first: now and here; of an event to be put right, what it said."""
    if wrong is None:
        site = lot.site.ref if lot.site else ""
        return {"at": _clock(clock.now()), "site": site, "unit": lot.unit or "kg"}
    item, there = wrong.items[0], db.session.get(Site, wrong.site_id) if wrong.site_id else None
    quantity = quantities.show(item.quantity) if item.quantity is not None else ""
    said = {"quantity": quantity, "unit": item.unit or lot.unit or "kg"}
    where = {"site": there.ref if there else ""}
    return disclosure.facts(wrong) | said | where | {"at": _clock(wrong.happened_at)}


def _clock(at: datetime) -> str:
    return clock.vietnam(at).strftime("%Y-%m-%dT%H:%M")


def _entry(actor: Actor, lot: Lot, kind: str, form: pages.Form) -> Entry | None:
    if not form.data:
        return None
    data = form.data
    site = choices.site(actor, lot.seller_id, data["site"])
    facts = {fact.name: form.values.get(fact.name, "") for fact in KINDS[kind].facts}
    kept = {name: data[name] for name in ("at", "quantity", "unit", "note")}
    papers = _papers(form)
    shots = [] if form.errors else arrivals.pictures(form)
    return Entry(kind, facts=facts, site=site, key=form.key, shots=shots, papers=papers, **kept)


def _papers(form: pages.Form) -> list[Paper]:
    """The paper that came along, if one did."""
    if not arrivals.sent():
        return []
    named = {
        "kind": form.values.get("paper_kind") or "other",
        "title": form.values.get("paper_title", ""),
        "valid_until": form.values.get("paper_until", ""),
    }
    if form.values.get("paper_public"):
        named["public"] = "1"
    named["title"] = named["title"].strip() or str(words.PAPERS.get(named["kind"], ""))
    schema = PaperSchema()
    if errors := schema.validate(named):
        for name, texts in errors.items():
            form.errors[f"paper_{'until' if name == 'valid_until' else name}"] = texts
        return []
    taken = arrivals.document(form)
    return [Paper(taken, **schema.load(named))] if taken else []


def _record(actor: Actor, lot: Lot, entry: Entry) -> None:
    wrong = _replaced(actor, lot)
    if wrong is None:
        diary.enter(actor, lot, entry)
    else:
        diary.replace(actor, lot, entry, wrong, _("ghi lại cho đúng"))


def _replaced(actor: Actor, lot: Lot) -> TraceEvent | None:
    """The event of this lot that the entry says right, if it names one. Raises NotFound."""
    ref = request.values.get("thay", "")
    if not ref:
        return None
    wrong = access.get(actor, TraceEvent, ref, WRITE)
    if [item.lot_id for item in wrong.items] != [lot.id] or not diary.by_hand(wrong):
        raise NotFound
    return wrong


def _recorded(lot: Lot) -> ResponseReturnValue:
    for breach in withdrawal.breaches([lot.id]):
        flash(_("%(words)s Lô này không công bố được.", words=breach.words), "bad")
    return pages.saved("lots.lot", _("Đã ghi."), ref=lot.ref, _anchor="nhat-ky")


@bp.get("/viec/<ref>")
@access.signed_in
def event(actor: Actor, ref: str) -> ResponseReturnValue:
    """One event: all that was said of it, its files, and declaring it wrong."""
    row = access.get(actor, TraceEvent, ref, READ)
    return _event(actor, row, pages.Form(values={"reason": "incorrect_data"}))


def _event(actor: Actor, row: TraceEvent, form: pages.Form) -> ResponseReturnValue:
    holder = f"event:{row.ref}"
    return pages.page(
        "traceability/diary_event.html",
        event=row,
        label=diary.label(row),
        facts=_facts(row),
        amount=stories.amount,
        said=db.session.get(TraceWords, row.id),
        site=db.session.get(Site, row.site_id) if row.site_id else None,
        photos=photos.shown(holder),
        papers=documents.of(holder),
        paper_names=words.PAPERS,
        form=form,
        reasons=words.WRONG.items(),
        correction=_correction(row),
        may_correct=actor.may(WRITE, row.seller_id) and diary.by_hand(row),
        may_enter=row.kind in BY_HAND and len(row.items) == 1,
        may_read=actor.may(Permission.SELLER_READ, row.seller_id),
    )


def _facts(row: TraceEvent) -> list[tuple[str, Any]]:
    said = disclosure.facts(row)
    known = KINDS[row.kind].facts
    return [
        (str(fact.label), stories.value(fact, said[fact.name]))
        for fact in known
        if said.get(fact.name)
    ]


def _correction(row: TraceEvent) -> dict[str, str] | None:
    found = diary.correction_of(row)
    return events.facts_of(found) if found else None


@bp.post("/viec/<ref>/dinh-chinh")
@access.signed_in
def correct(actor: Actor, ref: str) -> ResponseReturnValue:
    """Declare an event wrong; it stays readable, struck through."""
    row = access.get(actor, TraceEvent, ref, WRITE)
    form = pages.form(CorrectionSchema())
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, TraceEvent, ref, WRITE)
            if not diary.by_hand(row):
                raise NotFound
            diary.correct(actor, row, form.data["reason"], form.data["why"])
        row = access.get(actor, TraceEvent, ref, WRITE)
    if form.errors:
        return _event(actor, row, form)
    lot = row.items[0].lot
    return pages.saved("lots.lot", _("Đã đính chính."), ref=lot.ref, _anchor="nhat-ky")
