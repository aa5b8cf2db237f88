"""The sandbox says a recorded session again in the platforms' own form."""

import json
import time

import requests

from tests import make_lives

FACEBOOK = {"access_token": "sandbox-page-token", "fields": "id,from{name,id},message,created_time"}


def listed(sandbox, live, **more):
    url = f"{sandbox.host}/facebook/v21.0/{live}/comments"
    return requests.get(url, params=FACEBOOK | more, timeout=10)


def test_the_demo_recording_is_said_at_the_chosen_speed(sandbox):
    given = {"live": "9100", "file": "demo", "speed": 10_000}
    requests.post(f"{sandbox.host}/control/lives", json=given, timeout=10)
    time.sleep(0.3)
    there = make_lives.seen(sandbox, "9100")
    assert there["said"] == there["comments"] == 66
    make_lives.live(sandbox, [{"text": "A1", "at": 0}, {"text": "A2", "at": 900}], live="9101")
    assert make_lives.seen(sandbox, "9101")["said"] == 2
    make_lives.live(
        sandbox,
        [{"text": "A1", "at": 0}, {"text": "A2", "at": 900}],
        live="9102",
        begun_seconds_ago=0,
    )
    assert make_lives.seen(sandbox, "9102")["said"] == 1


def test_a_list_comes_in_pages_with_the_fields_that_were_asked_for(sandbox):
    live = make_lives.live(sandbox, [{"text": f"A{n}", "at": n} for n in range(3)])
    first = listed(sandbox, live, limit=2).json()
    assert [sorted(one) for one in first["data"]] == [
        ["created_time", "from", "id", "message"],
        ["created_time", "from", "id", "message"],
    ]
    after = first["paging"]["cursors"]["after"]
    second = listed(sandbox, live, limit=2, after=after).json()
    assert [one["message"] for one in second["data"]] == ["A2"]
    assert "next" not in second["paging"]


def test_without_a_good_token_there_is_an_error_of_the_graph(sandbox):
    live = make_lives.live(sandbox, [{"text": "A1"}])
    refused = listed(sandbox, live, access_token="another")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 190)
    assert listed(sandbox, "12").json()["error"]["error_subcode"] == 33


def test_the_stream_is_server_sent_events_and_breaks_off_when_told(sandbox):
    live = make_lives.live(
        sandbox, [{"text": f"A{n}", "at": 0.3 + n * 0.1} for n in range(5)], begun_seconds_ago=0,
        break_after=2,
    )  # fmt: skip
    url = f"{sandbox.host}/facebook_stream/{live}/live_comments"
    asked = FACEBOOK | {"comment_rate": "ten_per_second"}
    with requests.get(url, params=asked, stream=True, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        events = [line for line in answer.iter_lines() if line.startswith(b"data:")]
    assert [json.loads(event[5:])["message"] for event in events] == ["A0", "A1"]


def test_the_page_starts_a_session_and_says_something(sandbox):
    given = {"live": "9200", "file": "demo", "speed": "1"}
    requests.post(f"{sandbox.host}/control/lives", data=given, timeout=10)
    url = f"{sandbox.host}/control/lives/9200/say"
    page = requests.post(url, data={"author": "Lan", "text": "A1"}, timeout=10).text
    assert "<h2>9200</h2>" in page
    assert make_lives.seen(sandbox, "9200")["comments"] == 67
