"""Scans: noted in Redis after the answer, stored in pieces, counted by day, and weighed.

Nothing here may slow or break a scan page. Scans that come close together go to Redis together:
if the process dies, those of the last tenth of a second are lost. What was noted and not yet
stored lies in Redis alone: if that machine dies, the scans of the last seconds are lost. What was
stored is stored once.
"""

import atexit
import hmac
import json
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from flask import Flask
from redis import Redis
from sqlalchemy import delete, func, select, text, update

from shop import broker, clock, once
from shop.database import among, db, insert_many
from traceability import waits
from traceability.stamp_models import Scan, Stamp, StampState
from traceability.verdicts import CLEARED, Finding, Verdict
from traceability.waits import Wait

WAITING, STORING = "scans:waiting", "scans:storing"
MOST_WAITING = 500_000  # about 100 MB; more is dropped while no worker stores
PIECE = 2_000
MOST_HELD = 20_000  # by one process, while it waits to send
SPACING_SECONDS = 0.1
PATIENCE_SECONDS = 0.2
PAUSE_SECONDS = 5.0
_COLUMNS = ("at", "finding", "stamp_id", "lot_id", "product_id", "area", "visitor")
_AREA = re.compile(r"[A-Z0-9-]{2,12}")


@dataclass(frozen=True)
class Rule:
    """A serial is suspicious with `least` of what is counted within `days`.

    `word`: what `Stamp.suspect` says. `count`: scans, visitors (one is counted anew each day) or
    areas (known only behind a network that names them).
    """

    word: str
    count: str
    least: int
    days: int


# One item is looked at by its household, in a shop by some customers; hundreds hold a copy.
RULES = (
    Rule("places", "areas", 4, 2),
    Rule("visitors", "visitors", 12, 3),
    Rule("often", "scans", 60, 3),
)
# Scans of stamps that lie at the producer's, or are withdrawn, tell nothing of copies.
WEIGHED = (
    Finding.GENUINE,
    Finding.NOT_PUBLIC,
    Finding.SUSPICIOUS,
    Finding.EXPIRED,
    Finding.RECALLED,
)


@dataclass(frozen=True)
class Noted:
    """What a scan page knows of its scan. `address` and `agent` go no further than `push`."""

    at: str
    finding: str
    stamp_id: int | None
    batch_id: int | None
    lot_id: int | None
    product_id: int | None
    area: str | None
    address: str
    agent: str


def note(verdict: Verdict, *, address: str, agent: str, area: str | None) -> Noted:
    """The scan that just happened. `area`: what a trusted network said, else None."""
    found = verdict.found
    return Noted(
        at=clock.now().isoformat(),
        finding=verdict.finding.value,
        stamp_id=found.stamp.id if found.stamp else None,
        batch_id=found.stamp.batch_id if found.stamp else None,
        lot_id=found.lot.id if found.lot else None,
        product_id=found.product_id,
        area=known_area(area),
        address=address,
        agent=agent,
    )


def known_area(said: str | None) -> str | None:
    """A short code of an area, or nothing: no address, no name of anybody."""
    code = said.upper() if said else ""
    return code if _AREA.fullmatch(code) else None


class Buffer:
    """Scans of this process that are not sent yet, and what it knows of the server."""

    def __init__(self) -> None:
        self.noted: deque[Noted] = deque(maxlen=MOST_HELD)
        self.sending = threading.Lock()
        self.sent_at = 0.0
        self.quiet_until = 0.0
        self.timer: threading.Timer | None = None
        self.salt: tuple[str, bytes] = ("", b"")


def push(app: Flask, noted: Noted) -> None:
    """Put a scan where `store` finds it; without Redis it is not counted, and nobody waits.

    Called when the server has sent the answer, so outside of every context. A scan that follows
    another closely waits for others, for one command costs as much as all the rest of a scan.
    """
    buffer = _buffer(app)
    buffer.noted.append(noted)
    if time.monotonic() - buffer.sent_at >= SPACING_SECONDS and send(app):
        return
    if buffer.timer is None:
        buffer.timer = threading.Timer(SPACING_SECONDS, send, [app])
        buffer.timer.daemon = True
        buffer.timer.start()


def _buffer(app: Flask) -> Buffer:
    found: Buffer | None = app.extensions.get("scans")
    if found is None:
        found = app.extensions.setdefault("scans", Buffer())
        atexit.register(send, app)
    return found


def send(app: Flask) -> bool:
    """Send the scans that this process holds; False when another thread is sending."""
    buffer = _buffer(app)
    if not buffer.sending.acquire(blocking=False):
        return False
    try:
        buffer.timer = None
        noted = [buffer.noted.popleft() for _ in range(len(buffer.noted))]
        if noted and time.monotonic() >= buffer.quiet_until:
            _send(app, buffer, noted)
    except broker.RedisError:
        # One slow server must not hold every thread for a moment at every scan.
        buffer.quiet_until = time.monotonic() + PAUSE_SECONDS
    finally:
        buffer.sent_at = time.monotonic()
        buffer.sending.release()
    return True


def _send(app: Flask, buffer: Buffer, noted: Sequence[Noted]) -> None:
    client = _client(app)
    entries = [json.dumps(_entry(client, buffer, one)) for one in noted]
    too_many = client.rpush(WAITING, *entries) - MOST_WAITING
    if too_many > 0:
        client.rpop(WAITING, too_many)


def _entry(client: Redis, buffer: Buffer, noted: Noted) -> dict[str, Any]:
    entry = vars(noted) | {
        "id": secrets.token_hex(12),
        "visitor": _visitor(client, buffer, noted),
    }
    del entry["address"], entry["agent"]
    return entry


def _client(app: Flask) -> Redis:
    client = app.extensions.get("scan_buffer")
    if client is None:
        url = app.config["SETTINGS"].redis_url
        client = app.extensions["scan_buffer"] = broker.connect(url, read_seconds=PATIENCE_SECONDS)
    return cast(Redis, client)


def _visitor(client: Redis, buffer: Buffer, noted: Noted) -> str:
    """Who it was, for one day: a hash under a salt that nobody keeps when the day is over."""
    day = clock.vietnam(datetime.fromisoformat(noted.at)).date()
    if buffer.salt[0] != day.isoformat():
        key = f"scans:salt:{day}"
        client.set(key, secrets.token_bytes(32), nx=True, exat=clock.day(day)[1])
        salt = cast(bytes | None, client.get(key)) or secrets.token_bytes(32)
        buffer.salt = (day.isoformat(), salt)
    who = f"{noted.address}\n{noted.agent}".encode()
    return hmac.digest(buffer.salt[1], who, "sha256").hex()[:16]


def taken() -> list[bytes]:
    """The next piece to store, the same until it is `done`; empty when there is nothing."""
    client = broker.connection()
    if not client.exists(STORING):
        # Set aside, so that a piece begun again after a crash holds the same scans.
        with suppress(broker.RedisError):
            client.renamenx(WAITING, STORING)
    return cast(list[bytes], client.lrange(STORING, 0, PIECE - 1))


# Two who did the same piece may both say so; only one of them takes it away.
_DONE = "if redis.call('LINDEX',KEYS[1],0)==ARGV[1] then redis.call('LTRIM',KEYS[1],ARGV[2],-1) end"


def done(piece: Sequence[bytes]) -> None:
    """Forget a piece that is committed; twice is once."""
    broker.connection().eval(_DONE, 1, STORING, piece[0], str(len(piece)))


def store(piece: Sequence[bytes]) -> None:
    """Write a piece into the tables: the scans, the days, the stamps. Twice is once."""
    told = [json.loads(each) for each in piece]
    if not once.claim(f"scans-{told[0]['id']}", ""):
        return
    there = _still_there(told)
    rows = [
        each | {name: each[name] if each[name] in ids else None for name, ids in there.items()}
        for each in told
    ]
    kept = [{name: row[name] for name in _COLUMNS} for row in rows]
    firsts, waited = _count_on_stamps(rows)
    insert_many(Scan, kept)
    _count_days(rows, firsts)
    waits.add(waited)
    weigh(sorted({row["stamp_id"] for row in rows if row["stamp_id"]}), clock.now())


def _still_there(told: Sequence[dict[str, Any]]) -> dict[str, set[int]]:
    """The rows that the scans name and that exist (an entry may be older than a restored copy)."""
    found = {}
    for name, table in (
        ("stamp_id", "stamps"),
        ("batch_id", "stamp_batches"),
        ("lot_id", "lots"),
        ("product_id", "products"),
    ):
        ids = sorted({each[name] for each in told if each[name]})
        query = text(f"SELECT id FROM {table} WHERE id = ANY(:ids)")  # noqa: S608 - names of ours
        found[name] = set(db.session.scalars(query, {"ids": ids})) if ids else set()
    return found


def _count_on_stamps(rows: Sequence[dict[str, Any]]) -> tuple[set[int], list[Wait]]:
    """Add the scans to their stamps, in id order; the places of those that were a first scan, and
    how long these stamps had been on goods.
    """
    seen: dict[int, list[tuple[str, int]]] = {}
    for place, row in enumerate(rows):
        if row["stamp_id"]:
            seen.setdefault(row["stamp_id"], []).append((row["at"], place))
    query = select(Stamp).where(Stamp.id.in_(seen)).order_by(Stamp.id)
    firsts, waited = set(), []
    for stamp in db.session.scalars(query.with_for_update(of=Stamp)):
        scanned = sorted(seen[stamp.id])
        if stamp.first_scan_at is None:
            first, place = datetime.fromisoformat(scanned[0][0]), scanned[0][1]
            stamp.first_scan_at = first
            firsts.add(place)
            product_id, since = rows[place]["product_id"], stamp.changed_at
            if product_id and stamp.state == StampState.ACTIVE and since and since < first:
                waited.append(Wait(product_id, since, first))
        last = datetime.fromisoformat(scanned[-1][0])
        stamp.last_scan_at = max(last, stamp.last_scan_at or last)
        stamp.scans += len(scanned)
    db.session.flush()
    return firsts, waited


_DAYS = text("""
    INSERT INTO scan_days ("on", product_id, lot_id, batch_id, area, finding, scans, firsts)
    VALUES (:on, :product_id, :lot_id, :batch_id, :area, :finding, :scans, :firsts)
    ON CONFLICT ("on", product_id, lot_id, batch_id, area, finding)
    DO UPDATE SET scans = scan_days.scans + excluded.scans,
                  firsts = scan_days.firsts + excluded.firsts
""")


def _count_days(rows: Sequence[dict[str, Any]], firsts: set[int]) -> None:
    names = ("product_id", "lot_id", "batch_id", "area", "finding")
    counted: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(rows):
        if row["product_id"]:
            day = clock.vietnam(datetime.fromisoformat(row["at"])).date()
            both = counted.setdefault((day, *(row[name] for name in names)), [0, 0])
            both[0] += 1
            both[1] += place in firsts
    days = [
        dict(zip(("on", *names, "scans", "firsts"), (*key, *both), strict=True))
        for key, both in sorted(counted.items(), key=str)
    ]
    if days:
        db.session.execute(_DAYS, days)


def weigh(stamp_ids: Sequence[int], now: datetime) -> None:
    """Doubt the stamps whose scans meet a rule; a word that is there stays.

    One question a rule for any number of stamps.
    """
    for rule in RULES:
        counted = {
            "scans": func.count(),
            "visitors": func.count(Scan.visitor.distinct()),
            "areas": func.count(Scan.area.distinct()),
        }[rule.count]
        many = (
            select(Scan.stamp_id)
            .where(
                among(Scan.stamp_id, stamp_ids),
                Scan.at > now - timedelta(days=rule.days),
                Scan.finding.in_(WEIGHED),
            )
            .group_by(Scan.stamp_id)
            .having(counted >= rule.least)
        )
        doubted = update(Stamp).where(Stamp.id.in_(many), Stamp.suspect.is_(None))
        db.session.execute(
            doubted.values(suspect=rule.word), execution_options={"synchronize_session": "fetch"}
        )


def clear(stamp: Stamp) -> None:
    """Somebody looked into it: this stamp is doubted no more."""
    if stamp.suspect:
        stamp.suspect = CLEARED


def forget(before: date, most: int = 50_000) -> int:
    """Delete at most so many scans of days before `before`; how many. The days' counts stay."""
    old = select(Scan.id).where(Scan.at < clock.midnight(before)).limit(most)
    gone = db.session.execute(delete(Scan).where(Scan.id.in_(old)).returning(Scan.id))
    return len(gone.all())
