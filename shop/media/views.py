"""Photos and documents: what is done to them in the back office, and how they are served."""

import re
from pathlib import PurePosixPath

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, text, wiring
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import NotFound
from shop.media import documents, photos
from shop.media.errors import PaperKept
from shop.media.models import Document, Photo
from shop.media.schemas import AltSchema, MoveSchema

bp = Blueprint("media", __name__)
bp.add_app_template_global(photos.url, "photo_url")
bp.add_app_template_global(photos.srcset, "photo_srcset")
bp.add_app_template_global(photos.widths, "photo_widths")
bp.add_app_template_global(photos.may_retry, "photo_may_retry")

# Only what `photos.derived_key` names: no original and no document is reached this way.
DERIVED = re.compile(r"[0-9a-f]{16}-[0-9A-Z]{9}-\d{2,4}")
# Whose papers tell of money; the rest is for everybody of the seller.
OF_MONEY = {"voucher"}
# They prove what somebody agreed to, also to who would rather not have them.
PROOFS = {"delegation"}
FOR_EVER = "public, max-age=31536000, immutable"


@bp.get("/anh/<name>.webp")
@pages.public
def derivative(name: str) -> ResponseReturnValue:
    """A photo as anybody may see it. Another content has another name, so it is kept for ever."""
    if not DERIVED.fullmatch(name):
        raise NotFound
    if name in request.if_none_match:
        response = Response(status=304)
    else:
        data = current_app.extensions["storage"].read(f"photos/{name}.webp")
        response = Response(data, mimetype="image/webp")
    response.set_etag(name)
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["X-Robots-Tag"] = "all"
    return response


@bp.get("/ban-hang/anh/<ref>/trang-thai")
@access.signed_in
def photo_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of the page that changes while a worker makes a photo ready."""
    photo = _photo(actor, ref, Permission.CATALOGUE_READ)
    needed = Permission.CATALOGUE_WRITE if photo.seller_id else Permission.REVIEW
    may_write = actor.may(needed, photo.seller_id)
    return pages.page("media/photo_state.html", photo=photo, may_write=may_write)


def _photo(actor: Actor, ref: str, needed: Permission, *, lock: bool = False) -> Photo:
    """The photo, if its seller let the actor, or if it is the platform's and he looks after that.

    Raises NotFound.
    """
    try:
        return access.get(actor, Photo, ref, needed, lock=lock)
    except NotFound:
        photo = access.get(actor, Photo, ref, Permission.REVIEW, lock=lock)
        if photo.seller_id is not None:
            raise
        return photo


@bp.post("/ban-hang/anh/<ref>/loi")
@access.signed_in
def photo_describe(actor: Actor, ref: str) -> ResponseReturnValue:
    """Say what a photo shows."""
    holder = _photo(actor, ref, Permission.CATALOGUE_WRITE).holder
    form = pages.form(AltSchema())
    if form.errors:
        endpoint, values = _page_of(holder)
        return pages.refused(endpoint, form, **values)
    with transaction():
        photo = _photo(actor, ref, Permission.CATALOGUE_WRITE, lock=True)
        photos.describe(actor, photo, form.data["alt"])
    return _back(holder, _("Đã lưu lời tả ảnh."))


@bp.post("/ban-hang/anh/<ref>/chuyen")
@access.signed_in
def photo_move(actor: Actor, ref: str) -> ResponseReturnValue:
    """One place towards the front or the back."""
    holder = _photo(actor, ref, Permission.CATALOGUE_WRITE).holder
    form = pages.form(MoveSchema())
    if form.errors:
        endpoint, values = _page_of(holder)
        return pages.refused(endpoint, form, **values)
    with transaction():
        photos.move(actor, _photo(actor, ref, Permission.CATALOGUE_WRITE), form.data["to"])
    return _back(holder, _("Đã đổi thứ tự ảnh."))


@bp.post("/ban-hang/anh/<ref>/xoa")
@access.signed_in
def photo_remove(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take a photo away."""
    with transaction():
        photo = _photo(actor, ref, Permission.CATALOGUE_WRITE)
        holder = photo.holder
        photos.remove(actor, photo)
    return _back(holder, _("Đã xóa ảnh."))


@bp.post("/ban-hang/anh/<ref>/thu-lai")
@access.signed_in
def photo_retry(actor: Actor, ref: str) -> ResponseReturnValue:
    """Making it ready failed; try again."""
    with transaction():
        photo = _photo(actor, ref, Permission.CATALOGUE_WRITE, lock=True)
        holder = photo.holder
        photos.retry(actor, photo)
    return _back(holder, _("Đã nhận. Ảnh đang được thu nhỏ lại."))


@bp.get("/ban-hang/anh/<ref>/goc")
@access.signed_in
def original(actor: Actor, ref: str) -> ResponseReturnValue:
    """A photo as it was sent, for its seller's people alone."""
    photo = _photo(actor, ref, Permission.CATALOGUE_READ)
    return _private(photo.original_key, photo.content_type, photo.alt or "anh")


@bp.get("/ban-hang/giay-to/<ref>")
@access.signed_in
def document(actor: Actor, ref: str) -> ResponseReturnValue:
    """A paper, for those who may read its seller's row."""
    paper = access.get(actor, Document, ref, Permission.SELLER_READ)
    kind = paper.holder.partition(":")[0]
    if kind in OF_MONEY and not actor.may(Permission.MONEY_READ, paper.seller_id):
        raise NotFound(ref=ref)
    if paper.removed_at is not None:
        raise NotFound(ref=ref)
    return _private(paper.file_key, paper.content_type, paper.title)


@bp.post("/ban-hang/giay-to/<ref>/xoa")
@access.signed_in
def document_remove(actor: Actor, ref: str) -> ResponseReturnValue:
    """Show a paper no more."""
    with transaction():
        paper = access.get(actor, Document, ref, Permission.CATALOGUE_WRITE, lock=True)
        holder = paper.holder
        if holder.partition(":")[0] in PROOFS:
            raise PaperKept
        if current_app.extensions["checks"]["media.decided_by"](paper):
            raise PaperKept
        documents.remove(actor, paper)
    return _back(holder, _("Đã bỏ giấy tờ."), "giay-to")


def _private(key: str, content_type: str, title: str) -> Response:
    # Passed on by us: the file server may stand where no browser reaches it.
    storage = current_app.extensions["storage"]
    name = (text.slug(title)[:80] or "tep") + PurePosixPath(key).suffix
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(storage.size(key)),
        "Cache-Control": "private, no-cache",
    }
    return Response(storage.stream(key), mimetype=content_type, headers=headers)


def _back(holder: str, message: str, part: str = "anh") -> ResponseReturnValue:
    endpoint, values = _page_of(holder, part)
    return pages.saved(endpoint, message, **values)


def _page_of(holder: str, part: str = "anh") -> tuple[str, dict[str, str]]:
    kind, _colon, ref = holder.partition(":")
    return wiring.HOLDERS[kind], {"ref": ref, "_anchor": part}
