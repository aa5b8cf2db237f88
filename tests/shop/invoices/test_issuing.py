"""Where an invoice stands: ready with the goods, issued once, never back to what it was."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.invoices import issuing
from shop.invoices.errors import IssuedAlready, NotThatWay, NumberTaken
from shop.invoices.issuing import ISSUED, MOVES, Report
from shop.invoices.models import Invoice, InvoiceEvent, InvoiceState
from shop.orders import returns
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.models import RefundBy
from tests import make, make_money

S = InvoiceState
BUYER = {
    "buyer_name": "Lê Thị Lan",
    "company": "Công ty TNHH Trà Việt",
    "tax_code": "0312345678",
    "address": "12 Lê Lợi, Huế",
    "email": None,
}
ISSUE = Report(S.ISSUED, template="1", serial="C26TAA", number="17", authority_code="00A1")


@pytest.fixture
def seller(database):
    row = make.seller()
    issuing.settle_terms(SYSTEM, row, {"vat": "KKKNT", "hook_url": None}, "k" * 43)
    return row


@pytest.fixture
def order(seller):
    return make_money.order(seller, quantity=2)


def sent(order, run_tasks):
    make_money.go(order, State.PAID)
    make_money.deliver(order)
    db.session.commit()
    run_tasks()
    return issuing.of(order)


def test_it_is_ready_when_the_goods_are_handed_over(order, run_tasks):
    assert db.session.query(Invoice).count() == 0
    assert sent(order, run_tasks).state == S.READY


def test_a_seller_that_issues_none_is_not_bothered(database, run_tasks):
    order = make_money.order(make.seller())
    make_money.go(order, State.PAID)
    make_money.deliver(order)
    db.session.commit()
    run_tasks()
    assert db.session.query(Invoice).count() == 0


def test_a_buyer_who_asks_gets_one_whatever_the_seller_does(database, run_tasks):
    order = make_money.order(make.seller())
    row = issuing.ask(order, BUYER, "Lê Thị Lan")
    assert (row.state, row.wanted, row.tax_code) == (S.WAITING, True, "0312345678")
    assert sent(order, run_tasks).state == S.READY


def test_issued_its_buyer_cannot_be_changed(order, run_tasks):
    row = sent(order, run_tasks)
    assert issuing.report(row, ISSUE, "Nhà cung cấp")
    assert (row.state, row.number, row.authority_code) == (S.ISSUED, "17", "00A1")
    with pytest.raises(IssuedAlready):
        issuing.ask(order, BUYER, "Lê Thị Lan")


def test_refused_it_is_ready_again_once_its_buyer_is_corrected(order, run_tasks):
    row = sent(order, run_tasks)
    issuing.report(row, Report(S.REFUSED, reason="Sai mã số thuế"), "Nhà cung cấp")
    assert (row.state, row.said) == (S.REFUSED, "Sai mã số thuế")
    issuing.ask(order, BUYER, "Kế toán")
    assert row.state == S.READY


def test_the_same_report_twice_is_one(order, run_tasks):
    row = sent(order, run_tasks)
    assert issuing.report(row, ISSUE, "Nhà cung cấp")
    assert not issuing.report(row, ISSUE, "Nhà cung cấp")


def test_a_late_report_of_a_number_that_was_cancelled_changes_nothing(order, run_tasks):
    row = sent(order, run_tasks)
    issuing.report(row, ISSUE, "Nhà cung cấp")
    issuing.report(row, Report(S.CANCELLED, reason="sai tên"), "Kế toán")
    assert not issuing.report(row, ISSUE, "Nhà cung cấp")
    assert not issuing.report(row, Report(S.REFUSED, reason="trễ"), "Nhà cung cấp")
    assert row.state == S.CANCELLED
    issuing.report(row, Report(S.ISSUED, number="18"), "Nhà cung cấp")
    assert (row.state, row.number) == (S.ISSUED, "18")


def test_goods_that_come_back_after_it_ask_for_an_adjustment(order, run_tasks):
    row = sent(order, run_tasks)
    issuing.report(row, ISSUE, "Nhà cung cấp")
    line = order.lines[0]
    returns.take(order, {line.id: 1}, restock=True, who="Kho", why="hỏng", key="a")
    db.session.commit()
    run_tasks()
    assert issuing.of(order).stale
    issuing.report(row, Report(S.ADJUSTED, number="18"), "Kế toán")
    assert not row.stale


@examples(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(S)), st.sampled_from(["", "1", "2"])), max_size=8))
def test_whatever_is_reported_it_only_moves_as_the_table_says(app, told):
    with app.app_context():
        try:
            row = issuing.of(make_money.order(make.seller()))
            row.state = S.READY
            for state, number in told:
                before = S(row.state)
                try:
                    moved = issuing.report(row, Report(state, number=number), "Nhà cung cấp")
                except NotThatWay:
                    moved = False
                db.session.flush()
                assert (S(row.state) in MOVES[before]) if moved else row.state == before
                assert row.number or row.state not in ISSUED
        finally:
            db.session.rollback()


def test_one_number_is_one_invoice(order, seller, run_tasks):
    issuing.report(sent(order, run_tasks), ISSUE, "Kế toán")
    other = sent(make_money.order(seller), run_tasks)
    with pytest.raises(NumberTaken):
        issuing.report(other, ISSUE, "Kế toán")
    assert (other.state, other.number) == (S.READY, "")
    assert issuing.report(other, replace(ISSUE, serial="C26TBB"), "Kế toán")


def test_a_mistyped_number_is_typed_again(order, run_tasks):
    row = sent(order, run_tasks)
    issuing.report(row, ISSUE, "Kế toán")
    issuing.renumber(row, replace(ISSUE, number="71"), "Kế toán")
    assert (row.state, row.number) == (S.ISSUED, "71")
    last = db.session.scalars(select(InvoiceEvent).order_by(InvoiceEvent.id.desc())).first()
    assert last.why == "sửa số đã ghi, trước là 1C26TAA 17"


def test_goods_that_went_out_before_the_terms_were_said_are_invoiced_too(database, run_tasks):
    seller = make.seller()
    early = make_money.order(seller)
    make_money.order(seller)
    make_money.go(early, State.PAID)
    make_money.deliver(early)
    db.session.commit()
    run_tasks()
    assert db.session.query(Invoice).count() == 0
    issuing.settle_terms(SYSTEM, seller, {"vat": "KKKNT", "hook_url": None}, "k" * 43)
    assert [row.order_id for row in db.session.query(Invoice)] == [early.id]


def test_a_part_of_the_price_given_back_after_it_asks_for_an_adjustment(order, run_tasks):
    row = sent(order, run_tasks)
    issuing.report(row, ISSUE, "Kế toán")
    refunds.decide(order, 20_000, way=RefundBy.CASH, reason="dập", by="Kế toán", key="c")
    db.session.commit()
    run_tasks()
    assert issuing.of(order).stale
