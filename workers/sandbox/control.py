"""Steering the sandbox: make shops, look at everything, order faults.

Faults (`fault`, on calls whose path ends with `path`, the next `times` of them, for one `shop_id`
or any): `error` answers `code` and `said`; `http` answers the status in `code`; `token_expired`;
`failure_list` reports the line as failed with `said`; `slow` waits `seconds` before acting;
`commit_then_timeout` acts, then waits `seconds` before it answers.
"""

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from workers.sandbox.store import Store, item

FAULTS = ("error", "http", "token_expired", "failure_list", "slow", "commit_then_timeout")


def blueprint(store: Store) -> Blueprint:
    """The control pages over `store`."""
    bp = Blueprint("control", __name__, url_prefix="/control")

    @bp.post("/shops")
    def shops() -> ResponseReturnValue:
        given = request.get_json()
        open_shop(store, int(given["shop_id"]), str(given["name"]))
        return jsonify(shop_id=int(given["shop_id"])), 201

    @bp.post("/faults")
    def faults() -> ResponseReturnValue:
        given = request.get_json()
        if given.get("fault") not in FAULTS:
            return jsonify(error=f"fault is one of {', '.join(FAULTS)}"), 422
        _order(store, given)
        return jsonify(given), 201

    @bp.get("/state")
    def state() -> ResponseReturnValue:
        return jsonify(_state(store))

    return bp


def open_shop(store: Store, shop_id: int, name: str) -> None:
    """Open a shop, or rename it."""
    with store.change() as db:
        db.execute(
            "INSERT INTO shops VALUES (?, ?) ON CONFLICT (shop_id) DO UPDATE SET name = ?2",
            (shop_id, name),
        )


def _order(store: Store, given: dict[str, Any]) -> None:
    with store.change() as db:
        db.execute(
            "INSERT INTO faults (fault, path, times, shop_id, seconds, code, said)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                given["fault"],
                given.get("path", ""),
                int(given.get("times", 1)),
                given.get("shop_id"),
                float(given.get("seconds", 0)),
                str(given.get("code", "error_server")),
                str(given.get("said", "")),
            ),
        )


def _state(store: Store) -> dict[str, Any]:
    return {
        "shops": store.rows("SELECT * FROM shops"),
        "tokens": store.rows("SELECT shop_id, access, refresh FROM tokens"),
        "items": [item(row) for row in store.rows("SELECT * FROM items ORDER BY item_id")],
        "calls": store.rows("SELECT * FROM calls ORDER BY id"),
        "faults": store.rows("SELECT * FROM faults WHERE times > 0"),
    }


def due(store: Store, path: str, shop_id: int | None) -> dict[str, Any] | None:
    """The fault ordered for this call, counted down; None when there is none."""
    with store.change() as db:
        for row in db.execute("SELECT * FROM faults WHERE times > 0 ORDER BY id"):
            if path.endswith(row["path"]) and row["shop_id"] in (None, shop_id):
                db.execute("UPDATE faults SET times = times - 1 WHERE id = ?", (row["id"],))
                return dict(row)
    return None
