"""Lazada's goods in the sandbox: images, products of up to 50 SKUs.

A row of `items` is one SKU, its id the SkuId; `product` in its body is the ItemId.
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

from flask import request

from workers.sandbox import control, lazada_rules, lazada_told, market_orders
from workers.sandbox.lazada_told import Fault
from workers.sandbox.store import Store

MOST_SKUS, MOST_IMAGES = 50, 8
LONGEST_NAME, LONGEST_DESCRIPTION = 255, 25_000
MOST_IMAGE_BYTES = 3 * 1024 * 1024
PRODUCTS_FROM = 2_000_000_000
SKU_REQUIRED = (
    "SellerSku", "price", "quantity",
    "package_weight", "package_length", "package_width", "package_height",
)  # fmt: skip
# Orders in these states hold units that are counted in the total, and not for sale.
HOLDING = {"unpaid", "pending", "topack", "toship", "ready_to_ship"}
STATUS = {"active": "Active", "inactive": "InActive", "pending": "Pending QC"}


def upload_image(store: Store, _shop_id: int) -> dict[str, Any]:
    """Keep that an image came; its bytes are looked at and dropped."""
    file = request.files.get("image")
    data = file.read(MOST_IMAGE_BYTES + 1) if file else b""
    if not data.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff")) or len(data) > MOST_IMAGE_BYTES:
        raise Fault("302", "E302: JPG or PNG of at most 3 MB")
    url = f"https://vn-test-11.slatic.net/p/{secrets.token_hex(16)}.jpg"
    with store.change() as db:
        db.execute("INSERT INTO images VALUES (?, ?)", (url, len(data)))
    return {"image": {"url": url, "hash_code": url[-36:-4]}}


def create(store: Store, shop_id: int) -> dict[str, Any]:
    """List a product with its SKUs; a SellerSku that is there already is refused."""
    product = lazada_told.product()
    category_id = lazada_told.whole(product.get("PrimaryCategory"), "PrimaryCategory")
    attributes = product.get("Attributes") or {}
    missing = [row["name"] for row in lazada_rules.asked(category_id) if row["is_mandatory"]]
    missing = [name for name in missing if not _told(attributes, name)]
    if missing:
        detail = [{"field": name, "message": f"{name} is mandatory"} for name in missing]
        raise Fault("4108", "E4108: Product attributes are missing", detail=detail)
    _check_attributes(attributes)
    images = lazada_told.listed(product, "Images", "Image")
    _check_images(store, images)
    skus = [_new_sku(store, sku) for sku in lazada_told.listed(product, "Skus", "Sku")]
    if not 1 <= len(skus) <= MOST_SKUS:
        raise Fault("5", f"E005: 1 to {MOST_SKUS} SKUs")
    _check_free(store, shop_id, [sku["item_sku"] for sku in skus])
    common = {
        "category_id": category_id,
        "item_name": attributes["name"],
        "attributes": attributes,
        "images": images,
    }
    return _insert(store, shop_id, [common | sku for sku in skus])


def _told(attributes: dict[str, Any], name: str) -> bool:
    return bool(attributes.get(name) or (name == "brand" and attributes.get("brand_id")))


def _insert(store: Store, shop_id: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    made, product = [], 0
    with store.change() as db:
        for body in rows:
            added = db.execute("INSERT INTO items (shop_id, body) VALUES (?, '{}')", (shop_id,))
            product = product or PRODUCTS_FROM + (added.lastrowid or 0)
            db.execute(
                "UPDATE items SET body = ? WHERE item_id = ?",
                (json.dumps(body | {"product": product}), added.lastrowid),
            )
            made.append(
                {
                    "seller_sku": body["item_sku"],
                    "shop_sku": f"{product}_VNAMZ-{added.lastrowid}",
                    "sku_id": added.lastrowid,
                }
            )
    return {"item_id": product, "sku_list": made}


def _check_attributes(attributes: dict[str, Any]) -> None:
    if len(attributes.get("name", "")) > LONGEST_NAME:
        raise Fault("4110", f"E4110: name has at most {LONGEST_NAME} characters")
    if len(attributes.get("description", "")) > LONGEST_DESCRIPTION:
        raise Fault("4110", f"E4110: description has at most {LONGEST_DESCRIPTION} characters")


def _check_images(store: Store, images: list[str]) -> None:
    if len(images) > MOST_IMAGES:
        raise Fault("302", f"E302: at most {MOST_IMAGES} images")
    for url in images:
        if not store.rows("SELECT 1 FROM images WHERE image_id = ?", url):
            raise Fault("302", "E302: only images that Lazada hosts")


def _check_free(store: Store, shop_id: int, skus: list[str]) -> None:
    there = {json.loads(row["body"])["item_sku"] for row in _rows(store, shop_id)}
    if len(set(skus)) < len(skus) or there.intersection(skus):
        raise Fault("4105", "E4105: The SKU already exists")


def _new_sku(store: Store, told: dict[str, Any]) -> dict[str, Any]:
    missing = [name for name in SKU_REQUIRED if told.get(name) in (None, "")]
    if missing:
        raise Fault("5", f"E005: {', '.join(missing)} required")
    _check_images(store, lazada_told.listed(told, "Images", "Image"))
    return {
        "item_sku": str(told["SellerSku"]),
        "price": lazada_told.price(told["price"]),
        "stock": lazada_told.stock(told["quantity"]),
        "item_status": _status(told.get("Status") or "active"),
        "package": {name: str(told[name]) for name in SKU_REQUIRED if name.startswith("package")},
    }


def update(store: Store, shop_id: int) -> dict[str, Any]:
    """Change what is sent of a product and of its SKUs, price and stock aside."""
    product = lazada_told.product()
    item_id = lazada_told.whole(product.get("ItemId"), "ItemId")
    attributes = product.get("Attributes") or {}
    _check_attributes(attributes)
    images = lazada_told.listed(product, "Images", "Image")
    _check_images(store, images)
    rows = [row for row in _rows(store, shop_id) if _product(row) == item_id]
    if not rows:
        raise Fault("4163", f"E4163: no product {item_id}")
    skus = {
        lazada_told.whole(sku.get("SkuId"), "SkuId"): sku
        for sku in lazada_told.listed(product, "Skus", "Sku")
    }
    for row in rows:
        body, sku = json.loads(row["body"]), skus.get(row["item_id"], {})
        changes = {"attributes": body["attributes"] | attributes}
        changes["item_name"] = changes["attributes"]["name"]
        if images:
            changes["images"] = images
        if sku.get("Status"):
            changes["item_status"] = _status(sku["Status"])
        package = {name: str(sku[name]) for name in body["package"] if name in sku}
        _change(store, row["item_id"], changes | {"package": body["package"] | package})
    return {"item_id": item_id}


def _status(told: str) -> str:
    if told not in {"active", "inactive"}:
        raise Fault("5", "E005: Status is active or inactive")
    return told


def update_price(store: Store, shop_id: int) -> dict[str, Any]:
    """Set prices, and total quantities where they are sent."""

    def line(row: dict[str, Any], sku: dict[str, Any]) -> dict[str, Any]:
        changes = {}
        if sku.get("Price"):
            changes["price"] = lazada_told.price(sku["Price"])
        if sku.get("Quantity"):
            held = _held(store, shop_id, row["item_id"])
            changes["stock"] = lazada_told.stock(sku["Quantity"]) - held
            if changes["stock"] < 0:
                raise Fault("4170", f"E4170: {held} are locked by orders")
        return changes

    return _lines(store, shop_id, line)


def update_sellable(store: Store, shop_id: int) -> dict[str, Any]:
    """Set what may be sold, whatever orders hold."""

    def line(_row: dict[str, Any], sku: dict[str, Any]) -> dict[str, Any]:
        return {"stock": lazada_told.stock(sku.get("SellableQuantity"))}

    return _lines(store, shop_id, line)


def _lines(
    store: Store,
    shop_id: int,
    act: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """Change SKU by SKU; those that fail are told in the detail, the others are done."""
    skus = lazada_told.listed(lazada_told.product(), "Skus", "Sku")
    if not 1 <= len(skus) <= MOST_SKUS:
        raise Fault("5", f"E005: 1 to {MOST_SKUS} SKUs")
    if any(not sku.get("ItemId") or not sku.get("SkuId") for sku in skus):
        raise Fault("4193", "E4193: ItemId and SkuId are both needed")
    rows = {(_product(row), row["item_id"]): row for row in _rows(store, shop_id)}
    detail = []
    for sku in skus:
        known = {"item_id": sku["ItemId"], "sku_id": sku["SkuId"]}
        try:
            row = rows.get(
                (
                    lazada_told.whole(sku["ItemId"], "ItemId"),
                    lazada_told.whole(sku["SkuId"], "SkuId"),
                )
            )
            if row is None:
                raise Fault("4163", "E4163: no such SKU")
            _change(store, row["item_id"], act(row, sku))
        except Fault as fault:
            detail.append(known | {"code": fault.code, "field": "", "message": fault.said})
    if detail:
        raise Fault("501", "E501: Update product failed", "ISP", detail)
    return {}


def deactivate(store: Store, shop_id: int) -> dict[str, Any]:
    """Hide a product, or only those of its SKUs that are named."""
    product = lazada_told.product("apiRequestBody")
    item_id = lazada_told.whole(product.get("ItemId"), "ItemId")
    named = {int(id) for id in lazada_told.listed(product, "Skus", "SkuId")}
    rows = [row for row in _rows(store, shop_id) if _product(row) == item_id]
    rows = [row for row in rows if not named or row["item_id"] in named]
    if not rows:
        raise Fault("4163", f"E4163: no product {item_id}")
    if all(json.loads(row["body"])["item_status"] == "inactive" for row in rows):
        raise Fault("E0004", "The product is inactive already")
    for row in rows:
        _change(store, row["item_id"], {"item_status": "inactive"})
    return {}


def products(store: Store, shop_id: int) -> dict[str, Any]:
    """A page of products: `offset` to 10000, `limit` to 50, or those of `sku_seller_list`."""
    given = request.args
    offset, limit = given.get("offset", 0, type=int), given.get("limit", 20, type=int)
    if given.get("filter") not in {"all", "live", "inactive", "pending"}:
        raise Fault("MissingParameter", "filter")
    if not 1 <= limit <= 50 or offset > 10_000:
        raise Fault("5", "E005: limit 1 to 50, offset to 10000")
    wanted = json.loads(given.get("sku_seller_list", "[]"))
    by_product: dict[int, list[dict[str, Any]]] = {}
    for row in _rows(store, shop_id):
        by_product.setdefault(_product(row), []).append(row)
    found = [
        _told_product(store, shop_id, rows)
        for rows in by_product.values()
        if not wanted or any(json.loads(row["body"])["item_sku"] in wanted for row in rows)
    ]
    start = offset + control.shift()
    return {"total_products": len(found), "products": found[start : start + limit]}


def product(store: Store, shop_id: int) -> dict[str, Any]:
    """One product by `item_id`."""
    item_id = request.args.get("item_id", 0, type=int)
    rows = [row for row in _rows(store, shop_id) if _product(row) == item_id]
    if not rows:
        raise Fault("4163", f"E4163: no product {item_id}")
    return _told_product(store, shop_id, rows)


def _told_product(store: Store, shop_id: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    body = json.loads(rows[0]["body"])
    states = {json.loads(row["body"])["item_status"] for row in rows}
    one = "active" if "active" in states else sorted(states)[0]
    return {
        "item_id": body["product"],
        "primary_category": body["category_id"],
        "attributes": body["attributes"],
        "images": body["images"],
        "status": STATUS.get(one, one.title()),
        "skus": [_told_sku(store, shop_id, row) for row in rows],
    }


def _told_sku(store: Store, shop_id: int, row: dict[str, Any]) -> dict[str, Any]:
    body = json.loads(row["body"])
    shown = "active" if body["item_status"] == "active" else "inactive"
    return {
        "SkuId": row["item_id"],
        "SellerSku": body["item_sku"],
        "ShopSku": f"{body['product']}_VNAMZ-{row['item_id']}",
        "Status": shown,
        "price": float(body["price"]),
        "quantity": body["stock"] + _held(store, shop_id, row["item_id"]),
        "Available": body["stock"],
        **body["package"],
    }


def _held(store: Store, shop_id: int, sku_id: int) -> int:
    return sum(
        line["quantity"]
        for order in market_orders.of(store, "lazada", shop_id)
        if order["status"] in HOLDING
        for line in order["lines"]
        if line["item_id"] == sku_id
    )


def _rows(store: Store, shop_id: int) -> list[dict[str, Any]]:
    return store.rows("SELECT * FROM items WHERE shop_id = ? ORDER BY item_id", shop_id)


def _product(row: dict[str, Any]) -> int:
    return int(json.loads(row["body"])["product"])


def _change(store: Store, sku_id: int, changes: dict[str, Any]) -> None:
    with store.change() as db:
        row = db.execute("SELECT body FROM items WHERE item_id = ?", (sku_id,)).fetchone()
        body = json.dumps(json.loads(row["body"]) | changes)
        db.execute("UPDATE items SET body = ? WHERE item_id = ?", (body, sku_id))


PRODUCT_CALLS: dict[tuple[str, str], Callable[[Store, int], Any]] = {
    ("GET", "/category/tree/get"): lazada_rules.category_tree,
    ("GET", "/category/attributes/get"): lazada_rules.category_attributes,
    ("GET", "/category/brands/query"): lazada_rules.category_brands,
    ("POST", "/image/upload"): upload_image,
    ("POST", "/product/create"): create,
    ("POST", "/product/update"): update,
    ("POST", "/product/price_quantity/update"): update_price,
    ("POST", "/product/stock/sellable/update"): update_sellable,
    ("POST", "/product/deactivate"): deactivate,
    ("GET", "/products/get"): products,
    ("GET", "/product/item/get"): product,
}
