"""Buying through the API without an account: quoted, agreed to, placed once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import stock
from shop.orders import delivery, vouchers
from shop.orders.models import DeliveryFee, Order
from shop.payments.models import PaymentRequest
from shop.storefront import placing
from tests import make, make_harvests

QUOTE, CHECKOUTS = "/api/v1/checkouts/quote", "/api/v1/checkouts"
KEY = "k-0123456789abcdef"
HOME = {"address": "xóm 5, xã Tân Cương, Thái Nguyên"}
BUYER = {"name": "Nguyễn Thị Hoa", "phone": "0912 345 678"} | HOME


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


def of(*wanted, **parts):
    """A basket of packs and quantities."""
    lines = [{"pack": pack.ref, "quantity": quantity} for pack, quantity in wanted]
    return {"lines": lines, "parts": parts}


def quoted(visitor, body):
    return visitor.post(QUOTE, json=body)


def place(visitor, basket, *, key=KEY, **more):
    seen = quoted(visitor, basket | HOME).json["seen"]
    body = basket | BUYER | {"seen": seen} | more
    return visitor.post(CHECKOUTS, json=body, headers={"Idempotency-Key": key})


def orders():
    db.session.expire_all()
    return list(db.session.scalars(select(Order).order_by(Order.id)))


def test_a_basket_is_quoted_with_each_sellers_fee_and_terms(cast, goods):
    tea, noodles = goods
    body = quoted(cast.visitor, of((tea, "2"), (noodles, "1")) | HOME).json
    ours, theirs = body["parts"]
    assert (ours["goods_vnd"], ours["fee_vnd"], ours["total_vnd"]) == (370_000, 20_000, 390_000)
    assert (ours["handing"], ours["pay_by"], ours["cod"]) == ("delivery", "cashless", True)
    assert ours["handed_over"] == "Giao trong 3 ngày"
    assert "7 ngày" in ours["returns"]
    assert ours["seller_facts"][0] == {"name": "Người bán", "said": cast.ours.seller.name}
    assert (theirs["handing"], theirs["delivers"], theirs["total_vnd"]) == ("pickup", False, 60_000)
    assert (body["total_vnd"], body["first_vnd"], body["problems"]) == (450_000, 450_000, {})
    assert "hủy đơn bất cứ lúc nào" in body["cancelling"]
    assert orders() == []


def test_without_an_address_the_fee_is_not_known_and_nothing_can_be_agreed_to(cast, goods):
    tea, _noodles = goods
    body = quoted(cast.visitor, of((tea, "1"))).json
    assert (body["parts"][0]["fee_vnd"], body["seen"]) == (None, None)
    assert list(body["problems"]) == ["address"]
    which = quoted(
        cast.visitor, of((tea, "1")) | {"address": "tổ 3, phường Gia Sàng, TP Thái Nguyên"}
    ).json
    assert list(which["problems"]) == ["commune_code"]
    chosen = {"address": which["address"], "commune_code": which["communes"][0]["code"]}
    assert quoted(cast.visitor, of((tea, "1")) | chosen).json["seen"]


def test_what_was_quoted_is_placed_with_each_seller_and_asks_for_its_own_money(cast, goods):
    tea, noodles = goods
    answer = place(cast.visitor, of((tea, "2"), (noodles, "1")), email="hoa@example.vn")
    assert answer.status_code == 201
    ours, theirs = orders()
    assert [row["ref"] for row in answer.json["orders"]] == [ours.ref, theirs.ref]
    assert [row["due_vnd"] for row in answer.json["orders"]] == [390_000, 60_000]
    assert (ours.source, ours.buyer_phone, ours.province_code) == (
        "storefront",
        "+84912345678",
        "19",
    )
    assert db.session.scalar(select(func.count()).select_from(PaymentRequest)) == 2
    assert stock.saleable([tea.id, noodles.id]) == {tea.id: Decimal(8), noodles.id: Decimal(4)}
    assert cast.visitor.get(answer.location).json == answer.json
    token = answer.json["orders"][0]["token"]
    assert cast.visitor.get(f"/api/v1/tracking/{token}").json["total_vnd"] == 390_000
    assert cast.visitor.get("/api/v1/checkouts/x").status_code == 404


def test_the_same_key_orders_once_even_when_the_goods_are_gone(cast, goods):
    tea, _noodles = goods
    basket = of((tea, "10"))
    seen = quoted(cast.visitor, basket | HOME).json["seen"]
    body = basket | BUYER | {"seen": seen}
    sent = [
        cast.visitor.post(CHECKOUTS, json=body, headers={"Idempotency-Key": KEY})
        for _time in range(2)
    ]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json == sent[1].json
    other = body | {"name": "Người khác"}
    refused = cast.visitor.post(CHECKOUTS, json=other, headers={"Idempotency-Key": KEY})
    assert (refused.status_code, refused.json["type"]) == (422, "urn:ocop:problem:same-key")
    assert len(orders()) == 1


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "1"}])
def test_a_key_that_others_may_have_too_is_refused(cast, goods, headers):
    tea, _noodles = goods
    body = of((tea, "1")) | BUYER | {"seen": "x"}
    answer = cast.visitor.post(CHECKOUTS, json=body, headers=headers)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["Idempotency-Key"]


def test_a_price_that_changed_meanwhile_is_not_ordered(cast, goods):
    tea, _noodles = goods
    seen = quoted(cast.visitor, of((tea, "1")) | HOME).json["seen"]
    tea.price_vnd = 190_000
    db.session.commit()
    body = of((tea, "1")) | BUYER | {"seen": seen}
    answer = cast.visitor.post(CHECKOUTS, json=body, headers={"Idempotency-Key": KEY})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:ocop:problem:changed")
    assert orders() == []


def test_problems_are_named_by_their_fields_and_nothing_is_placed(cast, goods):
    tea, noodles = goods
    ours, theirs = cast.ours.seller.ref, cast.theirs.seller.ref
    basket = of((tea, "11"), **{ours: {"voucher": "KHONGCO"}, theirs: {"pay_by": "cod"}})
    basket["lines"].append({"pack": noodles.ref, "quantity": "1"})
    problems = quoted(cast.visitor, basket | HOME).json["problems"]
    assert problems["lines"] == ["Chè tôm nõn: Chỉ còn 10 hộp."]
    assert problems["parts"].keys() == {ours, theirs}
    assert list(problems["parts"][ours]) == ["voucher"]
    assert problems["parts"][theirs] == {"pay_by": ["Chọn cách trả tiền."]}
    answer = place(cast.visitor, basket, seen="x")
    assert (answer.status_code, answer.json["errors"]) == (422, problems)
    assert orders() == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"quantity": "1"}]}, "lines"),
        ({"phone": "123"}, "phone"),
        ({"price_vnd": 1}, "price_vnd"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(cast, goods, more, field):
    tea, _noodles = goods
    answer = quoted(cast.visitor, of((tea, "1")) | HOME | more)
    assert (answer.status_code, list(answer.json["errors"]["json"])) == (422, [field])


def test_what_is_nowhere_is_said_and_not_left_out(cast, goods):
    tea, _noodles = goods
    lines = [{"pack": tea.ref, "quantity": "1"}, {"harvest": "KHONGCO", "quantity": "1"}]
    gone = quoted(cast.visitor, HOME | {"lines": lines})
    assert (gone.status_code, gone.json["errors"]) == (422, {"lines": ["Không có hàng KHONGCO."]})
    strange = quoted(cast.visitor, of((tea, "1"), KHONGCO={}) | HOME)
    assert (strange.status_code, list(strange.json["errors"]["parts"])) == (422, ["KHONGCO"])


def test_a_voucher_lowers_what_is_quoted_and_what_is_owed(cast, goods):
    tea, _noodles = goods
    values = {"code": "TET", "amount_vnd": 30_000, "percent": None, "cap_vnd": None}
    values |= {"minimum_vnd": 300_000, "total_limit": 1, "per_buyer_limit": None}
    values |= {"starts_at": clock.now(), "ends_at": clock.now() + timedelta(days=1)}
    vouchers.make(SYSTEM, cast.ours.seller, values)
    db.session.commit()
    basket = of((tea, "2"), **{cast.ours.seller.ref: {"voucher": "tet", "note": "gọi trước"}})
    [part] = quoted(cast.visitor, basket | HOME).json["parts"]
    assert (part["discount_vnd"], part["total_vnd"]) == (30_000, 360_000)
    assert place(cast.visitor, basket).status_code == 201
    [order] = orders()
    assert (order.total_vnd, order.voucher_code, order.note) == (360_000, "TET", "gọi trước")
    late = place(cast.visitor, basket, key=KEY + "2", seen="x")
    assert list(late.json["errors"]["parts"][cast.ours.seller.ref]) == ["voucher"]
    assert len(orders()) == 1


def test_goods_to_come_are_an_order_of_their_own_with_a_deposit(cast, goods):
    tea, _noodles = goods
    harvest = make_harvests.harvest(tea, deposit_percent=30)
    db.session.commit()
    basket = {"lines": [{"harvest": harvest.ref, "quantity": "2"}]}
    basket["parts"] = {harvest.ref: {"handing": "pickup"}}
    [part] = quoted(cast.visitor, basket).json["parts"]
    assert (part["part"], part["first_vnd"], part["total_vnd"]) == (harvest.ref, 111_000, 370_000)
    assert (part["deliver_from"], part["cod"]) == (harvest.from_day.isoformat(), False)
    assert "328" in part["rights"]
    seen = quoted(cast.visitor, basket).json["seen"]
    assert place(cast.visitor, basket, seen=seen).json["orders"][0]["due_vnd"] == 111_000
    [order] = orders()
    assert (order.harvest_id, order.deposit_vnd) == (harvest.id, 111_000)


def test_orders_from_one_phone_are_counted_as_on_the_page(cast, goods, monkeypatch):
    monkeypatch.setattr(placing, "PER_PHONE", "1/day")
    tea, _noodles = goods
    assert place(cast.visitor, of((tea, "1"))).status_code == 201
    refused = place(cast.visitor, of((tea, "1")), key=KEY + "2")
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    assert len(orders()) == 1
