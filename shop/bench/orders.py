"""Complete orders: placed with its stock promised, its code made, the bank's notice, paid.

An order is three transactions and one signed call of the bank's feed, which goes through the
whole application. Buyers are served as by `ocop web` with a worker a core, each in a thread: a
process for each of sixteen measures how two cores lose their caches to sixteen interpreters.
"""

import json
import os
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from multiprocessing import get_context
from typing import Any

from flask import Flask
from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import among_given, db, transaction
from shop.inventory import stock
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Reservation, StockLevel
from shop.orders import checkout
from shop.orders.checkout import Buyer, Want
from shop.orders.models import Order, State
from shop.payments import feeds, requests
from shop.payments.models import Notice
from shop.reconciliation.jobs import process_notice
from shop.sellers.models import BankAccount, Seller

# Orders that each buyer places before the clock runs: statements are prepared, caches filled.
READY = 10
# What the shop has sold before. A table that is empty is planned to be read whole, and the plan of
# a prepared statement is kept while the table grows.
SOLD = 600
CORES = len(os.sched_getaffinity(0))
PLENTY = Decimal(1_000_000)
BUYER = Buyer("Người mua", "+84912345678", "xóm 5, xã Tân Cương, tỉnh Thái Nguyên")


@dataclass(frozen=True)
class Speed:
    """What so many buyers at once did."""

    buyers: int
    orders: int
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Shelf:
    """A seller's goods and the feed that reports its money."""

    variant_ids: tuple[int, ...]
    account_number: str
    feed_id: int
    feed_ref: str
    secret: str


def stocked() -> list[Shelf]:
    """Give every seller stock, an account and a feed; commits."""
    shelves = []
    with transaction():
        for number, seller in enumerate(db.session.scalars(select(Seller).order_by(Seller.id))):
            ids = db.session.scalars(select(Variant.id).where(Variant.seller_id == seller.id)).all()
            for variant_id in ids:
                stock.receive(variant_id, PLENTY, source=f"bench:{variant_id}")
            account = BankAccount(
                seller_id=seller.id,
                bank_bin="970436",
                account_number=f"{9_000_000_000 + number}",
                account_name="BENCH",
            )
            db.session.add(account)
            db.session.flush()
            feed, secret = feeds.connect(SYSTEM, account)
            shelves.append(Shelf(tuple(ids), account.account_number, feed.id, feed.ref, secret))
    return shelves


def sell_before(app: Flask, shelves: list[Shelf], orders: int = SOLD) -> None:
    """Complete so many orders, and let the planner look at the tables."""

    def sell(number: int) -> list[float]:
        for turn in range(number, orders, CORES):
            _complete(app.test_client(), random.Random(turn), shelves, f"before:{turn}")
        return []

    at_once(app, CORES, sell)
    with db.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def measure(app: Flask, shelves: list[Shelf], buyers: int, seconds: float) -> Speed:
    """Complete orders a second of so many buyers at once."""

    def ready(number: int) -> None:
        for turn in range(READY):
            key = f"ready:{buyers}:{number}:{turn}"
            _complete(app.test_client(), random.Random(number), shelves, key)

    def buy(number: int) -> list[float]:
        dice, client = random.Random(number), app.test_client()
        taken: list[float] = []
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            _complete(client, dice, shelves, f"{buyers}:{number}:{len(taken)}:{seconds}")
            taken.append(time.perf_counter() - began)
        return taken

    taken = sorted(each for buyer in at_once(app, buyers, buy, ready) for each in buyer)
    middle, late = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    return Speed(buyers, len(taken), len(taken) / seconds, middle * 1000, late * 1000)


def _complete(client: Any, dice: random.Random, shelves: list[Shelf], key: str) -> None:
    shelf = dice.choice(shelves)
    with transaction():
        order = place(dice, shelf, key)
        requests.open(order)
        ref, total_vnd = order.ref, order.total_vnd
    raw, headers = notice(shelf, ref, total_vnd)
    answer = client.post(f"/webhooks/sepay/{shelf.feed_ref}", data=raw, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
    told = Notice.external_id == str(json.loads(raw)["id"])
    query = select(Notice.id).where(Notice.connection_id == shelf.feed_id, told)
    process_notice(db.session.scalars(query).one())
    db.session.remove()


def place(dice: random.Random, shelf: Shelf, key: str) -> Order:
    """An order of one to three packs of a shelf; needs a transaction."""
    ids = dice.sample(shelf.variant_ids, min(len(shelf.variant_ids), dice.randint(1, 3)))
    packs = db.session.scalars(_packs(), {"ids": ids})
    wants = [Want(pack, Decimal(dice.randint(1, 3))) for pack in packs]
    values: dict[str, Any] = {"source": "storefront", "holders": []}
    return checkout.place(BUYER, wants, source_key=f"bench:{key}", **values)


@cache
def _packs() -> Select[Variant]:
    # With their products, as a basket reads them.
    query = select(Variant).where(among_given(Variant.id, "ids"))
    return query.options(joinedload(Variant.product))


def notice(shelf: Shelf, ref: str, amount_vnd: int) -> tuple[bytes, dict[str, str]]:
    """What the bank's feed sends when an order was paid, and its headers."""
    number = secrets.randbelow(10**12)
    body = {
        "id": number,
        "transactionDate": f"{clock.vietnam(clock.now()):%Y-%m-%d %H:%M:%S}",
        "accountNumber": shelf.account_number,
        "transferType": "in",
        "transferAmount": amount_vnd,
        "content": f"MBVCB.1.2.{ref}.CT tu",
        "referenceCode": f"FT{number}",
    }
    return json.dumps(body).encode(), {"Authorization": f"Apikey {shelf.secret}"}


def last_units(app: Flask, units: int, buyers: int) -> tuple[int, float]:
    """How many of so many units buyers got who want all of them at once, and in what seconds."""
    with transaction():
        pack = db.session.scalars(select(Variant).order_by(Variant.id.desc()).limit(1)).one()
        there = stock.saleable([pack.id])[pack.id]
        stock.adjust(pack.id, units - there, source=f"bench:few:{units}", reason="đo")
        pack_id = pack.id

    def grab(number: int) -> list[float]:
        got: list[float] = []
        while True:
            try:
                with transaction():
                    wants = [Want(db.session.get_one(Variant, pack_id), Decimal(1))]
                    values: dict[str, Any] = {"source": "stall", "holders": []}
                    key = f"bench:last:{number}:{len(got)}"
                    checkout.place(BUYER, wants, source_key=key, **values)
                got.append(1.0)
            except OutOfStock:
                return got

    began = time.perf_counter()
    # Each a process of its own, that has nothing but the database in common with the others.
    got = sum(map(len, at_once(app, buyers, grab, processes=buyers)))
    return got, time.perf_counter() - began


def oversold() -> int:
    """How many packs promise more than lies there."""
    held = (
        select(Reservation.variant_id, func.sum(Reservation.quantity).label("held"))
        .where(Reservation.released_at.is_(None))
        .group_by(Reservation.variant_id)
        .subquery()
    )
    there = (
        select(StockLevel.variant_id, func.sum(StockLevel.on_hand).label("there"))
        .group_by(StockLevel.variant_id)
        .subquery()
    )
    query = (
        select(func.count()).select_from(held).join(there, there.c.variant_id == held.c.variant_id)
    )
    return db.session.scalar(query.where(held.c.held > there.c.there)) or 0


def unpaid() -> int:
    """How many orders of storefront buyers were not paid in the end."""
    query = select(func.count()).where(Order.source == "storefront", Order.state != State.PAID)
    return db.session.scalar(query) or 0


def at_once(
    app: Flask,
    buyers: int,
    work: Callable[[int], list[float]],
    ready: Callable[[int], None] = lambda _number: None,
    processes: int = CORES,
) -> list[list[float]]:
    """What `work(number)` gave each of so many buyers who begin together, each `ready`.

    Each is a thread, of one of `processes`.
    """
    db.session.remove()
    db.engine.dispose()
    fork = get_context("fork")
    gate, answers = fork.Barrier(buyers), fork.Queue()

    def buy(number: int) -> list[float]:
        with app.app_context():
            ready(number)
            gate.wait(120)
            return work(number)

    def serve(numbers: range) -> None:
        with app.app_context():
            db.engine.dispose(close=False)
        with ThreadPoolExecutor(len(numbers)) as threads:
            answers.put(list(threads.map(buy, numbers)))

    shares = [range(first, buyers, processes) for first in range(min(buyers, processes))]
    started = [fork.Process(target=serve, args=(share,)) for share in shares]
    for process in started:
        process.start()
    found = [each for _process in started for each in answers.get(timeout=300)]
    for process in started:
        process.join(10)
    return found
