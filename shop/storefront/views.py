"""What a visitor sees: the home page, lists, stalls and product pages."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import pages
from shop.catalogue import products, search
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.errors import NotFound
from shop.inventory import stock
from shop.media import photos
from shop.orders import checkout
from shop.sellers import stalls
from shop.sellers.models import Seller
from shop.storefront import (
    ahead,
    areas,
    caching,
    certified,
    discovery,
    facets,
    groups,
    listing,
    prices,
    sitemaps,
)
from shop.storefront.areas import Area

bp = Blueprint("storefront", __name__)
bp.after_request(caching.keep)

LANGUAGES = ("vi", "en")
YEAR_SECONDS = 365 * 24 * 3600
SHELF = 8  # products of one row on the home page


@bp.get("/")
@pages.public
def home() -> ResponseReturnValue:
    """Where to begin: search, groups, areas, what is new and what is in season."""
    if "q" in request.args:
        return redirect(url_for(".find", q=request.args["q"][: listing.LONGEST_WORDS]))
    newest = search.load(search.find(search.Wanted(sort="newest")).limit(SHELF))
    season = _season()
    both = [*newest, *season]
    there = facets.sets()
    title = _("Sản phẩm OCOP bán thẳng từ người làm ra")
    lead = _(
        "Hợp tác xã, làng nghề, hộ sản xuất: biết rõ ai làm, ở đâu. "
        "Tiền về thẳng tài khoản người bán."
    )
    return pages.page(
        "storefront/home.html",
        about=discovery.home(title, lead),
        newest=newest,
        season=season,
        covers=listing.covers(both),
        stars=listing.stars(both),
        industries=[group for group in groups.industries() if there & set(group.codes)],
        areas=_linked(facets.provinces()),
    )


def _season() -> list[Product]:
    """What has its season now, not what there is all the year."""
    there = Product.on_sale & Product.id.in_(facets.in_season(SHELF))
    return search.load(select(Product).where(there).order_by(Product.sort_key, Product.id))


def _linked(found: list[Area]) -> list[tuple[str, str]]:
    return [(area.name, discovery.area_path(area)) for area in found]


@bp.get("/tim")
@pages.public
def find() -> ResponseReturnValue:
    """Search and the whole list, with filters."""
    wanted, values = listing.asked()
    title = _("Tìm “%(words)s”", words=wanted.words) if wanted.words else _("Tất cả sản phẩm")
    url = url_for(".find", _external=True)
    crumbs = [_start(), (title, "")]
    answer = pages.page(
        "storefront/find.html",
        about=discovery.page(title, title, crumbs, url),
        crumbs=crumbs,
        listing=listing.of(wanted, values),
        choices=listing.choices(),
        industries=groups.industries(),
    )
    if request.args:
        answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _start() -> discovery.Crumb:
    return _("Trang chủ"), url_for(".home")


@bp.get("/vung/<province>")
@bp.get("/vung/<province>/<commune>")
@pages.public
def area(province: str, commune: str = "") -> ResponseReturnValue:
    """What a province, or one commune of it, sells."""
    above = areas.provinces().get(province)
    here = areas.communes(above).get(commune) if above and commune else above
    if here is None:
        raise NotFound(area=province)
    full = f"{here.name}, {above.name}" if above and commune else here.name
    title = _("Đặc sản OCOP %(area)s", area=full)
    crumbs = [_start(), *([(above.name, discovery.area_path(above))] if commune and above else [])]
    crumbs.append((here.name, ""))
    words = _("Sản phẩm của hợp tác xã, làng nghề, hộ sản xuất ở %(area)s.", area=full)
    url = request.url_root.rstrip("/") + discovery.area_path(here)
    return pages.page(
        "storefront/area.html",
        about=discovery.page(title, words, crumbs, url),
        crumbs=crumbs,
        listing=listing.fixed(province=here.province_code, commune=here.commune_code),
        inside=[] if commune else _linked(areas.on_sale(here)),
        fixed={"vung": above.slug if above else "", "xa": commune},
        area=here,
    )


@bp.get("/nhom/<slug>")
@pages.public
def group(slug: str) -> ResponseReturnValue:
    """What is sold of one OCOP group."""
    here = groups.everything().get(slug)
    if here is None:
        raise NotFound(group=slug)
    crumbs = [_start(), *map(_crumb_of_group, here.above), (here.name, "")]
    words = _("Sản phẩm OCOP thuộc nhóm %(group)s, bán thẳng từ người làm ra.", group=here.name)
    there = facets.sets()
    inside = [
        (part.name, url_for(".group", slug=part.slug))
        for part in here.parts
        if there & set(part.codes)
    ]
    return pages.page(
        "storefront/group.html",
        about=discovery.page(
            here.name, words, crumbs, url_for(".group", slug=slug, _external=True)
        ),
        crumbs=crumbs,
        listing=listing.fixed(sets=here.codes),
        inside=inside,
        fixed={"nhom": slug},
    )


@bp.get("/gian-hang/<ref>")
@bp.get("/gian-hang/<ref>/<slug>")
@pages.public
def stall(ref: str, slug: str = "") -> ResponseReturnValue:
    """A seller's stall: its goods, and who it is, as Law 122/2025/QH15 on e-commerce asks."""
    seller = _seller(ref)
    if slug != discovery.seller_slug(seller):
        return redirect(discovery.stall_url(seller, external=False), 301)
    pictures = photos.shown_many([f"seller:{ref}", f"logo:{ref}"])
    shown, logo = pictures.get(f"seller:{ref}", []), pictures.get(f"logo:{ref}", [])[-1:]
    crumbs = [_start(), *_crumb_of(areas.of_code(seller.province_code)), (seller.name, "")]
    return pages.page(
        "storefront/stall.html",
        about=discovery.stall(seller, [*shown, *logo], crumbs),
        crumbs=crumbs,
        seller=seller,
        photos=shown,
        logo=logo[0] if logo else None,
        kind=_kind(seller),
        link=stalls.link(seller),
        map_url=stalls.map_url(seller),
        listing=listing.fixed(seller_id=seller.id),
    )


def _seller(ref: str) -> Seller:
    query = select(Seller).where(Seller.ref == ref, discovery.public_seller())
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(ref=ref)
    return found


def _crumb_of_group(group: groups.Group) -> discovery.Crumb:
    return group.name, url_for(".group", slug=group.slug)


def _crumb_of(area: Area | None) -> list[discovery.Crumb]:
    return [(area.name, discovery.area_path(area))] if area else []


def _kind(seller: Seller) -> str:
    words = {listing.KINDS[said]: name for said, name in listing.kinds()}
    return next((name for kind, name in words.items() if kind == seller.kind), "")


@bp.get("/p/<ref>")
@bp.get("/p/<ref>/<slug>")
@pages.public
def product(ref: str, slug: str = "") -> ResponseReturnValue:
    """One product: what it is, who makes it, what it costs."""
    found = products.shown(ref)
    if found is None:
        return _gone(ref)
    if slug != found.slug:
        return redirect(url_for(".product", ref=ref, slug=found.slug), 301)
    shown = photos.shown(f"product:{ref}")
    set_group = groups.of_set(found.criteria_set)
    groups_above = [*set_group.above, set_group] if set_group else []
    crumbs = [_start(), *map(_crumb_of_group, groups_above[-2:]), (found.name, "")]
    seller = found.seller
    packs = [pack for pack in found.variants if pack.active]
    whole, of_packs = certified.of(packs)
    return pages.page(
        "storefront/product.html",
        about=discovery.product(found, shown, crumbs),
        crumbs=crumbs,
        product=found,
        packs=[(pack, prices.by_weight(pack)) for pack in packs],
        season=_months(found.months),
        group_name=set_group.name if set_group else "",
        photos=shown,
        certified=whole,
        certified_packs=of_packs,
        in_stock=_in_stock(packs),
        ahead=ahead.of(packs),
        stall_url=discovery.stall_url(seller, external=False),
        area=_crumb_of(areas.of_code(seller.province_code, seller.commune_code)),
        kind=_kind(seller),
    )


def _in_stock(packs: list[Variant]) -> set[int]:
    saleable = stock.saleable([pack.id for pack in packs if checkout.for_sale(pack)])
    return {pack_id for pack_id, there in saleable.items() if there > 0}


def _gone(ref: str) -> ResponseReturnValue:
    """Who kept the link of something that is paused learns so. Raises NotFound of all else."""
    product = products.off_sale(ref)
    if product is None:
        raise NotFound(ref=ref)
    stall_url = discovery.stall_url(product.seller, external=False)
    answer = pages.page("storefront/gone.html", product=product, stall_url=stall_url)
    answer.status_code = 404
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _months(months: list[int]) -> str:
    named = ", ".join(map(str, months))
    return str(_("tháng %(months)s", months=named) if months else _("quanh năm"))


@bp.get("/quy-che-xep-hang")
@pages.public
def ranking() -> ResponseReturnValue:
    """The main criteria by which lists are ordered, as Law 122/2025/QH15 wants them public."""
    title = _("Cách xếp thứ tự sản phẩm")
    crumbs = [_start(), (title, "")]
    words = _("Sản phẩm nào đứng trước, vì sao; không ai trả tiền để được đứng trước.")
    url = url_for(".ranking", _external=True)
    return pages.page(
        "storefront/ranking.html", about=discovery.page(title, words, crumbs, url), crumbs=crumbs
    )


@bp.get("/sitemap.xml")
@pages.public
def sitemaps_index() -> ResponseReturnValue:
    """The index of the sitemaps."""
    return Response(sitemaps.index(), content_type="application/xml; charset=utf-8")


@bp.get("/sitemap-<int:number>.xml")
@pages.public
def sitemap(number: int) -> ResponseReturnValue:
    """One sitemap."""
    found = sitemaps.one(number)
    if found is None:
        raise NotFound(number=number)
    return Response(found, content_type="application/xml; charset=utf-8")


@bp.get("/robots.txt")
@pages.public
def robots() -> ResponseReturnValue:
    """What crawlers may read: all that is public, but no search results."""
    index = url_for(".sitemaps_index", _external=True)
    lines = ("User-agent: *", "Disallow: /ban-hang", "Disallow: /tim?", f"Sitemap: {index}", "")
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@bp.get("/ngon-ngu/<code>")
@pages.public
def language(code: str) -> ResponseReturnValue:
    """Keep the chosen language for a year and go back to where one was."""
    if code not in LANGUAGES:
        raise NotFound
    back = request.args.get("next", "/")
    # Only a path of ours: `//elsewhere` and `https://elsewhere` would lead people away.
    inside = back.startswith("/") and not urlsplit(back).netloc and "\\" not in back
    response = make_response(redirect(back if inside else "/"))
    response.set_cookie(
        "lang", code, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure, httponly=True
    )
    return response
