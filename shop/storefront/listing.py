"""A list of products as its address asks for it: its filters, and what may change in them."""

from dataclasses import dataclass, replace
from typing import Any

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _

from shop import money, pages
from shop.catalogue import certificates, search
from shop.catalogue.models import Product
from shop.catalogue.search import Wanted
from shop.media import photos
from shop.media.models import Photo
from shop.pages import Page
from shop.sellers.models import SellerKind
from shop.storefront import areas, facets, groups

PAGE_SIZE = 24
LONGEST_WORDS = 100
DEAREST_VND = 500_000_000

# What the address says → what search understands.
SORTS = {"moi": "newest", "gia-thap": "cheap", "gia-cao": "dear", "ten": "name"}
KINDS = {
    "hop-tac-xa": SellerKind.COOPERATIVE,
    "to-hop-tac": SellerKind.COOPERATIVE_GROUP,
    "lang-nghe": SellerKind.CRAFT_VILLAGE,
    "ho-san-xuat": SellerKind.HOUSEHOLD,
    "doanh-nghiep": SellerKind.ENTERPRISE,
}
STARS = ("3", "4", "5")
FILTERS = ("vung", "xa", "nhom", "sao", "tu", "den", "loai", "mua")


@dataclass(frozen=True)
class Listing:
    """One page of products, and the filters that made it.

    `covers`: photo by holder; `stars`: product id → star in force today. `chips`: words of each
    active filter and the address without it. `alike`: none is what was typed.
    """

    page: Page
    covers: dict[str, Photo]
    stars: dict[int, int]
    values: dict[str, str]
    chips: list[tuple[str, str]]
    alike: bool


def asked() -> tuple[Wanted, dict[str, str]]:
    """What the address asks for, and its words as the form shows them; nonsense is left out."""
    said = {name: request.args.get(name, "").strip() for name in ("q", "xep", *FILTERS)}
    province = areas.provinces().get(said["vung"])
    commune = areas.communes(province).get(said["xa"]) if province else None
    group = groups.everything().get(said["nhom"])
    kept = {
        "q": said["q"][:LONGEST_WORDS],
        "xep": said["xep"] if said["xep"] in SORTS else "",
        "vung": province.slug if province else "",
        "xa": commune.slug if commune else "",
        "nhom": group.slug if group else "",
        "sao": said["sao"] if said["sao"] in STARS else "",
        "tu": _amount(said["tu"]),
        "den": _amount(said["den"]),
        "loai": said["loai"] if said["loai"] in KINDS else "",
        "mua": "1" if said["mua"] else "",
    }
    wanted = Wanted(
        words=kept["q"],
        province=province.province_code if province else "",
        commune=commune.commune_code if commune else "",
        sets=group.codes if group else (),
        star=int(kept["sao"] or 0),
        least_vnd=money.parse(kept["tu"] or 0),
        most_vnd=money.parse(kept["den"] or 0),
        kind=KINDS[kept["loai"]] if kept["loai"] else "",
        in_season=bool(kept["mua"]),
        sort=SORTS.get(kept["xep"], "relevance"),
    )
    return wanted, kept


def _amount(said: str) -> str:
    try:
        amount_vnd = money.parse(said)
    except ValueError:
        return ""
    return f"{min(amount_vnd, DEAREST_VND):,}".replace(",", ".") if amount_vnd else ""


def of(wanted: Wanted, values: dict[str, str] | None = None) -> Listing:
    """The page that the address asks for, with covers and stars: one query each."""
    values = values or {}
    number = pages.asked_number()
    found = search.page(wanted, number, PAGE_SIZE)
    rows, more = found.rows, found.total > search.MOST
    page = Page(rows, number, min(found.total, search.MOST), PAGE_SIZE, more=more)
    if found.total and not rows:  # beyond the end
        abort(redirect(page.last_url))
    return Listing(page, covers(rows), stars(rows), values, _chips(values), alike=found.alike)


def covers(products: list[Product]) -> dict[str, Photo]:
    """The cover of each product that has one, by holder."""
    return photos.covers(f"product:{product.ref}" for product in products)


def stars(products: list[Product]) -> dict[int, int]:
    """Product id → star in force today, for those that have one."""
    return certificates.stars([product.id for product in products])


def fixed(**more: Any) -> Listing:
    """The list of a page that is about one area, group or seller; only the order may be asked."""
    sort = SORTS.get(request.args.get("xep", ""), "name")
    return of(replace(Wanted(sort=sort), **more))


def _chips(values: dict[str, str]) -> list[tuple[str, str]]:
    names = _names(values)
    return [(names[name], _without(values, name)) for name in FILTERS if values.get(name)]


def _without(values: dict[str, str], name: str) -> str:
    # A commune goes with its province.
    gone = {name, "xa"} if name == "vung" else {name}
    kept: dict[str, Any] = {k: word for k, word in values.items() if word and k not in gone}
    return url_for("storefront.find", **kept)


def _names(values: dict[str, str]) -> dict[str, str]:
    province = areas.provinces().get(values.get("vung", ""))
    commune = areas.communes(province).get(values.get("xa", "")) if province else None
    group = groups.everything().get(values.get("nhom", ""))
    return {
        "vung": province.name if province else "",
        "xa": commune.name if commune else "",
        "nhom": group.name if group else "",
        "sao": _("Từ %(star)s sao", star=values.get("sao")),
        "tu": _("Từ %(price)s ₫", price=values.get("tu")),
        "den": _("Đến %(price)s ₫", price=values.get("den")),
        "loai": dict(kinds()).get(values.get("loai", ""), ""),
        "mua": _("Đang vào mùa"),
    }


def kinds() -> list[tuple[str, str]]:
    """Kinds of sellers: the word in the address and the one on the page."""
    return [
        ("hop-tac-xa", _("Hợp tác xã")),
        ("to-hop-tac", _("Tổ hợp tác")),
        ("lang-nghe", _("Làng nghề")),
        ("ho-san-xuat", _("Hộ sản xuất")),
        ("doanh-nghiep", _("Doanh nghiệp")),
    ]


def choices() -> dict[str, list[tuple[str, str]]]:
    """What each box of the filter form offers."""
    every = ("", _("Tất cả"))
    return {
        "vung": [every, *((area.slug, area.name) for area in facets.provinces())],
        "nhom": [every, *_group_choices()],
        "sao": [every, *((star, _("Từ %(star)s sao", star=star)) for star in STARS)],
        "loai": [every, *kinds()],
        "xep": [
            ("", _("Phù hợp nhất")),
            ("moi", _("Mới đăng")),
            ("gia-thap", _("Giá thấp trước")),
            ("gia-cao", _("Giá cao trước")),
            ("ten", _("Theo tên")),
        ],
    }


def _group_choices() -> list[tuple[str, str]]:
    there = facets.sets()
    return [
        (group.slug, f"– {group.name}" if group.parent else group.name)
        for group in groups.everything().values()
        if len(group.above) < 2 and there & set(group.codes)
    ]
