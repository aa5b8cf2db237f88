"""Listings on Shopee: what is there, create, stock, price, content."""

import re
from collections.abc import Iterator
from typing import Any

from shop import text
from workers.marketplaces.protocol import Ground, Listing, Refused, Shop
from workers.marketplaces.shopee import client

PAGE, BASE_INFO = 100, 50
STATES = ["NORMAL", "UNLIST", "BANNED", "REVIEWING"]


def survey(shop: Shop) -> Ground:
    """What creating needs: categories, carriers, and the SKUs that are listed already."""
    carriers = client.get(shop, "logistics/get_channel_list").get("logistics_channel_list", [])
    return Ground(
        items=_items(shop),
        categories=_leaves(client.get(shop, "product/get_category", language="vi")),
        carriers=tuple(c["logistics_channel_id"] for c in carriers if c["enabled"]),
    )


def _items(shop: Shop) -> dict[str, str]:
    found: dict[str, str] = {}
    for ids in _id_pages(shop):
        for start in range(0, len(ids), BASE_INFO):
            wanted = ",".join(map(str, ids[start : start + BASE_INFO]))
            info = client.get(shop, "product/get_item_base_info", item_id_list=wanted)
            rows = info.get("item_list", [])
            found |= {row["item_sku"]: str(row["item_id"]) for row in rows if row.get("item_sku")}
    return found


def _id_pages(shop: Shop) -> Iterator[list[int]]:
    offset: int | None = 0
    while offset is not None:
        page = client.get(
            shop, "product/get_item_list", offset=offset, page_size=PAGE, item_status=STATES
        )
        yield [row["item_id"] for row in page.get("item", [])]
        offset = page["next_offset"] if page.get("has_next_page") else None


def _leaves(tree: dict[str, Any]) -> dict[int, str]:
    rows = {row["category_id"]: row for row in tree.get("category_list", [])}
    return {id: _path(rows, id) for id, row in rows.items() if not row["has_children"]}


def _path(rows: dict[int, dict[str, Any]], category_id: int) -> str:
    names: list[str] = []
    while category_id in rows:
        row = rows[category_id]
        names.insert(0, row.get("display_category_name") or row["original_category_name"])
        category_id = row["parent_category_id"]
    return " > ".join(names)


def create(shop: Shop, ground: Ground, listing: Listing) -> str:
    """List it; the item id. Raises Refused when no category fits or Shopee says no."""
    category_id = _category(ground, listing)
    image = client.upload(shop, "media_space/upload_image", listing.image or b"")
    body = _content(listing) | {
        "original_price": listing.price_vnd,
        "category_id": category_id,
        "item_sku": listing.sku,
        "item_status": "NORMAL",
        "condition": "NEW",
        "image": {"image_id_list": [image["image_info"]["image_id"]]},
        "seller_stock": [{"stock": listing.stock}],
        "brand": {"brand_id": 0, "original_brand_name": "No Brand"},
        "logistic_info": [{"logistic_id": id, "enabled": True} for id in ground.carriers],
        "pre_order": {"is_pre_order": False},
    }
    return str(client.post(shop, "product/add_item", body)["item_id"])


def _category(ground: Ground, listing: Listing) -> int:
    """The leaf that shares most words with the goods, those of the name counting twice.

    Raises Refused when none shares any.
    """
    name, hint = _words(listing.name), _words(listing.category)
    shared = {
        id: 2 * len(name & _words(path)) + len(hint & _words(path))
        for id, path in ground.categories.items()
    }
    best = max(shared, key=lambda id: shared[id], default=None)
    if best is None or not shared[best]:
        raise Refused("error_invalid_category")
    return best


def _words(phrase: str) -> set[str]:
    return set(re.findall(r"\w{2,}", text.fold(phrase)))


def push_stock(shop: Shop, external_id: str, stock: int) -> None:
    """Set the stock, absolute. Raises Refused with what `failure_list` says."""
    lines = [{"model_id": 0, "seller_stock": [{"stock": stock}]}]
    client.post(shop, "product/update_stock", {"item_id": int(external_id), "stock_list": lines})


def push_price(shop: Shop, external_id: str, price_vnd: int) -> None:
    """Set the price, absolute. Raises Refused with what `failure_list` says."""
    lines = [{"model_id": 0, "original_price": price_vnd}]
    client.post(shop, "product/update_price", {"item_id": int(external_id), "price_list": lines})


def push_content(shop: Shop, external_id: str, listing: Listing) -> None:
    """Set name, description and weight."""
    client.post(shop, "product/update_item", {"item_id": int(external_id)} | _content(listing))


def _content(listing: Listing) -> dict[str, Any]:
    # JSON has no decimals of its own; weights have at most three and survive the float.
    return {
        "item_name": listing.name,
        "description": listing.description,
        "weight": float(listing.weight_kg or 0),
    }
