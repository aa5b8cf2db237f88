"""Only a session's own bridge, just now, may bring comments in."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.database import db
from shop.livestream import broadcasts
from shop.livestream.models import Broadcast, Claim, Comment
from tests import make, make_livestream, make_tokens


@pytest.fixture
def session(database: Any) -> Broadcast:
    row = make_livestream.on_air()
    make_livestream.pin(row, "A1", make.variant())
    db.session.commit()
    return row


def send(client: Any, on: Broadcast, raw: bytes, *, ref: str | None = None, **more: Any) -> Any:
    key = more.pop("key", None) or broadcasts.ingest_key(on)
    headers = make_livestream.headers(key, raw, **more)
    return client.post(f"/api/v1/livestreams/{ref or on.ref}/comments", data=raw, headers=headers)


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(Comment)) or 0


def test_a_signed_batch_is_kept_and_a_repeat_counted_as_one(
    database: Any, session: Broadcast, run_tasks: Any
) -> None:
    raw = make_livestream.body([make_livestream.said("A1 x2"), make_livestream.said("chào")])
    client = database.test_client()
    first, second = send(client, session, raw), send(client, session, raw)
    assert (first.status_code, first.json) == (202, {"accepted": 2, "repeated": 0})
    assert (second.status_code, second.json) == (202, {"accepted": 0, "repeated": 2})
    run_tasks()
    assert [c.quantity for c in db.session.scalars(select(Claim))] == [2]


@pytest.mark.parametrize(
    "wrong",
    [{"key": "another key"}, {"ref": "ABCDEFGHJ"}, {"timestamp": "1"}, {"timestamp": "soon"}],
)
def test_every_wrong_batch_gets_the_same_answer_and_nothing_is_kept(
    database: Any, session: Broadcast, wrong: dict[str, str]
) -> None:
    answer = send(
        database.test_client(), session, make_livestream.body([make_livestream.said("A1")]), **wrong
    )
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.json["type"] == "urn:ocop:problem:not-trusted"
    assert set(answer.json) == {"type", "title", "status"}
    assert kept() == 0


@pytest.mark.parametrize("seconds", [-301, 360])
def test_a_batch_signed_too_long_ago_or_ahead_is_refused(
    database: Any, session: Broadcast, seconds: int
) -> None:
    timestamp = str(int(clock.now().timestamp()) + seconds)
    raw = make_livestream.body([make_livestream.said("A1")])
    assert send(database.test_client(), session, raw, timestamp=timestamp).status_code == 404
    assert kept() == 0


def test_ids_that_differ_only_at_their_end_stay_two_comments_however_long(
    database: Any, session: Broadcast
) -> None:
    long = [make_livestream.said("A1") | {"id": "x" * 400 + end} for end in ("1", "2")]
    for _turn in range(2):
        assert send(database.test_client(), session, make_livestream.body(long)).status_code == 202
    assert kept() == 2


def test_one_changed_byte_is_refused(database: Any, session: Broadcast) -> None:
    raw = make_livestream.body([make_livestream.said("A1 x2")])
    headers = make_livestream.headers(broadcasts.ingest_key(session), raw)
    address = f"/api/v1/livestreams/{session.ref}/comments"
    answer = database.test_client().post(address, data=raw.replace(b"x2", b"x9"), headers=headers)
    assert answer.status_code == 404
    assert kept() == 0


def test_no_headers_at_all_are_refused(database: Any, session: Broadcast) -> None:
    address = f"/api/v1/livestreams/{session.ref}/comments"
    assert database.test_client().post(address, json={"comments": []}).status_code == 404


@pytest.mark.parametrize(
    "wire",
    [
        {"comments": [{"id": "1"}]},
        {"comments": "A1"},
        {"comments": ["A1"]},
        {},
        {
            "comments": [
                {
                    "id": "1",
                    "author_id": "a",
                    "author_name": "A",
                    "text": "A1",
                    "posted_at": "2026-11-24T20:00:00",
                }
            ]
        },
    ],
)
def test_a_batch_that_is_none_is_refused_whole(
    database: Any, session: Broadcast, wire: dict[str, Any]
) -> None:
    answer = send(database.test_client(), session, json.dumps(wire).encode())
    assert answer.status_code == 422
    assert kept() == 0


def test_more_than_five_hundred_comments_are_refused(database: Any, session: Broadcast) -> None:
    raw = make_livestream.body([make_livestream.said("A1") for _ in range(501)])
    assert send(database.test_client(), session, raw).status_code == 422
    assert kept() == 0


def test_what_the_database_cannot_keep_is_left_out(database: Any, session: Broadcast) -> None:
    said = make_livestream.said("A1\x00 \ud800x2" + " " * 3000)
    assert send(database.test_client(), session, make_livestream.body([said])).status_code == 202
    assert db.session.scalars(select(Comment.text)).one().strip() == "A1 x2"


def test_a_comment_is_read_for_a_try_and_nothing_is_kept(cast: Any) -> None:
    session = make_livestream.broadcast(cast.ours.seller)
    make_livestream.pin(session, "A1", make.variant(make.product(cast.ours.seller)))
    program = make_tokens.program(cast.visitor, cast.ours.user, "livestream:read")
    answer = program.post(
        f"/api/v1/livestreams/{session.ref}/readings", {"text": "chốt 2 hộp", "focus": "A1"}
    )
    assert answer.status_code == 200
    assert answer.json == {
        "kind": "order",
        "items": [{"code": "A1", "quantity": "2", "unit": "hộp", "variant": None, "op": None}],
        "phone": None,
        "confidence": 85,
        "spans": [
            {"start": 0, "end": 4, "what": "verb"},
            {"start": 5, "end": 6, "what": "quantity"},
            {"start": 7, "end": 10, "what": "unit"},
        ],
        "version": "9",
    }
    assert db.session.scalar(select(func.count(Comment.id))) == 0
    assert db.session.scalar(select(func.count(Claim.id))) == 0


def test_a_try_needs_the_scope_and_an_own_session(cast: Any) -> None:
    session = make_livestream.broadcast(cast.ours.seller)
    address = f"/api/v1/livestreams/{session.ref}/readings"
    body = {"text": "A1 x2"}
    theirs = make_tokens.program(cast.visitor, cast.theirs.user, "livestream:read")
    orders = make_tokens.program(cast.visitor, cast.ours.user, "orders:read")
    assert cast.visitor.post(address, json=body).status_code == 401
    assert orders.post(address, body).status_code == 403
    assert theirs.post(address, body).status_code == 404
