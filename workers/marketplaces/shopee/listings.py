"""Listings on Shopee: what is asked, what is there, create, stock, price, state, words, photos.

An external id is the item id; our items have no models (variations).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from workers.marketplaces.protocol import (
    Attribute,
    Category,
    CategoryRules,
    Ground,
    Limits,
    Listing,
    MarketplaceError,
    Refused,
    Remote,
    RemoteState,
    Retry,
    Shop,
    Told,
)
from workers.marketplaces.shopee import client, errors

PAGE, BASE_INFO, MOST_SCANS = 100, 50, 5
# Stock and price calls name one item, with up to 50 models of it.
MOST_STOCKS = MOST_PRICES = 1
MOST_STATES = 50
STATES = {
    "NORMAL": RemoteState.LIVE,
    "UNLIST": RemoteState.OFF,
    "REVIEWING": RemoteState.IN_REVIEW,
    "BANNED": RemoteState.BANNED,
}
# The id of an option, as `rules` tells it, begins so; a value that does not is free text.
OPTION = "#"
# Where the category tells no limits of its own.
PRICE_VND, STOCK = (1_000, 120_000_000), (0, 999_999)
NAME, DESCRIPTION, IMAGES = (1, 120), (1, 5000), (1, 9)
WEIGHT_KG = (Decimal("0.001"), Decimal(50))


def categories(shop: Shop) -> list[Category]:
    """The leaves of the tree."""
    tree = client.get(shop, "product/get_category", language="vi")
    rows = {row["category_id"]: row for row in tree.get("category_list", [])}
    leaves = [id for id, row in rows.items() if not row["has_children"]]
    return [Category(str(id), _path(rows, id)) for id in leaves]


def _path(rows: dict[int, dict[str, Any]], category_id: int) -> str:
    names: list[str] = []
    while category_id in rows:
        row = rows[category_id]
        names.insert(0, row.get("display_category_name") or row["original_category_name"])
        category_id = row["parent_category_id"]
    return " > ".join(names)


def rules(shop: Shop, category_id: str) -> CategoryRules:
    """Limits, attributes and brands of a category."""
    limit = client.get(shop, "product/get_item_limit", category_id=category_id)
    tree = client.get(shop, "product/get_attribute_tree", category_id_list=category_id)
    brands, mandatory = _brands(shop, category_id)
    return CategoryRules(_limits(limit), _attributes(tree), mandatory, brands)


def _limits(limit: dict[str, Any]) -> Limits:
    return Limits(
        name=_span(limit, "item_name_length_limit", NAME),
        description=_span(limit, "item_description_length_limit", DESCRIPTION),
        price_vnd=_span(limit, "price_limit", PRICE_VND),
        stock=_span(limit, "stock_limit", STOCK),
        weight_kg=WEIGHT_KG,
        images=_span(limit, "item_image_count_limit", IMAGES),
    )


def _span(limit: dict[str, Any], name: str, usual: tuple[int, int]) -> tuple[int, int]:
    told = limit.get(name) or {}
    return int(told.get("min_limit", usual[0])), int(told.get("max_limit", usual[1]))


def _attributes(tree: dict[str, Any]) -> tuple[Attribute, ...]:
    found = [row for each in tree.get("list") or [] for row in each.get("attribute_tree") or []]
    return tuple(
        Attribute(
            str(row["attribute_id"]),
            str(row.get("name") or row["attribute_id"]),
            bool(row.get("mandatory")),
            {
                f"{OPTION}{value['value_id']}": str(value.get("name", ""))
                for value in row.get("attribute_value_list") or []
            },
        )
        for row in found
    )


def _brands(shop: Shop, category_id: str) -> tuple[dict[str, str], bool]:
    found: dict[str, str] = {}
    mandatory, offset = False, 0
    while True:
        page = client.get(
            shop,
            "product/get_brand_list",
            category_id=category_id,
            status=1,
            offset=offset,
            page_size=PAGE,
        )
        mandatory = mandatory or bool(page.get("is_mandatory"))
        rows = page.get("brand_list") or []
        found |= {str(row["brand_id"]): str(row["original_brand_name"]) for row in rows}
        if not page.get("has_next_page"):
            return found, mandatory
        offset = page["next_offset"]


def ground(shop: Shop) -> Ground:
    """The ways of delivery that are switched on."""
    carriers = client.get(shop, "logistics/get_channel_list").get("logistics_channel_list", [])
    return Ground(tuple(str(c["logistics_channel_id"]) for c in carriers if c["enabled"]))


def items(shop: Shop) -> Iterator[Remote]:
    """Everything the shop lists, page by page; an item may come twice when the list moves."""
    for ids in _id_pages(shop):
        for start in range(0, len(ids), BASE_INFO):
            yield from look(shop, ids[start : start + BASE_INFO]).values()


def _id_pages(shop: Shop) -> Iterator[list[str]]:
    """Pages that overlap by one item: where they do not meet the list moved while it was read, and
    it is read once more from its beginning. Raises Retry when it does not come to rest."""
    for _ in range(MOST_SCANS):
        last, offset = "", 0
        while True:
            page = client.get(
                shop,
                "product/get_item_list",
                offset=offset,
                page_size=PAGE,
                item_status=list(STATES),
            )
            ids = [str(row["item_id"]) for row in page.get("item", [])]
            if last and ids[:1] != [last]:
                break
            yield ids
            if not page.get("has_next_page"):
                return
            last, offset = ids[-1], page["next_offset"] - 1
    raise Retry("list_moves", "product/get_item_list")


def find(shop: Shop, skus: Sequence[str]) -> dict[str, str]:
    """SKU → item id, of those that are listed."""
    wanted = set(skus)
    return {item.sku: item.external_id for item in items(shop) if item.sku in wanted}


def look(shop: Shop, external_ids: Sequence[str]) -> dict[str, Remote]:
    """Some items (at most 50) as they stand now."""
    if not external_ids:
        return {}
    asked = ",".join(external_ids)
    info = client.get(shop, "product/get_item_base_info", item_id_list=asked)
    found = [_remote(row) for row in info.get("item_list", [])]
    return {item.external_id: item for item in found}


def _remote(row: dict[str, Any]) -> Remote:
    prices = row.get("price_info") or []
    stocks = (row.get("stock_info_v2") or {}).get("summary_info") or {}
    price, stock = prices[0].get("current_price") if prices else None, None
    if "total_available_stock" in stocks:
        stock = int(stocks["total_available_stock"])
    return Remote(
        str(row["item_id"]),
        str(row.get("item_sku") or ""),
        str(row.get("item_name") or ""),
        STATES.get(str(row.get("item_status")), RemoteState.GONE),
        int(price) if price is not None else None,
        stock,
    )


def create(shop: Shop, ground: Ground, listing: Listing, *, key: str) -> str:
    """List it; the item id. Shopee knows no key of attempts: it has to be looked up by SKU."""
    body = _content(listing) | {
        "original_price": listing.price_vnd,
        "category_id": int(listing.category_id),
        "item_sku": listing.sku,
        "item_status": "NORMAL" if listing.on_sale else "UNLIST",
        "condition": "NEW",
        "image": {"image_id_list": _uploaded(shop, listing)},
        "seller_stock": [{"stock": listing.stock}],
        "logistic_info": [{"logistic_id": int(id), "enabled": True} for id in ground.carriers],
        "pre_order": {"is_pre_order": False},
    }
    return str(client.post(shop, "product/add_item", body)["item_id"])


def _uploaded(shop: Shop, listing: Listing) -> list[str]:
    sent = [
        client.upload(shop, "media_space/upload_image", image.read())
        for image in listing.images[: IMAGES[1]]
    ]
    return [str(answer["image_info"]["image_id"]) for answer in sent]


def push_stock(shop: Shop, ground: Ground, stocks: Mapping[str, int]) -> Told:
    """Set the stock of one item, absolute."""
    [(external_id, stock)] = stocks.items()
    lines = [{"model_id": 0, "seller_stock": [{"stock": stock}]}]
    body = {"item_id": int(external_id), "stock_list": lines}
    return _told(external_id, client.post(shop, "product/update_stock", body))


def push_price(shop: Shop, prices: Mapping[str, int]) -> Told:
    """Set the price of one item, absolute."""
    [(external_id, price_vnd)] = prices.items()
    lines = [{"model_id": 0, "original_price": price_vnd}]
    body = {"item_id": int(external_id), "price_list": lines}
    return _told(external_id, client.post(shop, "product/update_price", body))


def _told(external_id: str, response: dict[str, Any]) -> Told:
    failures = response.get("failure_list") or []
    return Told({external_id: errors.of_failure(failures[0])} if failures else {})


def push_state(shop: Shop, on_sale: Mapping[str, bool]) -> Told:
    """Show or hide up to 50 items."""
    lines = [{"item_id": int(id), "unlist": not seen} for id, seen in on_sale.items()]
    response = client.post(shop, "product/unlist_item", {"item_list": lines})
    refused: dict[str, MarketplaceError] = {}
    for failure in response.get("failure_list") or []:
        refused[str(failure.get("item_id"))] = errors.of_failure(failure)
    return Told(refused)


def push_content(shop: Shop, external_id: str, listing: Listing) -> None:
    """Set name, description, weight, size, brand and attributes."""
    client.post(shop, "product/update_item", {"item_id": int(external_id)} | _content(listing))


def push_images(shop: Shop, external_id: str, listing: Listing) -> None:
    """Upload the photos and set them."""
    image = {"image_id_list": _uploaded(shop, listing)}
    client.post(shop, "product/update_item", {"item_id": int(external_id), "image": image})


def _content(listing: Listing) -> dict[str, Any]:
    length, width, height = listing.size_cm
    if listing.weight_kg is None:
        raise Refused("error_param", "weight")
    return {
        "item_name": listing.name,
        "description": listing.description,
        # JSON has no decimals of its own; weights have at most three and survive the float.
        "weight": float(listing.weight_kg),
        "dimension": {
            "package_length": length,
            "package_width": width,
            "package_height": height,
        },
        "brand": _brand(listing),
        "attribute_list": [_attribute(id, value) for id, value in listing.attributes.items()],
    }


def _brand(listing: Listing) -> dict[str, Any]:
    if not listing.brand_id:
        return {"brand_id": 0, "original_brand_name": "No Brand"}
    return {"brand_id": int(listing.brand_id)}


def _attribute(attribute_id: str, value: str) -> dict[str, Any]:
    """One of the options, or free text (value id 0)."""
    if value.startswith(OPTION):
        values = [{"value_id": int(value.removeprefix(OPTION))}]
    else:
        values = [{"value_id": 0, "original_value_name": value}]  # type: ignore[dict-item]
    return {"attribute_id": int(attribute_id), "attribute_value_list": values}
