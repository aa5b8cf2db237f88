"""Orders of a harvest: a deposit keeps the promise, the rest is due when the goods are there."""

from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from shop.inventory import harvests, reservations, stock
from shop.inventory.errors import NotTaken, OutOfStock
from shop.inventory.models import Harvest
from shop.orders import jobs, preorders, states
from shop.orders.checkout import PayBy
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, State
from tests import make_harvests, make_money


def arrive(row, quantity, source="1"):
    short = preorders.arrive(SYSTEM, row, Decimal(quantity), source=source)
    return [order.buyer_name for order in short]


def left(row):
    return harvests.left(row)


def test_an_order_keeps_the_days_and_the_deposit_that_were_agreed(database):
    row = make_harvests.harvest()
    order = make_harvests.order(row, "2.5", terms={"fee_vnd": 20_000})
    assert (order.total_vnd, order.deposit_vnd) == (170_000, 51_000)
    agreed = (row.from_day, row.until_day)
    later = {"until_day": row.until_day + timedelta(days=9), "deposit_percent": 100}
    harvests.change(SYSTEM, row, later)
    assert (order.deliver_from, order.deliver_until, order.deposit_vnd) == (*agreed, 51_000)
    assert (order.harvest_id, order.state) == (row.id, State.AWAITING_PAYMENT)


@given(st.integers(0, 10**12), st.integers(0, 100))
def test_a_deposit_is_its_share_never_less_and_never_a_dong_more(total_vnd, percent):
    found = preorders.deposit_vnd(total_vnd, percent)
    assert 0 <= found * 100 - total_vnd * percent < 100
    assert found <= total_vnd


def test_what_is_due_is_the_deposit_then_nothing_then_the_rest(database):
    row = make_harvests.harvest()
    order = make_harvests.order(row)
    due = [preorders.due_vnd(order)]
    for paid_vnd in (10_000, 26_000):
        make_harvests.pay(order, paid_vnd)
        due.append(preorders.due_vnd(order))
    arrive(row, 100)
    due.append(preorders.due_vnd(order))
    make_harvests.pay(order, 84_000)
    due.append(preorders.due_vnd(order))
    assert due == [36_000, 26_000, 0, 84_000, 0]
    assert order.state == State.PAID


def test_without_deposit_nothing_is_due_until_the_goods_are_there(database):
    row = make_harvests.harvest(deposit_percent=0)
    order = make_harvests.order(row)
    assert (preorders.due_vnd(order), order.expires_at) == (0, None)
    with clock.at(clock.now() + timedelta(days=29)):
        jobs.expire_orders()
        assert order.state == State.AWAITING_PAYMENT
        arrive(row, 100)
        assert preorders.due_vnd(order) == 120_000
    with clock.at(clock.now() + timedelta(days=33)):
        jobs.expire_orders()
    assert order.state == State.EXPIRED
    assert stock.saleable([row.variant_id]) == {row.variant_id: Decimal(100)}


def test_all_of_it_ahead_is_paid_at_once_and_packed_only_when_it_is_there(database):
    row = make_harvests.harvest(deposit_percent=100)
    order = make_harvests.order(row)
    assert preorders.due_vnd(order) == order.total_vnd == order.deposit_vnd
    make_harvests.pay(order, order.total_vnd)
    assert (order.state, order.short) == (State.PAID, False)
    with pytest.raises(NotAllowed):
        states.move(order, State.PACKING, who="thử")
    arrive(row, 100)
    states.move(order, State.PACKING, who="thử")
    states.move(order, State.SHIPPED, who="thử")
    assert stock.on_hand([row.variant_id]) == {row.variant_id: Decimal(98)}


def test_goods_of_others_that_lie_in_the_store_are_not_packed_instead(database):
    row = make_harvests.harvest(deposit_percent=100)
    stock.receive(row.variant_id, Decimal(50), source="khác")
    order = make_harvests.order(row)
    make_harvests.pay(order, order.total_vnd)
    assert State.PACKING not in states.moves(order)


def test_a_deposit_that_does_not_come_within_a_day_gives_the_promise_back(database):
    row = make_harvests.harvest()
    order = make_harvests.order(row, 60)
    with clock.at(order.placed_at + timedelta(hours=24, seconds=1)):
        jobs.expire_orders()
    assert (order.state, left(row)) == (State.EXPIRED, 100)


def test_the_next_buyer_gets_what_nobody_paid_in_time_though_no_sweep_runs(database):
    row = make_harvests.harvest()
    late = make_harvests.order(row, 60, name="Lan")
    with clock.at(late.expires_at):
        assert left(row) == 100
        make_harvests.order(row, 70, name="Mai")
        assert (late.state, left(row)) == (State.EXPIRED, 30)


def test_a_deposit_that_comes_late_before_anybody_wanted_the_goods_keeps_them(database):
    row = make_harvests.harvest()
    late = make_harvests.order(row, 60, name="Lan")
    with clock.at(late.expires_at + timedelta(hours=1)):
        make_harvests.pay(late, late.deposit_vnd)
        assert (late.state, late.short, left(row)) == (State.AWAITING_PAYMENT, False, 40)
        with pytest.raises(OutOfStock):
            make_harvests.order(row, 41, name="Mai")


def test_the_sweep_of_holds_leaves_a_promise_to_its_order(database):
    row = make_harvests.harvest()
    late = make_harvests.order(row, 60)
    with clock.at(late.expires_at + timedelta(hours=1)):
        assert reservations.expire() == 0
        assert harvests.to_come(states.holder(late))


def test_goods_that_came_and_nobody_paid_are_there_for_the_next_buyer_by_themselves(database):
    row = make_harvests.harvest(deposit_percent=0)
    order = make_harvests.order(row)
    arrive(row, 100)
    assert stock.saleable([row.variant_id]) == {row.variant_id: Decimal(98)}
    with clock.at(order.expires_at):
        assert stock.saleable([row.variant_id]) == {row.variant_id: Decimal(100)}
        make_harvests.pay(order, order.total_vnd)
        assert (order.state, order.short) == (State.PAID, False)
        assert stock.saleable([row.variant_id]) == {row.variant_id: Decimal(98)}


def test_a_harvest_that_comes_serves_nobody_whose_time_was_over(database):
    row = make_harvests.harvest()
    late = make_harvests.order(row, 60, name="Lan")
    with clock.at(late.expires_at):
        make_harvests.order(row, 40, name="Mai")
        assert arrive(row, 40) == []
        assert late.state == State.EXPIRED


def test_a_paid_deposit_keeps_the_promise_for_months(database):
    row = make_harvests.harvest()
    order = make_harvests.order(row, 60)
    make_harvests.pay(order, order.deposit_vnd)
    with clock.at(order.placed_at + timedelta(days=90)):
        jobs.expire_orders()
        assert (order.state, left(row)) == (State.AWAITING_PAYMENT, 40)


def test_who_ordered_first_is_served_first_and_who_falls_short_is_named_and_asked_for_nothing(
    database,
):
    row = make_harvests.harvest()
    orders = [
        make_harvests.order(row, kilos, name=name)
        for name, kilos in (("Lan", 30), ("Mai", 50), ("Cúc", 20))
    ]
    for order in orders[:2]:
        make_harvests.pay(order, order.deposit_vnd)
    assert arrive(row, 40) == ["Mai", "Cúc"]
    assert [preorders.due_vnd(order) for order in orders] == [1_260_000, 0, 0]
    assert [preorders.to_come(order) for order in orders] == [False, True, True]
    assert arrive(row, 40, source="2") == ["Cúc"]
    assert preorders.due_vnd(orders[1]) == 2_100_000
    assert stock.saleable([row.variant_id]) == {row.variant_id: Decimal(0)}


def test_an_order_that_was_given_up_is_not_served(database):
    row = make_harvests.harvest()
    gone = make_harvests.order(row, 60, name="Lan")
    make_harvests.order(row, 40, name="Mai")
    states.move(gone, State.CANCELLED, who="Lan")
    assert arrive(row, 40) == []


def test_a_harvest_that_fails_cancels_its_orders_with_the_reason_and_says_what_to_give_back(
    database,
):
    row, other = make_harvests.harvest(), make_harvests.harvest()
    paid, unpaid, elsewhere = (make_harvests.order(r) for r in (row, row, other))
    make_harvests.pay(paid, paid.deposit_vnd)
    cancelled = preorders.cancel(SYSTEM, row, "sương muối")
    assert cancelled == [paid, unpaid]
    assert [o.state for o in (paid, unpaid)] == [State.CANCELLED] * 2
    assert {o.events[-1].why for o in cancelled} == {"sương muối"}
    assert (paid.paid_vnd, harvests.promised_of([row.id])) == (36_000, {})
    assert elsewhere.state == State.AWAITING_PAYMENT


def test_a_refused_order_is_not_there(database):
    row = make_harvests.harvest()
    make_harvests.order(row, 99)
    with pytest.raises(OutOfStock):
        make_harvests.order(row, 2)
    harvests.change(SYSTEM, row, {"active": False})
    with pytest.raises(NotTaken):
        make_harvests.order(row, 1)
    db.session.rollback()


def test_cash_on_delivery_is_not_kept_for_one(database):
    row = make_harvests.harvest()
    with pytest.raises(IntegrityError, match="preorder_cashless"):
        make_harvests.order(row, terms={"pay_by": PayBy.COD})


def mails(database, before=frozenset()):
    folder = database.config["SETTINGS"].var_dir / "mail"
    found = set(folder.glob("*.eml")) - set(before)
    return [message_from_bytes(m.read_bytes(), policy=policy.default) for m in found]


def test_buyers_are_told_once_that_their_goods_came_or_did_not(database, run_tasks):
    folder = database.config["SETTINGS"].var_dir / "mail"
    row = make_harvests.harvest()
    first = make_harvests.order(row, 30, email="lan@example.vn")
    short = make_harvests.order(row, 50, email="mai@example.vn")
    make_harvests.order(row, 1)
    make_harvests.pay(first, first.deposit_vnd)
    db.session.commit()
    before = set(folder.glob("*.eml"))
    for source in ("1", "1"):
        with transaction():
            arrive(row, 40, source)
        run_tasks()
    said = {m["To"]: m["Subject"] + m.get_body().get_content() for m in mails(database, before)}
    assert len(mails(database, before)) == 2
    assert "1.260.000" in said["lan@example.vn"]
    assert f"/don/{first.token}" in said["lan@example.vn"]
    assert f"Đơn {short.ref} về thiếu" in said["mai@example.vn"]


def test_buyers_of_a_failed_harvest_are_told_why_and_what_they_get_back(database, run_tasks):
    folder = database.config["SETTINGS"].var_dir / "mail"
    row = make_harvests.harvest()
    order = make_harvests.order(row, email="lan@example.vn")
    make_harvests.pay(order, order.deposit_vnd)
    db.session.commit()
    before = set(folder.glob("*.eml"))
    with transaction():
        preorders.cancel(SYSTEM, row, "sương muối")
    run_tasks()
    (mail,) = mails(database, before)
    body = mail.get_body().get_content()
    assert "sương muối" in body
    assert "36.000" in body


# Two people at once, in processes of their own.


def place(harvest_id, kilos, number):
    with transaction():
        row = db.session.get_one(Harvest, harvest_id)
        return make_harvests.order(row, kilos, source_key=f"buyer:{number}").ref


def test_the_last_kilograms_go_to_as_many_as_they_are_enough_for(
    fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            harvest_id = make_harvests.harvest(quantity=Decimal(10)).id
        buyers = [partial(place, harvest_id, 4, number) for number in range(8)]
        said = make_money.at_once(app, buyers)
        assert sum(word.startswith("OCP") for word in said) == 2
        assert said.count("OutOfStock") == 6
        assert harvests.promised_of([harvest_id]) == {harvest_id: Decimal(8)}


def end(harvest_id, how):
    with transaction():
        how(SYSTEM, db.session.get_one(Harvest, harvest_id))
    return "ended"


HOW = {
    "cancel": lambda actor, row: preorders.cancel(actor, row, "sương muối"),
    "arrive": lambda actor, row: preorders.arrive(actor, row, Decimal(5), source="1"),
    "shrink": lambda actor, row: harvests.change(actor, row, {"quantity": Decimal(12)}),
}


@pytest.mark.parametrize("how", HOW)
def test_an_order_meets_the_end_of_its_harvest_in_one_order_or_the_other(
    fresh_database, redis_url, tmp_path, how
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            harvest_id = make_harvests.harvest().id
        buyers = [partial(place, harvest_id, 4, number) for number in range(6)]
        said = make_money.at_once(app, [*buyers, partial(end, harvest_id, HOW[how])])
        row = db.session.get_one(Harvest, harvest_id)
        orders = db.session.scalars(select(Order)).all()
        placed = [ref for ref in said if ref.startswith("OCP")]
        assert sorted(order.ref for order in orders) == sorted(placed)
        assert harvests.left(row) >= 0
        if how == "shrink":
            assert said[-1] in ("ended", "Promised")
            assert set(said[:-1]) - set(placed) <= {"OutOfStock"}
            assert row.quantity - harvests.left(row) == 4 * len(placed) <= row.quantity
        else:
            assert said[-1] == "ended"
            assert set(said[:-1]) - set(placed) <= {"NotTaken"}
        if how == "cancel":
            assert {order.state for order in orders} <= {State.CANCELLED}
            assert harvests.promised_of([harvest_id]) == {}
        if how == "arrive":
            served = [order for order in orders if not preorders.to_come(order)]
            assert len(served) == min(1, len(orders)), "5 kg serve one order of 4"
