"""The pages of invoices: asked for by the buyer, given out as a file, results taken back."""

import io
from datetime import datetime

import openpyxl
import pytest

from shop import spreadsheets
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.database import db
from shop.invoices import issuing
from shop.invoices.models import Invoice, InvoiceState, InvoiceTerms
from shop.orders.models import State
from tests import make, make_money
from tests.app_fixtures import Person, sign_in

PAGE = "/ban-hang/hoa-don"
BUYER = {"company": "Công ty TNHH Trà Việt", "tax_code": "0312345678", "address": "12 Lê Lợi, Huế"}
HEADINGS = ["Mã đơn", "Ký hiệu", "Số hóa đơn", "Ngày hóa đơn", "Trạng thái", "Lý do"]


@pytest.fixture
def order(cast):
    issuing.settle_terms(SYSTEM, cast.ours.seller, {"vat": "8", "hook_url": None}, "k" * 43)
    return delivered(cast.ours.seller)


def delivered(seller):
    order = make_money.order(seller)
    make_money.go(order, State.PAID)
    make_money.deliver(order)
    issuing.goods_handed_over(order)
    db.session.commit()
    return order


def send(person, rows, name="ket-qua.xlsx"):
    data = spreadsheets.write(HEADINGS, rows)
    url = f"{PAGE}/{person.seller.ref}/ket-qua"
    form = {"file": (io.BytesIO(data), name)}
    return person.post(url, form, content_type="multipart/form-data", follow_redirects=True)


def test_a_buyer_asks_on_the_page_of_the_order_and_reads_the_number(cast, order):
    page = cast.visitor.get(f"/don/{order.token}").text
    assert "Lấy hóa đơn điện tử" in page
    buyer = Person(None, cast.visitor)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    wish = f"/don/{order.token}/hoa-don"
    answer = buyer.client.post(wish, data={"csrf_token": token} | BUYER, follow_redirects=True)
    assert "Đã gửi người bán" in answer.text
    row = issuing.of(order)
    assert (row.wanted, row.company) == (True, "Công ty TNHH Trà Việt")
    told = issuing.Report(InvoiceState.ISSUED, "1", "C26TAA", "17", lookup_url="https://t.vn/1")
    issuing.report(row, told, "Nhà cung cấp")
    db.session.commit()
    page = cast.visitor.get(f"/don/{order.token}").text
    assert "1C26TAA 17" in page
    assert "https://t.vn/1" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"company": "Công ty A", "address": "Huế"}, "Ghi mã số thuế của đơn vị."),
        ({"tax_code": "123"}, "Mã số thuế có 10 hoặc 13 chữ số"),
        ({}, "Ghi tên người mua hoặc tên đơn vị."),
        ({"company": "Công ty A", "tax_code": "0312345678"}, "Ghi địa chỉ của đơn vị."),
    ],
)
def test_what_is_missing_is_said(cast, order, typed, said):
    url = f"{PAGE}/don/{order.ref}/nguoi-mua"
    assert said in cast.ours.post(url, typed, follow_redirects=True).text


def test_the_file_has_each_line_and_is_given_out_once(cast, order):
    page = cast.ours.get(PAGE).text
    assert order.ref in page
    answer = cast.ours.post(f"{PAGE}/{cast.ours.seller.ref}/xuat-tep")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert rows[1][0] == order.ref
    assert (type(rows[1][1]), rows[1][10]) == (datetime, 1)
    assert rows[1][-1] == 185_000
    assert rows[1][-4] + rows[1][-2] == 185_000
    assert issuing.of(order).state == InvoiceState.HANDED
    assert "Không có hóa đơn nào cần xuất." in cast.ours.get(f"{PAGE}/{cast.ours.seller.ref}").text


def test_its_queries_do_not_grow_with_the_invoices(cast, order, query_count):
    def asked(method, url):
        db.session.expire_all()
        with query_count() as queries:
            assert method(url).status_code == 200
        return len(queries)

    out = f"{PAGE}/{cast.ours.seller.ref}/xuat-tep"
    listed, exported = asked(cast.ours.get, PAGE), asked(cast.ours.post, out)
    for _time in range(6):
        delivered(cast.ours.seller)
    assert asked(cast.ours.get, PAGE) <= listed + 1
    # Each invoice is moved, logged and audited; what stands on it is read at once.
    assert asked(cast.ours.post, out) <= exported + 6 * 4


def test_results_come_back_in_a_file_and_the_same_file_changes_nothing(cast, order):
    rows = [[order.ref, "1C26TAA", "00000017", "23/11/2026", "Đã phát hành", ""]]
    assert "Đã ghi 1 kết quả mới trong 1 dòng." in send(cast.ours, rows).text
    row = issuing.of(order)
    assert (row.state, row.serial, row.issued_on.isoformat()) == ("issued", "C26TAA", "2026-11-23")
    assert "Đã ghi 0 kết quả mới trong 1 dòng." in send(cast.ours, rows).text


def test_one_wrong_row_and_none_is_taken(cast, order):
    good = [order.ref, "1C26TAA", "17", "23/11/2026", "", ""]
    page = send(cast.ours, [good, [order.ref, "XX", "18", "", "", ""]]).text
    assert "Ký hiệu hóa đơn có dạng C26TAA." in page
    assert issuing.of(order).state == InvoiceState.READY
    theirs = make_money.order(cast.theirs.seller)
    page = send(cast.ours, [good, [theirs.ref, "1C26TAA", "18", "", "", ""]]).text
    assert theirs.ref in page
    assert issuing.of(order).state == InvoiceState.READY
    assert db.session.query(Invoice).count() == 1


def test_a_row_that_its_invoice_cannot_become_is_named(cast, order):
    issued = [order.ref, "1C26TAA", "17", "23/11/2026", "", ""]
    send(cast.ours, [issued])
    page = send(cast.ours, [[order.ref, "1C26TAA", "18", "23/11/2026", "Đã phát hành", ""]]).text
    assert f"Dòng 2, đơn {order.ref}: hóa đơn đang “Đã phát hành”" in page


def test_an_order_that_fell_through_waits_for_nothing(cast):
    order = make_money.order(cast.ours.seller)
    issuing.of(order)
    db.session.commit()
    waiting = f"{PAGE}?trang-thai=waiting"
    assert order.ref in cast.ours.get(waiting).text
    make_money.go(order, State.CANCELLED)
    db.session.commit()
    assert order.ref not in cast.ours.get(waiting).text


def test_a_file_without_the_headings_says_which(cast, order):
    data = spreadsheets.write(["A", "B"], [["1", "2"]])
    form = {"file": (io.BytesIO(data), "a.xlsx")}
    url = f"{PAGE}/{cast.ours.seller.ref}/ket-qua"
    page = cast.ours.post(url, form, content_type="multipart/form-data").text
    assert "Mã đơn" in page
    assert "Số hóa đơn" in page


def test_the_accountant_types_what_became_of_it(cast, order):
    url = f"{PAGE}/don/{order.ref}/ket-qua"
    typed = {"state": "issued", "serial": "1C26TAA", "number": "17", "issued_on": "2026-11-23"}
    cast.ours.post(url, typed)
    assert issuing.of(order).number == "17"
    assert "1C26TAA 17" in cast.ours.get(f"/ban-hang/don-hang/{order.ref}").text


def test_the_secret_is_shown_once_and_sealed(cast, database):
    seller = cast.ours.seller
    url = f"{PAGE}/{seller.ref}/cach-xuat"
    typed = {"vat": "8", "hook_url": "https://hoadon.vn/nhan"}
    page = cast.ours.post(url, typed).text
    terms = db.session.query(InvoiceTerms).one()
    secret = issuing.secret(terms)
    assert secret in page
    assert secret not in terms.sealed_secret
    assert secret not in cast.ours.get(f"{PAGE}/{seller.ref}").text
    cast.ours.post(url, typed)
    assert issuing.secret(terms) == secret
    cast.ours.post(url, typed | {"new_secret": "1"})
    assert issuing.secret(terms) != secret


def test_who_sees_no_money_sees_no_invoice(cast, order, database):
    host = make.member(cast.ours.seller, role=Role.HOST, name="Người livestream")
    client = sign_in(database, host)
    row = issuing.of(order)
    assert client.get(f"{PAGE}/{row.ref}.json").status_code == 404
    assert client.get(f"{PAGE}/{cast.ours.seller.ref}").status_code == 404
    assert cast.theirs.get(f"{PAGE}/{row.ref}.json").status_code == 404
    assert cast.ours.get(f"{PAGE}/{row.ref}.json").json["total_vnd"] == 185_000


def test_a_lost_file_is_given_out_again(cast, order):
    url = f"{PAGE}/don/{order.ref}/xuat-lai"
    assert cast.theirs.post(url).status_code == 404
    cast.ours.post(f"{PAGE}/{cast.ours.seller.ref}/xuat-tep")
    assert issuing.of(order).state == InvoiceState.HANDED
    cast.ours.post(url)
    assert issuing.of(order).state == InvoiceState.READY


@pytest.mark.parametrize("number", ["0", "000", "17a"])
def test_what_is_no_number_is_refused(cast, order, number):
    typed = {"state": "issued", "serial": "1C26TAA", "number": number, "issued_on": "2026-11-23"}
    page = cast.ours.post(f"{PAGE}/don/{order.ref}/ket-qua", typed, follow_redirects=True).text
    assert "Số hóa đơn có nhiều nhất 8 chữ số." in page


def test_a_number_typed_wrong_is_put_right_on_the_page(cast, order):
    url = f"{PAGE}/don/{order.ref}/ket-qua"
    typed = {"state": "issued", "serial": "1C26TAA", "number": "17", "issued_on": "2026-11-23"}
    cast.ours.post(url, typed)
    cast.ours.post(url, typed | {"number": "71"})
    assert issuing.of(order).number == "71"
