"""A province for the figures: sellers with goods, markets, their booths, and all that is counted.

All of it is reckoned from row numbers, so that it is the same every time. It is written in whole
statements, and a large table gets its indexes when its rows are there. Only columns that figures
read are filled with care: an order here has no lines, and no entry in the ledger.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from shop import clock, gazetteer, periods
from shop.database import db, transaction

PROVINCE = "19"
MONTHS = 24


@dataclass(frozen=True)
class Size:
    """How many of each. Of five transactions three are sales at booths; a trader has a booth, and
    every tenth of them two."""

    markets: int = 200
    booths: int = 20_000
    transactions: int = 5_000_000


def fill(size: Size) -> None:
    """Put every seller of the database into the province, and everything else around them.

    Transactions are spread over MONTHS months up to now.
    """
    codes = [row.code for row in gazetteer.communes(PROVINCE)]
    given = {
        "province": PROVINCE,
        "codes": codes,
        "communes": len(codes),
        "traders": max(1, size.booths * 9 // 10),
        "markets": size.markets,
        "booths": size.booths,
        "orders": size.transactions,
        "first": periods.choices(MONTHS)[MONTHS - 1].start,
        "now": clock.now(),
    }
    with transaction():
        for statement in _PLACES:
            _run(statement, given)
    with transaction(), _untold(*_OF_SALES), _indexed_after("orders"):
        _run(_BOOTH_SALES, given)
        _run(_SHOP_SALES, given)
    with transaction(), _untold(*_OF_SALES):
        for statement in _REST:
            _run(statement, given)
        # What is there from the beginning is nothing that changed.
        _run("TRUNCATE figure_touches", {})
        _run("ANALYZE", {})


def _run(statement: str, given: dict[str, Any]) -> None:
    named = {name for name in re.findall(r"(?<!:):(\w+)", statement) if name in given}
    db.session.execute(text(statement), {name: given[name] for name in named})


_OF_SALES = ("orders", "invoices", "voucher_uses", "payment_requests")


@contextmanager
def _untold(*tables: str) -> Iterator[None]:
    """Triggers of these tables are silent: they are made for a few rows at a time."""
    connection = db.session.connection()
    for table in tables:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    yield
    for table in tables:
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


@contextmanager
def _indexed_after(table: str) -> Iterator[None]:
    """Indexes and rules of a table are made when its rows are there: ten times as fast."""
    connection = db.session.connection()
    rules = connection.execute(text(_RULES), {"table": table}).all()
    indexes = connection.execute(text(_INDEXES), {"table": table}).all()
    for name, _definition in rules:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    for name, _definition in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    yield
    connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    for _name, definition in indexes:
        connection.exec_driver_sql(definition)
    for name, definition in rules:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


_RULES = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = CAST(:table AS regclass) AND contype IN ('u', 'f')
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = CAST(:table AS regclass)
AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = indexrelid)
"""

# Sellers with goods first: traders are those who come after them.
_PLACES = (
    """
UPDATE sellers SET province_code = :province, review = 'passed',
    kind = (ARRAY['cooperative', 'household', 'enterprise', 'craft_village'])[1 + id % 4],
    commune_code = (CAST(:codes AS text[]))[1 + id % :communes],
    created_at = CAST(:first AS timestamptz) + (id * 37 % 700 - 350) * interval '1 day'
""",
    """
INSERT INTO sellers (ref, name, sort_key, kind, review, placeholder, sources, province_code,
    commune_code, created_at)
SELECT 'TRADER' || n, 'Tiểu thương ' || n, 'tieu thuong ' || n, 'household', 'passed', false, '[]',
    :province, (CAST(:codes AS text[]))[1 + n * 7 % :communes],
    CAST(:first AS timestamptz) + (n * 37 % 500 - 450) * interval '1 day'
FROM generate_series(1, :traders) n
""",
    """
INSERT INTO bank_accounts (ref, seller_id, bank_bin, account_number, account_name, illustrative,
    active)
SELECT 'ACCOUNT' || id, id, '970436', '10' || id, 'CHU HO', true, id % 13 > 0
FROM sellers WHERE id % 7 > 0
""",
    """
INSERT INTO markets (ref, name, sort_key, kind, commune_code, province_code, model, started_on,
    started_precision, ended_on, closed_on, created_at)
SELECT 'MARKET' || n, 'Chợ ' || n, 'cho ' || lpad(n::text, 5, '0'),
    CASE WHEN n % 10 = 0 THEN 'street' ELSE 'market' END,
    (CAST(:codes AS text[]))[1 + n * 3 % :communes], :province,
    CASE WHEN n % 10 = 0 THEN 'cashless_street' WHEN n % 3 = 0 THEN 'market_4_0' END,
    CASE WHEN n % 30 > 0 AND (n % 10 = 0 OR n % 3 = 0) THEN began + n * 3 % 700 END,
    CASE WHEN n % 30 > 0 AND (n % 10 = 0 OR n % 3 = 0) THEN 'day' END,
    CASE WHEN n % 21 = 0 THEN began + 700 END, CASE WHEN n % 50 = 49 THEN began + 600 END,
    CAST(:first AS timestamptz) - interval '90 days' + n * interval '1 day'
FROM generate_series(1, :markets) n, LATERAL (SELECT CAST(:first AS timestamptz)::date + 1) x(began)
""",
    """
INSERT INTO booths (ref, seller_id, market_id, number, number_key, kind, opened_on, closed_on)
SELECT 'BOOTH' || n, CASE WHEN n % 100 = 0 THEN s.id ELSE t.id END, m.id, n::text, n::text,
    (ARRAY['sap', 'kiosk', 'shop'])[1 + n % 3], began + n * 11 % 300 - 200,
    CASE WHEN n % 33 = 0 THEN began + 500 + n % 200 END
FROM generate_series(1, :booths) n
CROSS JOIN LATERAL (SELECT CAST(:first AS timestamptz)::date + 1) x(began)
JOIN markets m ON m.ref = 'MARKET' || 1 + n % :markets
JOIN sellers t ON t.ref = 'TRADER' || 1 + n % :traders
JOIN sellers s ON s.id = (SELECT min(id) FROM sellers WHERE ref NOT LIKE 'TRADER%')
    + n / 100 % (SELECT count(*) FROM sellers WHERE ref NOT LIKE 'TRADER%')
""",
)

# Of ten booths one takes no cash and tells of none, one takes none and closes its days, two take
# nothing else. Of what is asked for by code a part is never paid, or comes a day late.
_BOOTH_SALES = """
INSERT INTO orders (seller_id, ref, token, state, source, source_key, buyer_name, buyer_phone,
    address, pay_by, handing, goods_vnd, total_vnd, paid_vnd, returned_vnd, refunded_vnd, placed_at,
    paid_at)
SELECT b.seller_id, 'B' || n, 'b' || n, CASE WHEN back > 0 THEN 'returned' WHEN paid > 0
    THEN 'completed' WHEN n % 100 = 2 THEN 'awaiting_payment' ELSE 'expired' END, b.source,
    'till:' || n, 'Sạp ' || b.number, '', 'Ở chợ',
    CASE WHEN cash THEN 'cash' ELSE 'cashless' END, 'counter', vnd, vnd, paid, back, back, at,
    CASE WHEN paid > 0 THEN at + CASE WHEN n % 97 = 0 THEN interval '20 hours'
        ELSE interval '1 minute' END END
FROM generate_series(1, CAST(:orders AS bigint)) n
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM booths) b
    ON b.place = (hashint8(n) & 2147483647) % :booths
CROSS JOIN LATERAL (SELECT 10000 + n * 7 % 200 * 1000 AS vnd,
    CASE b.place % 10 WHEN 0 THEN false WHEN 1 THEN false WHEN 2 THEN true WHEN 3 THEN true
        ELSE n % 20 < 11 END AS cash,
    CAST(:first AS timestamptz) + (coalesce(CAST(b.closed_on AS timestamptz), :now)
        - CAST(:first AS timestamptz)) * (n::float8 / :orders) AS at) x
CROSS JOIN LATERAL (SELECT CASE WHEN cash OR n % 100 >= 6 THEN vnd ELSE 0 END AS paid) y
CROSS JOIN LATERAL (SELECT CASE WHEN n % 100 = 50 THEN paid ELSE 0 END AS back) z
WHERE n % 5 < 3
"""
_SHOP_SALES = """
INSERT INTO orders (seller_id, ref, token, state, source, source_key, buyer_name, buyer_phone,
    address, pay_by, goods_vnd, discount_vnd, total_vnd, paid_vnd, returned_vnd, placed_at)
SELECT s.id, 'S' || n, 's' || n, state, CASE source WHEN 'livestream'
    THEN 'livestream:LIVE' || s.id ELSE source END, 'bench:' || n, 'Khách', CASE source
    WHEN 'channel:lazada' THEN '' ELSE '+849' || lpad((n * 7919 % 400000)::text, 8, '0') END,
    'Xóm 5', CASE WHEN source LIKE 'channel:%' THEN 'channel' WHEN n % 3 = 0 THEN 'cod'
        ELSE 'cashless' END,
    vnd, off, vnd - off, CASE WHEN state = 'completed' THEN vnd - off ELSE 0 END,
    CASE state WHEN 'returned' THEN vnd - off WHEN 'partly_returned' THEN (vnd - off) / 2
        ELSE 0 END,
    CAST(:first AS timestamptz) + (CAST(:now AS timestamptz) - CAST(:first AS timestamptz))
        * (n::float8 / :orders)
FROM generate_series(1, CAST(:orders AS bigint)) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM sellers
    WHERE ref NOT LIKE 'TRADER%') s
    ON s.place = (hashint8(n) & 2147483647) % (SELECT count(*) FROM sellers
        WHERE ref NOT LIKE 'TRADER%')
CROSS JOIN LATERAL (SELECT 50000 + n * 7 % 400 * 1000 AS vnd,
    CASE WHEN n / 5 % 20 = 0 THEN 10000 ELSE 0 END AS off,
    (ARRAY['storefront', 'storefront', 'storefront', 'channel:shopee', 'channel:shopee',
        'channel:lazada', 'manual:phone', 'manual:zalo', 'livestream'])[1 + n / 5 % 9] AS source,
    CASE n / 5 % 31 WHEN 0 THEN 'cancelled' WHEN 1 THEN 'returned' WHEN 2 THEN 'partly_returned'
        WHEN 3 THEN 'awaiting_payment' WHEN 4 THEN 'expired' WHEN 5 THEN 'shipped'
        WHEN 6 THEN 'cod_confirmed' WHEN 7 THEN 'paid' ELSE 'completed' END AS state) x
WHERE n % 5 >= 3
"""

_SPREAD = (
    "CAST(:first AS timestamptz) + (CAST(:now AS timestamptz) - CAST(:first AS timestamptz))"
    " * ({number} % 1000 / 1000.0)"
)
_OF_PRODUCTS = "sellers s WHERE ref NOT LIKE 'TRADER%'"
_REST = (
    # Sales that their traders saw paid: of some the bank tells too.
    """
INSERT INTO payment_requests (order_id, bank_account_id, amount_vnd, payload, seen_at, seen_by)
SELECT o.id, a.id, o.total_vnd, '', o.placed_at + CASE WHEN o.id % 5 = 0 THEN interval '20 hours'
    ELSE interval '1 minute' END, 'Chủ'
FROM orders o JOIN bank_accounts a ON a.seller_id = o.seller_id
WHERE o.source LIKE 'booth:%' AND o.pay_by = 'cashless'
    AND (o.state = 'awaiting_payment' OR o.id % 40 = 0)
""",
    # Days of the booths that close them, one a week.
    """
INSERT INTO booth_days (ref, seller_id, booth_id, "on", float_vnd, cash_vnd, counted_vnd, figures,
    "by")
SELECT 'DAY' || b.id || '.' || n, b.seller_id, b.id, b.opened_on + 200 + n * 7, 0, 0, 0, '{}', 'Chủ'
FROM booths b, generate_series(1, 104) n
WHERE b.id % 10 IN (2, 5) AND b.opened_on + 200 + n * 7 < CAST(:now AS timestamptz)::date
""",
    f"""
INSERT INTO vouchers (ref, seller_id, code, amount_vnd, starts_at, ends_at, minimum_vnd)
SELECT 'VOUCHER' || id, id, 'GIAM10', 10000, :first, 'infinity', 0 FROM {_OF_PRODUCTS}
""",
    """
INSERT INTO voucher_uses (voucher_id, order_id, phone, amount_vnd, at, undone_at)
SELECT v.id, o.id, o.buyer_phone, o.discount_vnd, o.placed_at,
    CASE WHEN o.state IN ('cancelled', 'expired') THEN o.placed_at END
FROM orders o JOIN vouchers v ON v.seller_id = o.seller_id
WHERE o.discount_vnd > 0 AND o.source NOT LIKE 'channel:%'
""",
    """
INSERT INTO invoices (ref, seller_id, order_id, state, wanted, buyer_name, company, tax_code,
    address, email, template, serial, number, authority_code, lookup_url, said, stale)
SELECT 'INVOICE' || id, seller_id, id, CASE WHEN id % 30 = 0 THEN 'waiting' ELSE 'issued' END,
    false, '', '', '', '', '', '1', 'C26TAA', id::text, '', '', '', false
FROM orders WHERE state IN ('completed', 'shipped') AND source NOT LIKE 'booth:%' AND id % 3 = 0
""",
    """
INSERT INTO livestream_festivals (ref, name, starts_on, ends_on)
SELECT 'FESTIVAL' || n, 'Lễ hội ' || n, '2025-01-01', '2026-12-31' FROM generate_series(1, 9) n
""",
    f"""
INSERT INTO broadcasts (ref, seller_id, title, platform, state, sealed_ingest_key, festival_id,
    live_at)
SELECT 'LIVE' || s.id, s.id, 'Phiên', 'facebook', 'closed', '', f.id,
    {_SPREAD.format(number="s.id * 379")}
FROM sellers s LEFT JOIN livestream_festivals f ON f.ref = 'FESTIVAL' || s.id % 12
WHERE s.ref NOT LIKE 'TRADER%'
""",
    f"""
INSERT INTO connections (ref, seller_id, platform, shop_id, sandbox, health)
SELECT 'SHOP' || id || platform, id, platform, 'bench' || id, false, 'ok'
FROM unnest(ARRAY['shopee', 'lazada']) platform, {_OF_PRODUCTS} AND id % 3 > 0
""",
    """
INSERT INTO listings (ref, seller_id, connection_id, variant_id, state)
SELECT 'LISTING' || c.id || '.' || v.id, v.seller_id, c.id, v.id, 'live'
FROM variants v JOIN connections c ON c.seller_id = v.seller_id WHERE (v.id + c.id) % 4 > 0
""",
    f"""
UPDATE listing_spans SET from_at = {_SPREAD.format(number="id * 433")},
    until_at = CASE WHEN id % 9 = 0 THEN CAST(:now AS timestamptz) - id % 90 * interval '1 day' END
""",
    f"""
UPDATE product_sale_spans SET from_at = {_SPREAD.format(number="product_id * 617")},
    until_at = CASE WHEN product_id % 9 = 0
        THEN CAST(:now AS timestamptz) - product_id % 90 * interval '1 day' END
""",
    """
UPDATE certificates SET issued_on = began - 600 + days % 1200,
    expires_on = began + 495 + days % 1200 - days % 700,
    state = CASE WHEN days % 50 = 0 THEN 'withdrawn' ELSE 'verified' END,
    withdrawn_on = CASE WHEN days % 50 = 0 THEN began + days % 700 END
FROM (SELECT id AS mine, (id * 379 % 9999)::int AS days, CAST(:first AS date) + 1 AS began
    FROM certificates) x
WHERE mine = id
""",
    f"""
INSERT INTO stamp_batches (ref, seller_id, product_id, level, count, layout, state, ready_at)
SELECT 'BATCH' || id, seller_id, id, 'product', 100 + id % 900, 'a4-40', 'ready',
    {_SPREAD.format(number="id * 519")}
FROM products
""",
    """
INSERT INTO scan_days ("on", product_id, finding, scans, firsts)
SELECT CAST(:first AS date) + 1 + n * 15, id, 'genuine', 1 + id % 20, id % 5
FROM products, generate_series(1, 47) n
""",
    """
INSERT INTO teams (ref, name, area_code, created_at, closed_at)
SELECT 'TEAM' || n, 'Tổ ' || n, code, CAST(:first AS timestamptz) + n * interval '2 days',
    CASE WHEN n % 20 = 0 THEN CAST(:now AS timestamptz) - interval '100 days' END
FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY x(code, n)
""",
    """
INSERT INTO users (ref, name, phone, active, fs_uniquifier)
SELECT 'HELPER' || n, 'Người giúp ' || n, '+848' || lpad(n::text, 8, '0'), true, 'helper' || n
FROM generate_series(1, 5 * :communes) n
""",
    """
INSERT INTO team_members (ref, team_id, user_id, joined_at, left_at)
SELECT 'MEMBER' || t.id || '.' || u.id, t.id, u.id, t.created_at + u.id % 90 * interval '1 day',
    CASE WHEN u.id % 11 = 0 THEN CAST(:now AS timestamptz) - u.id % 300 * interval '1 day' END
FROM users u JOIN teams t ON t.ref IN ('TEAM' || 1 + u.id % :communes, 'TEAM' || 1 + u.id * 3
    % :communes) WHERE u.ref LIKE 'HELPER%'
""",
    """
INSERT INTO trainings (ref, team_id, held_on, place, heads, topics, by_id, removed_at)
SELECT 'TRAINING' || t.id || '.' || n, t.id, CAST(:first AS date) + 1 + n * 30 + (t.id % 30)::int,
    'Nhà văn hóa', 10 + (t.id + n) % 40, 'Bán hàng', (SELECT min(id) FROM users),
    CASE WHEN (t.id + n) % 25 = 0 THEN CAST(:now AS timestamptz) END
FROM teams t, generate_series(0, 22) n
""",
    f"""
INSERT INTO delegations (ref, seller_id, user_id, way, consenter, until, consented_at, token)
SELECT 'CONSENT' || s.id || '.' || u.id, s.id, u.id, 'paper', 'Chủ hộ', '2027-12-31',
    {_SPREAD.format(number="(s.id * 723 + u.id)")}, 'consent' || s.id || '.' || u.id
FROM sellers s JOIN users u ON u.ref IN ('HELPER' || 1 + s.id % (5 * :communes),
    'HELPER' || 1 + s.id * 3 % (5 * :communes)) WHERE s.id % 5 = 0
""",
    """
INSERT INTO figure_consents (ref, seller_id, given_at, given_by, ended_at)
SELECT 'SEEN' || id, id, :first, 'Chủ', CASE WHEN id % 300 = 0 THEN CAST(:now AS timestamptz) END
FROM sellers WHERE id % 100 = 0
""",
)
