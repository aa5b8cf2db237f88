"""The buyer's page of a pre-order: what is asked for when, and what is said meanwhile."""

import re
from decimal import Decimal

import pytest

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import harvests
from shop.inventory.models import Harvest
from shop.orders import preorders, states
from shop.orders.models import Order, State
from shop.payments import vietqr
from tests import make_harvests


@pytest.fixture
def visitor(database):
    return database.test_client()


def page(visitor, order):
    said = visitor.get(f"/don/{order.token}").text
    return re.sub(r"\s+", " ", said.replace("\xa0", " "))


def asked_vnd(visitor, order):
    """What the code on the page asks for, None without one."""
    told = visitor.get(f"/don/{order.token}", headers={"Accept": "application/json"}).json
    if told["vietqr"] is None:
        assert visitor.get(f"/don/{order.token}/ma.png").status_code == 404
        return None
    read = vietqr.parse(told["vietqr"])
    assert (
        read.purpose,
        vietqr.svg(told["vietqr"]) in visitor.get(f"/don/{order.token}").text,
    ) == (
        order.ref,
        True,
    )
    return read.amount_vnd


def paid(order, amount_vnd):
    make_harvests.pay(db.session.get_one(Order, order.id), amount_vnd)
    db.session.commit()


def arrive(order, quantity):
    row = db.session.get_one(Harvest, order.harvest_id)
    preorders.arrive(SYSTEM, row, Decimal(quantity), source=f"{quantity}")
    db.session.commit()


def test_the_code_asks_for_the_deposit_then_not_at_all_then_for_the_rest(visitor):
    order = make_harvests.asked(make_harvests.harvest())
    assert asked_vnd(visitor, order) == 36_000
    assert "Đang chờ tiền cọc" in page(visitor, order)
    assert "Còn lại 84.000 ₫ trả khi hàng về" in page(visitor, order)
    assert "đơn tự hủy" in page(visitor, order)

    paid(order, 6_000)
    assert asked_vnd(visitor, order) == 30_000
    assert "còn thiếu 30.000 ₫" in page(visitor, order)

    paid(order, 30_000)
    assert asked_vnd(visitor, order) is None
    assert "Hàng của vụ này được giữ cho bạn" in page(visitor, order)
    assert "Còn 84.000 ₫ trả khi hàng về" in page(visitor, order)

    arrive(order, 100)
    assert asked_vnd(visitor, order) == 84_000
    assert "Hàng bạn đặt trước đã về" in page(visitor, order)

    paid(order, 84_000)
    assert asked_vnd(visitor, order) is None
    assert "Người bán đang chuẩn bị hàng" in page(visitor, order)
    assert order.state == State.PAID


def test_without_deposit_the_code_comes_with_the_goods(visitor):
    order = make_harvests.asked(make_harvests.harvest(deposit_percent=0))
    assert asked_vnd(visitor, order) is None
    assert "Hàng của vụ này được giữ cho bạn" in page(visitor, order)
    arrive(order, 100)
    assert asked_vnd(visitor, order) == 120_000


def test_who_paid_all_ahead_is_told_when_the_goods_come(visitor):
    order = make_harvests.asked(make_harvests.harvest(deposit_percent=100))
    assert "Trả ngay toàn bộ" in page(visitor, order)
    assert "không phải tiền cọc" in page(visitor, order)
    paid(order, 120_000)
    first = f"{order.deliver_from:%d/%m/%Y}"
    assert f"Hàng được giữ cho bạn trong vụ này, giao từ {first}" in page(visitor, order)


def test_who_falls_short_is_asked_for_nothing_more(visitor):
    order = make_harvests.asked(make_harvests.harvest(), 50)
    paid(order, order.deposit_vnd)
    arrive(order, 40)
    assert asked_vnd(visitor, order) is None
    assert "Chưa có hàng cho đơn này, xin đừng trả thêm tiền" in page(visitor, order)


def test_a_failed_harvest_says_why_and_what_is_to_be_given_back(visitor):
    order = make_harvests.asked(make_harvests.harvest())
    paid(order, 36_000)
    preorders.cancel(SYSTEM, db.session.get_one(Harvest, order.harvest_id), "sương muối")
    db.session.commit()
    said = page(visitor, order)
    assert "Lý do: sương muối" in said
    assert "Ngân hàng đã báo 36.000 ₫ cho đơn này: người bán phải trả lại bạn." in said
    assert asked_vnd(visitor, order) is None


def test_the_agreement_stays_on_the_page_and_new_days_stand_beside_it(visitor):
    order = make_harvests.asked(make_harvests.harvest())
    said = page(visitor, order)
    agreed = f"giao từ {order.deliver_from:%d/%m/%Y} đến {order.deliver_until:%d/%m/%Y}"
    assert f"Đã hẹn: {agreed}." in said
    assert "Điều 328 Bộ luật Dân sự 2015" in said
    assert "Người bán báo lại" not in said
    row = db.session.get_one(Harvest, order.harvest_id)
    harvests.change(SYSTEM, row, {"until_day": row.until_day.replace(year=row.until_day.year + 1)})
    db.session.commit()
    said = page(visitor, order)
    assert f"Đã hẹn: {agreed}." in said
    assert (
        f"Người bán báo lại: giao từ {row.from_day:%d/%m/%Y} đến {row.until_day:%d/%m/%Y}" in said
    )


def test_a_buyer_who_paid_nothing_may_cancel_and_the_promise_is_given_back(visitor):
    order = make_harvests.asked(make_harvests.harvest(), 60)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(f"/don/{order.token}").text)
    visitor.post(f"/don/{order.token}/huy", data={"csrf_token": token[1]})
    assert order.state == State.CANCELLED
    assert harvests.left(db.session.get_one(Harvest, order.harvest_id)) == 100
    assert states.moves(order) == frozenset()
