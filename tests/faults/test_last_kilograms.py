"""Many processes want the last kilograms of a harvest, and some are killed midway.

Whatever they did: no more was promised of it than it offered, each open order has its promise and
nobody else has one, and what came was held for no more orders than it is enough for.
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
from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from shop.inventory import harvests, stock
from shop.inventory.errors import HarvestOver, NotTaken, OutOfStock, Promised
from shop.inventory.models import Harvest, Reservation
from shop.orders import jobs, preorders, states
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, State
from tests import make, make_harvests, make_money

PROCESSES, KILLS, SECONDS, WINDOWS = 6, 8, 5, 4
KILOS = Decimal(40)
OPEN = (State.AWAITING_PAYMENT, State.PAID, State.PACKING)


def one(dice):
    return dice.choice(db.session.scalars(select(Harvest).order_by(Harvest.id)).all())


def order(dice, name):
    with transaction():
        row = one(dice)
        placed = make_harvests.order(row, dice.randint(1, 9), source_key=name)
        if dice.random() < 0.3:  # so that the sweep finds some
            placed.expires_at = clock.now() - timedelta(seconds=1)
    with transaction():
        harvests.lock(row)
        assert harvests.left(row) >= 0, "at no moment"


def step(dice, _name):
    """Take some order a step on, or let money come for it."""
    with transaction():
        query = select(Order).order_by(func.random()).limit(1)
        found = db.session.scalar(query.with_for_update(skip_locked=True, of=Order))
        if found is None:
            return
        to = dice.choice([State.PAID, State.PACKING, State.SHIPPED, State.CANCELLED, None])
        if to is None:
            found.paid_vnd = found.deposit_vnd
        else:
            make_money.go(found, to)


def change(dice, _name):
    with transaction():
        harvests.change(SYSTEM, one(dice), {"quantity": Decimal(dice.randint(20, 40))})


def end(dice, name):
    """Now and then a harvest comes, in several pickings, or fails; two of four never do."""
    if dice.random() > 0.1:
        return
    with transaction():
        row = one(dice)
        if row.id % WINDOWS < 2:
            return
        if dice.random() < 0.3:
            preorders.cancel(SYSTEM, row, "sương muối")
        else:
            preorders.arrive(SYSTEM, row, Decimal(dice.randint(1, 15)), source=name)


def sweep(_dice, _name):
    jobs.expire_orders()


def work(app, seed):
    """Order, step, change, end and sweep until killed."""
    dice, turn = random.Random(seed), 0
    with app.app_context():
        while True:
            turn += 1
            act = dice.choice([order, order, order, step, step, change, end, sweep])
            with suppress(OutOfStock, NotTaken, HarvestOver, Promised, NotAllowed):
                act(dice, f"{seed}-{turn}")


def rush(app):
    """Keep PROCESSES at work, kill one now and then."""
    fork, dice = get_context("fork"), random.Random(11)
    started = [fork.Process(target=work, args=(app, seed)) for seed in range(PROCESSES)]
    for process in started:
        process.start()
    for number in range(KILLS):
        time.sleep(SECONDS / KILLS)
        victim = dice.randrange(PROCESSES)
        os.kill(started[victim].pid, signal.SIGKILL)
        started[victim].join(10)
        assert started[victim].exitcode == -signal.SIGKILL, "no process died of itself"
        started[victim] = fork.Process(target=work, args=(app, 100 + number))
        started[victim].start()
    alive = [process.is_alive() for process in started]
    for process in started:
        process.kill()
        process.join(10)
    assert all(alive), "no process died of itself"


def test_no_harvest_is_promised_twice_also_when_processes_die(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            for _window in range(WINDOWS):
                pack = make.variant(on_hand=0, price_vnd=60_000, unit="kg")
                make_harvests.harvest(pack, quantity=KILOS)
        db.session.remove()
        db.engine.dispose()
        rush(app)
        placed = db.session.scalar(select(func.count()).select_from(Order))
        assert placed > 5 * PROCESSES, "the rush did something"
        for row in db.session.scalars(select(Harvest)):
            look(row)


def look(row):
    """The invariant, from the rows themselves."""
    live = select(Reservation).where(
        Reservation.variant_id == row.variant_id, Reservation.released_at.is_(None)
    )
    held = db.session.scalars(live).all()
    to_come = sum((r.quantity for r in held if r.harvest_id), Decimal(0))
    served = sum((r.quantity for r in held if not r.harvest_id), Decimal(0))
    assert to_come <= row.quantity
    assert served <= stock.on_hand([row.variant_id]).get(row.variant_id, 0)
    if not row.arrived_at:
        assert served == 0
    if row.cancelled_at:
        assert held == []
    mine = select(Order).where(Order.harvest_id == row.id, Order.state.in_(OPEN))
    orders = db.session.scalars(mine).all()
    assert {r.holder: r.quantity for r in held} == {
        states.holder(o): o.lines[0].quantity for o in orders
    }
