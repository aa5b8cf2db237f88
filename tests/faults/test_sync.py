"""Workers killed at random, a marketplace full of faults, a queue that forgets everything: in the
end both sides have the same, item by item, order by order."""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
import requests
import stack as stacks
from redis import Redis
from sqlalchemy import func, select, text
from werkzeug.serving import make_server

from shop import settings, vault
from shop.app import create_app
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import stock
from shop.orders.models import Order, State
from shop.settings import ROOT
from tests import impatient, make, make_channels
from workers.channels import listings
from workers.channels.models import Connection, Health, Listing
from workers.channels.order_models import ChannelOrder, Intake
from workers.marketplaces.shopee import client
from workers.sync import drift, jobs
from workers.sync.models import Difference, Lane

pytestmark = pytest.mark.xdist_group("stack")

# Five hundred listings and five hundred orders take minutes: `FULL_FAULTS=1 pytest …` runs them.
FULL = "FULL_FAULTS" in os.environ
SHOPS, LISTINGS, ORDERS = (5, 100, 100) if FULL else (2, 20, 20)  # of each shop
ON_HAND = 40
KILLS = 12 if FULL else 8
WAIT_SECONDS = 300
# Held back for longer than our processes wait, and for less than they give a create.
HELD = impatient.TIMEOUT_SECONDS + 0.7
FAULTS = (
    ("commit_then_timeout", "add_item", {"seconds": HELD}),
    ("slow", "add_item", {"seconds": HELD}),
    ("http", "add_item", {"code": 500}),
    ("error", "add_item", {"code": "error_rate_limit"}),
    ("http", "upload_image", {"code": 429}),
    ("shift", "get_item_list", {}),
    ("shift", "get_order_list", {}),
    ("http", "get_order_list", {"code": 502}),
    ("error", "get_order_detail", {"code": "error_server"}),
    ("token_expired", "update_stock", {}),
    ("failure_list", "update_stock", {"said": "error_system_busy"}),
    ("promotion_lock", "update_stock", {}),
    ("commit_then_timeout", "update_stock", {"seconds": HELD}),
    ("slow", "update_stock", {"seconds": HELD}),
    ("http", "update_price", {"code": 429}),
    ("commit_then_timeout", "update_price", {"seconds": HELD}),
)


class Processes:
    """Our processes, each started anew when it dies, as a supervisor does."""

    def __init__(self, env):
        self.env, self.running = env, {}

    def start(self, name, *command):
        argv = [sys.executable, "-m", "tests.impatient", *command]
        log = (Path(self.env["VAR_DIR"]) / f"{name}.log").open("ab")
        process = subprocess.Popen(argv, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        log.close()
        self.running[name] = (command, process)

    def revive(self):
        for name, (command, process) in list(self.running.items()):
            if process.poll() is not None:
                self.start(name, *command)

    def kill(self, name):
        """SIGKILL it, and the child it forked for a job."""
        _command, process = self.running[name]
        for pid in [process.pid, *children(process.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait(10)

    def stop(self):
        for _command, process in self.running.values():
            process.terminate()
        for _command, process in self.running.values():
            process.wait(90)


def children(pid):
    try:
        return map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    except FileNotFoundError:
        return []


@dataclass
class World:
    """Some shops with many products each, our processes, and the other side."""

    market: make_channels.Sandbox
    shops: dict[int, str]
    processes: Processes
    redis_url: str
    dice: random.Random
    harvested: Counter


@pytest.fixture
def world(fresh_database, redis_url, tmp_path):
    with Redis.from_url(redis_url) as queue:
        queue.flushdb()
    with make_channels.running(tmp_path / "sandbox") as market:
        port = stacks.free_port()
        chosen = settings.load({"VAR_DIR": str(tmp_path), "BASE_URL": f"http://127.0.0.1:{port}"})
        chosen = replace(chosen, database_url=fresh_database, redis_url=redis_url)
        chosen = replace(chosen, sandbox_port=market.port, demo=True, port=port)
        app = create_app(chosen)
        listener = {"platform": "shopee", "url": f"{chosen.base_url}/webhooks/san/shopee"}
        requests.post(f"{market.host}/control/listeners", json=listener, timeout=10)
        processes = Processes(os.environ | environment(chosen))
        with served(app, port), app.app_context():
            shops = dict(opened(app, market) for _ in range(SHOPS))
            try:
                yield World(market, shops, processes, redis_url, random.Random(6), Counter())
            finally:
                processes.stop()
                db.session.remove()
                db.engine.dispose()
                app.extensions["broker"].close()


@contextmanager
def served(app, port):
    """The app's pages, for the pushes that the marketplace sends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def environment(chosen):
    return {
        "DATABASE_URL": chosen.database_url.replace("+psycopg", ""),
        "REDIS_URL": chosen.redis_url,
        "SANDBOX_PORT": str(chosen.sandbox_port),
        "PORT": str(chosen.port),
        "BASE_URL": chosen.base_url,
        "DEMO": "true",
        "VAR_DIR": str(chosen.var_dir),
        "SECRET_KEY": chosen.secret_key,
        "PASSWORD_SALT": chosen.password_salt,
        "VAULT_KEY": chosen.vault_key,
        "STAMP_KEY": chosen.stamp_key,
        "LOG_FORMAT": "json",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
    }


def opened(app, market):
    with transaction():
        seller = make.seller()
        product = make.product(seller)
        for number in range(LISTINGS):
            pack = {"sku": f"CHE-{number}", "pack": f"hộp {number + 1} g", "on_hand": ON_HAND}
            make.variant(product, price_vnd=100_000 + number * 1_000, **pack)
        connection = make_channels.connection(app, market, seller.id)
        listings.link_all(connection)
        return connection.id, connection.shop_id


def test_whoever_is_killed_and_whatever_fails_both_sides_have_the_same_in_the_end(world):
    for number in range(2):
        world.processes.start(f"slow-{number}", "worker", "slow")
    world.processes.start("quick", "worker", "quick")
    world.processes.start("scheduler-0", "scheduler")
    world.processes.start("scheduler-1", "scheduler")
    for connection_id in world.shops:
        jobs.mark_all(connection_id)
    with ThreadPoolExecutor(1) as buyers:
        bought = buyers.submit(buy, world)
        misfortune(world, bought)
        orders = bought.result()
    settle(world)
    for connection_id in world.shops:
        drift.scan(connection_id)
    settle(world)
    for connection_id, shop_id in world.shops.items():
        same_items(world, connection_id, shop_id)
        same_orders(connection_id, orders[shop_id])
        same_stock(connection_id, world.harvested)


def buy(world):
    """Place every order as soon as there is something to buy; some are cancelled again."""
    dice, placed = random.Random(7), {shop_id: {} for shop_id in world.shops.values()}
    end = time.monotonic() + WAIT_SECONDS
    while any(len(found) < ORDERS for found in placed.values()):
        assert time.monotonic() < end, "nothing to buy"
        there = world.market.all_items()
        for shop_id, found in placed.items():
            items = [item["item_id"] for item in there if str(item["shop_id"]) == shop_id]
            for _ in range(min(10, ORDERS - len(found)) if items else 0):
                chosen = dice.sample(items, min(2, len(items)))
                lines = [{"item_id": id, "quantity": dice.randint(1, 2)} for id in chosen]
                how = dice.choice(["", "", "twice", "late", "lost"])
                order = world.market.try_order(shop_id, lines, push=how)
                if order is None:
                    continue  # not listed with so many just now
                found[order["order_id"]] = order
                if dice.random() < 0.1:
                    cancelled = {"status": "CANCELLED", "push": dice.choice(["", "twice", "lost"])}
                    found[order["order_id"]] = world.market.change(order["order_id"], **cancelled)
        time.sleep(0.2)
    return placed


def misfortune(world, bought):
    """Kill somebody every now and then, let calls fail, change prices and stock meanwhile."""
    killed = Counter()
    names = list(world.processes.running)
    for round, name in enumerate(world.dice.sample(names * 3, KILLS)):
        for shop_id in world.shops.values():
            fault, path, more = world.dice.choice(FAULTS)
            world.market.fault(fault, path, shop_id, **more)
        change_something(world)
        time.sleep(world.dice.uniform(1.0, 3.0))
        world.processes.kill(name)
        killed[name.split("-")[0]] += 1
        if round == KILLS // 2:
            with Redis.from_url(world.redis_url) as queue:
                queue.flushdb()
        world.processes.revive()
        sign_in_again(world)
    assert killed["slow"] >= 2
    assert killed["scheduler"] >= 1


def change_something(world):
    with transaction():
        variants = db.session.scalars(select(Variant).order_by(Variant.id)).all()
        some = world.dice.sample(list(variants), 5)
        for variant in some:
            variant.price_vnd += 1_000
            world.harvested[variant.id] += 3
            stock.receive(variant.id, Decimal(3), source=f"harvest:{world.dice.random()}")
        product_ids = {variant.product_id for variant in some}
    for product_id in sorted(product_ids):
        jobs.mark(product_id)


def sign_in_again(world):
    """A refresh token that died with its worker leaves a parked shop; its seller signs in."""
    with transaction():
        parked = select(Connection).where(Connection.health != Health.OK)
        for row in db.session.scalars(parked):
            key = vault_key()
            came_back = {"code": world.market.consent(int(row.shop_id)), "shop_id": row.shop_id}
            tokens = client.exchange(world.market.partner, came_back).tokens
            row.sealed_access_token = vault.seal(tokens.access_token, key)
            row.sealed_refresh_token = vault.seal(tokens.refresh_token, key)
            row.health, row.trouble = Health.OK, None


def vault_key():
    from flask import current_app

    return current_app.config["SETTINGS"].vault_key


def settle(world):
    """Until nothing is open on our side and every order is here."""
    end = time.monotonic() + WAIT_SECONDS
    while left := open_work(world):
        assert time.monotonic() < end, left
        world.processes.revive()
        sign_in_again(world)
        time.sleep(0.5)


def open_work(world):
    db.session.rollback()
    lanes = db.session.scalar(select(func.count()).where(Lane.wanted > Lane.settled))
    unlisted = db.session.scalar(select(func.count()).where(Listing.external_id.is_(None)))
    there = len(world.market.orders())
    here = db.session.scalar(select(func.count(ChannelOrder.id)))
    asked = db.session.scalars(
        text(
            "SELECT row_to_json(outbox)::text FROM outbox WHERE event IS DISTINCT FROM 'timetable'"
            " AND job NOT LIKE '%pull%' AND finished_at IS NULL AND failed_at IS NULL"
        )
    ).all()
    left = {"lanes": lanes, "unlisted": unlisted, "orders": there - here, "tasks": asked}
    return {name: found for name, found in left.items() if found}


def same_items(world, connection_id, shop_id):
    """One item for each listing, with its price, stock and state."""
    query = select(Listing).where(Listing.connection_id == connection_id).order_by(Listing.id)
    ours = {}
    for row in db.session.scalars(query):
        left = int(stock.saleable([row.variant_id])[row.variant_id])
        ours[row.external_id] = (row.variant.sku, row.variant.price_vnd, left, "NORMAL")
        assert (row.state, row.trouble) == ("live", None)
    theirs = [
        (str(i["item_id"]), (i["item_sku"], i["price"], i["stock"], i["item_status"]))
        for i in world.market.items(shop_id)
    ]
    assert len(theirs) == LISTINGS, "no item twice"
    assert dict(theirs) == ours
    differences = select(Difference.kind).where(Difference.connection_id == connection_id)
    kinds = Counter(db.session.scalars(differences))
    assert set(kinds) <= {"stock"}, "only what arrived after its successor was found at night"


def same_orders(connection_id, placed):
    """Exactly one of ours for each of theirs; cancelled where they are."""
    rows = db.session.scalars(
        select(ChannelOrder).where(ChannelOrder.connection_id == connection_id)
    ).all()
    assert {row.external_id for row in rows} == set(placed)
    assert len(rows) == ORDERS
    for row in rows:
        there = placed[row.external_id]
        if row.order_id is None:
            assert (row.intake, there["status"]) == (Intake.IGNORED, "CANCELLED")
            continue
        order = db.session.get_one(Order, row.order_id)
        expected = State.CANCELLED if there["status"] == "CANCELLED" else State.CONFIRMED
        assert (order.state, order.total_vnd) == (expected, there["total_vnd"])
        told = Counter({line["item_id"]: line["quantity"] for line in there["lines"]})
        assert Counter({int(li.external_id): li.quantity for li in row.lines}) == told
    assert db.session.scalar(
        select(func.count(Order.id)).where(Order.seller_id == rows[0].seller_id)
    ) == sum(row.order_id is not None for row in rows)


def same_stock(connection_id, harvested):
    """On hand is what came in; promised is what the orders that stand hold, once, and no more."""
    query = select(Listing.variant_id).where(Listing.connection_id == connection_id)
    variant_ids = list(db.session.scalars(query))
    on_hand, held, ordered = (
        dict(summed(statement)) for statement in (ON_HAND_NOW, HELD_NOW, SOLD)
    )
    left = stock.saleable(variant_ids)
    flagged = set(db.session.scalars(text(FLAGGED)))
    for variant_id in variant_ids:
        came, sold = ON_HAND + harvested[variant_id], ordered.get(variant_id, 0)
        # The marketplace may sell on while its stock is being told: what it sold beyond ours is
        # kept and flagged, and no unit is promised twice.
        assert (on_hand[variant_id], held.get(variant_id, 0)) == (came, min(came, sold))
        assert left[variant_id] == came - min(came, sold)
        assert sold <= came or variant_id in flagged


ON_HAND_NOW = "SELECT variant_id, sum(on_hand) FROM stock_levels GROUP BY variant_id"
HELD_NOW = (
    "SELECT variant_id, sum(quantity) FROM reservations WHERE released_at IS NULL"
    " GROUP BY variant_id"
)
SOLD = (
    "SELECT variant_id, sum(quantity) FROM order_lines JOIN orders ON orders.id = order_id"
    f" WHERE state = '{State.CONFIRMED}' GROUP BY variant_id"
)
FLAGGED = (
    "SELECT variant_id FROM order_lines JOIN orders ON orders.id = order_id"
    f" WHERE short AND state = '{State.CONFIRMED}'"
)


def summed(statement):
    return {row[0]: row[1] for row in db.session.execute(text(statement))}
