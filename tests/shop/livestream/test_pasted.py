"""A dump after the signal was lost: nothing doubled, nothing lost."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.livestream import comments, desk, pasted
from shop.livestream.models import Broadcast, Buyer, Claim, Comment
from shop.livestream.sources import dumps, placing
from tests import make, make_livestream
from tests.make_livestream import START


@pytest.fixture
def session(database: Any) -> Broadcast:
    row = make_livestream.broadcast()
    make_livestream.pin(row, "A1", make.variant(on_hand=10))
    return row


FRAME = placing.Frame(START, START + timedelta(hours=2), START + timedelta(hours=1))


def placed(raw: str) -> list[placing.Placed]:
    return placing.placed(dumps.read(raw).rows, FRAME)


def paste(on: Broadcast, raw: str) -> int:
    return pasted.take_in(SYSTEM, on, placed(raw))


def known(on: Broadcast, raw: str) -> list[bool]:
    return [line.known for line in pasted.lines(on, placed(raw))]


def texts() -> list[str]:
    return list(db.session.scalars(select(Comment.text).order_by(Comment.posted_at, Comment.id)))


def test_what_was_heard_live_is_not_doubled(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("Chốt A1 x2", at=300))
    assert known(session, "20:05 LAN: chot a1 x2\n20:06 Bình: A1") == [True, False]
    assert paste(session, "20:05 LAN: chot a1 x2\n20:06 Bình: A1") == 1
    assert texts() == ["Chốt A1 x2", "A1"]


def test_the_same_dump_again_brings_nothing(session: Broadcast) -> None:
    raw = "20:05 Lan: A1\n20:05 Lan: A1\nBình: A1"
    assert paste(session, raw) == 3
    assert paste(session, raw) == 0


def test_what_somebody_said_twice_is_kept_twice(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("A1", at=300))
    raw = "20:05 Lan: A1\n20:05 Lan: A1"
    assert sorted(known(session, raw)) == [False, True]
    assert paste(session, raw) == 1
    assert texts() == ["A1", "A1"]


def test_the_same_words_at_another_time_are_another_comment(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("A1", at=300))
    assert known(session, "20:30 Lan: A1") == [False]


def test_a_comment_without_a_time_is_met_by_its_words_alone(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("A1", at=300))
    assert sorted(known(session, "Lan: A1\nLan: A1")) == [False, True]


def test_a_comment_with_an_id_is_known_by_it_alone(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("A1", at=300, platform_id="9_1"))
    raw = (
        '{"id":"9_1","name":"Tên Khác","text":"khác","time":"2026-11-24T15:00:00Z"}\n'
        '{"id":"9_2","name":"Lan","text":"A1","time":"2026-11-24T13:50:00Z"}'
    )
    assert known(session, raw) == [True, False]


def test_who_is_alone_of_their_name_in_the_session_is_the_same_buyer(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("A1", at=10, author="lan"))
    paste(session, "20:05 Lan: A1 x3")
    desk.serve(session, comments.unread(session, 100))
    assert [c.quantity for c in db.session.scalars(select(Claim))] == [3]
    assert len(db.session.scalars(select(Buyer)).all()) == 1


def test_of_two_with_one_name_the_pasted_one_is_a_person_apart(session: Broadcast) -> None:
    one = make_livestream.said("A1", at=10, author="lan")
    other = {**make_livestream.said("A1", at=11, author="lan2"), "author_name": "Lan"}
    make_livestream.hear(session, one, other)
    paste(session, "20:05 Lan: A1 x3")
    assert {c.author_id for c in db.session.scalars(select(Comment))} == {"lan", "lan2", "name:lan"}


def test_what_was_pasted_and_is_heard_afterwards_is_one(session: Broadcast) -> None:
    paste(session, "20:05 Lan: A1 x2")
    desk.serve(session, comments.unread(session, 100))
    heard = make_livestream.said("A1 x2", at=303, author="lan-77", platform_id="9_1")
    heard["author_name"] = "Lan"
    assert comments.ingest(session, [heard], source="facebook") == (0, 1)
    assert comments.ingest(session, [heard], source="facebook") == (0, 1)
    db.session.expire_all()
    kept = db.session.scalars(select(Comment)).one()
    assert (kept.platform_id, kept.author_id) == ("9_1", "lan-77")
    assert [b.author_id for b in db.session.scalars(select(Buyer))] == ["lan-77"]
    assert [c.quantity for c in db.session.scalars(select(Claim))] == [2]


def test_a_dump_is_served_in_the_order_of_its_times(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("giá sao", at=1))
    comments.ingest(session, [make_livestream.said("A1 x8", at=600, author="an")])
    paste(session, "20:05 Bình: A1 x8")
    desk.serve(session, comments.unread(session, 100))
    claims = db.session.scalars(select(Claim).order_by(Claim.id)).all()
    assert [(c.buyer.name, c.state) for c in claims] == [("Bình", "held"), ("An", "waiting")]
