"""TikTok Shop's products in the sandbox: create, edit, stock, price, state, audit, search."""

import json
import re
from collections.abc import Callable
from typing import Any

from flask import request

from workers.sandbox import control, tiktok_rules
from workers.sandbox.store import Store
from workers.sandbox.tiktok_rules import Fault

MOST_AT_ONCE = 20
REQUIRED = ("title", "description", "category_id", "main_images", "skus", "package_weight")
STATUSES = (
    "DRAFT", "PENDING", "FAILED", "ACTIVATE", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED",
    "FREEZE", "DELETED",
)  # fmt: skip


def create_product(store: Store, shop_id: int) -> dict[str, Any]:
    """List one product. The same idempotency_key again is the same product."""
    given = _body()
    missing = [name for name in REQUIRED if not given.get(name)]
    if missing:
        raise Fault(12052001, f"{', '.join(missing)} required")
    key = str(given.get("idempotency_key") or "")
    if len(key) > 128:
        raise Fault(12052002, "idempotency_key: at most 128 characters")
    tiktok_rules.check_content(store, given)
    body = given | tiktok_rules.checked_sku(given["skus"])
    draft = given.get("save_mode") == "AS_DRAFT"
    body |= {"status": "DRAFT" if draft else "PENDING", "item_name": given["title"]}
    with store.change() as db:
        known = "SELECT item_id FROM tiktok_keys WHERE shop_id = ? AND key = ?"
        row = db.execute(known, (shop_id, key)).fetchone() if key else None
        if row is not None:
            return _made(row["item_id"], body)
        added = db.execute(
            "INSERT INTO items (shop_id, body) VALUES (?, ?)", (shop_id, json.dumps(body))
        ).lastrowid
        if key:
            db.execute("INSERT INTO tiktok_keys VALUES (?, ?, ?)", (shop_id, key, added))
    return _made(added or 0, body)


def _made(item_id: int, body: dict[str, Any]) -> dict[str, Any]:
    sku = {"id": sku_id(item_id), "seller_sku": body["item_sku"]}
    return {"product_id": str(item_id), "skus": [sku], "warnings": []}


def sku_id(item_id: int) -> str:
    """The id of a product's only SKU."""
    return f"{item_id}001"


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise Fault(36009004, "the body must be a JSON object")
    return given


def edit_product(store: Store, shop_id: int, product_id: str) -> dict[str, Any]:
    """Write a product anew: what is not sent is gone."""
    given, kept = _body(), _one(store, shop_id, product_id)
    missing = [name for name in REQUIRED if not given.get(name)]
    if missing:
        raise Fault(12052001, f"{', '.join(missing)} required")
    tiktok_rules.check_content(store, given)
    body = {"status": kept["status"], "item_name": given["title"]}
    body = given | tiktok_rules.checked_sku(given["skus"]) | body
    with store.change() as db:
        db.execute("UPDATE items SET body = ? WHERE item_id = ?", (json.dumps(body), product_id))
    return _made(int(product_id), body)


def partial_edit(store: Store, shop_id: int, product_id: str) -> dict[str, Any]:
    """Change the fields that are sent, price and stock aside."""
    given, kept = _body(), _one(store, shop_id, product_id)
    if given.get("category_version") != "v2":
        raise Fault(12052023, "category_version must be v2")
    tiktok_rules.check_content(store, given)
    given = {name: value for name, value in given.items() if name != "skus"}
    _put(store, product_id, given | {"item_name": given.get("title", kept["item_name"])})
    return _made(int(product_id), kept)


def update_inventory(store: Store, shop_id: int, product_id: str) -> dict[str, Any]:
    """Set stock, absolute; every warehouse that the SKU lies in has to be named."""
    kept = _one(store, shop_id, product_id)
    failures = []
    for sku in _body().get("skus") or []:
        try:
            _known_sku(product_id, sku)
            held = tiktok_rules.held(sku.get("inventory") or [])
            if set(held) != set(kept["inventory"]):
                raise Fault(12052056, "every warehouse of the SKU must be listed")
            _put(store, product_id, {"inventory": held, "stock": sum(held.values())})
        except Fault as fault:
            failures.append(_failed(fault, sku_id=sku.get("id")))
    return {"errors": failures} if failures else {}


def update_prices(store: Store, shop_id: int, product_id: str) -> dict[str, Any]:
    """Set the price of a product that is on sale."""
    kept = _one(store, shop_id, product_id)
    if kept["status"] != "ACTIVATE":
        raise Fault(12052095, "the product is not ACTIVATE")
    for sku in _body().get("skus") or []:
        _known_sku(product_id, sku)
        _put(store, product_id, {"price": tiktok_rules.price(sku.get("price") or {})})
    return {}


def _known_sku(product_id: str, sku: dict[str, Any]) -> None:
    if sku.get("id") != sku_id(int(product_id)):
        raise Fault(12052082, "no such SKU of the product")


def activate(store: Store, shop_id: int) -> dict[str, Any]:
    """Show up to 20 products that are hidden; each goes through its audit again."""
    return _each(store, shop_id, "SELLER_DEACTIVATED", "PENDING")


def deactivate(store: Store, shop_id: int) -> dict[str, Any]:
    """Hide up to 20 products that are shown."""
    return _each(store, shop_id, "ACTIVATE", "SELLER_DEACTIVATED")


def _each(store: Store, shop_id: int, was: str, becomes: str) -> dict[str, Any]:
    ids = _body().get("product_ids") or []
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise Fault(36009004, f"product_ids: 1 to {MOST_AT_ONCE}")
    failures = []
    for product_id in ids:
        try:
            kept = _one(store, shop_id, product_id)
            if kept["status"] != was:
                raise Fault(12052097, f"the product is {kept['status']}")
            _put(store, product_id, {"status": becomes})
        except Fault as fault:
            failures.append(_failed(fault, product_id=product_id))
    return {"errors": failures} if failures else {}


def _failed(fault: Fault, **detail: Any) -> dict[str, Any]:
    return {"code": fault.code, "message": fault.said, "detail": detail}


def search_products(store: Store, shop_id: int) -> dict[str, Any]:
    """A page of products: `page_size` up to 100, `page_token`; by status and seller SKU."""
    size, given = request.args.get("page_size", 0, type=int), request.get_json(silent=True) or {}
    if not 1 <= size <= 100:
        raise Fault(36009004, "page_size: 1 to 100")
    status, skus = given.get("status", "ALL"), given.get("seller_skus")
    if status not in (*STATUSES, "ALL"):
        raise Fault(36009004, "status is unknown")
    rows = store.rows("SELECT * FROM items WHERE shop_id = ? ORDER BY item_id", shop_id)
    found = [(row["item_id"], _audited(store, row)) for row in rows]
    chosen = [
        _told(id, body)
        for id, body in found
        if status in ("ALL", body["status"]) and (skus is None or body["item_sku"] in skus)
    ]
    page, token = paged(chosen, size)
    return {"products": page, "next_page_token": token, "total_count": len(chosen)}


def paged(rows: list[Any], size: int) -> tuple[list[Any], str]:
    """The page that `page_token` asks for, and the token of the next one."""
    token = request.args.get("page_token") or "p0"
    if not re.fullmatch(r"p\d+", token):
        raise Fault(36009004, "page_token is invalid")
    offset = int(token[1:])
    more, start = offset + size < len(rows), offset + control.shift()
    return rows[start : start + size], f"p{offset + size}" if more else ""


def get_product(store: Store, shop_id: int, product_id: str) -> dict[str, Any]:
    """One product."""
    kept = _one(store, shop_id, product_id)
    more = {"description": kept["description"], "main_images": kept["main_images"]}
    weight = {"package_weight": kept["package_weight"]}
    return _told(int(product_id), kept) | more | weight


def _told(item_id: int, body: dict[str, Any]) -> dict[str, Any]:
    price = {"currency": "VND", "sale_price": str(body["price"])}
    sku = {"id": sku_id(item_id), "seller_sku": body["item_sku"], "price": price}
    sku["inventory"] = _lying(body)
    known = {"id": str(item_id), "title": body["item_name"], "status": body["status"]}
    return known | {"skus": [sku], "create_time": 0, "update_time": 0}


def _lying(body: dict[str, Any]) -> list[dict[str, Any]]:
    """What lies where. Buyers take from the first."""
    held = dict(body["inventory"])
    first = next(iter(held))
    held[first] += body["stock"] - sum(held.values())
    return [{"warehouse_id": id, "quantity": quantity} for id, quantity in held.items()]


def _one(store: Store, shop_id: int, product_id: str) -> dict[str, Any]:
    query = "SELECT * FROM items WHERE item_id = ? AND shop_id = ?"
    rows = store.rows(query, int(product_id) if product_id.isdecimal() else 0, shop_id)
    if not rows:
        raise Fault(12052048, f"no product {product_id}")
    return _audited(store, rows[0])


def _audited(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    """As it stands now. Whoever looks at one in audit sees it in audit; then it has passed."""
    body: dict[str, Any] = json.loads(row["body"])
    if body["status"] == "PENDING" and not body.get("audit_stays"):
        _put(store, str(row["item_id"]), {"status": "ACTIVATE"})
    return body


def _put(store: Store, product_id: str, changes: dict[str, Any]) -> None:
    # Read again inside: a buyer may have bought meanwhile.
    with store.change() as db:
        row = db.execute("SELECT body FROM items WHERE item_id = ?", (product_id,)).fetchone()
        body = json.loads(row["body"]) | changes
        db.execute("UPDATE items SET body = ? WHERE item_id = ?", (json.dumps(body), product_id))


Verb = Callable[..., dict[str, Any]]
P = r"/product/202309"
ROUTES: list[tuple[str, re.Pattern[str], Verb]] = [
    (method, re.compile(pattern), verb)
    for method, pattern, verb in (
        ("GET", rf"{P}/categories", tiktok_rules.get_categories),
        ("GET", rf"{P}/categories/(\d+)/attributes", tiktok_rules.get_attributes),
        ("GET", rf"{P}/categories/(\d+)/rules", tiktok_rules.get_rules),
        ("GET", rf"{P}/brands", tiktok_rules.get_brands),
        ("GET", r"/logistics/202309/warehouses", tiktok_rules.get_warehouses),
        ("POST", rf"{P}/images/upload", tiktok_rules.upload_image),
        ("POST", rf"{P}/products", create_product),
        ("GET", rf"{P}/products/(\d+)", get_product),
        ("POST", rf"{P}/products/activate", activate),
        ("POST", rf"{P}/products/deactivate", deactivate),
        ("POST", rf"{P}/products/(\d+)/inventory/update", update_inventory),
        ("POST", rf"{P}/products/(\d+)/prices/update", update_prices),
        ("POST", r"/product/202502/products/search", search_products),
        ("PUT", r"/product/202509/products/(\d+)", edit_product),
        ("POST", r"/product/202509/products/(\d+)/partial_edit", partial_edit),
    )
]
