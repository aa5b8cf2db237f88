"""Listening for a session: comments come in as by the signed API, and troubles are told."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.livestream import comments, desk, listeners, source_jobs
from shop.livestream.desk_models import Listener
from shop.livestream.models import Broadcast, BroadcastState, Claim, Comment
from shop.livestream.sources import facebook
from shop.livestream.sources.protocol import Heard
from tests import make, make_channels, make_lives, make_livestream


@pytest.fixture
def session(database: Any, outside: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr(facebook, "CATCH_UP_SECONDS", 0.3)
    monkeypatch.setattr(facebook, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(source_jobs, "FIRST_PAUSE_SECONDS", 0.05)
    row = make_livestream.on_air()
    make_livestream.pin(row, "A1", make.variant(on_hand=10))
    row.state = BroadcastState.LIVE
    db.session.commit()
    with make_channels.pointed_at(database, outside):
        yield row


def connect(on: Broadcast, external_id: str, platform: str = "facebook", token: str = "") -> int:
    data = {"platform": platform, "external_id": external_id}
    row = listeners.connect(SYSTEM, on, data | {"token": token or "sandbox-page-token"})
    db.session.commit()
    return row.id


def listener() -> Listener:
    db.session.expire_all()
    return db.session.scalars(select(Listener)).one()


def words() -> list[tuple[str, str]]:
    query = select(Comment.text, Comment.source).order_by(Comment.posted_at)
    return [tuple(row) for row in db.session.execute(query)]


def kept(count: int) -> Callable[[], bool]:
    """Until so many comments are kept, and how far was heard; twenty seconds at the most."""
    over = make_lives.after(20)
    so_far = select(Listener.cursor)
    return lambda: over() or (len(words()) >= count and bool(db.session.scalar(so_far)))


@pytest.mark.parametrize(("platform", "prefix"), [("facebook", ""), ("youtube", "chat-")])
def test_comments_of_a_platform_become_claims(
    session: Broadcast, outside: Any, run_tasks: Any, platform: str, prefix: str
) -> None:
    live = make_lives.live(outside, [{"text": "A1 x2"}, {"text": "giá sao shop"}])
    source_jobs.listen(connect(session, prefix + live, platform), kept(2))
    run_tasks()
    assert words() == [("A1 x2", platform), ("giá sao shop", platform)]
    assert [c.quantity for c in db.session.scalars(select(Claim))] == [2]
    there = listener()
    assert (there.state, there.trouble) == ("listening", "")
    assert there.cursor
    assert there.heard_at is not None


def test_hearing_it_all_again_changes_nothing(session: Broadcast, outside: Any) -> None:
    live = make_lives.live(outside, [{"text": "A1"}, {"text": "A1 x2"}])
    listener_id = connect(session, live)
    source_jobs.listen(listener_id, kept(2))
    listener().cursor = ""
    db.session.commit()
    source_jobs.listen(listener_id, kept(2))
    assert [text for text, _source in words()] == ["A1", "A1 x2"]


def test_a_token_that_is_no_longer_good_is_told_and_not_shown(
    session: Broadcast, outside: Any
) -> None:
    live = make_lives.live(outside, [{"text": "A1"}])
    source_jobs.listen(connect(session, live, token="het-han-roi"), make_lives.after(5))
    there = listener()
    assert there.state == "lost"
    assert there.trouble.startswith("Khóa không còn dùng được. Xin lấy khóa mới và nối lại.")
    assert "het-han-roi" not in there.trouble
    assert words() == []


def test_a_new_token_goes_on_where_the_old_one_ended(session: Broadcast, outside: Any) -> None:
    live = make_lives.live(outside, [{"text": "A1"}])
    source_jobs.listen(connect(session, live, token="het-han-roi"), make_lives.after(5))
    source_jobs.listen(connect(session, live), kept(1))
    assert listener().state == "listening"
    assert words() == [("A1", "facebook")]


def test_an_outage_is_waited_out_without_losing_a_comment(
    session: Broadcast, outside: Any, monkeypatch: Any
) -> None:
    live = make_lives.live(outside, [{"text": "A1"}, {"text": "A1 x2"}], per_second=0.5)
    listener_id = connect(session, live)
    seen: list[str] = []
    lost = listeners.lost

    def note(row: Listener, said: str) -> None:
        lost(row, said)
        seen.append(row.state)
        make_lives.steer(outside, live, per_second=0)

    monkeypatch.setattr(listeners, "lost", note)
    over = make_lives.after(20)
    source_jobs.listen(
        listener_id, lambda: over() or (bool(seen) and listener().state == "listening")
    )
    assert seen == ["lost"]
    assert listener().state == "listening"
    assert [text for text, _source in words()] == ["A1", "A1 x2"]


def test_the_end_on_the_platform_ends_the_listening(session: Broadcast, outside: Any) -> None:
    live = make_lives.live(outside, [{"text": "A1"}], ended=True)
    listener_id = connect(session, live)
    source_jobs.listen(listener_id, make_lives.after(20))
    assert listener().state == "over"
    assert listeners.due() == []
    assert words() == [("A1", "facebook")]


@pytest.mark.parametrize("state", [BroadcastState.PLANNED, BroadcastState.CLOSED])
def test_a_session_that_is_not_on_hears_nothing(
    session: Broadcast, outside: Any, state: BroadcastState
) -> None:
    listener_id = connect(session, make_lives.live(outside, [{"text": "A1"}]))
    session.state = state
    db.session.commit()
    assert listeners.due() == []
    source_jobs.listen(listener_id, make_lives.after(20))
    assert words() == []


def test_closing_the_session_ends_the_listening(session: Broadcast, outside: Any) -> None:
    live = make_lives.live(outside, [{"text": "A1"}])
    listener_id = connect(session, live)
    heard = Heard((), "")

    def batches(*_args: Any) -> Any:
        yield heard
        session.state = BroadcastState.CLOSED
        db.session.flush()
        yield heard
        raise AssertionError("it went on after the end")

    listeners.SOURCES["facebook"], real = (
        type("S", (), {"batches": staticmethod(batches)}),
        facebook,
    )
    try:
        source_jobs.listen(listener_id, make_lives.after(5))
    finally:
        listeners.SOURCES["facebook"] = real


def test_one_listens_at_a_time(session: Broadcast, outside: Any) -> None:
    listener_id = connect(session, make_lives.live(outside, [{"text": "A1"}]))
    with listeners.alone(listener_id) as mine:
        assert mine
        source_jobs.listen(listener_id, make_lives.after(0.5))
    assert words() == []
    with listeners.alone(listener_id) as mine:
        assert mine


def test_who_comes_while_a_dead_process_still_holds_the_lock_takes_over_when_it_falls(
    session: Broadcast, outside: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(source_jobs, "STAND_BY_SECONDS", 0.1)
    listener_id = connect(session, make_lives.live(outside, [{"text": "A1"}]))
    held = listeners.alone(listener_id)
    assert held.__enter__()
    asked: list[int] = []

    def until() -> bool:
        asked.append(1)
        if len(asked) == 5:
            held.__exit__(None, None, None)
        return bool(words())

    source_jobs.listen(listener_id, until)
    assert words() == [("A1", "facebook")]


def test_an_odd_comment_does_not_hold_up_the_others(session: Broadcast, outside: Any) -> None:
    connect(session, "1")
    good = make_livestream.said("A1")
    wire = {**good, "posted_at": good["posted_at"].isoformat()}
    odd = ({**wire, "id": ""}, {**wire, "id": "x", "posted_at": "hôm qua"}, {})
    assert listeners.take_in(listener(), Heard((*odd, wire), "9")) == 1
    assert words() == [("A1", "facebook")]


def test_a_late_batch_is_served_in_its_place_by_the_platforms_time(
    session: Broadcast, outside: Any, run_tasks: Any
) -> None:
    said = [
        {"text": "A1 x8", "at": 0, "late": 5000, "author": "Lan"},
        {"text": "A1 x8", "at": 10, "author": "Bình"},
    ]
    live = make_lives.live(outside, said)
    connect(session, f"chat-{live}", "youtube")
    source_jobs.listen(listener().id, kept(1))
    assert words() == [("A1 x8", "youtube")]
    make_lives.live(outside, [{**said[0], "late": 0}, said[1]], live=live)
    listener().cursor = ""
    db.session.commit()
    source_jobs.listen(listener().id, kept(2))
    # Both lie unread; the one who spoke first is served first.
    desk.serve(session, comments.unread(session, 100))
    claims = db.session.scalars(select(Claim).order_by(Claim.id)).all()
    assert [(c.buyer.name, c.state) for c in claims] == [("Lan", "held"), ("Bình", "waiting")]


def test_phones_are_hidden_on_facebook_once(
    session: Broadcast, outside: Any, run_tasks: Any
) -> None:
    live = make_lives.live(outside, [{"text": "A1 0912345678"}, {"text": "A1"}])
    source_jobs.listen(connect(session, live), kept(2))
    run_tasks()
    assert make_lives.seen(outside, live)["hidden"] == [f"{live}_000001"]
    query = select(Comment.shows_phone, Comment.hidden_at.is_not(None)).order_by(Comment.posted_at)
    assert [tuple(row) for row in db.session.execute(query)] == [(True, True), (False, False)]
    calls = len(make_lives.seen(outside, live)["calls"])
    source_jobs.hide_phones(session.id)
    assert len(make_lives.seen(outside, live)["calls"]) == calls


def test_a_buyer_gets_their_link_once_as_a_private_reply(
    session: Broadcast, outside: Any, run_tasks: Any
) -> None:
    live = make_lives.live(outside, [{"text": "A1", "author": "Lan", "author_id": "lan"}])
    source_jobs.listen(connect(session, live), kept(1))
    run_tasks()
    buyer = make_livestream.buyer(session, "lan")
    buyer_id, token = buyer.id, buyer.token
    source_jobs.send_link(buyer_id)
    told_at = make_livestream.buyer(session, "lan").told_at
    source_jobs.send_link(buyer_id)
    replies = make_lives.seen(outside, live)["replies"]
    assert list(replies) == [f"{live}_000001"]
    assert f"/chot/{token}" in replies[f"{live}_000001"]
    assert told_at is not None
    assert make_livestream.buyer(session, "lan").told_at == told_at


def test_the_token_stands_sealed(session: Broadcast) -> None:
    connect(session, "123", token="khoa-bi-mat")
    raw = db.session.connection().exec_driver_sql("SELECT token FROM livestream_listeners")
    assert b"khoa-bi-mat" not in bytes(raw.scalar_one())
