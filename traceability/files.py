"""The file of a batch on its way to who prints it."""

from dataclasses import dataclass

from flask import Response, current_app

from shop.accounts.access import Actor
from shop.errors import NotFound
from traceability import batches, printing
from traceability.stamp_models import BatchState, StampBatch


@dataclass(frozen=True)
class Taken:
    """Where a file lies in storage, and as what it is sent."""

    key: str
    name: str
    content_type: str


def take(actor: Actor, batch: StampBatch) -> Taken:
    """The actor takes the file; who did, and the how manieth time, is kept. The batch is locked.

    Raises NotFound while there is none.
    """
    if batch.state != BatchState.READY or batch.file_key is None:
        raise NotFound(ref=batch.ref)
    batches.note_download(actor, batch)
    extension, content_type = printing.FILES[batch.format]
    return Taken(batch.file_key, f"tem-{batch.ref}.{extension}", content_type)


def answer(taken: Taken) -> Response:
    """The file, passed on by us: the file server may stand where no browser reaches it."""
    storage = current_app.extensions["storage"]
    headers = {
        "Content-Disposition": f'attachment; filename="{taken.name}"',
        "Content-Length": str(storage.size(taken.key)),
        "Cache-Control": "private, no-store",
    }
    return Response(storage.stream(taken.key), mimetype=taken.content_type, headers=headers)
