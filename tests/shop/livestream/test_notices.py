"""Operators warn a session that runs, or stop it; its host sees why."""

from typing import Any

import pytest
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.livestream import notices
from shop.livestream.models import Broadcast
from shop.livestream.plan_models import Notice
from tests import make_livestream

WATCH, HOME = "/quan-tri/livestream", "/ban-hang/livestream"
WORDS = "Không nói chè chữa được bệnh."


@pytest.fixture
def session(cast: Any) -> Broadcast:
    row = make_livestream.live(make_livestream.broadcast(cast.ours.seller))
    db.session.commit()
    return row


def said() -> list[tuple[str, str]]:
    return [(n.kind, n.words) for n in db.session.scalars(select(Notice).order_by(Notice.id))]


def test_a_warning_stands_on_the_hosts_screens_until_they_say_to_have_read_it(
    cast: Any, session: Broadcast
) -> None:
    for _turn in range(2):
        sent = {"words": WORDS, "_once": "a-key"}
        answer = cast.administrator.post(f"{WATCH}/{session.ref}/canh-bao", sent)
        assert answer.status_code == 303
    assert said() == [("warning", WORDS)]
    pages = [f"{HOME}/{session.ref}{rest}" for rest in ("", "/bang", "/chuan-bi")]
    assert all(WORDS in cast.ours.get(page).text for page in pages)
    ref = db.session.scalars(select(Notice.ref)).one()
    for _turn in range(2):
        cast.ours.post(f"{HOME}/{session.ref}/da-doc", {"notice": ref})
    assert db.session.scalars(select(Notice.seen_at)).one() is not None
    assert all(WORDS not in cast.ours.get(page).text for page in pages)
    assert "Đã đọc" in cast.administrator.get(f"{WATCH}/{session.ref}").text


def test_a_stop_ends_the_session_with_its_reason(cast: Any, session: Broadcast) -> None:
    for _turn in range(2):
        sent = {"words": WORDS, "_once": "a-key"}
        assert cast.administrator.post(f"{WATCH}/{session.ref}/dung", sent).status_code == 303
    assert (session.state, session.stop_reason) == ("closed", WORDS)
    assert session.stopped_at == session.closed_at is not None
    assert said() == [("stop", WORDS)]
    assert WORDS in cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").text


def test_a_session_that_does_not_run_is_not_warned(cast: Any) -> None:
    planned = make_livestream.broadcast(cast.ours.seller)
    answer = cast.administrator.post(f"{WATCH}/{planned.ref}/canh-bao", {"words": WORDS})
    assert answer.status_code == 422
    assert said() == []


def test_nothing_is_said_without_words(cast: Any, session: Broadcast) -> None:
    for deed in ("canh-bao", "dung"):
        answer = cast.administrator.post(f"{WATCH}/{session.ref}/{deed}", {"words": ""})
        assert answer.status_code == 422
    assert (said(), session.state) == ([], "live")


def test_the_list_shows_what_runs(cast: Any, session: Broadcast) -> None:
    make_livestream.broadcast(cast.ours.seller, title="Phiên mai")
    page = cast.administrator.get(WATCH).text
    assert session.title in page
    assert "Phiên mai" not in page


def test_only_operators_warn_and_stop(cast: Any, session: Broadcast) -> None:
    assert cast.ours.get(WATCH).status_code == 404
    for deed in ("canh-bao", "dung"):
        answer = cast.ours.post(f"{WATCH}/{session.ref}/{deed}", {"words": WORDS})
        assert answer.status_code == 404
    assert (said(), session.state) == ([], "live")


def test_another_seller_reads_and_acknowledges_nothing(cast: Any, session: Broadcast) -> None:
    notice = notices.warn(SYSTEM, session, WORDS)
    db.session.commit()
    ref = notice.ref
    theirs = make_livestream.broadcast(cast.theirs.seller)
    for broadcast in (session, theirs):
        answer = cast.theirs.post(f"{HOME}/{broadcast.ref}/da-doc", {"notice": ref})
        assert answer.status_code == 404
    assert db.session.scalars(select(Notice.seen_at)).one() is None
