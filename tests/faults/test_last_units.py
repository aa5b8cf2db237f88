"""Many processes want the last units through every channel, and some are killed midway.

Meanwhile goods come in, are counted, spoil and come back. Whatever they did: on hand = receipts −
sales ± adjustments − losses + returns, reserved = the live holds, and what is kept back is
promised to nobody, so no unit was sold twice.
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
from shop.orders import checkout, returns, states
from shop.orders.checkout import Buyer, Part, Want
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, State
from tests import make, make_money

PROCESSES, KILLS, SECONDS = 8, 12, 6
UNITS, SAFETY = Decimal(15), Decimal(2)
BUYER = Buyer("Chị Hoa", "+84912345678", "xóm Gò Móc")
STEPS = (State.PAID, State.PAID, State.PACKING, State.SHIPPED, State.CANCELLED)


def buy(packs, dice, name):
    """Two packs at most, each channel through its own function."""
    chosen = sorted(dice.sample(packs, dice.randint(1, 2)))
    wanted = {pack: Decimal(dice.randint(1, 3)) for pack in chosen}
    dice.choice([on_storefront, in_livestream, on_marketplace, at_stall])(wanted, dice, name)


def on_storefront(wanted, dice, name):
    with transaction():
        made = checkout.place_all(BUYER, [Part(wants(wanted))], key=name, source="storefront")
        lapse_soon(made.orders[0], dice)


def in_livestream(wanted, dice, name):
    with transaction():
        until = clock.now() + timedelta(milliseconds=dice.choice([200, 2000, 60_000]))
        reservations.hold(wanted, holder=f"claim:{name}", until=until)
    with transaction():
        place(wanted, name, "livestream", [f"claim:{name}"])


def on_marketplace(wanted, dice, name):
    with transaction():
        make_money.go(place(wanted, name, "marketplace", []), State.PAID)


def at_stall(wanted, _dice, name):
    with transaction():
        order = place(wanted, name, "stall", [])
        for step in (State.PAID, State.PACKING, State.SHIPPED):
            make_money.go(order, step)


def place(wanted, name, source, holders):
    return checkout.place(BUYER, wants(wanted), source=source, source_key=name, holders=holders)


def wants(wanted):
    return [Want(db.session.get_one(Variant, pack), wanted[pack]) for pack in wanted]


def lapse_soon(order, dice):
    """Some orders wait for less than the tests take."""
    if dice.random() < 0.5:
        reservations.lapse(states.holder(order), clock.now() + timedelta(milliseconds=300))


def step(_packs, dice, name):
    """Take some order a step on: paid perhaps too late, sent, cancelled, or given back."""
    with transaction():
        query = select(Order).order_by(func.random()).limit(1)
        order = db.session.scalar(query.with_for_update(skip_locked=True, of=Order))
        if order is None:
            return
        if order.state == State.SHIPPED:
            came = {line.id: Decimal(1) for line in order.lines[:1]}
            returns.take(order, came, restock=True, who="thử", why="đổi ý", key=name)
        else:
            make_money.go(order, dice.choice(STEPS))


def stir(packs, dice, name):
    """Goods come in, are counted anew, or spoil: as many as nobody was promised."""
    pack, act = dice.choice(packs), dice.choice(["receive", "more", "fewer", "lose"])
    with transaction():
        if act == "receive":
            stock.receive(pack, Decimal(1), source=name)
        elif act == "more":
            stock.adjust(pack, Decimal(1), source=name, reason="kiểm kê")
        elif stock.lock_saleable([pack])[pack] >= 1:
            if act == "lose":
                stock.lose(pack, Decimal(1), source=name, reason="hỏng")
            else:
                stock.adjust(pack, Decimal(-1), source=name, reason="kiểm kê")


def sweep(_packs, _dice, _name):
    with transaction():
        reservations.expire()


def work(app, packs, seed):
    """Buy, step, stir and sweep until killed; anything but a refusal ends the process."""
    dice, turn = random.Random(seed), 0
    with app.app_context():
        while True:
            turn += 1
            with suppress(OutOfStock, NotAllowed, NotThere):
                dice.choice([buy, buy, buy, step, step, stir, sweep])(packs, dice, f"{seed}-{turn}")


def rush(app, packs):
    """Keep PROCESSES at work and kill one now and then; none may end by itself."""
    fork, dice = get_context("fork"), random.Random(7)

    def start(seed):
        process = fork.Process(target=work, args=(app, packs, seed))
        process.start()
        return process

    started = [start(seed) for seed in range(PROCESSES)]
    for number in range(KILLS):
        time.sleep(SECONDS / KILLS)
        victim = dice.randrange(PROCESSES)
        os.kill(started[victim].pid, signal.SIGKILL)
        started[victim].join(10)
        assert started[victim].exitcode == -signal.SIGKILL, "no process died of itself"
        started[victim] = start(100 + number)
    alive = [process.is_alive() for process in started]
    for process in started:
        process.kill()
        process.join(10)
    assert alive == [True] * PROCESSES


def test_no_channel_sells_a_unit_twice_also_when_processes_die(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            packs = [make.variant(on_hand=int(UNITS)).id for _pack in range(4)]
            for pack in packs:
                stock.keep_back(pack, SAFETY)
        db.session.remove()
        db.engine.dispose()
        rush(app, packs)
        look(packs)
        sources = set(db.session.scalars(select(Order.source).distinct()))
        assert sources == {"storefront", "livestream", "marketplace", "stall"}
        kinds = set(db.session.scalars(select(StockEntry.kind).distinct()))
        assert kinds == {"receipt", "sale", "adjustment", "loss", "return"}


def look(packs):
    """The invariant, from the rows themselves."""
    for pack in packs:
        by_kind = {kind: summed(pack, kind) for kind in KINDS}
        came = by_kind["receipt"] + by_kind["return"] + by_kind["adjustment"]
        there = stock.on_hand([pack])[pack]
        assert there == came + by_kind["sale"] + by_kind["loss"] >= 0
        assert by_kind["sale"] <= 0 <= by_kind["return"] <= -by_kind["sale"]
        live = select(func.coalesce(func.sum(Reservation.quantity), 0)).where(
            Reservation.variant_id == pack,
            Reservation.released_at.is_(None),
            Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
        )
        held = db.session.scalar(live)
        assert stock.reserved([pack]).get(pack, 0) == held
        assert stock.saleable([pack])[pack] == there - held - SAFETY >= 0
    for order in db.session.scalars(select(Order)):
        went = select(StockEntry).where(
            StockEntry.kind == "sale", StockEntry.source.startswith(f"order:{order.ref}")
        )
        taken = {}
        for sale in db.session.scalars(went):
            taken[sale.variant_id] = taken.get(sale.variant_id, 0) - sale.quantity
        sent = order.state in {State.SHIPPED, State.PARTLY_RETURNED, State.RETURNED}
        assert taken == (states.goods(order) if sent else {}), order.state


KINDS = ("receipt", "return", "adjustment", "sale", "loss")


def summed(pack, kind):
    """What entries of one kind moved of a pack, signed."""
    query = select(func.coalesce(func.sum(StockEntry.quantity), 0))
    return db.session.scalar(query.where(StockEntry.variant_id == pack, StockEntry.kind == kind))
