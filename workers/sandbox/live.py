"""Livestreams of the sandbox: a recorded session said again at a chosen speed.

POST /control/lives {"live": "…", "speed": 10, "comments": […]} begins one; `file` names a recording
instead ("demo", or one in the folder `lives` of the sandbox's own). A comment is {"text", and
perhaps "at" (seconds after the start), "id", "author_id", "author"}; what is left out is made up.
`late` (seconds): in the stream it comes so much later than it was said. `twice`: it comes twice.
`unstreamed`: the stream leaves it out, as Facebook does when many write at once.
POST /control/lives/<live> changes `token`, `per_second` (calls), `break_after` (events until the
stream breaks off), `ended`; POST …/say says something now. GET shows everything: what was
hidden, what replied.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template_string, request
from flask.typing import ResponseReturnValue

DEMO = Path(__file__).resolve().parents[2] / "shop/livestream/data/demo_comments.json"
# What a recording does not say: seconds between comments, and who writes.
BETWEEN_SECONDS = 3.0
NAMES = ("Lan Nguyễn", "Bình Trần", "Chi Lê", "Dung Phạm", "Hạnh Vũ", "Mai Đỗ", "Sơn Hoàng")


@dataclass(frozen=True)
class Said:
    """One comment. `at`: seconds after the start as recorded; `number`: its place in the list."""

    number: int
    id: str
    author_id: str
    author: str
    text: str
    at: float
    late: float = 0.0
    twice: bool = False
    unstreamed: bool = False


@dataclass
class Live:
    """A session being said again. `started_at`: unix seconds."""

    id: str
    speed: float
    started_at: float
    said: list[Said]
    token: str = "sandbox-page-token"
    per_second: float = 0.0
    break_after: int = 0
    ended: bool = False
    hidden: list[str] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[float, str]] = field(default_factory=list)

    def posted_at(self, one: Said) -> float:
        """When it was said, in unix seconds."""
        return self.started_at + one.at / self.speed

    def there(self, now: float) -> list[Said]:
        """Everything said by now, in the order of time."""
        said = [one for one in self.said if self.posted_at(one) <= now]
        return sorted(said, key=lambda one: (one.at, one.number))

    def streamed(self, now: float) -> list[Said]:
        """What a stream has sent by now, in the order in which it came."""
        due = [
            (self.posted_at(one) + one.late / self.speed, turn, one)
            for one in self.said
            for turn in range(2 if one.twice else 1)
            if not one.unstreamed
        ]
        return [
            one for at, _turn, one in sorted(due, key=lambda d: (d[0], d[2].number)) if at <= now
        ]

    def may_call(self, path: str) -> bool:
        """Count a call; False when it is one too many in this second."""
        now = time.time()
        recent = [at for at, _path in self.calls if at > now - 1]
        self.calls.append((now, path))
        return not self.per_second or len(recent) < self.per_second


class Lives:
    """Every session, by its id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self._there: dict[str, Live] = {}

    def get(self, live_id: str) -> Live | None:
        """The session, or None."""
        return self._there.get(live_id)

    def all(self) -> list[Live]:
        """Every session, the last one first."""
        return list(reversed(self._there.values()))

    def of_comment(self, comment_id: str) -> Live | None:
        """The session in which this comment was said."""
        there = (live for live in self.all() if any(c.id == comment_id for c in live.said))
        return next(there, None)

    def begin(self, given: dict[str, Any]) -> Live:
        """Begin a session anew."""
        live_id = str(given.get("live") or f"{time.time_ns() // 1000}")
        recorded = given.get("comments")
        if recorded is None:
            recorded = self._recording(str(given.get("file") or "demo"))
        started = time.time() - float(given.get("begun_seconds_ago", 0))
        said = [_said(live_id, number, one) for number, one in enumerate(recorded)]
        live = Live(live_id, max(float(given.get("speed", 1)), 0.01), started, said)
        change(live, given)
        with self.lock:
            self._there[live_id] = live
        return live

    def _recording(self, name: str) -> list[dict[str, Any]]:
        path = DEMO if name == "demo" else self.folder / "lives" / Path(name).name
        comments: list[dict[str, Any]] = json.loads(path.read_text())["comments"]
        return comments


def _said(live_id: str, number: int, one: dict[str, Any]) -> Said:
    name = str(one.get("author") or NAMES[number % len(NAMES)])
    return Said(
        number=number,
        id=str(one.get("id") or f"{live_id}_{number + 1:06d}"),
        author_id=str(one.get("author_id") or f"7{abs(hash_of(name)) % 10**14:014d}"),
        author=name,
        text=str(one["text"]),
        at=float(one.get("at", number * BETWEEN_SECONDS)),
        late=float(one.get("late", 0)),
        twice=bool(one.get("twice")),
        unstreamed=bool(one.get("unstreamed")),
    )


def hash_of(name: str) -> int:
    """A number of a name, the same in every process."""
    return int.from_bytes(name.encode()[-8:].rjust(8, b"\0"), "big")


def change(live: Live, given: dict[str, Any]) -> None:
    """Change what steers a session."""
    live.token = str(given.get("token", live.token))
    live.per_second = float(given.get("per_second", live.per_second))
    live.break_after = int(given.get("break_after", live.break_after))
    live.ended = bool(given.get("ended", live.ended))


def add_control(bp: Blueprint, lives: Lives) -> None:
    """Put the sessions on the control blueprint."""

    @bp.post("/lives")
    def begin_live() -> ResponseReturnValue:
        live = lives.begin(request.get_json(silent=True) or request.form.to_dict())
        return (jsonify(shown(live)), 201) if request.is_json else redirect("/control/lives", 303)

    @bp.post("/lives/<live_id>")
    def change_live(live_id: str) -> ResponseReturnValue:
        live = lives.get(live_id)
        if live is None:
            return jsonify(error="no such live"), 404
        change(live, request.get_json(silent=True) or request.form.to_dict())
        return jsonify(shown(live)) if request.is_json else redirect("/control/lives", 303)

    @bp.post("/lives/<live_id>/say")
    def say(live_id: str) -> ResponseReturnValue:
        live = lives.get(live_id)
        if live is None:
            return jsonify(error="no such live"), 404
        given = dict(request.get_json(silent=True) or request.form.to_dict())
        given.setdefault("at", (time.time() - live.started_at) * live.speed)
        with lives.lock:
            live.said.append(_said(live_id, len(live.said), given))
        return jsonify(shown(live)) if request.is_json else redirect("/control/lives", 303)

    @bp.get("/lives/<live_id>")
    def one_live(live_id: str) -> ResponseReturnValue:
        live = lives.get(live_id)
        return (jsonify(shown(live)), 200) if live else (jsonify(error="no such live"), 404)

    @bp.get("/lives")
    def lives_page() -> str:
        return render_template_string(PAGE, lives=[shown(live) for live in lives.all()])


def shown(live: Live) -> dict[str, Any]:
    """A session for whoever steers it."""
    return {
        "live": live.id,
        "token": live.token,
        "speed": live.speed,
        "ended": live.ended,
        "comments": len(live.said),
        "said": len(live.there(time.time())),
        "hidden": live.hidden,
        "replies": live.replies,
        "calls": [path for _at, path in live.calls],
    }


PAGE = """<!doctype html>
<html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Phiên livestream thử</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 50rem;
padding: 0 1rem } form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end;
margin: .5rem 0 } input, button { font: inherit; min-height: 44px }</style>
<h1>Phiên livestream thử, không phải Facebook hay YouTube thật</h1>
<form method="post" action="/control/lives">
<label>Mã video <input name="live" placeholder="tự đặt"></label>
<label>Bản ghi <input name="file" value="demo"></label>
<label>Nhanh gấp <input name="speed" type="number" min="0.1" step="any" value="1"></label>
<button>Phát phiên</button></form>
{% for live in lives %}<section><h2>{{ live.live }}{% if live.ended %} (đã hết){% endif %}</h2>
<p>Khóa: <code>{{ live.token }}</code>. Đã phát {{ live.said }}/{{ live.comments }} bình luận, nhanh
gấp {{ live.speed }}. Đã ẩn {{ live.hidden|length }}, đã nhắn riêng {{ live.replies|length }}.</p>
<form method="post" action="/control/lives/{{ live.live }}/say">
<label>Người <input name="author" value="Lan Nguyễn"></label>
<label>Câu <input name="text" required></label><button>Bình luận ngay</button></form>
<form method="post" action="/control/lives/{{ live.live }}"><input type="hidden" name="ended"
value="1"><button>Kết thúc</button></form></section>
{% else %}<p>Chưa có phiên nào.</p>{% endfor %}</html>"""
