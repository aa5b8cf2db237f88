"""What the clock and the bank set off: orders expire, the seller is told."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.models import Role
from shop.database import db
from shop.inventory import reservations, stock
from shop.inventory.errors import OutOfStock
from shop.orders import jobs, receipts, states
from shop.orders.checkout import Terms
from shop.orders.models import OrderEvent, PayBy, State
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


def test_a_part_paid_order_stays_open_and_keeps_its_stock_three_days_for_the_rest(database):
    pack = make.variant(on_hand=3)
    order = make_money.order(variant=pack, quantity=2)
    order.buyer_email = "lan@vidu.vn"
    with a_day_later(order, seconds=-1):
        receipts.pay(order, 100_000, who="ngân hàng", why="FT1")
        until = clock.now() + timedelta(hours=72)
        jobs.tell_of_rest(order.id)
        jobs.tell_of_rest(order.id)
    assert order.expires_at == until
    ((to, subject, said, _html),) = make.mails()
    assert (to, subject) == ("lan@vidu.vn", f"Đơn {order.ref} còn thiếu 270.000\xa0₫")
    assert "Người bán giữ hàng cho bạn đến" in said
    with clock.at(until - timedelta(seconds=1)):
        assert stock.saleable([pack.id]) == {pack.id: Decimal(1)}
    with clock.at(until + timedelta(seconds=1)):
        jobs.expire_orders()
        assert stock.saleable([pack.id]) == {pack.id: Decimal(3)}
        assert order.state == State.AWAITING_PAYMENT
        receipts.pay(order, 270_000, who="ngân hàng", why="FT2")
        assert (order.state, order.short) == (State.PAID, False)
    with a_day_later(order, days=60):
        assert stock.saleable([pack.id]) == {pack.id: Decimal(1)}


def test_with_the_scheduler_dead_the_next_buyer_gets_what_nobody_paid_and_late_money_is_short(
    database,
):
    pack = make.variant(on_hand=2)
    late = make_money.order(variant=pack, quantity=2)
    with a_day_later(late, seconds=-1), pytest.raises(OutOfStock):
        reservations.hold({pack.id: Decimal(1)}, holder="claim:B", until=None)
    with clock.at(late.expires_at):
        other = make_money.order(variant=pack, quantity=1)
        receipts.pay(late, 370_000, who="ngân hàng", why="FT1")
        assert (late.state, late.short) == (State.PAID, True)
        assert reservations.live(states.holder(late)) == {}
        assert reservations.live(states.holder(other)) == {pack.id: Decimal(1)}
        assert stock.saleable([pack.id]) == {pack.id: Decimal(1)}


def test_an_order_confirmed_for_cash_on_delivery_holds_without_end(database):
    pack = make.variant(on_hand=2)
    order = make_money.order(variant=pack, quantity=2, terms=Terms(pay_by=PayBy.COD))
    assert order.expires_at - order.placed_at >= timedelta(hours=71)
    states.move(order, State.CONFIRMED, who="thử")
    with a_day_later(order, days=60):
        reservations.expire()
        assert stock.saleable([pack.id]) == {pack.id: Decimal(0)}


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
