"""The pages of collected money: who holds what for whom, and paying it out."""

import io

import openpyxl
import pytest

from shop.accounts.models import Role
from shop.database import db
from shop.payments import requests
from shop.payments.models import Payout, PayoutState
from shop.reconciliation import matching
from shop.sellers.models import SellerKind
from tests import make, make_money
from tests.app_fixtures import Person, sign_in


@pytest.fixture
def collector(database):
    row = make.seller(name="Sàn tỉnh")
    with make_money.collecting(database, row):
        yield row


@pytest.fixture
def seller(collector):
    row = make.seller(name="Hộ Lê Thị Lan", kind=SellerKind.HOUSEHOLD, tax_code="012345678901")
    make.bank_account(row)
    order = make_money.order(row, quantity=2)
    line = make_money.bank_line(collector, order.ref, amount_vnd=370_000)
    matching.match(line)
    make_money.deliver(order)
    make_money.delivered_ago(order, 8)
    return row


@pytest.fixture
def joined(database):
    """The accountant of a seller, signed in."""

    def join(owner, role=Role.ACCOUNTANT):
        user = make.member(owner, role=role, name="Hoàng Thị Én")
        return Person(user, sign_in(database, user), owner)

    return join


def made(collector, seller, accountant):
    accountant.post(f"/ban-hang/thu-ho/don-vi/{seller.ref}", {})
    return db.session.query(Payout).filter_by(seller_id=seller.id).one()


def test_the_collector_sees_what_it_holds_and_pays_it_out(collector, seller, joined):
    accountant = joined(collector)
    page = accountant.get("/ban-hang/thu-ho").text
    assert "Hộ Lê Thị Lan" in page
    assert "364.450" in page
    payout = made(collector, seller, accountant)
    accountant.post(f"/ban-hang/thu-ho/don-vi/{seller.ref}", {})
    assert db.session.query(Payout).count() == 1
    page = accountant.get(f"/ban-hang/thu-ho/{payout.ref}").text
    assert "<svg" in page
    assert "3.700" in page


def test_the_seller_sees_its_own_and_says_that_it_came(collector, seller, joined):
    payout = made(collector, seller, joined(collector))
    theirs = joined(seller)
    assert payout.ref in theirs.get("/ban-hang/thu-ho").text
    theirs.post(f"/ban-hang/thu-ho/{payout.ref}/da-nhan", {})
    assert payout.state == PayoutState.RECEIVED


def test_each_side_does_only_its_part(collector, seller, joined):
    payout = made(collector, seller, joined(collector))
    theirs, ours, others = joined(seller), joined(collector), joined(make.seller(name="HTX khác"))
    assert theirs.post(f"/ban-hang/thu-ho/{payout.ref}/bo", {}).status_code == 404
    assert theirs.post(f"/ban-hang/thu-ho/don-vi/{seller.ref}", {}).status_code == 404
    assert theirs.get("/ban-hang/thu-ho/thue").status_code == 404
    assert ours.post(f"/ban-hang/thu-ho/{payout.ref}/da-nhan", {}).status_code == 404
    for path in (payout.ref, f"{payout.ref}.xlsx", f"don-vi/{seller.ref}"):
        assert others.get(f"/ban-hang/thu-ho/{path}").status_code == 404
    assert joined(collector, Role.HOST).get(f"/ban-hang/thu-ho/{payout.ref}").status_code == 404


def test_its_statement_and_the_months_taxes_as_workbooks(collector, seller, joined):
    accountant = joined(collector)
    payout = made(collector, seller, accountant)
    rows = _rows(accountant.get(f"/ban-hang/thu-ho/{payout.ref}.xlsx"))
    assert rows[1][1:] == (370_000, 3_700, 1_850, 364_450)
    assert "3.700" in accountant.get("/ban-hang/thu-ho/thue").text
    rows = _rows(accountant.get("/ban-hang/thu-ho/thue.xlsx"))
    assert rows[1] == ("Hộ Lê Thị Lan", "012345678901", 3_700, 1_850, 5_550)


def _rows(answer):
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return list(book.active.iter_rows(values_only=True))


def test_the_accountant_names_the_payout_of_a_line(collector, seller, joined):
    accountant = joined(collector)
    payout = made(collector, seller, accountant)
    line = make_money.bank_line(
        collector, "chuyen tien", amount_vnd=payout.amount_vnd, direction="out"
    )
    matching.match(line)
    page = accountant.get(f"/ban-hang/doi-soat/{line.ref}").text
    assert payout.ref in page
    accountant.post(f"/ban-hang/doi-soat/{line.ref}/la-chi-ho/{payout.ref}", {})
    assert payout.state == PayoutState.SENT


def test_the_buyer_reads_who_collects_and_by_what_licence(collector, seller, database):
    make.bank_account(collector)
    order = make_money.order(seller)
    requests.open(order)
    page = database.test_client().get(f"/don/{order.token}").text
    assert "Sàn tỉnh thu hộ người bán, Giấy phép 01/GP-NHNN" in page


def test_where_nobody_collects_the_page_says_so(cast):
    assert "Đang tắt" in cast.ours.get("/ban-hang/thu-ho").text
