"""Steering the sandbox: make shops, look at everything, order faults.

Faults (`fault`, on calls whose path ends with `path`, the next `times` of them, for one `shop_id`
or any): `error` answers `code` and `said`; `http` answers the status in `code`; `token_expired`;
`failure_list` reports the line as failed with `said`; `slow` waits `seconds` before acting;
`commit_then_timeout` acts, then waits `seconds` before it answers; `shift` answers a page of a list
from which an entry ahead of it has gone; `promotion_lock` refuses price or stock as locked. All of
them work on all three marketplaces.

Items: POST and DELETE /items/<id> do what a seller does by hand on the marketplace's pages, POST
/items lists many at once. With `promotion` true an item's price and stock are locked.
Limits: POST /limits says how many calls a shop may make a second.
Orders: POST /orders places one as a buyer would, /orders/<platform>/<id> changes its status;
/listeners says where pushes go; `push` in either orders one to be lost, twice or late.
"""

import json
from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from workers.sandbox import market_orders
from workers.sandbox.store import Store, item

FAULTS = (
    "error", "http", "token_expired", "failure_list", "slow", "commit_then_timeout", "shift",
    "promotion_lock",
)  # fmt: skip


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
        order_fault(store, given)
        return jsonify(given), 201

    @bp.post("/limits")
    def limits() -> ResponseReturnValue:
        given = request.get_json()
        store.meter.limit(given["shop_id"], float(given["per_second"]))
        return jsonify(given), 201

    @bp.get("/orders")
    def all_orders() -> ResponseReturnValue:
        rows = store.rows("SELECT * FROM orders ORDER BY created_at, order_id")
        return jsonify([market_orders.shown(row) for row in rows])

    @bp.get("/items")
    def all_items() -> ResponseReturnValue:
        return jsonify([item(row) for row in store.rows("SELECT * FROM items ORDER BY item_id")])

    @bp.post("/orders")
    def orders() -> ResponseReturnValue:
        given = request.get_json()
        try:
            order = market_orders.place(store, given["platform"], int(given["shop_id"]), given)
        except market_orders.SoldOut as error:
            return jsonify(error=f"sold out: {error}"), 409
        market_orders.tell(store, order, given.get("push", ""))
        return jsonify(order), 201

    @bp.post("/orders/<platform>/<order_id>")
    def order(platform: str, order_id: str) -> ResponseReturnValue:
        given = request.get_json()
        changed = market_orders.change(store, platform, order_id, given)
        market_orders.tell(store, changed, given.get("push", ""))
        return jsonify(changed)

    @bp.post("/items")
    def add_items() -> ResponseReturnValue:
        given = request.get_json()
        return jsonify(_list_many(store, int(given["shop_id"]), given["items"])), 201

    @bp.post("/items/<int:item_id>")
    def items(item_id: int) -> ResponseReturnValue:
        edit_item(store, item_id, request.get_json())
        return "", 204

    @bp.delete("/items/<int:item_id>")
    def delete_item(item_id: int) -> ResponseReturnValue:
        with store.change() as db:
            db.execute("DELETE FROM items WHERE item_id = ?", (item_id,))
        return "", 204

    @bp.post("/listeners")
    def listeners() -> ResponseReturnValue:
        given = request.get_json()
        market_orders.listen(store, given["platform"], given["url"])
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


def _list_many(store: Store, shop_id: int, bodies: list[dict[str, Any]]) -> list[int]:
    """Items as if they had always been there; their ids, in the same order."""
    query = "INSERT INTO items (shop_id, body) VALUES (?, ?) RETURNING item_id"
    with store.change() as db:
        return [db.execute(query, (shop_id, json.dumps(b))).fetchone()[0] for b in bodies]


def edit_item(store: Store, item_id: int, changes: dict[str, Any]) -> None:
    """Change an item as the seller would by hand on the marketplace's own pages."""
    with store.change() as db:
        row = db.execute("SELECT body FROM items WHERE item_id = ?", (item_id,)).fetchone()
        body = json.dumps(json.loads(row["body"]) | changes)
        db.execute("UPDATE items SET body = ? WHERE item_id = ?", (body, item_id))


def order_fault(store: Store, given: dict[str, Any]) -> None:
    """Order a fault, see above."""
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
                g.shift = 1 if row["fault"] == "shift" else 0
                return dict(row)
    return None


def shift() -> int:
    """How many entries went from ahead of the page of a list that is asked for now."""
    return int(g.get("shift", 0))
