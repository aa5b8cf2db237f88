"""Outgoing calls: time limits, and logs that name neither query nor body nor headers."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog

from shop import logs

log = structlog.get_logger()

# Seconds to connect, and to wait for each part of the answer. A job's calls must fit its limit.
TIMEOUT: tuple[float, float] = (5, 20)
# A whole answer may take this long and be this large.
TOTAL_SECONDS = 60
MOST_BYTES = 5 * 1024 * 1024


class CallFailed(Exception):
    """No answer came. `sent`: the request may have arrived, so its outcome is unknown."""

    def __init__(self, what: str, *, sent: bool) -> None:
        super().__init__(what)
        self.sent = sent


class Refusal(Exception):
    """A stream that was not opened: the `status` and `body` of the answer."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"status {status}")
        self.status, self.body = status, body


@dataclass(frozen=True)
class Exchange:
    """A call as people may see it: nothing secret stands in `request` (its content) and `reply`.

    `status` 0: no answer came.
    """

    call: str
    request: str
    reply: str
    status: int
    took_ms: int


MOST_SHOWN = 8_000
# Names, in queries, forms and JSON, of what signs or opens.
_SEALED = frozenset(
    [
        "access_token",
        "refresh_token",
        "sign",
        "signature",
        "app_secret",
        "secret",
        "partner_key",
        "auth_code",
    ]
)
_SEALED_IN_JSON = re.compile(rf'("(?:{"|".join(sorted(_SEALED))})"\s*:\s*)"[^"]*"')
_listening: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


@contextmanager
def recorded() -> Iterator[list[Exchange]]:
    """The calls made in the block, in order."""
    exchanges: list[Exchange] = []
    token = _listening.set(exchanges)
    try:
        yield exchanges
    finally:
        _listening.reset(token)


def _record(what: str, request: dict[str, Any], reply: bytes, status: int, took_ms: int) -> None:
    there = _listening.get()
    if there is not None:
        said = _masked(reply.decode(errors="replace"))
        there.append(Exchange(what, _shown(request), said, status, took_ms))


def _shown(request: dict[str, Any]) -> str:
    """What a request says, without what signs or opens; files by their name."""
    parts = []
    for name in ("params", "data", "json"):
        content = request.get(name)
        if isinstance(content, dict):
            content = {k: v for k, v in content.items() if k not in _SEALED}
        if isinstance(content, bytes):
            content = content.decode(errors="replace")
        if content:
            text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            parts.append(text)
    parts += [f"[{name}]" for name in request.get("files") or {}]
    return _masked("\n".join(parts))


def _masked(text: str) -> str:
    return _SEALED_IN_JSON.sub(r'\1"…"', text)[:MOST_SHOWN]


def call(method: str, url: str, **request: Any) -> requests.Response:
    """Send one request (`params`, `json`, `data`, `files`, `headers` as in requests).

    Any HTTP status is an answer. Redirects are not followed: a signed call is meant for the
    address it was signed for. Raises CallFailed.
    """
    place = urlsplit(url)
    where = {"method": method, "host": place.netloc, "path": place.path}
    started = time.monotonic()
    try:
        answer = _send(method, url, request)
    except requests.RequestException as error:
        # The exception's own text holds the whole address with its tokens: only its kind is kept.
        kind = type(error).__name__
        log.warning("call failed", **where, error=kind)
        _record(f"{method} {place.path}", request, kind.encode(), 0, _since(started))
        raise CallFailed(f"{method} {place.path}: {kind}", sent=not _never_sent(error)) from None
    took_ms = _since(started)
    log.info("call", **where, status=answer.status_code, took_ms=took_ms)
    _record(f"{method} {place.path}", request, answer.content, answer.status_code, took_ms)
    return answer


@contextmanager
def listening(
    url: str, *, params: dict[str, Any], silence_seconds: float
) -> Iterator[Iterator[bytes]]:
    """Open a stream of server-sent events; gives its lines as they come.

    Raises CallFailed, at the opening and while lines are taken, also after `silence_seconds`
    without a byte; Refusal when the answer is no 200.
    """
    place = urlsplit(url)
    what = f"GET {place.path}"
    where = {"method": "GET", "host": place.netloc, "path": place.path}
    try:
        with requests.get(
            url,
            params=params,
            timeout=(TIMEOUT[0], silence_seconds),
            allow_redirects=False,
            stream=True,
            headers={"Accept": "text/event-stream", "X-Request-ID": logs.request_id() or "-"},
        ) as answer:
            log.info("listening", **where, status=answer.status_code)
            if answer.status_code != 200:
                raise Refusal(answer.status_code, next(answer.iter_content(64 * 1024), b""))
            yield _lines(answer)
    except requests.RequestException as error:
        # The exception's own text holds the whole address with its token: only its kind is kept.
        raise CallFailed(f"{what}: {type(error).__name__}", sent=True) from None


def _lines(answer: requests.Response) -> Iterator[bytes]:
    kept = b""
    # Byte by byte from a buffer: a larger chunk would keep the last comments back.
    for piece in answer.iter_content(1):
        kept += piece
        if len(kept) > MOST_BYTES:
            raise requests.RequestException("a line of the stream is too long")
        *whole, kept = kept.split(b"\n")
        yield from (line.rstrip(b"\r") for line in whole)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _send(method: str, url: str, request: dict[str, Any]) -> requests.Response:
    request = dict(request)
    headers = {"X-Request-ID": logs.request_id() or "-"} | (request.pop("headers", None) or {})
    answer = requests.request(
        method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, headers=headers, **request
    )
    deadline, body = time.monotonic() + TOTAL_SECONDS, bytearray()
    for piece in answer.iter_content(64 * 1024):
        body += piece
        if len(body) > MOST_BYTES or time.monotonic() > deadline:
            answer.close()
            raise requests.RequestException("the answer is too long or too slow")
    answer._content, answer._content_consumed = bytes(body), True  # type: ignore[attr-defined]
    return answer


def _never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    refused = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
    return isinstance(error, requests.ConnectionError) and refused
