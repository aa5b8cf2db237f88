"""Sales at a counter: of a sum or of goods, paid in cash or by a code, handed over when paid."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans as either
from hypothesis.strategies import integers, lists, tuples
from sqlalchemy import func, select

from shop import clock
from shop.database import db, transaction
from shop.inventory import stock
from shop.inventory.errors import OutOfStock
from shop.invoices import contents
from shop.invoices.models import VatRate
from shop.ledger import accounts, entries
from shop.orders import counter, dues, receipts
from shop.orders.checkout import Want
from shop.orders.counter import Sale
from shop.orders.models import Order, OrderEvent, State
from shop.outbox import Task
from shop.payments import requests, vietqr
from shop.reconciliation import closing
from tests import invariants, make, make_money


@pytest.fixture
def seller(database):
    return make.seller()


def sold(seller, amount_vnd=45_000, **more):
    return Sale(seller.id, "Sạp A12, Chợ Đu", amount_vnd, **more)


def test_cash_for_a_sum_is_paid_handed_over_and_in_the_books_at_once(seller):
    order = counter.take_cash(sold(seller), source="booth:X", key="k1", who="Thúy")
    assert (order.state, order.total_vnd, order.paid_vnd) == (State.DELIVERED, 45_000, 45_000)
    assert dues.open_vnd(order) == 0
    assert order.lines == []
    balances = {accounts.CASH: 45_000, accounts.SALES: -45_000, accounts.RECEIVABLE: 0}
    assert entries.balances(seller.id) == balances
    moves = select(OrderEvent.to_state).where(OrderEvent.order_id == order.id)
    assert db.session.scalars(moves.order_by(OrderEvent.id)).all() == [
        *(State.AWAITING_PAYMENT, State.PAID, State.PACKING, State.DELIVERED),
    ]
    invariants.hold()


def test_a_sale_sent_twice_is_one(seller):
    one = counter.take_cash(sold(seller), source="booth:X", key="k1", who="Thúy")
    again = counter.take_cash(sold(seller), source="booth:X", key="k1", who="Thúy")
    assert one.id == again.id
    assert db.session.scalar(select(func.count(Order.id))) == 1
    assert entries.balance_vnd(seller.id, accounts.CASH) == 45_000


def sell_once(seller_id):
    with transaction():
        sale = Sale(seller_id, "Sạp A12, Chợ Đu", 45_000)
        return counter.take_cash(sale, source="booth:X", key="k1", who="Thúy").ref


def test_the_same_sale_from_four_processes_at_once_is_one(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            owner = make.seller().id
        refs = make_money.at_once(app, [partial(sell_once, owner)] * 4)
        assert refs == [db.session.scalars(select(Order.ref)).one()] * 4
        assert entries.balance_vnd(owner, accounts.CASH) == 45_000


def test_a_code_waits_and_is_handed_over_when_the_bank_says_so_and_nobody_is_mailed(seller):
    make.bank_account(seller)
    order = counter.ask(sold(seller), source="booth:X", key="k2", who="Thúy")
    asked = requests.open(order)
    read = vietqr.parse(asked.payload)
    assert (read.amount_vnd, read.purpose) == (45_000, order.ref)
    assert order.state == State.AWAITING_PAYMENT
    assert timedelta(0) <= clock.now() + counter.WAITS - order.expires_at < timedelta(minutes=1)
    receipts.pay(order, 45_000, who="Ngân hàng", why="FT1")
    assert order.state == State.DELIVERED
    told = select(Task.event).where(Task.event.in_(["order_paid", "goods_handed_over"]))
    assert db.session.scalars(told).all() == ["goods_handed_over"]
    assert entries.balance_vnd(seller.id, accounts.SALES) == -45_000


def test_half_of_the_money_hands_nothing_over(seller):
    order = counter.ask(sold(seller), source="booth:X", key="k3", who="Thúy")
    receipts.pay(order, 20_000, who="Ngân hàng", why="FT1")
    assert (order.state, dues.open_vnd(order)) == (State.AWAITING_PAYMENT, 25_000)
    assert entries.balance_vnd(seller.id, accounts.SALES) == 0


def test_goods_sold_at_the_counter_leave_the_same_stock(database):
    tea = make.variant(on_hand=3, price_vnd=20_000)
    owner = make_money.seller_of(tea)
    wants = [Want(tea, Decimal(2))]
    order = counter.take_cash(sold(owner, 0, wants=wants), source="booth:X", key="k4", who="Thúy")
    assert (order.total_vnd, order.state) == (40_000, State.DELIVERED)
    assert stock.saleable([tea.id])[tea.id] == 1
    with pytest.raises(OutOfStock):
        counter.take_cash(sold(owner, 0, wants=wants), source="booth:X", key="k5", who="Thúy")
    assert stock.saleable([tea.id])[tea.id] == 1
    invariants.stock_stands()


def test_cash_at_the_counter_stands_on_both_sides_of_the_sellers_day(seller):
    counter.take_cash(sold(seller), source="booth:X", key="k6", who="Thúy")
    counter.ask(sold(seller, 30_000), source="booth:X", key="k7", who="Thúy")
    db.session.flush()
    found = {f.name: (f.count, f.amount_vnd) for f in closing.figures(seller.id, clock.today())}
    assert found["placed"] == (2, 75_000)
    assert found["expected"] == (2, 75_000)
    assert found["received"] == (1, 45_000)
    assert found["difference"] == (1, -30_000)
    assert found["cash_in"] == (1, 45_000)


def test_the_invoice_of_a_sum_has_one_line_to_the_dong(seller):
    order = counter.take_cash(sold(seller, 108_000), source="booth:X", key="k8", who="Thúy")
    lines = contents.lines(order, VatRate("8"))
    assert [(line.name, line.total_vnd, line.net_vnd) for line in lines] == [
        ("Hàng bán tại quầy", 108_000, 100_000)
    ]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sales=lists(tuples(integers(1, 10**9), either()), min_size=1, max_size=6))
def test_whatever_is_sold_cash_and_receivables_are_just_the_sales(database, sales):
    owner = make.seller()
    for number, (amount_vnd, cash) in enumerate(sales):
        verb = counter.take_cash if cash else counter.ask
        verb(sold(owner, amount_vnd), source="booth:X", key=f"{owner.id}:{number}", who="Thúy")
    cash_vnd = sum(amount for amount, cash in sales if cash)
    found = entries.balances(owner.id)
    assert found.get(accounts.CASH, 0) == cash_vnd == -found.get(accounts.SALES, 0)
    assert found.get(accounts.RECEIVABLE, 0) == 0
