"""What the filters and the home page offer: areas and groups with goods, at most a minute old.

Kept in the process, as the pages themselves are kept by browsers: reckoned anew for every list
it would cost more than the list.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from flask import current_app
from sqlalchemy import select

from shop import clock
from shop.catalogue import search
from shop.catalogue.models import Product
from shop.database import db
from shop.storefront import areas, groups
from shop.storefront.areas import Area
from shop.storefront.caching import FRESH_SECONDS

T = TypeVar("T")


def provinces() -> list[Area]:
    """Provinces of which something is on sale."""
    return _kept("provinces", areas.on_sale)


def sets() -> set[str]:
    """Criteria sets of which something is on sale."""
    return _kept("sets", groups.on_sale)


def in_season(count: int) -> list[int]:
    """The first products, by name, that have their season this month; ids."""
    return _kept("season", lambda: _in_season(count))


def _in_season(count: int) -> list[int]:
    now = search.in_months(clock.today().month)
    query = select(Product.id).where(Product.on_sale, now).order_by(Product.sort_key, Product.id)
    return list(db.session.scalars(query.limit(count)))


def _kept(name: str, reckon: Callable[[], T]) -> T:
    kept = current_app.extensions.setdefault("facets", {})
    until, value = kept.get(name, (None, None))
    if until is None or until <= clock.now():
        value = reckon()
        kept[name] = clock.now() + timedelta(seconds=FRESH_SECONDS), value
    found: T = value
    return found
