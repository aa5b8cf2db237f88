"""The waiting line: platform time, whole claims only, and whatever frees goods offers them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock, outbox
from shop.database import db
from shop.inventory import reservations, stock
from shop.livestream import claims, comments, desk, jobs, waiting
from shop.livestream.models import Broadcast, Claim
from shop.orders import checkout, states
from shop.orders.models import Order, State
from tests import make, make_livestream, make_money

LAN = checkout.Buyer("Nguyễn Thị Lan", "+84912345678", "Xóm 3, xã Tân Cương, Thái Nguyên")


@pytest.fixture
def session(database: Any) -> Any:
    """A session with A1 (10 hộp on hand)."""
    ours = make.seller()
    make.bank_account(ours)
    with database.test_request_context():
        row = make_livestream.broadcast(ours)
        make_livestream.pin(row, "A1", make.variant(make.product(ours), on_hand=10))
        yield row


def goods(on: Broadcast) -> int:
    variant_id = on.pins[0].variant_id
    assert variant_id is not None
    return variant_id


def said(on: Broadcast, *words: tuple[str, int, str]) -> None:
    """Author, second and text of comments that come in together."""
    make_livestream.hear(on, *[make_livestream.said(w, at=t, author=a) for a, t, w in words])


def line(on: Broadcast) -> list[tuple[str, Decimal, int]]:
    """Who waits for how much, by place."""
    query = select(Claim).where(Claim.broadcast_id == on.id, Claim.state == "waiting")
    rows = list(db.session.scalars(query))
    places = waiting.places(rows)
    return sorted(((c.buyer.author_id, c.quantity, places[c.id]) for c in rows), key=lambda r: r[2])


def held(on: Broadcast) -> dict[str, Decimal]:
    query = select(Claim).where(Claim.broadcast_id == on.id, Claim.state == "held")
    return {c.buyer.author_id: c.quantity for c in db.session.scalars(query)}


def of(on: Broadcast, author: str) -> Claim:
    query = select(Claim).where(Claim.buyer_id == make_livestream.buyer(on, author).id)
    return db.session.scalars(query.order_by(Claim.id.desc())).all()[0]


def follow() -> int:
    """Run what the changes of stock asked for, until nothing asks any more; how many rounds."""
    for rounds in range(20):
        query = select(outbox.Task).where(
            outbox.Task.job == "shop.livestream.jobs.offer_waiting",
            outbox.Task.finished_at.is_(None),
        )
        tasks = db.session.scalars(query).all()
        if not tasks:
            return rounds
        for task in tasks:
            task.finished_at = clock.now()
            jobs.offer_waiting(**task.arguments)
    raise AssertionError("the events never come to an end")


def test_beyond_the_stock_buyers_stand_in_line_by_the_platforms_time(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x10"), ("chi", 9, "A1 x1"))
    said(session, ("dung", 5, "A1 x2"), ("binh", 7, "A1 x3"))
    assert held(session) == {"an": 10}
    assert line(session) == [("dung", 2, 1), ("binh", 3, 2), ("chi", 1, 3)]


def test_a_word_said_earlier_takes_nothing_from_who_holds(session: Broadcast) -> None:
    said(session, ("an", 5, "A1 x10"))
    said(session, ("binh", 0, "A1 x10"))
    assert (held(session), line(session)) == ({"an": 10}, [("binh", 10, 1)])


def test_a_cancel_offers_the_goods_to_the_first_in_line_with_a_fresh_hold(
    session: Broadcast,
) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x4"), ("chi", 2, "A1 x6"))
    now = clock.now() + timedelta(minutes=5)
    with clock.at(now):
        said(session, ("an", 300, "hủy A1"))
        follow()
    assert held(session) == {"binh": 4, "chi": 6}
    first = of(session, "binh")
    assert (first.offered_at, first.held_until) == (now, now + timedelta(minutes=15))
    assert reservations.live(claims.holder(first)) == {goods(session): Decimal(4)}


def test_who_is_served_at_once_was_offered_nothing(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x2"))
    assert of(session, "an").offered_at is None


def test_a_reduction_offers_what_it_frees_and_keeps_the_time_of_the_hold(
    session: Broadcast,
) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x4"))
    until = of(session, "an").held_until
    with clock.at(clock.now() + timedelta(minutes=5)):
        claims.change(make_livestream.buyer(session, "an"), of(session, "an").ref, Decimal(6))
        follow()
    assert held(session) == {"an": 6, "binh": 4}
    assert of(session, "an").held_until == until


def test_who_wants_more_than_there_is_is_passed_over_and_keeps_the_place(
    session: Broadcast,
) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x8"), ("chi", 2, "A1 x3"))
    said(session, ("an", 9, "A1 x6"))
    follow()
    assert (held(session), line(session)) == ({"an": 6, "chi": 3}, [("binh", 8, 1)])
    stock.receive(goods(session), Decimal(7), source="more")
    follow()
    assert held(session) == {"an": 6, "chi": 3, "binh": 8}


def test_who_has_waited_is_served_before_who_asks_now(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x3"))
    said(session, ("an", 5, "A1 x7"))  # nobody has offered the three yet
    said(session, ("chi", 9, "A1 x3"))
    assert (held(session), line(session)) == ({"an": 7, "binh": 3}, [("chi", 3, 1)])


def test_who_holds_and_wants_more_gets_no_more_than_the_line_leaves(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x6"), ("binh", 1, "A1 x4"), ("chi", 2, "A1 x2"))
    said(session, ("an", 5, "A1 x4"))
    said(session, ("binh", 9, "A1 x6"))
    assert held(session) == {"an": 4, "binh": 4, "chi": 2}


def test_a_lapsed_hold_goes_to_the_line(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x4"))
    db.session.commit()
    with clock.at(clock.now() + timedelta(minutes=16)):
        jobs.lapse_claims()
        jobs.lapse_claims()
        assert (of(session, "an").state, held(session)) == ("lapsed", {"binh": 4})
        assert stock.saleable([goods(session)]) == {goods(session): 6}


@pytest.mark.parametrize("to", [State.CANCELLED, State.EXPIRED])
def test_an_order_that_falls_through_goes_to_the_line(session: Broadcast, to: State) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x4"))
    (order,) = claims.confirm(make_livestream.buyer(session, "an"), LAN)
    follow()
    assert held(session) == {}
    states.move(order, to, who="thử")
    follow()
    assert held(session) == {"binh": 4}


def test_goods_received_go_to_the_line_and_the_events_come_to_an_end(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x10"), *[(f"b{n}", n + 1, "A1 x1") for n in range(5)])
    stock.receive(goods(session), Decimal(3), source="more")
    follow()
    assert held(session) == {"an": 10, "b0": 1, "b1": 1, "b2": 1}
    assert line(session) == [("b3", 1, 1), ("b4", 1, 2)]
    assert follow() == 0


def test_offering_again_offers_nothing_twice(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x4"))
    stock.receive(goods(session), Decimal(4), source="more")
    assert [waiting.offer([goods(session)]), waiting.offer([goods(session)])] == [1, 0]
    assert reservations.live(claims.holder(of(session, "binh"))) == {goods(session): Decimal(4)}


def test_whose_wish_grows_while_waiting_goes_behind_and_whose_shrinks_stays(
    session: Broadcast,
) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x4"), ("chi", 2, "A1 x4"))
    said(session, ("binh", 8, "A1 x2"))
    assert line(session) == [("binh", 2, 1), ("chi", 4, 2)]
    said(session, ("binh", 9, "A1 x5"))
    assert line(session) == [("chi", 4, 1), ("binh", 5, 2)]


def test_who_cancels_leaves_the_line(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x4"), ("chi", 2, "A1 x4"))
    said(session, ("binh", 8, "hủy A1"))
    assert line(session) == [("chi", 4, 1)]


def test_a_waiting_wish_that_shrinks_to_what_is_there_is_held(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x8"), ("binh", 1, "A1 x4"))
    claims.change(make_livestream.buyer(session, "binh"), of(session, "binh").ref, Decimal(2))
    assert held(session) == {"an": 8, "binh": 2}


def test_a_buyer_who_waits_may_wish_for_more_and_waits_on(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x8"), ("binh", 1, "A1 x4"))
    claims.change(make_livestream.buyer(session, "binh"), of(session, "binh").ref, Decimal(5))
    assert line(session) == [("binh", 5, 1)]


def test_the_day_after_the_close_nobody_waits_any_more(session: Broadcast) -> None:
    said(session, ("an", 0, "A1 x10"), ("binh", 1, "A1 x4"))
    session.closed_at = clock.now()
    db.session.commit()
    with clock.at(session.closed_at + timedelta(hours=23)):
        assert waiting.end_lines() == 0
    with clock.at(session.closed_at + timedelta(hours=24)):
        assert waiting.end_lines() == 1
    assert (of(session, "binh").state, line(session)) == ("lapsed", [])


def test_the_same_comments_in_any_order_make_the_same_line(session: Broadcast) -> None:
    words = [("an", 0, "A1 x10"), ("binh", 1, "A1 x4"), ("chi", 2, "A1 x2"), ("dung", 3, "A1 x1")]
    said(session, words[0])
    for word in reversed(words[1:]):
        said(session, word)
    for word in words:
        comments.ingest(session, [make_livestream.said(word[2], at=word[1], author=word[0])])
    desk.serve(session, comments.unread(session, 1000))
    assert held(session) == {"an": 10}
    assert line(session) == [("binh", 4, 1), ("chi", 2, 2), ("dung", 1, 3)]


def test_an_order_of_another_channel_that_is_let_go_is_offered_too(session: Broadcast) -> None:
    variant = session.pins[0].variant
    other = make_money.order(variant=variant, quantity=10)
    said(session, ("an", 0, "A1 x3"))
    assert line(session) == [("an", 3, 1)]
    states.move(other, State.CANCELLED, who="thử")
    follow()
    assert held(session) == {"an": 3}
    assert db.session.scalars(select(Order.state)).all() == ["cancelled"]
