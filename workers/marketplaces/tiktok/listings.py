"""Listings on TikTok Shop: what is asked, what is there, create, stock, price, state, words.

An external id is "productid:skuid"; our products there have one SKU. Stock of none is not taken
(documented range 1 to 99,999): what has none is taken off the shelf, see `push_stock`.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from workers.marketplaces.protocol import (
    Attribute,
    Category,
    CategoryRules,
    Ground,
    Limits,
    Listing,
    Locked,
    MarketplaceError,
    Refused,
    Remote,
    RemoteState,
    Retry,
    Shop,
    Told,
)
from workers.marketplaces.tiktok import client, errors

PAGE, MOST_SCANS = 100, 5
# Stock and price calls name one product.
MOST_STOCKS = MOST_PRICES = 1
MOST_STATES = 20
STATES = {
    "ACTIVATE": RemoteState.LIVE,
    "DRAFT": RemoteState.OFF,
    "SELLER_DEACTIVATED": RemoteState.OFF,
    "PENDING": RemoteState.IN_REVIEW,
    "FAILED": RemoteState.BANNED,
    "PLATFORM_DEACTIVATED": RemoteState.BANNED,
    "FREEZE": RemoteState.BANNED,
}
# Documented for Vietnam; no call tells them. A description's limit counts its HTML, for which
# some room is left.
LIMITS = Limits(
    name=(25, 255),
    description=(1, 8_000),
    price_vnd=(1, 180_000_000),
    stock=(1, 99_999),
    weight_kg=(Decimal("0.001"), Decimal(100)),
    images=(1, 9),
)
TREE = "v2"
# The id of an option, as `rules` tells it, begins so; a value that does not is free text.
OPTION = "#"
# An attribute of ours that stands for a paper, with the uri of its uploaded image as value.
PAPER = "certification:"


def categories(shop: Shop) -> list[Category]:
    """The leaves of the tree that the shop may sell in."""
    tree = client.get(shop, "/product/202309/categories", category_version=TREE, locale="vi-VN")
    rows = {str(row["id"]): row for row in tree.get("categories") or []}
    leaves = [id for id, row in rows.items() if row.get("is_leaf")]
    return [Category(id, _path(rows, id)) for id in leaves]


def _path(rows: dict[str, dict[str, Any]], category_id: str) -> str:
    names: list[str] = []
    while category_id in rows:
        row = rows[category_id]
        names.insert(0, str(row["local_name"]))
        category_id = str(row["parent_id"])
    return " > ".join(names)


def rules(shop: Shop, category_id: str) -> CategoryRules:
    """Attributes, papers and brands of a category; the limits are the same in all."""
    path = f"/product/202309/categories/{category_id}"
    asked = client.get(shop, f"{path}/attributes", category_version=TREE, locale="vi-VN")
    papers = client.get(shop, f"{path}/rules", category_version=TREE, locale="vi-VN")
    found = [
        _asked(row)
        for row in asked.get("attributes") or []
        if row.get("type") == "PRODUCT_PROPERTY"
    ]
    found += [
        Attribute(
            f"{PAPER}{row['id']}", str(row.get("name") or row["id"]), mandatory=True, paper=True
        )
        for row in papers.get("product_certifications") or []
        if row.get("is_required")
    ]
    return CategoryRules(LIMITS, tuple(found), brands=_brands(shop, category_id))


def _asked(row: dict[str, Any]) -> Attribute:
    # Spelt "is_requried" by the platform.
    mandatory = bool(row.get("is_requried") or row.get("is_required"))
    options = {f"{OPTION}{value['id']}": str(value["name"]) for value in row.get("values") or []}
    return Attribute(str(row["id"]), str(row["name"]), mandatory, options)


def _brands(shop: Shop, category_id: str) -> dict[str, str]:
    pages = client.pages(
        shop,
        "/product/202309/brands",
        category_id=category_id,
        category_version=TREE,
        is_authorized="true",
        page_size=PAGE,
    )
    return {str(row["id"]): str(row["name"]) for page in pages for row in page.get("brands") or []}


def ground(shop: Shop) -> Ground:
    """The warehouses that goods are sold from, the usual one first, with commas between."""
    told = client.get(shop, "/logistics/202309/warehouses").get("warehouses") or []
    sales = [
        row
        for row in told
        if row.get("type") == "SALES_WAREHOUSE" and row.get("effect_status") == "ENABLED"
    ]
    sales.sort(key=lambda row: not row.get("is_default"))
    return Ground(warehouse=",".join(str(row["id"]) for row in sales))


# — what is there —


def items(shop: Shop) -> Iterator[Remote]:
    """Everything the shop lists, page by page; an item may come twice when the list moves."""
    return _search(shop, {"status": "ALL"})


def find(shop: Shop, skus: Sequence[str]) -> dict[str, str]:
    """SKU → external id, of those that are listed."""
    wanted = set(skus)
    found = _search(shop, {"status": "ALL", "seller_skus": list(skus)})
    return {item.sku: item.external_id for item in found if item.sku in wanted}


def _search(shop: Shop, asked: dict[str, Any]) -> Iterator[Remote]:
    """Whose pages hold less than they count moved while they were read, and is read once more.
    Raises Retry when it does not come to rest."""
    path = "/product/202502/products/search"
    for _ in range(MOST_SCANS):
        seen: set[str] = set()
        counted = 0
        for page in client.pages(shop, path, asked, page_size=PAGE):
            counted = int(page.get("total_count") or 0)
            for row in page.get("products") or []:
                seen.add(str(row["id"]))
                yield from _remotes(row)
        if len(seen) >= counted:
            return
    raise Retry("list_moves", path)


def look(shop: Shop, external_ids: Sequence[str]) -> dict[str, Remote]:
    """Some items as they stand now; a call for each product."""
    found: dict[str, Remote] = {}
    for product_id in dict.fromkeys(_product(id) for id in external_ids):
        try:
            row = client.get(shop, f"/product/202309/products/{product_id}")
        except Refused:
            continue  # no such product any more
        found |= {item.external_id: item for item in _remotes(row)}
    return {id: item for id, item in found.items() if id in set(external_ids)}


def _remotes(row: dict[str, Any]) -> Iterator[Remote]:
    """The SKUs of a product. Of one that buyers do not see, nothing can be bought."""
    state = STATES.get(str(row.get("status")), RemoteState.GONE)
    if state is RemoteState.GONE:
        return
    for sku in row.get("skus") or []:
        price = (sku.get("price") or {}).get("sale_price")
        held = sum(int(each["quantity"]) for each in sku.get("inventory") or [])
        yield Remote(
            f"{row['id']}:{sku['id']}",
            str(sku.get("seller_sku") or ""),
            str(row.get("title") or ""),
            state,
            int(Decimal(price)) if price else None,
            0 if state is RemoteState.OFF else held,
        )


def _product(external_id: str) -> str:
    return external_id.partition(":")[0]


def _sku(external_id: str) -> str:
    return external_id.partition(":")[2]


# — create and change —


def create(shop: Shop, ground: Ground, listing: Listing, *, key: str) -> str:
    """List it. The same `key` again is the same product."""
    [warehouse, *_others] = ground.warehouse.split(",")
    sku = {
        "seller_sku": listing.sku,
        "price": _price(listing.price_vnd),
        "inventory": [{"warehouse_id": warehouse, "quantity": listing.stock}],
    }
    body = _content(listing) | {
        "category_id": listing.category_id,
        "main_images": _uploaded(shop, listing),
        "skus": [sku],
        "save_mode": "LISTING" if listing.on_sale else "AS_DRAFT",
        "idempotency_key": key,
    }
    made = client.post(shop, "/product/202309/products", body)
    return f"{made['product_id']}:{made['skus'][0]['id']}"


def _price(price_vnd: int) -> dict[str, str]:
    return {"amount": str(price_vnd), "currency": "VND"}


def _uploaded(shop: Shop, listing: Listing) -> list[dict[str, str]]:
    path = "/product/202309/images/upload"
    sent = [
        client.upload(shop, path, image.read(), "MAIN_IMAGE")
        for image in listing.images[: LIMITS.images[1]]
    ]
    return [{"uri": str(answer["uri"])} for answer in sent]


def push_stock(shop: Shop, ground: Ground, stocks: Mapping[str, int]) -> Told:
    """Set the stock of one SKU, absolute.

    None is not taken: then the product is taken off the shelf, where nobody can buy what its
    old number still promises. `push_state` puts it back once there is some.
    """
    [(external_id, stock)] = stocks.items()
    warehouses = _warehouses(shop, ground, external_id)
    if stock < len(warehouses):
        return push_state(shop, {external_id: False})
    held = [
        # All must be named, none may be empty: the first has all that the others need not have.
        {"warehouse_id": id, "quantity": stock - len(warehouses) + 1 if at == 0 else 1}
        for at, id in enumerate(warehouses)
    ]
    body = {"skus": [{"id": _sku(external_id), "inventory": held}]}
    path = f"/product/202309/products/{_product(external_id)}/inventory/update"
    return _told([external_id], client.post(shop, path, body))


def _warehouses(shop: Shop, ground: Ground, external_id: str) -> list[str]:
    """Where the SKU lies. Only a shop with several warehouses has to be asked."""
    known = ground.warehouse.split(",")
    if len(known) == 1:
        return known
    row = client.get(shop, f"/product/202309/products/{_product(external_id)}")
    for sku in row.get("skus") or []:
        if str(sku["id"]) == _sku(external_id):
            there = {str(each["warehouse_id"]) for each in sku.get("inventory") or []}
            return sorted(there, key=lambda id: [*known, id].index(id)) or known[:1]
    return known[:1]


def push_price(shop: Shop, prices: Mapping[str, int]) -> Told:
    """Set the price of one SKU, absolute."""
    [(external_id, price_vnd)] = prices.items()
    body = {"skus": [{"id": _sku(external_id), "price": _price(price_vnd)}]}
    path = f"/product/202309/products/{_product(external_id)}/prices/update"
    try:
        return _told([external_id], client.post(shop, path, body))
    except Refused as error:
        standing = look(shop, [external_id]).get(external_id)
        raise _why(standing, error) from error


def push_state(shop: Shop, on_sale: Mapping[str, bool]) -> Told:
    """Show or hide up to 20 products: two calls where some are to be shown and some hidden."""
    refused: dict[str, MarketplaceError] = {}
    for verb, wanted in (("activate", True), ("deactivate", False)):
        ids = [id for id, seen in on_sale.items() if seen is wanted]
        if ids:
            body = {"product_ids": list(dict.fromkeys(map(_product, ids)))}
            answer = client.post(shop, f"/product/202309/products/{verb}", body)
            refused |= _told(ids, answer).refused
    return Told(_still_refused(shop, on_sale, refused))


def _still_refused(
    shop: Shop, on_sale: Mapping[str, bool], refused: Mapping[str, MarketplaceError]
) -> dict[str, MarketplaceError]:
    """Without those that stand as they should: what is hidden cannot be hidden, say the docs.

    What is being shown is in audit first.
    """
    there = look(shop, list(refused))
    fine = {True: {RemoteState.LIVE, RemoteState.IN_REVIEW}, False: {RemoteState.OFF}}
    return {
        id: _why(there.get(id), error)
        for id, error in refused.items()
        if id not in there or there[id].state not in fine[on_sale[id]]
    }


def _why(standing: Remote | None, error: MarketplaceError) -> MarketplaceError:
    """A product in audit takes neither price nor hiding; that is over in hours."""
    if standing is not None and standing.state is RemoteState.IN_REVIEW:
        return Locked(errors.IN_REVIEW, error.said)
    return error


def _told(external_ids: Sequence[str], data: dict[str, Any]) -> Told:
    """What of a call that says success was refused, line by line, in `data.errors`."""
    refused: dict[str, MarketplaceError] = {}
    for failure in data.get("errors") or []:
        detail = failure.get("detail") or {}
        named = {str(detail.get("product_id") or ""), str(detail.get("sku_id") or "")} - {""}
        for id in external_ids:
            # A failure that names nothing is of everything.
            if not named or named & {_product(id), _sku(id)}:
                refused[id] = errors.of_failure(failure)
    return Told(refused)


def push_content(shop: Shop, external_id: str, listing: Listing) -> None:
    """Set name, description, weight, size, brand and attributes.

    By the partial edit: the PUT of the same product erases whatever it is not told.
    """
    _edit(shop, external_id, _content(listing))


def push_images(shop: Shop, external_id: str, listing: Listing) -> None:
    """Upload the photos and set them."""
    images = {"category_version": TREE, "main_images": _uploaded(shop, listing)}
    _edit(shop, external_id, images)


def _edit(shop: Shop, external_id: str, changes: dict[str, Any]) -> None:
    path = f"/product/202509/products/{_product(external_id)}/partial_edit"
    client.post(shop, path, changes)


def _content(listing: Listing) -> dict[str, Any]:
    if listing.weight_kg is None:
        raise Refused("12052070", "package_weight")
    length, width, height = (str(side) for side in listing.size_cm)
    size = {"length": length, "width": width, "height": height, "unit": "CENTIMETER"}
    told = {
        "title": listing.name,
        "description": _html(listing.description),
        "category_version": TREE,
        "package_weight": {"value": f"{round(listing.weight_kg, 3):f}", "unit": "KILOGRAM"},
        "package_dimensions": size,
        "product_attributes": [
            {"id": id, "values": [_value(value)]}
            for id, value in listing.attributes.items()
            if not id.startswith(PAPER)
        ],
    }
    papers = [
        {"id": id.removeprefix(PAPER), "images": [{"uri": value}]}
        for id, value in listing.attributes.items()
        if id.startswith(PAPER)
    ]
    # What is not told stays: a paper that people sent on TikTok's own pages.
    told |= {"certifications": papers} if papers else {}
    return told | ({"brand_id": listing.brand_id} if listing.brand_id else {})


def _html(text: str) -> str:
    """Every line a paragraph."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def _value(value: str) -> dict[str, str]:
    """One of the options, or free text."""
    return {"id": value.removeprefix(OPTION)} if value.startswith(OPTION) else {"name": value}
