"""What the clock and the bank set off: orders expire, the seller is told."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.models import Role
from shop.database import db
from shop.inventory import stock
from shop.orders import jobs, receipts, states
from shop.orders.models import OrderEvent, State
from shop.outbox import Task
from tests import make, make_money


def a_day_later(order, **more):
    return clock.at(order.placed_at + timedelta(hours=24) + timedelta(**more))


def test_an_unpaid_order_expires_after_a_day_and_lets_its_stock_go(database):
    pack = make.variant(on_hand=3)
    order = make_money.order(variant=pack, quantity=2)
    with a_day_later(order, seconds=-1):
        jobs.expire_orders()
    assert order.state == State.AWAITING_PAYMENT
    assert stock.saleable([pack.id]) == {pack.id: Decimal(1)}
    with a_day_later(order, seconds=1):
        jobs.expire_orders()
        jobs.expire_orders()
    assert order.state == State.EXPIRED
    assert stock.saleable([pack.id]) == {pack.id: Decimal(3)}
    last = db.session.scalars(select(OrderEvent).order_by(OrderEvent.id.desc())).first()
    assert (last.to_state, last.who, last.why) == (
        "expired",
        "Hệ thống",
        "quá hạn chưa có tiền hoặc chưa xác nhận",
    )


def test_a_part_paid_order_stays_open_and_has_its_goods_again_with_the_rest(database):
    pack = make.variant(on_hand=3)
    order = make_money.order(variant=pack, quantity=2)
    receipts.pay(order, 1, who="thử", why="FT1")
    with a_day_later(order, days=30):
        jobs.expire_orders()
        assert order.state == State.AWAITING_PAYMENT
        assert stock.saleable([pack.id]) == {pack.id: Decimal(3)}
        make_money.go(order, State.PAID)
        assert (order.short, stock.saleable([pack.id])) == (False, {pack.id: Decimal(1)})


def test_a_part_paid_order_whose_goods_went_to_another_buyer_is_short(database):
    pack = make.variant(on_hand=3)
    order = make_money.order(variant=pack, quantity=2)
    receipts.pay(order, 1, who="thử", why="FT1")
    with a_day_later(order, days=30):
        make_money.go(make_money.order(variant=pack, quantity=2), State.PAID)
        make_money.go(order, State.PAID)
        assert (order.state, order.short) == (State.PAID, True)
        assert stock.saleable([pack.id]) == {pack.id: Decimal(1)}


def test_what_turned_out_unpaid_lapses_like_any_order(database):
    pack = make.variant(on_hand=3)
    order = make_money.order(variant=pack, quantity=2)
    make_money.go(order, State.PAID)
    receipts.take_away(order, order.paid_vnd, who="thử", why="gỡ khớp")
    assert stock.saleable([pack.id]) == {pack.id: Decimal(1)}
    with a_day_later(order, days=2):
        assert stock.saleable([pack.id]) == {pack.id: Decimal(3)}


@pytest.mark.parametrize("state", [State.PAID, State.CANCELLED])
def test_only_orders_that_wait_for_money_expire(database, state):
    order = make_money.order()
    states.move(order, state, who="thử")
    with a_day_later(order, days=1):
        jobs.expire_orders()
    assert order.state == state


def test_the_owners_with_mail_are_told_what_to_pack(database, run_tasks):
    seller = make.seller()
    make.member(seller, email="hao@example.vn")
    make.member(seller)
    make.member(seller, role=Role.VIEWER, email="xem@example.vn")
    make.member(make.seller(name="HTX khác"), email="khac@example.vn")
    order = make_money.order(seller, quantity=2)
    make_money.go(order, State.PAID)
    db.session.commit()
    folder = database.config["SETTINGS"].var_dir / "mail"
    before = set(folder.glob("*.eml"))
    run_tasks()
    assert len(db.session.scalars(select(Task).where(Task.event == "mail_wanted")).all()) == 1
    (mail,) = set(folder.glob("*.eml")) - before
    written = mail.read_text()
    assert "To: hao@example.vn" in written
    assert order.ref in written or "=?utf-8?" in written


def test_telling_the_owners_twice_sends_one_mail(database):
    seller = make.seller()
    make.member(seller, email="hao@example.vn")
    order = make_money.order(seller)
    for _ in range(2):
        jobs.tell_seller(order.id)
    mails = select(Task).where(Task.event == "mail_wanted")
    assert len(db.session.scalars(mails).all()) == 1
