"""The buyer's page, opened without sign-in."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from shop.database import db
from shop.livestream import claims
from shop.livestream.models import Broadcast, Buyer
from shop.orders.models import Order
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
    answer = post(cast, f"/chot/{buyer.token}", LAN)
    assert (answer.status_code, answer.location) == (303, f"/chot/{buyer.token}")
    orders = db.session.scalars(select(Order).order_by(Order.id)).all()
    assert [(o.buyer_name, o.buyer_phone, o.total_vnd) for o in orders] == [
        ("Nguyễn Thị Lan", "+84912345678", 370_000),
        ("Nguyễn Thị Lan", "+84912345678", 135_000),
    ]
    page = cast.visitor.get(f"/chot/{buyer.token}").text
    assert [f"/don/{o.token}" in page for o in orders] == [True, True]


def test_a_double_submit_makes_no_second_order(cast: Any, buyer: Buyer) -> None:
    page = cast.visitor.get(f"/chot/{buyer.token}").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "seen": claims.digest(claims.live(buyer)), **LAN}
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
