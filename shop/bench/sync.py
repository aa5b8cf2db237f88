"""What the sync engine costs: against the marketplace's own limit, and against bare signed calls.

The marketplace is the sandbox in a process of its own; its items are there from the beginning.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import configure_mappers

from shop import clock, processes, references, vault
from shop.bench import serving
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import stock
from shop.outbox import Task
from shop.settings import ROOT, Settings
from workers.channels import connections, partners
from workers.channels.models import Connection, Listing
from workers.marketplaces.shopee import client
from workers.sync import lanes, pull, push
from workers.sync.models import Lane, LaneKind

SHOP_ID = 700_001
# Calls of the bare loop and of the engine beside it, single changes, orders.
BARE, PROBES, ORDERS = 500, 100, 500
NO_LIMIT = 99_999
TIMEOUT, IDLE_WITHIN = 60, 300


@dataclass(frozen=True)
class Speed:
    """What was measured; see the command for the words. `refused`: calls answered as too fast."""

    share: float
    per_second: float
    refused: int
    bare_ms: float
    engine_ms: float
    p50_ms: float
    p99_ms: float
    orders_per_second: float
    quick_mb: float
    slow_mb: float


def measure(settings: Settings, changes: int, rate: float) -> Speed:
    """Tell so many changes of stock to a marketplace that allows `rate` calls a second."""
    from shop.app import create_app

    with _sandbox(settings) as (ours, host):
        app = create_app(ours)
        configure_mappers()
        processes.keep_loaded()  # as a worker does
        with app.app_context():
            connection_id = _connect(app, host)
            listed = _list(connection_id, host, changes)
            per_second, refused = _paced(connection_id, host, rate)
            _limit(connection_id, host, 0)
            bare_ms = _bare(connection_id)
            engine_ms = _unpaced(connection_id, listed[:BARE])
            orders = _orders(connection_id, host)
            _settle(connection_id)
            idle, quick_mb, slow_mb = _idle(ours, listed)
            _settle(connection_id)
            db.session.remove()
            db.engine.dispose()
    idle.sort()
    return Speed(
        share=per_second / rate,
        per_second=per_second,
        refused=refused,
        bare_ms=bare_ms,
        engine_ms=engine_ms,
        p50_ms=idle[len(idle) // 2],
        p99_ms=idle[len(idle) * 99 // 100],
        orders_per_second=orders,
        quick_mb=quick_mb,
        slow_mb=slow_mb,
    )


@contextmanager
def _sandbox(settings: Settings) -> Iterator[tuple[Settings, str]]:
    port = serving.free_port()
    ours, host = replace(settings, demo=True, sandbox_port=port), f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        argv = [sys.executable, "-m", "workers.sandbox.server", "--port", str(port)]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen([*argv, "--state", folder], env=env)
        try:
            _wait(host)
            yield ours, host
        finally:
            process.terminate()
            process.wait(20)


def _wait(host: str) -> None:
    for _ in range(300):
        try:
            requests.get(f"{host}/control/items", timeout=TIMEOUT)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError("the sandbox did not start")


def _steer(host: str, what: str, **given: Any) -> Any:
    answer = requests.post(f"{host}/control/{what}", json=given, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()


def _connect(app: Flask, host: str) -> int:
    _steer(host, "shops", shop_id=SHOP_ID, name="Gian hàng thử")
    partner, key = partners.partner("shopee"), app.config["SETTINGS"].vault_key
    url = client.consent_url(partner, "http://127.0.0.1:1/ve", "there")
    agreed = requests.get(f"{url}&auto=1&shop_id={SHOP_ID}", allow_redirects=False, timeout=TIMEOUT)
    code = agreed.headers["Location"].split("code=")[1].split("&")[0]
    tokens = client.exchange(partner, {"code": code, "shop_id": str(SHOP_ID)}).tokens
    with transaction():
        seller_id = db.session.scalar(select(func.min(Variant.seller_id)))
        row = Connection(ref=references.new(), seller_id=seller_id, platform="shopee")
        row.shop_id, row.sandbox = str(SHOP_ID), True
        row.sealed_access_token = vault.seal(tokens.access_token, key)
        row.sealed_refresh_token = vault.seal(tokens.refresh_token, key)
        row.token_expires_at = datetime.fromtimestamp(tokens.expires_at, UTC)
        db.session.add(row)
        db.session.flush()
        return row.id


def _list(connection_id: int, host: str, count: int) -> list[tuple[int, int]]:
    """Listings that are there already, with five pieces each; listing id, variant id."""
    query = select(Variant.id, Variant.sku, Variant.price_vnd).order_by(Variant.id).limit(count)
    packs = db.session.execute(query).all()
    bodies = [
        {"item_name": sku, "item_sku": sku, "price": vnd, "stock": 5, "category_id": 100780}
        for _id, sku, vnd in packs
    ]
    item_ids = _steer(host, "items", shop_id=SHOP_ID, items=bodies)
    with transaction():
        seller_id = db.session.get_one(Connection, connection_id).seller_id
        rows = [
            Listing(
                ref=references.new(),
                seller_id=seller_id,
                connection_id=connection_id,
                variant_id=pack[0],
                external_id=str(item_id),
                state="live",
            )
            for pack, item_id in zip(packs, item_ids, strict=True)
        ]
        db.session.add_all(rows)
        db.session.flush()
        made = [(row.id, row.variant_id) for row in rows]
    with transaction():
        db.session.execute(text("ANALYZE"))
    return made


def _limit(connection_id: int, host: str, rate: float) -> None:
    _steer(host, "limits", shop_id=SHOP_ID, per_second=rate)
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        row.calls_per_second = Decimal(str(rate or NO_LIMIT))


def _paced(connection_id: int, host: str, rate: float) -> tuple[float, int]:
    """Changes told per second under the limit, and how many calls came too fast."""
    with transaction():
        every = select(Listing.id).where(Listing.connection_id == connection_id)
        ids = list(db.session.scalars(every))
        lanes.mark(ids, [LaneKind.STOCK], cause="bench")
    _limit(connection_id, host, rate)
    started = time.perf_counter()
    _settle(connection_id)
    taken = time.perf_counter() - started
    calls = requests.get(f"{host}/control/state", timeout=TIMEOUT).json()["calls"]
    return len(ids) / taken, sum(call["error"] == "error_rate_limit" for call in calls)


def _settle(connection_id: int) -> None:
    """Push until nothing is open."""
    while True:
        push.push(connection_id)
        db.session.rollback()
        open_ones = select(func.count()).where(Lane.wanted > Lane.settled)
        if not db.session.scalar(open_ones):
            return
        time.sleep(0.05)


def _bare(connection_id: int) -> float:
    """Milliseconds of a signed call alone."""
    shop = connections.shop(connection_id)
    query = select(Listing.external_id).where(Listing.connection_id == connection_id).limit(BARE)
    item_ids = [int(str(id)) for id in db.session.scalars(query)]
    db.session.rollback()
    started = time.perf_counter()
    for item_id in item_ids:
        lines = [{"model_id": 0, "seller_stock": [{"stock": 7}]}]
        client.post(shop, "product/update_stock", {"item_id": item_id, "stock_list": lines})
    return (time.perf_counter() - started) / len(item_ids) * 1000


def _unpaced(connection_id: int, listed: list[tuple[int, int]]) -> float:
    """Milliseconds of the engine for one listing, the call included."""
    with transaction():
        lanes.tell_again([row[0] for row in listed], LaneKind.STOCK, cause="bench")
    started = time.perf_counter()
    _settle(connection_id)
    return (time.perf_counter() - started) / len(listed) * 1000


def _orders(connection_id: int, host: str) -> float:
    """Orders brought in per second, each taking one piece of its own item."""
    items = requests.get(f"{host}/control/items", timeout=TIMEOUT).json()[:ORDERS]
    _fill(connection_id, [str(item["item_id"]) for item in items])
    for item in items:
        refill = f"{host}/control/items/{item['item_id']}"
        requests.post(refill, json={"stock": 5}, timeout=TIMEOUT)
        line = {"item_id": item["item_id"], "quantity": 1}
        given = {"platform": "shopee", "shop_id": SHOP_ID, "status": "READY_TO_SHIP"}
        _steer(host, "orders", lines=[line], **given)
    started = time.perf_counter()
    pull.pull(connection_id)
    return len(items) / (time.perf_counter() - started)


def _fill(connection_id: int, external_ids: list[str]) -> None:
    """Five pieces more of each of these items: every order is to find its goods."""
    query = select(Listing.variant_id).where(
        Listing.connection_id == connection_id, Listing.external_id.in_(external_ids)
    )
    with transaction():
        for variant_id in sorted(db.session.scalars(query)):
            stock.receive(variant_id, Decimal(5), source=f"bench:order:{variant_id}")


def _idle(ours: Settings, listed: list[tuple[int, int]]) -> tuple[list[float], float, float]:
    """Milliseconds from each change to its acknowledgement; memory of the two workers in MB."""
    found = []
    with serving.working(ours, "quick") as quick, serving.working(ours, "slow") as slow:
        _wait_idle()
        for number, (listing_id, variant_id) in enumerate(listed[-PROBES:]):
            found.append(_probe(listing_id, variant_id, number))
        return found[1:], _megabytes(quick), _megabytes(slow)


def _wait_idle() -> None:
    """Until the workers have done all that was asked for while none ran."""
    there = select(func.count()).where(
        Task.finished_at.is_(None), Task.failed_at.is_(None), Task.due_at <= func.now()
    )
    deadline = time.monotonic() + IDLE_WITHIN
    while db.session.scalar(there):
        db.session.rollback()
        if time.monotonic() > deadline:
            raise RuntimeError("the workers did not come to rest")
        time.sleep(0.2)
    db.session.rollback()


def _probe(listing_id: int, variant_id: int, number: int) -> float:
    changed = clock.now()
    with transaction():
        stock.receive(variant_id, Decimal(3), source=f"bench:{number}")
    query = select(Lane.settled_at).where(
        Lane.listing_id == listing_id,
        Lane.kind == LaneKind.STOCK,
        Lane.wanted == Lane.settled,
        Lane.settled_at > changed,
    )
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        settled_at = db.session.scalar(query)
        db.session.rollback()
        if settled_at is not None:
            return float((settled_at - changed).total_seconds() * 1000)
        time.sleep(0.02)
    raise RuntimeError("a change of stock was not told")


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
