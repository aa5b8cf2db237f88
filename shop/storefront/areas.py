"""Areas as a visitor walks through them: provinces and communes of today, by readable slugs."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

from sqlalchemy import select

from shop import places, text
from shop.catalogue.models import Product
from shop.database import db
from shop.places import Commune
from shop.sellers.models import Seller


@dataclass(frozen=True)
class Area:
    """A province, or with `commune_code` one of its communes, and where its page is."""

    slug: str
    name: str
    province_code: str
    commune_code: str = ""
    parent: "Area | None" = None

    @property
    def address(self) -> dict[str, str]:
        """How it is named in the address of a page."""
        above = {"province": self.parent.slug} if self.parent else {}
        return above | {"commune" if self.parent else "province": self.slug}


@cache
def provinces() -> dict[str, Area]:
    """The 34 provinces by slug, in Vietnamese order."""
    rows = places.provinces()
    return {text.slug(row.name): Area(text.slug(row.name), row.label, row.code) for row in rows}


@cache
def communes(province: Area) -> dict[str, Area]:
    """The communes of a province by slug; namesakes carry their kind, at worst their code."""
    rows = places.communes(province.province_code)
    short = Counter(text.slug(row.name) for row in rows)
    long = Counter(text.slug(row.label) for row in rows)

    def slug(row: Commune) -> str:
        if short[text.slug(row.name)] == 1:
            return text.slug(row.name)
        label = text.slug(row.label)
        return label if long[label] == 1 else f"{label}-{row.code}"

    return {
        slug(row): Area(slug(row), row.label, province.province_code, row.code, province)
        for row in rows
    }


def of_code(province_code: str | None, commune_code: str | None = None) -> Area | None:
    """The area of a seller's codes: its commune where it has one, else its province."""
    province = next((a for a in provinces().values() if a.province_code == province_code), None)
    inside = communes(province).values() if province and commune_code else ()
    return next((area for area in inside if area.commune_code == commune_code), province)


def on_sale(province: Area | None = None) -> list[Area]:
    """The provinces, or the communes of one, whose sellers have something on sale."""
    offers = select(Product.id).where(Product.on_sale, Product.seller_id == Seller.id).exists()
    column = Seller.commune_code if province else Seller.province_code
    query = select(column).where(offers).distinct()
    if province:
        query = query.where(Seller.province_code == province.province_code)
    codes = set(db.session.scalars(query))
    if province:
        return [area for area in communes(province).values() if area.commune_code in codes]
    return [area for area in provinces().values() if area.province_code in codes]
