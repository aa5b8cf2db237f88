"""Entries balance, are booked once, are never edited, and end at the closed books."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.entries import Booking
from shop.ledger.errors import BooksClosed, KeyTaken, ReversedAlready, Unbalanced
from shop.ledger.models import Entry, Kind, Posting
from tests import make

DAY = date(2026, 11, 20)
BANK = accounts.bank("7Q2M9K4TX")


@pytest.fixture
def seller(database):
    return make.seller()


def post(seller, postings, *, key="bank_line:1", kind=Kind.TRANSFER_IN, on=DAY):
    values = {"key": key, "kind": kind, "on": on, "text": "Khách chuyển khoản"}
    values |= {"by": "Ngân hàng", "subject": "order:OCPW5T7RN"}
    return db.session.get_one(Entry, entries.post(seller.id, postings, **values))


def reverse(entry, *, on=DAY, why="nhầm"):
    return db.session.get_one(Entry, entries.reverse(entry, on=on, by="Kế toán", why=why))


def received(amount_vnd):
    return {BANK: amount_vnd, accounts.RECEIVABLE: -amount_vnd}


def checked_now():
    """What the database would check at the commit."""
    db.session.flush()
    db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    db.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def test_an_entry_moves_money_between_accounts_and_sums_to_zero(seller):
    entry = post(seller, received(185_000))
    checked_now()
    assert {p.account: p.amount_vnd for p in entry.postings} == received(185_000)
    assert entries.balance_vnd(seller.id, BANK) == 185_000
    assert entries.balances(seller.id) == received(185_000)


def test_accounts_that_do_not_move_are_left_out(seller):
    entry = post(seller, received(1000) | {accounts.FEES: 0})
    assert len(entry.postings) == 2


@pytest.mark.parametrize("postings", [{}, {BANK: 1}, {BANK: 5, accounts.CASH: -4}, {BANK: 0}])
def test_what_does_not_balance_is_refused(seller, postings):
    with pytest.raises(Unbalanced):
        post(seller, postings)


def test_the_same_key_is_booked_once(seller):
    first = post(seller, received(185_000))
    assert post(seller, received(185_000)).id == first.id
    assert entries.balance_vnd(seller.id, BANK) == 185_000


def test_the_same_key_with_another_content_is_an_error(seller):
    post(seller, received(185_000))
    with pytest.raises(KeyTaken):
        post(seller, received(185_001))
    with pytest.raises(KeyTaken):
        post(seller, received(185_000), kind=Kind.CAPTURE)


def test_another_seller_may_use_the_same_key(seller):
    other = make.seller(name="HTX Miến Việt Cường")
    assert post(seller, received(1)).id != post(other, received(2)).id
    assert entries.balance_vnd(seller.id, BANK) == 1


def test_an_entry_is_undone_by_its_opposite_and_both_stay(seller):
    entry = post(seller, received(185_000))
    undone = reverse(entry, why="nhầm đơn")
    checked_now()
    assert undone.reverses_id == entry.id
    assert undone.subject == entry.subject
    assert set(entries.balances(seller.id).values()) == {0}
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 2


def test_an_entry_is_undone_once_and_what_undoes_is_not_undone(seller):
    entry = post(seller, received(185_000))
    undone = reverse(entry)
    for row in (entry, undone):
        with pytest.raises(ReversedAlready):
            entries.reverse(row, on=DAY, by="Kế toán", why="nhầm nữa")


def test_closed_books_take_no_more_entries(seller):
    periods.close(seller.id, DAY)
    with pytest.raises(BooksClosed, match="20/11/2026"):
        post(seller, received(1))
    post(seller, received(1), on=date(2026, 11, 21))
    periods.close(seller.id, date(2026, 1, 1))
    assert periods.closed_until(seller.id) == DAY, "books are never opened again by closing"
    late, early = date(2026, 12, 1), date(2026, 1, 1)
    assert periods.open_day(seller.id, late) == late
    assert periods.open_day(seller.id, early) == date(2026, 11, 21)


def test_of_many_what_falls_on_closed_days_is_booked_on_the_first_open_one(seller):
    periods.close(seller.id, DAY)
    days = {"early": date(2026, 1, 1), "closed": DAY, "late": date(2026, 12, 1)}
    values = {"kind": Kind.TRANSFER_IN, "text": "Khách chuyển khoản", "by": "Ngân hàng"}
    entries.post_many(
        seller.id,
        [Booking(key=key, postings=received(1), on=on, **values) for key, on in days.items()],
    )
    first_open = date(2026, 11, 21)
    booked = dict(db.session.execute(select(Entry.key, Entry.on)).all())
    assert booked == {"early": first_open, "closed": first_open, "late": date(2026, 12, 1)}


def test_an_entry_of_closed_books_is_undone_in_the_open_ones(seller):
    entry = post(seller, received(1))
    periods.close(seller.id, DAY)
    with pytest.raises(BooksClosed):
        entries.reverse(entry, on=DAY, by="Kế toán", why="nhầm")
    assert reverse(entry, on=date(2026, 11, 21)).on > DAY


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET text = 'khác'",
        "UPDATE ledger_postings SET amount_vnd = 1",
        "DELETE FROM ledger_postings",
        "DELETE FROM ledger_entries",
    ],
)
def test_the_database_refuses_every_edit(seller, statement):
    post(seller, received(1000))
    db.session.flush()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))


def test_the_database_refuses_an_unbalanced_entry_whoever_writes_it(seller):
    entry = post(seller, received(1000))
    db.session.add(Posting(entry_id=entry.id, account=BANK, amount_vnd=5))
    with pytest.raises(DBAPIError, match="does not balance"):
        checked_now()


def test_the_database_refuses_an_entry_without_postings(seller):
    values = {"kind": "sale", "on": DAY, "text": "", "by": ""}
    db.session.add(Entry(seller_id=seller.id, key="k", **values))
    with pytest.raises(DBAPIError, match="does not balance"):
        checked_now()


def test_the_database_refuses_entries_in_closed_books_whoever_writes_them(seller):
    periods.close(seller.id, DAY)
    values = {"kind": "sale", "on": DAY, "text": "", "by": ""}
    db.session.add(Entry(seller_id=seller.id, key="k", **values))
    with pytest.raises(DBAPIError, match="are closed"):
        db.session.flush()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([BANK, accounts.CASH]),
            st.sampled_from([accounts.RECEIVABLE, accounts.SUSPENSE, accounts.SALES]),
            st.integers(-(10**13), 10**13).filter(bool),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_whatever_is_booked_and_undone_the_accounts_sum_to_zero(seller, moves):
    other = make.seller()
    for number, (debit, credit, amount_vnd, undo) in enumerate(moves):
        entry = post(other, {debit: amount_vnd, credit: -amount_vnd}, key=f"k{number}")
        if undo:
            entries.reverse(entry, on=DAY, by="Kế toán", why="nhầm")
    checked_now()
    assert sum(entries.balances(other.id).values()) == 0
    kept = [m for m in moves if not m[3]]
    cash = sum(m[2] for m in kept if m[0] == accounts.CASH)
    assert entries.balance_vnd(other.id, accounts.CASH) == cash
