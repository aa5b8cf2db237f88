"""Background work of traceability: printing."""

from collections.abc import Iterator
from tempfile import TemporaryFile

from flask import current_app
from sqlalchemy import select, update

from shop import clock
from shop.database import db, transaction
from shop.jobs import job
from traceability import printing, sheets
from traceability.errors import CannotPrint
from traceability.printing import Work
from traceability.sheets import LabelTooSmall, WordsTooLarge
from traceability.stamp_models import BatchState, Stamp, StampBatch

PIECE = 2_000  # stamps between two notes of how far it is


def give_up(batch_id: int) -> None:
    """Say so on the batch's page; its people can ask again."""
    _end(batch_id, BatchState.FAILED, None)


@job("documents", tries=20, timeout_seconds=900, given_up=give_up)
def print_batch(batch_id: int) -> None:
    """Make the stamps of a batch and their file.

    A run that was killed is taken up where it stopped: stamps that are there stay, and the file is
    drawn from its beginning, for it is the quick part. The same batch gives the same codes and
    the same file under the same name.
    """
    while not _fill(batch_id):
        pass
    try:
        work = _work(batch_id)
        if work is not None:
            _store(work)
            _end(batch_id, BatchState.READY, work.file_key)
    except (CannotPrint, LabelTooSmall, WordsTooLarge):
        # Our address, the name or the layout grew since it was asked for; trying again is vain.
        _end(batch_id, BatchState.FAILED, None)


def _fill(batch_id: int) -> bool:
    with transaction():
        batch = _waiting(batch_id)
        return batch is None or printing.fill(batch, PIECE)


def _work(batch_id: int) -> Work | None:
    with transaction():
        batch = _waiting(batch_id)
        return printing.work(batch) if batch is not None else None


def _waiting(batch_id: int) -> StampBatch | None:
    batch = db.session.get(StampBatch, batch_id, with_for_update=True)
    return batch if batch is not None and batch.state == BatchState.WAITING else None


def _store(work: Work) -> None:
    with TemporaryFile() as file:
        printing.write(work, _noted(work), file)
        file.seek(0)
        content_type = printing.FILES[work.format][1]
        current_app.extensions["storage"].put(work.file_key, file, content_type)


def _noted(work: Work) -> Iterator[tuple[int, sheets.Stamp]]:
    """The stamps of a batch; how many were taken is noted now and then."""
    for count, numbered in enumerate(printing.stamps(work, _codes(work.batch_id)), 1):
        yield numbered
        if count % PIECE == 0:
            with transaction():
                made = update(StampBatch).where(StampBatch.id == work.batch_id)
                db.session.execute(made.values(made=count))


def _codes(batch_id: int) -> Iterator[tuple[int, str]]:
    """Numbers and codes in order, piece by piece: nothing is open while they are drawn."""
    last = 0
    query = select(Stamp.number, Stamp.code).where(Stamp.batch_id == batch_id)
    query = query.order_by(Stamp.number).limit(PIECE)
    while True:
        with transaction():
            rows = [
                (row[0], row[1]) for row in db.session.execute(query.where(Stamp.number > last))
            ]
        if not rows:
            return
        yield from rows
        last = rows[-1][0]


def _end(batch_id: int, state: BatchState, key: str | None) -> None:
    with transaction():
        batch = db.session.get_one(StampBatch, batch_id, with_for_update=True)
        if batch.state != BatchState.WAITING:
            return
        batch.state, batch.file_key, batch.ready_at = state, key, clock.now()
        if state == BatchState.READY:
            batch.made = batch.count
