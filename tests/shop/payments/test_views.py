"""The buyer's payment page in each of its states, and the accounts in the back office."""

import html
import io
import re

import pytest
import zxingcpp
from PIL import Image

from shop.accounts.models import Role
from shop.database import db
from shop.orders import states
from shop.orders.models import State
from shop.payments import feeds, vietqr
from shop.payments.models import FeedConnection, PaymentRequest
from shop.sellers.models import BankAccount
from tests import make, make_money
from tests.app_fixtures import Person, sign_in

ACCOUNTS = "/ban-hang/tai-khoan-ngan-hang"
ILLUSTRATIVE = "Tài khoản minh họa của bản chạy thử. Không chuyển tiền thật."


@pytest.fixture
def visitor(database):
    return database.test_client()


@pytest.fixture
def order(database):
    placed, _feed, _secret = make_money.asked(make.seller(), account_number="0071000123456")
    return placed


def payload(order):
    return db.session.query(PaymentRequest).filter_by(order_id=order.id).one().payload


def plain(visitor, order):
    return visitor.get(f"/don/{order.token}", headers={"Accept": "application/json"}).json


def test_while_it_waits_the_page_shows_all_that_a_transfer_needs(visitor, order):
    page = visitor.get(f"/don/{order.token}").text
    for shown in ("Đang chờ tiền về", "185.000", "0071000123456", "HTX CHE HAO DAT", order.ref):
        assert shown in page
    assert "Vietcombank" in page
    assert vietqr.svg(payload(order)) in page
    assert ILLUSTRATIVE not in page
    assert "data-done" not in page


def test_the_picture_of_the_code_is_read_by_a_scanner(visitor, order):
    answer = visitor.get(f"/don/{order.token}/ma.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.data)))
    assert code.text == payload(order)
    read = vietqr.parse(code.text)
    assert (read.account_number, read.amount_vnd, read.purpose) == (
        "0071000123456",
        185_000,
        order.ref,
    )


def test_the_drawing_of_the_code_is_the_one_on_the_page(visitor, order):
    answer = visitor.get(f"/don/{order.token}/ma.svg")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert answer.text == vietqr.svg(payload(order))


def test_a_phone_opens_its_bank_with_the_transfer_filled_in(visitor, order):
    page = html.unescape(visitor.get(f"/don/{order.token}").text)
    said = f"ba=0071000123456%40vcb&am=185000&tn={order.ref}&bn=HTX+CHE+HAO+DAT"
    assert f"https://dl.vietqr.io/pay?app=bidv&{said}" in page


def test_a_program_gets_the_same_in_json(visitor, order):
    assert plain(visitor, order) == {
        "ref": order.ref,
        "state": "awaiting_payment",
        "total_vnd": 185_000,
        "paid_vnd": 0,
        "vietqr": payload(order),
    }


def test_an_illustrative_account_warns_not_to_send_real_money(visitor):
    placed, _feed, _secret = make_money.asked(make.seller(), illustrative=True)
    for path in ("", "/trang-thai"):
        assert ILLUSTRATIVE in visitor.get(f"/don/{placed.token}{path}").text


def test_a_part_paid_order_asks_for_the_rest_and_its_code_too(visitor, order):
    order.paid_vnd = 100_000
    page = visitor.get(f"/don/{order.token}").text
    assert "Đã nhận 100.000 ₫, còn thiếu 85.000 ₫." in page.replace("\xa0", " ")
    code = vietqr.parse(plain(visitor, order)["vietqr"])
    assert (code.amount_vnd, code.purpose) == (85_000, order.ref)
    assert vietqr.svg(plain(visitor, order)["vietqr"]) in page


def test_a_paid_order_says_so_and_shows_no_code(visitor, order):
    order.paid_vnd = 185_000
    make_money.go(order, State.PAID)
    for path in ("", "/trang-thai"):
        page = visitor.get(f"/don/{order.token}{path}").text
        assert "Đã nhận đủ tiền" in page
        assert "data-done" in page
        assert "Đang chờ tiền về" not in page
    assert plain(visitor, order) | {"ref": ""} == {
        "ref": "",
        "state": "paid",
        "total_vnd": 185_000,
        "paid_vnd": 185_000,
        "vietqr": None,
    }
    assert visitor.get(f"/don/{order.token}/ma.png").status_code == 404


@pytest.mark.parametrize("end", [State.EXPIRED, State.CANCELLED])
def test_a_closed_order_warns_not_to_pay_and_shows_no_code(visitor, order, end):
    states.move(order, end, who="thử")
    page = visitor.get(f"/don/{order.token}").text
    assert "Xin đừng chuyển tiền" in page
    assert "0071000123456" not in page
    assert plain(visitor, order)["vietqr"] is None
    assert visitor.get(f"/don/{order.token}/ma.png").status_code == 404


def test_an_order_of_a_seller_without_account_says_whom_to_ask(visitor):
    placed = make_money.order(make.seller())
    assert "Người bán chưa có tài khoản" in visitor.get(f"/don/{placed.token}").text
    assert visitor.get(f"/don/{placed.token}/ma.png").status_code == 404


def test_a_guessed_token_or_a_reference_opens_nothing(visitor, order):
    for guess in ("khong-co", order.ref):
        for path in ("", "/trang-thai", "/ma.png", "/ma.svg"):
            assert visitor.get(f"/don/{guess}{path}").status_code == 404


FORM = {
    "bank_bin": "970436",
    "account_number": "0071000999999",
    "account_name": "HTX CHE HAO DAT",
}


def test_an_account_is_added_connected_and_its_secret_serves_the_webhook(cast):
    sent = FORM | {"seller": cast.ours.seller.ref}
    assert cast.ours.post(ACCOUNTS, sent).status_code == 303
    account = db.session.query(BankAccount).one()
    assert (account.seller_id, account.account_number) == (cast.ours.seller.id, "0071000999999")
    page = cast.ours.post(f"{ACCOUNTS}/{account.ref}/ket-noi").text
    (url,) = re.findall(r'data-webhook-url="([^"]+)"', page)
    (secret,) = re.findall(r'data-webhook-secret="([^"]+)"', page)
    feed = db.session.query(FeedConnection).one()
    assert url.endswith(f"/webhooks/sepay/{feed.ref}")
    raw = make_money.notice(feed, "tien che")
    assert make_money.send(cast.visitor, feed, raw, secret).status_code == 200
    assert secret not in cast.ours.get(ACCOUNTS).text


def test_an_account_that_is_taken_or_misspelt_is_refused_in_words(cast):
    make.bank_account(cast.ours.seller, account_number="0071000999999")
    sent = FORM | {"seller": cast.ours.seller.ref}
    taken = cast.ours.post(ACCOUNTS, sent)
    assert (taken.status_code, "Tài khoản này đã có trong danh sách." in taken.text) == (422, True)
    wrong = cast.ours.post(ACCOUNTS, sent | {"account_number": "12 34", "bank_bin": "000000"})
    assert wrong.status_code == 422
    assert "Số tài khoản chỉ gồm chữ và số, không dấu cách." in wrong.text
    assert "Chọn ngân hàng trong danh sách." in wrong.text
    assert db.session.query(BankAccount).count() == 1


def test_nobody_adds_or_connects_an_account_of_another_seller(cast):
    account = make.bank_account(cast.ours.seller)
    sent = FORM | {"seller": cast.ours.seller.ref}
    assert cast.theirs.post(ACCOUNTS, sent).status_code == 404
    assert cast.theirs.post(f"{ACCOUNTS}/{account.ref}/ket-noi").status_code == 404
    assert account.account_number not in cast.theirs.get(ACCOUNTS).text
    assert db.session.query(FeedConnection).count() == 0


def test_only_the_owner_manages_where_the_money_goes(cast, database):
    account = make.bank_account(cast.ours.seller)
    for role in (Role.MANAGER, Role.ACCOUNTANT, Role.HOST, Role.VIEWER):
        user = make.member(cast.ours.seller, role=role)
        person = Person(user, sign_in(database, user))
        assert account.account_number not in person.get(ACCOUNTS).text
        assert person.post(f"{ACCOUNTS}/{account.ref}/ket-noi").status_code == 404
        assert person.post(ACCOUNTS, FORM | {"seller": cast.ours.seller.ref}).status_code == 404
    assert db.session.query(BankAccount).count() == 1


def test_the_accounts_ask_as_often_for_ten_as_for_one(cast, query_count):
    asked = []
    for more in (1, 9):
        for _account in range(more):
            make.bank_account(cast.ours.seller)
        with query_count() as queries:
            assert cast.ours.get(ACCOUNTS).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_wrong_account_is_closed_and_another_used(cast):
    wrong, right = make.bank_account(cast.ours.seller), make.bank_account(cast.ours.seller)
    cast.ours.post(f"{ACCOUNTS}/{right.ref}/dung")
    assert feeds.in_use([cast.ours.seller.id]) == {cast.ours.seller.id: right}
    cast.ours.post(f"{ACCOUNTS}/{wrong.ref}/ngung")
    assert not wrong.active
    assert "Đã ngừng" in cast.ours.get(ACCOUNTS).text
    for path in ("dung", "ngung"):
        assert cast.theirs.post(f"{ACCOUNTS}/{right.ref}/{path}").status_code == 404


def test_no_bank_is_chosen_for_anybody(cast):
    assert (
        '<option value="" selected>Chọn ngân hàng hoặc ví</option>' in cast.ours.get(ACCOUNTS).text
    )
