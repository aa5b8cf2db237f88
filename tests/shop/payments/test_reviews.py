"""What a gateway holds for review is decided by a person, and then in the books."""

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.ledger import accounts, entries
from shop.ledger.models import Entry
from shop.orders.models import State
from shop.payments import captures, refunds, reviews
from shop.payments.errors import NotInReview
from shop.payments.gateways.protocol import Became, Outcome, Result
from shop.payments.models import Refund, RefundState
from shop.reconciliation import closing
from tests import make, make_gateways, make_money, make_tokens

LIST = "/ban-hang/cong-can-xem"


def held(seller, *, told_vnd=185_000, order=None):
    """A payment of 185.000 đ that the gateway calls suspicious, or told another amount of."""
    order = order or make_money.order(seller)
    payment = captures.begin(make_gateways.connection(seller), order, "203.0.113.9")
    outcome = Outcome.REVIEW if told_vnd == 185_000 else Outcome.PAID
    said = Result(payment.key, outcome, told_vnd, "14400001", "07")
    captures.note(payment, said)
    db.session.commit()
    return payment


@pytest.fixture
def seller(database):
    return make.seller()


def balances(seller):
    return {name: total for name, total in entries.balances(seller.id).items() if total}


@pytest.mark.parametrize(
    ("told_vnd", "state", "applied_vnd", "credit_vnd"),
    [
        (185_000, State.PAID, 185_000, 0),
        (200_000, State.PAID, 185_000, 15_000),
        (100_000, State.AWAITING_PAYMENT, 100_000, 0),
    ],
)
def test_what_did_come_pays_the_order_and_the_rest_is_the_buyers(
    seller, told_vnd, state, applied_vnd, credit_vnd
):
    payment = held(seller, told_vnd=told_vnd)
    assert (payment.state, reviews.came_vnd(payment), balances(seller)) == ("review", told_vnd, {})
    reviews.accept(payment, told_vnd, "Kế toán")
    assert (payment.order.state, payment.order.paid_vnd) == (state, applied_vnd)
    assert (payment.state, payment.applied_vnd) == (Outcome.PAID, applied_vnd)
    expected = {
        accounts.clearing("vnpay"): told_vnd,
        accounts.RECEIVABLE: -applied_vnd,
        accounts.CREDIT: -credit_vnd,
    }
    assert balances(seller) == {name: total for name, total in expected.items() if total}
    assert (refunds.left_vnd(payment), refunds.surplus_vnd(payment)) == (told_vnd, credit_vnd)


def test_for_an_order_that_expects_nothing_any_more_all_of_it_is_the_buyers(seller):
    payment = held(seller)
    make_money.go(payment.order, State.CANCELLED)
    reviews.accept(payment, 185_000, "Kế toán")
    assert (payment.applied_vnd, payment.order.state) == (0, State.CANCELLED)
    assert balances(seller) == {accounts.clearing("vnpay"): 185_000, accounts.CREDIT: -185_000}


def test_what_the_gateway_gave_back_is_in_the_books_with_both_sides(seller):
    payment = held(seller, told_vnd=200_000)
    refund = reviews.given_back(payment, 200_000, "nghi gian lận", "Kế toán")
    assert (refund.state, refund.amount_vnd, refund.credit_vnd) == ("paid", 200_000, 200_000)
    assert (payment.applied_vnd, payment.order.state) == (0, State.AWAITING_PAYMENT)
    assert balances(seller) == {}
    moved = select(Entry.kind).where(Entry.seller_id == seller.id)
    assert sorted(db.session.scalars(moved)) == ["capture", "refund"]
    assert (refunds.left_vnd(payment), refunds.surplus_vnd(payment)) == (0, 0)


def test_it_is_decided_once_and_the_gateway_changes_nothing_afterwards(seller):
    payment = held(seller)
    reviews.accept(payment, 185_000, "Kế toán")
    for again in (
        lambda: reviews.accept(payment, 185_000, "Kế toán"),
        lambda: reviews.given_back(payment, 185_000, "thử", "Kế toán"),
    ):
        with pytest.raises(NotInReview):
            again()
    told = Result(payment.key, Outcome.PAID, 185_000, "14400001", "00")
    assert captures.note(payment, told) is Became.REPEATED
    captures.capture(payment.id)
    assert (payment.order.paid_vnd, payment.next_ask_at) == (185_000, None)
    assert db.session.scalars(select(Refund)).all() == []


def test_what_the_gateway_clears_itself_needs_nobody(seller, run_tasks):
    payment = held(seller)
    captures.note(payment, Result(payment.key, Outcome.PAID, 185_000, "14400001", "00"))
    run_tasks()
    assert payment.order.state == State.PAID
    with pytest.raises(NotInReview):
        reviews.accept(payment, 185_000, "Kế toán")


def test_what_is_held_is_an_open_exception_of_the_day(seller):
    payment = held(seller, told_vnd=200_000)

    def figure():
        found = closing.figures(seller.id, clock.today())
        return next((f.count, f.amount_vnd) for f in found if f.name == "in_review")

    assert (figure(), "in_review" in closing.EXCEPTIONS) == ((1, 200_000), True)
    reviews.accept(payment, 200_000, "Kế toán")
    assert figure() == (0, 0)


def test_the_accountant_sees_what_is_held_and_decides(cast):
    payment = held(cast.ours.seller, told_vnd=200_000)
    assert "chờ kế toán xem" in cast.ours.get("/ban-hang").text
    page = cast.ours.get(LIST).text
    assert (payment.order.ref in page, "200.000" in page) == (True, True)
    assert payment.order.ref not in cast.theirs.get(LIST).text
    cast.ours.post(f"{LIST}/{payment.ref}/nhan", {"amount": "0"})
    assert payment.state == Outcome.REVIEW
    cast.ours.post(f"{LIST}/{payment.ref}/nhan", {"amount": "200.000"})
    assert (payment.state, payment.order.state) == (Outcome.PAID, State.PAID)
    assert payment.order.ref not in cast.ours.get(LIST).text
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.action == "gateway_payment.accept"


def test_the_accountant_says_that_the_gateway_gave_it_back(cast):
    payment = held(cast.ours.seller)
    assert cast.theirs.post(f"{LIST}/{payment.ref}/da-tra", {"reason": "lừa"}).status_code == 404
    cast.ours.post(f"{LIST}/{payment.ref}/da-tra", {"reason": ""})
    assert payment.state == Outcome.REVIEW
    cast.ours.post(f"{LIST}/{payment.ref}/da-tra", {"reason": "nghi gian lận"})
    (refund,) = db.session.scalars(select(Refund))
    assert (refund.state, refund.way, refund.reason) == (
        *(RefundState.PAID, "gateway"),
        "nghi gian lận",
    )


def test_a_program_lists_and_decides_the_same(cast):
    program = make_tokens.program(cast.visitor, cast.ours.user)
    payment = held(cast.ours.seller, told_vnd=200_000)
    url = "/api/v1/gateway-payments"
    (item,) = program.get(f"{url}/review").json["items"]
    assert (item["ref"], item["amount_vnd"], item["told_vnd"]) == (payment.ref, 185_000, 200_000)
    taken = program.post(f"{url}/{payment.ref}/accept", {}).json
    assert (taken["state"], taken["amount_vnd"], taken["applied_vnd"]) == ("paid", 200_000, 185_000)
    assert program.get(f"{url}/review").json["items"] == []
    again = program.post(f"{url}/{payment.ref}/given-back", {"reason": "nghi gian lận"})
    assert again.status_code == 409
