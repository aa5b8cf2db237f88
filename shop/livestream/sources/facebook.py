"""Comments of a Facebook Live video, through the Graph API with a Page's token.

Sources, and how sure they are. `live_comments` (server-sent events, `comment_rate`, fields): Meta's
page "Live Comments", sure; it says that comments are chosen by quality when they come faster than
the rate, so the stream alone may lack some. That is why the list (`/{live-video-id}/comments`,
`order`, `since`, `live_filter`: Meta's reference "Object Comments", sure) is read again every
CATCH_UP_SECONDS and after each break; only that reading moves the cursor. `is_hidden` on a comment
(reference "Comment", sure) and `recipient.comment_id` ("Private Replies": one message for each
comment, within seven days; sure). The error codes are those of "Handling Errors"; that a closed
video answers 100/33 is what people report (likely). Whether the stream always names `id` is not
written down: an event without one is left to the list.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from shop import http
from shop.livestream.sources.protocol import Account, Away, Barred, Ended, Heard, Missing

VERSION = "v21.0"
HOST, STREAM_HOST = "https://graph.facebook.com", "https://streaming-graph.facebook.com"
FIELDS = "id,from{name,id},message,created_time"
PAGE_SIZE, MOST_PAGES = 100, 200
CATCH_UP_SECONDS = 15.0
# Nothing at all for so long is a lost stream, or a quiet one: the list tells.
SILENCE_SECONDS = 10.0
# One that breaks at once is not opened again at once.
PAUSE_SECONDS = 2.0
# How far the list is read again: a comment may show there later than one written after it.
OVERLAP_SECONDS = 90

_BARRED = {10, 102, 190, 200, 299}
_GONE = {100, 803}
_REPLIED = 10900
_OVER = {"VOD", "LIVE_STOPPED"}


def batches(account: Account, cursor: str, until: Callable[[], bool]) -> Iterator[Heard]:
    """Comments of the live video. `cursor`: unix seconds up to which the list was read.

    Raises Away, Barred, Missing, Ended.
    """
    while not until():
        for heard in _list(account, cursor):
            cursor = heard.cursor
            yield heard
        if _is_over(account):
            raise Ended("")
        yield from _stream(account, cursor, until)


def _list(account: Account, cursor: str) -> Iterator[Heard]:
    """Every comment since the cursor, page by page, oldest first."""
    asked: dict[str, Any] = {"order": "chronological", "filter": "stream", "fields": FIELDS}
    asked |= {"live_filter": "no_filter", "limit": PAGE_SIZE}
    if cursor:
        asked["since"] = max(0, int(cursor) - OVERLAP_SECONDS)
    for _page in range(MOST_PAGES):
        answer = _ask(account, "GET", f"{account.external_id}/comments", asked)
        found = _comments(answer.get("data") or [])
        cursor = _later(cursor, found)
        yield Heard(found, cursor)
        paging = answer.get("paging") or {}
        after = (paging.get("cursors") or {}).get("after")
        if not after or "next" not in paging:
            return
        asked["after"] = after


def _later(cursor: str, found: tuple[dict[str, Any], ...]) -> str:
    instants = [int(datetime.fromisoformat(one["posted_at"]).timestamp()) for one in found]
    newest = max([int(cursor or 0), *instants])
    return str(newest) if newest else ""


def _is_over(account: Account) -> bool:
    answer = _ask(account, "GET", account.external_id, {"fields": "status"})
    return answer.get("status") in _OVER


def _stream(account: Account, cursor: str, until: Callable[[], bool]) -> Iterator[Heard]:
    """What the stream says for CATCH_UP_SECONDS, or until it breaks off."""
    host = account.hosts.get("facebook_stream", STREAM_HOST)
    url = f"{host}/{account.external_id}/live_comments"
    asked = {"access_token": account.token, "comment_rate": "ten_per_second", "fields": FIELDS}
    began = time.monotonic()
    try:
        with http.listening(url, params=asked, silence_seconds=SILENCE_SECONDS) as lines:
            for said in _events(lines):
                found = _comments([said] if isinstance(said, dict) else said)
                if found:
                    yield Heard(found, cursor)
                if until() or time.monotonic() > began + CATCH_UP_SECONDS:
                    return
    except http.CallFailed:
        # A stream that breaks, or keeps still: the list says what there is to know.
        while time.monotonic() < began + PAUSE_SECONDS and not until():
            time.sleep(0.1)
    except http.Refusal as error:
        raise _refusal(error.status, _json(error.body)) from None


def _events(lines: Iterator[bytes]) -> Iterator[Any]:
    """The data of each event (WHATWG, server-sent events); what is no JSON is passed over.

    A comment line (a heartbeat) is an empty event, so that the caller may look at the clock.
    """
    data: list[str] = []
    for line in lines:
        if line.startswith(b"data:"):
            data.append(line[5:].decode(errors="replace").removeprefix(" "))
        elif line.startswith(b":"):
            yield []
        elif not line and data:
            said = _json("\n".join(data))
            data = []
            yield said if isinstance(said, dict | list) else []


def _comments(said: list[Any]) -> tuple[dict[str, Any], ...]:
    shaped = (_comment(one) for one in said if isinstance(one, dict))
    return tuple(one for one in shaped if one is not None)


def _comment(said: dict[str, Any]) -> dict[str, Any] | None:
    """One comment; None when it has no id or time. Whose name is withheld is "Người xem"."""
    author = said.get("from") or {}
    posted_at = _instant(said.get("created_time"))
    if not said.get("id") or posted_at is None:
        return None
    return {
        "id": str(said["id"]),
        "author_id": str(author.get("id") or f"comment:{said['id']}"),
        "author_name": str(author.get("name") or "Người xem"),
        "text": str(said.get("message") or ""),
        "posted_at": posted_at,
    }


def _instant(said: Any) -> str | None:
    """ISO 8601 in UTC, from "2018-08-30T18:47:02+0000" or unix seconds."""
    try:
        if isinstance(said, int | float):
            return datetime.fromtimestamp(said, UTC).isoformat()
        return datetime.fromisoformat(str(said)).isoformat()
    except (ValueError, OverflowError):
        return None


def hide(account: Account, comment_id: str) -> None:
    """Show a comment to nobody but its author and their friends. Raises Away, Barred, Missing."""
    _ask(account, "POST", comment_id, {"is_hidden": "true"})


def reply(account: Account, comment_id: str, words: str) -> None:
    """One private message to who wrote a comment. Raises Away, Barred, Missing.

    "me" is the Page of the token. The platform takes one for each comment, within seven days.
    """
    sent = {
        "recipient": json.dumps({"comment_id": comment_id}),
        "message": json.dumps({"text": words}, ensure_ascii=False),
        "messaging_type": "RESPONSE",
    }
    try:
        _ask(account, "POST", "me/messages", sent)
    except Away as error:
        # Sent before, though its answer was lost on the way.
        if f"#{_REPLIED})" not in error.said:
            raise


def _ask(account: Account, method: str, path: str, asked: dict[str, Any]) -> dict[str, Any]:
    url = f"{account.hosts.get('facebook', HOST)}/{VERSION}/{path}"
    content = asked | {"access_token": account.token}
    try:
        where = "params" if method == "GET" else "data"
        answer = http.call(method, url, **{where: content})
    except http.CallFailed as error:
        raise Away(str(error)) from None
    said = _json(answer.content)
    if answer.status_code != 200 or not isinstance(said, dict) or "error" in said:
        raise _refusal(answer.status_code, said)
    return dict(said)


def _refusal(status: int, said: Any) -> Exception:
    error = said.get("error") if isinstance(said, dict) else None
    error = error if isinstance(error, dict) else {}
    code, words = error.get("code"), str(error.get("message") or f"HTTP {status}")[:300]
    if code in _BARRED or status == 401:
        return Barred(words)
    if code in _GONE or status == 404:
        return Missing(words)
    return Away(words)


def _json(raw: bytes | str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
