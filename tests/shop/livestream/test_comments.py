"""Comments are kept once, and the phones in them are hidden."""

import unicodedata
from typing import Any

import pytest
from sqlalchemy import select

from shop.database import db
from shop.livestream import comments
from shop.livestream.models import Broadcast, Comment
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
        ("0912\u200b345678", "09•••••678"),
        ("0️⃣9️⃣1️⃣2️⃣345678 nhé", "09•••••678 nhé"),
        ("0912/345/678", "09•••••678"),
        ("zalo 0912,345,678", "zalo 09•••••678"),
        ("0912_345_678", "09•••••678"),
        ("0912–345–678", "09•••••678"),
        ("0912    345    678", "09•••••678"),
        ("+84 (0)912 345 678", "09•••••678"),
        ("01 02 03 05 07", "01 02 03 05 07"),
        ("03 05 07 08 09", "03 05 07 08 09"),
        ("05: 2, 07: 3, 10: 1, 03: 2", "05: 2, 07: 3, 10: 1, 03: 2"),
        ("½ ký na", "½ ký na"),
        ("lấy 2 hộp 185000", "lấy 2 hộp 185000"),
        ("cho 05 x4", "cho 05 x4"),
    ],
)
def test_phones_are_hidden_and_nothing_else(said: str, shown: str) -> None:
    assert comments.hidden(said) == shown


def test_a_phone_for_everybody_to_read_is_noticed_as_it_comes_in(session: Broadcast) -> None:
    make_livestream.hear(
        session,
        make_livestream.said("A1 x2 09 1234 5678"),
        make_livestream.said("A1 x2 giá 185000"),
    )
    rows = db.session.scalars(select(Comment).order_by(Comment.id))
    assert [(row.shows_phone, row.hidden_at) for row in rows] == [(True, None), (False, None)]


def test_a_comment_is_cut_at_what_the_reader_saw_in_it() -> None:
    spans = [[0, 4, "verb"], [5, 7, "code"], [8, 18, "phone"]]
    assert comments.pieces("chốt A1 0912345678 nhé", spans) == [
        ("chốt", "verb"),
        (" ", ""),
        ("A1", "code"),
        (" ", ""),
        ("09•••••678", "phone"),
        (" nhé", ""),
    ]


@pytest.mark.parametrize(
    ("words", "spans"),
    [
        ("gọi ０９１２３４５６７８", []),
        ("gọi 0912345678", [[6, 12, "quantity"]]),
        (unicodedata.normalize("NFD", "gọi 0912345678"), []),
    ],
)
def test_a_phone_is_hidden_even_where_the_reader_saw_something_else(
    words: str, spans: list[Any]
) -> None:
    assert comments.pieces(words, spans) == [("gọi ", ""), ("09•••••678", "phone")]
