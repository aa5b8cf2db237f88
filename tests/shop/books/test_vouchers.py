"""Receipt and payment vouchers: numbered without gaps, booked, undone by a reversal."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from shop import clock
from shop.accounts.models import Role
from shop.books.models import CashVoucher
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Entry
from shop.media import documents
from shop.reconciliation import matching
from tests import make, make_money
from tests.app_fixtures import Person, sign_in

BOOKS = "/ban-hang/so-sach"


@pytest.fixture
def seller(cast):
    return cast.ours.seller


def write(person, **more):
    values = {
        "direction": "out",
        "on": clock.today().isoformat(),
        "amount_vnd": "250.000",
        "money": accounts.CASH,
        "tag": "packing",
        "text": "Mua túi zip",
    }
    return person.post(f"{BOOKS}/{person.seller.ref}/phieu", values | more)


def the_voucher():
    return db.session.query(CashVoucher).order_by(CashVoucher.id.desc()).first()


def test_a_voucher_has_its_number_and_stands_in_the_books(cast, seller):
    assert write(cast.ours).status_code == 303
    row = the_voucher()
    assert row.number == f"PC0001/{clock.today():%y}"
    assert entries.balances(seller.id) == {
        accounts.CASH: -250_000,
        accounts.expense("packing"): 250_000,
    }
    page = cast.ours.get(f"{BOOKS}/phieu/{row.ref}").text
    for shown in (row.number, "250.000", "Bao bì, tem nhãn", "Mua túi zip"):
        assert shown in page


def test_numbers_run_without_gaps_apart_for_in_and_out(cast, seller):
    write(cast.ours)
    write(cast.ours, amount_vnd="x")
    write(cast.ours, direction="in", tag="retail", text="Bán lẻ")
    write(cast.ours)
    year = f"{clock.today():%y}"
    numbers = [row.number for row in db.session.query(CashVoucher).order_by(CashVoucher.id)]
    assert numbers == [f"PC0001/{year}", f"PT0001/{year}", f"PC0002/{year}"]


def test_the_same_form_twice_is_one_voucher(cast, seller):
    for _time in range(2):
        assert write(cast.ours, _once="K" * 32).status_code == 303
    assert db.session.query(CashVoucher).count() == 1


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"amount_vnd": "0"}, "amount_vnd"),
        ({"tag": "retail"}, "tag"),
        ({"money": "bank:NOTMINE"}, "money"),
        ({"on": (clock.today() + timedelta(days=2)).isoformat()}, "on"),
        ({"on": "01/01/1900"}, "on"),
        ({"text": ""}, "text"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_booked(cast, seller, more, name):
    answer = write(cast.ours, **more)
    assert answer.status_code == 422
    assert f'id="f-{name}-error"' in answer.text
    assert entries.balances(seller.id) == {}


def test_a_photo_of_the_paper_hangs_on_the_voucher(cast, seller):
    photo = io.BytesIO()
    Image.new("RGB", (300, 300)).save(photo, "JPEG")
    photo.seek(0)
    answer = write(cast.ours, paper=(photo, "hoa-don.jpg"))
    assert answer.status_code == 303, answer.text
    row = the_voucher()
    assert len(documents.of(f"voucher:{row.ref}")) == 1
    assert "Xem chứng từ" in cast.ours.get(f"{BOOKS}/phieu/{row.ref}").text


def test_undone_it_leaves_its_number_and_both_entries(cast, seller):
    write(cast.ours)
    row = the_voucher()
    for _time in range(2):
        cast.ours.post(f"{BOOKS}/phieu/{row.ref}/huy", {"why": "viết nhầm"})
    assert entries.balance_vnd(seller.id, accounts.CASH) == 0
    assert db.session.query(Entry).count() == 2
    assert "đã hủy phiếu này" in cast.ours.get(f"{BOOKS}/phieu/{row.ref}").text


def test_a_closed_day_takes_no_voucher(cast, seller):
    yesterday = clock.today() - timedelta(days=1)
    periods.close(seller.id, yesterday)
    answer = write(cast.ours, on=yesterday.isoformat())
    assert "Sổ đã khóa" in answer.text
    assert db.session.query(CashVoucher).count() == 0


def test_capital_is_no_income(cast, seller):
    write(cast.ours, direction="in", tag="capital", text="Vốn góp")
    assert entries.balance_vnd(seller.id, "capital") == -250_000


def test_strangers_and_hosts_see_no_books(cast, seller, database):
    write(cast.ours)
    row = the_voucher()
    host = make.member(seller, role=Role.HOST)
    for person in (cast.theirs, Person(host, sign_in(database, host), seller)):
        pages = (str(seller.ref), f"phieu/{row.ref}", f"{seller.ref}/so/thu-chi")
        for url in (*pages, f"but-toan/{row.entry.ref}"):
            assert person.get(f"{BOOKS}/{url}").status_code == 404
        answer = person.post(f"{BOOKS}/phieu/{row.ref}/huy", {"why": "x" * 3})
        assert answer.status_code == 404


def line_of(seller, amount_vnd=250_000, **more):
    """A payment out of the seller's account that the bank told of."""
    line = make_money.bank_line(
        seller, "Mua tui zip", direction="out", amount_vnd=amount_vnd, **more
    )
    matching.match(line)
    db.session.commit()
    return line


def test_a_payment_that_the_bank_told_of_is_not_written_once_more(cast, seller):
    line = line_of(seller)
    page = write(cast.ours, money=accounts.bank(line.bank_account.ref))
    assert page.status_code == 422
    assert "Ngân hàng đã báo khoản này" in page.text
    assert db.session.query(CashVoucher).count() == 0


def test_a_line_that_comes_after_its_voucher_is_joined_to_it(cast, seller):
    account = make.bank_account(seller)
    write(cast.ours, money=accounts.bank(account.ref))
    line, row = line_of(seller, bank_account_id=account.id), the_voucher()
    address = f"/ban-hang/doi-soat/{line.ref}"
    assert f"Đã ghi bằng phiếu {row.number}" in cast.ours.get(address).text
    assert cast.theirs.post(f"{BOOKS}/phieu/{row.ref}/dong/{line.ref}").status_code == 404
    for _twice in range(2):
        cast.ours.post(f"{BOOKS}/phieu/{row.ref}/dong/{line.ref}")
    standing = {a: v for a, v in entries.balances(seller.id).items() if v}
    assert standing == {
        accounts.bank(account.ref): -250_000,
        accounts.expense("packing"): 250_000,
    }
    undo = cast.ours.post(f"{BOOKS}/phieu/{row.ref}/huy", {"why": "sai"}, follow_redirects=True)
    assert "đã gắn với một dòng ngân hàng" in undo.text
    cast.ours.post(f"{address}/hoan-tac")
    cast.ours.post(f"{BOOKS}/phieu/{row.ref}/dong/{line.ref}")
    assert {a: v for a, v in entries.balances(seller.id).items() if v} == standing


def test_a_bank_line_is_said_by_the_same_tags_as_a_voucher(cast, seller):
    line = line_of(seller)
    address = f"/ban-hang/doi-soat/{line.ref}/la"
    assert "Chọn khoản mục" in cast.ours.post(address, {"purpose": "x"}, follow_redirects=True).text
    cast.ours.post(address, {"purpose": "wages"})
    assert entries.balance_vnd(seller.id, accounts.expense("wages")) == 250_000
