"""Messages of a YouTube live chat, through the YouTube Live Streaming API with an API key.

Source: Google's reference "LiveChatMessages: list" and "LiveChatMessage" (sure): `liveChatId`,
`part`, `pageToken`, `nextPageToken`, `pollingIntervalMillis`, `offlineAt`, `snippet.type`
"textMessageEvent"; refusals `liveChatEnded`, `liveChatDisabled`, `liveChatNotFound`,
`rateLimitExceeded`, `quotaExceeded`, `pageTokenInvalid` (sure). A call costs five units of the
10,000 of a day, so it asks no oftener than every LEAST_SECONDS: a session of three hours fits.
That an API key is enough for a public chat is what people report (likely); the reference asks for
none of the OAuth scopes to read.
"""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from shop import http
from shop.livestream.sources.protocol import Account, Away, Barred, Ended, Heard, Missing

HOST = "https://www.googleapis.com/youtube/v3"
PAGE_SIZE = 500
LEAST_SECONDS, MOST_SECONDS = 5.0, 30.0

_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")
_ENDED = {"liveChatEnded", "liveChatDisabled"}
_GONE = {"liveChatNotFound", "videoNotFound", "notFound"}
_BARRED = {
    "forbidden",
    "accessNotConfigured",
    "keyInvalid",
    "keyExpired",
    "badRequest",
    "API_KEY_INVALID",
    "ipRefererBlocked",
}
_BAD_TOKEN = {"pageTokenInvalid", "invalidPageToken"}


def batches(account: Account, cursor: str, until: Callable[[], bool]) -> Iterator[Heard]:
    """Messages of the chat. `cursor`: the token of the next page; empty: from the beginning.

    Raises Away, Barred, Missing, Ended.
    """
    chat = _chat(account)
    while not until():
        answer = _page(account, chat, cursor)
        cursor = str(answer.get("nextPageToken") or cursor)
        yield Heard(_messages(answer.get("items") or []), cursor)
        if answer.get("offlineAt") and not answer.get("items"):
            raise Ended("")
        _wait(answer.get("pollingIntervalMillis"), account, until)


def _chat(account: Account) -> str:
    """The chat of a video, when the video's id was given."""
    if not _VIDEO.fullmatch(account.external_id):
        return account.external_id
    asked = {"part": "liveStreamingDetails", "id": account.external_id}
    items = _ask(account, "videos", asked).get("items") or []
    if not items:
        raise Missing(account.external_id)
    chat = (items[0].get("liveStreamingDetails") or {}).get("activeLiveChatId")
    if not chat:
        raise Ended("")
    return str(chat)


def _page(account: Account, chat: str, cursor: str) -> dict[str, Any]:
    asked = {"liveChatId": chat, "part": "id,snippet,authorDetails", "maxResults": PAGE_SIZE}
    try:
        return _ask(account, "liveChat/messages", asked | ({"pageToken": cursor} if cursor else {}))
    except _BadToken:
        return _ask(account, "liveChat/messages", asked)


def _wait(millis: Any, account: Account, until: Callable[[], bool]) -> None:
    asked = millis / 1000 if isinstance(millis, int | float) else LEAST_SECONDS
    least = LEAST_SECONDS if "youtube" not in account.hosts else 0.05
    ends_at = time.monotonic() + min(max(asked, least), MOST_SECONDS)
    while time.monotonic() < ends_at and not until():
        time.sleep(min(0.2, least))


def _messages(items: list[Any]) -> tuple[dict[str, Any], ...]:
    shaped = (_message(one) for one in items if isinstance(one, dict))
    return tuple(one for one in shaped if one is not None)


def _message(item: dict[str, Any]) -> dict[str, Any] | None:
    snippet, author = item.get("snippet") or {}, item.get("authorDetails") or {}
    if snippet.get("type") != "textMessageEvent" or not item.get("id"):
        return None
    said = (snippet.get("textMessageDetails") or {}).get("messageText")
    channel = author.get("channelId") or snippet.get("authorChannelId")
    if not channel or not snippet.get("publishedAt"):
        return None
    return {
        "id": str(item["id"]),
        "author_id": str(channel),
        "author_name": str(author.get("displayName") or channel),
        "text": str(said or snippet.get("displayMessage") or ""),
        "posted_at": str(snippet["publishedAt"]),
    }


class _BadToken(Exception):
    """The token of a page is no longer known: begin anew, what is known is known."""


def _ask(account: Account, path: str, asked: dict[str, Any]) -> dict[str, Any]:
    url = f"{account.hosts.get('youtube', HOST)}/{path}"
    try:
        answer = http.call("GET", url, params=asked | {"key": account.token})
        said = answer.json()
    except http.CallFailed as error:
        raise Away(str(error)) from None
    except ValueError:
        said = None
    if answer.status_code == 200 and isinstance(said, dict):
        return said
    raise _refusal(answer.status_code, said)


def _refusal(status: int, said: Any) -> Exception:
    error = said.get("error") if isinstance(said, dict) else None
    error = error if isinstance(error, dict) else {}
    entries = [one for one in error.get("errors") or [] if isinstance(one, dict)]
    reasons = {str(one.get("reason")) for one in entries}
    words = str(error.get("message") or f"HTTP {status}")[:300]
    for kinds, kind in ((_ENDED, Ended), (_GONE, Missing)):
        if reasons & kinds:
            return kind(words)
    if reasons & _BAD_TOKEN:
        return _BadToken()
    if reasons & _BARRED or status == 401:
        return Barred(words)
    return Away(words)
