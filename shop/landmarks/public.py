"""What a visitor sees of landmarks: the list, one page each, its short link and its code."""

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, places
from shop.landmarks import nearby
from shop.landmarks import sights as verbs
from shop.landmarks.models import Kind, Landmark
from shop.landmarks.schemas import KIND_NAMES
from shop.media import photos
from shop.sellers import points
from shop.storefront import areas, caching, discovery, listing
from shop.storefront.discovery import Crumb, Spot

bp = Blueprint("sights", __name__)
bp.after_request(caching.keep)

# What schema.org calls each kind.
SCHEMA_TYPES = {
    Kind.RELIC: "LandmarksOrHistoricalBuildings",
    Kind.CRAFT_VILLAGE: "TouristAttraction",
    Kind.GROWING_AREA: "TouristAttraction",
}


@bp.get("/diem-den")
@pages.public
def sights() -> ResponseReturnValue:
    """Every landmark that is shown."""
    title = _("Điểm đến: di tích, làng nghề, vùng trồng")
    words = _("Đến xem tận nơi, và mua sản phẩm của người làm ra ở gần đó.")
    crumbs = [_start(), (_("Điểm đến"), "")]
    page = pages.paged(verbs.public())
    return pages.page(
        "sights/sights.html",
        about=discovery.page(title, words, crumbs, url_for(".sights", _external=True)),
        crumbs=crumbs,
        page=page,
        covers=photos.covers(f"landmark:{row.ref}" for row in page.items),
        rows=[(row, verbs.path(row), ", ".join(verbs.where(row))) for row in page.items],
        kind_names=KIND_NAMES,
    )


def _start() -> Crumb:
    return _("Trang chủ"), url_for("storefront.home")


@bp.get("/diem-den/<ref>")
@bp.get("/diem-den/<ref>/<slug>")
@pages.public
def sight(ref: str, slug: str = "") -> ResponseReturnValue:
    """One landmark: what it is, where, its video, and what is sold near."""
    row = verbs.shown(ref)
    if slug != verbs.slug(row):
        return redirect(verbs.path(row), 301)
    shown = photos.shown(f"landmark:{ref}")
    crumbs = [_start(), (_("Điểm đến"), url_for(".sights")), (row.name, "")]
    near = nearby.sellers(row)
    products = nearby.products(near)
    return pages.page(
        "sights/sight.html",
        about=discovery.spot(_spot(row), shown, crumbs),
        crumbs=crumbs,
        landmark=row,
        kind=KIND_NAMES[Kind(row.kind)],
        place=", ".join(filter(None, verbs.where(row))),
        area_url=_area_url(row),
        photos=shown,
        near=[(each, discovery.stall_url(each.seller, external=False)) for each in near],
        products=products,
        covers=listing.covers(products),
        stars=listing.stars(products),
        link=verbs.link(row),
        map_url=_map_url(row),
    )


def _spot(row: Landmark) -> Spot:
    commune, province = verbs.where(row)
    return Spot(
        kind=SCHEMA_TYPES[Kind(row.kind)],
        name=row.name,
        words=row.words or f"{row.name}, {commune}, {province}",
        url=url_for(".sight", ref=row.ref, slug=verbs.slug(row), _external=True),
        commune=commune,
        province=province,
        latitude=row.latitude,
        longitude=row.longitude,
        video_url=row.video_url,
    )


def _area_url(row: Landmark) -> str:
    commune = places.commune(row.commune_code)
    area = areas.of_code(commune.province_code, commune.code) if commune else None
    return discovery.area_path(area) if area else ""


def _map_url(row: Landmark) -> str:
    if row.latitude is None or row.longitude is None:
        return ""
    return points.map_url(row.latitude, row.longitude)


@bp.get("/d/<ref>")
@pages.public
def short(ref: str) -> ResponseReturnValue:
    """The short link on signs and leaflets: to the page."""
    return redirect(verbs.path(verbs.shown(ref)), 302)


@bp.get("/d/<ref>/ma.svg")
@pages.public
def code(ref: str) -> ResponseReturnValue:
    """The QR code of the short link."""
    return Response(verbs.svg(verbs.shown(ref)), mimetype="image/svg+xml")
