"""Money that goes back: decided once, never more than came, booked when it went."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shop.database import db
from shop.errors import BadInput
from shop.ledger import accounts, entries
from shop.orders import dues, receipts, returns, states
from shop.orders.dues import Standing
from shop.orders.errors import NotAllowed
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.errors import RefundEnded
from shop.payments.gateways.protocol import Outcome, Result
from shop.payments.models import RefundBy, RefundState
from shop.reconciliation import matching
from tests import make, make_gateways, make_money


@pytest.fixture
def seller(database):
    return make.seller()


@pytest.fixture
def order(seller):
    placed = make_money.order(seller)
    receipts.pay(placed, 185_000, who="Ngân hàng", why="FT1")
    return placed


def decide(order, amount_vnd, way=RefundBy.CASH, key="k", **more):
    return refunds.decide(order, amount_vnd, way, reason="hàng lỗi", by="Kế toán", key=key, **more)


def test_a_cancelled_order_owes_all_that_came(order):
    states.move(order, State.CANCELLED, who="Kế toán")
    assert dues.owed_vnd(order) == 185_000
    decide(order, 185_000)
    assert (dues.owed_vnd(order), dues.standing(order)) == (0, Standing.REFUNDED)


def test_the_same_decision_twice_is_one(order):
    assert decide(order, 50_000).id == decide(order, 50_000).id
    assert order.refunded_vnd == 50_000
    decide(order, 50_000, key="another")
    assert order.refunded_vnd == 100_000


def test_no_more_goes_back_than_came(order):
    decide(order, 100_000)
    with pytest.raises(BadInput):
        decide(order, 85_001, key="more")


def test_what_was_owed_is_the_buyers_and_the_rest_a_courtesy(order, seller):
    refund = decide(order, 20_000)
    assert (refund.owed_vnd, refund.ahead_vnd) == (0, 20_000)
    make_money.deliver(order)
    assert entries.balances(seller.id)[accounts.RETURNS] == 20_000
    later = decide(order, 5_000, key="later")
    assert (later.owed_vnd, later.ahead_vnd) == (0, 0)
    assert entries.balances(seller.id)[accounts.RETURNS] == 25_000


def test_a_courtesy_before_an_order_is_cancelled_leaves_no_revenue_behind(order, seller):
    decide(order, 20_000)
    states.move(order, State.CANCELLED, who="Kế toán")
    rest = decide(order, 165_000, key="rest")
    assert rest.owed_vnd == 165_000
    assert entries.balances(seller.id) == {accounts.CASH: -185_000, accounts.RECEIVABLE: 185_000}


def test_a_courtesy_that_fails_after_the_goods_were_sent_is_no_courtesy(order, seller):
    refund = decide(order, 20_000, RefundBy.TRANSFER)
    make_money.deliver(order)
    refunds.fail(refund, "given_up", "khách đổi ý")
    assert entries.balance_vnd(seller.id, accounts.RETURNS) == 0
    assert entries.balance_vnd(seller.id, accounts.RECEIVABLE) == 185_000


def test_a_transfer_waits_until_the_bank_says_it_went(order, seller):
    refund = decide(order, 185_000, RefundBy.TRANSFER)
    assert refund.state == RefundState.DUE
    assert entries.balances(seller.id) == {}
    refunds.paid(refund, accounts.SUSPENSE, seller.id, "Ngân hàng")
    assert refund.state == RefundState.PAID
    with pytest.raises(RefundEnded):
        refunds.paid(refund, accounts.SUSPENSE, seller.id, "Ngân hàng")


def test_what_is_given_up_is_the_orders_again(order):
    refund = decide(order, 185_000, RefundBy.TRANSFER)
    refunds.fail(refund, "given_up", "khách đổi ý")
    assert (order.refunded_vnd, dues.refundable_vnd(order)) == (0, 185_000)


def test_a_gateway_gives_back_no_more_than_it_took(seller):
    order = make_money.order(seller)
    payment = make_gateways.captured(seller, order)
    decide(order, 100_000, RefundBy.GATEWAY, payment=payment)
    assert refunds.left_vnd(payment) == 85_000
    with pytest.raises(BadInput):
        decide(order, 85_001, RefundBy.GATEWAY, key="more", payment=payment)


def test_a_gateway_refund_is_booked_when_the_gateway_says_so(seller):
    order = make_money.order(seller)
    payment = make_gateways.captured(seller, order)
    refund = decide(order, 185_000, RefundBy.GATEWAY, payment=payment)
    assert refund.state == RefundState.ASKED
    told = Result(refund.key, Outcome.PENDING, None, "", "05")
    refunds._note(refund.id, told)
    assert refund.state == RefundState.ASKED
    refunds._note(refund.id, Result(refund.key, Outcome.PAID, None, "", "00"))
    assert refund.state == RefundState.PAID
    assert entries.balance_vnd(seller.id, accounts.clearing("vnpay")) == 0


def test_silence_of_a_gateway_keeps_a_refund_open(seller):
    order = make_money.order(seller)
    payment = make_gateways.captured(seller, order)
    payment.connection.host = "http://127.0.0.1:9"
    refund = decide(order, 185_000, RefundBy.GATEWAY, payment=payment)
    db.session.commit()
    refunds.send(refund.id)
    assert refund.state == RefundState.ASKED


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 200_000), st.sampled_from(["cash", "transfer", "drop"]))))
def test_whatever_is_decided_no_more_went_back_than_came(app, steps):
    with app.app_context():
        try:
            seller = make.seller()
            order = make_money.order(seller)
            receipts.pay(order, 185_000, who="Ngân hàng", why="FT1")
            given_back = 0
            for number, (amount_vnd, step) in enumerate(steps):
                way = RefundBy.CASH if step == "cash" else RefundBy.TRANSFER
                try:
                    refund = decide(order, amount_vnd, way, key=f"step:{number}")
                except BadInput:
                    continue
                if step == "drop":
                    refunds.fail(refund, "given_up", "")
                else:
                    given_back += amount_vnd
                db.session.flush()
                assert order.refunded_vnd == given_back <= 185_000
        finally:
            db.session.rollback()


ONWARD = {
    State.PAID: State.PACKING,
    State.PACKING: State.SHIPPED,
    State.SHIPPED: State.DELIVERED,
}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["refund", "ask", "return"]), st.integers(1, 120_000)),
        st.tuples(st.sampled_from(["go", "go", "fail", "settle", "cancel"]), st.just(0)),
    ),
    max_size=9,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
# A courtesy is asked for, the goods come back, and the courtesy cannot be given after all.
@example([("go", 0), ("go", 0), ("ask", 1), ("return", 1), ("fail", 0)])
def test_whatever_is_given_back_the_books_end_where_the_money_is(app, steps):
    """Paid by a bank line; in the end nothing is owed, and the revenue is what was kept."""
    with app.app_context():
        try:
            seller = make.seller()
            order = make_money.order(seller, quantity=4)
            line = make_money.bank_line(seller, order.ref, amount_vnd=740_000)
            matching.match(line)
            waiting = []
            for number, (step, amount_vnd) in enumerate(steps):
                _take(order, step, amount_vnd, waiting, f"step:{number}")
            for refund in waiting:
                refunds.paid(refund, accounts.CASH, seller.id, "thử")
            if order.state in (State.PAID, State.PACKING):
                _take(order, "cancel", 0, [], "end")
            if owed := dues.owed_vnd(order):
                decide(order, owed, key="owed")
            revenue = -sum(
                amount
                for account, amount in entries.balances(seller.id).items()
                if account in (accounts.SALES, accounts.RETURNS, accounts.DELIVERY)
            )
            assert entries.balance_vnd(seller.id, accounts.RECEIVABLE) == 0
            assert revenue == order.paid_vnd - order.refunded_vnd
        finally:
            db.session.rollback()


def _take(order, step, amount_vnd, waiting, key):
    with suppress(BadInput, NotAllowed):
        if step == "refund":
            decide(order, amount_vnd, key=key)
        elif step == "ask":
            waiting.append(decide(order, amount_vnd, RefundBy.TRANSFER, key=key))
        elif step == "fail" and waiting:
            refunds.fail(waiting.pop(), "given_up", "")
        elif step == "settle" and waiting:
            refunds.paid(waiting.pop(), accounts.CASH, order.seller_id, "thử")
        elif step == "go" and order.state in ONWARD:
            states.move(order, ONWARD[order.state], who="thử")
        elif step == "cancel":
            states.move(order, State.CANCELLED, who="thử")
        elif step == "return" and order.state in dues.HANDED_OVER:
            came = {order.lines[0].id: Decimal(1 + amount_vnd % 4)}
            returns.take(order, came, restock=True, who="thử", why="hỏng", key=key)
