"""Stamps: asking for a batch, filling it with keyed codes, activating it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from shop import outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.settings import Settings
from traceability import digital_link, identifiers, qr, sheets
from traceability.digital_link import BadLink, Identity
from traceability.errors import NotPrinted
from traceability.models import Lot
from traceability.stamp_models import BatchState, Stamp, StampBatch, StampState

_SAMPLE = "0" * identifiers.SERIAL_LENGTH  # its check character is right: 0 times any weight


def request(actor: Actor, lot: Lot, count: int, layout: str) -> StampBatch:
    """Ask for `count` stamps of `lot` on `layout` (a name of sheets.LAYOUTS).

    A worker makes them. Raises LabelTooSmall when our addresses do not fit the label.
    """
    symbol = qr.matrix(address(_SAMPLE))
    sheets.module_mm(sheets.LAYOUTS[layout], len(symbol))
    batch = StampBatch(lot=lot, lot_id=lot.id, seller_id=lot.seller_id, count=count, layout=layout)
    batch.product_id = lot.product_id
    batch.state = BatchState.WAITING
    db.session.add(batch)
    db.session.flush()
    wanted = {"count": [None, count], "layout": [None, layout]}
    audit.write(actor, "stamps.request", batch.seller_id, lot.code, batch.ref, wanted)
    outbox.add("traceability.jobs.print_batch", {"batch_id": batch.id})
    return batch


def print_again(actor: Actor, batch: StampBatch) -> None:
    """Ask once more for a batch whose printing failed; any other stays as it is."""
    if batch.state == BatchState.FAILED:
        batch.state = BatchState.WAITING
        audit.note(actor, "stamps.reprint", batch, name(batch))
        outbox.add("traceability.jobs.print_batch", {"batch_id": batch.id})


def name(batch: StampBatch) -> str:
    """What people call a batch: its lot's code, else its product."""
    return batch.lot.code if batch.lot else batch.product.name


def address(serial: str) -> str:
    """What the symbol of a stamp says: an upper-case address of this site where there is one."""
    base = urlsplit(_settings().base_url)
    host, identity = base.netloc + base.path, Identity(serial=serial)
    try:
        return digital_link.build_short(host, identity, scheme=base.scheme)
    except BadLink:  # a path before ours keeps its case
        return digital_link.build(host, identity, scheme=base.scheme)


def fill(batch: StampBatch) -> list[str]:
    """Insert the stamps of the batch that are not there yet; all their codes, in printing order.

    A code that another batch drew by chance is left out and the next number drawn in its place, so
    numbers may have gaps. The same batch always gets the same codes.
    """
    first, missing = 1, batch.count
    while missing > 0:
        _insert(batch, range(first, first + missing))
        first += missing
        missing = batch.count - _how_many(batch)
    query = select(Stamp.code).where(Stamp.batch_id == batch.id).order_by(Stamp.number)
    return list(db.session.scalars(query))


def _insert(batch: StampBatch, numbers: Iterable[int]) -> None:
    key = _settings().stamp_key.encode()
    rows = [
        {
            "batch_id": batch.id,
            "number": number,
            "code": identifiers.serial(key, batch.ref, number),
            "state": StampState.PRINTED,
        }
        for number in numbers
    ]
    db.session.execute(insert(Stamp).on_conflict_do_nothing(), rows)


def _how_many(batch: StampBatch) -> int:
    query = select(func.count()).select_from(Stamp).where(Stamp.batch_id == batch.id)
    return db.session.scalar(query) or 0


def labels(batch: StampBatch, codes: list[str]) -> list[sheets.Stamp]:
    """What the sheet shows for each code: the symbol, the product, the producer, the lot."""
    product = batch.product
    lot = (_("Lô %(code)s", code=batch.lot.code),) if batch.lot else ()
    captions = (product.name, product.seller.name, *lot)
    return [sheets.Stamp(address(code), captions, code) for code in codes]


def activate(actor: Actor, batch: StampBatch) -> int:
    """The printed stamps of the batch are on goods now; how many changed. Twice is once.

    Raises NotPrinted while the file is not ready.
    """
    if batch.state != BatchState.READY:
        raise NotPrinted
    changed = db.session.scalars(
        update(Stamp)
        .where(Stamp.batch_id == batch.id, Stamp.state == StampState.PRINTED)
        .values(state=StampState.ACTIVE)
        .returning(Stamp.id)
    ).all()
    if changed:
        audit.note(actor, "stamps.activate", batch, name(batch))
    return len(changed)


def counts(batch_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Batch id → (stamps made, stamps active). A batch without stamps is left out."""
    active = func.count().filter(Stamp.state == StampState.ACTIVE)
    query = (
        select(Stamp.batch_id, func.count(), active)
        .where(Stamp.batch_id.in_(batch_ids))
        .group_by(Stamp.batch_id)
    )
    return {batch_id: (made, on) for batch_id, made, on in db.session.execute(query)}


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
