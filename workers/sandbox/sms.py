"""An SMS gateway: takes messages over HTTP and checks each as the operators' network would.

POST /sms/messages with `Authorization: Bearer …` and {"id", "to", "from", "text"}: 202 when it is
taken, 200 for the same once more, 409 for other words under a known id, 401 for a wrong key, 422
with `error` for what no network sends. GET /sms/messages shows what was taken; POST /sms/faults
orders `busy` (503) or `full` (429) for the next `times` messages.
"""

import hmac
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

TOKEN = "sandbox-sms-token-opens-nothing-real"
FAULTS = {"busy": 503, "full": 429}
# GSM 03.38: the basic alphabet, and what costs two characters of the 160.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLE = "^{}\\[~]|€"
LONGEST = 160
SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (fault TEXT PRIMARY KEY, times INTEGER NOT NULL);
"""


class Store:
    """The file at `path`, made with its folder when it is not there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        with self._open() as db:
            db.executescript(SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=20, isolation_level="IMMEDIATE")
        try:
            with db:
                yield db
        finally:
            db.close()

    def keep(self, message: dict[str, str]) -> int:
        """202 for a new one, 200 for the same again, 409 for other words under its id."""
        body = json.dumps(message, ensure_ascii=False, sort_keys=True)
        with self._open() as db:
            there = db.execute("SELECT body FROM messages WHERE id = ?", [message["id"]]).fetchone()
            if there is None:
                db.execute("INSERT INTO messages VALUES (?, ?)", [message["id"], body])
                return 202
        return 200 if there[0] == body else 409

    def messages(self) -> list[dict[str, str]]:
        """Every message taken, the first first."""
        with self._open() as db:
            rows = db.execute("SELECT body FROM messages ORDER BY rowid").fetchall()
        return [json.loads(body) for (body,) in rows]

    def order_fault(self, fault: str, times: int) -> None:
        """The next `times` messages are answered so."""
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO faults VALUES (?, ?)", [fault, times])

    def take_fault(self) -> str:
        """The fault that the message at hand meets; empty for none."""
        with self._open() as db:
            row = db.execute("SELECT fault FROM faults WHERE times > 0 LIMIT 1").fetchone()
            if row is not None:
                db.execute("UPDATE faults SET times = times - 1 WHERE fault = ?", row)
        return row[0] if row else ""


def blueprint(state: Path) -> Blueprint:
    """The gateway under `/sms`, remembering in the folder `state`."""
    store = Store(state / "sms.sqlite")
    bp = Blueprint("sms", __name__, url_prefix="/sms")

    @bp.post("/messages")
    def send() -> ResponseReturnValue:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {TOKEN}".encode()):
            return jsonify(error="wrong key"), 401
        if fault := store.take_fault():
            return jsonify(error=fault), FAULTS[fault]
        message: Any = request.get_json(silent=True)
        if wrong := _wrong(message):
            return jsonify(error=wrong), 422
        status = store.keep(message)
        if status == 409:
            return jsonify(error="id: known with other words"), 409
        return jsonify(id=message["id"], state="accepted"), status

    @bp.get("/messages")
    def messages() -> ResponseReturnValue:
        return jsonify(messages=store.messages())

    @bp.post("/faults")
    def faults() -> ResponseReturnValue:
        asked = request.get_json()
        if asked.get("fault") not in FAULTS:
            return jsonify(error=f"fault: one of {', '.join(FAULTS)}"), 422
        store.order_fault(asked["fault"], int(asked.get("times", 1)))
        return jsonify(asked), 201

    return bp


def _wrong(message: Any) -> str:
    """Why no network would send it; empty when one would."""
    names = {"id", "to", "from", "text"}
    if not isinstance(message, dict) or message.keys() != names:
        return f"a JSON object of {', '.join(sorted(names))}"
    if not all(isinstance(value, str) for value in message.values()):
        return "every value is text"
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,64}", message["id"]):
        return "id: 8 to 64 letters, digits, - or _"
    if not re.fullmatch(r"84[35789][0-9]{8}", message["to"]):
        return "to: a Vietnamese mobile number as 84…"
    if not re.fullmatch(r"[A-Za-z0-9 ._-]{1,11}", message["from"]):
        return "from: a brand name of at most 11 characters"
    return _wrong_text(message["text"])


def _wrong_text(text: str) -> str:
    strange = sorted({sign for sign in text if sign not in BASIC + DOUBLE})
    if strange:
        return f"text: not in GSM 03.38: {''.join(strange)}"
    long = len(text) + sum(sign in DOUBLE for sign in text)
    return "" if 0 < long <= LONGEST else f"text: 1 to {LONGEST} characters, not {long}"
