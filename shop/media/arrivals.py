"""Files as they arrive with a form of any room: checked, stored, then one transaction.

No client key here: the same file sent twice is one by its content, and a form that the browser
kept may well bring others the second time.
"""

from collections import defaultdict

from flask import flash, request
from flask_babel import gettext as _

from shop import pages, uploads
from shop.accounts.access import Actor
from shop.database import transaction
from shop.media import documents
from shop.media import photos as verbs
from shop.media.errors import NothingSent, TooManyPhotos
from shop.uploads import BadFile

AT_ONCE = 10
# For `pages.takes_files`; a mebibyte for the rest of the form.
PHOTOS_BYTES = AT_ONCE * uploads.IMAGE_BYTES + uploads.MEBIBYTE
DOCUMENT_BYTES = uploads.DOCUMENT_BYTES + uploads.MEBIBYTE

_SHOWN = 30  # characters of a file's name; what is said fits into the session's cookie


def photos(actor: Actor, seller_id: int | None, holder: str) -> None:
    """Take in every file of the field `photos`, and say what became of each.

    Commits. One that is refused does not keep the others out.
    """
    refused: dict[str, list[str]] = defaultdict(list)
    taken = _take(refused)
    kept = 0
    with transaction():
        for name, each in taken:
            try:
                verbs.accept(actor, seller_id, holder, each)
                kept += 1
            except TooManyPhotos as error:
                refused[error.message].append(name)
    _tell(kept, refused)


def _take(refused: dict[str, list[str]]) -> list[tuple[str, verbs.Taken]]:
    taken = []
    for file in request.files.getlist("photos"):
        if not file.filename:
            continue  # a browser's way of saying that nothing was chosen
        name = file.filename[-_SHOWN:]
        try:
            taken.append((name, verbs.take(file.stream)))
        except BadFile as error:
            refused[error.message].append(name)
    return taken


def _tell(kept: int, refused: dict[str, list[str]]) -> None:
    if kept:
        flash(_("Đã nhận %(count)s ảnh. Ảnh đang được thu nhỏ để đăng.", count=kept), "good")
    for why, names in refused.items():
        flash(f"{', '.join(names)}: {why}", "bad")
    if not kept and not refused:
        flash(NothingSent().message, "bad")


def pictures(form: pages.Form, name: str = "photos") -> list[verbs.Taken]:
    """The photos in the field `name`, in the store; what is wrong with one, `form` says."""
    taken = []
    for file in request.files.getlist(name)[:AT_ONCE]:
        if not file.filename:
            continue
        try:
            taken.append(verbs.take(file.stream))
        except BadFile as error:
            said = f"{file.filename[-_SHOWN:]}: {error.message}"
            form.errors.setdefault(name, []).append(said)
    return taken


def sent(name: str = "file") -> bool:
    """Whether a file came in the field `name`."""
    file = request.files.get(name)
    return bool(file and file.filename)


def document(form: pages.Form, name: str = "file") -> documents.Taken | None:
    """The paper in the field `name`, in the store; None when it is refused, and `form` says why."""
    file = request.files.get(name)
    try:
        if file is None or not file.filename:
            raise NothingSent
        return documents.take(file.stream)
    except (NothingSent, BadFile) as error:
        form.errors[name] = [error.message]
        return None
