"""What is sold near a landmark: of its commune first, then by distance where both have a point."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import asin, cos, inf, radians, sin, sqrt

from sqlalchemy import ColumnElement, or_, select

from shop.catalogue import search
from shop.catalogue.models import Product
from shop.database import db
from shop.landmarks.models import Landmark
from shop.sellers.models import Seller
from shop.storefront import discovery

FURTHEST_KM = 30
EARTH_KM = 6371
# A box around the point that holds the circle, in degrees; a degree of longitude is longest in
# the south, 110 km.
_BOX = Decimal("0.28")
_MOST_LOOKED_AT = 2000


@dataclass(frozen=True)
class Near:
    """A public seller near a landmark. `km` None: the point of one of them is unknown."""

    seller: Seller
    same_commune: bool
    km: float | None


def sellers(landmark: Landmark, most: int = 12) -> list[Near]:
    """The nearest public sellers: those of the commune, then the others within FURTHEST_KM."""
    query = select(Seller).where(discovery.public_seller(), or_(*_around(landmark)))
    found = [
        Near(seller, seller.commune_code == landmark.commune_code, _km(landmark, seller))
        for seller in db.session.scalars(query.order_by(Seller.id).limit(_MOST_LOOKED_AT))
    ]
    near = [each for each in found if each.same_commune or (each.km or 0) <= FURTHEST_KM]
    return sorted(near, key=_rank)[:most]


def _around(landmark: Landmark) -> list[ColumnElement[bool]]:
    around = [Seller.commune_code == landmark.commune_code]
    if landmark.latitude is not None and landmark.longitude is not None:
        latitude, longitude = landmark.latitude, landmark.longitude
        around.append(
            Seller.latitude.between(latitude - _BOX, latitude + _BOX)
            & Seller.longitude.between(longitude - _BOX, longitude + _BOX)
        )
    return around


def _rank(near: Near) -> tuple[bool, float, str]:
    return (not near.same_commune, inf if near.km is None else near.km, near.seller.sort_key)


def _km(landmark: Landmark, seller: Seller) -> float | None:
    """Great-circle distance by the haversine formula."""
    points = (landmark.latitude, landmark.longitude, seller.latitude, seller.longitude)
    if None in points:
        return None
    lat1, lon1, lat2, lon2 = (radians(float(each or 0)) for each in points)
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_KM * asin(sqrt(half)), 1)


def products(near: Sequence[Near], most: int = 12) -> list[Product]:
    """What those sellers have on sale, the nearest seller's first."""
    order = {each.seller.id: at for at, each in enumerate(near)}
    query = select(Product).where(Product.on_sale, Product.seller_id.in_(order))
    rows = search.load(query.order_by(Product.sort_key, Product.id).limit(_MOST_LOOKED_AT))
    return sorted(rows, key=lambda row: order[row.seller_id])[:most]
