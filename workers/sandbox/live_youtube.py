"""YouTube's side of a live chat, from Google's references on live chat messages and videos.

The chat of the session `abc` is "chat-abc"; its API key is the session's token.
"""

import base64
import time
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from workers.sandbox.live import Live, Lives, Said

CHAT = "chat-"
POLL_MILLIS = 100


def blueprint(lives: Lives) -> Blueprint:
    """The API's addresses."""
    bp = Blueprint("youtube", __name__, url_prefix="/youtube")

    @bp.get("/videos")
    def videos() -> ResponseReturnValue:
        live = lives.get(request.args.get("id", ""))
        if (refusal := _refusal(live)) is not None:
            return refusal
        if live is None:
            return jsonify(kind="youtube#videoListResponse", items=[])
        details: dict[str, Any] = {"actualStartTime": _instant(live.started_at)}
        if not live.ended:
            details["activeLiveChatId"] = CHAT + live.id
        return jsonify(items=[{"id": live.id, "liveStreamingDetails": details}])

    @bp.get("/liveChat/messages")
    def messages() -> ResponseReturnValue:
        live = lives.get(request.args.get("liveChatId", "").removeprefix(CHAT))
        if (refusal := _refusal(live)) is not None:
            return refusal
        if live is None:
            return _error(404, "liveChatNotFound", "The live chat was not found.")
        if not request.args.get("part"):
            return _error(400, "required", "Required parameter: part")
        return _listed(live)

    return bp


def _listed(live: Live) -> ResponseReturnValue:
    try:
        start = int(base64.b64decode(request.args.get("pageToken", "MA==")))
    except ValueError:
        return _error(400, "pageTokenInvalid", "The page token is not valid.")
    arrived = live.streamed(time.time())
    most = min(max(int(request.args.get("maxResults", 500)), 200), 2000)
    page = arrived[start : start + most]
    if live.ended and not page:
        return _error(403, "liveChatEnded", "The live chat is no longer live.")
    answer: dict[str, Any] = {
        "kind": "youtube#liveChatMessageListResponse",
        "nextPageToken": base64.b64encode(str(start + len(page)).encode()).decode(),
        "pollingIntervalMillis": POLL_MILLIS,
        "pageInfo": {"totalResults": len(page), "resultsPerPage": len(page)},
        "items": [_shaped(live, one) for one in page],
    }
    if live.ended:
        answer["offlineAt"] = _instant(time.time())
    return jsonify(answer)


def _shaped(live: Live, one: Said) -> dict[str, Any]:
    return {
        "kind": "youtube#liveChatMessage",
        "id": one.id,
        "snippet": {
            "type": "textMessageEvent",
            "liveChatId": CHAT + live.id,
            "authorChannelId": one.author_id,
            "publishedAt": _instant(live.posted_at(one)),
            "hasDisplayContent": True,
            "displayMessage": one.text,
            "textMessageDetails": {"messageText": one.text},
        },
        "authorDetails": {"channelId": one.author_id, "displayName": one.author},
    }


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _refusal(live: Live | None) -> ResponseReturnValue | None:
    key = request.args.get("key")
    if not key:
        return _error(403, "forbidden", "The request is missing a valid API key.")
    if live is None:
        return None
    if key != live.token:
        return _error(400, "badRequest", "API key not valid. Please pass a valid API key.")
    if not live.may_call(request.path):
        return _error(403, "rateLimitExceeded", "The request was sent too soon after the last.")
    return None


def _error(status: int, reason: str, message: str) -> ResponseReturnValue:
    errors = [{"message": message, "domain": "youtube.liveChat", "reason": reason}]
    return jsonify(error={"code": status, "message": message, "errors": errors}), status
