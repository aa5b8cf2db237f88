"""Programs plan sessions, pin codes and run them, within their token's scopes."""

from typing import Any

import pytest
from sqlalchemy import func, select

from shop.catalogue.models import Variant
from shop.database import db
from shop.livestream.models import Broadcast, Focus, Pin
from tests import make, make_livestream, make_tokens

API = "/api/v1/livestreams"


@pytest.fixture
def program(cast: Any) -> Any:
    return make_tokens.program(cast.visitor, cast.ours.user)


@pytest.fixture
def session(cast: Any) -> Broadcast:
    row = make_livestream.broadcast(cast.ours.seller)
    db.session.commit()
    return row


@pytest.fixture
def pack(cast: Any) -> Variant:
    row: Variant = make.variant(make.product(cast.ours.seller, name="Miến dong"), unit="gói")
    db.session.commit()
    return row


def planned(cast: Any, **more: Any) -> dict[str, Any]:
    values = {"seller": cast.ours.seller.ref, "title": "Chè tối", "platform": "tiktok"}
    return values | {"starts_at": "2026-12-05T20:00:00+07:00"} | more


def test_a_session_is_planned_once_and_says_what_it_lacks(cast: Any, program: Any) -> None:
    key = {"Idempotency-Key": "a"}
    first = program.post(API, planned(cast), **key)
    again = program.post(API, planned(cast), **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["ref"] == again.json["ref"]
    assert db.session.scalar(select(func.count()).select_from(Broadcast)) == 1
    assert first.json["starts_at"] == "2026-12-05T13:00:00+00:00"
    whole = program.get(f"{API}/{first.json['ref']}").json
    assert (whole["state"], whole["host"], whole["seller"]) == (
        "planned",
        None,
        cast.ours.seller.ref,
    )
    assert whole["missing"] == [
        "Người dẫn đã được đối chiếu danh tính",
        "Ít nhất một mã đã gắn hàng",
    ]


def test_a_session_for_another_seller_is_not_found(cast: Any, program: Any) -> None:
    answer = program.post(API, planned(cast, seller=cast.theirs.seller.ref))
    assert answer.status_code == 404
    assert db.session.scalars(select(Broadcast.id)).all() == []


def test_a_change_is_made_from_what_was_read_and_leaves_the_rest(
    cast: Any, program: Any, session: Broadcast
) -> None:
    host = make_livestream.host(cast.ours.seller)
    db.session.commit()
    read = program.get(f"{API}/{session.ref}")
    tag = {"If-Match": read.headers["ETag"]}
    answer = program.patch(f"{API}/{session.ref}", {"host": host.ref, "unpaid": "cod"}, **tag)
    assert answer.status_code == 200
    assert (answer.json["host"], answer.json["unpaid"]) == (host.ref, "cod")
    assert answer.json["title"] == session.title
    stale = program.patch(f"{API}/{session.ref}", {"unpaid": "release"}, **tag)
    assert (stale.status_code, session.unpaid) == (412, "cod")


def test_a_code_is_pinned_focused_and_removed(
    program: Any, session: Broadcast, pack: Variant
) -> None:
    said = {"code": "a1", "variant": pack.ref, "price_vnd": 45_000, "cap": "20"}
    for _turn in range(2):
        answer = program.post(f"{API}/{session.ref}/pins", said | {"aliases": ["miến"]})
        assert answer.status_code == 200
    assert answer.json == {
        "code": "A1",
        "pack": pack.ref,
        "label": "Miến dong",
        "unit": "gói",
        "aliases": ["miến"],
        "variants": [],
        "price_vnd": 45_000,
        "cap": "20",
        "per_buyer": None,
    }
    assert program.post(f"{API}/{session.ref}/focus", {"code": "A1"}).json == {"code": "A1"}
    assert program.post(f"{API}/{session.ref}/focus", {"code": "Z9"}).status_code == 409
    gone = program.post(f"{API}/{session.ref}/pins/removal", {"code": "A1"})
    assert gone.json["pins"] == []
    assert db.session.scalars(select(Pin.id)).all() == []
    assert db.session.scalars(select(Focus.code).order_by(Focus.id)).all() == ["A1", None]


def test_going_live_is_refused_with_what_is_missing_and_then_walked_to_the_end(
    program: Any, session: Broadcast
) -> None:
    refused = program.post(f"{API}/{session.ref}/moves", {"to": "live"})
    assert (refused.status_code, session.state) == (409, "planned")
    assert len(refused.json["missing"]) == 2
    make_livestream.ready(session)
    walked = []
    for to in ("rehearsing", "planned", "live", "live", "paused", "live", "closed", "closed"):
        walked.append(program.post(f"{API}/{session.ref}/moves", {"to": to}).json["state"])
    assert walked == ["rehearsing", "planned", "live", "live", "paused", "live", "closed", "closed"]
    assert program.post(f"{API}/{session.ref}/moves", {"to": "live"}).status_code == 409
    assert session.state == "closed"


def test_lists_hold_ones_own_sessions_in_as_many_queries_for_many_as_for_few(
    cast: Any, program: Any, session: Broadcast, query_count: Any
) -> None:
    def listed() -> tuple[int, list[str]]:
        db.session.commit()
        with query_count() as sent:
            items = program.get(API).json["items"]
        return len(sent), [row["title"] for row in items]

    make_livestream.ready(session)
    make_livestream.broadcast(cast.theirs.seller, title="Của người khác")
    listed()  # the token's first call notes that it was used
    few, titles = listed()
    assert titles == [session.title]
    for number in range(4):
        make_livestream.ready(make_livestream.broadcast(cast.ours.seller, title=f"Phiên {number}"))
    assert listed() == (few, [session.title, "Phiên 0", "Phiên 1", "Phiên 2", "Phiên 3"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("moves", {"to": "closed"}),
        ("pins", {"code": "A1", "label": "Chè", "unit": "hộp"}),
        ("pins/removal", {"code": "A1"}),
        ("focus", {"code": ""}),
    ],
)
def test_a_token_that_only_reads_or_of_another_seller_changes_nothing(
    cast: Any, session: Broadcast, path: str, body: dict[str, str]
) -> None:
    reader = make_tokens.program(cast.visitor, cast.ours.user, "livestream:read")
    assert reader.post(f"{API}/{session.ref}/{path}", body).status_code == 403
    other = make_tokens.program(cast.visitor, cast.theirs.user)
    assert other.post(f"{API}/{session.ref}/{path}", body).status_code == 404
    assert (session.state, session.pins) == ("planned", [])
    assert db.session.scalars(select(Focus.id)).all() == []
