"""Facebook's live comments, against the sandbox in a process of its own."""

import pytest

from shop.livestream.sources import facebook
from shop.livestream.sources.protocol import Away, Barred, Ended, Missing
from tests import make_lives


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(facebook, "CATCH_UP_SECONDS", 0.5)
    monkeypatch.setattr(facebook, "PAUSE_SECONDS", 0.05)


def heard(account, cursor="", *, until, enough=None):
    """Every comment's words by its id, and the last cursor."""
    words = {}
    for batch in facebook.batches(account, cursor, until):
        words |= {one["id"]: one["text"] for one in batch.comments}
        cursor = batch.cursor
        if enough is not None and len(words) >= enough:
            break
    return words, cursor


def test_everything_said_before_is_read_page_by_page(outside):
    live = make_lives.live(outside, [{"text": f"A{n}", "at": n} for n in range(250)])
    words, cursor = heard(make_lives.account(outside, live), until=lambda: False, enough=250)
    assert sorted(words.values()) == sorted(f"A{n}" for n in range(250))
    calls = [path for path in make_lives.seen(outside, live)["calls"] if "comments" in path]
    assert calls == [f"/facebook/v21.0/{live}/comments"] * 3
    assert int(cursor) > 0


def test_a_comment_has_the_shape_that_our_schema_takes(outside):
    from shop.livestream.schemas import CommentIn

    live = make_lives.live(outside, [{"text": "A1 x2", "author": "Lan", "author_id": "77"}])
    first = next(facebook.batches(make_lives.account(outside, live), "", lambda: False))
    loaded = CommentIn().load(first.comments[0])
    assert (loaded["id"], loaded["author_id"], loaded["author_name"], loaded["text"]) == (
        f"{live}_000001",
        "77",
        "Lan",
        "A1 x2",
    )
    assert loaded["posted_at"].utcoffset() is not None


def test_what_the_stream_leaves_out_and_loses_the_list_brings(outside):
    said = [{"text": f"A{n}", "at": 0.2 + n * 0.1} for n in range(12)]
    said[3]["unstreamed"] = said[7]["unstreamed"] = True
    said[5]["twice"] = True
    said[2]["late"] = 0.3
    live = make_lives.live(outside, said, begun_seconds_ago=0, break_after=4)
    account = make_lives.account(outside, live)
    words, _cursor = heard(account, until=make_lives.after(20), enough=12)
    assert sorted(words.values()) == sorted(one["text"] for one in said)
    streams = make_lives.seen(outside, live)["calls"]
    assert streams.count(f"/facebook_stream/{live}/live_comments") >= 2


def test_listening_goes_on_from_its_cursor(outside):
    live = make_lives.live(outside, [{"text": "cũ", "at": 0}, {"text": "mới", "at": 3000}])
    account = make_lives.account(outside, live)
    _all, cursor = heard(account, until=lambda: False, enough=2)
    words, again = heard(account, cursor, until=lambda: False, enough=1)
    assert (list(words.values()), again) == (["mới"], cursor)


@pytest.mark.parametrize(
    ("token", "change", "trouble"),
    [
        ("another-token", {}, Barred),
        ("sandbox-page-token", {"per_second": 0.5}, Away),
        ("sandbox-page-token", {"ended": True}, Ended),
    ],
)
def test_troubles_are_told_apart(outside, token, change, trouble):
    live = make_lives.live(outside, [{"text": "A1"}])
    make_lives.steer(outside, live, **change)
    account = make_lives.account(outside, live, token)
    with pytest.raises(trouble) as told:
        heard(account, until=make_lives.after(20))
    assert token not in told.value.said


def test_a_video_that_is_not_there_is_missing(outside):
    with pytest.raises(Missing):
        heard(make_lives.account(outside, "123456"), until=lambda: False)


def test_nobody_answering_is_away(outside):
    account = make_lives.account(outside, "123456")
    nowhere = {"facebook": "http://127.0.0.1:9", "facebook_stream": "http://127.0.0.1:9"}
    with pytest.raises(Away):
        heard(type(account)("1", "t", nowhere), until=lambda: False)


def test_a_comment_is_hidden_and_its_writer_answered_once(outside):
    live = make_lives.live(outside, [{"text": "0912345678"}])
    account = make_lives.account(outside, live)
    facebook.hide(account, f"{live}_000001")
    facebook.reply(account, f"{live}_000001", "Mời bạn xác nhận: https://x.vn/chot/1")
    facebook.reply(account, f"{live}_000001", "lần hai")
    there = make_lives.seen(outside, live)
    assert there["hidden"] == [f"{live}_000001"]
    assert there["replies"] == {f"{live}_000001": "Mời bạn xác nhận: https://x.vn/chot/1"}


def test_the_token_is_in_no_log_and_no_text_of_the_account(outside, capsys):
    live = make_lives.live(outside, [{"text": "A1"}])
    account = make_lives.account(outside, live, "khoa-bi-mat-rat-dai")
    with pytest.raises(Barred):
        heard(account, until=lambda: False)
    make_lives.steer(outside, live, token="khoa-bi-mat-rat-dai")
    heard(account, until=make_lives.after(1))
    printed = capsys.readouterr()
    assert "khoa-bi-mat" not in printed.out + printed.err + repr(account)
