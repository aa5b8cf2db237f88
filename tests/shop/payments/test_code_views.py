"""The static VietQR code of an account, for a table or a wall."""

from shop.accounts.models import Role
from shop.database import db
from shop.payments import vietqr
from tests import make
from tests.app_fixtures import Person, sign_in


def test_the_page_shows_whose_code_it_is_and_what_it_cannot_do(cast):
    account = make.bank_account(cast.ours.seller)
    page = cast.ours.get(f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/ma-tinh")
    assert page.status_code == 200
    for shown in (account.account_number, "HTX CHE HAO DAT", "<svg", "tiền về chỉ được gợi ý"):
        assert shown in page.text


def test_the_files_hold_the_accounts_open_code(cast):
    account = make.bank_account(cast.ours.seller)
    payee = vietqr.Payee(account.bank_bin, account.account_number, account.account_name)
    code = vietqr.payload(payee, None, "")
    assert (vietqr.parse(code).method, vietqr.parse(code).amount_vnd) == ("11", None)
    address = f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/ma-tinh"
    assert cast.ours.get(f"{address}.png").data == vietqr.png(code)
    assert cast.ours.get(f"{address}.svg").text == vietqr.svg(code)


def test_others_and_closed_accounts_get_none(database, cast):
    account = make.bank_account(cast.ours.seller)
    host = make.member(cast.ours.seller, role=Role.HOST)
    address = f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/ma-tinh"
    for person in (cast.theirs, Person(host, sign_in(database, host))):
        assert person.get(address).status_code == 404
    account.active = False
    db.session.commit()
    assert cast.ours.get(f"{address}.png").status_code == 404
