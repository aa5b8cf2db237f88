"""The buyer's page, opened without sign-in."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.livestream import broadcasts, claims, jobs
from shop.livestream.models import Broadcast, Buyer
from shop.orders import delivery, receipts, states, vouchers
from shop.orders.models import DeliveryFee, Order, State, Voucher
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


def page(cast: Any, buyer: Buyer) -> str:
    return " ".join(cast.visitor.get(f"/chot/{buyer.token}").text.split())


def alone(cast: Any, **more: Any) -> Buyer:
    """Lan with 2 hộp of a session of one seller, that delivers to Thái Nguyên."""
    session = make_livestream.broadcast(cast.ours.seller)
    for name, value in more.items():
        setattr(session, name, value)
    delivers(cast.ours.seller, cod=True, picks_up=True)
    make_livestream.pin(session, "A1", make.variant(make.product(cast.ours.seller)))
    make_livestream.hear(session, make_livestream.said("A1 x2"))
    db.session.commit()
    make.bank_account(cast.ours.seller)
    db.session.commit()
    return make_livestream.buyer(session)


THERE = LAN | {"address": "Xóm 3, xã Tân Cương, Thái Nguyên"}


def test_one_order_leads_straight_to_the_code_to_pay_with(cast: Any) -> None:
    answer = order(cast, alone(cast), THERE)
    made = db.session.scalars(select(Order)).one()
    assert (answer.status_code, answer.location) == (303, f"/don/{made.token}")
    assert (made.total_vnd, made.pay_by) == (390_000, "cashless")


def test_the_page_says_how_long_it_is_held_and_the_price_of_the_session(cast: Any) -> None:
    buyer = alone(cast)
    claims.live(buyer)[0].price_vnd = 150_000
    db.session.commit()
    said = page(cast, buyer)
    assert "Giữ thêm khoảng 15 phút" in said
    assert "giá phiên, thường 185.000" in said
    assert "300.000" in said
    order(cast, buyer, THERE)
    assert db.session.scalars(select(Order.goods_vnd)).one() == 300_000


def test_who_waits_reads_their_place_and_may_give_it_up(cast: Any) -> None:
    buyer = alone(cast)
    session = buyer.broadcast
    for at, author in enumerate(["an", "binh", "chi"], start=1):
        make_livestream.hear(session, make_livestream.said("A1 x9", at=at, author=author))
    db.session.commit()
    chi = make_livestream.buyer(session, "chi")
    assert "Bạn đứng thứ 3" in page(cast, chi)
    (waits,) = claims.live(make_livestream.buyer(session, "an"))
    path = f"/chot/{make_livestream.buyer(session, 'an').token}/sua"
    assert post(cast, path, {"claim": waits.ref, "quantity": "0"}).status_code == 303
    assert "Bạn đứng thứ 2" in page(cast, chi)


def test_what_lapsed_is_held_again_at_the_buyers_word(cast: Any) -> None:
    buyer = alone(cast)
    (lapsed,) = claims.live(buyer)
    with clock.at(clock.now() + timedelta(minutes=16)):
        jobs.lapse_claims()
    assert "Đã hết giờ giữ. Còn hàng thì bấm để giữ lại." in page(cast, buyer)
    answer = post(cast, f"/chot/{buyer.token}", {})
    token = answer.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = cast.visitor.post(
        f"/chot/{buyer.token}/giu-lai", data={"csrf_token": token, "claim": lapsed.ref}
    )
    assert answer.status_code == 303
    assert [(c.state, c.quantity) for c in claims.live(buyer)] == [("held", 2)]


def test_of_another_buyer_nothing_is_held_again_nor_after_the_close(cast: Any) -> None:
    buyer = alone(cast)
    (lapsed,) = claims.live(buyer)
    with clock.at(clock.now() + timedelta(minutes=16)):
        jobs.lapse_claims()
    make_livestream.hear(buyer.broadcast, make_livestream.said("A1 x1", at=1, author="an"))
    db.session.commit()
    other = make_livestream.buyer(buyer.broadcast, "an")
    path = f"/chot/{other.token}"
    token = cast.visitor.get(path).text.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "claim": lapsed.ref}
    assert cast.visitor.post(f"{path}/giu-lai", data=fields).status_code == 404
    broadcasts.close(SYSTEM, buyer.broadcast)
    db.session.commit()
    cast.visitor.post(f"/chot/{buyer.token}/giu-lai", data=fields)
    assert "Phiên này đã đóng." in page(cast, buyer)
    assert claims.live(buyer) == []


def test_a_session_that_is_over_says_so_politely_and_shows_the_way_to_the_stall(
    cast: Any,
) -> None:
    buyer = alone(cast)
    broadcasts.close(SYSTEM, buyer.broadcast)
    db.session.commit()
    assert "Phiên đã kết thúc. Cảm ơn bạn đã xem! Món đang giữ dưới đây vẫn đặt được." in page(
        cast, buyer
    )
    claims.cancel(buyer, None)
    db.session.commit()
    said = page(cast, buyer)
    assert "Phiên đã kết thúc. Cảm ơn bạn đã xem!" in said
    assert f"/gian-hang/{cast.ours.seller.ref}" in said


def test_cash_on_delivery_is_chosen_where_the_sessions_rule_knows_it(cast: Any) -> None:
    buyer = alone(cast, unpaid="cod")
    assert "Tiền mặt khi nhận hàng" in page(cast, buyer)
    answer = order(cast, buyer, THERE | {"pay_by": "cod"})
    assert answer.location == f"/chot/{buyer.token}"
    made = db.session.execute(select(Order.pay_by, Order.state, Order.fee_vnd)).one()
    assert made == ("cod", "awaiting_payment", 20_000)
    assert "Chờ người bán gọi xác nhận" in page(cast, buyer)


def test_cash_on_delivery_is_not_taken_where_the_rule_does_not_know_it(cast: Any) -> None:
    buyer = alone(cast)
    assert "Tiền mặt khi nhận hàng" not in page(cast, buyer)
    order(cast, buyer, THERE | {"pay_by": "cod"})
    assert db.session.scalars(select(Order.pay_by)).one() == "cashless"


def test_the_goods_may_be_fetched_though_they_could_be_sent(cast: Any) -> None:
    buyer = alone(cast)
    order(cast, buyer, THERE | {"handing": "pickup"})
    assert db.session.execute(select(Order.handing, Order.fee_vnd)).one() == ("pickup", 0)


def voucher(cast: Any, **more: Any) -> None:
    now = clock.now()
    values = {"code": "TOI7", "percent": None, "amount_vnd": 30_000, "cap_vnd": None}
    values |= {"minimum_vnd": 0, "starts_at": now, "ends_at": now + timedelta(days=1)}
    values |= {"total_limit": 1, "per_buyer_limit": None, "active": True}
    vouchers.make(SYSTEM, cast.ours.seller, values | more)
    db.session.commit()


def test_the_voucher_of_the_session_comes_off_the_order(cast: Any) -> None:
    voucher(cast)
    buyer = alone(cast, voucher_code="TOI7")
    assert "Giảm giá, mã TOI7" in post(cast, f"/chot/{buyer.token}", THERE).text
    order(cast, buyer, THERE)
    made = db.session.scalars(select(Order)).one()
    assert (made.voucher_code, made.discount_vnd, made.total_vnd) == ("TOI7", 30_000, 360_000)


def test_where_the_voucher_cannot_be_used_the_page_says_why_and_the_order_goes_without(
    cast: Any,
) -> None:
    voucher(cast, minimum_vnd=1_000_000)
    buyer = alone(cast, voucher_code="TOI7")
    said = post(cast, f"/chot/{buyer.token}", THERE).text
    assert "Mã TOI7 dùng cho đơn từ 1.000.000" in said
    assert "Đơn này tính giá không giảm." in said
    order(cast, buyer, THERE)
    made = db.session.scalars(select(Order)).one()
    assert (made.voucher_code, made.discount_vnd, made.total_vnd) == (None, 0, 390_000)


def test_a_voucher_used_up_meanwhile_orders_nothing_at_another_price(cast: Any) -> None:
    voucher(cast)
    buyer = alone(cast, voucher_code="TOI7")
    fields = hidden(post(cast, f"/chot/{buyer.token}", THERE).text)
    db.session.scalars(select(Voucher)).one().total_limit = 0
    db.session.commit()
    answer = cast.visitor.post(f"/chot/{buyer.token}", data=fields)
    assert "Giá, phí hoặc hàng vừa thay đổi" in answer.text
    assert db.session.scalars(select(Order.id)).all() == []


def test_a_second_order_in_one_parcel_pays_only_what_the_fee_rises_by(cast: Any) -> None:
    buyer = alone(cast)
    order(cast, buyer, THERE)
    (first,) = claims.ordered(buyer)
    make_livestream.hear(buyer.broadcast, make_livestream.said("A1 x1", at=9))
    db.session.commit()
    shown = post(cast, f"/chot/{buyer.token}", THERE).text
    assert f"Gửi chung kiện với đơn {first.ref}: chỉ tính phần phí giao tăng thêm." in shown
    order(cast, buyer, THERE)
    second = claims.ordered(buyer)[-1]
    assert (second.fee_vnd, second.total_vnd) == (0, 185_000)
    assert second.note == f"Gửi chung kiện với đơn {first.ref}."


def test_an_order_that_fell_through_or_goes_elsewhere_shares_no_parcel(cast: Any) -> None:
    buyer = alone(cast)
    order(cast, buyer, THERE)
    (first,) = claims.ordered(buyer)
    make_livestream.hear(buyer.broadcast, make_livestream.said("A1 x1", at=9))
    first.commune_code = "00001"
    db.session.commit()
    assert "chung kiện" not in post(cast, f"/chot/{buyer.token}", THERE).text
    states.move(first, State.CANCELLED, who="thử")
    db.session.commit()
    assert "chung kiện" not in post(cast, f"/chot/{buyer.token}", THERE).text


def test_who_paid_for_goods_that_were_gone_reads_so_and_what_they_may_do(cast: Any) -> None:
    buyer = alone(cast)
    order(cast, buyer, THERE)
    (made,) = claims.ordered(buyer)
    with clock.at(clock.now() + timedelta(hours=25)):
        make_livestream.hear(buyer.broadcast, make_livestream.said("A1 x9", at=9, author="an"))
        receipts.pay(made, made.total_vnd, who="thử", why="FT1")
    db.session.commit()
    assert made.short
    assert "Đã trả tiền, hết hàng" in page(cast, buyer)
    said = cast.visitor.get(f"/don/{made.token}").text
    assert "Đã trả tiền, hết hàng" in said
    assert "Hủy đơn và nhận lại tiền" in said
