"""The buyer's page, opened without sign-in."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.livestream import claims
from shop.livestream.models import Broadcast, Buyer
from shop.orders import delivery
from shop.orders.models import DeliveryFee, Order
from tests import make, make_livestream

LAN = {"name": "Nguyễn Thị Lan", "phone": "0912 345 678", "address": "Xóm 3, xã Tân Cương"}


@pytest.fixture
def buyer(cast: Any) -> Buyer:
    """Lan, with 2 hộp of ours and 1.5 kg of theirs on hold."""
    session: Broadcast = make_livestream.broadcast(cast.ours.seller)
    for seller in (cast.ours.seller, cast.theirs.seller):
        make.bank_account(seller)
    make_livestream.pin(session, "A1", make.variant(make.product(cast.ours.seller)))
    goods = make.product(cast.theirs.seller, name="Miến dong")
    weighed = make.variant(goods, unit="kg", pack="1 kg", price_vnd=90_000)
    make_livestream.pin(session, "03", weighed, unit="kg", aliases=["miến"])
    words = [make_livestream.said("A1 x2"), make_livestream.said("1.5kg miến", at=1)]
    make_livestream.hear(session, *words)
    db.session.commit()
    return make_livestream.buyer(session)


def post(cast: Any, path: str, fields: dict[str, str]) -> Any:
    # A visitor's token comes with the very page they fill in.
    page = cast.visitor.get(path.removesuffix("/sua")).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    return cast.visitor.post(path, data={"csrf_token": token} | fields)


def order(cast: Any, buyer: Buyer, fields: dict[str, str]) -> Any:
    """Fill in the form, then agree to all that the page shows."""
    path = f"/chot/{buyer.token}"
    return cast.visitor.post(path, data=hidden(post(cast, path, fields).text))


def hidden(page: str) -> dict[str, str]:
    form = page[page.index("Xem lại và đặt hàng") :].partition("</form>")[0]
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))


def delivers(seller: Any, **more: Any) -> None:
    values = {"delivers": True, "picks_up": False, "cod": False, "free_from_vnd": None}
    values |= {"pickup_note": "", "note": "Giao trong 3 ngày", "returns": "Đổi trả 5 ngày."}
    fees = [DeliveryFee(province_code="19", fee_vnd=20_000)]
    delivery.settle(SYSTEM, seller, values | more, fees)
    db.session.commit()


def test_the_page_reads_back_what_is_held_of_whom_and_what_it_costs(
    cast: Any, buyer: Buyer
) -> None:
    page = cast.visitor.get(f"/chot/{buyer.token}").text
    assert "Người bán: HTX Chè Hảo Đạt" in page
    assert "Người bán: HTX Miến Việt Cường" in page
    assert re.findall(r'class="amount">(.*?)<', page) == [
        f"{amount}\u00a0₫" for amount in ("370.000", "370.000", "135.000", "135.000", "505.000")
    ]


def test_confirming_makes_an_order_for_each_seller_and_leads_to_paying(
    cast: Any, buyer: Buyer
) -> None:
    answer = order(cast, buyer, LAN)
    assert (answer.status_code, answer.location) == (303, f"/chot/{buyer.token}")
    orders = db.session.scalars(select(Order).order_by(Order.id)).all()
    assert [(o.buyer_name, o.buyer_phone, o.total_vnd) for o in orders] == [
        ("Nguyễn Thị Lan", "+84912345678", 370_000),
        ("Nguyễn Thị Lan", "+84912345678", 135_000),
    ]
    page = cast.visitor.get(f"/chot/{buyer.token}").text
    assert [f"/don/{o.token}" in page for o in orders] == [True, True]


def test_fee_terms_and_total_are_shown_before_anything_is_ordered(cast: Any, buyer: Buyer) -> None:
    delivers(cast.ours.seller)
    delivers(cast.theirs.seller, delivers=False, picks_up=True, pickup_note="Xưởng miến, 7–17 giờ")
    there = LAN | {"address": "Xóm 3, xã Tân Cương, Thái Nguyên", "email": "lan@example.vn"}
    page = post(cast, f"/chot/{buyer.token}", there).text
    said = ("Phí giao hàng", "20.000", "390.000", "Giao trong 3 ngày", "Đổi trả 5 ngày.")
    said += ("Tự đến lấy", "Xưởng miến, 7–17 giờ", "135.000", "525.000", "Sửa lại")
    assert [each for each in said if each not in page] == []
    assert db.session.scalars(select(Order.id)).all() == []
    cast.visitor.post(f"/chot/{buyer.token}", data=hidden(page))
    ours, theirs = db.session.scalars(select(Order).order_by(Order.id))
    assert (ours.fee_vnd, ours.total_vnd, ours.handing) == (20_000, 390_000, "delivery")
    assert (theirs.fee_vnd, theirs.total_vnd, theirs.handing) == (0, 135_000, "pickup")
    assert (ours.returns_note, ours.delivery_note) == ("Đổi trả 5 ngày.", "Giao trong 3 ngày")
    assert ours.commune_code is not None
    copies = make.mails()
    assert [
        (to, ref in said)
        for (to, _s, said, _h), ref in zip(copies, [ours.ref, theirs.ref], strict=True)
    ] == [("lan@example.vn", True)] * 2


def test_of_a_seller_who_has_said_no_fee_the_goods_are_fetched(cast: Any, buyer: Buyer) -> None:
    page = post(cast, f"/chot/{buyer.token}", LAN).text
    assert ("Tự đến lấy" in page, "Phí giao hàng" in page) == (True, False)
    cast.visitor.post(f"/chot/{buyer.token}", data=hidden(page))
    placed = db.session.execute(select(Order.handing, Order.fee_vnd)).all()
    assert placed == [("pickup", 0), ("pickup", 0)]


def test_a_fee_that_changed_meanwhile_is_shown_again_and_an_unreadable_place_asked_for(
    cast: Any, buyer: Buyer
) -> None:
    there = LAN | {"address": "Xóm 3, xã Tân Cương, Thái Nguyên"}
    page = post(cast, f"/chot/{buyer.token}", there).text
    delivers(cast.ours.seller)
    again = cast.visitor.post(f"/chot/{buyer.token}", data=hidden(page))
    assert "Giá, phí hoặc hàng vừa thay đổi" in again.text
    assert "20.000" in again.text
    refused = post(cast, f"/chot/{buyer.token}", LAN | {"address": "nhà bà Tám"})
    assert "Ghi số nhà hoặc xóm" in refused.text
    there = LAN | {"address": "12 Lê Lợi, Huế"}
    asked = post(cast, f"/chot/{buyer.token}", there)
    code = re.findall(r'<option value="(\d+)"', asked.text)[0]
    far = post(cast, f"/chot/{buyer.token}", there | {"commune_code": code})
    assert "không giao được đến địa chỉ này" in far.text
    assert db.session.scalars(select(Order.id)).all() == []


def test_what_was_typed_is_still_there_to_correct(cast: Any, buyer: Buyer) -> None:
    there = LAN | {"address": "Xóm 3, xã Tân Cương, Thái Nguyên", "email": "lan@example.vn"}
    shown = hidden(post(cast, f"/chot/{buyer.token}", there).text)
    page = cast.visitor.post(f"/chot/{buyer.token}", data=shown | {"edit": "1"}).text
    assert [each for each in there.values() if f'value="{each}"' not in page] == []
    assert "Gửi hàng về đâu?" in page
    assert db.session.scalars(select(Order.id)).all() == []


def test_a_double_submit_makes_no_second_order(cast: Any, buyer: Buyer) -> None:
    fields = hidden(post(cast, f"/chot/{buyer.token}", LAN).text)
    assert fields["seen"] == claims.digest(claims.live(buyer))
    sent = [cast.visitor.post(f"/chot/{buyer.token}", data=fields) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303]
    assert len(db.session.scalars(select(Order.id)).all()) == 2


def test_a_form_with_mistakes_makes_no_order(cast: Any, buyer: Buyer) -> None:
    answer = post(cast, f"/chot/{buyer.token}", LAN | {"phone": "12"})
    assert answer.status_code == 422
    assert "Số điện thoại chưa đúng" in answer.text
    assert db.session.scalars(select(Order.id)).all() == []


def test_a_quantity_is_corrected_on_the_page(cast: Any, buyer: Buyer) -> None:
    found = claims.live(buyer)[0]
    answer = post(cast, f"/chot/{buyer.token}/sua", {"claim": found.ref, "quantity": "3"})
    assert answer.status_code == 303
    db.session.expire_all()
    assert found.quantity == 3


def test_an_unknown_link_is_not_found(cast: Any, buyer: Buyer) -> None:
    assert cast.visitor.get("/chot/khong-co").status_code == 404
    assert cast.administrator.post("/chot/khong-co/sua").status_code == 404


def test_a_link_tried_without_end_is_stopped(cast: Any, buyer: Buyer) -> None:
    answers = [cast.visitor.get(f"/chot/{buyer.token}").status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]
