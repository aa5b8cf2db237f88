"""Listings on Lazada: what is asked, what is there, create, stock, price, state, words, photos.

An external id is "<ItemId>:<SkuId>": every call about a SKU wants both. What we list is a product
with one SKU; what a seller listed by hand may have more, and only ours of them is touched.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from workers.marketplaces.lazada import client, errors
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

PAGE, MOST_SCANS = 50, 5
# Fifty are allowed, twenty are advised.
MOST_STOCKS = MOST_PRICES = 20
MOST_STATES = 1
LANGUAGE = "vi_VN"
STATES = {
    "active": RemoteState.LIVE,
    "inactive": RemoteState.OFF,
    "pending qc": RemoteState.IN_REVIEW,
    "pending": RemoteState.IN_REVIEW,
    "suspended": RemoteState.BANNED,
    "rejected": RemoteState.BANNED,
    "deleted": RemoteState.GONE,
}
# No call tells them: the documentation's, and careful ones for weight and stock.
LIMITS = Limits(
    name=(1, 255),
    description=(1, 25_000),
    price_vnd=(10_000, 999_999_999),
    stock=(0, 999_999),
    weight_kg=(Decimal("0.001"), Decimal(300)),
    images=(1, 8),
)
# Told from the listing's own fields.
OURS = {"name", "description", "brand", "brand_id"}
# Ids of attributes that belong to the SKU begin so.
OF_SKU = "sku:"


def categories(shop: Shop) -> list[Category]:
    """The leaves of the tree."""
    tree = client.get(shop, "/category/tree/get", language_code=LANGUAGE) or []
    return list(_leaves(tree, ""))


def _leaves(rows: Sequence[dict[str, Any]], above: str) -> Iterator[Category]:
    for row in rows:
        path = f"{above} > {row['name']}" if above else str(row["name"])
        if row.get("leaf"):
            yield Category(str(row["category_id"]), path)
        else:
            yield from _leaves(row.get("children") or [], path)


def rules(shop: Shop, category_id: str) -> CategoryRules:
    """Limits and attributes of a category.

    Brands are a country's, not a category's, and too many to keep: none is "No Brand".
    """
    rows = client.get(
        shop, "/category/attributes/get", primary_category_id=category_id, language_code=LANGUAGE
    )
    return CategoryRules(LIMITS, tuple(_attribute(row) for row in rows or [] if _asked(row)))


def _asked(row: dict[str, Any]) -> bool:
    """Of what a SKU may tell (price, parcel, colours) only what it must and we do not anyway."""
    if row["name"] in OURS:
        return False
    of_sku = row.get("attribute_type") == "sku"
    return not of_sku or (_mandatory(row) and row["name"] not in SKU_FIELDS)


def _mandatory(row: dict[str, Any]) -> bool:
    return str(row.get("is_mandatory", 0)) in {"1", "True", "true"}


SKU_FIELDS = {
    "SellerSku", "price", "quantity", "__images__", "Images", "package_content",
    "package_weight", "package_length", "package_width", "package_height",
}  # fmt: skip


def _attribute(row: dict[str, Any]) -> Attribute:
    """An option is told by its words: they are its id."""
    before = OF_SKU if row.get("attribute_type") == "sku" else ""
    words = [str(option.get("name", "")) for option in row.get("options") or []]
    return Attribute(
        before + str(row["name"]),
        str(row.get("label") or row["name"]),
        _mandatory(row),
        {each: each for each in words},
    )


def ground(shop: Shop) -> Ground:
    """Nothing needs to be known."""
    return Ground()


def items(shop: Shop) -> Iterator[Remote]:
    """Every SKU of all the shop lists, page by page; one may come twice when the list moves."""
    yield from _products(shop)


def _products(shop: Shop, **chosen: Any) -> Iterator[Remote]:
    """Pages that overlap by one product: where they do not meet the list moved while it was read,
    and it is read once more from its beginning. Raises Retry when it does not come to rest."""
    asked = {"filter": "all", "limit": PAGE, **chosen}
    for _ in range(MOST_SCANS):
        last, offset = None, 0
        while True:
            page = client.get(shop, "/products/get", offset=offset, **asked)
            rows = (page or {}).get("products") or []
            if last is not None and (not rows or rows[0]["item_id"] != last):
                break
            for row in rows:
                yield from _remotes(row)
            if len(rows) < PAGE:
                return
            last, offset = rows[-1]["item_id"], offset + PAGE - 1
    raise Retry("list_moves", "/products/get")


def find(shop: Shop, skus: Sequence[str]) -> dict[str, str]:
    """SKU → external id, of those that are listed."""
    found: dict[str, str] = {}
    for start in range(0, len(skus), PAGE):
        some = list(skus[start : start + PAGE])
        told = _products(shop, sku_seller_list=json.dumps(some, ensure_ascii=False))
        found |= {item.sku: item.external_id for item in told if item.sku in some}
    return found


def look(shop: Shop, external_ids: Sequence[str]) -> dict[str, Remote]:
    """Some SKUs as they stand now, asked product by product.

    No code is documented for a product that is gone: one that is refused is looked for in the
    whole list.
    """
    found: dict[str, Remote] = {}
    refused = False
    for item_id in dict.fromkeys(_ids(each)[0] for each in external_ids):
        try:
            row = client.get(shop, "/product/item/get", item_id=item_id)
        except Refused:
            refused = True
            continue
        found |= {item.external_id: item for item in _remotes(row or {})}
    if refused:
        found = {item.external_id: item for item in items(shop)} | found
    return {each: found[each] for each in external_ids if each in found}


def _remotes(row: dict[str, Any]) -> Iterator[Remote]:
    state = STATES.get(str(row.get("status") or "active").lower(), RemoteState.BANNED)
    name = str((row.get("attributes") or {}).get("name") or "")
    for sku in row.get("skus") or []:
        hidden = str(sku.get("Status") or "active").lower() == "inactive"
        price, stock = sku.get("price"), sku.get("Available", sku.get("quantity"))
        yield Remote(
            f"{row['item_id']}:{sku['SkuId']}",
            str(sku.get("SellerSku") or ""),
            name,
            RemoteState.OFF if hidden and state is RemoteState.LIVE else state,
            int(Decimal(str(price))) if price is not None else None,
            int(stock) if stock is not None else None,
        )


def create(shop: Shop, ground: Ground, listing: Listing, *, key: str) -> str:
    """List a product with one SKU. Lazada knows no key of attempts: it is looked up by SKU."""
    images = {"Image": _uploaded(shop, listing)}
    sku = _sku(listing) | {
        "SellerSku": listing.sku,
        "quantity": str(listing.stock),
        "price": str(listing.price_vnd),
        "Status": _status(listing.on_sale),
        "Images": images,
    }
    product = {
        "PrimaryCategory": listing.category_id,
        "Images": images,
        "Attributes": _attributes(listing),
        "Skus": {"Sku": [sku]},
    }
    made = client.post(shop, "/product/create", payload=_json(product))
    return f"{made['item_id']}:{made['sku_list'][0]['sku_id']}"


def _uploaded(shop: Shop, listing: Listing) -> list[str]:
    sent = [
        client.upload(shop, "/image/upload", image.read())
        for image in listing.images[: LIMITS.images[1]]
    ]
    return [str(answer["image"]["url"]) for answer in sent]


def _attributes(listing: Listing) -> dict[str, str]:
    brand = {"brand_id": listing.brand_id} if listing.brand_id else {"brand": "No Brand"}
    told = {
        id: _value(value) for id, value in listing.attributes.items() if not id.startswith(OF_SKU)
    }
    return {"name": listing.name, "description": listing.description} | brand | told


def _sku(listing: Listing) -> dict[str, Any]:
    """The parcel and what the category asks of every SKU."""
    if listing.weight_kg is None:
        raise Refused("4108", "package_weight")
    length, width, height = listing.size_cm
    told = {
        id.removeprefix(OF_SKU): _value(value)
        for id, value in listing.attributes.items()
        if id.startswith(OF_SKU)
    }
    return told | {
        "package_weight": f"{listing.weight_kg:f}",
        "package_length": str(length),
        "package_width": str(width),
        "package_height": str(height),
    }


def _value(value: str) -> str:
    """An option ("#Từ 15 độ") or free text."""
    return value.removeprefix("#")


def _status(on_sale: bool) -> str:
    return "active" if on_sale else "inactive"


def push_stock(shop: Shop, ground: Ground, stocks: Mapping[str, int]) -> Told:
    """Set what may be sold of up to 20 SKUs, whatever orders hold there."""
    values = {id: {"SellableQuantity": str(stock)} for id, stock in stocks.items()}
    return _each(shop, "/product/stock/sellable/update", values)


def push_price(shop: Shop, prices: Mapping[str, int]) -> Told:
    """Set the prices of up to 20 SKUs."""
    values = {id: {"Price": str(price_vnd)} for id, price_vnd in prices.items()}
    return _each(shop, "/product/price_quantity/update", values)


def _each(shop: Shop, path: str, values: Mapping[str, Mapping[str, str]]) -> Told:
    product = ET.Element("Product")
    skus = ET.SubElement(product, "Skus")
    for external_id, told in values.items():
        item_id, sku_id = _ids(external_id)
        _elements(ET.SubElement(skus, "Sku"), {"ItemId": item_id, "SkuId": sku_id} | dict(told))
    by_sku = {_ids(external_id)[1]: external_id for external_id in values}
    refused: dict[str, MarketplaceError] = {}
    for row in client.post_each(shop, path, _xml(product)):
        error = errors.of_detail(row)
        of = by_sku.get(str(row.get("sku_id") or row.get("SkuId") or ""))
        if of is None and len(values) > 1:
            # Nobody knows whose fault it is: each alone will tell.
            raise Refused(error.code, error.said)
        refused[of or next(iter(values))] = error
    return Told(refused)


def push_state(shop: Shop, on_sale: Mapping[str, bool]) -> Told:
    """Show or hide one SKU. What is hidden already may be hidden again."""
    [(external_id, seen)] = on_sale.items()
    item_id, sku_id = _ids(external_id)
    if seen:
        sku = {"SkuId": sku_id, "Status": _status(on_sale=True)}
        client.post(shop, "/product/update", payload=_json(_of_sku(item_id, sku)))
        return Told()
    product = ET.Element("Product")
    _elements(product, {"ItemId": item_id})
    _elements(ET.SubElement(product, "Skus"), {"SkuId": sku_id})
    try:
        client.post(shop, "/product/deactivate", apiRequestBody=_xml(product))
    except Refused as error:
        if error.code != errors.INACTIVE_ALREADY:
            raise
    return Told()


def push_content(shop: Shop, external_id: str, listing: Listing) -> None:
    """Set name, description, brand, attributes, weight and size."""
    item_id, sku_id = _ids(external_id)
    product = _of_sku(item_id, _sku(listing) | {"SkuId": sku_id})
    product["Attributes"] = _attributes(listing)
    client.post(shop, "/product/update", payload=_json(product))


def push_images(shop: Shop, external_id: str, listing: Listing) -> None:
    """Upload the photos and set them."""
    item_id, sku_id = _ids(external_id)
    images = {"Image": _uploaded(shop, listing)}
    product = _of_sku(item_id, {"SkuId": sku_id, "Images": images}) | {"Images": images}
    client.post(shop, "/product/update", payload=_json(product))


def _ids(external_id: str) -> tuple[str, str]:
    item_id, _colon, sku_id = external_id.partition(":")
    return item_id, sku_id


def _of_sku(item_id: str, sku: dict[str, Any]) -> dict[str, Any]:
    return {"ItemId": item_id, "Skus": {"Sku": [sku]}}


def _json(product: dict[str, Any]) -> str:
    return json.dumps({"Request": {"Product": product}}, ensure_ascii=False)


def _elements(parent: ET.Element, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        ET.SubElement(parent, name).text = value


def _xml(product: ET.Element) -> str:
    request = ET.Element("Request")
    request.append(product)
    return ET.tostring(request, encoding="unicode")
