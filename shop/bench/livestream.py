"""A crowded session: comments through the signed API, claims by the worker, consoles that watch.

A thousand comments a second of five thousand buyers, over twenty codes with two hundred pieces
each: most who want something come too late, which is where a queue that sells twice, or forgets
somebody, would show. Every order is of one piece, so fairness is easy to say: who holds goods said
so before everybody who waits for the same.
"""

import json
import random
import re
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Flask, session
from flask_security.utils import login_user
from sqlalchemy import func, select, text, update

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import Membership, Role, User
from shop.bench import serving
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import stock
from shop.inventory.models import Reservation
from shop.livestream import broadcasts, desk, pins, resources
from shop.livestream import comments as ingesting
from shop.livestream.models import (
    BroadcastState,
    Buyer,
    Claim,
    ClaimState,
    Comment,
    CommentState,
)
from shop.sellers.models import Seller
from shop.settings import Settings

CODES, PIECES, BUYERS = 20, 200, 5_000
BATCH, SETTLE_SECONDS, TIMEOUT = 100, 900, 30
# So many come ahead of the crowd: no session begins with a thousand a second.
OPENING, OPENING_SECONDS = 50, 3
PAST = 5_000
# What is said: orders of one piece, and all that is none.
ORDERS = ("{code}", "chốt {code}", "mã {code} lấy 1", "{code} x1 nhé shop", "cho em 1 {code}")
OTHERS = ("{code} còn không shop?", "đẹp quá", "ship Hà Nội bao nhiêu ạ", "hóng", "chào cả nhà")
ORDERS_OF_A_HUNDRED = 45
TEXTS = CODES * sum("{code}" in words for words in ORDERS + OTHERS) + 4
_FIGURE = re.compile(r'figure-value">([\d.]+)<')


@dataclass(frozen=True)
class Said:
    """A comment of the recording; `code` where it orders."""

    id: str
    author: str
    text: str
    code: str | None


@dataclass(frozen=True)
class Result:
    """What came of it. `lost`: orders without a claim; `unfair`: claims that hold goods though one
    that was said earlier waits for the same. Milliseconds from sending to the console."""

    comments: int
    claims: int
    sent_per_second: float
    read_per_second: float
    p50_ms: float
    p99_ms: float
    oversold: int
    lost: int
    unfair: int
    streams_lost: int


@dataclass
class Watch:
    """What a console showed: when (Unix seconds), and how many claims there were."""

    shown: list[tuple[float, int]] = field(default_factory=list)
    ended: int = 0


def measure(settings: Settings, count: int, rate: float, consoles: int) -> Result:
    """Say `count` comments, `rate` a second, with so many consoles open."""
    from shop.app import create_app

    app, said = create_app(settings), recording(count)
    with app.test_request_context():
        ref, key, cookie = _prepare(app)
        db.session.remove()
        with serving.web(settings) as url, serving.working(settings):
            watches, stop = _open_consoles(f"{url}/ban-hang/livestream/{ref}", cookie, consoles)
            ingest = f"{url}/api/v1/livestreams/{ref}/comments"
            sent = _send(ingest, key, said[:OPENING], rate)
            time.sleep(OPENING_SECONDS)
            began = time.time()
            sent |= _send(ingest, key, said[OPENING:], rate)
            speaking = time.time() - began
            _wait_until_read(count)
            reading = time.time() - began
            time.sleep(3)
            stop.set()
        found = _check(said, sent, watches)
        db.session.remove()
        db.engine.dispose()
    ms, oversold, lost, unfair = found
    return Result(
        comments=count,
        claims=len(ms),
        sent_per_second=(count - OPENING) / speaking,
        read_per_second=(count - OPENING) / reading,
        p50_ms=ms[len(ms) // 2],
        p99_ms=ms[len(ms) * 99 // 100],
        oversold=oversold,
        lost=lost,
        unfair=unfair,
        streams_lost=sum(watch.ended for watch in watches),
    )


def recording(count: int) -> list[Said]:
    """So many comments, always the same."""
    dice, made = random.Random(7), []
    for number in range(count):
        orders = dice.randrange(100) < ORDERS_OF_A_HUNDRED
        code = f"A{dice.randrange(CODES) + 1}"
        words = dice.choice(ORDERS if orders else OTHERS).format(code=code)
        author = f"u{dice.randrange(BUYERS)}"
        made.append(Said(f"c{number:06d}", author, words, code if orders else None))
    return made


def _prepare(app: Flask) -> tuple[str, str, str]:
    """A session on the air with its codes and goods: its reference, its key, a helper's cookie."""
    with transaction():
        seller = db.session.scalars(select(Seller).order_by(Seller.id)).one()
        plan = {"title": "Phiên đo", "platform": "facebook"}
        made = broadcasts.plan(SYSTEM, seller, plan)
        query = select(Variant).where(Variant.seller_id == seller.id).order_by(Variant.id)
        for number, variant in enumerate(db.session.scalars(query.limit(CODES)), 1):
            stock.receive(variant.id, Decimal(PIECES), source=f"bench:{number}")
            words = {"code": f"A{number}", "label": variant.product.name, "unit": variant.unit}
            pins.pin(SYSTEM, made, {**words, "aliases": [], "variants": []}, variant)
        # The gate is not what is measured. Nothing lapses meanwhile.
        made.state, made.live_at, made.hold_minutes = BroadcastState.LIVE, clock.now(), 600
        helper = User(name="Người phụ", phone="+84900000001", fs_uniquifier="helper")
        db.session.add(helper)
        db.session.flush()
        member = Membership(user_id=helper.id, seller_id=seller.id, role=Role.HOST)
        db.session.add(member)
        db.session.flush()
        db.session.refresh(helper)
        ref, key = made.ref, broadcasts.ingest_key(made)
        login_user(helper)
        _past(seller)
    with transaction():
        db.session.execute(text("ANALYZE"))
    interface: Any = app.session_interface
    sealed = interface.get_signing_serializer(app).dumps(dict(session))
    return ref, key, f"{app.config['SESSION_COOKIE_NAME']}={sealed}"


def _past(seller: Seller) -> None:
    """A session of before, heard and over: no shop's first evening has a thousand a second.

    The database plans how it looks for keys by what it knows of a table, once a connection; of one
    that was always empty it goes on looking from end to end.
    """
    past = broadcasts.plan(SYSTEM, seller, {"title": "Phiên trước", "platform": "facebook"})
    past.state = BroadcastState.CLOSED
    rows = [
        {"id": f"p{n}", "author_id": f"p{n}", "author_name": f"Khách {n}", "text": "hóng"}
        | {"posted_at": clock.now()}
        for n in range(PAST)
    ]
    ingesting.ingest(past, rows)
    said = update(Comment).where(Comment.broadcast_id == past.id)
    db.session.execute(said.values(state=CommentState.IGNORED, read_at=clock.now()))
    heard = select(Comment).where(Comment.broadcast_id == past.id)
    desk.buyers(past, list(db.session.scalars(heard)))


def _open_consoles(url: str, cookie: str, count: int) -> tuple[list[Watch], threading.Event]:
    """Half of them hosts, half helpers, each on a line of its own; the first two are read."""
    stop = threading.Event()
    watches = [Watch() for _each in range(count)]
    for number, watch in enumerate(watches):
        view = "bang/dong-chay" if number % 2 == 0 else "san-khau/dong-chay"
        args = (f"{url}/{view}", cookie, watch, stop, number == 0)
        threading.Thread(target=_follow, args=args, daemon=True).start()
    time.sleep(3)
    return watches, stop


def _follow(url: str, cookie: str, watch: Watch, stop: threading.Event, reads: bool) -> None:
    last = ""
    while not stop.is_set():
        headers = {"Cookie": cookie} | ({"Last-Event-ID": last} if last else {})
        try:
            asked = urllib.request.Request(url, headers=headers)  # noqa: S310 our own server
            with urllib.request.urlopen(asked, timeout=TIMEOUT) as answer:  # noqa: S310
                if reads:
                    _read(answer, watch, stop)
                while not stop.is_set() and (some := answer.read1()):
                    last = _last_mark(some) or last
        except OSError:
            watch.ended += 1
            time.sleep(0.5)


def _read(answer: Any, watch: Watch, stop: threading.Event) -> None:
    """Note what each piece shows: orders, held, waiting (revenue has its ₫)."""
    figures: list[int] = []
    for line in answer:
        if stop.is_set():
            return
        if line.strip():
            found = _FIGURE.findall(line.decode())
            figures += [int(each.replace(".", "")) for each in found]
            continue
        # An empty line ends the piece.
        if len(figures) >= 3:
            watch.shown.append((time.time(), figures[1] + figures[2]))
        figures = []


def _last_mark(some: bytes) -> str:
    found = re.findall(rb"^id: (\d+)$", some, re.M)
    return found[-1].decode() if found else ""


def _send(url: str, key: str, said: Sequence[Said], rate: float) -> dict[str, float]:
    """Comment id → when it was sent; batches shuffled within themselves, some of them twice."""
    sent: dict[str, float] = {}
    dice, began = random.Random(11), time.monotonic()
    for first in range(0, len(said), BATCH):
        time.sleep(max(0.0, began + first / rate - time.monotonic()))
        now, some = time.time(), list(said[first : first + BATCH])
        rows = [
            {
                "id": each.id,
                "author_id": each.author,
                "author_name": f"Khách {each.author}",
                "text": each.text,
                "posted_at": datetime.fromtimestamp(now + n / 1e6, UTC).isoformat(),
            }
            for n, each in enumerate(some)
        ]
        dice.shuffle(rows)
        raw = json.dumps({"comments": rows}).encode()
        for _again in range(2 if dice.randrange(20) == 0 else 1):
            _post(url, key, raw)
        sent |= {each.id: now for each in some}
    return sent


def _post(url: str, key: str, raw: bytes) -> None:
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        resources.TIMESTAMP_HEADER: stamp,
        resources.SIGNATURE_HEADER: resources.sign(key, stamp, raw),
    }
    asked = urllib.request.Request(url, raw, headers)  # noqa: S310 our own server
    urllib.request.urlopen(asked, timeout=TIMEOUT).close()  # noqa: S310


def _wait_until_read(count: int) -> None:
    query = select(func.count()).where(Comment.read_at.is_not(None))
    count += PAST
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        db.session.rollback()
        if db.session.scalar(query) == count:
            return
        time.sleep(0.2)
    raise RuntimeError("not every comment was read")


def _check(
    said: Sequence[Said], sent: dict[str, float], watches: Sequence[Watch]
) -> tuple[list[float], int, int, int]:
    """Milliseconds of each claim until the console showed it; oversold, lost, unfair."""
    query = select(Claim.code, Buyer.author_id, Claim.state, Claim.said_at, Comment.platform_id)
    query = query.join(Buyer, Buyer.id == Claim.buyer_id)
    query = query.join(Comment, Comment.id == Claim.comment_id).order_by(Claim.id)
    claims = db.session.execute(query).all()
    wanted = {(each.author, each.code) for each in said if each.code}
    lost = len(wanted - {(row.author_id, row.code) for row in claims})
    return _late(claims, sent, watches[0]), _oversold(), lost, _unfair(claims)


def _late(claims: Sequence[Any], sent: dict[str, float], watch: Watch) -> list[float]:
    late, there = [], 0
    for at, count in watch.shown:
        for row in claims[there:count]:
            late.append((at - sent[row.platform_id]) * 1000)
        there = max(there, count)
    if there < len(claims):
        raise RuntimeError(f"the console showed {there} of {len(claims)} claims")
    return sorted(late)


def _oversold() -> int:
    """Pieces promised beyond what is there."""
    query = select(Reservation.variant_id, func.sum(Reservation.quantity))
    query = query.where(Reservation.released_at.is_(None)).group_by(Reservation.variant_id)
    return sum(max(0, int(held) - PIECES) for _variant, held in db.session.execute(query))


def _unfair(claims: Sequence[Any]) -> int:
    first: dict[str, Any] = {}
    for row in claims:
        if row.state == ClaimState.WAITING:
            first[row.code] = min(first.get(row.code, row.said_at), row.said_at)
    held = [row for row in claims if row.state == ClaimState.HELD]
    return sum(row.code in first and row.said_at > first[row.code] for row in held)
