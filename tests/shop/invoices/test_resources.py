"""The API of invoices: whom they name, and one that is issued again."""

import pytest

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.invoices import issuing
from shop.invoices.models import Invoice, InvoiceState
from shop.orders.models import State
from tests import make_money, make_tokens

COMPANY = {
    "company": "Công ty TNHH Trà Việt",
    "tax_code": "0312345678",
    "address": "12 Lê Lợi, Huế",
}


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


@pytest.fixture
def order(cast):
    terms = {"vat": "KKKNT", "hook_url": None}
    issuing.settle_terms(SYSTEM, cast.ours.seller, terms, "k" * 43)
    return make_money.order(cast.ours.seller, quantity=2)


def test_an_order_gets_the_buyer_whom_its_invoice_names(cast, program, order):
    url = f"/api/v1/orders/{order.ref}/invoice"
    answer = program.put(url, COMPANY)
    assert (answer.status_code, answer.json["wanted"]) == (200, True)
    assert (answer.json["order"], answer.json["state"]) == (order.ref, "waiting")
    assert (answer.json["company"], answer.json["tax_code"]) == (COMPANY["company"], "0312345678")
    lacking = program.put(url, COMPANY | {"tax_code": ""})
    assert list(lacking.json["errors"]["json"]) == ["tax_code"]
    stranger = make_tokens.program(cast.visitor, cast.theirs.user)
    assert stranger.put(url, COMPANY | {"company": "Khác"}).status_code == 404
    reader = make_tokens.program(cast.visitor, cast.ours.user, "money:read")
    assert reader.put(url, COMPANY).status_code == 403
    assert db.session.query(Invoice).one().company == COMPANY["company"]


def test_an_invoice_whose_file_was_lost_is_to_be_issued_again(cast, program, order):
    make_money.go(order, State.PAID)
    row = issuing.of(order)
    url = f"/api/v1/invoices/{row.ref}/again"
    assert program.post(url, None).status_code == 409
    make_money.deliver(order)
    issuing.move(row, InvoiceState.READY, who="thử")
    issuing.move(row, InvoiceState.HANDED, who="thử", why="tệp Excel")
    db.session.commit()
    stranger = make_tokens.program(cast.visitor, cast.theirs.user)
    assert stranger.post(url, None).status_code == 404
    for _time in range(2):
        answer = program.post(url, None)
        assert (answer.status_code, answer.json["state"]) == (200, "ready")
    assert [event.to_state for event in row.events] == ["ready", "handed", "ready"]
