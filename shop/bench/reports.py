"""Figures of a province: a brief, a month of all figures, the nightly refresh; each against SQL."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import text

from shop import clock, gazetteer, periods, regions
from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from shop.figures import Scope
from shop.reports import briefs, kpis, paper, sheets

PROVINCE = "19"
BRIEFS = 200
REGIONS = 20  # communes with an official, besides the province
MONTHS = 12
_CHANNELS = ["storefront", "channel:shopee", "channel:lazada", "manual:phone"]


@dataclass(frozen=True)
class Speed:
    """Milliseconds of briefs, seconds of the rest; `peak_mb`: of the process above its beginning.

    `differing`: figures of the sample that differ from a plain recomputation.
    """

    transactions: int
    kept_p50_ms: float
    kept_p99_ms: float
    fresh_ms: float
    freeze_seconds: float
    again_seconds: float
    peak_mb: float
    incremental_seconds: float
    full_seconds: float
    due: int
    sheets: int
    compared: int
    differing: int


def fill(transactions: int) -> None:
    """Put every seller into a commune of the province, and sell: spread over MONTHS months."""
    codes = [row.code for row in gazetteer.communes(PROVINCE)]
    with transaction():
        db.session.execute(
            text(
                "UPDATE sellers SET province_code = :province, kind = 'cooperative',"
                " commune_code = (CAST(:codes AS text[]))[1 + id % :many]"
            ),
            {"province": PROVINCE, "codes": codes, "many": len(codes)},
        )
        first = periods.choices(MONTHS)[MONTHS - 1].start
        given = {"count": transactions, "first": first, "now": clock.now(), "channels": _CHANNELS}
        db.session.execute(text(_SALES), given)
        db.session.execute(text("UPDATE product_sale_spans SET from_at = :first"), {"first": first})
        db.session.execute(text("ANALYZE"))


_SALES = """
INSERT INTO orders (seller_id, ref, token, state, source, source_key, buyer_name, buyer_phone,
    address, pay_by, goods_vnd, total_vnd, paid_vnd, placed_at)
SELECT s.id, 'B' || n, 'b' || n, CASE n % 20 WHEN 0 THEN 'cancelled' ELSE 'completed' END,
    source, 'bench:' || n, 'Khách', '+849' || lpad((n * 7919 % 100000000)::text, 8, '0'),
    'Xóm 5', CASE WHEN source LIKE 'channel:%' THEN 'channel' WHEN n % 3 = 0 THEN 'cod'
    ELSE 'cashless' END, vnd, vnd, vnd,
    CAST(:first AS timestamptz) + (CAST(:now AS timestamptz) - CAST(:first AS timestamptz))
    * (n::float8 / :count)
FROM generate_series(1, :count) n
CROSS JOIN LATERAL (
    SELECT (CAST(:channels AS text[]))[1 + (n * 31 % 4)::int] AS source,
        50000 + (n * 7 % 400) * 1000 AS vnd
) x
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many
    FROM sellers) s ON s.place = n % s.many
"""


def measure(app: Flask, transactions: int) -> Speed:
    """Fill the database of `app`, and time everything that an official or the night asks for."""
    with app.test_request_context():
        fill(transactions)
        began = _peak_mb()
        month = periods.month(clock.today()).before()
        scope = Scope(_region(PROVINCE), month)
        # Fonts are read and statements put together once a process.
        _brief(Scope(_region("38"), month))
        fresh = _timed(lambda: _brief(scope))
        codes = [PROVINCE, *(row.code for row in gazetteer.communes(PROVINCE)[:REGIONS])]
        due = sheets.due(codes)
        incremental = _timed(lambda: _keep(due))
        months = periods.choices(MONTHS)[:MONTHS]
        every = [Scope(_region(code), each) for code in codes for each in months]
        full = _timed(lambda: _keep(every))
        kept = sorted(_timed(partial(_brief, each)) for each in (every * BRIEFS)[:BRIEFS])
        frozen: list[Any] = []
        freeze = _timed(lambda: frozen.append(_freeze(scope)))
        again = _timed(lambda: sheets.again(frozen[0]))
        compared, differing = compare(scope)
        return Speed(
            transactions,
            kept_p50_ms=1000 * kept[len(kept) // 2],
            kept_p99_ms=1000 * kept[len(kept) * 99 // 100],
            fresh_ms=1000 * fresh,
            freeze_seconds=freeze,
            again_seconds=again,
            peak_mb=_peak_mb() - began,
            incremental_seconds=incremental,
            full_seconds=full,
            due=len(due),
            sheets=len(every),
            compared=compared,
            differing=differing,
        )


def _region(code: str) -> regions.Region:
    return regions.get(code) or regions.EVERYWHERE


def _brief(scope: Scope) -> None:
    """What a page asks for, to the finished paper."""
    db.session.expunge_all()
    sheet = sheets.now(scope)
    groups = briefs.lines(sheets.measured(sheet), everything=False)
    paper.brief(scope, sheet.taken_at, groups)


def _keep(scopes: list[Scope]) -> None:
    for scope in scopes:
        with transaction():
            sheets.keep(scope)


def _freeze(scope: Scope) -> Any:
    with transaction():
        return sheets.freeze(SYSTEM, scope)


def _timed(what: Callable[[], Any]) -> float:
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# Figure → the same number said plainly, by commune.
_PLAIN = {
    "orders.transactions": "SELECT s.commune_code, count(*) FROM {sold} GROUP BY 1",
    "orders.value": (
        "SELECT s.commune_code, sum(o.total_vnd - o.returned_vnd) FROM {sold} GROUP BY 1"
    ),
    "orders.digital_share": (
        "SELECT s.commune_code, count(*) FROM {sold} AND o.pay_by = 'cashless' GROUP BY 1"
    ),
    "orders.selling_sellers": "SELECT s.commune_code, count(DISTINCT s.id) FROM {sold} GROUP BY 1",
}
_SOLD = (
    "orders o JOIN sellers s ON s.id = o.seller_id WHERE s.province_code = :province"
    " AND o.state = 'completed' AND (o.placed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
    " BETWEEN :first AND :last"
)


def compare(scope: Scope) -> tuple[int, int]:
    """How many numbers were compared with a plain recomputation, and how many differ."""
    compared = differing = 0
    values = {"province": PROVINCE, "first": scope.period.first, "last": scope.period.last}
    for name, statement in _PLAIN.items():
        rows = db.session.execute(text(statement.format(sold=_SOLD)), values)
        plain = {code: int(number) for code, number in rows}
        found = kpis.measure(kpis.get(name), scope)
        ours = {cell.word: cell.top for cell in found.communes}
        together = found.total.top == sum(plain.values())
        compared += len(plain) + 1
        differing += sum(ours.get(code) != number for code, number in plain.items())
        differing += not together
    return compared, differing
