"""From a product page to orders: basket, form, review, confirm; without an account or a script."""

import re
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes, policy

import pypdfium2
import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import reservations, stock
from shop.orders import delivery, states, vouchers
from shop.orders.models import Checkout, DeliveryFee, Order, State
from shop.payments.models import PaymentRequest
from tests import make

BUYER = {
    "email": "",
    "commune_code": "",
    "name": "Nguyễn Thị Hoa",
    "phone": "0912 345 678",
    "address": "xóm 5, xã Tân Cương, Thái Nguyên",
}


@pytest.fixture
def goods(cast):
    """Tea of ours, delivered for 20.000 đ in the province, and noodles of theirs to be fetched."""
    tea = make.variant(make.product(cast.ours.seller, name="Chè tôm nõn"), on_hand=10)
    noodles = make.variant(
        make.product(cast.theirs.seller, name="Miến dong"), on_hand=5, price_vnd=60_000
    )
    terms = {"delivers": True, "picks_up": True, "cod": True, "free_from_vnd": None}
    terms |= {"pickup_note": "Xưởng chè, xã Tân Cương", "note": "Giao trong 3 ngày"}
    fees = [DeliveryFee(province_code="19", fee_vnd=20_000)]
    delivery.settle(SYSTEM, cast.ours.seller, terms, fees)
    for seller in (cast.ours.seller, cast.theirs.seller):
        make.bank_account(seller)
    db.session.commit()
    return tea, noodles


def add(visitor, pack, quantity, **more):
    return visitor.post("/gio-hang", data={"pack": pack.ref, "quantity": quantity} | more)


def hidden(page):
    """The fields of the form that confirms."""
    form = page[page.index('action="/dat-hang/xac-nhan"') :].partition("</form>")[0]
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))


def review(visitor, **more):
    page = visitor.get("/dat-hang").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return visitor.post("/dat-hang", data={"csrf_token": token} | BUYER | more)


def orders():
    db.session.expire_all()
    return list(db.session.scalars(select(Order).order_by(Order.id)))


def test_the_product_page_has_a_form_that_puts_it_into_the_basket(cast, goods):
    tea, _noodles = goods
    page = cast.visitor.get(f"/p/{tea.product.ref}/{tea.product.slug}")
    assert 'action="/gio-hang"' in page.text
    assert "csrf_token" not in page.text, "the page is the same for everybody"
    assert "public" in page.headers["Cache-Control"]
    assert add(cast.visitor, tea, "1", more="1").location == "/gio-hang"
    add(cast.visitor, tea, "1,5", more="1")
    assert "2,5" in cast.visitor.get("/gio-hang").text


def test_what_is_sold_out_has_no_form(cast, goods):
    tea, _noodles = goods
    reservations.hold({tea.id: Decimal(10)}, holder="x", until=None)
    db.session.commit()
    page = cast.visitor.get(f"/p/{tea.product.ref}/{tea.product.slug}").text
    assert "Hiện hết hàng" in page
    assert 'action="/gio-hang"' not in page


def test_a_quantity_is_corrected_and_nought_takes_it_out(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "3")
    add(cast.visitor, tea, "2")
    assert "370.000" in cast.visitor.get("/gio-hang").text
    add(cast.visitor, tea, "0")
    assert "Giỏ hàng đang trống" in cast.visitor.get("/gio-hang").text


@pytest.mark.parametrize(
    "cookie", ["", "x", "a-b_c-NaN", "A-1e999999", "%00-1", "-5", "A--1_B-inf"]
)
def test_a_broken_basket_is_an_empty_one(cast, goods, cookie):
    cast.visitor.set_cookie("gio", cookie)
    assert cast.visitor.get("/gio-hang").status_code == 200
    assert cast.visitor.get("/dat-hang").location == "/gio-hang"


def test_another_site_puts_nothing_into_it(cast, goods):
    tea, _noodles = goods
    data = {"pack": tea.ref, "quantity": "1"}
    answer = cast.visitor.post("/gio-hang", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_more_than_there_is_says_so_and_cannot_be_ordered(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "11")
    page = cast.visitor.get("/gio-hang").text
    assert "Chỉ còn 10" in page
    assert "Xin sửa những món" in page
    assert review(cast.visitor).status_code == 422


def test_everything_is_shown_before_it_is_ordered(cast, goods):
    tea, noodles = goods
    add(cast.visitor, tea, "2")
    add(cast.visitor, noodles, "1")
    answer = review(cast.visitor)
    assert answer.status_code == 200
    said = ("Chè tôm nõn", "185.000", "370.000", "20.000", "Phí giao hàng", "Tự đến lấy")
    said += ("Nguyễn Thị Hoa", "0912 345 678", "xóm 5", "quét mã QR", "Giao trong 3 ngày")
    said += ("7 ngày", "450.000", "Sửa lại")
    assert [words for words in said if words not in answer.text] == []
    assert orders() == []


def test_one_basket_becomes_an_order_with_each_seller_and_each_asks_for_its_own_money(cast, goods):
    tea, noodles = goods
    add(cast.visitor, tea, "2")
    add(cast.visitor, noodles, "1")
    answer = cast.visitor.post("/dat-hang/xac-nhan", data=hidden(review(cast.visitor).text))
    ours, theirs = orders()
    assert (
        answer.location
        == f"/mua/{ours.checkout_id and db.session.get(Checkout, ours.checkout_id).token}"
    )
    assert (ours.goods_vnd, ours.fee_vnd, ours.total_vnd) == (370_000, 20_000, 390_000)
    assert (ours.province_code, ours.buyer_phone) == ("19", "+84912345678")
    assert (theirs.handing, theirs.total_vnd) == ("pickup", 60_000)
    assert {ours.seller_id, theirs.seller_id} == {cast.ours.seller.id, cast.theirs.seller.id}
    assert db.session.scalar(select(func.count()).select_from(PaymentRequest)) == 2
    assert stock.saleable([tea.id, noodles.id]) == {tea.id: Decimal(8), noodles.id: Decimal(4)}
    page = cast.visitor.get(answer.location).text
    assert ours.ref in page
    assert theirs.ref in page
    assert "Giỏ hàng đang trống" in cast.visitor.get("/gio-hang").text


def test_the_same_form_twice_orders_once(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    sent = hidden(review(cast.visitor).text)
    basket = cast.visitor.get_cookie("gio").value
    first = cast.visitor.post("/dat-hang/xac-nhan", data=sent)
    cast.visitor.set_cookie("gio", basket)
    again = cast.visitor.post("/dat-hang/xac-nhan", data=sent)
    assert first.location == again.location
    assert len(orders()) == 1


def test_a_price_that_changed_meanwhile_is_shown_again_and_nothing_is_ordered(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    sent = hidden(review(cast.visitor).text)
    tea.price_vnd = 190_000
    db.session.commit()
    answer = cast.visitor.post("/dat-hang/xac-nhan", data=sent)
    assert "vừa thay đổi" in answer.text
    assert "190.000" in answer.text
    assert orders() == []
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(answer.text))
    assert [order.goods_vnd for order in orders()] == [190_000]


def test_the_buyer_goes_back_and_finds_what_was_typed(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    sent = hidden(review(cast.visitor, **{f"note-{cast.ours.seller.ref}": "gọi trước"}).text)
    page = cast.visitor.post("/dat-hang", data=sent | {"edit": "1"}).text
    assert 'value="gọi trước"' in page
    assert 'value="0912 345 678"' in page
    assert "Chưa lưu được" not in page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": ""}, "Họ và tên"),
        ({"phone": "123"}, "Số điện thoại"),
        ({"address": ""}, "Ghi số nhà hoặc xóm"),
        ({"address": "ở nhà"}, "Ghi số nhà hoặc xóm"),
        ({"address": "12 Lê Lợi, phường Hạc Thành, Thanh Hóa"}, "không giao được"),
        ({"email": "không phải"}, "E-mail"),
    ],
)
def test_what_is_missing_is_said_at_its_field(cast, goods, more, said):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    answer = review(cast.visitor, **more)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_an_address_that_may_be_several_communes_asks_which(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    answer = review(cast.visitor, address="tổ 3, phường Gia Sàng, TP Thái Nguyên")
    assert answer.status_code == 422
    codes = re.findall(r'<option value="(\d+)"', answer.text)
    assert len(codes) > 1
    chosen = review(
        cast.visitor, address="tổ 3, phường Gia Sàng, TP Thái Nguyên", commune_code=codes[0]
    )
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(chosen.text))
    [order] = orders()
    assert order.commune_code == codes[0]
    assert order.address.startswith("tổ 3, phường Gia Sàng, TP Thái Nguyên")
    assert "nay là" in order.address


def test_what_is_fetched_needs_no_address_and_costs_no_fee(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    way = {f"handing-{cast.ours.seller.ref}": "pickup", "address": ""}
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(review(cast.visitor, **way).text))
    assert [(o.handing, o.fee_vnd, o.address) for o in orders()] == [("pickup", 0, "Tự đến lấy")]


def test_cash_on_delivery_is_confirmed_by_the_seller_and_asks_for_no_transfer(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    way = {f"pay-{cast.ours.seller.ref}": "cod"}
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(review(cast.visitor, **way).text))
    [order] = orders()
    assert order.pay_by == "cod"
    assert db.session.scalar(select(func.count()).select_from(PaymentRequest)) == 0
    page = cast.visitor.get(f"/don/{order.token}").text
    assert "Trả tiền mặt khi nhận hàng" in page
    assert "Đã gọi khách" in cast.ours.get(f"/ban-hang/don-hang/{order.ref}").text
    assert states.State.CONFIRMED in states.moves(order)


def test_a_seller_without_cash_on_delivery_is_not_paid_so(cast, goods):
    _tea, noodles = goods
    add(cast.visitor, noodles, "1")
    way = {f"pay-{cast.theirs.seller.ref}": "cod"}
    assert review(cast.visitor, **way).status_code == 422


def test_a_voucher_takes_off_what_it_says_and_a_wrong_one_says_why(cast, goods):
    tea, _noodles = goods
    now = clock.now()
    values = {"code": "TET30", "amount_vnd": 30_000, "minimum_vnd": 300_000, "starts_at": now}
    vouchers.make(SYSTEM, cast.ours.seller, values | {"ends_at": now + timedelta(days=1)})
    db.session.commit()
    field = f"voucher-{cast.ours.seller.ref}"
    add(cast.visitor, tea, "1")
    assert "dùng cho đơn từ 300.000" in review(cast.visitor, **{field: "tet30"}).text
    add(cast.visitor, tea, "2")
    page = review(cast.visitor, **{field: "tet30"}).text
    assert "−30.000" in page
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(page))
    assert [order.total_vnd for order in orders()] == [360_000]


def test_a_copy_is_mailed_to_who_gave_an_address(cast, goods, run_tasks, database):
    folder = database.config["SETTINGS"].var_dir / "mail"
    before = set(folder.glob("*.eml"))
    tea, _noodles = goods
    cast.ours.seller.phone = "+84912000111"
    db.session.commit()
    add(cast.visitor, tea, "1")
    page = review(cast.visitor, email="hoa@example.vn").text
    answer = cast.visitor.post("/dat-hang/xac-nhan", data=hidden(page))
    [order] = orders()
    run_tasks()
    (mail,) = set(folder.glob("*.eml")) - before
    written = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert written["To"] == "hoa@example.vn"
    body = written.get_body().get_content()
    assert (
        body.split("\n\n", 1)[1].replace("\xa0", " ").strip()
        == f"""\
Mã đơn: {order.ref}
Đặt lúc {clock.vietnam(order.placed_at):%H:%M %d/%m/%Y}

Người bán: HTX Chè Hảo Đạt
Điện thoại người bán: 0912 000 111

- Chè tôm nõn (hộp 200 g): 1 hộp × 185.000 ₫: 185.000 ₫
- Phí giao hàng: 20.000 ₫
Tổng cộng: 205.000 ₫

Người nhận: Nguyễn Thị Hoa, 0912 345 678
Nhận hàng: xóm 5, xã Tân Cương, Thái Nguyên
Giao hàng: Giao trong 3 ngày
Trả tiền: Chuyển khoản thẳng cho người bán, quét mã QR
Đổi, trả hàng: {delivery.RETURNS}
Hủy đơn: Chưa trả tiền thì được hủy đơn bất cứ lúc nào, ở trang của đơn.
Khiếu nại: Gọi hoặc viết cho người bán ở trên, nêu mã đơn {order.ref}.
http://localhost/don/{order.token}"""
    )
    shown = cast.visitor.get(answer.location).text
    assert [said for said in SAID if said not in shown] == []


SAID = ("Chè tôm nõn (hộp 200 g)", "1 hộp × 185.000", "Phí giao hàng", "20.000", "205.000")
SAID += ("HTX Chè Hảo Đạt", "0912 000 111", "xóm 5, xã Tân Cương", "Giao trong 3 ngày")
SAID += ("quét mã QR", str(delivery.RETURNS), "Khiếu nại", "ban-sao.pdf")


def test_the_copy_on_paper_says_it_all_too_and_only_to_who_has_the_link(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    cast.ours.seller.phone = "+84912000111"
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(review(cast.visitor).text))
    [order] = orders()
    answer = cast.visitor.get(f"/don/{order.token}/ban-sao.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    sheets = pypdfium2.PdfDocument(answer.data)
    words = " ".join(" ".join(s.get_textpage().get_text_range() for s in sheets).split())
    said = [*SAID[:-1], order.ref]
    assert [each for each in said if " ".join(each.split()) not in words] == []
    assert cast.visitor.get("/don/khong-co/ban-sao.pdf").status_code == 404


def test_who_sells_and_how_to_complain_is_said_before_it_is_ordered(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    seller = cast.ours.seller
    seller.legal_name, seller.tax_code = "Hợp tác xã chè Hảo Đạt Tân Cương", "4601234567"
    seller.email = "chehaodat@example.vn"
    db.session.commit()
    page = review(cast.visitor).text
    said = (seller.legal_name, "4601234567", seller.email, "Khiếu nại")
    assert [words for words in said if words not in page] == []


def test_a_paper_of_an_order_that_fell_through_says_so(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(review(cast.visitor).text))
    [order] = orders()
    url = f"/don/{order.token}/ban-sao.pdf"
    assert "Tình trạng khi in: Chờ tiền về" in _words(cast.visitor.get(url).data)
    states.move(order, State.CANCELLED, who="Người bán", why="hết hàng")
    db.session.commit()
    assert "Tình trạng khi in: Đã hủy" in _words(cast.visitor.get(url).data)


def _words(paper):
    sheets = pypdfium2.PdfDocument(paper)
    return " ".join(" ".join(s.get_textpage().get_text_range() for s in sheets).split())


def test_what_was_agreed_stays_when_the_seller_writes_other_terms(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    terms = delivery.terms_of([cast.ours.seller.id])[cast.ours.seller.id]
    terms.returns = "Đổi trả trong 30 ngày, HTX chịu phí."
    db.session.commit()
    page = review(cast.visitor).text
    assert "Đổi trả trong 30 ngày, HTX chịu phí." in page
    terms.returns = "Không đổi trả."
    db.session.commit()
    refused = cast.visitor.post("/dat-hang/xac-nhan", data=hidden(page))
    assert "Giá, phí hoặc hàng vừa thay đổi" in refused.text
    assert orders() == []
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(refused.text))
    terms.returns = "Lại khác."
    db.session.commit()
    [order] = orders()
    assert (order.returns_note, order.delivery_note) == ("Không đổi trả.", "Giao trong 3 ngày")
    assert "Không đổi trả." in cast.visitor.get(f"/don/{order.token}").text


def test_the_buyer_cancels_while_no_money_came(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "4")
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(review(cast.visitor).text))
    [order] = orders()
    page = f"/don/{order.token}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', cast.visitor.get(page).text)[1]
    for _time in range(2):
        cast.visitor.post(f"{page}/huy", data={"csrf_token": token})
    assert [o.state for o in orders()] == ["cancelled"]
    assert stock.saleable([tea.id]) == {tea.id: Decimal(10)}


def test_an_order_that_money_came_for_is_not_the_buyers_to_cancel(cast, goods):
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    cast.visitor.post("/dat-hang/xac-nhan", data=hidden(review(cast.visitor).text))
    [order] = orders()
    page = f"/don/{order.token}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', cast.visitor.get(page).text)[1]
    order.paid_vnd = 1000
    db.session.commit()
    assert "Hủy đơn này" not in cast.visitor.get(page).text
    cast.visitor.post(f"{page}/huy", data={"csrf_token": token})
    assert [o.state for o in orders()] == ["awaiting_payment"]


def test_the_basket_takes_as_many_queries_for_many_packs_as_for_one(cast, goods, query_count):
    asked = []
    tea, _noodles = goods
    add(cast.visitor, tea, "1")
    for _more in range(2):
        with query_count() as queries:
            cast.visitor.get("/gio-hang")
        asked.append(len(queries))
        for number in range(8):
            pack = make.variant(make.product(cast.ours.seller, name=f"Chè {number}"), on_hand=1)
            db.session.commit()
            add(cast.visitor, pack, "1")
    assert asked[0] == asked[1]
