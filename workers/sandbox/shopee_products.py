"""The sandbox marketplace's goods: categories, carriers, images, items."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from flask import request

from workers.sandbox import control
from workers.sandbox.store import Store

LEAST_VND, MOST_VND = 1_000, 120_000_000
MOST_STOCK = 999_999
LONGEST_NAME = 120
MOST_IMAGE_BYTES = 10 * 1024 * 1024
REQUIRED = (
    "item_name", "description", "original_price", "weight", "category_id", "image",
    "logistic_info",
)  # fmt: skip

# Leaf id → (parent id, name); a parent has no parent of its own. Made up, in the shape of the
# real tree.
PARENTS = {100629: "Thực phẩm và đồ uống", 100636: "Nhà cửa và đời sống"}
LEAVES = {
    100780: (100629, "Trà, chè"),
    100781: (100629, "Cà phê, cacao"),
    100782: (100629, "Gạo, ngũ cốc, miến, bún, mì"),
    100783: (100629, "Mật ong, đường"),
    100784: (100629, "Gia vị, nước mắm, tương"),
    100785: (100629, "Thịt, giò, chả, thủy sản, trứng, sữa"),
    100786: (100629, "Rau, củ, quả, hạt tươi"),
    100787: (100629, "Bánh, kẹo, mứt, đồ ăn nhanh, ăn vặt"),
    100788: (100629, "Rượu, bia, đồ uống có cồn"),
    100789: (100629, "Nước uống, nước ép, đồ uống không cồn"),
    100790: (100629, "Thực phẩm chức năng, thảo dược"),
    100791: (100629, "Thực phẩm khác, nông sản khác"),
    100801: (100636, "Thủ công mỹ nghệ, gốm, mây tre, dệt, may, trang trí"),
    100802: (100636, "Hoa, cây cảnh, hương, nhà cửa khác"),
}
WINE = 100788
ATTRIBUTES = [
    {
        "attribute_id": 4990,
        "name": "Nồng độ cồn",
        "mandatory": True,
        "attribute_value_list": [
            {"value_id": 1, "name": "Dưới 15 độ"},
            {"value_id": 2, "name": "Từ 15 độ"},
        ],
    }
]
CARRIERS = (
    {"logistics_channel_id": 50021, "logistics_channel_name": "Nhanh", "enabled": True},
    {"logistics_channel_id": 50022, "logistics_channel_name": "Tiết kiệm", "enabled": True},
    {"logistics_channel_id": 50099, "logistics_channel_name": "Hỏa tốc", "enabled": False},
)


class Fault(Exception):
    """An answer other than success."""

    def __init__(self, code: str, said: str, status: int = 200) -> None:
        super().__init__(code)
        self.code, self.said, self.status = code, said, status


def locked(what: str) -> Fault:
    """While an item is in a promotion its "price" and "stock" cannot be edited."""
    return Fault(f"error_cannt_edit_{what}_in_promotion", "The item is in a promotion.")


def get_category(_store: Store, _shop_id: int) -> dict[str, Any]:
    """The whole tree, flat."""
    parents = [_category(id, 0, name, True) for id, name in PARENTS.items()]
    leaves = [_category(id, parent, name, False) for id, (parent, name) in LEAVES.items()]
    return {"category_list": parents + leaves}


def _category(category_id: int, parent: int, name: str, children: bool) -> dict[str, Any]:
    return {
        "category_id": category_id,
        "parent_category_id": parent,
        "original_category_name": name,
        "display_category_name": name,
        "has_children": children,
    }


def get_channel_list(_store: Store, _shop_id: int) -> dict[str, Any]:
    """The ways of delivery."""
    return {"logistics_channel_list": list(CARRIERS)}


def upload_image(store: Store, _shop_id: int) -> dict[str, Any]:
    """Keep that an image came; its bytes are looked at and dropped."""
    file = request.files.get("image")
    data = file.read(MOST_IMAGE_BYTES + 1) if file else b""
    if not data.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff")) or len(data) > MOST_IMAGE_BYTES:
        raise Fault("error_image_unavailable", "JPG or PNG of at most 10 MB.")
    image_id = f"vn-{secrets.token_hex(8)}"
    with store.change() as db:
        db.execute("INSERT INTO images VALUES (?, ?)", (image_id, len(data)))
    return {"image_info": {"image_id": image_id}}


def add_item(store: Store, shop_id: int) -> dict[str, Any]:
    """List one item; the same SKU twice is two items, as on the real platform."""
    given = request.get_json()
    missing = [name for name in REQUIRED if not given.get(name)]
    if missing:
        raise Fault("error_param", f"{', '.join(missing)} required.")
    _check_content(given)
    _check_price(given["original_price"])
    _leaf(given["category_id"])
    told = {row["attribute_id"] for row in given.get("attribute_list") or []}
    if any(row["attribute_id"] not in told for row in _asked(given["category_id"])):
        raise Fault("error_less_required_attribute", "A mandatory attribute is missing.")
    _check_image(store, given["image"].get("image_id_list") or [])
    stock = sum(part["stock"] for part in given.get("seller_stock") or [{"stock": 0}])
    body = given | {"stock": _checked_stock(stock), "price": given["original_price"]}
    with store.change() as db:
        added = db.execute(
            "INSERT INTO items (shop_id, body) VALUES (?, ?)", (shop_id, json.dumps(body))
        )
    return {"item_id": added.lastrowid}


def _check_content(given: dict[str, Any]) -> None:
    if len(given.get("item_name", "")) > LONGEST_NAME:
        raise Fault("error_title_exceeds_max_length", f"At most {LONGEST_NAME} characters.")
    if "weight" in given and not 0 < given["weight"] <= 50:
        raise Fault("error_param", "weight out of range.")


def _check_price(price: Any) -> None:
    if type(price) is not int or not LEAST_VND <= price <= MOST_VND:
        raise Fault("error_param", f"original_price: whole VND, {LEAST_VND} to {MOST_VND}.")


def _checked_stock(stock: Any) -> int:
    if type(stock) is not int or not 0 <= stock <= MOST_STOCK:
        raise Fault("error_param", "stock out of range.")
    return stock


def _check_image(store: Store, image_ids: list[str]) -> None:
    for image_id in image_ids:
        if not store.rows("SELECT 1 FROM images WHERE image_id = ?", image_id):
            raise Fault("error_image_unavailable", f"No image {image_id}.")
    if not image_ids:
        raise Fault("error_param", "image.image_id_list required.")


def update_item(store: Store, shop_id: int) -> dict[str, Any]:
    """Change the fields that are sent, price and stock aside."""
    given = request.get_json()
    _check_content(given)
    kept = {k: v for k, v in given.items() if k not in {"original_price", "seller_stock"}}
    _change(store, shop_id, given["item_id"], kept)
    return {"item_id": given["item_id"]}


def update_price(store: Store, shop_id: int) -> dict[str, Any]:
    """Set prices, line by line."""
    given = request.get_json()

    def line(row: dict[str, Any]) -> None:
        _check_price(row["original_price"])
        changes = {"price": row["original_price"]}
        _change(store, shop_id, given["item_id"], changes, locks="price")

    return _lines(given["price_list"], line)


def update_stock(store: Store, shop_id: int) -> dict[str, Any]:
    """Set stock, absolute, line by line."""
    given = request.get_json()

    def line(row: dict[str, Any]) -> None:
        stock = _checked_stock(row["seller_stock"][0]["stock"])
        _change(store, shop_id, given["item_id"], {"stock": stock}, locks="stock")

    return _lines(given["stock_list"], line)


def _lines(
    rows: list[dict[str, Any]], act: Callable[[dict[str, Any]], None], named: str = "model_id"
) -> dict[str, Any]:
    if not 1 <= len(rows) <= 50:
        raise Fault("error_param", "1 to 50 lines.")
    done, failed = [], []
    for row in rows:
        model = {named: row.get(named, 0)}
        try:
            act(row)
            done.append(model)
        except Fault as fault:
            failed.append(model | {"failed_reason": f"{fault.code}: {fault.said}"})
    return {"success_list": done, "failure_list": failed}


def _change(
    store: Store, shop_id: int, item_id: int, changes: dict[str, Any], *, locks: str = ""
) -> None:
    """Change an item, unless a promotion locks what is named by `locks`."""
    with store.change() as db:
        query = "SELECT body FROM items WHERE item_id = ? AND shop_id = ?"
        row = db.execute(query, (item_id, shop_id)).fetchone()
        if row is None:
            raise Fault("error_item_not_found", f"No item {item_id}.")
        there = json.loads(row["body"])
        if locks and there.get("promotion"):
            raise locked(locks)
        body = json.dumps(there | changes)
        db.execute("UPDATE items SET body = ? WHERE item_id = ?", (body, item_id))


def get_item_list(store: Store, shop_id: int) -> dict[str, Any]:
    """A page of items: `offset`, `page_size` up to 100, `item_status` repeated or by comma."""
    offset = request.args.get("offset", 0, type=int)
    size = min(100, request.args.get("page_size", 100, type=int))
    wanted = {s for part in request.args.getlist("item_status") for s in part.split(",")}
    rows = store.rows("SELECT * FROM items WHERE shop_id = ? ORDER BY item_id", shop_id)
    found = [
        {"item_id": row["item_id"], "item_status": status, "update_time": 0}
        for row in rows
        if (status := json.loads(row["body"]).get("item_status", "NORMAL")) in wanted
    ]
    more, start = offset + size < len(found), offset + control.shift()
    return {
        "item": found[start : start + size],
        "total_count": len(found),
        "has_next_page": more,
        "next_offset": offset + size if more else 0,
    }


def get_item_base_info(store: Store, shop_id: int) -> dict[str, Any]:
    """Up to 50 items by id."""
    ids = [part for given in request.args.getlist("item_id_list") for part in given.split(",")]
    if not 1 <= len(ids) <= 50:
        raise Fault("error_param", "item_id_list: 1 to 50.")
    rows = store.rows("SELECT * FROM items WHERE shop_id = ? ORDER BY item_id", shop_id)
    chosen = [row for row in rows if str(row["item_id"]) in ids]
    return {"item_list": [_base_info(row) for row in chosen]}


def _base_info(row: dict[str, Any]) -> dict[str, Any]:
    body = json.loads(row["body"])
    return {
        "item_id": row["item_id"],
        "item_sku": body.get("item_sku", ""),
        "item_name": body["item_name"],
        "category_id": body["category_id"],
        "item_status": body.get("item_status", "NORMAL"),
        "has_model": False,
        "price_info": [{"currency": "VND", "current_price": body["price"]}],
        "stock_info_v2": {
            "summary_info": {"total_available_stock": body["stock"], "total_reserved_stock": 0}
        },
    }


def get_item_limit(_store: Store, _shop_id: int) -> dict[str, Any]:
    """What a category accepts."""
    _leaf(request.args.get("category_id", 0, type=int))
    return {
        "price_limit": {"min_limit": LEAST_VND, "max_limit": MOST_VND},
        "stock_limit": {"min_limit": 0, "max_limit": MOST_STOCK},
        "item_name_length_limit": {"min_limit": 1, "max_limit": LONGEST_NAME},
        "item_description_length_limit": {"min_limit": 1, "max_limit": 5000},
        "item_image_count_limit": {"min_limit": 1, "max_limit": 9},
    }


def get_attribute_tree(_store: Store, _shop_id: int) -> dict[str, Any]:
    """What the goods of up to 20 categories must tell; wine must tell its strength."""
    ids = [part for each in request.args.getlist("category_id_list") for part in each.split(",")]
    if not 1 <= len(ids) <= 20:
        raise Fault("error_param", "category_id_list: 1 to 20.")
    return {"list": [{"category_id": int(id), "attribute_tree": _asked(int(id))} for id in ids]}


def _asked(category_id: int) -> list[dict[str, Any]]:
    _leaf(category_id)
    return ATTRIBUTES if category_id == WINE else []


def get_brand_list(_store: Store, _shop_id: int) -> dict[str, Any]:
    """The brands of a category; none is asked for."""
    _leaf(request.args.get("category_id", 0, type=int))
    brands = [{"brand_id": 1001, "original_brand_name": "Hảo Đạt"}]
    return {"brand_list": brands, "has_next_page": False, "next_offset": 0, "is_mandatory": False}


def _leaf(category_id: int) -> None:
    if category_id not in LEAVES:
        raise Fault("error_invalid_category", "Not a leaf category.")


def unlist_item(store: Store, shop_id: int) -> dict[str, Any]:
    """Hide or show up to 50 items."""

    def line(row: dict[str, Any]) -> None:
        status = "UNLIST" if row["unlist"] else "NORMAL"
        _change(store, shop_id, row["item_id"], {"item_status": status})

    return _lines(request.get_json()["item_list"], line, "item_id")


PRODUCT_CALLS: dict[tuple[str, str], Callable[[Store, int], dict[str, Any]]] = {
    ("GET", "product/get_category"): get_category,
    ("GET", "logistics/get_channel_list"): get_channel_list,
    ("POST", "media_space/upload_image"): upload_image,
    ("POST", "product/add_item"): add_item,
    ("POST", "product/update_item"): update_item,
    ("POST", "product/update_price"): update_price,
    ("POST", "product/update_stock"): update_stock,
    ("POST", "product/unlist_item"): unlist_item,
    ("GET", "product/get_item_limit"): get_item_limit,
    ("GET", "product/get_attribute_tree"): get_attribute_tree,
    ("GET", "product/get_brand_list"): get_brand_list,
    ("GET", "product/get_item_list"): get_item_list,
    ("GET", "product/get_item_base_info"): get_item_base_info,
}
