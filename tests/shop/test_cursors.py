"""Lists in pieces: nothing twice, nothing skipped, nothing made up."""

import base64

import pytest
from sqlalchemy import select

from shop import cursors
from shop.database import db
from shop.errors import BadInput
from shop.sellers.models import Seller
from tests import make

ORDER = (Seller.sort_key, Seller.id)


def piece(cursor="", limit=2, of="sellers"):
    return cursors.piece(select(Seller), ORDER, {"cursor": cursor, "limit": limit}, of=of)


def names(found):
    return [seller.name for seller in found.items]


@pytest.fixture
def sellers(database):
    return [make.seller(name=name) for name in ("Ba", "An", "An", "Cư", "Đào")]


def test_pieces_follow_the_order_and_end(sellers):
    first = piece()
    second = piece(first.next_cursor)
    third = piece(second.next_cursor)
    assert [names(p) for p in (first, second, third)] == [["An", "An"], ["Ba", "Cư"], ["Đào"]]
    assert third.next_cursor is None


def test_a_last_piece_that_is_just_full_leads_nowhere(sellers):
    assert piece(limit=5).next_cursor is None
    assert piece(limit=4).next_cursor is not None


def test_rows_that_come_and_go_shift_nothing(sellers):
    first = piece()
    make.seller(name="Anh")
    make.seller(name="A")
    db.session.delete(first.items[1])
    db.session.flush()
    assert names(piece(first.next_cursor)) == ["Anh", "Ba"]


def test_a_cursor_shows_nothing_of_its_inside_and_is_used_only_where_it_was_given(sellers):
    last = make.seller(name="An Bình Thanh Hóa")
    cursor = piece(limit=3).next_cursor
    inside = base64.urlsafe_b64decode(cursor.removeprefix("v1."))
    assert last.sort_key.encode() not in inside
    assert last.sort_key not in cursor
    with pytest.raises(BadInput) as refused:
        piece(cursor, of="other sellers")
    assert list(refused.value.errors) == ["cursor"]


@pytest.mark.parametrize("spoil", [lambda c: c[:-2] + "AA", lambda c: c[1:], lambda c: "é" + c])
def test_a_cursor_that_was_touched_is_refused(sellers, spoil):
    with pytest.raises(BadInput):
        piece(spoil(piece().next_cursor))


def test_one_query_a_piece(sellers, query_count):
    with query_count() as queries:
        piece()
    assert len(queries) == 1
