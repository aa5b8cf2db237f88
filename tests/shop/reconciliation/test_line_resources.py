"""What bank lines can be, by the API: duplicates, refunds, too much money, own transfers."""

import pytest

from shop.database import db
from shop.ledger import accounts, entries
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.models import RefundBy
from shop.reconciliation import matching
from shop.reconciliation.models import LineState, Reason
from tests import make, make_money, make_tokens


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


def waiting(seller, *content, **more):
    line = make_money.bank_line(seller, *content, **more)
    matching.match(line)
    db.session.commit()
    return line


def deed(program, line, name, body=None):
    return program.post(f"/api/v1/bank-lines/{line.ref}/{name}", body)


def test_a_doubtful_line_is_a_duplicate_or_one_of_its_own(cast, program):
    account = make.bank_account(cast.ours.seller)
    first, twin, other = (
        waiting(cast.ours.seller, bank_account_id=account.id) for _number in range(3)
    )
    twin.reason = other.reason = Reason.LOOKS_LIKE
    assert deed(program, twin, "duplicate", {"of": first.ref}).json["state"] == "ignored"
    assert deed(program, other, "separate").json["reason"] == "no_reference"
    assert deed(program, twin, "duplicate", {"of": first.ref}).status_code == 409


def test_a_line_of_another_seller_is_nobodys_twin(cast, program):
    line, theirs = waiting(cast.ours.seller), waiting(cast.theirs.seller)
    assert deed(program, line, "duplicate", {"of": theirs.ref}).status_code == 404
    assert (line.state, theirs.state) == (LineState.SUSPENSE, LineState.SUSPENSE)


def test_money_out_is_the_refund_that_was_due(cast, program):
    order = make_money.order(cast.ours.seller)
    make_money.go(order, State.PAID)
    row = refunds.give_back(
        order, 85_000, RefundBy.TRANSFER, reason="quả dập", by="Kế toán", key="t"
    )
    line = waiting(cast.ours.seller, "tra khach", direction="out", amount_vnd=85_000)
    assert deed(program, line, "refund", {"refund": "khong-co"}).status_code == 409
    assert deed(program, line, "refund", {"refund": row.ref}).json["reason"] == "refund"
    assert (row.state, order.refunded_vnd) == ("paid", 85_000)


def test_what_was_sent_too_much_goes_back(cast, program):
    order = make_money.order(cast.ours.seller)
    line = waiting(cast.ours.seller, order.ref, amount_vnd=200_000)
    assert deed(program, line, "give-back", {"reason": "x"}).status_code == 422
    assert deed(program, line, "give-back", {"reason": "chuyển thừa"}).json["state"] == "matched"
    (found,) = program.get("/api/v1/refunds").json["items"]
    assert (found["amount_vnd"], found["state"]) == (15_000, "due")


def test_both_ends_of_an_own_transfer_are_said_at_once(cast, program):
    out = waiting(cast.ours.seller, "noi bo", direction="out", amount_vnd=5_000_000)
    came = waiting(cast.ours.seller, "noi bo", amount_vnd=5_000_000)
    other = waiting(cast.ours.seller, "noi bo", amount_vnd=4_000_000)
    body = {"purpose": "own_transfer", "other": other.ref}
    assert deed(program, out, "purpose", body).status_code == 409
    assert (out.state, other.state) == (LineState.SUSPENSE, LineState.SUSPENSE)
    assert deed(program, out, "purpose", body | {"other": came.ref}).json["state"] == "ignored"
    assert came.state == LineState.IGNORED
    assert entries.balance_vnd(cast.ours.seller.id, accounts.BETWEEN) == 0
