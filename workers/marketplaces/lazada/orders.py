"""Lazada's orders and pushes.

An order's number is unique within its shop only. Its items come one record per unit.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from workers.marketplaces.lazada import client, errors, sign, values
from workers.marketplaces.protocol import (
    BadSignature,
    Hint,
    HintKind,
    Order,
    OrderLine,
    OrderState,
    Page,
    Partner,
    Refused,
    Shop,
)

# An order takes two calls to read.
MOST_DAYS, MOST_READ, PAGE = 15, 10, 100
# From ready_to_ship on an order is sure; what comes before only holds goods.
STATES = {
    "unpaid": OrderState.PLACED,
    "pending": OrderState.PLACED,
    "topack": OrderState.PLACED,
    "toship": OrderState.PLACED,
    "ready_to_ship": OrderState.CONFIRMED,
    "shipped": OrderState.SHIPPED,
    # Lost by the carrier: it does not come back, and what it means is between seller and platform.
    "lost": OrderState.SHIPPED,
    "delivered": OrderState.DELIVERED,
    "confirmed": OrderState.COMPLETED,
    "canceled": OrderState.CANCELLED,
    "returned": OrderState.RETURNED,
    "failed": OrderState.RETURNED,
}
# A whole order stands where the least advanced of its units stands.
ADVANCE = (
    OrderState.PLACED,
    OrderState.CONFIRMED,
    OrderState.SHIPPED,
    OrderState.DELIVERED,
    OrderState.COMPLETED,
    OrderState.RETURNED,
    OrderState.CANCELLED,
)
HINTS = {
    0: HintKind.ORDER,
    1: HintKind.ITEM,
    3: HintKind.ITEM,
    4: HintKind.ITEM,
    5: HintKind.ITEM,
}


def changed(shop: Shop, since: datetime, until: datetime, cursor: str | None) -> Page:
    """Orders that changed in [since, until).

    The list is in the order of last changes and moves while it is read, so the next page begins
    where the last one ended in time, not after so many rows. An order may come twice. Only when
    a page has no second of time to go on by, the cursor "<seconds>:<rows>" counts rows, and half
    a page of them twice.
    """
    start, rows = int(since.timestamp()), 0
    if cursor is not None:
        start, rows = (int(part) for part in cursor.split(":"))
    answer = client.get(
        shop,
        "/orders/get",
        update_after=_told(start),
        update_before=_told(int(until.timestamp())),
        sort_by="updated_at",
        sort_direction="ASC",
        offset=rows,
        limit=PAGE,
    )
    found = (answer or {}).get("orders") or []
    ids = tuple(dict.fromkeys(str(row["order_id"]) for row in found))
    if len(found) < PAGE:
        return Page(ids, None)
    # A second earlier: whether the bound itself is included is not documented.
    last = int(values.instant(found[-1]["updated_at"]).timestamp()) - 1
    goes_on = (last, 0) if last > start else (start, rows + PAGE // 2)
    return Page(ids, f"{goes_on[0]}:{goes_on[1]}")


def _told(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def read(shop: Shop, order_ids: Sequence[str]) -> list[Order]:
    """These orders whole; at most 10. One that the shop does not have is left out."""
    found = [_read(shop, order_id) for order_id in order_ids]
    return [order for order in found if order is not None]


def _read(shop: Shop, order_id: str) -> Order | None:
    try:
        head = client.get(shop, "/order/get", order_id=order_id)
        units = client.get(shop, "/order/items/get", order_id=order_id)
    except Refused as error:
        if error.code != errors.NO_SUCH_ORDER:
            raise
        return None
    return _order(head, units or [])


def _order(head: dict[str, Any], units: list[dict[str, Any]]) -> Order:
    live = [unit for unit in units if _state(unit) is not OrderState.CANCELLED]
    state = min((_state(unit) for unit in units), key=ADVANCE.index, default=OrderState.PLACED)
    said = next((str(unit["status"]) for unit in units if _state(unit) is state), "")
    lines = _lines(units, every=not live)
    goods_vnd = sum(line.quantity * line.unit_price_vnd for line in lines)
    fee_vnd = values.vnd(head.get("shipping_fee"))
    gone = [unit for unit in units if unit not in live] if live else []
    discount_vnd = values.vnd(head.get("voucher")) - sum(
        values.vnd(u.get("voucher_amount")) for u in gone
    )
    first, address = (live or units or [{}])[0], head.get("address_shipping") or {}
    return Order(
        order_id=str(head["order_id"]),
        state=state,
        said=said,
        updated_at=values.instant(head["updated_at"]),
        placed_at=values.instant(head["created_at"]),
        buyer_name=" ".join(_parts(address, "last_name", "first_name")),
        buyer_phone=str(address.get("phone") or ""),
        address=", ".join(
            _parts(address, "address1", "address5", "address4", "address3", "address2", "city")
        ),
        lines=lines,
        fee_vnd=fee_vnd,
        discount_vnd=discount_vnd,
        total_vnd=goods_vnd - discount_vnd + fee_vnd,
        note=str(head.get("remarks") or ""),
        carrier=str(first.get("shipment_provider") or ""),
        tracking_no=str(first.get("tracking_code") or ""),
    )


def _state(unit: dict[str, Any]) -> OrderState:
    return STATES.get(str(unit.get("status") or ""), OrderState.PLACED)


def _lines(units: list[dict[str, Any]], *, every: bool) -> tuple[OrderLine, ...]:
    """One line for each SKU at each price. A line is named by the first of its units for good;
    cancelled units are not counted, unless `every` one is.
    """
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for unit in sorted(units, key=lambda unit: int(unit["order_item_id"])):
        external_id = f"{unit.get('product_id') or ''}:{unit.get('sku_id') or ''}"
        groups.setdefault((external_id, values.vnd(unit["item_price"])), []).append(unit)
    lines = []
    for (external_id, price_vnd), same in groups.items():
        counted = [unit for unit in same if every or _state(unit) is not OrderState.CANCELLED]
        if not counted:
            continue
        lines.append(
            OrderLine(
                line_id=str(same[0]["order_item_id"]),
                external_id=external_id,
                sku=str(same[0].get("sku") or ""),
                name=str(same[0].get("name") or ""),
                quantity=len(counted),
                unit_price_vnd=price_vnd,
                returned=sum(_state(unit) is OrderState.RETURNED for unit in counted),
            )
        )
    return tuple(lines)


def _parts(address: dict[str, Any], *names: str) -> list[str]:
    """What is told of these, each once."""
    said = (str(address.get(name) or "").strip() for name in names)
    return list(dict.fromkeys(part for part in said if part))


def hint(partner: Partner, url: str, headers: Mapping[str, str], raw: bytes) -> Hint | None:
    """What a push says. Raises BadSignature."""
    expected = sign.push(partner.push_key, partner.key, raw).encode()
    given = headers.get("authorization", "").encode()
    if not partner.push_key or not hmac.compare_digest(given, expected):
        raise BadSignature
    try:
        body = json.loads(raw)
        data, shop_id, kind = body.get("data") or {}, str(body["seller_id"]), body["message_type"]
        order = str(data.get("trade_order_id") or "")
        at = data.get("status_update_time") or body.get("timestamp")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    what = data.get("reverse_order_line_id") or data.get("trade_order_line_id") or order
    status = data.get("reverse_status") or data.get("order_status") or ""
    item, sku = data.get("item_id"), data.get("sku_id")
    return Hint(
        HintKind.ORDER if order else HINTS.get(kind, HintKind.OTHER),
        shop_id,
        # An order's number may be another shop's too.
        f"{shop_id}:{kind}:{what or item}:{status}:{at}",
        (order,) if order else (),
        (f"{item}:{sku}",) if item and sku else (),
    )
