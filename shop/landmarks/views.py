"""Reviewers' pages: landmarks and their photos."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, places
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.landmarks import sights, signs
from shop.landmarks.models import Kind
from shop.landmarks.schemas import KIND_NAMES, LandmarkSchema
from shop.media import arrivals, photos

bp = Blueprint("landmarks", __name__, url_prefix="/quan-tri/diem-den")


@bp.get("")
@access.signed_in
def landmarks(actor: Actor) -> ResponseReturnValue:
    """Every landmark, shown or not."""
    access.expect(actor, Permission.REVIEW)
    page = pages.paged(sights.every())
    return pages.page(
        "landmarks/landmarks.html",
        page=page,
        kind_names=KIND_NAMES,
        communes={row.ref: ", ".join(sights.where(row)) for row in page.items},
    )


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def landmark_new(actor: Actor) -> ResponseReturnValue:
    """A new landmark: first the province, then what it is."""
    access.expect(actor, Permission.REVIEW)
    form = pages.form(LandmarkSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            ref = sights.make(actor, form.data).ref
            pages.claim(form, ".landmark", ref=ref)
        if not form.errors:
            return pages.saved(".landmark", _("Đã thêm điểm đến. Giờ gửi ảnh."), ref=ref)
    code = form.values.get("commune_code", "")
    return pages.page(
        "landmarks/landmark_new.html", form=form, **_choices(code, request.args.get("tinh", ""))
    )


def _choices(commune_code: str, province: str = "") -> dict[str, Any]:
    chosen = places.commune(commune_code)
    inside = chosen.province_code if chosen else province
    return {
        "kinds": [(str(kind), KIND_NAMES[kind]) for kind in Kind],
        "province": inside,
        "provinces": [("", _("— chọn tỉnh —")), *((p.code, p.label) for p in places.provinces())],
        "communes": [(row.code, row.label) for row in places.communes(inside)],
    }


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def landmark(actor: Actor, ref: str) -> ResponseReturnValue:
    """One landmark: its text, place, video, photos, link and code."""
    access.expect(actor, Permission.REVIEW)
    row = sights.get(ref)
    form = pages.form(LandmarkSchema(), sights.values(row))
    if form.data:
        with form.guard(), transaction():
            sights.change(actor, sights.get(ref, lock=True), form.data)
        if not form.errors:
            return pages.saved(".landmark", ref=ref)
    return pages.page(
        "landmarks/landmark.html",
        form=form,
        landmark=row,
        photos=photos.of(f"landmark:{ref}"),
        link=sights.link(row),
        svg=sights.svg(row),
        public_url=sights.path(row) if row.shown else "",
        **_choices(form.values.get("commune_code", "")),
    )


@bp.post("/<ref>/anh")
@access.signed_in
@pages.takes_files(arrivals.PHOTOS_BYTES)
def landmark_photos(actor: Actor, ref: str) -> ResponseReturnValue:
    """Photos of the place; nobody's in particular."""
    access.expect(actor, Permission.REVIEW)
    row = sights.get(ref)
    arrivals.photos(actor, None, f"landmark:{row.ref}")
    return redirect(url_for(".landmark", ref=ref, _anchor="anh"), 303)


@bp.get("/<ref>/ma.svg")
@access.signed_in
def landmark_code(actor: Actor, ref: str) -> ResponseReturnValue:
    """The QR code to print at any size."""
    access.expect(actor, Permission.REVIEW)
    headers = {"Content-Disposition": f'attachment; filename="diem-den-{ref}.svg"'}
    return Response(sights.svg(sights.get(ref)), mimetype="image/svg+xml", headers=headers)


@bp.get("/<ref>/bang-treo.pdf")
@access.signed_in
def landmark_sign(actor: Actor, ref: str) -> ResponseReturnValue:
    """The sign to print and hang at the place."""
    access.expect(actor, Permission.REVIEW)
    headers = {"Content-Disposition": f'attachment; filename="diem-den-{ref}.pdf"'}
    return Response(signs.sign(sights.get(ref)), mimetype="application/pdf", headers=headers)
