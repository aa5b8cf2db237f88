"""Lazada's orders in the sandbox: lists by time, one record per unit, money, signed pushes."""

import hashlib
import hmac
import json
import math
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

from flask import request

from workers.sandbox import control, market_orders
from workers.sandbox.lazada_told import Fault
from workers.sandbox.store import Store

APP_KEY = "123456"
APP_SECRET = "sandbox-lazada-secret-opens-nothing-real"
MOST_OFFSET, MOST_DAYS = 5000, 180
TIMES = ("created_after", "created_before", "update_after", "update_before")
VIETNAM = timezone(timedelta(hours=7))
STATUSES = {
    "unpaid", "pending", "topack", "toship", "ready_to_ship", "shipped", "delivered", "canceled",
    "returned", "failed", "lost",
}  # fmt: skip


def orders(store: Store, shop_id: int) -> dict[str, Any]:
    """A page of orders by creation or by update, `offset` to 5000, `limit` to 100."""
    given = request.args
    offset, limit = given.get("offset", 0, type=int), given.get("limit", 100, type=int)
    if not (given.get("created_after") or given.get("update_after")):
        raise Fault("MissingParameter", "created_after or update_after is mandatory")
    if given.get("status") and given["status"] not in STATUSES:
        raise Fault("6", "E006: Invalid status filter")
    if not 1 <= limit <= 100 or not 0 <= offset <= MOST_OFFSET:
        raise Fault("5", f"E005: limit 1 to 100, offset to {MOST_OFFSET}")
    times = {name: _epoch(given[name]) for name in TIMES if given.get(name)}
    found = market_orders.of(store, "lazada", shop_id)
    found = [order for order in found if _chosen(order, times)]
    by = given.get("sort_by", "updated_at")
    found.sort(
        key=lambda order: (order[by], order["order_id"]),
        reverse=given.get("sort_direction", "DESC").upper() == "DESC",
    )
    start = offset + control.shift()
    page = found[start : start + limit]
    return {"count": len(page), "countTotal": len(found), "orders": [_head(o) for o in page]}


def _chosen(order: dict[str, Any], times: dict[str, float]) -> bool:
    status = request.args.get("status")
    return (
        times.get("created_after", 0) <= order["created_at"] < times.get("created_before", math.inf)
        and times.get("update_after", 0) <= order["updated_at"]
        and order["updated_at"] < times.get("update_before", math.inf)
        and (not status or status in _statuses(order))
    )


def _epoch(told: str) -> float:
    try:
        instant = datetime.fromisoformat(told)
    except ValueError:
        instant = datetime.min
    if instant.tzinfo is None:
        raise Fault("5", "E005: times are ISO 8601 with an offset")
    return instant.timestamp()


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, VIETNAM).strftime("%Y-%m-%d %H:%M:%S %z")


def order(store: Store, shop_id: int) -> dict[str, Any]:
    """One order without its items."""
    return _head(_one(store, shop_id))


def order_items(store: Store, shop_id: int) -> list[dict[str, Any]]:
    """One record for each unit: no quantity anywhere."""
    found = _one(store, shop_id)
    return [_unit(found, unit) for unit in _units(found)]


def _one(store: Store, shop_id: int) -> dict[str, Any]:
    asked = request.args.get("order_id", "")
    if not asked:
        raise Fault("MissingParameter", "order_id is mandatory")
    for found in market_orders.of(store, "lazada", shop_id):
        if found["order_id"] == asked:
            return found
    raise Fault("16", "E016: Invalid Order ID")


def _head(order: dict[str, Any]) -> dict[str, Any]:
    last, _space, first = order["buyer"].partition(" ")
    return {
        "order_id": int(order["order_id"]),
        "order_number": int(order["order_id"]),
        "created_at": _when(order["created_at"]),
        "updated_at": _when(order["updated_at"]),
        "statuses": sorted(_statuses(order)),
        "price": f"{order['goods_vnd']}.00",
        "shipping_fee": float(order["fee_vnd"]),
        "voucher": float(order["discount_vnd"]),
        "items_count": len(_units(order)),
        "payment_method": "COD",
        "remarks": "",
        "address_shipping": {
            "first_name": first,
            "last_name": last,
            "phone": order["phone"],
            "address1": order["address"],
            "country": "Vietnam",
        },
    }


def _units(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Every unit with its number in the order, its status and its part of the voucher."""
    rows = [line for line in order["lines"] for _ in range(line["quantity"])]
    part, rest = divmod(order["discount_vnd"], len(rows))
    back = order.get("returned") or {}
    left = {str(id): int(units) for id, units in (back.get("items") or {}).items()}
    units = []
    for number, line in enumerate(rows):
        status = order["status"]
        if left.get(str(line["item_id"]), 0) > 0:
            left[str(line["item_id"])] -= 1
            status = back.get("status", "returned")
        voucher = part + (1 if number < rest else 0)
        units.append(line | {"number": number + 1, "status": status, "voucher": voucher})
    return units


def _statuses(order: dict[str, Any]) -> set[str]:
    return {unit["status"] for unit in _units(order)}


def _unit(order: dict[str, Any], unit: dict[str, Any]) -> dict[str, Any]:
    return {
        "order_item_id": int(order["order_id"]) * 100 + unit["number"],
        "order_id": int(order["order_id"]),
        "product_id": str(unit["product"]),
        "sku_id": str(unit["item_id"]),
        "sku": unit["sku"],
        "shop_sku": f"{unit['product']}_VNAMZ-{unit['item_id']}",
        "name": unit["name"],
        "item_price": float(unit["price"]),
        "paid_price": float(unit["price"] - unit["voucher"]),
        "voucher_amount": float(unit["voucher"]),
        "shipping_amount": 0.0,
        "status": unit["status"],
        "tracking_code": order["tracking"],
        "shipment_provider": "LEX VN" if order["tracking"] else "",
        "created_at": _when(order["created_at"]),
        "updated_at": _when(order["updated_at"]),
    }


def transactions(store: Store, shop_id: int) -> list[dict[str, Any]]:
    """Fee lines of the days from `start_time` to `end_time`; of delivered orders alone."""
    given = request.args
    start, end = _day(given.get("start_time", "")), _day(given.get("end_time", ""))
    limit, offset = given.get("limit", 0, type=int), given.get("offset", 0, type=int)
    if not start <= end <= start + timedelta(days=MOST_DAYS):
        raise Fault("5", f"E005: at most {MOST_DAYS} days")
    if not 1 <= limit <= 500:
        raise Fault("5", "E005: limit 1 to 500")
    rows = [
        row
        for order in market_orders.of(store, "lazada", shop_id)
        if order["status"] in {"delivered", "returned"}
        and start <= datetime.fromtimestamp(order["updated_at"], VIETNAM).date() <= end
        for row in _fees(order)
    ]
    return rows[offset : offset + limit]


def _day(told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise Fault("5", "E005: start_time and end_time are days") from None


def _fees(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Whole đồng, written with commas and two decimals."""
    paid = order["goods_vnd"] - order["discount_vnd"]
    sums = {
        "Item Price Credit": order["goods_vnd"],
        "Promotional Charges Vouchers": -order["discount_vnd"],
        "Shipping Fee (Paid By Customer)": order["fee_vnd"],
        "Shipping Fee Paid by Seller": -order["fee_vnd"],
        "Commission": -(paid * 4 // 100),
        "Payment Fee": -(paid * 5 // 100),
    }
    if order["reversed_vnd"]:
        sums["Reversal Item Price"] = -order["reversed_vnd"]
    return [
        {
            "order_no": order["order_id"],
            "orderItem_no": f"{order['order_id']}01",
            "transaction_number": f"{order['order_id']}-{number}",
            "transaction_date": _when(order["updated_at"])[:10],
            "fee_name": name,
            "amount": f"{amount:,}.00",
            "VAT_in_amount": "0.00",
            "WHT_amount": f"{paid * 15 // 1000}.00" if name == "Item Price Credit" else "0.00",
            "WHT_included_in_amount": "No",
            "paid_status": "Not paid" if order["held"] else "paid",
        }
        for number, (name, amount) in enumerate(sums.items(), 1)
    ]


def push(order: dict[str, Any], _url: str) -> tuple[dict[str, str], bytes]:
    """Message 0 (an order's status), signed over app key and body."""
    told = {
        "seller_id": str(order["shop_id"]),
        "message_type": 0,
        "data": {
            "order_status": order["status"],
            "trade_order_id": order["order_id"],
            "trade_order_line_id": f"{order['order_id']}01",
            "status_update_time": order["updated_at"],
        },
        "timestamp": order["updated_at"] * 1000,
        "site": "lazada_vn",
    }
    body = json.dumps(told).encode()
    signed = hmac.new(APP_SECRET.encode(), APP_KEY.encode() + body, hashlib.sha256).hexdigest()
    return {"Authorization": signed, "Content-Type": "application/json"}, body


market_orders.PUSHES["lazada"] = push

ORDER_CALLS: dict[tuple[str, str], Callable[[Store, int], Any]] = {
    ("GET", "/orders/get"): orders,
    ("GET", "/order/get"): order,
    ("GET", "/order/items/get"): order_items,
    ("GET", "/finance/transaction/details/get"): transactions,
}
