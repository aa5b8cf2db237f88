"""Any dump of comments: who said what when, and nothing lost."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.livestream.sources import dumps, placing
from shop.livestream.sources.whens import NEVER, VIETNAM, read_when

START = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 20:00 in Vietnam
FRAME = placing.Frame(START, START + timedelta(hours=2), START + timedelta(hours=1))


def read(raw, clocks="guess"):
    """(who, what, time of day in Vietnam, how sure) of each comment."""
    return [
        (one.author, one.text, f"{one.at.astimezone(VIETNAM):%H:%M:%S}", one.sure)
        for one in placing.placed(dumps.read(raw).rows, FRAME, clocks)
    ]


FACEBOOK_PAGE = """Lan Nguyễn
A1 x2
Thích
Phản hồi
5 phút
Bình Trần
Fan cứng
cho em 2 hộp 05
Thích · Phản hồi · 3 phút
"""
YT_DLP = {
    "replayChatItemAction": {
        "actions": [
            {
                "addChatItemAction": {
                    "item": {
                        "liveChatTextMessageRenderer": {
                            "id": "yt1",
                            "message": {"runs": [{"text": "A1 "}, {"emoji": {"emojiId": "❤"}}]},
                            "authorName": {"simpleText": "Lan"},
                            "authorExternalChannelId": "UC1",
                            "timestampUsec": "1795525500000000",
                        }
                    }
                }
            }
        ],
        "videoOffsetTimeMsec": "300000",
    }
}
GRAPH = {
    "id": "9_1",
    "from": {"name": "Lan", "id": "7"},
    "message": "A1",
    "created_time": "2026-11-24T13:05:00+0000",
}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("20:05 Lan: A1 x2", [("Lan", "A1 x2", "20:05:00", "minute")]),
        ("[20:05:07] Lan Nguyễn: A1", [("Lan Nguyễn", "A1", "20:05:07", "exact")]),
        ("20:05 Lan Nguyễn chốt A1", [("Lan Nguyễn", "chốt A1", "20:05:00", "minute")]),
        ("8:05 PM hoa123 lấy 2", [("hoa123", "lấy 2", "20:05:00", "minute")]),
        ("12:05 Lan: A1", [("Lan", "A1", "20:12:05", "exact")]),
        ("1:02:05 Lan: A1", [("Lan", "A1", "21:02:05", "exact")]),
        ("Lan (20:05): A1", [("Lan", "A1", "20:05:00", "minute")]),
        ("24/11/2026 20:05 Lan: A1", [("Lan", "A1", "20:05:00", "minute")]),
        ("2026-11-24T13:05:00Z Lan: A1", [("Lan", "A1", "20:05:00", "exact")]),
        ("Lan · 3 phút\nA1 x2", [("Lan", "A1 x2", "20:57:00", "about")]),
        ("Lan · vừa xong\nA1 x2", [("Lan", "A1 x2", "21:00:00", "about")]),
        (
            FACEBOOK_PAGE,
            [
                ("Lan Nguyễn", "A1 x2", "20:55:00", "about"),
                ("Bình Trần", "cho em 2 hộp 05", "20:57:00", "about"),
            ],
        ),
        (
            "8:05 PM\nLan\nA1\n8:06 PM\nBình\nB2",
            [("Lan", "A1", "20:05:00", "minute"), ("Bình", "B2", "20:06:00", "minute")],
        ),
        (
            "lan.ng\nA1 x2\nbinh\nB2\n",
            [("lan.ng", "A1 x2", "20:40:00", "order"), ("binh", "B2", "21:20:00", "order")],
        ),
        (
            'Người,Nội dung,Thời gian\nLan,"A1, 2",24/11/2026 20:05',
            [("Lan", "A1, 2", "20:05:00", "minute")],
        ),
        (
            "created_at;author;message\n2026-11-24 20:05:01;Lan;A1",
            [("Lan", "A1", "20:05:01", "exact")],
        ),
        (json.dumps({"data": [GRAPH]}), [("Lan", "A1", "20:05:00", "exact")]),
        (json.dumps(YT_DLP), [("Lan", "A1 ❤", "20:05:00", "exact")]),
    ],
)
def test_a_dump_is_read(raw, expected):
    assert read(raw) == expected


def test_ids_of_the_platform_are_kept():
    (row,) = dumps.read(json.dumps(GRAPH)).rows
    assert (row.id, row.author_id) == ("9_1", "7")
    (row,) = dumps.read(json.dumps(YT_DLP)).rows
    assert (row.id, row.author_id) == ("yt1", "UC1")


def test_lines_of_json_that_are_none_are_told_with_their_line():
    found = dumps.read(json.dumps(GRAPH) + "\nhỏng\n\n" + json.dumps({"a": 1}))
    assert [row.line for row in found.rows] == [1]
    assert [(odd.line, odd.text) for odd in found.odd] == [(2, "hỏng"), (4, '{"a": 1}')]


def test_rows_of_a_table_without_a_name_are_told_with_their_line():
    found = dumps.read("name,comment\nLan,A1\n,ai đó\n")
    assert [(odd.line, odd.text) for odd in found.odd] == [(3, ",ai đó")]


def test_a_clock_may_be_said_to_count_from_the_start():
    assert read("20:05 Lan: A1", "offset") == [("Lan", "A1", "20:20:05", "exact")]


def test_a_clock_past_midnight_is_the_day_after():
    late = placing.Frame(START + timedelta(hours=3), START + timedelta(hours=6), START)
    rows = dumps.read("23:50 Lan: A1\n00:10 Lan: A1").rows
    at = [one.at.astimezone(VIETNAM) for one in placing.placed(rows, late)]
    assert [f"{a:%d %H:%M}" for a in at] == ["24 23:50", "25 00:10"]


def test_a_row_without_a_time_stands_between_its_neighbours():
    raw = "name,text,time\nLan,A,20:00:00\nBình,B,\nChi,C,\nAn,D,20:00:30"
    assert [at for _who, _what, at, _sure in read(raw)] == [
        "20:00:00",
        "20:00:10",
        "20:00:20",
        "20:00:30",
    ]


def test_too_many_comments_are_refused():
    with pytest.raises(dumps.TooLarge):
        dumps.read("Lan: A1\n" * (dumps.MOST_ROWS + 1))


NAMES = st.sampled_from(["Lan", "Bình Trần", "hoa.123", "Chị Ba"])
WORDS = st.sampled_from(["A1 x2", "05", "chốt 2 hộp", "giá sao shop", "❤❤", "hủy A1"])


@given(st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=40))
def test_what_is_written_as_lines_is_read_back_in_its_order(said):
    raw = "\n".join(f"{name}: {words}" for name, words in said)
    found = placing.placed(dumps.read(raw).rows, FRAME)
    assert [(one.author, one.text) for one in found] == said
    assert [one.at for one in found] == sorted(one.at for one in found)


@given(st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=40))
def test_what_is_written_as_json_lines_is_read_back(said):
    raw = "\n".join(json.dumps({"name": name, "text": words}) for name, words in said)
    found = dumps.read(raw)
    assert [(row.author, row.text) for row in found.rows] == said


@given(st.text(max_size=300))
def test_any_text_is_read_and_placed(raw):
    found = dumps.read(raw)
    assert len(placing.placed(found.rows, FRAME)) == len(found.rows)


@given(st.lists(st.text(alphabet="abc :", max_size=12), max_size=12))
def test_every_letter_is_in_a_comment_or_told_as_odd(lines):
    found = dumps.read("\n".join(lines))
    told = [row.author + row.text for row in found.rows] + [odd.text for odd in found.odd]
    letters = [sorted(c for c in "".join(part) if c.isalpha()) for part in (lines, told)]
    assert letters[0] == letters[1]


@given(st.text(max_size=30))
def test_a_time_is_read_or_is_none(raw):
    assert read_when(raw) is NEVER or read_when(raw) is not None


@given(st.lists(st.tuples(NAMES, WORDS), max_size=20))
def test_rows_come_back_from_the_preview_as_they_were(said):
    rows = [placing.Placed(n, a, w, START, "order") for n, (a, w) in enumerate(said)]
    assert placing.again(placing.kept(rows)) == rows


@pytest.mark.parametrize("said", ["[]", "x", '["1"]', '[1,"a","b","2026-11-24","x","",""]'])
def test_rows_that_are_not_ours_are_refused(said):
    with pytest.raises(ValueError, match=r"."):
        placing.again(said)


def chat(**renderer):
    """A line of a live chat with parts of it replaced."""
    return {
        "addChatItemAction": {
            "item": {
                "liveChatTextMessageRenderer": {
                    "message": {"runs": [{"text": "A1"}]},
                    "authorName": {"simpleText": "Lan"},
                    **renderer,
                }
            }
        }
    }


@pytest.mark.parametrize(
    "odd",
    [
        chat(message={"runs": ["A1"]}),
        chat(message={"runs": [{"emoji": "❤"}]}),
        {"replayChatItemAction": [1]},
        {"replayChatItemAction": "x"},
    ],
)
def test_a_chat_that_is_none_is_told_and_holds_up_nothing(odd):
    found = dumps.read(json.dumps([odd, chat()]))
    assert [row.text for row in found.rows] == ["A1"]
    assert len(found.odd) == 1


def test_an_offset_that_is_no_number_is_no_time():
    said = {"replayChatItemAction": {"videoOffsetTimeMsec": "abc", "actions": [chat()]}}
    assert dumps.read(json.dumps([said])).rows[0].when == NEVER


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "1999-12-31T12:00:00Z"]
)
def test_a_time_of_no_livestream_is_none(time):
    raw = json.dumps([{"name": "Lan", "text": "A1", "time": time}])
    (one,) = placing.placed(dumps.read(raw).rows, FRAME)
    assert (one.sure, one.at.year) == ("order", 2026)


def test_what_is_longer_than_any_id_is_none():
    raw = json.dumps([{"name": "Lan", "text": "A1", "id": "x" * 5000, "user_id": "y" * 5000}])
    (row,) = dumps.read(raw).rows
    assert (row.id, row.author_id) == ("", "")
    kept = placing.kept(placing.placed(dumps.read(raw).rows, FRAME))
    with pytest.raises(ValueError, match="kept"):
        placing.again(kept.replace('"",""]', f'"{"x" * 201}",""]'))


def test_signs_of_a_new_line_within_words_do_not_break_the_preview():
    raw = "Lan: A1 x2\u2028nha\nBình: A1\x85x3"
    placed = placing.placed(dumps.read(raw).rows, FRAME)
    assert placing.again(placing.kept(placed).replace("\n", "\r\n")) == placed


@pytest.mark.parametrize(
    "raw", ["1" * 60 + "z", f"Lan\n{'0907123456 ' * 9}z", f"Lan{' ' * 90_000}x"]
)
def test_figures_and_blanks_without_end_are_read_to_their_end(raw):
    # A pattern that tries every way to part them would not come back.
    found = dumps.read(raw)
    assert len(found.rows) + len(found.odd) == 1


@pytest.mark.parametrize(
    "pasted",
    [
        # What was typed down, then what was copied from the page, in one paste.
        "Lan Nguyễn: A1 2 hộp\n07:20 Thảo: chốt 05\nBình luận\nÔng Tư\nB2 x3\nThích · Phản hồi",
        "Lan Nguyễn - A1 2 hộp\nThảo – chốt 05\nÔng Tư | B2 x3",
        "Lan Nguyễn: A1 2 hộp\nThích\nPhản hồi\nThảo: chốt 05\nThích\nÔng Tư: B2 x3\nThích",
    ],
)
def test_each_keeps_their_own_words_however_the_lines_are_mixed(pasted: str) -> None:
    found = [(row.author, row.text) for row in dumps.read(pasted).rows]
    assert found == [("Lan Nguyễn", "A1 2 hộp"), ("Thảo", "chốt 05"), ("Ông Tư", "B2 x3")]
