"""Background work of photos: deriving what is public, deleting what was taken away."""

from flask import current_app

from shop import uploads
from shop.database import db, transaction
from shop.jobs import job
from shop.media import photos
from shop.media.models import Photo, PhotoState
from shop.storage import NotStored
from shop.uploads import BadFile


def give_up(photo_id: int) -> None:
    """Say so beside the photo; its people can ask again."""
    with transaction():
        photo = db.session.get(Photo, photo_id, with_for_update=True)
        if photo is not None and photo.state == PhotoState.WAITING:
            photo.state = PhotoState.FAILED


@job("documents", given_up=give_up)
def derive(photo_id: int) -> None:
    """Make the public files of a photo, one width after the other, from narrow to wide.

    A run that was killed is taken up where it stopped.
    """
    with transaction():
        photo = db.session.get(Photo, photo_id)
        if photo is None or photo.state != PhotoState.WAITING:
            return
        original_key, wanted = photo.original_key, _wanted(photo)
    try:
        original = current_app.extensions["storage"].read(original_key)
        for width, key in wanted.items():
            _store(photo_id, width, key, uploads.derive(original, width))
    except (BadFile, NotStored):  # trying again is vain
        give_up(photo_id)


def _wanted(photo: Photo) -> dict[int, str]:
    missing = [width for width in photos.widths(photo) if str(width) not in photo.derived]
    return {width: photos.derived_key(photo, width) for width in missing}


def _store(photo_id: int, width: int, key: str, data: bytes) -> None:
    storage = current_app.extensions["storage"]
    storage.put(key, data, "image/webp")
    with transaction():
        photo = db.session.get(Photo, photo_id, with_for_update=True)
        if photo is not None:
            photos.add_derived(photo, width, key)
    if photo is None:  # taken away meanwhile: nothing of it may stay public
        storage.delete(key)


@job("documents")
def discard(keys: list[str]) -> None:
    """Delete files that nothing speaks of any more."""
    for key in keys:
        current_app.extensions["storage"].delete(key)
