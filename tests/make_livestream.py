"""Factories of the livestream room, and a bridge that signs its batches."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import db
from shop.livestream import broadcasts, comments, desk, hosts, jobs, pins
from shop.livestream.models import Broadcast, BroadcastState, Buyer, Comment, Pin
from shop.livestream.plan_models import Host
from shop.livestream.resources import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from shop.sellers.models import Seller
from tests import make

START = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)

_next = count(1)


def broadcast(
    owner: Seller | None = None, *, title: str = "Chè Tân Cương tối thứ Bảy"
) -> Broadcast:
    data = {"title": title, "platform": "facebook"}
    return broadcasts.plan(SYSTEM, owner or make.seller(), data)


def on_air(owner: Seller | None = None) -> Broadcast:
    """A session that has begun, its gate passed or not."""
    row = broadcast(owner)
    row.state, row.live_at = BroadcastState.LIVE, clock.now()
    return row


def pin(on: Broadcast, code: str = "A1", variant: Variant | None = None, **more: Any) -> Pin:
    values: dict[str, Any] = {"label": "Hộp quà chè", "unit": "hộp", "aliases": [], "variants": []}
    return pins.pin(SYSTEM, on, {"code": code} | values | more, variant)


def host(owner: Seller, *, checked: bool = True, **more: Any) -> Host:
    """Somebody who hosts for `owner`, compared by a reviewer unless told otherwise."""
    values = {
        "name": "Đào Thanh Hảo",
        "born_on": date(1971, 5, 20),
        "personal_number": "019171004321",
    }
    row = hosts.enter(SYSTEM, owner, values | more)
    if checked:
        hosts.check(SYSTEM, row)
    return row


def ready(on: Broadcast, *, variant: Variant | None = None) -> Broadcast:
    """Give a session all that it takes to go live: a host, and goods under A1 where it has none."""
    owner = db.session.get_one(Seller, on.seller_id)
    if variant or not any(pin.variant_id for pin in on.pins):
        pin(on, "A1", variant or make.variant(make.product(owner)))
    broadcasts.change(SYSTEM, on, {"host": host(owner)})
    return on


def live(on: Broadcast, **more: Any) -> Broadcast:
    """A session that went live through the gate."""
    broadcasts.go_live(SYSTEM, ready(on, **more))
    return on


def said(
    text: str, *, at: int = 0, author: str = "lan", platform_id: str | None = None
) -> dict[str, Any]:
    """A comment as the schema gives it, `at` seconds after START."""
    return {
        "id": platform_id or f"c{next(_next):05d}",
        "author_id": author,
        "author_name": author.title(),
        "text": text,
        "posted_at": START + timedelta(seconds=at),
    }


def hear(on: Broadcast, *batch: dict[str, Any]) -> None:
    """Take in and read a batch, as ingest and job do."""
    comments.ingest(on, batch)
    desk.serve(on, comments.unread(on, 1000))


def buyer(on: Broadcast, author: str = "lan") -> Buyer:
    return db.session.query(Buyer).filter_by(broadcast_id=on.id, author_id=author).one()


def body(batch: Sequence[dict[str, Any]]) -> bytes:
    """A batch as a bridge sends it."""
    wire = [{**one, "posted_at": one["posted_at"].isoformat()} for one in batch]
    return json.dumps({"comments": wire}).encode()


def headers(key: str, raw: bytes, *, timestamp: str | None = None) -> dict[str, str]:
    timestamp = timestamp or str(int(clock.now().timestamp()))
    return {
        "Content-Type": "application/json",
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: sign(key, timestamp, raw),
    }


def comment(on: Broadcast, text: str) -> Comment:
    """The comment of the session that says just this."""
    return db.session.query(Comment).filter_by(broadcast_id=on.id, text=text).one()


def deliver(app: Flask, on_id: int, key: str, heard: list[dict[str, Any]], seed: int) -> int:
    """Send batches as a bridge does, in its own order, and read after each; how many were new."""
    dice = random.Random(seed)
    parts = [heard[start : start + 12] for start in range(0, len(heard), 12)]
    dice.shuffle(parts)
    ref = db.session.get_one(Broadcast, on_id).ref
    db.session.rollback()
    took = 0
    for part in parts:
        dice.shuffle(part)
        raw = body(part)
        client = app.test_client()
        signed = headers(key, raw)
        answer = client.post(f"/api/v1/livestreams/{ref}/comments", data=raw, headers=signed)
        assert answer.status_code == 202, answer.text
        took += answer.json["accepted"]
        jobs.read_comments(on_id)
    return took
