"""Outgoing calls: time limits, and logs that name neither query nor body nor headers."""

import time
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
        raise CallFailed(f"{method} {place.path}: {kind}", sent=not _never_sent(error)) from None
    took_ms = round((time.monotonic() - started) * 1000)
    log.info("call", **where, status=answer.status_code, took_ms=took_ms)
    return answer


def _send(method: str, url: str, request: dict[str, Any]) -> requests.Response:
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
