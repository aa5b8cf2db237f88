"""Batches of stamps: asking for one, asking for its file again, and who has had the file."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from shop import outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.accounts.models import AuditEntry
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.media import photos
from traceability import addresses, labels, layouts, qr, sheets
from traceability.errors import CannotPrint
from traceability.labels import Face
from traceability.models import Lot
from traceability.stamp_models import BatchState, Level, StampBatch

MOST = 100_000  # stamps of a batch
FORMATS = ("pdf", "csv", "svg", "png")


@dataclass(frozen=True)
class Wanted:
    """A batch as it is asked for.

    `layout`: a name of sheets.LAYOUTS or the reference of a saved one. `gtin`: 14 digits of the
    pack, to stand in the address. `first`: the number of the first stamp.
    """

    product: Product
    count: int
    layout: str
    lot: Lot | None = None
    pack: Variant | None = None
    gtin: str | None = None
    level: str = Level.ITEM
    format: str = "pdf"
    first: int = 1
    scratch: bool = False


def request(actor: Actor, wanted: Wanted) -> StampBatch:
    """Ask for stamps; a worker makes them.

    Raises CannotPrint, and LabelTooSmall or WordsTooLarge when they do not fit the label.
    """
    batch = _row(wanted)
    _check(batch)
    db.session.add(batch)
    db.session.flush()
    audit.note(actor, "stamps.request", batch, name(batch))
    outbox.add("traceability.jobs.print_batch", {"batch_id": batch.id})
    return batch


def print_again(
    actor: Actor, batch: StampBatch, layout: str | None = None, kind: str | None = None
) -> None:
    """Make the file anew, of the same stamps, perhaps on another layout or in another format.

    One that is being made stays as it is. Raises as `request` does.
    """
    if batch.state == BatchState.WAITING:
        return
    if kind and kind != batch.format and batch.file_key:
        photos.discard([batch.file_key])
    batch.layout, batch.format = layout or batch.layout, kind or batch.format
    _check(batch)
    batch.state, batch.made = BatchState.WAITING, 0
    told = {
        "number": [None, _times(batch, "stamps.reprint") + 1],
        "layout": [None, batch.layout],
        "format": [None, batch.format],
    }
    audit.write(actor, "stamps.reprint", batch.seller_id, name(batch), batch.ref, told)
    outbox.add("traceability.jobs.print_batch", {"batch_id": batch.id})


def note_download(actor: Actor, batch: StampBatch) -> int:
    """Somebody takes the file; the how manieth time this is. The batch is locked."""
    number = _times(batch, "stamps.download") + 1
    told = {"number": [None, number], "format": [None, batch.format]}
    audit.write(actor, "stamps.download", batch.seller_id, name(batch), batch.ref, told)
    return number


def history(batch: StampBatch, most: int) -> list[AuditEntry]:
    """What was done to the batch, newest first."""
    query = select(AuditEntry).where(*_of(batch)).order_by(AuditEntry.id.desc())
    return list(db.session.scalars(query.limit(most)))


def name(batch: StampBatch) -> str:
    """What people call a batch: its lot's code, else its product."""
    return batch.lot.code if batch.lot else batch.product.name


def _row(wanted: Wanted) -> StampBatch:
    batch = StampBatch(seller_id=wanted.product.seller_id, state=BatchState.WAITING, made=0)
    batch.product, batch.product_id = wanted.product, wanted.product.id
    if wanted.lot is not None and wanted.level != Level.PRODUCT:
        batch.lot, batch.lot_id = wanted.lot, wanted.lot.id
    if wanted.pack is not None:
        batch.variant, batch.variant_id = wanted.pack, wanted.pack.id
    batch.level, batch.gtin = wanted.level, wanted.gtin
    batch.count, batch.first_number = wanted.count, wanted.first
    batch.layout, batch.format, batch.scratch = wanted.layout, wanted.format, wanted.scratch
    return batch


def _check(batch: StampBatch) -> None:
    serialised = batch.level == Level.ITEM
    if batch.level != Level.PRODUCT and batch.lot is None:
        raise CannotPrint(_("Tem theo lô hoặc theo từng món cần mã lô."))
    if batch.scratch and not serialised:
        raise CannotPrint(_("Mã cào chỉ có trên tem riêng từng món."))
    layout = layouts.find(batch.seller_id, batch.layout)
    if layout is None:
        raise CannotPrint(_("Khuôn tem này không còn. Xin chọn khuôn khác."))
    if batch.format == "csv":
        return
    if batch.scratch and (batch.format != "pdf" or not layout.scratch):
        raise CannotPrint(
            _("Khuôn hoặc kiểu tệp này không có ô cào: chọn khuôn có ô cào, hoặc tệp CSV.")
        )
    code = addresses.SAMPLE if serialised else ""
    symbol = qr.symbol(addresses.of(batch, code))
    if batch.format == "pdf":
        labels.plan(layout, symbol.side, Face(()), len(sheets.parts(code)))
    else:
        sheets.module_mm(layout, symbol.side)


def _times(batch: StampBatch, action: str) -> int:
    query = select(func.count()).where(*_of(batch), AuditEntry.action == action)
    return db.session.scalar(query) or 0


def _of(batch: StampBatch) -> tuple[ColumnElement[bool], ...]:
    return AuditEntry.seller_id == batch.seller_id, AuditEntry.subject_ref == batch.ref
