"""YouTube's live chat, against the sandbox in a process of its own."""

import pytest

from shop.livestream.sources import youtube
from shop.livestream.sources.protocol import Away, Barred, Ended, Missing
from tests import make_lives


def heard(account, cursor="", *, until, enough):
    said = []
    for batch in youtube.batches(account, cursor, until):
        said += [one["text"] for one in batch.comments]
        cursor = batch.cursor
        if len(said) >= enough:
            break
    return said, cursor


def test_the_chat_is_read_from_the_beginning_and_then_as_it_comes(outside):
    live = make_lives.live(outside, [{"text": f"A{n}", "at": n} for n in range(600)])
    account = make_lives.account(outside, f"chat-{live}")
    said, cursor = heard(account, until=make_lives.after(20), enough=600)
    assert said == [f"A{n}" for n in range(600)]
    make_lives.say(outside, live, "A1 x2")
    assert heard(account, cursor, until=make_lives.after(20), enough=1)[0] == ["A1 x2"]


def test_a_message_has_the_shape_that_our_schema_takes(outside):
    from shop.livestream.schemas import CommentIn

    live = make_lives.live(outside, [{"text": "A1 x2", "author": "Lan", "author_id": "UC77"}])
    account = make_lives.account(outside, f"chat-{live}")
    loaded = CommentIn().load(next(youtube.batches(account, "", lambda: False)).comments[0])
    assert (loaded["id"], loaded["author_id"], loaded["text"]) == (
        f"{live}_000001",
        "UC77",
        "A1 x2",
    )


def test_the_id_of_a_video_leads_to_its_chat(outside):
    live = make_lives.live(outside, [{"text": "A1"}], live="abcdefghijk")
    assert live
    account = make_lives.account(outside, "abcdefghijk")
    assert heard(account, until=make_lives.after(20), enough=1)[0] == ["A1"]


def test_a_page_token_that_is_forgotten_begins_the_chat_anew(outside):
    live = make_lives.live(outside, [{"text": "A1"}])
    account = make_lives.account(outside, f"chat-{live}")
    assert heard(account, "!!", until=make_lives.after(20), enough=1)[0] == ["A1"]


def test_only_text_messages_are_comments(outside):
    paid = {"id": "1", "snippet": {"type": "superChatEvent", "publishedAt": "2026-11-24T13:00:00Z"}}
    assert youtube._messages([paid, "rác", {}]) == ()


@pytest.mark.parametrize(
    ("external_id", "token", "change", "trouble"),
    [
        ("chat-{live}", "another-key", {}, Barred),
        ("chat-{live}", "sandbox-page-token", {"per_second": 0.5}, Away),
        ("chat-{live}", "sandbox-page-token", {"ended": True}, Ended),
        ("chat-khong-co-that", "sandbox-page-token", {}, Missing),
    ],
)
def test_troubles_are_told_apart(outside, external_id, token, change, trouble):
    live = make_lives.live(outside, [{"text": "A1"}])
    make_lives.steer(outside, live, **change)
    account = make_lives.account(outside, external_id.format(live=live), token)
    with pytest.raises(trouble) as told:
        heard(account, until=make_lives.after(20), enough=9)
    assert token not in told.value.said
