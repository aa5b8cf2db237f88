"""A market of many products in a database of its own, and what is asked of it."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine, make_url, select, text

from shop import clock, database, embedded, places, references
from shop import text as texts
from shop.bench import plans
from shop.catalogue import programme, search, starter
from shop.catalogue.models import Product
from shop.database import db
from shop.settings import Settings

PRODUCTS_PER_SELLER = 25

# What people type: with and without accents, parts, one very common word, a slip, typing errors.
WORDS: tuple[str, ...] = (
    "chè tôm nõn",
    "mien dong",
    "mật ong rừng",
    "na",
    "gio lua",
    "trà",
    "nuoc mam co",
    "bánh",
)
WORDS += ("tra hoa vang", "lước mắm", "ruou mo", "mat onng rungg", "chiếu cói", "gạo nếp thái")
FILTERS = (
    "/tim?vung=thai-nguyen&xep=gia-thap",
    "/tim?nhom=che&loai=hop-tac-xa",
    "/tim?sao=4&xep=moi",
    "/tim?tu=100.000&den=200.000&vung=thanh-hoa",
    "/tim?q=che&mua=1&nhom=thuc-pham",
    "/tim?xep=gia-cao&trang=3",
)


@dataclass
class Scratch:
    """The market: where it is, what to ask of it, and how its questions are answered."""

    settings: Settings
    sellers: int
    filled_seconds: float
    pages: dict[str, list[str]]
    plans: list[tuple[str, str]]


@contextmanager
def scratch(settings: Settings, products: int) -> Iterator[Scratch]:
    """A new database with so many products, dropped in the end."""
    from shop.app import create_app

    with filled(settings, products) as (ours, sellers, taken):
        app = create_app(ours)
        with app.test_request_context():
            try:
                yield Scratch(ours, sellers, taken, _pages(), plans.check(_questions()))
            finally:
                db.session.remove()
                db.engine.dispose()


@contextmanager
def filled(
    settings: Settings, products: int, *, sellers: int | None = None
) -> Iterator[tuple[Settings, int, float]]:
    """Settings that name a new database with so many products; its sellers; seconds to fill it.

    They name a queue of its own too: the workers that run on this machine would take its jobs,
    and find nothing of them in their database.
    """
    url = make_url(settings.database_url or "")
    name = f"bench_{references.new(12).lower()}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    mine = url.set(database=name).render_as_string(hide_password=False)
    try:
        database.migrate(mine)
        with _queue() as redis_url:
            ours = replace(settings, database_url=mine, redis_url=redis_url)
            started = time.perf_counter()
            sellers = sellers or max(1, products // PRODUCTS_PER_SELLER)
            _fill(ours, sellers, products)
            yield ours, sellers, time.perf_counter() - started
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


@contextmanager
def _queue() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        running = embedded.start_valkey(Path(folder))
        try:
            yield running.url
        finally:
            embedded.stop(running)


def _pages() -> dict[str, list[str]]:
    shown = db.session.execute(select(Product.ref, Product.slug).order_by(Product.id).limit(200))
    return {
        "search": [f"/tim?q={quote(words)}" for words in WORDS],
        "list with filters": list(FILTERS),
        "area": ["/vung/thai-nguyen", "/vung/thanh-hoa"],
        "product": [f"/p/{ref}/{slug}" for ref, slug in shown],
        "home": ["/"],
    }


def _questions() -> list[str]:
    searches = [f"/tim?q={quote(words)}" for words in WORDS]
    return [*searches, *FILTERS, "/vung/thai-nguyen", "/nhom/che", "/tim?xep=moi", "/"]


def _fill(settings: Settings, sellers: int, products: int) -> None:
    engine = create_engine(settings.database_url or "")
    with engine.begin() as connection:
        # By hand in the end: one that runs meanwhile would keep it from marking pages as visible.
        for table in ("sellers", "products", "variants", "certificates", "certificate_coverage"):
            connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = false)"))
        raw: Any = connection.connection
        with raw.cursor() as cursor:
            with cursor.copy(f"COPY sellers ({', '.join(_SELLER)}) FROM STDIN") as copy:
                for row in _sellers(sellers):
                    copy.write_row(row)
            with cursor.copy(f"COPY products ({', '.join(_PRODUCT)}) FROM STDIN") as copy:
                for row in _products(sellers, products):
                    copy.write_row(row)
        for statement in (_NEXT_SELLER, _VARIANTS, _CERTIFICATES, _COVERAGE):
            connection.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


_SELLER: tuple[str, ...] = (
    "id",
    "ref",
    "name",
    "sort_key",
    "kind",
    "review",
    "placeholder",
    "sources",
)
_SELLER += ("province_code", "province", "commune_code", "commune")
_KINDS = ("cooperative", "household", "enterprise", "craft_village", "cooperative_group")


def _sellers(count: int) -> Iterator[tuple[object, ...]]:
    communes = [row for province in places.provinces() for row in places.communes(province.code)]
    labels = {province.code: province.label for province in places.provinces()}
    for number in range(1, count + 1):
        # Every third in the two provinces that are asked for.
        home = places.communes(("19", "38")[number % 2]) if number % 3 == 0 else communes
        commune = home[number * 7 % len(home)]
        name = f"HTX {commune.name} {number}"
        yield (
            *(number, references.new(), name, texts.sort_key(name), _KINDS[number % 5], "passed"),
            *(False, "[]", commune.province_code, labels[commune.province_code]),
            *(commune.code, commune.label),
        )


_PRODUCT: tuple[str, ...] = (
    "ref",
    "seller_id",
    "name",
    "slug",
    "words",
    "sort_key",
    "status",
    "review",
)
_PRODUCT += ("on_sale", "aliases", "reported", "criteria_set", "months", "created_at")


def _products(sellers: int, count: int) -> Iterator[tuple[object, ...]]:
    """Names of the starter catalogue, each with the name of a commune behind it."""
    known = starter.read(starter.FILE)[1]
    sets = [each.code for each in programme.criteria_sets(clock.today())]
    communes = [
        row.name for province in places.provinces() for row in places.communes(province.code)
    ]
    now = clock.now()
    for number in range(count):
        base = known[number % len(known)]
        name = f"{base['name']} {communes[number * 13 % len(communes)]}"
        month = number // 4 % 12
        months = [1 + month, 1 + (month + 1) % 12] if number % 4 == 0 else []
        words = search.words(name, *base["aliases"], seller=f"HTX {number % sellers + 1}")
        yield (
            *(references.new(), number % sellers + 1, name, texts.slug(name), words),
            *(texts.sort_key(name), "published", "passed", True, "[]", "{}"),
            *(base["set_code"] or sets[0], months, now - timedelta(minutes=number)),
        )


# The sellers came with their keys.
_NEXT_SELLER = "SELECT setval(pg_get_serial_sequence('sellers', 'id'), max(id)) FROM sellers"
_VARIANTS = """
INSERT INTO variants (ref, seller_id, product_id, sku, pack, unit, price_vnd, price_illustrative,
                      weight_g, position, active)
SELECT 'V' || p.id || 'K' || k, p.seller_id, p.id, 'S' || p.id || '-' || k,
       200 * k || ' g', 'gói', 10000 + p.id * 7919 % 500 * 1000 * k, false, 200 * k, k, true
FROM products p, generate_series(1, 2) k WHERE k = 1 OR p.id % 3 = 0
"""
_CERTIFICATES = """
INSERT INTO certificates (ref, seller_id, number, score, criteria_set, authority, level,
                          issued_on, expires_on, state)
SELECT 'C' || p.id, p.seller_id, 'OCOP-' || p.id, 50 + p.id % 50, p.criteria_set, 'UBND tỉnh',
       CASE WHEN p.id % 50 >= 40 THEN 'ministry' ELSE 'province' END,
       current_date - 100, current_date + 900, 'verified'
FROM products p WHERE p.id % 10 = 0
"""
_COVERAGE = """
INSERT INTO certificate_coverage (certificate_id, product_id)
SELECT c.id, p.id FROM certificates c JOIN products p ON c.number = 'OCOP-' || p.id
"""
