"""TikTok Shop's orders, what of them comes back, and its pushes."""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from workers.marketplaces.protocol import (
    BadSignature,
    Hint,
    HintKind,
    Order,
    OrderLine,
    OrderState,
    Page,
    Partner,
    Shop,
)
from workers.marketplaces.tiktok import client, sign

MOST_DAYS, MOST_READ = 30, 50
# The most rows that a page of each list may have.
PAGES = {"orders": 100, "returns": 50}
STATES = {
    "UNPAID": OrderState.PLACED,
    "ON_HOLD": OrderState.PLACED,
    "AWAITING_SHIPMENT": OrderState.CONFIRMED,
    "PARTIALLY_SHIPPING": OrderState.CONFIRMED,
    "AWAITING_COLLECTION": OrderState.CONFIRMED,
    "IN_TRANSIT": OrderState.SHIPPED,
    "DELIVERED": OrderState.DELIVERED,
    "COMPLETED": OrderState.COMPLETED,
    "CANCELLED": OrderState.CANCELLED,
}
ON_ITS_WAY = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}
# Returns that bring goods back, or brought them; the others are asked for, refused or withdrawn.
RETURNING = {
    "AWAITING_BUYER_SHIP",
    "BUYER_SHIPPED_ITEM",
    "RETURN_OR_REFUND_REQUEST_SUCCESS",
    "RETURN_OR_REFUND_REQUEST_COMPLETE",
}
HINTS = {
    1: HintKind.ORDER,
    3: HintKind.ORDER,
    4: HintKind.ORDER,
    11: HintKind.ORDER,
    12: HintKind.ORDER,
    5: HintKind.ITEM,
    6: HintKind.DEAUTHORISED,
    7: HintKind.AUTHORISATION_ENDS,
}
# What can change without the order's own time moving: list → its call and the id in its rows.
LISTS = {
    "orders": ("/order/202309/orders/search", "orders", "id"),
    "returns": ("/return_refund/202602/returns/search", "return_orders", "order_id"),
}


def vnd(amount: Any) -> int:
    """Whole đồng of an amount, which comes as text ("120000"); 0 where there is none."""
    return int(Decimal(amount or 0))


def changed(shop: Shop, since: datetime, until: datetime, cursor: str | None) -> Page:
    """Orders that changed in [since, until), then those of which a return did.

    A page token counts from the start of a list that moves while it is read. So each page begins
    at the time the last one ended with, and a token is used only where all of a page changed in
    one second. `cursor`: "list:time:token".
    """
    name, start, token = (cursor or f"orders:{int(since.timestamp())}:").split(":", 2)
    path, field, id = LISTS[name]
    body = {"update_time_ge": int(start), "update_time_lt": int(until.timestamp())}
    sorting = {"sort_field": "update_time", "sort_order": "ASC"}
    paging = {"page_token": token} if token else {}
    answer = client.post(shop, path, body, page_size=PAGES[name], **sorting, **paging)
    rows = answer.get(field) or []
    # Two returns of one order are one order that changed.
    ids = tuple(dict.fromkeys(str(row[id]) for row in rows))
    further = str(answer.get("next_page_token") or "")
    if rows and further:
        last = int(rows[-1]["update_time"])
        return Page(ids, f"{name}:{last}:" if last > int(start) else f"{name}:{start}:{further}")
    return Page(ids, f"returns:{int(since.timestamp())}:" if name == "orders" else None)


def read(shop: Shop, order_ids: Sequence[str]) -> list[Order]:
    """These orders whole, with what of them comes back; at most 50."""
    if not order_ids:
        return []
    returns: dict[str, list[dict[str, Any]]] = {}
    for row in _returns(shop, order_ids):
        returns.setdefault(str(row["order_id"]), []).append(row)
    return [_order(row, returns.get(str(row["id"]), [])) for row in rows(shop, order_ids)]


def rows(shop: Shop, order_ids: Sequence[str]) -> list[dict[str, Any]]:
    """These orders as TikTok Shop tells them; at most 50."""
    # With commas: how a key that is repeated would be signed, no document says.
    answer = client.get(shop, "/order/202507/orders", ids=",".join(order_ids))
    return list(answer.get("orders") or [])


def _returns(shop: Shop, order_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    path, asked = LISTS["returns"][0], {"order_ids": list(order_ids)}
    for page in client.pages(shop, path, asked, page_size=PAGES["returns"]):
        yield from page.get("return_orders") or []


def _order(row: dict[str, Any], returns: Sequence[dict[str, Any]]) -> Order:
    state = STATES.get(str(row["status"]), OrderState.PLACED)
    units = _standing(row, state)
    returned = _returned(returns)
    lines = _lines(units, returned)
    goods_vnd = sum(line.quantity * line.unit_price_vnd for line in lines)
    payment, address = row.get("payment") or {}, row.get("recipient_address") or {}
    sub_total_vnd = vnd(payment.get("sub_total"))
    # Whatever the buyer pays beside the goods: delivery, and what TikTok adds to it.
    fee_vnd = vnd(payment.get("total_amount")) - sub_total_vnd
    if len(units) < len(row.get("line_items") or []):
        sub_total_vnd = sum(vnd(unit["sale_price"]) for unit in units)
    if state in ON_ITS_WAY and all(str(unit["id"]) in returned for unit in units):
        state = OrderState.RETURNED
    return Order(
        order_id=str(row["id"]),
        state=state,
        said=str(row["status"]),
        updated_at=max(_instant(each["update_time"]) for each in (row, *returns)),
        placed_at=_instant(row["create_time"]),
        buyer_name=str(address.get("name") or ""),
        buyer_phone=str(address.get("phone_number") or ""),
        address=str(address.get("full_address") or ""),
        lines=lines,
        fee_vnd=fee_vnd,
        discount_vnd=goods_vnd - sub_total_vnd,
        total_vnd=sub_total_vnd + fee_vnd,
        note=str(row.get("buyer_message") or ""),
        carrier=str(row.get("shipping_provider") or ""),
        tracking_no=str(row.get("tracking_number") or ""),
    )


def _standing(row: dict[str, Any], state: OrderState) -> list[dict[str, Any]]:
    """The units of an order, each a row of its own, without those that were cancelled alone."""
    units = list(row.get("line_items") or [])
    if state is OrderState.CANCELLED:
        return units
    return [unit for unit in units if unit.get("display_status") != "CANCELLED"]


def _returned(returns: Sequence[dict[str, Any]]) -> set[str]:
    """Ids of the units that come back."""
    return {
        str(unit["order_line_item_id"])
        for row in returns
        if row.get("return_type") == "RETURN_AND_REFUND" and row["return_status"] in RETURNING
        for unit in row.get("return_line_items") or []
    }


def _lines(units: Sequence[dict[str, Any]], returned: set[str]) -> tuple[OrderLine, ...]:
    """The units by SKU. A SKU at two prices (a gift) is two lines."""
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for unit in units:
        groups.setdefault((str(unit["sku_id"]), vnd(unit["original_price"])), []).append(unit)
    return tuple(
        OrderLine(
            line_id=f"{sku_id}:{price_vnd}",
            external_id=f"{some[0]['product_id']}:{sku_id}",
            sku=str(some[0].get("seller_sku") or ""),
            name=str(some[0].get("product_name") or ""),
            quantity=len(some),
            unit_price_vnd=price_vnd,
            returned=sum(str(unit["id"]) in returned for unit in some),
        )
        for (sku_id, price_vnd), some in groups.items()
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def hint(partner: Partner, url: str, headers: Mapping[str, str], raw: bytes) -> Hint | None:
    """What a push says. Raises BadSignature.

    A push about a product does not name its SKU, so it names no external id.
    """
    expected = sign.push(partner.secret, partner.key, raw)
    if not hmac.compare_digest(headers.get("authorization", "").encode(), expected.encode()):
        raise BadSignature
    try:
        body = json.loads(raw)
        kind = HINTS.get(int(body["type"]), HintKind.OTHER)
        data, shop_id = body.get("data") or {}, str(body["shop_id"])
        delivery = str(body["tts_notification_id"])
        order = data.get("order_id")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Hint(kind, shop_id, delivery, (str(order),) if order else ())
