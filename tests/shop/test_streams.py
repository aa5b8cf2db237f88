"""Live screens: every change reaches them once, whole, and only those who may see it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from shop import broker, streams
from shop.database import db, transaction
from shop.errors import NotFound


class Board:
    """Something that is shown, and how often it was drawn."""

    def __init__(self) -> None:
        self.words, self.drawn, self.allowed = "một", 0, True

    def admit(self) -> str:
        if not self.allowed:
            raise NotFound
        return "board"

    def render(self) -> str:
        self.drawn += 1
        return f"<p>{self.words}</p>\n<p>hai dòng</p>"


@pytest.fixture
def board(database: Flask, monkeypatch: pytest.MonkeyPatch) -> Board:
    monkeypatch.setattr(streams, "BETWEEN_SECONDS", 0)
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0)
    monkeypatch.setattr(streams, "DRAW_MS", 1)
    return Board()


@pytest.fixture
def opened(database: Flask, board: Board) -> Iterator[Callable[..., Iterator[str]]]:
    """Opens a stream as a browser does; its frames, the first (retry) taken."""
    responses = []

    def opening(since: str = "") -> Iterator[str]:
        with database.test_request_context(headers={"Last-Event-ID": since} if since else {}):
            response = streams.follow("t", "lan", board.admit, board.render)
        responses.append(response)
        frames = iter(response.response)
        assert next(frames) == "retry: 2000\n\n"
        return frames  # type: ignore[return-value]

    yield opening
    for response in responses:
        response.close()


def told(topic: str = "t") -> None:
    with transaction():
        streams.tell(topic)


def mark_of(frame: str) -> str:
    return frame.splitlines()[0].removeprefix("id: ")


def test_a_stream_begins_with_the_whole_piece_and_sends_it_anew_after_a_change(
    board: Board, opened: Any
) -> None:
    frames = opened()
    first = next(frames)
    body = "event: piece\ndata: <p>một</p>\ndata: <p>hai dòng</p>\n\n"
    assert first == f"id: {mark_of(first)}\n{body}"
    board.words = "ba"
    told()
    second = next(frames)
    assert "data: <p>ba</p>" in second
    assert int(mark_of(second)) > int(mark_of(first))


def test_a_browser_that_has_the_current_piece_is_sent_nothing_again(
    board: Board, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0)
    mark = mark_of(next(opened()))
    assert next(opened(since=mark)) == "event: beat\ndata:\n\n"


def test_a_browser_that_missed_changes_gets_the_last_one_once(board: Board, opened: Any) -> None:
    mark = mark_of(next(opened()))
    for board.words in ("hai", "ba"):
        told()
    frames = opened(since=mark)
    assert "<p>ba</p>" in next(frames)
    board.words = "bốn"
    told()
    assert "<p>bốn</p>" in next(frames)


def test_fifty_screens_cost_one_drawing(board: Board, opened: Any) -> None:
    screens = [opened() for _each in range(50)]
    assert len({next(frames) for frames in screens}) == 1
    board.words = "hai"
    told()
    assert len({next(frames) for frames in screens}) == 1
    assert board.drawn == 2


def test_a_crowd_of_changes_is_drawn_once_in_a_while_and_the_last_of_them_shows(
    board: Board, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "DRAW_MS", 300)
    frames = opened()
    next(frames)
    for number in range(20):
        board.words = f"lần {number}"
        told()
    assert "<p>lần 19</p>" in next(frames)
    assert board.drawn == 2


def test_while_one_draws_a_page_that_asks_again_gets_what_was_drawn_before(
    database: Flask, board: Board
) -> None:
    def meanwhile() -> str:
        told()
        assert streams.piece("t", "board", board.render) == first
        return "<p>mới</p>"

    with database.test_request_context():
        first = streams.piece("t", "board", board.render, anew=True)
        told()
        assert streams.piece("t", "board", meanwhile).html == "<p>mới</p>"
    assert board.drawn == 1


def test_what_nobody_told_of_shows_after_a_while(
    board: Board, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = opened()
    next(frames)
    board.words = "lặng lẽ"
    monkeypatch.setattr(streams, "STALE_MS", 0)
    assert "<p>lặng lẽ</p>" in next(frames)


def test_a_right_that_is_taken_away_ends_the_stream(
    board: Board, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = opened()
    next(frames)
    board.allowed = False
    monkeypatch.setattr(streams, "ADMIT_SECONDS", -1)
    told()
    assert list(frames) == []


def test_a_stream_ends_after_some_minutes_so_that_the_browser_asks_again(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = opened()
    next(frames)
    monkeypatch.setattr(streams, "LIFE_SECONDS", 0)
    assert list(frames) == []


def test_no_connection_of_the_database_is_held_while_a_stream_waits(
    database: Flask, board: Board, opened: Any
) -> None:
    def render() -> str:
        return str(db.session.execute(db.text("SELECT 1")).scalar_one())

    board.render = render  # type: ignore[method-assign]
    frames = opened()
    before = dict(db.session.registry.registry)
    assert "data: 1" in next(frames)
    assert db.session.registry.registry == before


def test_only_so_many_streams_are_open_and_a_closed_one_gives_its_place_back(
    database: Flask, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_OPEN", 1)
    with database.test_request_context():
        first = streams.follow("t", "lan", board.admit, board.render)
        with pytest.raises(streams.TooManyOpen):
            streams.follow("t", "hoa", board.admit, board.render)
        first.close()
        first.close()
        streams.follow("t", "hoa", board.admit, board.render).close()


def test_one_account_leaves_places_to_others(
    database: Flask, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_EACH", 1)
    with database.test_request_context():
        first = streams.follow("t", "lan", board.admit, board.render)
        with pytest.raises(streams.TooManyOpen):
            streams.follow("t", "lan", board.admit, board.render)
        streams.follow("t", "hoa", board.admit, board.render).close()
        first.close()
        streams.follow("t", "lan", board.admit, board.render).close()


def test_nothing_is_told_of_what_was_rolled_back(board: Board, opened: Any) -> None:
    mark = mark_of(next(opened()))

    def fails() -> None:
        with transaction():
            streams.tell("t")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert broker.connection().get("stream:t").decode() == mark


def test_a_topic_that_nobody_looks_at_costs_no_key(database: Flask) -> None:
    told("nobody")
    assert broker.connection().get("stream:nobody") is None


def test_without_redis_a_page_is_still_drawn_and_a_stream_ends(
    database: Flask, board: Board, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = opened()
    next(frames)
    monkeypatch.setitem(database.extensions, "broker", broker.connect("redis://127.0.0.1:1/0"))
    assert list(frames) == []
    with database.test_request_context():
        piece = streams.piece("t", "board", board.render)
    assert piece == streams.Piece("<p>một</p>\n<p>hai dòng</p>", "")
    told()
