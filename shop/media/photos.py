"""Photos: taking them in, their order and words, and the addresses at which they are shown.

`holder` names what they hang on; who calls has made sure that it is the seller's.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import IO, Any

from flask import current_app, url_for
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from shop import clock, outbox, references, uploads
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.media.errors import TooManyPhotos
from shop.media.models import Photo, PhotoState

WIDTHS = (160, 480, 960, 1600)  # pixels: a row of a list, a phone, a sharp phone, a desk
MOST = 20  # photos of one holder
STUCK_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Taken:
    """A photo in the store that no row speaks of yet; `ref` is its row's to be."""

    ref: str
    key: str
    content_type: str
    sha256: str
    bytes: int
    width: int
    height: int


def take(stream: IO[bytes]) -> Taken:
    """Check a photo and put it into the store; slow, so before the transaction.

    A file that no row comes to speak of does no harm. Raises BadFile, StorageDown.
    """
    image, ref = uploads.check_image(stream), references.new()
    key = f"originals/{ref}.{image.extension}"
    current_app.extensions["storage"].put(key, image.data, image.content_type)
    facts = {"bytes": len(image.data), "width": image.width, "height": image.height}
    return Taken(ref, key, image.content_type, image.sha256, **facts)


def accept(
    actor: Actor, seller_id: int | None, holder: str, taken: Taken, *, alt: str = ""
) -> Photo:
    """The photo as the last one of `holder`; a worker makes it ready.

    `seller_id` None: of the platform. The same photo sent again is the one that is there.
    Raises TooManyPhotos.
    """
    there = _lock(holder)
    same = next((photo for photo in there if photo.sha256 == taken.sha256), None)
    if same or len(there) >= MOST:
        discard([taken.key])
    if same:
        return same
    if len(there) >= MOST:
        raise TooManyPhotos(MOST)
    photo = _row(taken)
    photo.seller_id, photo.holder, photo.alt, photo.position = seller_id, holder, alt, len(there)
    db.session.add(photo)
    db.session.flush()
    audit.write(
        actor, "photo.accept", seller_id, _named(photo), photo.ref, {"holder": [None, holder]}
    )
    _derive(photo)
    _changed(holder)
    return photo


def _changed(holder: str) -> None:
    outbox.record("photos_changed", holder=holder)


def _lock(holder: str) -> list[Photo]:
    # Not the rows: the first two photos of a holder have none to wait for.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(holder, 0))))
    return of(holder)


def _row(taken: Taken) -> Photo:
    photo = Photo(ref=taken.ref, original_key=taken.key, sha256=taken.sha256, derived={})
    photo.content_type, photo.bytes = taken.content_type, taken.bytes
    photo.width, photo.height = taken.width, taken.height
    photo.state = PhotoState.WAITING
    return photo


def _named(photo: Photo) -> str:
    return photo.alt or photo.ref


def _derive(photo: Photo) -> None:
    outbox.add("shop.media.jobs.derive", {"photo_id": photo.id})


def discard(keys: list[str]) -> None:
    """Delete files of the store after the commit."""
    outbox.add("shop.media.jobs.discard", {"keys": keys})


def describe(actor: Actor, photo: Photo, alt: str) -> None:
    """Say what it shows."""
    if photo.alt != alt:
        photo.alt = alt
        audit.note(actor, "photo.describe", photo, _named(photo))
        _changed(photo.holder)


def move(actor: Actor, photo: Photo, to: str) -> None:
    """One place towards the front (`to` "up") or the back ("down"); at the end it stays."""
    there = _lock(photo.holder)
    if photo not in there:
        return  # taken away a moment ago
    at = there.index(photo)
    then = max(0, at - 1) if to == "up" else min(len(there) - 1, at + 1)
    there.insert(then, there.pop(at))
    for position, each in enumerate(there):
        each.position = position
    if at != then:
        audit.note(actor, "photo.move", photo, _named(photo))
        _changed(photo.holder)


def remove(actor: Actor, photo: Photo) -> None:
    """Take it away, with its original and everything derived from it; twice is once."""
    if photo not in _lock(photo.holder):
        return
    db.session.refresh(photo, with_for_update=True)  # a worker may just have added a file
    gone = {"holder": [photo.holder, None]}
    audit.write(actor, "photo.remove", photo.seller_id, _named(photo), photo.ref, gone)
    discard([photo.original_key, *photo.derived.values()])
    db.session.delete(photo)
    _changed(photo.holder)


def retry(actor: Actor, photo: Photo) -> None:
    """Ask a worker once more; a photo that is ready, or still waits its turn, stays as it is."""
    if may_retry(photo):
        photo.state = PhotoState.WAITING
        audit.note(actor, "photo.retry", photo, _named(photo))
        _derive(photo)


def may_retry(photo: Photo) -> bool:
    """Whether making it ready failed, or takes so long that its worker must have died."""
    late = photo.created_at < clock.now() - STUCK_AFTER
    return photo.state == PhotoState.FAILED or (photo.state == PhotoState.WAITING and late)


def widths(photo: Photo) -> list[int]:
    """The widths it is derived in, in pixels: never wider than it was sent."""
    return sorted({min(width, photo.width) for width in WIDTHS})


def add_derived(photo: Photo, width: int, key: str) -> None:
    """Note a file derived from it; with the last one it is ready."""
    photo.derived = photo.derived | {str(width): key}
    if all(str(width) in photo.derived for width in widths(photo)):
        photo.state = PhotoState.READY


def derived_key(photo: Photo, width: int) -> str:
    """Where the public file of this width lies. Its name changes with the photo's content."""
    return f"photos/{photo.sha256[:16]}-{photo.ref}-{width}.webp"


def of(holder: str) -> list[Photo]:
    """The photos of `holder` in their order, whatever their state."""
    return of_many([holder])[holder]


def of_many(holders: Iterable[str]) -> dict[str, list[Photo]]:
    """The photos of each of many holders, in one query."""
    query = select(Photo).where(Photo.holder.in_(holders)).order_by(Photo.position, Photo.id)
    found: dict[str, list[Photo]] = defaultdict(list)
    for photo in db.session.scalars(query):
        found[photo.holder].append(photo)
    return found


def shown(holder: str) -> list[Photo]:
    """The photos of `holder` that are ready, in their order."""
    return shown_many([holder]).get(holder, [])


def shown_many(holders: Iterable[str]) -> dict[str, list[Photo]]:
    """The photos of each of many holders that are ready, in one query."""
    found = of_many(holders)
    return {
        holder: [photo for photo in row if photo.state == PhotoState.READY]
        for holder, row in found.items()
    }


def covers(holders: Iterable[str]) -> dict[str, Photo]:
    """The first ready photo of each of many holders that has one, in one query."""
    query = select(Photo).where(Photo.holder.in_(holders), Photo.state == PhotoState.READY)
    query = query.ext(distinct_on(Photo.holder)).order_by(Photo.holder, Photo.position, Photo.id)
    return {photo.holder: photo for photo in db.session.scalars(query)}


def url(photo: Photo, width: int, **more: Any) -> str:
    """Address of the smallest derived file at least `width` wide, or of the widest.

    `more` goes to `url_for` (`_external=True`). The photo is ready.
    """
    there = sorted(map(int, photo.derived))
    fitting = next((each for each in there if each >= width), there[-1])
    return _address(photo.derived[str(fitting)], **more)


def srcset(photo: Photo) -> str:
    """Every derived file with its width, for a browser to choose from."""
    there = sorted(photo.derived.items(), key=lambda item: int(item[0]))
    return ", ".join(f"{_address(key)} {width}w" for width, key in there)


def _address(key: str, **more: Any) -> str:
    return url_for("media.derivative", name=PurePosixPath(key).stem, **more)
