"""A settlement sheet from sending to booked: a job reads it, and books it a chunk a transaction."""

import hashlib
from pathlib import PurePosixPath

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from shop import outbox, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db, transaction
from shop.errors import DomainError
from shop.reconciliation import batches
from shop.reconciliation.errors import CannotImport
from shop.reconciliation.models import Batch, ImportState
from shop.reconciliation.settlements import told
from shop.reconciliation.settlements.protocol import Settlement
from shop.reconciliation.settlements.sheets import SHEETS
from shop.sellers.models import Seller

FILE_BYTES = 20 * 1024 * 1024
CHUNK = 500


# Where settlements lie that a marketplace told us itself; no upload is ever put there.
_TOLD = "settlements/told/"


def take_told(actor: Actor, seller: Seller, source: str, data: bytes, name: str) -> Batch:
    """A settlement that the marketplace told us (see `settlements.told`), as `take`."""
    return take(actor, seller, source, data, name, folder=_TOLD)


def take(
    actor: Actor,
    seller: Seller,
    source: str,
    data: bytes,
    filename: str,
    carrier: str = "",
    *,
    folder: str = "settlements/",
) -> Batch:
    """A settlement sheet, put away; a job reads and books it.

    The same file again is the batch that is there; a refused one is read once more. Raises
    CannotImport.
    """
    if not data or len(data) > FILE_BYTES:
        raise CannotImport(_("Tệp trống hoặc lớn hơn 20 MB."))
    digest = hashlib.sha256(data).hexdigest()
    same = (Batch.seller_id == seller.id, Batch.source == source, Batch.digest == digest)
    batch = db.session.scalar(select(Batch).where(*same).with_for_update(of=Batch))
    if batch is not None and batch.state != ImportState.REFUSED:
        return batch
    if batch is None:
        batch = _put_away(seller, source, data, filename, folder)
        batch.digest, batch.by = digest, actor.name
        db.session.add(batch)
    batch.account = batch.account if batch.done else batches.account(source, carrier)
    batch.state, batch.refused = ImportState.READING, ""
    db.session.flush()
    audit.note(actor, "settlement.take", batch, batch.filename)
    outbox.record("settlement_sent", batch_id=batch.id)
    return batch


def _put_away(seller: Seller, source: str, data: bytes, filename: str, folder: str) -> Batch:
    ref = references.new()
    path = f"{folder}{ref}{PurePosixPath(filename).suffix.lower()[:6]}"
    current_app.extensions["storage"].put(path, data, "application/octet-stream")
    return Batch(
        ref=ref,
        seller_id=seller.id,
        source=source,
        filename=filename[:200],
        path=path,
        net_vnd=0,
        done=0,
        warnings={"said": []},
    )


def carry_out(batch_id: int) -> None:
    """Read a sheet and book its lines; taken up where it ended, and done only once."""
    with force_locale("vi"):
        settlement = _read(batch_id)
        if settlement is None:
            return
        again = _again(settlement)
        start = db.session.get_one(Batch, batch_id).done
        while start < len(settlement.lines):
            with transaction():
                batch = _locked(batch_id)
                if batch.state != ImportState.WORKING or batch.done != start:
                    return  # another worker has it
                chunk = slice(start, start + CHUNK)
                batches.meet(batch, settlement.lines[chunk], again[chunk])
                start = batch.done = min(start + CHUNK, len(settlement.lines))
        with transaction():
            batch = _locked(batch_id)
            if batch.state == ImportState.WORKING and batch.done == len(settlement.lines):
                batches.book_costs(batch)
                batch.state = ImportState.DONE


def _read(batch_id: int) -> Settlement | None:
    """What the sheet says, its head kept with the batch; None when there is nothing to do."""
    with transaction():
        batch = _locked(batch_id)
        if batch.state not in {ImportState.READING, ImportState.WORKING}:
            return None
        try:
            data = current_app.extensions["storage"].read(batch.path)
            settlement = _said(batch, data)
        except DomainError as error:
            batch.state, batch.refused = ImportState.REFUSED, error.message
            return None
        batch.payout_reference = settlement.payout_reference
        batch.first, batch.last = settlement.period_from, settlement.period_to
        batch.net_vnd, batch.many = settlement.net_vnd, len(settlement.lines)
        batch.warnings = {"said": [str(warning) for warning in settlement.warnings]}
        batch.state = ImportState.WORKING
        return settlement


def _said(batch: Batch, data: bytes) -> Settlement:
    if batch.path.startswith(_TOLD):
        return told.read(data)
    return SHEETS[batch.source](data, batch.filename)


def _again(settlement: Settlement) -> list[bool]:
    """Of each line whether its like stands further up; a row's number is not enough to name it."""
    seen: set[tuple[str, str]] = set()
    again = []
    for line in settlement.lines:
        again.append((line.reference, line.kind) in seen)
        seen.add((line.reference, line.kind))
    return again


def _locked(batch_id: int) -> Batch:
    return db.session.get_one(Batch, batch_id, with_for_update={"of": Batch})


def give_up(batch_id: int) -> None:
    """The job failed for the last time: the person hears it, and may send the file again."""
    with transaction():
        batch = _locked(batch_id)
        if batch.state in {ImportState.READING, ImportState.WORKING}:
            batch.state = ImportState.REFUSED
            batch.refused = "Máy chủ đọc tệp này bị lỗi. Xin gửi lại đúng tệp ấy để làm tiếp."
