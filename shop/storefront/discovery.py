"""What search engines and chats read of a page: its one address, Open Graph, schema.org.

A made-up price, a star without certificate and an unknown fact are left out, never filled in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import url_for

from shop import text
from shop.catalogue.models import Product, Variant
from shop.media import photos
from shop.media.models import Photo
from shop.sellers.models import ReviewState, Seller
from shop.storefront import areas, groups

LONGEST_DESCRIPTION = 160

# A step of the path to a page: its words and its address.
Crumb = tuple[str, str]


@dataclass(frozen=True)
class About:
    """What the head of a public page says. `url`: its one address, absolute.

    `data`: schema.org objects. `image`: absolute, None for the picture of the whole site.
    """

    title: str
    description: str
    url: str
    data: list[dict[str, Any]] = field(default_factory=list)
    image: str | None = None
    kind: str = "website"


def page(title: str, description: str, crumbs: Sequence[Crumb], url: str) -> About:
    """A list or a text: title, description and where it stands."""
    return About(title, _short(description), url, [_breadcrumbs(crumbs, url)])


def home(title: str, description: str) -> About:
    """The front page, with the search that chats and engines may offer."""
    url = url_for("storefront.home", _external=True)
    target = url_for("storefront.find", _external=True) + "?q={words}"
    site = {
        **_thing("WebSite", url=url, name=title, inLanguage="vi"),
        "potentialAction": {
            "@type": "SearchAction",
            "target": target,
            "query-input": "required name=words",
        },
    }
    return About(title, _short(description), url, [site])


def product(row: Product, shown: list[Photo], crumbs: Sequence[Crumb]) -> About:
    """A product with its offers; only prices its seller gave are offers."""
    url = product_url(row)
    images = [photos.url(photo, 960, _external=True) for photo in shown]
    place = ", ".join(filter(None, [row.seller.commune, row.seller.province]))
    words = row.description or ". ".join(filter(None, [row.name, row.seller.name, place]))
    group = groups.of_set(row.criteria_set)
    offers = [_offer(pack, url) for pack in row.variants if _is_offered(pack)]
    data = _thing(
        "Product",
        name=row.name,
        alternateName=row.name_en,
        description=words,
        url=url,
        image=images,
        category=group.name if group else None,
        brand=_thing("Organization", name=row.seller.name, url=stall_url(row.seller)),
        offers=offers,
    )
    image = images[0] if images else None
    return About(
        row.name, _short(words), url, [data, _breadcrumbs(crumbs, url)], image, kind="product"
    )


def _is_offered(pack: Variant) -> bool:
    return pack.active and not pack.price_illustrative


def _offer(pack: Variant, url: str) -> dict[str, Any]:
    return _thing(
        "Offer",
        name=pack.pack,
        sku=pack.sku,
        gtin=pack.gtin,
        price=pack.price_vnd,
        priceCurrency="VND",
        url=url,
    )


def stall(seller: Seller, shown: list[Photo], crumbs: Sequence[Crumb]) -> About:
    """A seller as an organization."""
    url = stall_url(seller)
    images = [photos.url(photo, 960, _external=True) for photo in shown]
    where = ", ".join(filter(None, [seller.commune, seller.province]))
    words = seller.story or ". ".join(filter(None, [seller.name, where]))
    data = _thing(
        "Organization",
        name=seller.name,
        legalName=seller.legal_name,
        taxID=seller.tax_code,
        telephone=seller.phone,
        email=seller.email,
        url=url,
        image=images,
        address=_address(seller),
    )
    image = images[0] if images else None
    return About(seller.name, _short(words), url, [data, _breadcrumbs(crumbs, url)], image)


@dataclass(frozen=True)
class Spot:
    """A place to visit. `kind`: a type of schema.org; `words`: what it is; the point is WGS 84."""

    kind: str
    name: str
    words: str
    url: str
    commune: str
    province: str
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    video_url: str | None = None


def spot(place: Spot, shown: list[Photo], crumbs: Sequence[Crumb]) -> About:
    """A place to visit, with its address, point and pictures."""
    images = [photos.url(photo, 960, _external=True) for photo in shown]
    point = None
    if place.latitude is not None and place.longitude is not None:
        point = _thing(
            "GeoCoordinates", latitude=str(place.latitude), longitude=str(place.longitude)
        )
    data = _thing(
        place.kind,
        name=place.name,
        description=place.words,
        url=place.url,
        image=images,
        address=_thing(
            "PostalAddress",
            addressLocality=place.commune,
            addressRegion=place.province,
            addressCountry="VN",
        ),
        geo=point,
        subjectOf=place.video_url,
    )
    image = images[0] if images else None
    data_of_page = [data, _breadcrumbs(crumbs, place.url)]
    return About(place.name, _short(place.words), place.url, data_of_page, image)


def _address(seller: Seller) -> dict[str, Any] | None:
    parts = {
        "streetAddress": seller.street,
        "addressLocality": seller.commune,
        "addressRegion": seller.province,
    }
    known = {name: value for name, value in parts.items() if value}
    return _thing("PostalAddress", **known, addressCountry="VN") if known else None


def _breadcrumbs(crumbs: Sequence[Crumb], url: str) -> dict[str, Any]:
    root = url_for("storefront.home", _external=True).rstrip("/")
    steps = [
        _thing("ListItem", position=at, name=name, item=root + path if path else url)
        for at, (name, path) in enumerate(crumbs, 1)
    ]
    return _thing("BreadcrumbList", itemListElement=steps)


def _thing(kind: str, **facts: Any) -> dict[str, Any]:
    known = {name: fact for name, fact in facts.items() if fact not in (None, "", [])}
    return {"@context": "https://schema.org", "@type": kind, **known}


def _short(words: str) -> str:
    flat = " ".join(words.split())
    if len(flat) <= LONGEST_DESCRIPTION:
        return flat
    return flat[:LONGEST_DESCRIPTION].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def product_url(row: Product, *, external: bool = True) -> str:
    """The one address of a product's page."""
    return url_for("storefront.product", ref=row.ref, slug=row.slug, _external=external)


def stall_url(seller: Seller, *, external: bool = True) -> str:
    """The one address of a seller's stall."""
    return url_for("storefront.stall", ref=seller.ref, slug=seller_slug(seller), _external=external)


def seller_slug(seller: Seller) -> str:
    """The readable end of a stall's address."""
    return text.slug(seller.name) or "gian-hang"


def area_path(area: areas.Area) -> str:
    """Where an area's page is."""
    if area.parent:
        return url_for("storefront.area", province=area.parent.slug, commune=area.slug)
    return url_for("storefront.area", province=area.slug)


def public_seller() -> Any:
    """Sellers that visitors may see: screened, and no stand-in for others."""
    return (Seller.review == ReviewState.PASSED) & Seller.placeholder.is_(False)


def site_image() -> str:
    """The picture of the whole site, for pages without one."""
    return url_for("static", filename="img/share.png", _external=True)
