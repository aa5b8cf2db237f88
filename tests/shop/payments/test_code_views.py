"""The static VietQR code of an account, for a table or a wall."""

from io import BytesIO

import pypdfium2
from PIL import Image

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


def test_the_paper_holds_the_code_and_whose_it_is_on_one_a5_page(cast):
    account = make.bank_account(cast.ours.seller)
    answer = cast.ours.get(f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/ma-tinh.pdf")
    assert answer.mimetype == "application/pdf"
    [page] = pypdfium2.PdfDocument(answer.data)
    assert [round(side / 72 * 25.4) for side in page.get_size()] == [148, 210]
    text = page.get_textpage().get_text_bounded()
    for shown in (account.account_name, account.account_number, "tự gõ số tiền"):
        assert shown in text
    payee = vietqr.Payee(account.bank_bin, account.account_number, account.account_name)
    picture = BytesIO(vietqr.png(vietqr.payload(payee, None, "")))
    [drawn] = [each for each in page.get_objects() if each.type == 3]
    symbol = drawn.get_bitmap().to_pil().convert("1")
    assert symbol.tobytes() == Image.open(picture).convert("1").tobytes()


def test_others_and_closed_accounts_get_none(database, cast):
    account = make.bank_account(cast.ours.seller)
    host = make.member(cast.ours.seller, role=Role.HOST)
    address = f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/ma-tinh"
    for person in (cast.theirs, Person(host, sign_in(database, host))):
        assert person.get(address).status_code == 404
    account.active = False
    db.session.commit()
    for kind in ("png", "svg", "pdf"):
        assert cast.ours.get(f"{address}.{kind}").status_code == 404
