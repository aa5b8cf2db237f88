"""Papers of a lot: taking them in, and showing the public ones to who scans a stamp."""

from pathlib import PurePosixPath

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import pages, text
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.media import arrivals, documents
from shop.media.models import Document
from traceability.lot_schemas import PaperSchema
from traceability.models import Lot, TraceEvent, TraceItem

bp = Blueprint("lot_papers", __name__, template_folder="templates")


@bp.post("/ban-hang/lo/<ref>/giay-to")
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def paper_add(actor: Actor, ref: str) -> ResponseReturnValue:
    """A paper of a lot: VietGAP, a test, the OCOP decision."""
    access.get(actor, Lot, ref, Permission.TRACE_WRITE)
    form = pages.form(PaperSchema())
    taken = arrivals.document(form) if form.data else None
    if form.data and taken:
        with form.guard(), transaction():
            row = access.get(actor, Lot, ref, Permission.TRACE_WRITE)
            documents.accept(actor, row.seller_id, f"lot:{ref}", taken, **form.data)
    if form.errors:
        return pages.refused("lots.lot", form, ref=ref, _anchor="giay-to")
    return pages.saved("lots.lot", _("Đã nhận giấy tờ."), ref=ref, _anchor="giay-to")


@bp.get("/giay-to/<ref>")
@pages.public
def paper(ref: str) -> ResponseReturnValue:
    """A paper marked public, of a lot whose record is. Raises NotFound for every other."""
    row = db.session.scalar(
        select(Document).where(Document.ref == ref, Document.public, Document.removed_at.is_(None))
    )
    if row is None or not _is_public(row.holder):
        raise NotFound(ref=ref)
    # Passed on by us: the file server may stand where no browser reaches it.
    storage = current_app.extensions["storage"]
    name = (text.slug(row.title)[:80] or "giay-to") + PurePosixPath(row.file_key).suffix
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(storage.size(row.file_key)),
        # Withdrawn papers must vanish: no cache between keeps one.
        "Cache-Control": "private, no-cache",
    }
    return Response(storage.stream(row.file_key), mimetype=row.content_type, headers=headers)


def _is_public(holder: str) -> bool:
    kind, _colon, ref = holder.partition(":")
    shown = select(Lot.id).where(Lot.published_at.is_not(None))
    if kind == "lot":
        shown = shown.where(Lot.ref == ref)
    elif kind == "event":
        shown = shown.join(TraceItem, TraceItem.lot_id == Lot.id)
        shown = shown.join(TraceEvent, TraceEvent.id == TraceItem.event_id)
        shown = shown.where(TraceEvent.ref == ref)
    else:
        return False
    return db.session.scalar(shown.limit(1)) is not None
