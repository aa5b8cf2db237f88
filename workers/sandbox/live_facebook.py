"""Facebook's side of a Live video's comments, from Meta's pages "Live Comments", "Object Comments",
"Comment", "Private Replies" and "Handling Errors"."""

import base64
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from workers.sandbox.live import Live, Lives, Said

LOOK_SECONDS = 0.02
HEARTBEAT_SECONDS = 1.0
RATES = {"one_per_two_seconds", "ten_per_second", "one_hundred_per_second"}
FIELDS = ("id", "from", "message", "created_time")


def blueprints(lives: Lives) -> tuple[Blueprint, Blueprint]:
    """The Graph API, and its streaming host."""
    return _graph(lives), _streaming(lives)


def _graph(lives: Lives) -> Blueprint:
    bp = Blueprint("facebook", __name__, url_prefix="/facebook/<version>")

    @bp.get("/<live_id>/comments")
    def comments(version: str, live_id: str) -> ResponseReturnValue:
        live = lives.get(live_id)
        if (refusal := _refusal(live, version)) is not None or live is None:
            return refusal or _missing()
        return _listed(live)

    @bp.get("/<live_id>")
    def video(version: str, live_id: str) -> ResponseReturnValue:
        live = lives.get(live_id)
        if (refusal := _refusal(live, version)) is not None or live is None:
            return refusal or _missing()
        return jsonify(id=live.id, status="VOD" if live.ended else "LIVE")

    @bp.post("/<comment_id>")
    def comment(version: str, comment_id: str) -> ResponseReturnValue:
        live = lives.of_comment(comment_id)
        if (refusal := _refusal(live, version)) is not None or live is None:
            return refusal or _missing()
        if request.values.get("is_hidden") not in ("true", "false"):
            return _error(400, 100, "Invalid parameter")
        if request.values["is_hidden"] == "true" and comment_id not in live.hidden:
            live.hidden.append(comment_id)
        return jsonify(success=True)

    @bp.post("/<_page>/messages")
    def messages(version: str, _page: str) -> ResponseReturnValue:
        try:
            to = str(json.loads(request.values["recipient"])["comment_id"])
            said = str(json.loads(request.values["message"])["text"])
        except (KeyError, ValueError):
            return _error(400, 100, "(#100) No matching user found")
        live = lives.of_comment(to)
        if (refusal := _refusal(live, version)) is not None or live is None:
            return refusal or _missing()
        if to in live.replies:
            return _error(400, 10900, "(#10900) Activity already replied to")
        live.replies[to] = said
        return jsonify(recipient_id="7001", message_id=f"m_{len(live.replies)}")

    return bp


def _streaming(lives: Lives) -> Blueprint:
    bp = Blueprint("facebook_stream", __name__, url_prefix="/facebook_stream")

    @bp.get("/<live_id>/live_comments")
    def live_comments(live_id: str) -> ResponseReturnValue:
        live = lives.get(live_id)
        if (refusal := _refusal(live, "v21.0")) is not None or live is None:
            return refusal or _missing()
        if request.args.get("comment_rate") not in RATES:
            return _error(400, 100, "(#100) comment_rate must be one of the listed values")
        fields = _fields()
        return Response(_events(live, fields), content_type="text/event-stream; charset=utf-8")

    return bp


def _events(live: Live, fields: list[str]) -> Iterator[str]:
    """What is said from now on. Breaks off after `break_after` events, once."""
    sent = len(live.streamed(time.time()))
    begun, beat = sent, time.time()
    while not live.ended:
        for one in live.streamed(time.time())[sent:]:
            sent += 1
            yield f"data: {json.dumps(_shaped(live, one, fields), ensure_ascii=False)}\n\n"
            if live.break_after and sent - begun >= live.break_after:
                live.break_after = 0
                return
        if time.time() - beat >= HEARTBEAT_SECONDS:
            beat = time.time()
            yield ": ping\n\n"
        time.sleep(LOOK_SECONDS)


def _listed(live: Live) -> ResponseReturnValue:
    order = request.args.get("order", "chronological")
    if order not in ("chronological", "reverse_chronological"):
        return _error(400, 100, "(#100) order must be one of the listed values")
    try:
        since = float(request.args.get("since", 0))
        limit = min(int(request.args.get("limit", 25)), 100)
        start = int(base64.b64decode(request.args.get("after", "MA==")))
    except ValueError:
        return _error(400, 100, "Invalid parameter")
    found = [one for one in live.there(time.time()) if live.posted_at(one) >= since]
    if order == "reverse_chronological":
        found.reverse()
    page = found[start : start + limit]
    answer: dict[str, Any] = {"data": [_shaped(live, one, _fields()) for one in page]}
    if page:
        after = base64.b64encode(str(start + len(page)).encode()).decode()
        answer["paging"] = {"cursors": {"before": "MA==", "after": after}}
        if len(found) > start + len(page):
            answer["paging"]["next"] = request.base_url
    return jsonify(answer)


def _fields() -> list[str]:
    asked = request.args.get("fields", "created_time,from,message,id")
    names = re.sub(r"\{[^}]*\}", "", asked).split(",")
    return ["id", *(name for name in names if name in FIELDS and name != "id")]


def _shaped(live: Live, one: Said, fields: list[str]) -> dict[str, Any]:
    at = datetime.fromtimestamp(live.posted_at(one), UTC)
    whole = {
        "id": one.id,
        "from": {"name": one.author, "id": one.author_id},
        "message": one.text,
        "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    return {name: whole[name] for name in fields}


def _refusal(live: Live | None, version: str) -> ResponseReturnValue | None:
    if not re.fullmatch(r"v\d+\.\d", version):
        return _error(400, 2500, "Unknown path components")
    token = request.values.get("access_token")
    if not token:
        return _error(400, 104, "An access token is required to request this resource.")
    if live is None:
        return None
    if token != live.token:
        return _error(400, 190, "Error validating access token: the session has been invalidated.")
    if not live.may_call(request.path):
        return _error(400, 4, "(#4) Application request limit reached")
    return None


def _missing() -> ResponseReturnValue:
    said = "Unsupported get request. Object does not exist, or cannot be loaded."
    return _error(400, 100, said, 33)


def _error(status: int, code: int, message: str, subcode: int = 0) -> ResponseReturnValue:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode:
        error["error_subcode"] = subcode
    return jsonify(error=error | {"fbtrace_id": "sandbox"}), status
