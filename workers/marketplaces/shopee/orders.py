"""Shopee's orders and pushes."""

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
from workers.marketplaces.shopee import client, sign

MOST_DAYS, MOST_READ, PAGE = 15, 50, 100
STATES = {
    "UNPAID": OrderState.PLACED,
    "INVOICE_PENDING": OrderState.PLACED,
    "READY_TO_SHIP": OrderState.CONFIRMED,
    "RETRY_SHIP": OrderState.CONFIRMED,
    "PROCESSED": OrderState.CONFIRMED,
    "IN_CANCEL": OrderState.CONFIRMED,
    "SHIPPED": OrderState.SHIPPED,
    "TO_CONFIRM_RECEIVE": OrderState.DELIVERED,
    "COMPLETED": OrderState.COMPLETED,
    "CANCELLED": OrderState.CANCELLED,
    "TO_RETURN": OrderState.RETURNED,
}
# Without these an order comes without its lines, address and amounts.
FIELDS = (
    "buyer_username,recipient_address,item_list,total_amount,estimated_shipping_fee,"
    "actual_shipping_fee,note,message_to_seller,shipping_carrier,package_list"
)
HINTS = {
    3: HintKind.ORDER,
    4: HintKind.ORDER,
    6: HintKind.ITEM,
    7: HintKind.ITEM,
    8: HintKind.ITEM,
    2: HintKind.DEAUTHORISED,
    12: HintKind.AUTHORISATION_ENDS,
}


def changed(shop: Shop, since: datetime, until: datetime, cursor: str | None) -> Page:
    """Orders whose state changed in [since, until), of at most 15 days."""
    answer = client.get(
        shop,
        "order/get_order_list",
        time_range_field="update_time",
        time_from=int(since.timestamp()),
        time_to=int(until.timestamp()),
        page_size=PAGE,
        cursor=cursor or "",
    )
    ids = tuple(str(row["order_sn"]) for row in answer.get("order_list", []))
    return Page(ids, str(answer["next_cursor"]) if answer.get("more") else None)


def read(shop: Shop, order_ids: Sequence[str]) -> list[Order]:
    """These orders whole; at most 50."""
    answer = client.get(
        shop,
        "order/get_order_detail",
        order_sn_list=",".join(order_ids),
        response_optional_fields=FIELDS,
    )
    return [_order(row) for row in answer.get("order_list", [])]


def _order(row: dict[str, Any]) -> Order:
    lines = tuple(_line(each) for each in row.get("item_list") or [])
    goods_vnd = sum(line.quantity * line.unit_price_vnd for line in lines)
    fee_vnd = int(row.get("actual_shipping_fee") or row.get("estimated_shipping_fee") or 0)
    total_vnd = int(row.get("total_amount") or goods_vnd + fee_vnd)
    address = row.get("recipient_address") or {}
    packages = row.get("package_list") or [{}]
    return Order(
        order_id=str(row["order_sn"]),
        state=STATES.get(str(row["order_status"]), OrderState.PLACED),
        said=str(row["order_status"]),
        updated_at=_instant(row["update_time"]),
        placed_at=_instant(row["create_time"]),
        buyer_name=str(address.get("name") or row.get("buyer_username") or ""),
        buyer_phone=str(address.get("phone") or ""),
        address=str(address.get("full_address") or ""),
        lines=lines,
        fee_vnd=fee_vnd,
        discount_vnd=goods_vnd + fee_vnd - total_vnd,
        total_vnd=total_vnd,
        note=str(row.get("message_to_seller") or ""),
        carrier=str(row.get("shipping_carrier") or ""),
        tracking_no=str(packages[0].get("tracking_number") or ""),
    )


def _line(row: dict[str, Any]) -> OrderLine:
    item_id, line_id = str(row["item_id"]), row.get("order_item_id") or row["item_id"]
    return OrderLine(
        line_id=f"{line_id}:{row.get('model_id') or 0}",
        external_id=item_id,
        sku=str(row.get("model_sku") or row.get("item_sku") or ""),
        name=str(row.get("item_name") or ""),
        quantity=int(row["model_quantity_purchased"]),
        unit_price_vnd=int(row["model_discounted_price"]),
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def hint(partner: Partner, url: str, headers: Mapping[str, str], raw: bytes) -> Hint | None:
    """What a push says. Raises BadSignature.

    The console's own trial call comes unsigned or with another body: it is not a push.
    """
    expected = sign.push(partner.push_key, url, raw).encode() if partner.push_key else b""
    given = headers.get("authorization", "").encode()
    if not expected or not hmac.compare_digest(given, expected):
        raise BadSignature
    try:
        body = json.loads(raw)
        kind = HINTS.get(int(body["code"]), HintKind.OTHER)
        data, shop_id = body.get("data") or {}, str(body["shop_id"])
        order, item = data.get("ordersn"), data.get("item_id")
        # Of a push about neither an order nor an item, two shops may hear in one second.
        said = f"{body['code']}:{order or item or shop_id}:{data.get('status', '')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Hint(
        kind,
        shop_id,
        f"{said}:{data.get('update_time') or body.get('timestamp')}",
        (str(order),) if order else (),
        (str(item),) if item else (),
    )
