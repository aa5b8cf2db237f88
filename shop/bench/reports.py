"""Figures of a province: briefs over HTTP, a month of all figures, the nights; each against SQL."""

import http.client
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, session
from flask_security.utils import login_user
from sqlalchemy import func, select, text, update

from shop import clock, gazetteer, periods, regions
from shop.accounts.access import SYSTEM
from shop.accounts.models import Membership, Role, User
from shop.bench import comparing, province, serving
from shop.bench.province import PROVINCE, Size
from shop.database import db, transaction
from shop.figures import Scope
from shop.orders.models import Order
from shop.reports import jobs, nights, sheets
from shop.reports.models import Sheet
from shop.settings import Settings

OURS = "shop.app:create_serving_app"
BRIEFS = 500
# Of a day: sales that are new, and old ones of which something came back.
NEW, LATE = 7_000, 200
# Months of the sheets that are compared: one that only late changes reached, the last whole one.
LATE_MONTHS = 4


@dataclass(frozen=True)
class Speed:
    """Milliseconds of pages, seconds of the rest; `peak_mb`: of the whole process that reckons.

    `differing`: numbers of the kept sheets that differ from a plain recomputation.
    """

    orders: int
    filled_seconds: float
    province_ms: tuple[float, float]
    commune_ms: tuple[float, float]
    papers_ms: tuple[float, float]
    freeze_seconds: float
    again_seconds: float
    freeze_all_seconds: float
    peak_mb: float
    full_seconds: float
    quiet_seconds: float
    daily_seconds: float
    sheets: int
    touched: int
    compared: int
    differing: list[str]


def measure(app: Flask, settings: Settings, size: Size) -> Speed:
    """Fill the database of `app`, and time everything that an official or the night asks for."""
    with app.test_request_context():
        filled = _timed(lambda: province.fill(size))
        codes = [PROVINCE, *(row.code for row in gazetteer.communes(PROVINCE))]
        people = _officials(codes)
        month = periods.month(clock.today()).before()
        full = _timed(jobs.refresh)
        quiet = _timed(_night)
        daily, touched = _after_a_day(size)
        frozen: list[Sheet] = []
        freeze = _timed(lambda: frozen.append(_freeze(Scope(_region(PROVINCE), month))))
        again = _timed(lambda: sheets.again(frozen[0]))
        every = [Scope(_region(code), month) for code in codes]
        freeze_all = _timed(lambda: _freeze_all(every))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cookies = _signed_in(app, people)
        with serving.served(OURS, settings) as url:
            asked = _asked(url, cookies)
        compared, differing = _compare()
        return Speed(
            orders=db.session.scalar(select(func.count()).select_from(Order)) or 0,
            filled_seconds=filled,
            province_ms=_middle(asked["province"]),
            commune_ms=_middle(asked["commune"]),
            papers_ms=_middle(asked["paper"]),
            freeze_seconds=freeze,
            again_seconds=again,
            freeze_all_seconds=freeze_all,
            peak_mb=peak,
            full_seconds=full,
            quiet_seconds=quiet,
            daily_seconds=daily,
            sheets=len(codes) * len(sheets.offered()),
            touched=touched,
            compared=compared,
            differing=differing,
        )


def _officials(codes: Sequence[str]) -> dict[str, User]:
    """An official of each region."""
    people = {}
    with transaction():
        for number, code in enumerate(codes):
            person = User(
                name="Cán bộ", phone=f"+847{number:08d}", fs_uniquifier=f"official{number}"
            )
            db.session.add(person)
            db.session.flush()
            db.session.add(Membership(user_id=person.id, role=Role.OFFICIAL, area_code=code))
            people[code] = person
    return people


def _night() -> None:
    """The next night; what was reckoned was so the day before."""
    with transaction():
        db.session.execute(
            update(Sheet).where(~Sheet.frozen).values(taken_at=Sheet.taken_at - timedelta(days=1))
        )
    jobs.refresh()


def _after_a_day(size: Size) -> tuple[float, int]:
    """Seconds of the night after a day of sales, and how many sheets it touched."""
    share = size.transactions / Size().transactions
    with transaction():
        given = {"many": max(1, round(NEW * share)), "now": clock.now()}
        db.session.execute(text(_SOLD_TODAY), given)
        since = _months_ago(LATE_MONTHS).start
        db.session.execute(text(_CAME_BACK), {"many": max(1, round(LATE * share)), "since": since})
    with transaction():
        nights.carry()
    query = select(func.count()).where(Sheet.touched, ~Sheet.frozen)
    touched = db.session.scalar(query) or 0
    return _timed(_night), touched


_SOLD_TODAY = """
INSERT INTO orders (seller_id, ref, token, state, source, source_key, buyer_name, buyer_phone,
    address, pay_by, handing, goods_vnd, discount_vnd, total_vnd, paid_vnd, placed_at, paid_at)
SELECT seller_id, 'T' || id, 't' || id, state, source, 'today:' || id, buyer_name, buyer_phone,
    address, pay_by, handing, goods_vnd, discount_vnd, total_vnd, paid_vnd, :now,
    CASE WHEN paid_at IS NOT NULL THEN CAST(:now AS timestamptz) END
FROM orders WHERE state = 'completed' ORDER BY id LIMIT :many
"""
_CAME_BACK = """
UPDATE orders SET state = 'returned', returned_vnd = total_vnd WHERE id IN (
    SELECT id FROM orders WHERE placed_at >= :since AND state = 'completed'
        AND source NOT LIKE 'booth:%' ORDER BY placed_at, id LIMIT :many
)
"""


def _months_ago(many: int) -> periods.Period:
    return periods.choices()[many]


def _region(code: str) -> regions.Region:
    return regions.get(code) or regions.EVERYWHERE


def _freeze(scope: Scope) -> Sheet:
    with transaction():
        return sheets.freeze(SYSTEM, scope)


def _freeze_all(scopes: list[Scope]) -> None:
    for together in nights.groups(scopes):
        with transaction():
            nights.freeze(SYSTEM, together)


def _timed(what: Callable[[], Any]) -> float:
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


def _signed_in(app: Flask, people: dict[str, User]) -> dict[str, str]:
    """Region → the cookie of its official."""
    interface: Any = app.session_interface
    signer = interface.get_signing_serializer(app)
    found = {}
    for code, person in people.items():
        with app.test_request_context():
            login_user(db.session.get_one(User, person.id))
            sealed = signer.dumps(dict(session))
        found[code] = f"{app.config['SESSION_COOKIE_NAME']}={sealed}"
    return found


def _asked(url: str, cookies: dict[str, str]) -> dict[str, list[float]]:
    """Milliseconds to each answer: briefs of the province, of communes by turns, on paper."""
    words = [period.word for period in periods.choices()]
    communes = [code for code in cookies if code != PROVINCE]

    def pages(codes: Sequence[str], many: int, end: str = "") -> Iterable[tuple[str, str]]:
        for number in range(many):
            code = codes[number % len(codes)]
            word = words[number // len(codes) % len(words)]
            yield f"/so-lieu/vung/{code}/{word}{end}", cookies[code]

    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    # A process reads its templates and fonts once.
    for _each in _times(connection, pages([PROVINCE], 5)):
        pass
    return {
        "province": _times(connection, pages([PROVINCE], BRIEFS)),
        "commune": _times(connection, pages(communes, BRIEFS)),
        "paper": _times(connection, pages(communes, BRIEFS // 5, "/tom-tat.pdf")),
    }


def _times(connection: http.client.HTTPConnection, pages: Iterable[tuple[str, str]]) -> list[float]:
    taken = []
    for path, cookie in pages:
        started = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        taken.append(1000 * (time.perf_counter() - started))
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
    return sorted(taken)


def _middle(taken: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 99th of a hundred."""
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]


def _compare() -> tuple[int, list[str]]:
    """The kept sheets of a province against plain SQL, and those of its communes against its."""
    compared, wrong = 0, list[str]()
    year = f"{clock.today():%Y}"
    for period in (_months_ago(LATE_MONTHS), _months_ago(1), periods.read(year)):
        scope = Scope(_region(PROVINCE), period)
        found = sheets.measured(sheets.now(scope))
        many, differing = comparing.compare(scope, found)
        compared, wrong = compared + many, wrong + differing
        for row in gazetteer.communes(PROVINCE)[::20]:
            mine = sheets.measured(sheets.now(Scope(_region(row.code), period)))
            for name, one in found.items():
                above = {cell.word: cell.top for cell in one.communes}
                compared += 1
                if mine[name].total.top != above.get(row.code, 0):
                    wrong.append(f"{name} {period.word} {row.code}")
    return compared, wrong
