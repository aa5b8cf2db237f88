"""Public addresses of our own pages, as others may keep them; jobs have no request to take them
from."""

from pathlib import PurePosixPath

from flask import current_app

from shop.catalogue.models import Product
from shop.media.models import Photo
from shop.sellers.models import Seller
from shop.storefront import discovery


def product(row: Product) -> str:
    """The one address of a product's page."""
    return _absolute("storefront.product", ref=row.ref, slug=row.slug)


def stall(row: Seller) -> str:
    """The one address of a seller's stall."""
    return _absolute("storefront.stall", ref=row.ref, slug=discovery.seller_slug(row))


def photo(row: Photo, width: int) -> str:
    """The smallest derived file at least `width` pixels wide, or the widest. It is ready."""
    there = sorted(map(int, row.derived))
    fitting = next((each for each in there if each >= width), there[-1])
    return _absolute("media.derivative", name=PurePosixPath(row.derived[str(fitting)]).stem)


def _absolute(endpoint: str, **values: str) -> str:
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{current_app.config['SETTINGS'].base_url}{path}"
