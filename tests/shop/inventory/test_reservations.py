"""Promises of stock, also when eight processes want the last unit."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db, transaction
from shop.inventory import jobs, reservations, stock
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Reservation, StockEntry
from shop.outbox import Task
from tests import make, make_money

MARK_STOCK = "workers.sync.jobs.mark_stock"

ONE = Decimal(1)


def in_a_quarter():
    return clock.now() + timedelta(minutes=15)


def grab(packs, holder):
    """Try to hold one of each pack; what came of it."""
    try:
        with transaction():
            reservations.hold(dict.fromkeys(packs, ONE), holder=holder, until=None)
    except OutOfStock:
        return "none left"
    return "held"


def test_the_last_unit_goes_to_one_of_eight_processes(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            pack = make.variant(on_hand=1).id
        works = [partial(grab, [pack], f"claim:{number}") for number in range(8)]
        assert sorted(make_money.at_once(app, works)) == ["held"] + ["none left"] * 7
        assert stock.saleable([pack]) == {pack: Decimal(0)}
        assert len(db.session.scalars(select(Reservation)).all()) == 1


def many(packs, name):
    """Hold and let go over and over, as a busy stream does."""
    for turn in range(12):
        grab(packs, f"claim:{name}:{turn}")
        with transaction():
            reservations.release(f"claim:{name}:{turn}")
    return "done"


def test_two_baskets_in_opposite_order_never_wait_in_a_circle(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            packs = [make.variant(on_hand=50).id for _pack in range(3)]
        works = [partial(many, packs[:: 1 - 2 * (n % 2)], n) for n in range(4)]
        assert make_money.at_once(app, works) == ["done"] * 4
        assert stock.saleable(packs) == dict.fromkeys(packs, Decimal(50))


def test_a_basket_is_held_whole_or_not_at_all(database):
    plenty, few = make.variant(on_hand=9).id, make.variant(on_hand=1).id
    wanted = {plenty: Decimal(2), few: Decimal(3)}
    with pytest.raises(OutOfStock) as refusal:
        reservations.hold(wanted, holder="claim:A", until=None)
    assert refusal.value.short == {few: ONE}
    assert stock.saleable([plenty, few]) == {plenty: Decimal(9), few: ONE}


def test_release_lets_go_once(database):
    pack = make.variant(on_hand=2).id
    reservations.hold({pack: ONE}, holder="claim:A", until=None)
    assert reservations.live("claim:A") == {pack: ONE}
    assert (reservations.release("claim:A"), reservations.release("claim:A")) == (1, 0)
    assert reservations.live("claim:A") == {}
    assert stock.saleable([pack]) == {pack: Decimal(2)}


def test_the_sweep_releases_what_lapsed_and_nothing_else(database):
    pack = make.variant(on_hand=9).id
    until = in_a_quarter()
    reservations.hold({pack: ONE}, holder="claim:A", until=until)
    reservations.hold({pack: ONE}, holder="claim:B", until=until + timedelta(minutes=1))
    reservations.hold({pack: ONE}, holder="order:C", until=None)
    with clock.at(until):
        assert reservations.live("claim:A") == {}
        jobs.expire_reservations()
        jobs.expire_reservations()
    open_now = select(Reservation.holder).where(Reservation.released_at.is_(None))
    assert sorted(db.session.scalars(open_now)) == ["claim:B", "order:C"]


def test_what_lapsed_is_told_to_the_channels_once(database):
    pack = make.variant(on_hand=9).id
    reservations.hold({pack: ONE}, holder="claim:A", until=in_a_quarter())
    db.session.query(Task).delete()
    with clock.at(in_a_quarter() + timedelta(seconds=1)), transaction():
        assert (reservations.expire(), reservations.expire()) == (1, 0)
    told = db.session.scalars(select(Task).where(Task.job == MARK_STOCK)).all()
    assert [task.arguments for task in told] == [{"variant_ids": [pack]}]


def test_hand_over_turns_claims_into_the_order_without_a_gap(database):
    pack = make.variant(on_hand=3).id
    reservations.hold({pack: ONE}, holder="claim:A", until=in_a_quarter())
    reservations.hold({pack: Decimal(2)}, holder="claim:B", until=in_a_quarter())
    wanted = {pack: Decimal(3)}
    reservations.hand_over(["claim:A", "claim:B"], wanted, to="order:X", until=None)
    assert reservations.live("order:X") == wanted
    assert reservations.live("claim:A") == reservations.live("claim:B") == {}
    assert stock.saleable([pack]) == {pack: Decimal(0)}


def test_hand_over_after_a_lapse_holds_anew_what_nobody_took(database):
    pack = make.variant(on_hand=1).id
    until = in_a_quarter()
    reservations.hold({pack: ONE}, holder="claim:A", until=until)
    with clock.at(until + timedelta(seconds=1)):
        reservations.hand_over(["claim:A"], {pack: ONE}, to="order:X", until=None)
    assert reservations.live("order:X") == {pack: ONE}


def test_hand_over_after_a_lapse_is_refused_when_somebody_else_has_it(database):
    pack = make.variant(on_hand=1).id
    until = in_a_quarter()
    reservations.hold({pack: ONE}, holder="claim:A", until=until)
    with clock.at(until + timedelta(seconds=1)):
        reservations.hold({pack: ONE}, holder="claim:B", until=None)
        with pytest.raises(OutOfStock) as refusal:
            reservations.hand_over(["claim:A"], {pack: ONE}, to="order:X", until=None)
    assert refusal.value.short == {pack: Decimal(0)}
    assert reservations.live("claim:B") == {pack: ONE}


def test_selling_twice_sells_once_and_can_be_taken_back_once(database):
    pack = make.variant(on_hand=5).id
    wanted = {pack: Decimal(2)}
    reservations.hold(wanted, holder="order:X", until=None)
    for _time in range(2):
        reservations.sell("order:X", wanted)
        assert stock.saleable([pack]) == stock.on_hand([pack]) == {pack: Decimal(3)}
    for _time in range(2):
        reservations.take_back("order:X", wanted)
        assert stock.saleable([pack]) == {pack: Decimal(5)}
    sources = db.session.scalars(select(StockEntry.source).where(StockEntry.kind != "receipt"))
    assert sorted(sources) == [f"order:X:{pack}", f"order:X:{pack}:back"]


def test_what_was_paid_lapses_no_more(database):
    pack = make.variant(on_hand=5).id
    until = in_a_quarter()
    reservations.hold({pack: Decimal(2)}, holder="order:X", until=until)
    assert reservations.keep("order:X", {pack: Decimal(2)}) == {}
    with clock.at(until + timedelta(days=9)):
        reservations.expire()
        assert reservations.live("order:X") == {pack: Decimal(2)}


def test_what_was_paid_too_late_is_held_anew_while_it_is_there(database):
    pack = make.variant(on_hand=5).id
    until = in_a_quarter()
    reservations.hold({pack: Decimal(2)}, holder="order:X", until=until)
    with clock.at(until):
        assert reservations.keep("order:X", {pack: Decimal(2)}) == {}
        assert reservations.live("order:X") == {pack: Decimal(2)}


def test_what_somebody_else_got_meanwhile_is_not_promised_twice(database):
    few, plenty = make.variant(on_hand=2).id, make.variant(on_hand=9).id
    until = in_a_quarter()
    wanted = {few: Decimal(2), plenty: ONE}
    reservations.hold(wanted, holder="order:X", until=until)
    with clock.at(until):
        reservations.hold({few: ONE}, holder="order:Y", until=None)
        assert reservations.keep("order:X", wanted) == {few: Decimal(2)}
        assert reservations.live("order:X") == {plenty: ONE}
        with pytest.raises(OutOfStock):
            reservations.sell("order:X", wanted)
        reservations.release("order:Y")
        assert reservations.keep("order:X", wanted) == {}
        reservations.sell("order:X", wanted)
    assert stock.on_hand([few, plenty]) == {few: Decimal(0), plenty: Decimal(8)}


def test_a_hold_that_lapsed_is_ended_by_the_next_buyer_who_needs_it(database):
    pack = make.variant(on_hand=1).id
    until = in_a_quarter()
    reservations.hold({pack: ONE}, holder="claim:A", until=until)
    with clock.at(until):
        reservations.hold({pack: ONE}, holder="claim:B", until=None)
        ended = select(Reservation.released_at).where(Reservation.holder == "claim:A")
        assert db.session.scalar(ended) == until


def test_what_was_paid_is_sold_though_its_hold_lapsed(database):
    pack = make.variant(on_hand=5).id
    reservations.hold({pack: Decimal(2)}, holder="order:X", until=in_a_quarter())
    with clock.at(in_a_quarter() + timedelta(hours=1)), transaction():
        reservations.expire()
        reservations.sell("order:X", {pack: Decimal(2)})
    assert stock.on_hand([pack]) == {pack: Decimal(3)}


def test_less_is_wanted_and_the_time_stays_as_it_was(database):
    pack, until = make.variant(on_hand=5).id, in_a_quarter()
    reservations.hold({pack: Decimal(4)}, holder="claim:A", until=until)
    for wanted in (Decimal(1), Decimal(3)):
        reservations.lower("claim:A", pack, wanted)
        db.session.flush()
        (kept,) = db.session.scalars(select(Reservation)).all()
        assert (kept.quantity, kept.expires_at) == (1, until), "never more than before"
    assert stock.saleable([pack]) == {pack: 4}
