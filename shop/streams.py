"""Live screens: server-sent events from a plain generator, one thread and no database connection
for each that is open.

Whoever changes what a screen shows calls `tell(topic)` in the transaction; after the commit the
topic's mark in Redis rises, and every open stream of it sends the whole screen anew. So there is
nothing to replay: a browser that comes back gets the screen as it stands, once, or nothing when it
has that already (`Last-Event-ID`). A piece is made once for everybody who may see the same
(`kind`), by one of them in all processes, and not again within DRAW_MS: fifty consoles cost one
drawing, and a crowd of comments two a second. Without Redis the stream ends and the browser asks
for the piece itself.
"""

import mmap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from flask import Flask, Response, current_app, request
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from shop import broker
from shop.database import after_commit, db
from shop.errors import DomainError

log = structlog.get_logger()

# Open streams a process: each takes a sleeping thread, beside those of ordinary requests. Twice as
# many as we promise: one whose browser has gone is noticed only when something is sent.
MOST_OPEN = 128
# Of these at most so many of one account, so that nobody takes them all.
MOST_EACH = MOST_OPEN // 2
# A piece that nobody told of is made anew after this: what no event names still shows.
STALE_MS = 15_000
KEPT_SECONDS = 120
# After a drawing nobody draws the same for so long, whatever happens meanwhile; and a drawing that
# takes longer than DRAWN_WITHIN_MS is taken for lost.
DRAW_MS, DRAWN_WITHIN_MS = 200, 10_000
# Between looks; between looks while another one draws what is awaited; after a piece was sent.
LOOK_SECONDS, SOON_SECONDS, BETWEEN_SECONDS, BEAT_SECONDS = 0.2, 0.1, 0.3, 5.0
ADMIT_SECONDS, LIFE_SECONDS, RETRY_MS = 30.0, 300.0, 2000

# The mark is the instant of the last change (ms, Redis's clock), and always rises. A topic that
# nobody looked at for an hour has none, so telling of it costs nothing more.
_TELL = """
local mark = redis.call('GET', KEYS[1])
if not mark then return 0 end
local clock = redis.call('TIME')
mark = math.max(tonumber(mark) + 1, clock[1] * 1000 + math.floor(clock[2] / 1000))
redis.call('SET', KEYS[1], string.format('%.0f', mark), 'EX', 3600)
return 1
"""
_LOOK = """
local mark = redis.call('GET', KEYS[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if not mark or now - tonumber(mark) >= tonumber(ARGV[1]) then
  mark = string.format('%.0f', math.max(now, tonumber(mark or 0) + 1))
  redis.call('SET', KEYS[1], mark, 'EX', 3600)
end
return tostring(mark)
"""

_TOPICS = "streams_to_tell"
# Shared with the workers that the web server forks: it waits for every open answer before it ends.
_ending = mmap.mmap(-1, 1)
_places = threading.Lock()
_open: Counter[str] = Counter()

T = TypeVar("T")


class TooManyOpen(DomainError):
    """This process has as many streams as it can, or the account; the browser asks for the piece
    instead."""

    status = 503

    def __init__(self) -> None:
        super().__init__(_("Đang có quá nhiều màn hình mở cùng lúc."))


@dataclass(frozen=True)
class Piece:
    """A part of a page as it stood at `mark` ("" when Redis is away and nothing is shared)."""

    html: str
    mark: str


def tell(topic: str) -> None:
    """What `topic` shows has changed: its screens are renewed after the commit, once."""
    topics = db.session().info.setdefault(_TOPICS, set())
    if not topics:
        after_commit(_tell)
    topics.add(topic)


def _tell() -> None:
    topics = db.session().info.pop(_TOPICS, set())
    try:
        pipeline = broker.connection().pipeline(transaction=False)
        for topic in topics:
            pipeline.eval(_TELL, 1, _key(topic))
        pipeline.execute()
    except broker.RedisError as error:
        # What they show is committed; without a mark they look again by themselves.
        log.warning("screens not told", topics=sorted(topics), error=type(error).__name__)


def piece(topic: str, kind: str, render: Callable[[], str], *, anew: bool = False) -> Piece:
    """What `topic` shows to everybody of this `kind`: of this view, who may see the same.

    Addresses and language are those of the request. No token of a form may stand in it. `anew`:
    made now, for a page that somebody loads to see how things are, and told to the others.
    """
    kind = _here(kind)
    try:
        mark = _mark(topic, 0 if anew else STALE_MS)
        found = None if anew else _newest(topic, kind, mark, render)
    except broker.RedisError:
        return Piece(render(), "")
    return found or _make(topic, kind, mark, render)


def _here(kind: str) -> str:
    return f"{request.host_url}:{get_locale()}:{kind}"


def _newest(topic: str, kind: str, mark: str, render: Callable[[], str]) -> Piece | None:
    """The piece as it stands at `mark`; a little older, or None, while another one draws it."""
    kept = _kept(topic, kind)
    if kept is not None and kept.mark == mark:
        return kept
    turn = f"{_key(topic)}:{kind}:turn"
    if not broker.connection().set(turn, 1, nx=True, px=DRAWN_WITHIN_MS):
        return kept
    try:
        return _make(topic, kind, mark, render)
    finally:
        broker.connection().set(turn, 1, px=DRAW_MS)


def _make(topic: str, kind: str, mark: str, render: Callable[[], str]) -> Piece:
    html = render()
    try:
        broker.connection().set(f"{_key(topic)}:{kind}", f"{mark}\n{html}", ex=KEPT_SECONDS)
    except broker.RedisError:
        return Piece(html, "")
    return Piece(html, mark)


def _kept(topic: str, kind: str) -> Piece | None:
    found: Any = broker.connection().get(f"{_key(topic)}:{kind}")
    if found is None:
        return None
    mark, _end, html = found.decode().partition("\n")
    return Piece(html, mark)


def _mark(topic: str, stale_ms: int) -> str:
    found: Any = broker.connection().eval(_LOOK, 1, _key(topic), stale_ms)
    return str(found.decode())


def _key(topic: str) -> str:
    return f"stream:{topic}"


def follow(topic: str, who: str, admit: Callable[[], str], render: Callable[[], str]) -> Response:
    """A stream of `topic` for the account `who`, as long as `admit` lets it, at most LIFE_SECONDS.

    `admit` says the kind of piece that is for whoever asks, or raises DomainError; it is asked
    again every ADMIT_SECONDS. Both are called in a request context of their own, as if the
    browser had asked again, so that nothing is held in between and a right taken away shows.
    Raises TooManyOpen.
    """
    kind = _here(admit())
    _enter(who)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    again = _Again(app, request.environ)
    seen = request.headers.get("Last-Event-ID") or request.args.get("since", "")
    stream = _Stream(
        topic, who, kind, seen, lambda: again(lambda: _here(admit())), lambda: again(render)
    )
    response = Response(_closing(app, stream), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(stream.close)
    return response


def _enter(who: str) -> None:
    with _places:
        if _open.total() >= MOST_OPEN or _open[who] >= MOST_EACH:
            raise TooManyOpen
        _open[who] += 1


def _leave(who: str) -> None:
    with _places:
        _open[who] -= 1
        if not _open[who]:
            del _open[who]


@dataclass
class _Again:
    """Does something in a fresh context of the same request."""

    app: Flask
    environ: dict[str, Any]

    def __call__(self, act: Callable[[], T]) -> T:
        def in_context() -> T:
            with self.app.request_context(self.environ):
                return act()

        return Context().run(in_context)


class _Stream:
    """One open stream; iterating it waits."""

    def __init__(
        self,
        topic: str,
        who: str,
        kind: str,
        seen: str,
        admit: Callable[[], str],
        render: Callable[[], str],
    ) -> None:
        self.topic, self.who, self.kind, self.seen = topic, who, kind, seen
        self.admit, self.render = admit, render
        self.sent: str | None = None
        self.awaits = False
        self._free = threading.Lock()

    def close(self) -> None:
        """Give the place to another one; twice is once."""
        if self._free.acquire(blocking=False):
            _leave(self.who)

    def frames(self) -> Iterator[str]:
        """Pieces as they change, and a beat where there is none."""
        begun = admitted = time.monotonic()
        spoke = begun
        yield f"retry: {RETRY_MS}\n\n"
        while (now := time.monotonic()) - begun < LIFE_SECONDS and not _ending[0]:
            if now - admitted > ADMIT_SECONDS:
                self.kind, admitted = self.admit(), now
            fresh = self._fresh()
            if fresh is not None:
                yield _frame(fresh)
                spoke = now
                time.sleep(BETWEEN_SECONDS)
                continue
            if now - spoke > BEAT_SECONDS:
                # An event, not a comment: the page must see that the line lives.
                yield "event: beat\ndata:\n\n"
                spoke = now
            time.sleep(SOON_SECONDS if self.awaits else LOOK_SECONDS)

    def _fresh(self) -> Piece | None:
        mark = _mark(self.topic, STALE_MS)
        self.awaits = mark != self.seen
        if not self.awaits:
            return None
        found = _newest(self.topic, self.kind, mark, self.render)
        if found is None or (found.mark != mark and not _later(found.mark, self.seen)):
            return None
        self.seen = found.mark
        # Made anew though nothing changed: the browser has it.
        if found.html == self.sent:
            return None
        self.sent = found.html
        return found


def _later(mark: str, seen: str) -> bool:
    return (len(mark), mark) > (len(seen), seen)


def _frame(piece: Piece) -> str:
    lines = "".join(f"data: {line}\n" for line in piece.html.splitlines())
    return f"id: {piece.mark}\nevent: piece\n{lines}\n"


def end_all() -> None:
    """The server stops: every stream of its workers ends, and its browser comes back later."""
    _ending[0] = 1


class Gate:
    """At most `most` requests are answered at once, whatever threads the open streams need.

    A stream counts only until it begins: its waiting happens when the answer is iterated.
    """

    def __init__(self, inner: Callable[..., Any], most: int) -> None:
        self.inner, self.places = inner, threading.BoundedSemaphore(most)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer when there is a place."""
        with self.places:
            return self.inner(environ, start_response)


def _closing(app: Flask, stream: _Stream) -> Iterator[str]:
    """Its frames in the app's context; what ends it early ends it quietly."""
    frames = stream.frames()
    try:
        while True:
            frame = Context().run(_next, app, frames)
            if frame is None:
                return
            yield frame
    except DomainError:
        # No longer theirs: the browser asks again, and learns it from the answer.
        log.info("stream refused", topic=stream.topic)
    except (broker.RedisError, SQLAlchemyError) as error:
        log.warning("stream ended", topic=stream.topic, error=type(error).__name__)
    finally:
        stream.close()


def _next(app: Flask, frames: Iterator[str]) -> str | None:
    with app.app_context():
        return next(frames, None)
