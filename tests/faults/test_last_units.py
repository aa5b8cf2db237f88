"""Many processes want the last units through every channel, and some are killed midway.

Whatever they did: on hand = receipts − sales ± adjustments, reserved = the live holds, and
saleable is never below zero, so no unit was sold twice.
"""

import os
import random
import signal
import time
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from multiprocessing import get_context

from sqlalchemy import func, select

from shop import clock
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import reservations, stock
from shop.inventory.errors import NotThere, OutOfStock
from shop.inventory.models import Reservation, StockEntry
from shop.orders import checkout, states
from shop.orders.checkout import Buyer, Want
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, State
from tests import make, make_money

PROCESSES, KILLS, SECONDS = 8, 12, 6
UNITS = Decimal(15)
BUYER = Buyer("Chị Hoa", "+84912345678", "xóm Gò Móc")
STEPS = (State.PAID, State.PAID, State.PACKING, State.SHIPPED, State.CANCELLED)


def buy(packs, dice, name):
    """Two packs at most, in an order of storefront, stall or marketplace, or a claimed one."""
    channel = dice.choice(["storefront", "livestream", "marketplace", "stall"])
    chosen = dice.sample(packs, dice.randint(1, 2))
    wanted = {pack: Decimal(dice.randint(1, 3)) for pack in chosen}
    until = clock.now() + timedelta(milliseconds=dice.choice([200, 2000, 60_000]))
    holders = []
    if channel == "livestream":
        with transaction():
            reservations.hold(wanted, holder=f"claim:{name}", until=until)
        holders = [f"claim:{name}"]
    with transaction():
        wants = [Want(db.session.get_one(Variant, pack), wanted[pack]) for pack in chosen]
        order = checkout.place(
            BUYER, wants, source=channel, source_key=name, holders=holders, until=until
        )
        if channel == "stall":
            for step in (State.PAID, State.PACKING, State.SHIPPED):
                make_money.go(order, step)


def step(dice):
    """Take some order a step on: paid perhaps too late, sent, or cancelled."""
    with transaction():
        query = select(Order).order_by(func.random()).limit(1)
        order = db.session.scalar(query.with_for_update(skip_locked=True, of=Order))
        if order is not None:
            make_money.go(order, dice.choice(STEPS))


def sweep(_dice):
    with transaction():
        reservations.expire()


def work(app, packs, seed):
    """Buy, step and sweep until killed or told to stop."""
    dice, turn = random.Random(seed), 0
    with app.app_context():
        while True:
            turn += 1
            with suppress(OutOfStock, NotAllowed, NotThere):
                act = dice.choice([buy, buy, step, step, sweep])
                act(packs, dice, f"{seed}-{turn}") if act is buy else act(dice)


def rush(app, packs):
    """Keep PROCESSES at work, kill one now and then; returns how many were killed."""
    fork, dice = get_context("fork"), random.Random(7)
    started = []
    for seed in range(PROCESSES):
        started.append(fork.Process(target=work, args=(app, packs, seed)))
        started[-1].start()
    for number in range(KILLS):
        time.sleep(SECONDS / KILLS)
        victim = dice.randrange(PROCESSES)
        os.kill(started[victim].pid, signal.SIGKILL)
        started[victim].join(10)
        started[victim] = fork.Process(target=work, args=(app, packs, 100 + number))
        started[victim].start()
    for process in started:
        process.kill()
        process.join(10)
    return KILLS


def test_no_channel_sells_a_unit_twice_also_when_processes_die(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            packs = [make.variant(on_hand=int(UNITS)).id for _pack in range(4)]
        db.session.remove()
        db.engine.dispose()
        rush(app, packs)
        look(packs)
        places = db.session.scalar(select(func.count()).select_from(Order))
        assert places > PROCESSES, "the rush did something"
        gone = -sum(db.session.scalars(select(StockEntry.quantity).where(sold())), Decimal(0))
        assert 0 < gone <= UNITS * len(packs)


def look(packs):
    """The invariant, from the rows themselves."""
    for pack in packs:
        entries = select(func.sum(StockEntry.quantity)).where(StockEntry.variant_id == pack)
        assert stock.on_hand([pack])[pack] == db.session.scalar(entries) >= 0
        live = select(func.coalesce(func.sum(Reservation.quantity), 0)).where(
            Reservation.variant_id == pack,
            Reservation.released_at.is_(None),
            Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
        )
        held = db.session.scalar(live)
        assert stock.saleable([pack])[pack] == stock.on_hand([pack])[pack] - held >= 0
    for order in db.session.scalars(select(Order)):
        went = select(StockEntry).where(sold(), StockEntry.source.startswith(f"order:{order.ref}"))
        taken = {}
        for entry in db.session.scalars(went):
            taken[entry.variant_id] = taken.get(entry.variant_id, 0) - entry.quantity
        sent = order.state == State.SHIPPED
        assert taken == (states.goods(order) if sent else {}), order.state


def sold():
    return StockEntry.kind == "sale"
