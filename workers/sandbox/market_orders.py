"""Orders that buyers place on the sandbox's marketplaces, and the pushes that tell of them.

One book for all platforms; each platform's module tells it in its own form. An order takes its
units out of the item's stock, and never more than there is; cancelled, it gives them back once.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from workers.sandbox.store import Store

# How a push is told: platform → (store, order, url) → headers and body. Each platform adds its own.
PUSHES: dict[str, Callable[[dict[str, Any], str], tuple[dict[str, str], bytes]]] = {}
# Words for "cancelled" of the platforms.
CANCELLED = {"CANCELLED", "canceled"}


class SoldOut(Exception):
    """The buyer wants more than the item has."""


def place(store: Store, platform: str, shop_id: int, given: dict[str, Any]) -> dict[str, Any]:
    """A buyer's order: `lines` of {item_id, quantity}, `status` in the platform's words.

    Raises SoldOut; then nothing is taken.
    """
    now = time.time()
    order_id = str(given.get("order_id") or _new_id(platform))
    with store.change() as db:
        lines = [_take(db, shop_id, line) for line in given["lines"]]
        body = {
            "lines": lines,
            "buyer": given.get("buyer", "Nguyễn Thị Bưởi"),
            "phone": given.get("phone", "0912345678"),
            "address": given.get("address", "Số 5, phường Tân Thịnh, Thái Nguyên"),
            "fee_vnd": int(given.get("fee_vnd", 20_000)),
            "discount_vnd": int(given.get("discount_vnd", 0)),
            "tracking": "",
            "returned": {},
            "held": False,
            "reversed_vnd": 0,
        }
        db.execute(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)",
            (platform, shop_id, order_id, given["status"], json.dumps(body), now, now),
        )
    return one(store, platform, order_id, shop_id)


def _new_id(platform: str) -> str:
    if platform == "shopee":
        return time.strftime("%y%m%d") + secrets.token_hex(4).upper()
    return str(secrets.randbelow(9 * 10**14) + 10**14)


def _take(db: Any, shop_id: int, line: dict[str, Any]) -> dict[str, Any]:
    query = "SELECT body FROM items WHERE item_id = ? AND shop_id = ?"
    row = db.execute(query, (line["item_id"], shop_id)).fetchone()
    if row is None:
        raise SoldOut(str(line["item_id"]))
    item, quantity = json.loads(row["body"]), int(line["quantity"])
    if item["stock"] < quantity:
        raise SoldOut(f"{line['item_id']}: {item['stock']} left")
    item["stock"] -= quantity
    db.execute("UPDATE items SET body = ? WHERE item_id = ?", (json.dumps(item), line["item_id"]))
    return {
        "item_id": line["item_id"],
        "product": item.get("product", ""),
        "sku": line.get("sku", item.get("item_sku", "")),
        "name": item.get("item_name", ""),
        "price": item["price"],
        "quantity": quantity,
    }


def change(store: Store, platform: str, order_id: str, given: dict[str, Any]) -> dict[str, Any]:
    """Another `status`, a `tracking` number, or what is `returned`: {"items": {item id: units},
    "status": in the platform's words}; whether its money is `held` back still, or how much of it
    is taken back (`reversed_vnd`). `shop_id` where order ids are a shop's own. Cancelled gives the
    units back once.
    """
    with store.change() as db:
        row = _row(db, platform, order_id, given.get("shop_id"))
        shop_id = row["shop_id"]
        body, status = json.loads(row["body"]), given.get("status", row["status"])
        body["tracking"] = given.get("tracking", body["tracking"])
        body["returned"] = given.get("returned", body.get("returned", {}))
        body["held"] = given.get("held", body.get("held", False))
        body["reversed_vnd"] = int(given.get("reversed_vnd", body.get("reversed_vnd", 0)))
        if status in CANCELLED and row["status"] not in CANCELLED:
            for line in body["lines"]:
                _give_back(db, line)
        # Never the same instant as before: lists are told by it.
        now = max(time.time(), row["updated_at"] + 1)
        db.execute(
            "UPDATE orders SET status = ?, body = ?, updated_at = ?"
            " WHERE platform = ? AND shop_id = ? AND order_id = ?",
            (status, json.dumps(body), now, platform, shop_id, order_id),
        )
    return one(store, platform, order_id, shop_id)


def _give_back(db: Any, line: dict[str, Any]) -> None:
    row = db.execute("SELECT body FROM items WHERE item_id = ?", (line["item_id"],)).fetchone()
    item = json.loads(row["body"])
    item["stock"] += line["quantity"]
    db.execute("UPDATE items SET body = ? WHERE item_id = ?", (json.dumps(item), line["item_id"]))


def one(store: Store, platform: str, order_id: str, shop_id: int) -> dict[str, Any]:
    """An order of a shop by its id."""
    with store.change() as db:
        return shown(dict(_row(db, platform, order_id, shop_id)))


def _row(db: Any, platform: str, order_id: str, shop_id: int | None) -> Any:
    query = (
        "SELECT * FROM orders WHERE platform = ?1 AND order_id = ?2"
        " AND (shop_id = ?3 OR ?3 IS NULL)"
    )
    return db.execute(query, (platform, order_id, shop_id)).fetchone()


def of(store: Store, platform: str, shop_id: int) -> list[dict[str, Any]]:
    """The orders of a shop, in the order of their changes."""
    query = "SELECT * FROM orders WHERE platform = ? AND shop_id = ? ORDER BY updated_at, order_id"
    return [shown(row) for row in store.rows(query, platform, shop_id)]


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A stored order with its sums."""
    body = json.loads(row["body"])
    goods = sum(line["price"] * line["quantity"] for line in body["lines"])
    total = goods + body["fee_vnd"] - body["discount_vnd"]
    known = {name: row[name] for name in ("platform", "shop_id", "order_id", "status")}
    times = {"created_at": int(row["created_at"]), "updated_at": int(row["updated_at"])}
    sums = {"goods_vnd": goods, "total_vnd": total}
    return {**known, **times, "reversed_vnd": 0, **body, **sums}


def listen(store: Store, platform: str, url: str) -> None:
    """Pushes of `platform` go to `url` from now on."""
    with store.change() as db:
        db.execute(
            "INSERT INTO listeners VALUES (?, ?) ON CONFLICT (platform) DO UPDATE SET url = ?2",
            (platform, url),
        )


def tell(store: Store, order: dict[str, Any], how: str = "") -> None:
    """Push that the order changed. `how`: "lost" not at all, "twice", "late" after two seconds."""
    found = store.rows("SELECT url FROM listeners WHERE platform = ?", order["platform"])
    if not found or how == "lost" or order["platform"] not in PUSHES:
        return
    url = found[0]["url"]
    headers, body = PUSHES[order["platform"]](order, url)

    def send() -> None:
        time.sleep(2 if how == "late" else 0)
        for _ in range(2 if how == "twice" else 1):
            try:
                requests.post(url, data=body, headers=headers, timeout=5)
            except requests.RequestException:
                return

    threading.Thread(target=send, daemon=True).start()
