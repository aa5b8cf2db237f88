"""A statement file from the form to matched lines; the same movement counts once."""

import io
from datetime import UTC, date, datetime

import pytest

from shop.accounts.models import Role
from shop.database import db
from shop.ledger import periods
from shop.orders.models import State
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import bank_lines, imports, matching
from shop.reconciliation.models import BankLine, ImportState, StatementImport
from tests import make, make_money
from tests.app_fixtures import Person, sign_in

PAGE = "/ban-hang/sao-ke"


@pytest.fixture
def account(cast):
    return make.bank_account(cast.ours.seller, account_number="0071000123456")


def csv(*rows):
    head = "Ngày giao dịch,Nội dung,Phát sinh nợ,Phát sinh có,Số bút toán"
    return "\n".join([head, *rows]).encode()


def send(person, account, data, name="sao-ke.csv"):
    form = {"account": account.ref, "file": (io.BytesIO(data), name)}
    return person.post(PAGE, form, content_type="multipart/form-data")


def the_import():
    return db.session.query(StatementImport).order_by(StatementImport.id.desc()).first()


def taken_in(person, account, data, run_tasks):
    """Send, look, agree."""
    assert send(person, account, data).status_code == 303
    run_tasks()
    row = the_import()
    person.post(f"{PAGE}/{row.ref}/ghi")
    run_tasks()
    return the_import()


def test_a_file_is_shown_and_then_pays_its_orders(cast, account, run_tasks):
    order = make_money.order(cast.ours.seller)
    data = csv(f"31/10/2026 09:15:00,{order.ref},,185.000,FT1", "31/10/2026,Phi SMS,11.000,,FT2")
    send(cast.ours, account, data)
    run_tasks()
    row = the_import()
    assert row.state == ImportState.READY
    page = cast.ours.get(f"{PAGE}/{row.ref}").text
    assert order.ref in page
    assert "Ghi 2 dòng vào sổ" in page
    assert db.session.query(BankLine).count() == 0
    cast.ours.post(f"{PAGE}/{row.ref}/ghi")
    run_tasks()
    assert (order.state, row.state, row.fresh) == (State.PAID, ImportState.DONE, 2)
    fee = db.session.query(BankLine).filter_by(direction="out").one()
    assert (fee.amount_vnd, fee.import_id) == (11_000, row.id)


def test_the_same_file_again_is_the_first_one(cast, account, run_tasks):
    data = csv("31/10/2026,tien che,,5000,FT1")
    first = taken_in(cast.ours, account, data, run_tasks)
    answer = send(cast.ours, account, data)
    assert answer.location.endswith(first.ref)
    assert db.session.query(BankLine).count() == 1


def test_files_that_overlap_count_each_line_once_and_twins_twice(cast, account, run_tasks):
    twin = "31/10/2026,tien che,,5000,"
    taken_in(cast.ours, account, csv(twin, twin), run_tasks)
    row = taken_in(cast.ours, account, csv(twin, twin, "01/11/2026,x,,7000,FT9"), run_tasks)
    assert row.fresh == 1
    assert db.session.query(BankLine).count() == 3


@pytest.mark.parametrize(("told", "printed"), [("FT1", "FT1"), ("FT1", ""), ("", "FT1")])
def test_what_the_feed_told_is_not_counted_again(cast, account, run_tasks, told, printed):
    line = FeedLine(
        account_number=account.account_number,
        direction="in",
        amount_vnd=5000,
        content="Tien che",
        bank_reference=told,
        booked_at=datetime(2026, 10, 31, 2, tzinfo=UTC),
        counterparty="",
    )
    matching.match(bank_lines.record(account, line))
    row = taken_in(cast.ours, account, csv(f"31/10/2026,TIEN  CHE,,5000,{printed}"), run_tasks)
    assert (row.fresh, db.session.query(BankLine).count()) == (0, 1)


def test_two_different_numbers_are_two_movements(cast, account, run_tasks):
    rows = ["31/10/2026,tien che,,5000,FT1", "31/10/2026,tien che,,5000,FT2"]
    assert taken_in(cast.ours, account, csv(*rows), run_tasks).fresh == 2


@pytest.mark.parametrize("chunk", [1, 2])
def test_one_files_lines_are_each_a_movement_wherever_it_is_cut(
    cast, account, run_tasks, monkeypatch, chunk
):
    monkeypatch.setattr(imports, "CHUNK", chunk)
    rows = ["31/10/2026,tien che,,5000,TM01", "01/11/2026,tien che,,5000,TM01"]
    assert taken_in(cast.ours, account, csv(*rows), run_tasks).fresh == 2
    assert db.session.query(BankLine).count() == 2


def test_a_worker_that_died_goes_on_where_it_ended(cast, account, run_tasks, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 2)
    rows = [f"31/10/2026,tien {n},,{1000 + n},FT{n}" for n in range(5)]
    send(cast.ours, account, csv(*rows))
    run_tasks()
    row = the_import()
    row.state, row.done, row.fresh = ImportState.WORKING, 2, 2
    db.session.commit()
    imports.carry_out(row.id)
    imports.carry_out(row.id)
    assert (row.state, row.done) == (ImportState.DONE, 5)
    assert db.session.query(BankLine).count() == 3  # the first two are another worker's


def test_another_accounts_statement_is_refused(cast, account, run_tasks):
    data = b"So tai khoan: 0099999999\n" + csv("31/10/2026,tien che,,5000,FT1")
    send(cast.ours, account, data)
    run_tasks()
    row = the_import()
    assert row.state == ImportState.REFUSED
    assert "0099999999" in cast.ours.get(f"{PAGE}/{row.ref}").text


def test_somebody_names_the_columns_once_and_the_account_keeps_them(cast, account, run_tasks):
    data = b"a,b,c\n31/10/2026,tien che,5000"
    send(cast.ours, account, data)
    run_tasks()
    row = the_import()
    assert row.state == ImportState.REFUSED
    assert "1. a" in cast.ours.get(f"{PAGE}/{row.ref}").text
    named = {"header": "1", "date": "0", "content": "1", "amount": "2"}
    cast.ours.post(f"{PAGE}/{row.ref}/cot", named)
    run_tasks()
    assert row.state == ImportState.READY
    send(cast.ours, account, b"a,b,c\n01/11/2026,tien mien,7000")
    run_tasks()
    assert the_import().state == ImportState.READY


def test_a_choice_of_columns_that_cannot_serve_is_refused_in_words(cast, account, run_tasks):
    send(cast.ours, account, b"a,b,c\n31/10/2026,tien che,5000")
    run_tasks()
    row = the_import()
    cast.ours.post(f"{PAGE}/{row.ref}/cot", {"header": "1", "date": "0"})
    assert "Cần cột ngày" in cast.ours.get(f"{PAGE}/{row.ref}").text


def test_only_who_keeps_the_books_sends_statements(cast, account, database):
    host = make.member(cast.ours.seller, role=Role.HOST)
    person = Person(host, sign_in(database, host))
    send(person, account, csv("31/10/2026,x,,5000,FT1"))
    assert send(cast.theirs, account, csv("31/10/2026,x,,5000,FT1")).status_code == 404
    assert db.session.query(StatementImport).count() == 0


def test_no_file_is_said_at_the_field(cast, account):
    answer = cast.ours.post(PAGE, {"account": account.ref}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Chưa chọn tệp nào." in answer.text


def test_the_preview_says_what_is_new_and_what_is_closed(cast, account, run_tasks):
    taken_in(cast.ours, account, csv("01/10/2026,tra,,50.000,FT1"), run_tasks)
    periods.close(cast.ours.seller.id, date(2026, 10, 2))
    rows = ["01/10/2026,tra,,50.000,FT1", "02/10/2026,che,,60.000,FT2", "03/10/2026,x,,70.000,FT3"]
    send(cast.ours, account, csv(*rows))
    run_tasks()
    page = cast.ours.get(f"{PAGE}/{the_import().ref}").text
    assert "Ghi 2 dòng vào sổ" in page
    assert "Sổ đã khóa đến hết ngày 02/10/2026" in page
