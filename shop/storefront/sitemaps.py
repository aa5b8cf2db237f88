"""Sitemaps: an index, one of areas, groups and stalls, and one for every 50,000 products."""

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from flask import current_app, url_for
from sqlalchemy import func, select

from shop import clock
from shop.catalogue.models import Product
from shop.database import db
from shop.sellers.models import Seller
from shop.storefront import areas, discovery, groups

# The most that one sitemap may hold (sitemaps.org).
MOST_URLS = 50_000
MOST_STALLS = MOST_URLS - 8_000


def index() -> str:
    """The index of all sitemaps."""
    last = db.session.scalar(select(func.max(Product.updated_at)).where(Product.on_sale))
    total = db.session.scalar(select(func.count(Product.id)).where(Product.on_sale)) or 0
    pages = range(-(-total // MOST_URLS) + 1)
    rows = [
        (url_for("storefront.sitemap", number=number, _external=True), _day(last))
        for number in pages
    ]
    return _xml("sitemapindex", "sitemap", rows)


def one(number: int) -> str | None:
    """Sitemap 0 holds areas, groups and stalls, the others products; None when there is none."""
    rows = _sections() if number == 0 else _products(number)
    return _xml("urlset", "url", rows) if rows else None


def _sections() -> list[tuple[str, str]]:
    root = url_for("storefront.home", _external=True).rstrip("/")
    paths = [url_for("storefront.home"), url_for("storefront.ranking")]
    provinces = areas.on_sale()
    everywhere = [*provinces, *(c for province in provinces for c in areas.on_sale(province))]
    paths += [discovery.area_path(area) for area in everywhere]
    there = groups.on_sale()
    paths += [
        url_for("storefront.group", slug=group.slug)
        for group in groups.everything().values()
        if there & set(group.codes)
    ]
    stalls = select(Seller).where(discovery.public_seller()).order_by(Seller.id).limit(MOST_STALLS)
    paths += [discovery.stall_url(seller, external=False) for seller in db.session.scalars(stalls)]
    # Those of rooms above, asked by name (see wiring.PUBLIC_PATHS).
    for lent in current_app.extensions["public_paths"]:
        paths += lent()
    return [(root + path, "") for path in paths]


def _products(number: int) -> list[tuple[str, str]]:
    query = select(Product.ref, Product.slug, Product.updated_at).where(Product.on_sale)
    query = query.order_by(Product.created_at, Product.id)
    rows = db.session.execute(query.limit(MOST_URLS).offset((number - 1) * MOST_URLS))
    root = url_for("storefront.home", _external=True).rstrip("/")
    # Not by url_for: it would take seconds for fifty thousand.
    pattern = url_for("storefront.product", ref="REF", slug="SLUG")
    return [
        (root + pattern.replace("REF", ref).replace("SLUG", slug), _day(changed))
        for ref, slug, changed in rows
    ]


def _day(at: datetime | None) -> str:
    return clock.vietnam(at).date().isoformat() if at else ""


def _xml(root: str, each: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">')
    for address, day in rows:
        changed = f"<lastmod>{day}</lastmod>" if day else ""
        lines.append(f"<{each}><loc>{escape(address)}</loc>{changed}</{each}>")
    return "\n".join([*lines, f"</{root}>"])
