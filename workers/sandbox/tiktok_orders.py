"""TikTok Shop's orders in the sandbox: search, details, returns, statements, signed pushes."""

import hashlib
import hmac
import json
import re
from typing import Any

from flask import request

from workers.sandbox import market_orders
from workers.sandbox.store import Store
from workers.sandbox.tiktok_products import Verb, paged, sku_id
from workers.sandbox.tiktok_rules import Fault

APP_KEY = "29a39d"
APP_SECRET = "sandbox-tiktok-secret-opens-nothing-real"
MOST_IDS = 50
STATUSES = (
    "UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION",
    "IN_TRANSIT", "DELIVERED", "COMPLETED", "CANCELLED",
)  # fmt: skip
# Whom an order goes to is told from its payment on.
NO_ADDRESS = ("UNPAID", "ON_HOLD")
DAY = 86_400


def search_orders(store: Store, shop_id: int) -> dict[str, Any]:
    """A page of orders, each whole, by the body's times and status."""
    size, given = request.args.get("page_size", 0, type=int), request.get_json(silent=True) or {}
    if not 1 <= size <= 100:
        raise Fault(36009004, "page_size: 1 to 100")
    if given.get("order_status", STATUSES[0]) not in STATUSES:
        raise Fault(36009004, "order_status is unknown")
    found = [o for o in _orders(store, shop_id) if _wanted(o, given)]
    field = request.args.get("sort_field", "create_time")
    if field not in ("create_time", "update_time"):
        raise Fault(36009004, "sort_field: create_time or update_time")
    falling = request.args.get("sort_order", "DESC") == "DESC"
    found.sort(key=lambda order: (order[field], order["id"]), reverse=falling)
    page, token = paged(found, size)
    return {"orders": page, "next_page_token": token, "total_count": len(found)}


def _wanted(order: dict[str, Any], given: dict[str, Any]) -> bool:
    for field in ("create_time", "update_time"):
        least, below = given.get(f"{field}_ge"), given.get(f"{field}_lt")
        if least is not None and order[field] < least:
            return False
        if below is not None and order[field] >= below:
            return False
    return given.get("order_status") in (None, order["status"])


def get_orders(store: Store, shop_id: int) -> dict[str, Any]:
    """Up to 50 orders by id: `ids` repeated, or with commas."""
    ids = [part for given in request.args.getlist("ids") for part in given.split(",") if part]
    if not 1 <= len(ids) <= MOST_IDS:
        raise Fault(36009004, f"ids: 1 to {MOST_IDS}")
    return {"orders": [order for order in _orders(store, shop_id) if order["id"] in ids]}


def _orders(store: Store, shop_id: int) -> list[dict[str, Any]]:
    return [_whole(order) for order in market_orders.of(store, "tiktok", shop_id)]


def _whole(order: dict[str, Any]) -> dict[str, Any]:
    status, units = order["status"], _units(order)
    fee, discount = order["fee_vnd"], order["discount_vnd"]
    return {
        "id": order["order_id"],
        "status": status,
        "create_time": order["created_at"],
        "update_time": order["updated_at"],
        "buyer_message": "",
        "shipping_provider": "J&T Express" if order["tracking"] else "",
        "tracking_number": order["tracking"],
        "is_on_hold_order": False,
        "recipient_address": {} if status in NO_ADDRESS else _address(order),
        "payment": {
            "currency": "VND",
            "original_total_product_price": str(order["goods_vnd"]),
            "seller_discount": str(discount),
            "platform_discount": "0",
            "sub_total": str(order["goods_vnd"] - discount),
            "shipping_fee": str(fee),
            "total_amount": str(order["total_vnd"]),
        },
        "line_items": units,
    }


def _address(order: dict[str, Any]) -> dict[str, Any]:
    known = {"name": order["buyer"], "phone_number": order["phone"]}
    return known | {"full_address": order["address"], "region_code": "VN"}


def _units(order: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each unit; the discount lies on them in whole đồng, what is left on the first."""
    rows = [line for line in order["lines"] for _unit in range(line["quantity"])]
    share, left = divmod(order["discount_vnd"], len(rows))
    return [
        {
            "id": f"{order['order_id']}{at:03}",
            "product_id": str(line["item_id"]),
            "product_name": line["name"],
            "sku_id": sku_id(line["item_id"]),
            "seller_sku": line["sku"],
            "currency": "VND",
            "original_price": str(line["price"]),
            "sale_price": str(line["price"] - share - (left if at == 0 else 0)),
            "seller_discount": str(share + (left if at == 0 else 0)),
            "platform_discount": "0",
            "display_status": order["status"],
            "tracking_number": order["tracking"],
        }
        for at, line in enumerate(rows)
    ]


# — what comes back —


def search_returns(store: Store, shop_id: int) -> dict[str, Any]:
    """A page of returns, by the body's order ids and times."""
    size, given = request.args.get("page_size", 0, type=int), request.get_json(silent=True) or {}
    if not 1 <= size <= 50:
        raise Fault(36009004, "page_size: 1 to 50")
    ids = given.get("order_ids")
    if ids is not None and not 1 <= len(ids) <= MOST_IDS:
        raise Fault(36009004, f"order_ids: 1 to {MOST_IDS}")
    found = [
        _return(order)
        for order in market_orders.of(store, "tiktok", shop_id)
        if order["returned"] and (ids is None or order["order_id"] in ids)
    ]
    found = [row for row in found if _wanted(row | {"status": None}, given)]
    found.sort(key=lambda row: (row["update_time"], row["order_id"]))
    page, token = paged(found, size)
    return {"return_orders": page, "next_page_token": token, "total_count": len(found)}


def _return(order: dict[str, Any]) -> dict[str, Any]:
    """One return of an order, of as many units of each item as the control page said."""
    left, lines = dict(order["returned"]["items"]), []
    for unit in _units(order):
        if left.get(unit["product_id"], 0) > 0:
            left[unit["product_id"]] -= 1
            lines.append({"order_line_item_id": unit["id"], "sku_id": unit["sku_id"]})
    return {
        "return_id": f"R{order['order_id']}",
        "order_id": order["order_id"],
        "return_type": "RETURN_AND_REFUND",
        "return_status": order["returned"]["status"],
        "create_time": order["updated_at"],
        "update_time": order["updated_at"],
        "return_line_items": lines,
    }


# — money —


def get_transactions(store: Store, shop_id: int, order_id: str) -> dict[str, Any]:
    """What is settled for an order; nothing before it is completed."""
    found = [o for o in market_orders.of(store, "tiktok", shop_id) if o["order_id"] == order_id]
    if not found:
        raise Fault(36009004, "no such order")
    [order] = found
    rows = [_transaction(order, at) for at in range(len(order["lines"]))]
    settled = rows if order["status"] == "COMPLETED" else []
    sums = {name: str(sum(int(row[name]) for row in settled)) for name in _SUMS}
    fees = sums.pop("fee_tax_amount")
    known = {"order_id": order_id, "order_create_time": order["created_at"], "currency": "VND"}
    more = {"fee_and_tax_amount": fees, "sku_transactions": settled}
    return known | sums | more | {"total_count": len(settled)}


_SUMS = ("revenue_amount", "shipping_cost_amount", "fee_tax_amount", "settlement_amount")


def _transaction(order: dict[str, Any], at: int) -> dict[str, Any]:
    line = order["lines"][at]
    revenue = line["price"] * line["quantity"]
    if at == 0:
        revenue -= order["discount_vnd"] + order["reversed_vnd"]
    commission, vat, pit = revenue * 4 // 100, revenue // 100, revenue * 5 // 1000
    return {
        "sku_id": sku_id(line["item_id"]),
        "statement_id": _statement_id(order),
        "quantity": str(line["quantity"]),
        "revenue_amount": str(revenue),
        "shipping_cost_amount": "0",
        "fee_tax_amount": str(commission + vat + pit),
        "fee_tax_breakdown": {
            "fee": {"platform_commission_amount": str(commission), "transaction_fee_amount": "0"},
            "tax": {"local_vat_amount": str(vat), "pit_amount": str(pit)},
        },
        "settlement_amount": str(revenue - commission - vat - pit),
    }


def _statement_id(order: dict[str, Any]) -> str:
    return f"74{order['updated_at'] // DAY}"


def get_statements(store: Store, shop_id: int) -> dict[str, Any]:
    """A page of statements, one a day on which an order was completed."""
    size, given = request.args.get("page_size", 0, type=int), request.args
    if not 1 <= size <= 100 or given.get("sort_field") != "statement_time":
        raise Fault(36009004, "page_size: 1 to 100; sort_field: statement_time")
    start = given.get("statement_time_ge", 0, type=int)
    end = given.get("statement_time_lt", 2**40, type=int)
    days = {
        _statement_id(order): order["updated_at"] // DAY * DAY
        for order in market_orders.of(store, "tiktok", shop_id)
        if order["status"] == "COMPLETED"
    }
    rows = [
        {"id": id, "statement_time": at, "currency": "VND", "payment_status": "PAID"}
        for id, at in sorted(days.items())
        if start <= at < end
    ]
    page, token = paged(rows, size)
    return {"statements": page, "next_page_token": token}


# — pushes —


def push(order: dict[str, Any], _url: str) -> tuple[dict[str, str], bytes]:
    """Push 1 (order status), signed over key and body."""
    data = {
        "order_id": order["order_id"],
        "order_status": order["status"],
        "is_on_hold_order": False,
        "update_time": order["updated_at"],
    }
    seen = f"{order['order_id']}{order['status']}{order['updated_at']}".encode()
    told = {
        "type": 1,
        "tts_notification_id": str(int(hashlib.sha256(seen).hexdigest()[:15], 16)),
        "shop_id": str(order["shop_id"]),
        "timestamp": order["updated_at"],
        "data": data,
    }
    body = json.dumps(told, separators=(",", ":")).encode()
    return {"Authorization": signed(body), "Content-Type": "application/json"}, body


def signed(body: bytes) -> str:
    """The signature of a push."""
    return hmac.new(APP_SECRET.encode(), APP_KEY.encode() + body, hashlib.sha256).hexdigest()


market_orders.PUSHES["tiktok"] = push

ROUTES: list[tuple[str, re.Pattern[str], Verb]] = [
    (method, re.compile(pattern), verb)
    for method, pattern, verb in (
        ("POST", r"/order/202309/orders/search", search_orders),
        ("GET", r"/order/20(?:2309|2507)/orders", get_orders),
        ("POST", r"/return_refund/202602/returns/search", search_returns),
        ("GET", r"/finance/202501/orders/(\w+)/statement_transactions", get_transactions),
        ("GET", r"/finance/202309/statements", get_statements),
    )
]
