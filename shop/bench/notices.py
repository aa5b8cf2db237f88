"""From the bank's notice to a paid order, through the web server and the worker that run for it."""

import json
import random
import time
import urllib.request
from dataclasses import dataclass

from sqlalchemy import func, select

from shop import references
from shop.bench import orders, serving
from shop.bench.orders import Shelf
from shop.database import db, transaction
from shop.orders.models import Order, State
from shop.payments import requests
from shop.payments.models import Notice
from shop.reconciliation.models import Allocation, BankLine
from shop.settings import Settings

OURS = "shop.app:create_serving_app"
NOTICES = 600
READY = 10  # sent first, while the worker comes up; not counted
A_SECOND = 20


@dataclass(frozen=True)
class Late:
    """How long orders stayed unpaid after their notice was kept."""

    notices: int
    p50_ms: float
    p99_ms: float


def measure(settings: Settings, shelves: list[Shelf]) -> Late:
    """Send NOTICES, A_SECOND of them a second; the time from keeping each to the paid order.

    Needs an app context on the database that `settings` names.
    """
    dice = random.Random(4)
    asked = []
    for number in range(NOTICES):
        shelf = dice.choice(shelves)
        with transaction():
            order = orders.place(dice, shelf, f"late:{number}")
            requests.open(order)
            asked.append((shelf, order.id, *orders.notice(shelf, order.ref, order.total_vnd)))
    with serving.served(OURS, settings) as url, serving.working(settings):
        _send(url, asked[:READY])
        _wait([order_id for _shelf, order_id, _raw, _headers in asked[:READY]])
        began = time.monotonic()
        for number, one in enumerate(asked[READY:]):
            time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            _send(url, [one])
        _wait([order_id for _shelf, order_id, _raw, _headers in asked])
    return _spread([order_id for _shelf, order_id, _raw, _headers in asked[READY:]])


def _send(url: str, asked: list[tuple[Shelf, int, bytes, dict[str, str]]]) -> None:
    for shelf, _order_id, raw, headers in asked:
        address = f"{url}/webhooks/sepay/{shelf.feed_ref}"
        call = urllib.request.Request(address, raw, headers)  # noqa: S310 our own server
        urllib.request.urlopen(call, timeout=10).close()  # noqa: S310


def _wait(order_ids: list[int]) -> None:
    deadline = time.monotonic() + 60
    query = select(func.count()).where(Order.id.in_(order_ids), Order.state == State.PAID)
    while time.monotonic() < deadline:
        db.session.rollback()
        if db.session.scalar(query) == len(order_ids):
            return
        time.sleep(0.2)
    raise RuntimeError("not every order was paid")


def _spread(order_ids: list[int]) -> Late:
    kept = {
        hit.ref: received_at
        for raw, received_at in db.session.execute(select(Notice.raw, Notice.received_at))
        for hit in references.find(json.loads(raw)["content"])
    }
    query = select(Order.ref, Order.paid_at).where(Order.id.in_(order_ids))
    paid = [(ref, at) for ref, at in db.session.execute(query) if at is not None]
    waited = sorted((paid_at - kept[ref]).total_seconds() * 1000 for ref, paid_at in paid)
    # A matched line stands behind every one of them.
    matched = select(func.count(Allocation.id)).join(BankLine)
    if (db.session.scalar(matched.where(Allocation.order_id.in_(order_ids))) or 0) < len(waited):
        raise RuntimeError("an order was paid by no bank line")
    return Late(len(waited), waited[len(waited) // 2], waited[len(waited) * 99 // 100])
