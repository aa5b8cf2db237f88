"""Comments are kept once, and the phones in them are hidden."""

from typing import Any

import pytest
from sqlalchemy import select

from shop.database import db
from shop.livestream import comments
from shop.livestream.models import Broadcast
from shop.outbox import Task
from tests import make_livestream


@pytest.fixture
def session(database: Any) -> Broadcast:
    return make_livestream.broadcast()


def test_a_batch_is_kept_once_and_announced_once(session: Broadcast) -> None:
    batch = [make_livestream.said("A1"), make_livestream.said("xin chào")]
    assert comments.ingest(session, batch) == (2, 0)
    assert comments.ingest(session, batch[::-1]) == (0, 2)
    tasks = select(Task.arguments).where(Task.event == "comments_arrived")
    assert db.session.scalars(tasks).all() == [{"broadcast_id": session.id}]


def test_an_empty_batch_announces_nothing(session: Broadcast) -> None:
    assert comments.ingest(session, []) == (0, 0)
    tasks = select(Task.id).where(Task.event == "comments_arrived")
    assert db.session.scalars(tasks).all() == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("A1 0912345678", "A1 09•••••678"),
        ("sdt:0912 345 678 nhé", "sdt:09•••••678 nhé"),
        ("sdt0912.345.678", "sdt09•••••678"),
        ("+84 912-345-678", "09•••••678"),
        ("O912345678 01 x2", "09•••••678 01 x2"),
        ("0912345678, 0387654321", "09•••••678, 03•••••321"),
        ("0168 123 4567", "03•••••567"),
        ("lấy 2 hộp 185000", "lấy 2 hộp 185000"),
        ("cho 05 x4", "cho 05 x4"),
    ],
)
def test_phones_are_hidden_and_nothing_else(said: str, shown: str) -> None:
    assert comments.hidden(said) == shown


def test_a_comment_in_pieces_says_what_was_seen_and_hides_its_phone() -> None:
    spans = [[0, 4, "verb"], [5, 7, "code"], [8, 18, "phone"]]
    assert comments.marked("chốt A1 0912345678 nhé", spans) == [
        ("chốt", "verb"),
        (" ", ""),
        ("A1", "code"),
        (" ", ""),
        ("09•••••678", "phone"),
        (" nhé", ""),
    ]
    # A phone that the reader did not see is hidden all the same, and a span never shows part of it.
    assert comments.marked("A1 0912345678", [[0, 6, "code"]]) == [
        ("A1 ", ""),
        ("09•••••678", "phone"),
    ]
    assert comments.marked("A1 ﬁn", [[0, 2, "code"]]) == [("A1 fin", "")]
