"""Background work of traceability: printing."""

from tempfile import TemporaryFile

from flask import current_app

from shop import clock
from shop.database import db, transaction
from shop.jobs import job
from traceability import sheets, stamps
from traceability.sheets import LAYOUTS, LabelTooSmall
from traceability.stamp_models import BatchState, StampBatch


def give_up(batch_id: int) -> None:
    """Say so on the batch's page; its people can ask again."""
    _end(batch_id, BatchState.FAILED, None)


@job("documents", tries=20, timeout_seconds=900, given_up=give_up)
def print_batch(batch_id: int) -> None:
    """Make the stamps of a batch and their PDF.

    A run that was killed is taken up where it stopped; the same batch gives the same codes, and
    its file the same name.
    """
    with transaction():
        batch = db.session.get(StampBatch, batch_id, with_for_update=True)
        if batch is None or batch.state != BatchState.WAITING:
            return
        labels = stamps.labels(batch, stamps.fill(batch))
        key, layout = f"stamps/{batch.ref}.pdf", LAYOUTS[batch.layout]
    try:
        _store(labels, layout, key)
    except LabelTooSmall:  # our address grew since the batch was asked for; trying again is vain
        _end(batch_id, BatchState.FAILED, None)
    else:
        _end(batch_id, BatchState.READY, key)


def _store(labels: list[sheets.Stamp], layout: sheets.Layout, key: str) -> None:
    with TemporaryFile() as file:
        sheets.write_pdf(labels, layout, file)
        file.seek(0)
        current_app.extensions["storage"].put(key, file, "application/pdf")


def _end(batch_id: int, state: BatchState, key: str | None) -> None:
    with transaction():
        batch = db.session.get_one(StampBatch, batch_id, with_for_update=True)
        if batch.state != BatchState.READY:
            batch.state, batch.file_key, batch.ready_at = state, key, clock.now()
