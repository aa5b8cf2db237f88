"""Payouts and refunds by the API, as the collector and the seller do them on their pages."""

import pytest
from sqlalchemy import func, select

from shop.database import db
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.models import Payout, RefundBy
from shop.reconciliation import matching
from tests import make, make_money, make_tokens

ALL = "/api/v1/payouts"


@pytest.fixture
def collector(cast):
    """Theirs collects for ours."""
    with make_money.collecting(cast.visitor.application, cast.theirs.seller):
        yield make_tokens.program(cast.visitor, cast.theirs.user)


@pytest.fixture
def seller(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


def owing(cast):
    make.bank_account(cast.ours.seller)
    order = make_money.order(cast.ours.seller, quantity=2)
    line = make_money.bank_line(cast.theirs.seller, order.ref, amount_vnd=370_000)
    matching.match(line)
    make_money.deliver(order)
    make_money.delivered_ago(order, 8)


def test_a_collector_pays_out_and_the_seller_says_that_it_came(cast, collector, seller):
    owing(cast)
    body, key = {"seller": cast.ours.seller.ref}, {"Idempotency_Key": "chi-1"}
    made = collector.post(ALL, body, **key)
    assert (made.status_code, made.json["state"]) == (201, "due")
    assert (made.json["amount_vnd"], made.json["collector"]) == (370_000, cast.theirs.seller.ref)
    assert collector.post(ALL, body, **key).json["ref"] == made.json["ref"]
    assert collector.post(ALL, body).status_code == 409  # nothing is owing any more
    url = f"{ALL}/{made.json['ref']}"
    assert seller.post(f"{url}/cancellation", None).status_code == 404
    assert collector.post(f"{url}/receipt", None).status_code == 404
    assert seller.post(f"{url}/receipt", None).json["state"] == "received"
    for program in (collector, seller):
        assert make.refs(db.session.scalars(select(Payout)).all()) == [
            item["ref"] for item in program.get(ALL).json["items"]
        ]


def test_a_payout_that_is_not_transferred_is_owing_again(cast, collector):
    owing(cast)
    body = {"seller": cast.ours.seller.ref}
    url = f"{ALL}/{collector.post(ALL, body).json['ref']}"
    assert collector.post(f"{url}/cancellation", None).json["state"] == "cancelled"
    assert collector.post(f"{url}/cancellation", None).status_code == 409
    assert collector.post(ALL, body).json["amount_vnd"] == 370_000


def test_a_seller_pays_nothing_out_to_itself(cast, collector, seller):
    owing(cast)
    assert seller.post(ALL, {"seller": cast.ours.seller.ref}).status_code == 404
    assert db.session.scalar(select(func.count(Payout.id))) == 0


def test_a_refund_that_is_not_made_ends_once_and_the_order_has_its_money(cast, seller):
    order = make_money.order(cast.ours.seller)
    make_money.go(order, State.PAID)
    row = refunds.give_back(
        order, 85_000, RefundBy.TRANSFER, reason="quả dập", by="Kế toán", key="t"
    )
    db.session.commit()
    url = f"/api/v1/refunds/{row.ref}/end"
    assert seller.post(url, None).json["state"] == "failed"
    assert seller.post(url, None).json["state"] == "failed"
    assert (order.refunded_vnd, row.code) == (0, "given_up")


def test_a_refund_that_went_out_does_not_end(cast, seller):
    order = make_money.order(cast.ours.seller)
    make_money.go(order, State.PAID)
    row = refunds.give_back(order, 85_000, RefundBy.CASH, reason="quả dập", by="Kế toán", key="t")
    db.session.commit()
    assert seller.post(f"/api/v1/refunds/{row.ref}/end", None).status_code == 409
    assert (row.state, order.refunded_vnd) == ("paid", 85_000)
