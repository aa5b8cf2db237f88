"""The books say what bank lines and orders say: after every match, undo, sale and return."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from shop import clock
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Entry
from shop.orders import returns, states
from shop.orders.models import State
from shop.reconciliation import matching
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import LineState
from tests import make, make_money


@pytest.fixture
def seller(database):
    return make.seller()


def balances(seller):
    """Accounts that hold something; what the database would check at the commit is checked."""
    db.session.flush()
    db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    db.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    found = Counter()
    for name, total in entries.balances(seller.id).items():
        found["bank" if name.startswith("bank:") else name] += total
    return {name: total for name, total in found.items() if total}


def came_in(seller, content="", **more):
    line = make_money.bank_line(seller, content, **more)
    matching.match(line)
    db.session.flush()
    return line


def test_a_transfer_with_its_reference_pays_what_the_buyer_owes(seller):
    order = make_money.order(seller)
    came_in(seller, order.ref)
    assert balances(seller) == {"bank": 185_000, accounts.RECEIVABLE: -185_000}


def test_money_that_nobody_knows_waits_in_suspense_until_somebody_says_what_it_pays(seller):
    order = make_money.order(seller)
    line = came_in(seller)
    assert balances(seller) == {"bank": 185_000, accounts.SUSPENSE: -185_000}
    matching.match_to(line, {order.ref: None}, "Kế toán")
    assert balances(seller) == {"bank": 185_000, accounts.RECEIVABLE: -185_000}


def test_a_surplus_is_the_buyers_credit_at_once_or_when_it_is_matched_by_hand(seller):
    by_itself, by_hand = make_money.order(seller), make_money.order(seller)
    came_in(seller, by_itself.ref, amount_vnd=200_000)
    line = came_in(seller, amount_vnd=185_500)
    matching.match_to(line, {by_hand.ref: None}, "Kế toán")
    assert balances(seller) == {
        "bank": 385_500,
        accounts.RECEIVABLE: -370_000,
        accounts.CREDIT: -15_500,
    }


def test_what_is_undone_waits_in_suspense_again(seller):
    order = make_money.order(seller, quantity=2)
    line = came_in(seller, order.ref)
    matching.undo(line, "Kế toán")
    assert balances(seller) == {"bank": 185_000, accounts.SUSPENSE: -185_000}
    matching.match_to(line, {order.ref: None}, "Kế toán")
    matching.undo(line, "Kế toán")
    assert balances(seller) == {"bank": 185_000, accounts.SUSPENSE: -185_000}


def test_money_out_leaves_the_bank(seller):
    came_in(seller, direction="out")
    assert balances(seller) == {"bank": -185_000, accounts.SUSPENSE: 185_000}


def test_a_line_seen_again_books_nothing_again(seller):
    line = came_in(seller)
    matching.match(line)
    assert len(db.session.scalars(select(Entry)).all()) == 1


def test_a_sale_is_booked_when_the_goods_are_sent_and_paid_it_leaves_nothing_owed(seller):
    order = make_money.order(seller, quantity=2)
    came_in(seller, order.ref, amount_vnd=370_000)
    states.move(order, State.PACKING, who="Kho")
    assert accounts.SALES not in balances(seller)
    states.move(order, State.SHIPPED, who="Kho")
    assert balances(seller) == {"bank": 370_000, accounts.SALES: -370_000}


def test_fee_and_discount_stand_apart_from_the_goods(seller):
    order = make_money.order(seller)
    order.fee_vnd, order.discount_vnd, order.total_vnd = 20_000, 15_000, 190_000
    for step in ("paid", "packing", "shipped"):
        make_money.go(order, State(step))
    assert balances(seller) == {
        accounts.RECEIVABLE: 190_000,
        accounts.SALES: -170_000,
        accounts.DELIVERY: -20_000,
    }


def test_what_comes_back_is_owed_no_more(seller):
    order = make_money.order(seller, quantity=3)
    for step in ("paid", "packing", "shipped"):
        make_money.go(order, State(step))
    came = {order.lines[0].id: Decimal(1)}
    for _time in range(2):
        returns.take(order, came, restock=True, who="Kho", why="hỏng", key="k1")
    assert balances(seller) == {
        accounts.RECEIVABLE: 370_000,
        accounts.SALES: -555_000,
        accounts.RETURNS: 185_000,
    }


def test_a_line_of_a_closed_day_is_booked_on_the_first_open_one(seller):
    today = clock.today()
    periods.close(seller.id, today)
    came_in(seller)
    assert db.session.scalar(select(Entry.on)) == today + timedelta(days=1)


AMOUNTS = st.sampled_from([1_000, 100_000, 185_000, 370_000, 400_000])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_the_accountant_does_the_books_agree_with_the_lines(seller, data):
    other = make.seller()
    pack = make.variant(make.product(other), on_hand=1000)
    placed = [make_money.order(variant=pack, quantity=n) for n in (1, 2, 1)]
    lines = []
    for _step in range(data.draw(st.integers(1, 8))):
        act = data.draw(st.sampled_from(["known", "unknown", "match", "undo"]))
        order = data.draw(st.sampled_from(placed))
        amount_vnd = data.draw(AMOUNTS)
        try:
            if act in ("known", "unknown"):
                content = order.ref if act == "known" else ""
                lines.append(came_in(other, content, amount_vnd=amount_vnd))
            elif lines and act == "match":
                matching.match_to(data.draw(st.sampled_from(lines)), {order.ref: None}, "Kế toán")
            elif lines:
                matching.undo(data.draw(st.sampled_from(lines)), "Kế toán")
        except CannotMatch:
            continue
    books = balances(other)
    left = dict.fromkeys(LineState, 0)
    for line in lines:
        left[line.state] += matching.left_vnd(line)
    assert books.get("bank", 0) == sum(line.amount_vnd for line in lines)
    assert books.get(accounts.RECEIVABLE, 0) == -sum(order.paid_vnd for order in placed)
    assert books.get(accounts.CREDIT, 0) == -left[LineState.PARTLY]
    assert books.get(accounts.SUSPENSE, 0) == -left[LineState.SUSPENSE]
