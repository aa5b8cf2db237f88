"""A payment at a gateway, from the buyer's button to the seller's books."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.ledger import accounts, entries
from shop.orders import states
from shop.orders.models import State
from shop.payments import captures
from shop.payments.errors import NothingToPay
from shop.payments.gateways.protocol import Became, Outcome, Result
from shop.payments.models import GatewayNotice, GatewayPayment
from tests import make, make_gateways, make_money


@pytest.fixture
def seller(database):
    return make.seller()


@pytest.fixture
def order(seller):
    return make_money.order(seller)


@pytest.fixture
def connection(seller):
    return make_gateways.connection(seller)


@pytest.fixture
def payment(connection, order):
    return captures.begin(connection, order, "203.0.113.9")


@pytest.fixture
def visitor(database):
    return database.test_client()


def result(payment, outcome, **more):
    values = {"amount_vnd": payment.amount_vnd, "transaction": "14400001", "code": "00"}
    return Result(key=payment.key, outcome=outcome, **values | more)


def ipn(visitor, payment, **more):
    query = make_gateways.told(payment, **more)
    return visitor.get(f"/webhooks/gateways/vnpay/{payment.connection.ref}?{query}")


def test_the_buyer_is_sent_to_the_gateway_with_what_is_open(visitor, order, connection):
    page = visitor.get(f"/don/{order.token}").text
    assert "Trả bằng VNPay" in page
    answer = visitor.post(f"/don/{order.token}/tra/vnpay", data={"csrf_token": token(page)})
    payment = db.session.scalars(select(GatewayPayment)).one()
    assert payment.pay_url.replace("&", "&amp;") in answer.text
    assert "vnp_Amount=18500000" in payment.pay_url
    assert payment.key.startswith(order.ref)


def token(page):
    from tests.app_fixtures import form_token

    return form_token(page)


def test_pressed_twice_it_is_the_same_try(connection, order):
    first = captures.begin(connection, order, "203.0.113.9")
    captures.start(first.id, return_url="https://cho.vn/ve", notify_url="https://cho.vn/bao")
    assert captures.begin(connection, order, "203.0.113.9").id == first.id


def test_an_order_that_expects_nothing_is_not_sent_anywhere(connection, order):
    states.move(order, State.CANCELLED, who="Lan")
    with pytest.raises(NothingToPay):
        captures.begin(connection, order, "203.0.113.9")


def test_a_signed_notice_pays_the_order_and_its_books(visitor, payment, order, seller, run_tasks):
    answer = ipn(visitor, payment)
    assert answer.json == {"RspCode": "00", "Message": "Confirm Success"}
    run_tasks()
    assert (order.state, order.paid_vnd) == (State.PAID, 185_000)
    assert payment.captured_at
    assert payment.applied_vnd == 185_000
    assert entries.balances(seller.id) == {
        accounts.clearing("vnpay"): 185_000,
        accounts.RECEIVABLE: -185_000,
    }


def test_a_repeat_is_told_so_and_changes_nothing(visitor, payment, order, seller, run_tasks):
    ipn(visitor, payment)
    run_tasks()
    assert ipn(visitor, payment).json["RspCode"] == "02"
    run_tasks()
    assert order.paid_vnd == 185_000
    assert db.session.query(GatewayNotice).count() == 1
    assert entries.balance_vnd(seller.id, accounts.clearing("vnpay")) == 185_000


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"vnp_TxnRef": "OCPW5T7RN"}, "01"),
        ({"vnp_Amount": 100}, "04"),
    ],
)
def test_what_does_not_fit_is_answered_in_vnpays_words_and_pays_nothing(
    visitor, payment, order, run_tasks, more, code
):
    assert ipn(visitor, payment, **more).json["RspCode"] == code
    run_tasks()
    assert order.paid_vnd == 0


def test_a_wrong_signature_pays_nothing(visitor, payment, order, run_tasks):
    query = make_gateways.told(payment).replace("18500000", "18500001")
    answer = visitor.get(f"/webhooks/gateways/vnpay/{payment.connection.ref}?{query}")
    assert answer.json["RspCode"] == "97"
    assert visitor.get("/webhooks/gateways/vnpay/7Q2M9K4TX?vnp_TxnRef=1").json["RspCode"] == "97"
    run_tasks()
    assert order.paid_vnd == 0
    assert db.session.query(GatewayNotice).count() == 0


def test_a_failed_try_is_confirmed_and_the_order_waits_on(visitor, payment, order, run_tasks):
    assert ipn(visitor, payment, code="24").json["RspCode"] == "00"
    run_tasks()
    assert (payment.state, order.state) == (Outcome.FAILED, State.AWAITING_PAYMENT)


def test_a_late_success_after_a_failure_counts(visitor, payment, order, run_tasks):
    ipn(visitor, payment, code="24")
    assert ipn(visitor, payment).json["RspCode"] == "00"
    run_tasks()
    assert order.state == State.PAID


def test_a_failure_after_the_success_changes_nothing(visitor, payment, order, run_tasks):
    ipn(visitor, payment)
    assert ipn(visitor, payment, code="24").json["RspCode"] == "02"
    run_tasks()
    assert order.state == State.PAID


def test_money_for_an_order_that_was_paid_otherwise_is_the_buyers(
    visitor, payment, order, seller, run_tasks
):
    from shop.orders import receipts

    receipts.pay(order, 185_000, who="Ngân hàng", why="FT1")
    ipn(visitor, payment)
    run_tasks()
    assert (order.paid_vnd, payment.applied_vnd) == (185_000, 0)
    assert entries.balance_vnd(seller.id, accounts.CREDIT) == -185_000


def test_a_doubtful_payment_is_held_for_a_person(payment, order, run_tasks):
    captures.note(payment, result(payment, Outcome.REVIEW, code="07"))
    run_tasks()
    assert (payment.state, order.state) == (Outcome.REVIEW, State.AWAITING_PAYMENT)


def test_another_amount_is_held_for_a_person(payment, order):
    became = captures.note(payment, result(payment, Outcome.PAID, amount_vnd=1))
    assert (became, payment.state) == (Became.WRONG_AMOUNT, Outcome.REVIEW)


def test_the_browser_that_comes_back_settles_nothing(visitor, payment, order, run_tasks):
    query = make_gateways.told(payment)
    answer = visitor.get(f"/don/{order.token}/ket-qua/vnpay?{query}")
    assert answer.status_code == 303
    run_tasks()
    assert (payment.state, order.paid_vnd) == (Outcome.PENDING, 0)


def test_a_payment_nobody_told_of_is_asked_after_again_and_again(payment):
    assert captures.due() == []
    soon = payment.started_at + timedelta(minutes=3)
    with clock.at(soon):
        assert captures.due() == [payment.id]
        assert captures.due() == []
    with clock.at(soon + timedelta(minutes=10)):
        assert captures.due() == [payment.id]
    with clock.at(soon + timedelta(days=4)):
        assert captures.due() == [payment.id]
        assert payment.next_ask_at is None


def test_an_unanswered_question_changes_nothing(payment, connection, seller):
    connection.host = "http://127.0.0.1:9"
    db.session.flush()
    captures.ask(payment.id)
    assert payment.state == Outcome.PENDING


def test_a_stopped_gateway_is_not_offered_but_still_heard(
    visitor, payment, order, connection, run_tasks
):
    connection.active = False
    db.session.flush()
    assert "Trả bằng VNPay" not in visitor.get(f"/don/{order.token}").text
    assert ipn(visitor, payment).json["RspCode"] == "00"
    run_tasks()
    assert order.state == State.PAID
