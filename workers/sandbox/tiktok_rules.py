"""What TikTok Shop tells and asks of goods in the sandbox: tree, papers, images, limits."""

import io
import secrets
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request
from PIL import Image, UnidentifiedImageError

from workers.sandbox import shopee_products
from workers.sandbox.store import Store

TITLE, MOST_DESCRIPTION = (25, 255), 10_000
STOCK, MOST_VND = (1, 99_999), 180_000_000
MOST_IMAGES, MOST_IMAGE_BYTES, SIDE = 9, 10 * 1024 * 1024, (300, 4000)
WAREHOUSES = (
    {"id": "7068517275539719942", "name": "Kho bán", "type": "SALES_WAREHOUSE"},
    {"id": "7068517275539719943", "name": "Kho hàng trả", "type": "RETURN_WAREHOUSE"},
)
# The same made-up tree as on the other side of the street, under numbers of its own.
PARENTS = {f"6{id}": name for id, name in shopee_products.PARENTS.items()}
LEAVES = {f"6{id}": (f"6{up}", name) for id, (up, name) in shopee_products.LEAVES.items()}
WINE = f"6{shopee_products.WINE}"
STRENGTH = {
    "id": "100107",
    "name": "Nồng độ cồn",
    "type": "PRODUCT_PROPERTY",
    # Spelt so by the platform.
    "is_requried": True,
    "is_customizable": False,
    "values": [{"id": "1001", "name": "Dưới 15 độ"}, {"id": "1002", "name": "Từ 15 độ"}],
}
LICENCE = {"id": "7182427000000000001", "name": "Giấy phép bán lẻ rượu", "is_required": True}


class Fault(Exception):
    """An answer other than success."""

    def __init__(self, code: int, said: str, status: int = 200) -> None:
        super().__init__(code)
        self.code, self.said, self.status = code, said, status


def get_categories(_store: Store, _shop_id: int) -> dict[str, Any]:
    """The whole tree, flat."""
    if request.args.get("category_version") != "v2":
        raise Fault(36009004, "category_version must be v2")
    parents = [_category(id, "0", name, leaf=False) for id, name in PARENTS.items()]
    leaves = [_category(id, up, name, leaf=True) for id, (up, name) in LEAVES.items()]
    return {"categories": parents + leaves}


def _category(id: str, parent: str, name: str, *, leaf: bool) -> dict[str, Any]:
    known = {"id": id, "parent_id": parent, "local_name": name, "is_leaf": leaf}
    return known | {"permission_statuses": ["AVAILABLE"]}


def get_attributes(_store: Store, _shop_id: int, category_id: str) -> dict[str, Any]:
    """What the goods of a category must tell; wine must tell its strength."""
    leaf(category_id)
    return {"attributes": [STRENGTH] if category_id == WINE else []}


def get_rules(_store: Store, _shop_id: int, category_id: str) -> dict[str, Any]:
    """Papers that a category asks for, and whether buyers may pay at the door."""
    leaf(category_id)
    papers = [LICENCE] if category_id == WINE else []
    return {"product_certifications": papers, "cod": {"is_supported": category_id != WINE}}


def get_brands(_store: Store, _shop_id: int) -> dict[str, Any]:
    """The brands; none is asked for."""
    return {"brands": [{"id": "7082427311584347905", "name": "Hảo Đạt"}], "next_page_token": ""}


def get_warehouses(_store: Store, _shop_id: int) -> dict[str, Any]:
    """Where goods lie, and where they come back to."""
    more = {"effect_status": "ENABLED", "sub_type": "DOMESTIC_WAREHOUSE", "is_default": True}
    return {"warehouses": [row | more for row in WAREHOUSES]}


def upload_image(store: Store, _shop_id: int) -> dict[str, Any]:
    """Keep that an image came; its bytes are looked at and dropped."""
    file = request.files.get("data")
    data = file.read(MOST_IMAGE_BYTES + 1) if file else b""
    if not data or len(data) > MOST_IMAGE_BYTES:
        raise Fault(12019010, "data: an image of at most 10 MB")
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as picture:
            width, height = picture.size
    except UnidentifiedImageError:
        raise Fault(12019011, "data: JPG or PNG") from None
    if not all(SIDE[0] <= side <= SIDE[1] for side in (width, height)):
        raise Fault(12019012, f"data: {SIDE[0]} to {SIDE[1]} pixels a side")
    uri = f"tos-vn-{secrets.token_hex(12)}"
    with store.change() as db:
        db.execute("INSERT INTO images VALUES (?, ?)", (uri, len(data)))
    return {"uri": uri, "width": width, "height": height, "use_case": request.form.get("use_case")}


# — limits —


def check_content(store: Store, given: dict[str, Any]) -> None:
    """The fields that are there; which have to be there is for the caller to say."""
    if "title" in given and not TITLE[0] <= len(given["title"]) <= TITLE[1]:
        raise Fault(12052051, f"title: {TITLE[0]} to {TITLE[1]} characters")
    if len(given.get("description", "")) > MOST_DESCRIPTION:
        raise Fault(12052052, f"description: at most {MOST_DESCRIPTION} characters")
    if "category_id" in given:
        if given.get("category_version") != "v2":
            raise Fault(12052023, "category_version must be v2")
        leaf(given["category_id"])
        _check_told(given)
    if "main_images" in given:
        _check_images(store, given["main_images"])
    if "package_weight" in given:
        _check_weight(given["package_weight"])
    if "package_dimensions" in given:
        _check_size(given["package_dimensions"])


def leaf(category_id: str) -> None:
    """Raises Fault for what is not a leaf."""
    if category_id not in LEAVES:
        raise Fault(12052024, "category_id is not a leaf")


def _check_told(given: dict[str, Any]) -> None:
    if given["category_id"] != WINE:
        return
    values = {row["id"]: row.get("values") for row in given.get("product_attributes") or []}
    if not values.get(STRENGTH["id"]):
        raise Fault(12052104, "a required attribute is missing")
    papers = {row["id"]: row.get("images") for row in given.get("certifications") or []}
    if not papers.get(LICENCE["id"]):
        raise Fault(12052114, "a required certification is missing")


def _check_images(store: Store, images: list[dict[str, str]]) -> None:
    if not 1 <= len(images) <= MOST_IMAGES:
        raise Fault(12052060, f"main_images: 1 to {MOST_IMAGES}")
    for image in images:
        if not store.rows("SELECT 1 FROM images WHERE image_id = ?", image.get("uri")):
            raise Fault(12052061, f"no image {image.get('uri')}")


def _check_weight(weight: dict[str, Any]) -> None:
    try:
        value = Decimal(weight["value"])
    except (InvalidOperation, KeyError, TypeError):
        raise Fault(12052070, "package_weight.value: a number as text") from None
    if weight.get("unit") != "KILOGRAM" or value <= 0 or value != round(value, 3):
        raise Fault(12052070, "package_weight: KILOGRAM with at most 3 decimals")


def _check_size(size: dict[str, Any]) -> None:
    sides = [str(size.get(name, "")) for name in ("length", "width", "height")]
    if size.get("unit") != "CENTIMETER" or not all(s.isdecimal() and int(s) > 0 for s in sides):
        raise Fault(12052071, "package_dimensions: whole CENTIMETER")


def checked_sku(skus: list[dict[str, Any]]) -> dict[str, Any]:
    """What of the only SKU is kept: sku, price and where how many lie."""
    if len(skus) != 1:
        raise Fault(12052080, "the sandbox sells products of one SKU")
    [sku] = skus
    if not 1 <= len(sku.get("seller_sku", "")) <= 50:
        raise Fault(12052081, "seller_sku: 1 to 50 characters")
    lying = held(sku.get("inventory") or [])
    known = {"item_sku": sku["seller_sku"], "price": price(sku.get("price") or {})}
    return known | {"inventory": lying, "stock": sum(lying.values())}


def price(told: dict[str, Any]) -> int:
    """Whole VND of a price. Raises Fault."""
    amount = told.get("amount")
    if not isinstance(amount, str) or not amount.isdecimal() or told.get("currency") != "VND":
        raise Fault(12052090, "price: whole VND as text")
    if not 1 <= int(amount) <= MOST_VND:
        raise Fault(12052091, f"price: 1 to {MOST_VND} VND")
    return int(amount)


def held(inventory: list[dict[str, Any]]) -> dict[str, int]:
    """Warehouse → how many lie there. Raises Fault."""
    told = {str(row.get("warehouse_id")): row.get("quantity") for row in inventory}
    quantities = [q for q in told.values() if type(q) is int and STOCK[0] <= q <= STOCK[1]]
    if not told or len(quantities) != len(told):
        raise Fault(12052055, f"quantity: {STOCK[0]} to {STOCK[1]}")
    return dict(zip(told, quantities, strict=True))
