"""The books as the ledger shows them: each figure is the sum of the rows that it opens."""

import gc
from datetime import timedelta
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from shop import clock
from shop.books import files, projections
from shop.books.models import BookExport, ExportState
from shop.database import db
from shop.ledger import accounts, entries
from shop.ledger.models import Kind
from shop.orders.models import State
from shop.reconciliation import bookings, matching
from tests import make, make_money

BOOKS = "/ban-hang/so-sach"
TODAY = clock.today()
FIRST = TODAY.replace(day=1)


@pytest.fixture
def seller(cast):
    return cast.ours.seller


def sold(seller):
    """An order that was paid by transfer and handed over."""
    order = make_money.order(seller)
    matching.match(make_money.bank_line(seller, order.ref))
    for step in (State.PACKING, State.SHIPPED):
        make_money.go(order, step)
    return order


def post(seller, postings, on=TODAY, key="k"):
    return entries.post(seller.id, postings, key=key, kind=Kind.CASH, on=on, text="thử", by="Ai đó")


def test_revenue_is_what_was_handed_over_less_what_came_back(seller):
    sold(seller)
    make_money.order(seller)
    post(seller, {accounts.RETURNS: 20_000, accounts.RECEIVABLE: -20_000})
    book = projections.revenue(seller.id, FIRST, TODAY)
    assert [row.in_vnd - row.out_vnd for row in book.rows] == [185_000, -20_000]
    assert book.closing_vnd == 165_000


def test_thu_chi_runs_from_the_opening_and_leaves_own_transfers_out(seller):
    before = FIRST - timedelta(days=1)
    post(seller, {accounts.CASH: 100_000, "capital": -100_000}, on=before, key="open")
    post(seller, {accounts.CASH: -30_000, accounts.expense("wages"): 30_000}, key="wages")
    post(seller, {accounts.CASH: -50_000, accounts.BETWEEN: 50_000}, key="deposit")
    book = projections.income_expense(seller.id, FIRST, TODAY)
    assert (book.opening_vnd, book.closing_vnd) == (100_000, 70_000)
    assert [row.left_vnd for row in book.rows] == [70_000]


def test_a_transfer_seen_by_two_banks_is_neither_income_nor_expense(cast, seller):
    out = make_money.bank_line(seller, "chuyen sang TCB", direction="out", amount_vnd=5_000_000)
    into = make_money.bank_line(seller, "tu VCB", amount_vnd=5_000_000)
    for line in (out, into):
        matching.match(line)
    db.session.commit()
    book = projections.income_expense(seller.id, FIRST, TODAY)
    assert (book.in_vnd, book.out_vnd) == (5_000_000, 5_000_000)
    for line in (out, into):
        bookings.is_for(line, accounts.BETWEEN, "Chuyển nội bộ", "Kế toán")
    assert projections.income_expense(seller.id, FIRST, TODAY).rows == []
    db.session.flush()
    bookings.not_that(out, "Kế toán")
    assert projections.income_expense(seller.id, FIRST, TODAY).out_vnd == 5_000_000


def test_the_money_book_has_cash_and_each_bank_account(seller):
    sold(seller)
    post(seller, {accounts.CASH: 5_000, accounts.SALES: -5_000})
    cash, bank = projections.money(seller.id, FIRST, TODAY)
    assert (cash.account, cash.closing_vnd) == (accounts.CASH, 5_000)
    assert (bank.account.startswith("bank:"), bank.closing_vnd) == (True, 185_000)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(-500, 500).filter(bool), st.integers(0, 40)), max_size=12))
def test_any_period_opens_where_the_one_before_it_closed(app, moves):
    with app.app_context():
        try:
            seller = make.seller()
            for number, (amount, days) in enumerate(moves):
                on = TODAY - timedelta(days=days)
                post(seller, {accounts.CASH: amount, accounts.SALES: -amount}, on, f"k{number}")
            middle = TODAY - timedelta(days=20)
            first = projections.income_expense(seller.id, TODAY - timedelta(days=60), middle)
            second = projections.income_expense(seller.id, middle + timedelta(days=1), TODAY)
            assert first.opening_vnd == 0
            assert second.opening_vnd == first.closing_vnd
            assert second.closing_vnd == sum(amount for amount, _days in moves)
        finally:
            db.session.rollback()


def test_every_row_of_a_book_opens_its_entry_and_that_the_order(cast, seller):
    order = sold(seller)
    page = cast.ours.get(f"{BOOKS}/{seller.ref}/so/doanh-thu").text
    entry = projections.revenue(seller.id, FIRST, TODAY).rows[0].ref
    assert f"{BOOKS}/but-toan/{entry}" in page
    opened = cast.ours.get(f"{BOOKS}/but-toan/{entry}").text
    assert f"/ban-hang/don-hang/{order.ref}" in opened


def test_the_balances_open_their_entries(cast, seller):
    sold(seller)
    page = cast.ours.get(f"{BOOKS}/{seller.ref}").text
    assert "Doanh thu bán hàng" in page
    entries_page = cast.ours.get(f"{BOOKS}/{seller.ref}/but-toan?tai-khoan=income:sales").text
    assert "185.000" in entries_page


@pytest.mark.parametrize("name", ["thu-chi", "tien", "doanh-thu"])
def test_each_book_is_a_page_a_workbook_and_a_paper(cast, seller, name):
    sold(seller)
    url = f"{BOOKS}/{seller.ref}/so/{name}"
    assert "185.000" in cast.ours.get(url).text
    book = load_workbook(BytesIO(cast.ours.get(f"{url}.xlsx").data))
    cells = [cell.value for row in book.active.iter_rows() for cell in row]
    assert 185_000 in cells
    assert cast.ours.get(f"{url}.pdf").data.startswith(b"%PDF")


def test_a_book_that_is_none_is_not_there(cast, seller):
    for end in ("", ".xlsx", ".pdf"):
        assert cast.ours.get(f"{BOOKS}/{seller.ref}/so/khac{end}").status_code == 404


def test_a_long_book_is_made_by_a_job(cast, seller, run_tasks, monkeypatch):
    sold(seller)
    monkeypatch.setattr(files, "AT_ONCE", 0)
    answer = cast.ours.get(f"{BOOKS}/{seller.ref}/so/thu-chi.xlsx")
    assert answer.status_code == 303
    row = db.session.query(BookExport).one()
    assert "Đang làm tệp" in cast.ours.get(answer.location).text
    assert cast.ours.get(f"{BOOKS}/tep/{row.ref}/tai").status_code == 404
    run_tasks()
    assert row.state == ExportState.DONE
    data = cast.ours.get(f"{BOOKS}/tep/{row.ref}/tai").data
    assert load_workbook(BytesIO(data)).active.max_row > 5
    assert cast.theirs.get(f"{BOOKS}/tep/{row.ref}/tai").status_code == 404


# The file that the killed worker was writing is left half open, as the kill leaves it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_killed_worker_left_a_page_that_shows_how_far_it_came_and_the_next_makes_one_file(
    cast, seller, monkeypatch
):
    for _n in range(3):
        sold(seller)
    monkeypatch.setattr(files, "AT_ONCE", 0)
    monkeypatch.setattr(files, "CHUNK", 1)
    page = cast.ours.get(f"{BOOKS}/{seller.ref}/so/thu-chi.xlsx").location
    row = db.session.query(BookExport).one()
    note = files._note

    def killed(export_id, done):
        note(export_id, done)
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(files, "_note", killed)
    with pytest.raises(KeyboardInterrupt):
        files.carry_out(row.id)
    gc.collect()
    assert (row.state, row.done, row.lines) == (ExportState.WORKING, 2, 4)
    shown = cast.ours.get(page).text
    assert '<progress value="2" max="4">' in shown
    assert '<meta http-equiv="refresh" content="5">' in shown
    assert cast.ours.get(f"{BOOKS}/tep/{row.ref}/tai").status_code == 404
    monkeypatch.setattr(files, "_note", note)
    files.carry_out(row.id)
    files.carry_out(row.id)
    assert (row.state, row.done, row.lines) == (ExportState.DONE, 4, 4)
    key = row.file_key
    assert key == f"books/{row.ref}.xlsx"
    shown = cast.ours.get(page).text
    assert "<progress" not in shown
    assert "http-equiv" not in shown
    assert cast.theirs.get(page).status_code == 404
