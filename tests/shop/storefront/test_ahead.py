"""Ordering ahead of a harvest: product page, basket, review, an order of its own; no script."""

import html
import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import harvests, stock
from shop.orders import checkout, copies, delivery, preorders
from shop.orders.models import DeliveryFee, Order
from shop.payments.models import PaymentRequest
from shop.storefront import ahead
from tests import make, make_harvests

BUYER = {
    "email": "",
    "commune_code": "",
    "name": "Nguyễn Thị Hoa",
    "phone": "0912 345 678",
    "address": "xóm 5, xã Tân Cương, Thái Nguyên",
}


@pytest.fixture
def na(cast):
    """5 kg of ours are there, 100 kg are to come; sent for 20.000 đ, cash on delivery taken."""
    pack = make.variant(
        make.product(cast.ours.seller, name="Na dai"),
        on_hand=5,
        price_vnd=60_000,
        unit="kg",
        pack="thùng",
    )
    terms = {"delivers": True, "picks_up": True, "cod": True, "free_from_vnd": None}
    terms |= {"pickup_note": "", "note": "Giao trong 3 ngày"}
    delivery.settle(SYSTEM, cast.ours.seller, terms, [DeliveryFee(fee_vnd=20_000)])
    make.bank_account(cast.ours.seller)
    row = make_harvests.harvest(pack)
    db.session.commit()
    return row


def days(row):
    return f"giao từ {row.from_day:%d/%m/%Y} đến {row.until_day:%d/%m/%Y}"


def product_page(visitor, row):
    product = row.variant.product
    return flat(visitor.get(f"/p/{product.ref}/{product.slug}").text)


def flat(page):
    return html.unescape(re.sub(r"\s+", " ", page.replace("\xa0", " ")))


def add(visitor, row, quantity, **more):
    return visitor.post("/gio-hang", data={"pack": f"v{row.ref}", "quantity": quantity} | more)


def add_ready(visitor, row, quantity):
    return visitor.post("/gio-hang", data={"pack": row.variant.ref, "quantity": quantity})


def review(visitor, **more):
    page = visitor.get("/dat-hang").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return visitor.post("/dat-hang", data={"csrf_token": token} | BUYER | more)


def hidden(page):
    form = page[page.index('action="/dat-hang/xac-nhan"') :].partition("</form>")[0]
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))


def confirm(visitor, sent):
    return visitor.post("/dat-hang/xac-nhan", data=sent)


def orders():
    db.session.expire_all()
    return list(db.session.scalars(select(Order).order_by(Order.id)))


def test_the_product_page_says_when_how_much_and_what_deposit(cast, na):
    make_harvests.order(na, "10.5")
    page = product_page(cast.visitor, na)
    assert f"Đặt trước vụ na dai tháng 8: {days(na)}, còn 89,5 kg, đặt cọc 30%" in page
    assert f"Nhận đặt đến hết ngày {na.order_until:%d/%m/%Y}" in page
    assert f'value="v{na.ref}"' in page
    assert f'value="{na.variant.ref}"' in page, "what is there can be bought as well"


@pytest.mark.parametrize("end", ["closed", "full", "cancelled"])
def test_a_harvest_that_takes_no_orders_is_not_offered(cast, na, end):
    if end == "full":
        make_harvests.order(na, 100)
    elif end == "closed":
        harvests.change(SYSTEM, na, {"active": False})
    else:
        harvests.cancel(SYSTEM, na, "sương muối")
    db.session.commit()
    page = product_page(cast.visitor, na)
    assert "Đặt trước" not in page
    assert "Cho vào giỏ" in page


def test_the_basket_holds_it_apart_from_what_is_there(cast, na):
    add_ready(cast.visitor, na, "2")
    assert add(cast.visitor, na, "3", more="1").location == "/gio-hang"
    add(cast.visitor, na, "4", more="1")
    page = flat(cast.visitor.get("/gio-hang").text)
    assert f"Đặt trước vụ na dai tháng 8: {days(na)}, đặt cọc 30%" in page
    assert "420.000" in page
    assert "120.000" in page
    assert "hàng có sẵn không phải chờ" in page
    add(cast.visitor, na, "0")
    assert "Đặt trước" not in cast.visitor.get("/gio-hang").text


@pytest.mark.parametrize(("quantity", "said"), [("101", "Chỉ còn 100 kg"), ("0.5", None)])
def test_more_than_is_left_cannot_be_ordered(cast, na, quantity, said):
    add(cast.visitor, na, quantity)
    page = flat(cast.visitor.get("/gio-hang").text)
    assert ("Xin sửa những món" in page) == bool(said)
    assert said is None or said in page


def test_one_that_closed_while_it_lay_in_the_basket_says_so(cast, na):
    add(cast.visitor, na, "1")
    harvests.change(SYSTEM, na, {"active": False})
    db.session.commit()
    assert "Vụ này không nhận đặt trước nữa" in cast.visitor.get("/gio-hang").text
    assert review(cast.visitor).status_code == 422


def test_window_deposit_rest_and_rights_are_shown_before_it_is_ordered(cast, na):
    add(cast.visitor, na, "2")
    page = flat(review(cast.visitor).text)
    said = ("Đặt trước vụ na dai tháng 8", days(na)[1:], "Đặt cọc ngay", "42.000 ₫", "98.000 ₫")
    said += ("Trả khi hàng về, trước khi giao", "Điều 328 Bộ luật Dân sự 2015")
    said += ("nhận lại đủ số đã trả", "Trả ngay bây giờ: 42.000 ₫", "Phí giao hàng", "7 ngày")
    assert [words for words in said if words not in page] == []
    assert "Giao trong 3 ngày" not in page, "that is said of what is there"
    assert orders() == []


def test_the_copy_tells_what_becomes_of_the_deposit(cast, na):
    add(cast.visitor, na, "2")
    confirm(cast.visitor, hidden(review(cast.visitor).text))
    [order] = orders()
    said = copies.text(order, "")
    assert "đặt cọc ngay 42.000 ₫, còn 98.000 ₫ trả khi hàng về" in said.replace("\xa0", " ")
    assert f"Đặt trước: {preorders.rights(42_000, 140_000)}" in said
    assert "Điều 328 Bộ luật Dân sự 2015" in said
    page = flat(cast.visitor.get(f"/don/{order.token}").text)
    assert page.count("Điều 328 Bộ luật Dân sự 2015") == 1


def test_ready_goods_and_each_harvest_become_orders_of_their_own(cast, na):
    make_harvests.harvest(na.variant, note="na muộn", deposit_percent=0)
    late = harvests.offer(
        SYSTEM,
        na.variant,
        {
            "from_day": na.from_day,
            "until_day": na.until_day,
            "order_until": na.order_until,
            "quantity": Decimal(3),
            "deposit_percent": 0,
            "note": "na bở",
        },
    )
    db.session.commit()
    add_ready(cast.visitor, na, "1")
    add(cast.visitor, na, "2")
    add(cast.visitor, late, "3")
    answer = confirm(cast.visitor, hidden(review(cast.visitor).text))
    ready, first, second = orders()
    assert answer.location.startswith("/mua/")
    assert [o.harvest_id for o in (ready, first, second)] == [None, na.id, late.id]
    assert [o.total_vnd for o in (ready, first, second)] == [80_000, 140_000, 200_000]
    assert [o.deposit_vnd for o in (ready, first, second)] == [0, 42_000, 0]
    assert stock.saleable([na.variant_id]) == {na.variant_id: Decimal(4)}
    assert (harvests.left(na), harvests.left(late)) == (98, 0)
    asked = db.session.scalars(select(PaymentRequest).order_by(PaymentRequest.order_id))
    assert [request.amount_vnd for request in asked] == [80_000, 42_000, 200_000]
    page = flat(cast.visitor.get(answer.location).text)
    assert "Đặt cọc ngay" in page
    assert days(na) in page


def test_the_same_form_twice_orders_once(cast, na):
    add(cast.visitor, na, "2")
    sent = hidden(review(cast.visitor).text)
    basket = cast.visitor.get_cookie("gio").value
    first = confirm(cast.visitor, sent)
    cast.visitor.set_cookie("gio", basket)
    assert confirm(cast.visitor, sent).location == first.location
    assert len(orders()) == 1
    assert harvests.left(na) == 98


@pytest.mark.parametrize("change", ["deposit_percent", "until_day"])
def test_another_deposit_or_other_days_meanwhile_are_shown_again(cast, na, change):
    add(cast.visitor, na, "2")
    sent = hidden(review(cast.visitor).text)
    new = 50 if change == "deposit_percent" else na.until_day.replace(year=na.until_day.year + 1)
    harvests.change(SYSTEM, na, {change: new})
    db.session.commit()
    answer = confirm(cast.visitor, sent)
    assert "vừa thay đổi" in answer.text
    assert orders() == []
    confirm(cast.visitor, hidden(answer.text))
    assert [o.deposit_vnd for o in orders()] == [70_000 if new == 50 else 42_000]


def test_cash_on_delivery_is_not_offered_for_it(cast, na):
    add(cast.visitor, na, "2")
    assert "Trả tiền mặt" not in cast.visitor.get("/dat-hang").text
    assert review(cast.visitor, **{f"pay-{na.ref}": "cod"}).status_code == 422


def test_a_reference_of_no_harvest_is_no_line(cast, na):
    cast.visitor.set_cookie("gio", "vAAAAAAAAA-2")
    assert "Giỏ hàng đang trống" in cast.visitor.get("/gio-hang").text


def test_many_packs_are_looked_up_in_as_many_queries_as_one(cast, na, query_count):
    for number in range(4):
        make_harvests.harvest(make.variant(na.variant.product, pack=f"túi {number}"))
    packs = [pack for pack in na.variant.product.variants if checkout.for_sale(pack)]
    with query_count() as queries:
        assert len(ahead.of(packs)) == 5
    assert len(queries) == 2
