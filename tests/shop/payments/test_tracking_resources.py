"""The API of a buyer's own order: by its token alone, and no other."""

import pytest

from shop.database import db
from shop.orders.models import State
from shop.payments import requests, tracking
from tests import make, make_money


@pytest.fixture
def order(cast):
    make.bank_account(cast.ours.seller, account_number="113366668888")
    placed = make_money.order(cast.ours.seller)
    requests.open(placed)
    db.session.commit()
    return placed


def url(order):
    return f"/api/v1/tracking/{order.token}"


def test_the_buyer_reads_what_to_pay_and_where(cast, order):
    answer = cast.visitor.get(url(order))
    assert answer.headers["Cache-Control"] == "private, no-cache"
    body = answer.json
    assert (body["ref"], body["state"], body["standing"]) == (
        order.ref,
        State.AWAITING_PAYMENT,
        "unpaid",
    )
    assert (body["due_vnd"], body["open_vnd"], body["may_cancel"]) == (185_000, 185_000, True)
    assert body["expires_at"] == order.expires_at.isoformat()
    payment = body["payment"]
    assert order.ref in payment["vietqr"]
    assert (payment["account_number"], payment["content"]) == ("113366668888", order.ref)
    assert payment["collector"] is None
    said = {fact["name"]: fact["said"] for fact in body["terms"]}
    assert said["Người nhận"] == "Lê Thị Lan, 0912 345 678"
    assert body["seller_facts"][0] == {"name": "Người bán", "said": order.seller.name}
    assert "source" not in body


def test_what_did_not_change_is_not_sent_again(cast, order):
    etag = cast.visitor.get(url(order)).headers["ETag"]
    assert cast.visitor.get(url(order), headers={"If-None-Match": etag}).status_code == 304
    make_money.go(order, State.PAID)
    db.session.commit()
    body = cast.visitor.get(url(order), headers={"If-None-Match": etag}).json
    assert (body["state"], body["due_vnd"], body["payment"]) == ("paid", 0, None)
    assert (body["may_cancel"], body["expires_at"]) == (False, None)


def test_it_is_cancelled_as_long_as_no_money_came(cast, order):
    for _time in range(2):
        answer = cast.visitor.post(f"{url(order)}/cancellation")
        assert (answer.status_code, answer.json["state"]) == (200, "cancelled")
    assert answer.json["why"] == "người mua hủy"
    assert answer.json["payment"] is None
    assert [event.to_state for event in order.events] == ["awaiting_payment", "cancelled"]


def test_what_is_paid_is_not_the_buyers_to_cancel_alone(cast, order):
    make_money.go(order, State.PAID)
    db.session.commit()
    answer = cast.visitor.post(f"{url(order)}/cancellation")
    assert (answer.status_code, answer.json["type"]) == (409, "urn:ocop:problem:not-allowed")
    assert order.state == State.PAID


def test_neither_a_reference_nor_another_word_opens_an_order(cast, order):
    for word in (order.ref, order.token[:-1], "x"):
        assert cast.visitor.get(f"/api/v1/tracking/{word}").status_code == 404
        assert cast.visitor.post(f"/api/v1/tracking/{word}/cancellation").status_code == 404
    assert order.state == State.AWAITING_PAYMENT


def test_guessing_tokens_is_slowed_as_on_the_page(cast, order, monkeypatch):
    monkeypatch.setattr(tracking, "PER_ADDRESS", "2/minute")
    cast.visitor.get(f"/don/{order.token}")
    assert cast.visitor.get(url(order)).status_code == 200
    refused = cast.visitor.post(f"{url(order)}/cancellation")
    assert (refused.status_code, order.state) == (429, State.AWAITING_PAYMENT)
