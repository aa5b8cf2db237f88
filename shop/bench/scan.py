"""Millions of stamps and scans in a database of their own, and the scan pages asked for."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

from sqlalchemy import select, text

from shop import clock
from shop.accounts.access import SYSTEM, Actor, Permission
from shop.bench import catalogue, plans
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.sellers.models import Seller
from shop.settings import Settings
from traceability import events, identifiers, lots, scan_tallies, scanpage
from traceability.events import Item
from traceability.models import Lot

LOTS = 200
EVENTS = 10
SPANS = (7, 30)
LARGE = frozenset({"stamps", "scans", "scan_days", "scan_waits"})
ASKED_PER_LOT = 100  # stamps that are asked for; all others fill the tables


@dataclass
class Stamped:
    """The database: where it is, how long filling it took, which pages to ask for.

    `first`: an item of each lot, whose pages nobody has made yet. `figures`: what a seller or the
    administrator asks of all scans, the tables it reads through, and the seconds it takes.
    """

    settings: Settings
    filled_seconds: float
    first: list[str]
    pages: dict[str, list[str]]
    figures: list[tuple[str, str, float]]


@contextmanager
def stamped(settings: Settings, stamps: int, scans: int) -> Iterator[Stamped]:
    """A new database with so many stamps and scans of published lots, dropped in the end."""
    from shop.app import create_app

    with catalogue.filled(settings, LOTS) as (ours, _sellers, _taken):
        app = create_app(ours)
        with app.test_request_context():
            started = time.perf_counter()
            try:
                codes, refs = _fill(stamps, scans)
                taken = time.perf_counter() - started
                mixed = [f"/t/{code}" for code in random.Random(7).sample(codes, len(codes))]
                first = [f"/t/{code}" for code in codes[::ASKED_PER_LOT]]
                pages = {
                    "items of many lots, warm": mixed,
                    "items of one lot, warm": [f"/t/{code}" for code in codes[:ASKED_PER_LOT]],
                    "lots, warm": [f"/lo/{ref}" for ref in refs],
                }
                yield Stamped(ours, taken, first, pages, _figures())
            finally:
                scanpage.forget()
                db.session.remove()
                db.engine.dispose()


def _fill(stamps: int, scans: int) -> tuple[list[str], list[str]]:
    made = [_lot(product_id) for product_id in db.session.scalars(select(Product.id)).all()]
    codes = [_code(number) for number in range(len(made) * ASKED_PER_LOT)]
    with transaction():
        for statement in _LAID_ASIDE:
            db.session.execute(text(statement))
        db.session.execute(text(_BATCHES))
        asked = {"codes": codes, "each": ASKED_PER_LOT}
        db.session.execute(text(_ASKED), asked)
        db.session.execute(text(_STAMPS), {"count": stamps - len(codes)})
        db.session.execute(text(_SCANS), {"count": scans})
        for statement in _TAKEN_UP:
            db.session.execute(text(statement))
        for statement in (_COUNTED, _DAYS, _WAITS):
            db.session.execute(text(statement))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return codes, [ref for _id, ref in made]


def _lot(product_id: int) -> tuple[int, str]:
    """A published lot with the usual record."""
    now = clock.now()
    with transaction():
        product = db.session.get_one(Product, product_id)
        lot: Lot = lots.open_lot(SYSTEM, product, f"L{product_id}", clock.today())
        for turn in range(EVENTS):
            at = now - timedelta(days=EVENTS - turn)
            said = {"input": "Phân chuồng ủ hoai", "dose": "2 tấn/ha"}
            events.record(SYSTEM, "fertilising", at, [Item(lot)], said)
        made = Item(lot, quantity=Decimal(100), unit="kg")
        events.record(SYSTEM, "harvest", now, [made])
        lot.published_at = now
        return lot.id, lot.ref


def _figures() -> list[tuple[str, str, float]]:
    first = db.session.scalars(select(Seller.id).order_by(Seller.id).limit(1)).one()
    seller = Actor(None, "bench", {first: frozenset(Permission)})
    asked = []
    for who, actor in (("a seller", seller), ("the administrator", SYSTEM)):
        for days in SPANS:
            ask = partial(_ask, actor, days)
            started = time.perf_counter()
            ask()
            taken = time.perf_counter() - started
            through = plans.read_through(ask, LARGE)
            asked.append((f"{who}, {days} days", ", ".join(through) or "none", taken))
    db.session.rollback()
    return asked


def _ask(actor: Actor, days: int) -> None:
    scan_tallies.of(actor, *scan_tallies.since(days))
    scan_tallies.suspicious(actor)


def _code(number: int) -> str:
    bits = number * 2_654_435_761 % 2**40
    body = "".join(identifiers.ALPHABET[bits >> shift & 31] for shift in range(35, -5, -5))
    return body + identifiers.check_character(body)


# An index is made of millions of rows in a fraction of the time that it takes row by row, and
# nobody need ask of each row whether the lot that was just made is there.
_LAID_ASIDE = (
    "SET LOCAL session_replication_role = replica",
    "ALTER TABLE stamps DROP CONSTRAINT uq_stamps_code",
    "DROP INDEX ix_scans_stamp_id_at",
)
_TAKEN_UP = (
    "ALTER TABLE stamps ADD CONSTRAINT uq_stamps_code UNIQUE (code)",
    "CREATE INDEX ix_scans_stamp_id_at ON scans (stamp_id, at)",
)
_BATCHES = """
INSERT INTO stamp_batches (ref, seller_id, product_id, lot_id, count, layout, state)
SELECT 'B' || l.id, l.seller_id, l.product_id, l.id, 100000, 'a4-5x8', 'ready' FROM lots l
"""
_ASKED = """
INSERT INTO stamps (batch_id, number, code, state)
SELECT b.id, -c.at, c.code, 'active'
FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY c(code, at)
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM stamp_batches) b
  ON b.place = (c.at - 1) / :each + 1
"""
# Ten characters, so none of them is one of those that are asked for.
_STAMPS = """
INSERT INTO stamps (batch_id, number, code, state, changed_at, first_scan_at, suspect)
SELECT b.id, n, lpad(to_hex(n::bigint * 2654435761 % 1099511627776), 10, '0'), 'active',
       now() - interval '1 day' - n * interval '400 days' / :count,
       now() - n * interval '400 days' / :count - n % 1440 * interval '1 minute',
       CASE WHEN n % 10000 = 0 THEN 'often' END
FROM generate_series(1, :count) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many
      FROM stamp_batches) b ON b.place = n % b.many
"""
_SCANS = """
INSERT INTO scans (at, finding, stamp_id, lot_id, product_id, area, visitor)
SELECT now() - n * interval '90 days' / :count, 'genuine', s.id, b.lot_id, b.product_id,
       'VN-' || n % 34, substr(md5(n::text), 1, 16)
FROM generate_series(1, :count) n
JOIN stamps s ON s.id = 1 + n::bigint * 7919 % (SELECT count(*) FROM stamps)
JOIN stamp_batches b ON b.id = s.batch_id
"""
_COUNTED = """
UPDATE stamps SET scans = c.scans, first_scan_at = c.first, last_scan_at = c.last
FROM (SELECT stamp_id, count(*) AS scans, min(at) AS first, max(at) AS last
      FROM scans GROUP BY stamp_id) c WHERE c.stamp_id = stamps.id AND stamps.number < 0
"""
# The days before those whose scans are still there count as many.
_DAYS = """
INSERT INTO scan_days ("on", product_id, lot_id, batch_id, area, finding, scans, firsts)
SELECT c."on" - k * 90, c.product_id, c.lot_id, c.batch_id, c.area, 'genuine', c.scans, c.scans / 2
FROM (SELECT s.at::date AS "on", s.product_id, s.lot_id, s.area, t.batch_id, count(*) AS scans
      FROM scans s JOIN stamps t ON t.id = s.stamp_id GROUP BY 1, 2, 3, 4, 5) c,
     generate_series(0, 3) k
ON CONFLICT DO NOTHING
"""
_WAITS = """
INSERT INTO scan_waits (product_id, "on", hours, stamps)
SELECT b.product_id, s.first_scan_at::date,
       floor(extract(epoch FROM s.first_scan_at - s.changed_at) / 3600), count(*)
FROM stamps s JOIN stamp_batches b ON b.id = s.batch_id
WHERE s.first_scan_at > s.changed_at GROUP BY 1, 2, 3
"""
