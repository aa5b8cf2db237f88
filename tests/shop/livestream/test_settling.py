"""At the close, what is held is let go and what is ordered unpaid goes by the session's rule."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import stock
from shop.livestream import broadcasts, claims, jobs, waiting
from shop.livestream.models import Broadcast, Claim
from shop.livestream.settling import Settled
from shop.orders import checkout, delivery, receipts
from shop.orders.checkout import Terms
from shop.orders.models import DeliveryFee, Order
from tests import make, make_livestream

LAN = checkout.Buyer("Nguyễn Thị Lan", "+84912345678", "Xóm 3, xã Tân Cương, Thái Nguyên")
LONG_AFTER = timedelta(minutes=20)


@pytest.fixture
def session(database: Any) -> Any:
    """A session with A1 (10 hộp on hand) whose seller delivers and takes cash."""
    ours = make.seller()
    make.bank_account(ours)
    with database.test_request_context():
        delivers(ours, cod=True)
        row = make_livestream.broadcast(ours)
        make_livestream.pin(row, "A1", make.variant(make.product(ours), on_hand=10))
        make_livestream.live(row)
        yield row


def delivers(seller: Any, **more: Any) -> None:
    values = {"delivers": True, "picks_up": True, "cod": False, "free_from_vnd": None}
    values |= {"pickup_note": "", "note": "", "returns": ""}
    delivery.settle(SYSTEM, seller, values | more, [DeliveryFee(province_code="19", fee_vnd=1)])


def said(on: Broadcast, text: str, author: str, at: int = 0) -> None:
    make_livestream.hear(on, make_livestream.said(text, at=at, author=author))


def order(on: Broadcast, author: str, **terms: Any) -> Order:
    buyer = make_livestream.buyer(on, author)
    (made,) = claims.confirm(buyer, LAN, terms={on.seller_id: Terms(**terms)})
    return made


def close(on: Broadcast, *, after: timedelta = LONG_AFTER) -> Settled:
    with clock.at(clock.now() + after):
        broadcasts.close(SYSTEM, on)
        settled = claims.settle_unpaid(on)
        assert claims.settle_unpaid(on) == Settled(0, 0, 0)
        return settled


def standing(on: Broadcast) -> dict[str, str]:
    query = select(Claim).where(Claim.broadcast_id == on.id)
    return {c.buyer.author_id: c.state for c in db.session.scalars(query)}


def test_what_is_held_and_not_confirmed_is_let_go_whatever_the_rule(session: Broadcast) -> None:
    for rule in ("release", "cod"):
        session.unpaid = rule
        said(session, "A1 x4", rule)
    assert close(session) == Settled(claims=2, orders=0, on_delivery=0)
    assert standing(session) == {"release": "lapsed", "cod": "lapsed"}
    variant_id = session.pins[0].variant_id
    assert variant_id is not None
    assert stock.saleable([variant_id]) == {variant_id: 10}


def test_an_order_nobody_paid_expires_and_goes_to_the_line(session: Broadcast) -> None:
    said(session, "A1 x10", "an")
    made = order(session, "an")
    said(session, "A1 x4", "binh", 1)
    assert close(session) == Settled(claims=0, orders=1, on_delivery=0)
    assert (made.state, made.events[-1].why) == ("expired", "phiên đã đóng, chưa có tiền")
    variant_id = session.pins[0].variant_id
    assert variant_id is not None
    with clock.at(clock.now() + LONG_AFTER + timedelta(minutes=1)):
        assert waiting.offer([variant_id]) == 1
        assert claims.settle_unpaid(session) == Settled(0, 0, 0)
    assert standing(session) == {"an": "ordered", "binh": "held"}


def test_an_order_placed_just_now_has_the_minutes_of_a_hold(session: Broadcast) -> None:
    said(session, "A1 x4", "an")
    made = order(session, "an")
    assert close(session, after=timedelta(minutes=5)) == Settled(0, 0, 0)
    assert made.state == "awaiting_payment"
    until = made.placed_at + timedelta(minutes=15)
    assert made.expires_at == until
    variant_id = made.lines[0].variant_id
    with clock.at(until - timedelta(seconds=1)):
        assert stock.saleable([variant_id]) == {variant_id: 6}
    with clock.at(until):
        assert stock.saleable([variant_id]) == {variant_id: 10}


def test_by_the_rule_an_unpaid_order_is_paid_for_on_delivery(session: Broadcast) -> None:
    session.unpaid = "cod"
    said(session, "A1 x4", "an")
    made = order(session, "an")
    now = clock.now() + LONG_AFTER
    with clock.at(now):
        broadcasts.close(SYSTEM, session)
        assert claims.settle_unpaid(session) == Settled(claims=0, orders=0, on_delivery=1)
    assert (made.state, made.pay_by, made.short) == ("awaiting_payment", "cod", False)
    assert made.expires_at == now + timedelta(hours=72)
    assert made.events[-1].why == "phiên đã đóng: trả tiền khi nhận hàng"
    variant_id = made.lines[0].variant_id
    with clock.at(now + timedelta(hours=71)):
        assert stock.saleable([variant_id]) == {variant_id: 6}


@pytest.mark.parametrize("why_not", ["fetched", "no cash"])
def test_what_cannot_be_paid_for_on_delivery_expires(session: Broadcast, why_not: str) -> None:
    session.unpaid = "cod"
    said(session, "A1 x4", "an")
    made = order(session, "an", handing="pickup" if why_not == "fetched" else "delivery")
    if why_not == "no cash":
        delivery.terms_of([session.seller_id])[session.seller_id].cod = False
    assert close(session) == Settled(claims=0, orders=1, on_delivery=0)
    assert (made.state, made.pay_by) == ("expired", "cashless")


def test_an_order_that_is_paid_even_in_part_is_left_alone(session: Broadcast) -> None:
    said(session, "A1 x4", "an")
    said(session, "A1 x1", "binh", 1)
    paid, part = order(session, "an"), order(session, "binh")
    receipts.pay(paid, paid.total_vnd, who="thử", why="FT1")
    receipts.pay(part, 1000, who="thử", why="FT2")
    assert close(session) == Settled(0, 0, 0)
    assert (paid.state, part.state) == ("paid", "awaiting_payment")


def test_the_close_of_one_session_leaves_another_alone(session: Broadcast) -> None:
    other = make_livestream.broadcast(make.seller())
    make_livestream.pin(other, "A1", session.pins[0].variant)
    said(other, "A1 x4", "an")
    assert close(session) == Settled(0, 0, 0)
    assert standing(other) == {"an": "held"}


def test_the_job_after_the_close_offers_in_turn(session: Broadcast) -> None:
    said(session, "A1 x10", "an")
    said(session, "A1 x4", "binh", 1)
    assert close(session) == Settled(claims=1, orders=0, on_delivery=0)
    db.session.commit()
    with clock.at(clock.now() + LONG_AFTER):
        jobs.lapse_claims()
    assert standing(session) == {"an": "lapsed", "binh": "held"}
