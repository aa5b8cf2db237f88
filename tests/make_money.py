"""Factories of orders and money: a placed order, its feed, a bank that reports; and processes."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from shop import clock, settings
from shop.accounts.access import SYSTEM
from shop.app import create_app
from shop.catalogue.models import Variant
from shop.database import db
from shop.orders import checkout, dues, receipts, states
from shop.orders.models import Order, OrderEvent, State
from shop.payments import feeds, requests
from shop.payments.models import FeedConnection
from shop.reconciliation.models import BankLine
from shop.sellers.models import Seller
from tests import make

_next = count(1)
BUYER = checkout.Buyer("Lê Thị Lan", "+84912345678", "12 Lê Lợi, Huế")


def seller_of(variant: Variant) -> Seller:
    """The seller whose pack it is."""
    return db.session.get_one(Seller, variant.seller_id)


def order(
    owner: Seller | None = None, *, variant: Variant | None = None, quantity: int = 1, **more: Any
) -> Order:
    """An order that awaits 185.000 đ a unit."""
    variant = variant or make.variant(make.product(owner))
    wants = [checkout.Want(variant, Decimal(quantity))]
    values: dict[str, Any] = {"source_key": f"make:{next(_next)}", "holders": []}
    return checkout.place(BUYER, wants, source="make", **values | more)


def asked(owner: Seller, **account: Any) -> tuple[Order, FeedConnection, str]:
    """An order with its code, and the feed (with its secret) of the account it names."""
    receiving = make.bank_account(owner, **account)
    placed = order(owner)
    requests.open(placed)
    return placed, *feeds.connect(SYSTEM, receiving)


def deliver(order: Order) -> None:
    """A paid order, packed, sent and at the buyer's."""
    for to in (State.PACKING, State.SHIPPED, State.DELIVERED):
        states.move(order, to, who="thử")


def delivered_ago(order: Order, days: int) -> None:
    """Say that a delivered order came so many days ago."""
    delivered = select(OrderEvent).where(
        OrderEvent.order_id == order.id, OrderEvent.to_state == State.DELIVERED
    )
    db.session.scalars(delivered).one().at = clock.now() - timedelta(days=days)
    db.session.flush()


def go(order: Order, to: State) -> None:
    """Take an order on; to paid by paying it."""
    if to is State.PAID:
        receipts.pay(order, dues.open_vnd(order), who="thử", why="FT1")
    else:
        states.move(order, to, who="thử")


def bank_line(owner: Seller, content: str = "tien che", **more: Any) -> BankLine:
    """A movement that came in and nobody has looked at."""
    number = next(_next)
    values = {
        "seller_id": owner.id,
        "bank_account_id": make.bank_account(owner).id,
        "identity": f"make:{number}",
        "direction": "in",
        "amount_vnd": 185_000,
        "content": content,
        "bank_reference": f"FT{number:06d}",
        "booked_at": clock.now(),
    }
    row = BankLine(**values | more)
    db.session.add(row)
    db.session.flush()
    return row


def notice(feed: FeedConnection, content: str, **more: Any) -> bytes:
    """The body SePay would send."""
    number = next(_next)
    body = {
        "id": 90_000 + number,
        "transactionDate": "2026-11-23 09:00:00",
        "accountNumber": feed.bank_account.account_number,
        "transferType": "in",
        "transferAmount": 185_000,
        "content": content,
        "referenceCode": f"FT{number:06d}",
    }
    return json.dumps(body | more).encode()


def headers(raw: bytes, secret: str, *, late_by: int = 0) -> dict[str, str]:
    """The signature of a notice that was signed `late_by` seconds ago."""
    at = str(int(clock.now().timestamp()) - late_by)
    signed = hmac.digest(secret.encode(), at.encode() + b"." + raw, hashlib.sha256).hex()
    return {"X-SePay-Signature": f"sha256={signed}", "X-SePay-Timestamp": at}


def send(client: Any, feed: FeedConnection, raw: bytes, secret: str) -> Any:
    """Post a notice, signed."""
    return client.post(f"/webhooks/sepay/{feed.ref}", data=raw, headers=headers(raw, secret))


@contextmanager
def collecting(app: Flask, collector: Seller) -> Iterator[None]:
    """New orders are paid to `collector`, an operator with a licence."""
    before = app.config["SETTINGS"]
    licence = "Giấy phép 01/GP-NHNN"
    app.config["SETTINGS"] = replace(before, collector=collector.ref, collector_licence=licence)
    try:
        yield
    finally:
        app.config["SETTINGS"] = before


@contextmanager
def app_on(database_url: str, redis_url: str, var: Path) -> Iterator[Flask]:
    """An app on a database that other processes may share, its context open."""
    ours = replace(
        settings.load({"VAR_DIR": str(var)}), database_url=database_url, redis_url=redis_url
    )
    app = create_app(ours)
    with app.app_context():
        try:
            yield app
        finally:
            _let_go(app)


def _let_go(app: Flask) -> None:
    db.session.remove()
    db.engine.dispose()
    app.extensions["broker"].close()


def at_once(app: Flask, works: list[Callable[[], Any]]) -> list[Any]:
    """What each of `works` returns (or the name of what it raises), all let loose together.

    Each runs in a process of its own, in an app context of its own.
    """
    _let_go(app)  # no connection may be shared with a child
    fork = get_context("fork")
    gate, answers = fork.Barrier(len(works)), fork.Queue()

    def run(number: int) -> None:
        with app.app_context():
            gate.wait(20)
            try:
                answers.put((number, works[number]()))
            except Exception as error:
                answers.put((number, type(error).__name__))

    started = [fork.Process(target=run, args=(number,)) for number in range(len(works))]
    for process in started:
        process.start()
    said = dict(answers.get(timeout=30) for _process in started)
    for process in started:
        process.join(10)
        process.close()
    return [said[number] for number in range(len(works))]
