"""Many first claims at once come to what they come to one by one."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import stock
from shop.livestream import comments, desk, pins
from shop.livestream.models import Broadcast, Buyer, Claim
from tests import invariants, make, make_livestream

# What changes claims that are there, with goods for everybody; and first words alone, with too few.
CHANGES = ("A1", "A1 x2", "A1 x4", "thêm 1 hộp A1", "hủy A1", "hủy", "A2", "A2 x3", "A1 giá sao")
FIRST = ("A1", "A1 x2", "A1 x4", "A2", "A2 x3")
FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def said(words: tuple[str, ...], people: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(st.sampled_from(people), st.sampled_from(words)), max_size=14)


def limit() -> st.SearchStrategy[Decimal | None]:
    return st.none() | st.integers(1, 4).map(Decimal)


def session_of(seller: Any, on_hand: int = 6, **limits: Any) -> Broadcast:
    on = make_livestream.broadcast(seller)
    for code, there in (("A1", on_hand), ("A2", on_hand - 2)):
        goods = make.variant(make.product(seller), on_hand=there)
        make_livestream.pin(on, code, goods, **(limits if code == "A1" else {}))
    return make_livestream.live(on)


def standing(on: Broadcast) -> list[Any]:
    query = select(Buyer.author_id, Claim.code, Claim.quantity, Claim.state, Claim.price_vnd)
    query = query.join(Claim, Claim.buyer_id == Buyer.id).where(Claim.broadcast_id == on.id)
    return sorted(map(tuple, db.session.execute(query)))


def compare(told: list[tuple[str, str]], **session: Any) -> None:
    """One session hears all of it in a batch, another each comment by itself."""
    with db.session.begin_nested() as example:
        seller = make.seller()
        whole, single = (session_of(seller, **session) for _each in range(2))
        batch = [
            make_livestream.said(words, at=at, author=author)
            for at, (author, words) in enumerate(told)
        ]
        make_livestream.hear(whole, *batch)
        for one in batch:
            make_livestream.hear(single, one)
        assert standing(whole) == standing(single)
        invariants.hold()
        example.rollback()


@FEW
@given(told=said(CHANGES, "abc"), per_buyer=limit())
def test_a_batch_of_changes_comes_to_what_its_comments_come_to_one_by_one(
    database: Any, told: Any, per_buyer: Any
) -> None:
    compare(told, on_hand=100, per_buyer=per_buyer)


@FEW
@given(told=said(FIRST, "abcdefghijkl"), cap=limit())
def test_a_rush_for_too_few_goods_comes_to_what_it_comes_to_one_by_one(
    database: Any, told: Any, cap: Any
) -> None:
    first = {(author, words[:2]): (author, words) for author, words in reversed(told)}
    compare(list(reversed(first.values())), cap=cap)


@pytest.fixture
def session(database: Any) -> Broadcast:
    return session_of(make.seller(), cap=Decimal(3))


def test_the_cap_of_a_code_is_one_though_it_was_pinned_anew_within_the_batch(
    session: Broadcast,
) -> None:
    (before,) = [pin for pin in session.pins if pin.code == "A1"]
    make_livestream.pin(session, "A1", before.variant, cap=Decimal(3), price_vnd=150_000)
    after = next(pin for pin in session.pins if pin.code == "A1")
    assert before.id != after.id
    assert before.until_at is not None
    late = int((before.until_at - make_livestream.START).total_seconds()) + 60
    make_livestream.hear(
        session,
        make_livestream.said("A1 x2", author="a"),
        make_livestream.said("A1 x2", author="b", at=late),
        make_livestream.said("A1", author="c", at=late + 1),
    )
    assert standing(session) == [
        ("a", "A1", 2, "held", None),
        ("b", "A1", 2, "waiting", 150_000),
        ("c", "A1", 1, "held", 150_000),
    ]


def test_who_was_served_from_the_line_as_the_batch_began_is_known_to_hold(
    session: Broadcast,
) -> None:
    pins.unpin(SYSTEM, session, "A1")
    make_livestream.hear(session, make_livestream.said("A2 x5", author="a"))
    (waits,) = db.session.scalars(select(Claim)).all()
    stock.receive(waits.variant_id, Decimal(2), source="more")
    again = [
        make_livestream.said("A2", author="b", at=1),
        make_livestream.said("A2 x5", author="a", at=2),
    ]
    comments.ingest(session, again)
    heard = comments.unread(session, 10)
    desk.serve(session, heard)
    assert [(c.state, c.reason) for c in heard] == [("claimed", None), ("claimed", None)]
    assert [(row[0], row[3]) for row in standing(session)] == [("a", "held"), ("b", "held")]
