"""A short way for the scans that come by the million: one question, a kept page, filled in.

It stands before the application and answers only the scan of one item's stamp by a person, and
only with a page that the application has made (`scanpage`) for an item of which the same is to be
said. Whatever else is asked, and whenever anything is out of the ordinary, the application
answers as if there were no lane; it also counts guesses. The answer of the lane is the
application's, header by header, with its request id, its metrics and its noted scan.

Pages of lots and products are not its business: proxies keep those, so they are asked for with
conditions, and which of several sellers' goods a GTIN means takes more than one question.

The lane leaves out what a page that is the same for every visitor does not need: the session, who
is signed in, forms, and the layers between a statement and its row.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

import psycopg
from flask import Flask
from sqlalchemy import Engine, event, make_url
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, parse_cookie

from shop import clock, health, logs, pages
from shop.database import db, engine_options
from shop.settings import Settings
from traceability import (
    addresses,
    digital_link,
    identifiers,
    linksets,
    public,
    scanpage,
    scans,
    verdicts,
)
from traceability.digital_link import BadLink, Identity
from traceability.scanpage import Shown

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

# Like resolver.resolve of a serial: all that the page's key, its blanks and its verdict need.
_ITEM = """
SELECT s.id, s.state, s.suspect, s.scans, s.first_scan_at, s.claimed_at,
       b.id, b.scratch, b.product_id, b.lot_id, b.gtin, coalesce(b.gtin, lpad(v.gtin, 14, '0')),
       l.code, l.recalled_at IS NOT NULL, l.expires_on,
       coalesce((SELECT max(m.xid) FROM shown_marks m WHERE m.seller_id = p.seller_id), 0),
       l.id IS NOT NULL AND l.published_at IS NULL
FROM stamps s
JOIN stamp_batches b ON b.id = s.batch_id
JOIN products p ON p.id = b.product_id
LEFT JOIN lots l ON l.id = b.lot_id
LEFT JOIN variants v ON v.id = b.variant_id
WHERE s.code = %s
"""
_LANGUAGE = {"": None, "lang=vi": "vi", "lang=en": "en"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The stamp whose page is wanted: `before` its serial stands in its canonical address."""

    serial: str
    before: str
    gtin: str | None = None
    lot: str | None = None


class Lane:
    """The WSGI application that answers what it can itself, and hands all else to `app`."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.config["SETTINGS"]
        self.app, self.settings = app, settings
        self.application = app.wsgi_app
        self.hosts = frozenset(app.config["TRUSTED_HOSTS"])
        self.cursors = _Cursors(app)
        self.headers = _headers(settings)
        self.area = settings.scan_area_header
        if self.area:
            self.area = "HTTP_" + self.area.upper().replace("-", "_")

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request."""
        started = time.perf_counter()
        asked = _asked(environ, self.hosts)
        row = self.cursors.first(asked.serial) if asked else None
        if asked is None or row is None or not _is_of(asked, row):
            return self.application(environ, start_response)
        state, suspect, late = row[1], row[2], verdicts.is_late(row[14])
        finding = verdicts.of_item(
            state, suspect, recalled=bool(row[13]), late=late, private=row[16]
        )
        shown = Shown(
            finding=finding,
            mark=row[15],
            product_id=row[8],
            lot_id=row[9],
            gtin=asked.gtin or row[11],
            scratch=row[7],
            suspect=suspect,
            scanned=row[4] is not None,
            claimed=row[5] is not None,
        )
        page = scanpage.kept(self.app, shown, _language(environ))
        if page is None:
            return self.application(environ, start_response)
        path = asked.before + asked.serial
        values = scanpage.filled(path, row[3], row[4], row[5])
        zipped = _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        body = page.squeezed(values) if zipped else page.plain(values)
        headers = [
            *self.headers,
            ("Content-Length", str(len(body))),
            ("Link", self._link(path, row)),
            ("X-Request-ID", logs.new_request_id(environ.get("HTTP_X_REQUEST_ID"))),
        ]
        if zipped:
            headers.append(("Content-Encoding", "gzip"))
        start_response("200 OK", headers)
        endpoint = "scan.digital_link" if asked.gtin else "scan.internal"
        health.count("GET", endpoint, 200, time.perf_counter() - started)
        return _Answer(body, partial(scans.push, self.app, self._noted(environ, row, finding)))

    def _link(self, path: str, row: tuple[Any, ...]) -> str:
        root, public_lot = self.settings.base_url, row[9] is not None and not row[16]
        history = linksets.history_of_item(root, path.rpartition("/")[2]) if public_lot else None
        return linksets.header(root + path, history)

    def _noted(self, environ: Environ, row: tuple[Any, ...], finding: str) -> scans.Noted:
        return scans.Noted(
            at=clock.now().isoformat(),
            finding=str(finding),
            stamp_id=row[0],
            batch_id=row[6],
            lot_id=row[9],
            product_id=row[8],
            area=scans.known_area(environ.get(self.area)) if self.area else None,
            address=environ.get("REMOTE_ADDR") or "",
            agent=environ.get("HTTP_USER_AGENT", ""),
        )


class _Answer:
    """The body of an answer; `sent` is called once the server has sent it."""

    def __init__(self, body: bytes, sent: Callable[[], None]) -> None:
        self.body, self.close = body, sent

    def __iter__(self) -> Iterator[bytes]:
        yield self.body


class _Cursors:
    """Connections of the lane's own, one for each thread that is in it at the same time.

    Read only and each statement by itself, so that a question is one message and one answer.
    """

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.config["SETTINGS"]
        self.app = app
        self.idle: list[psycopg.Cursor[Any]] = []
        self.url = make_url(settings.database_url or "").set(drivername="postgresql")
        self.options = engine_options(settings.web_threads)["connect_args"]
        self.watched = False

    def first(self, serial: str) -> tuple[Any, ...] | None:
        """The row of the stamp; None too when the database is away: the application says so."""
        try:
            cursor = self.idle.pop() if self.idle else self._open()
        except (psycopg.Error, IndexError):  # another thread was faster
            return None
        try:
            row: tuple[Any, ...] | None = cursor.execute(_ITEM, (serial,), prepare=True).fetchone()
        except psycopg.Error:
            with suppress(psycopg.Error):
                cursor.connection.close()
            return None
        self.idle.append(cursor)
        return row

    def _open(self) -> psycopg.Cursor[Any]:
        if not self.watched:
            self.watched = True
            with self.app.app_context():
                event.listen(db.engine.engine, "engine_disposed", self._close)
        options = f"{self.options['options']} -c default_transaction_read_only=on"
        url = self.url.render_as_string(hide_password=False)
        there = psycopg.connect(url, autocommit=True, **(self.options | {"options": options}))
        return there.cursor(binary=True)

    def _close(self, _engine: Engine | None = None) -> None:
        """Whoever is done with the application's connections is done with these."""
        while self.idle:
            self.idle.pop().connection.close()

    def __del__(self) -> None:
        self._close()


def _headers(settings: Settings) -> list[tuple[str, str]]:
    told = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Accept, Cookie, Accept-Language",
    }
    return [*(told | public.CROSS_ORIGIN | pages.security_headers(settings.base_url)).items()]


def _asked(environ: Environ, hosts: frozenset[str]) -> Asked | None:
    """The item whose page a person wants; None for whatever the application must look at."""
    path: str = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] != "GET" or environ["QUERY_STRING"] not in _LANGUAGE:
        return None
    if environ.get("HTTP_HOST", "").partition(":")[0] not in hosts or environ["SCRIPT_NAME"]:
        return None
    if not _wants_page(environ.get("HTTP_ACCEPT", "")):
        return None
    before, serial = path[: -identifiers.SERIAL_LENGTH], path[-identifiers.SERIAL_LENGTH :]
    if not (serial.isascii() and serial.isalnum()):
        return None
    if before in ("/t/", "/T/"):
        return Asked(serial, "/t/")
    goods = _goods(before) if before.startswith("/01/") and before.endswith("/21/") else None
    return goods and Asked(serial, *goods)


@lru_cache(maxsize=1000)
def _goods(before: str) -> tuple[str, str | None, str | None] | None:
    """What stands before a serial in an address with a GTIN, in its canonical form; GTIN, lot."""
    try:
        identity = digital_link.parse(quote(before) + addresses.SAMPLE)
    except (BadLink, UnicodeError):
        return None
    if identity.variant or not identity.serial or not identity.gtin:
        return None
    named = Identity(gtin=identity.gtin, lot=identity.lot, serial=addresses.SAMPLE)
    return digital_link.path(named).removesuffix(addresses.SAMPLE), named.gtin, named.lot


def _is_of(asked: Asked, row: tuple[Any, ...]) -> bool:
    """Whether the stamp is of the goods as named. A GTIN that is not the printed one may be right
    all the same, which the application finds out.
    """
    return asked.gtin in (None, row[10]) and asked.lot in (None, row[12])


@lru_cache(maxsize=500)
def _wants_page(accept: str) -> bool:
    """As the application does: the page, if nothing else is wanted more."""
    wanted = parse_accept_header(accept, MIMEAccept)
    offered = [public.HTML, public.LINKSET, public.JSON_LD]
    return wanted.best_match(offered, default=public.HTML) == public.HTML


@lru_cache(maxsize=500)
def _takes_gzip(encodings: str) -> bool:
    return bool(parse_accept_header(encodings)["gzip"])


def _language(environ: Environ) -> str:
    chosen = _LANGUAGE[environ["QUERY_STRING"]]
    if chosen is None and "lang=" in environ.get("HTTP_COOKIE", ""):
        chosen = parse_cookie(environ).get("lang")
    chosen = chosen or scanpage.wanted(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    return chosen if chosen in scanpage.LANGUAGES else "vi"
