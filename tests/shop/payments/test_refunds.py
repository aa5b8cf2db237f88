"""Money that goes back: decided once, never more than came, booked when it went."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.database import db
from shop.errors import BadInput
from shop.ledger import accounts, entries
from shop.orders import dues, receipts, states
from shop.orders.dues import Standing
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.errors import RefundEnded
from shop.payments.gateways.protocol import Outcome, Result
from shop.payments.models import RefundBy, RefundState
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
    assert refund.owed_vnd == 0
    assert entries.balances(seller.id)[accounts.RETURNS] == 20_000
    states.move(order, State.CANCELLED, who="Kế toán")
    rest = decide(order, 165_000, key="rest")
    assert rest.owed_vnd == 165_000
    assert entries.balance_vnd(seller.id, accounts.CASH) == -185_000


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
