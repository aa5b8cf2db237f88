"""Many processes want the last units through every channel, and some are killed midway.

Whatever they did: on hand = receipts − sales ± adjustments + returns − losses, reserved = the live
holds, and what was promised leaves the safety stock alone, so no unit was sold twice.
"""

import os
import random
import signal
import time
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from multiprocessing import get_context

from sqlalchemy import func, select, text

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import reservations, stock
from shop.inventory.errors import NotThere, OutOfStock
from shop.inventory.models import Reservation, StockEntry
from shop.livestream import claims, jobs
from shop.livestream.errors import NotEnough, NothingHeld
from shop.livestream.models import Broadcast, Buyer, Claim
from shop.orders import checkout, entry, returns, states
from shop.orders import jobs as order_jobs
from shop.orders.checkout import Part, Want
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, OrderEvent, State
from shop.sellers.models import Seller
from tests import make, make_livestream, make_money

PROCESSES, KILLS, SECONDS = 8, 12, 8
UNITS, SAFETY = Decimal(15), Decimal(2)
BUYER = checkout.Buyer("Chị Hoa", "+84912345678", "xóm Gò Móc")
STEPS = (State.PAID, State.PAID, State.PACKING, State.SHIPPED, State.SHIPPED, State.CANCELLED)
LIVES = [timedelta(milliseconds=200), timedelta(seconds=2), timedelta(hours=24)]
SAID = {"source": "phone", "handing": "pickup", "pay_by": "cashless", "fee_vnd": 0, "note": ""}


def wishes(packs, dice):
    chosen = dice.sample(packs, dice.randint(1, 2))
    return [(db.session.get_one(Variant, pack), Decimal(dice.randint(1, 3))) for pack in chosen]


def storefront(packs, dice, name):
    """A basket over two sellers, as the checkout places it."""
    with transaction():
        parts = [Part([Want(pack, quantity)]) for pack, quantity in wishes(packs, dice)]
        if len({part.wants[0].variant.seller_id for part in parts}) == len(parts):
            checkout.place_all(BUYER, parts, key=name, source="storefront")


def livestream(_packs, dice, name):
    """Comments are read and claim; the buyer confirms what is held, or lets it lapse."""
    with transaction():
        on = db.session.scalars(select(Broadcast).with_for_update()).one()
        words = f"A{dice.randint(1, 4)} x{dice.randint(1, 3)}"
        make_livestream.hear(on, make_livestream.said(words, author=name, platform_id=name))
    if dice.random() < 0.7:
        with transaction():
            found = db.session.scalars(select(Buyer).where(Buyer.author_id == name)).one()
            claims.confirm(found, BUYER)


def phone(packs, dice, name):
    """Staff write down what somebody said."""
    with transaction():
        ((pack, quantity), *_others) = wishes(packs, dice)
        seller = db.session.get_one(Seller, pack.seller_id)
        said = SAID | {"name": "Chị Hoa", "phone": "+84912345678", "address": ""}
        entry.write(SYSTEM, seller, said, [(pack.ref, quantity)], name)


def marketplace(packs, dice, name):
    """An order that a platform tells of: its hold first, then the order."""
    with transaction():
        ((pack, quantity), *_others) = wishes(packs, dice)
        until = clock.now() + dice.choice(LIVES)
        reservations.hold({pack.id: quantity}, holder=f"shopee:{name}", until=until)
    with transaction():
        holders = [f"shopee:{name}"]
        wants = [Want(pack, quantity)]
        checkout.place(BUYER, wants, source="shopee", source_key=name, holders=holders)


def stall(packs, dice, name):
    """Sold over the counter: paid, packed and gone at once."""
    with transaction():
        wants = [Want(pack, quantity) for pack, quantity in wishes(packs, dice)[:1]]
        order = checkout.place(BUYER, wants, source="stall", source_key=name, holders=[])
        for step in (State.PAID, State.PACKING, State.SHIPPED):
            make_money.go(order, step)


def step(_packs, dice, name):
    """Take some order a step on: paid perhaps too late, in part, sent, cancelled, or back."""
    with transaction():
        query = select(Order).order_by(func.random()).limit(1)
        order = db.session.scalar(query.with_for_update(skip_locked=True, of=Order))
        if order is None:
            return
        if order.state == State.SHIPPED:
            came = {order.lines[0].id: Decimal(1)}
            back = {"who": "thử", "why": "khách trả", "key": name}
            returns.take(order, came, restock=dice.random() < 0.7, **back)
        else:
            make_money.go(order, dice.choice(STEPS))


def store(packs, dice, name):
    """Goods come, are counted again, or spoil."""
    with transaction():
        pack = dice.choice(packs)
        kind = dice.choice(["receipt", "count", "loss"])
        if kind == "receipt":
            stock.receive(pack, Decimal(dice.randint(1, 3)), source=name)
            return
        # Only of what is promised to nobody: what is promised cannot spoil without a word.
        free = stock.lock_saleable([pack])[pack]
        if kind == "count":
            change = Decimal(dice.choice([-1, 1]))
            if free + change >= 0:
                stock.adjust(pack, change, source=name, reason="kiểm kho")
        elif free >= 1:
            stock.lose(pack, Decimal(1), source=name, reason="ẩm mốc")


def sweep(_packs, _dice, _name):
    order_jobs.expire_orders()
    jobs.lapse_claims()
    with transaction():
        reservations.expire()


ACTS = [storefront, storefront, livestream, livestream, phone, marketplace, stall]
ACTS += [step] * 6 + [store] * 2 + [sweep]
REFUSED = (OutOfStock, NotAllowed, NotThere, NothingHeld, NotEnough)


def work(app, packs, seed, errors):
    """Buy, step, count and sweep until killed; whatever is no refusal is told."""
    dice, turn = random.Random(seed), 0
    with app.app_context():
        while True:
            turn += 1
            # Some orders lapse unpaid while the others are at it.
            checkout.UNPAID = dice.choice(LIVES)
            try:
                with suppress(*REFUSED):
                    dice.choice(ACTS)(packs, dice, f"{seed}-{turn}")
            except Exception as error:
                errors.put(f"{seed}-{turn}: {error!r}"[:2000])
                db.session.rollback()


def rush(app, packs):
    """Keep PROCESSES at work and replace each that is killed, and go on until everything happened
    that is asked for below; what went wrong in them.
    """
    fork, dice = get_context("fork"), random.Random(7)
    errors, started = fork.SimpleQueue(), []
    for seed in range(PROCESSES):
        started.append(fork.Process(target=work, args=(app, packs, seed, errors), daemon=True))
        started[-1].start()
    for number in range(KILLS):
        time.sleep(SECONDS / KILLS)
        victim = dice.randrange(PROCESSES)
        os.kill(started[victim].pid, signal.SIGKILL)
        started[victim].join(10)
        assert started[victim].exitcode == -signal.SIGKILL, "no process died of itself"
        again = (app, packs, 100 + number, errors)
        started[victim] = fork.Process(target=work, args=again, daemon=True)
        started[victim].start()
    let_everything_happen()
    alive = [process.is_alive() for process in started]
    for process in started:
        process.kill()
        process.join(10)
    assert alive == [True] * PROCESSES, "who was killed was replaced, and nobody died of itself"
    found = []
    while not errors.empty():
        found.append(errors.get())
    return found


def test_no_channel_sells_a_unit_twice_also_when_processes_die(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            sellers = [make.seller(), make.seller(name="HTX Miến Việt Cường")]
            on = make_livestream.broadcast(sellers[0])
            packs = []
            for number in range(4):
                made = make.variant(make.product(sellers[number % 2]), on_hand=int(UNITS))
                make_livestream.pin(on, f"A{number + 1}", made)
                stock.keep_back(made.id, SAFETY)
                packs.append(made.id)
            for seller in sellers:
                make.bank_account(seller)
        db.session.remove()
        db.engine.dispose()
        assert rush(app, packs) == []
        let_the_server_notice()
        for pack in packs:
            look(pack)
        for order in db.session.scalars(select(Order)):
            look_at(order)


def let_the_server_notice():
    """What a killed process was committing is committed, the rest undone, before it is counted."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _try in range(100):
        if not db.session.scalar(others):
            break
        db.session.rollback()
        time.sleep(0.1)
    assert db.session.scalar(others) == 0
    db.session.rollback()


def booked(pack, *kinds):
    query = select(func.coalesce(func.sum(StockEntry.quantity), 0))
    return db.session.scalar(query.where(StockEntry.variant_id == pack, StockEntry.kind.in_(kinds)))


def look(pack):
    """The invariant, from the rows themselves."""
    came, sold = booked(pack, "receipt"), -booked(pack, "sale")
    counted, back = booked(pack, "adjustment"), booked(pack, "return")
    lost = -booked(pack, "loss")
    on_hand = stock.on_hand([pack])[pack]
    assert on_hand == came - sold + counted + back - lost >= 0
    live = select(func.coalesce(func.sum(Reservation.quantity), 0)).where(
        Reservation.variant_id == pack,
        Reservation.released_at.is_(None),
        Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
    )
    held = db.session.scalar(live)
    assert stock.reserved([pack]).get(pack, 0) == held
    assert stock.saleable([pack])[pack] == on_hand - held - SAFETY >= 0


def look_at(order):
    """What left the stock for an order is what it was sent, and only if it was."""
    went = select(StockEntry).where(
        StockEntry.kind == "sale", StockEntry.source.startswith(f"order:{order.ref}:")
    )
    taken = {}
    for one in db.session.scalars(went):
        taken[one.variant_id] = taken.get(one.variant_id, 0) - one.quantity
    sent = order.state in {State.SHIPPED, State.PARTLY_RETURNED, State.RETURNED}
    assert taken == (states.goods(order) if sent else {}), order.state


def missing():
    """What is yet to happen for this to have tried what it says it tries."""
    sources = set(db.session.scalars(select(func.split_part(Order.source, ":", 1)).distinct()))
    kinds = set(db.session.scalars(select(StockEntry.kind).distinct()))
    # Where an order has been, not where it is: all that were sent may have come back.
    been = set(db.session.scalars(select(OrderEvent.to_state).distinct()))
    bought_live = db.session.scalar(select(func.count()).select_from(Claim)) > PROCESSES
    db.session.rollback()
    return (
        ({"storefront", "livestream", "manual", "shopee", "stall"} - sources)
        | ({"receipt", "sale", "adjustment", "loss", "return"} - kinds)
        | ({State.SHIPPED, State.CANCELLED, State.EXPIRED, State.PARTLY_RETURNED} - been)
        | (set() if bought_live else {"claims"})
    )


def let_everything_happen():
    for _try in range(600):
        if not missing():
            break
        time.sleep(0.1)
    assert missing() == set()
    db.session.remove()
