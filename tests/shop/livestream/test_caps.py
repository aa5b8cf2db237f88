"""A session's cap and what one buyer may have are counted with orders and without those lost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import reservations, stock
from shop.livestream import claims, jobs, waiting
from shop.livestream.errors import NotEnough, OverLimit
from shop.livestream.models import Broadcast, Claim, Comment
from shop.orders import checkout, states
from shop.orders.models import State
from tests import make, make_livestream

LAN = checkout.Buyer("Nguyễn Thị Lan", "+84912345678", "Xóm 3, xã Tân Cương, Thái Nguyên")


@pytest.fixture
def session(database: Any) -> Any:
    """A session with A1: a hundred on hand, the session may sell five, one buyer have three."""
    ours = make.seller()
    make.bank_account(ours)
    with database.test_request_context():
        row = make_livestream.broadcast(ours)
        pinned = make_livestream.pin(row, "A1", make.variant(make.product(ours), on_hand=100))
        pinned.cap, pinned.per_buyer = Decimal(5), Decimal(3)
        yield row


def hear(on: Broadcast, text: str, author: str = "lan", at: int = 0) -> str | None:
    """What became of the comment beside being claimed."""
    said = make_livestream.said(text, at=at, author=author)
    make_livestream.hear(on, said)
    query = select(Comment).where(Comment.platform_id == said["id"])
    return db.session.scalars(query).one().reason


def live(on: Broadcast) -> dict[str, tuple[str, Decimal]]:
    query = select(Claim).where(Claim.broadcast_id == on.id, Claim.state.in_(claims.LIVE))
    return {c.buyer.author_id: (c.state, c.quantity) for c in db.session.scalars(query)}


def of(on: Broadcast, author: str = "lan") -> Claim:
    (found,) = claims.live(make_livestream.buyer(on, author))
    return found


def test_beyond_the_cap_buyers_wait_though_there_are_goods(session: Broadcast) -> None:
    assert hear(session, "A1 x3") is None
    assert hear(session, "A1 x2", "an", 1) is None
    assert hear(session, "A1 x1", "binh", 2) == "waiting"
    assert live(session) == {"lan": ("held", 3), "an": ("held", 2), "binh": ("waiting", 1)}
    variant_id = of(session).variant_id
    assert stock.saleable([variant_id]) == {variant_id: 95}


def test_what_was_ordered_counts_until_the_order_falls_through(session: Broadcast) -> None:
    hear(session, "A1 x3")
    (order,) = claims.confirm(make_livestream.buyer(session), LAN)
    assert hear(session, "A1 x3", "an", 1) == "waiting"
    variant_id = of(session, "an").variant_id
    states.move(order, State.EXPIRED, who="thử")
    assert waiting.offer([variant_id]) == 1
    assert live(session) == {"an": ("held", 3)}


def test_a_hold_whose_time_is_over_counts_no_more(session: Broadcast) -> None:
    hear(session, "A1 x3")
    hear(session, "A1 x3", "an", 1)
    db.session.commit()
    with clock.at(clock.now() + timedelta(minutes=16)):
        jobs.lapse_claims()
    assert live(session) == {"an": ("held", 3)}


def test_a_higher_cap_offers_the_difference(session: Broadcast) -> None:
    hear(session, "A1 x3")
    hear(session, "A1 x3", "an", 1)
    session.pins[0].cap = Decimal(6)
    assert waiting.offer_all() == 1
    assert live(session) == {"lan": ("held", 3), "an": ("held", 3)}


def test_one_buyer_gets_as_much_as_one_may_have(session: Broadcast) -> None:
    assert hear(session, "A1 x4") == "limited"
    assert live(session) == {"lan": ("held", 3)}
    assert reservations.live(claims.holder(of(session))) == {of(session).variant_id: Decimal(3)}
    assert hear(session, "thêm 1 hộp A1", at=1) == "limit_reached"
    assert live(session) == {"lan": ("held", 3)}


def test_what_a_buyer_has_ordered_counts_in_what_they_may_have(session: Broadcast) -> None:
    hear(session, "A1 x2")
    claims.confirm(make_livestream.buyer(session), LAN)
    assert hear(session, "A1 x3", at=1) == "limited"
    assert live(session) == {"lan": ("held", 1)}
    claims.confirm(make_livestream.buyer(session), LAN)
    assert hear(session, "A1 x1", at=2) == "limit_reached"
    assert live(session) == {}


def test_a_buyer_corrects_no_quantity_past_cap_or_limit(session: Broadcast) -> None:
    hear(session, "A1 x2")
    hear(session, "A1 x3", "an", 1)
    lan, an = make_livestream.buyer(session), make_livestream.buyer(session, "an")
    with pytest.raises(OverLimit, match="giới hạn mỗi người: bạn còn được 3 hộp"):
        claims.change(an, of(session, "an").ref, Decimal(4))
    with pytest.raises(NotEnough):
        claims.change(lan, of(session).ref, Decimal(3))
    assert live(session) == {"lan": ("held", 2), "an": ("held", 3)}


def test_a_hold_that_lapsed_is_not_ordered_past_the_cap(session: Broadcast) -> None:
    hear(session, "A1 x3")
    with clock.at(clock.now() + timedelta(minutes=16)):
        hear(session, "A1 x3", "an", 1)
        with pytest.raises(NotEnough):
            claims.confirm(make_livestream.buyer(session), LAN)
        assert live(session) == {"lan": ("held", 3), "an": ("held", 3)}


def test_a_hold_that_lapsed_with_nobody_waiting_is_still_ordered(session: Broadcast) -> None:
    hear(session, "A1 x3")
    with clock.at(clock.now() + timedelta(minutes=16)):
        (order,) = claims.confirm(make_livestream.buyer(session), LAN)
    assert states.goods(order) == {session.pins[0].variant_id: 3}


def test_the_same_goods_under_two_codes_have_each_their_cap(session: Broadcast) -> None:
    variant = db.session.get_one(Variant, session.pins[0].variant_id)
    make_livestream.pin(session, "A2", variant)
    hear(session, "A1 x3")
    assert hear(session, "A2 x50", "an", 1) is None
    assert live(session) == {"lan": ("held", 3), "an": ("held", 50)}


def test_the_cap_of_one_session_leaves_another_alone(session: Broadcast) -> None:
    variant = db.session.get_one(Variant, session.pins[0].variant_id)
    other = make_livestream.broadcast(make.seller())
    make_livestream.pin(other, "A1", variant)
    hear(session, "A1 x3")
    hear(session, "A1 x3", "an", 1)
    assert hear(other, "A1 x50", "binh", 2) is None
    assert (live(session)["an"], live(other)) == (("waiting", 3), {"binh": ("held", 50)})


def test_a_session_holds_for_its_own_minutes(session: Broadcast) -> None:
    session.hold_minutes = 5
    now = clock.now()
    with clock.at(now):
        hear(session, "A1 x3")
    assert of(session).held_until == now + timedelta(minutes=5)


def test_the_price_of_the_session_is_the_buyers_from_claim_to_order(session: Broadcast) -> None:
    session.pins[0].price_vnd = 150_000
    hear(session, "A1 x2")
    session.pins[0].price_vnd = 170_000
    hear(session, "A1 x2", at=1)
    assert of(session).price_vnd == 150_000
    (order,) = claims.confirm(make_livestream.buyer(session), LAN)
    (line,) = order.lines
    assert (line.unit_price_vnd, line.amount_vnd, order.total_vnd) == (150_000, 300_000, 300_000)


def test_another_quantity_has_the_price_of_when_it_was_said(session: Broadcast) -> None:
    session.pins[0].price_vnd = 150_000
    hear(session, "A1 x2")
    session.pins[0].price_vnd = 140_000
    hear(session, "A1 x3", at=1)
    assert of(session).price_vnd == 140_000
    claims.change(make_livestream.buyer(session), of(session).ref, Decimal(1))
    assert of(session).price_vnd == 140_000


def test_a_changed_price_is_a_changed_basket(session: Broadcast) -> None:
    hear(session, "A1 x2")
    seen = claims.digest([of(session)])
    of(session).price_vnd = 1
    assert claims.digest([of(session)]) != seen


def test_a_claim_keeps_who_said_it_when_and_under_which_pin(session: Broadcast) -> None:
    hear(session, "A1 x2", at=7)
    found = of(session)
    said = db.session.scalars(select(Comment)).one()
    assert (found.comment_id, found.said_at, found.pin_id, found.made_by) == (
        said.id,
        said.posted_at,
        session.pins[0].id,
        None,
    )


def test_goods_said_under_another_code_count_under_it_with_its_price_and_cap(
    session: Broadcast,
) -> None:
    (pinned,) = session.pins
    cheaper = make_livestream.pin(session, "B1", pinned.variant)
    cheaper.price_vnd, cheaper.cap = 90_000, Decimal(2)
    assert hear(session, "A1 x2") is None
    assert hear(session, "B1 x2", at=5) is None
    assert hear(session, "B1 x3", at=9) == "out_of_stock"
    found = of(session)
    assert (found.code, found.quantity, found.price_vnd) == ("B1", Decimal(2), 90_000)
    assert hear(session, "A1 x3", at=12) is None
    assert (found.code, found.quantity, found.price_vnd) == ("A1", Decimal(3), None)
