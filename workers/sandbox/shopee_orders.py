"""Shopee's orders in the sandbox: lists by cursor, details, escrow, signed pushes."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from flask import request

from workers.sandbox import control, market_orders
from workers.sandbox.shopee_products import Fault
from workers.sandbox.store import Store

PUSH_KEY = "sandbox-push-key-opens-nothing-real"
MOST_DAYS = 15
# The parts of a detail that come only when they are asked for.
OPTIONAL = (
    "buyer_username", "recipient_address", "item_list", "total_amount", "estimated_shipping_fee",
    "actual_shipping_fee", "note", "message_to_seller", "shipping_carrier", "package_list",
)  # fmt: skip


def get_order_list(store: Store, shop_id: int) -> dict[str, Any]:
    """A page of orders by `time_range_field`, at most 15 days, `cursor` as it was given."""
    given = request.args
    start, end = given.get("time_from", type=int), given.get("time_to", type=int)
    field = given.get("time_range_field")
    if start is None or end is None or field not in ("create_time", "update_time"):
        raise Fault("error_param", "time_range_field, time_from and time_to required.")
    if not start < end <= start + MOST_DAYS * 86_400:
        raise Fault("error_param", f"At most {MOST_DAYS} days.")
    size, offset = given.get("page_size", 0, type=int), int(given.get("cursor") or 0)
    if not 1 <= size <= 100:
        raise Fault("error_param", "page_size: 1 to 100.")
    name = "updated_at" if field == "update_time" else "created_at"
    found = [o for o in market_orders.of(store, "shopee", shop_id) if start <= o[name] < end]
    more, start = offset + size < len(found), offset + control.shift()
    return {
        "more": more,
        "next_cursor": str(offset + size) if more else "",
        "order_list": [{"order_sn": o["order_id"]} for o in found[start : start + size]],
    }


def get_order_detail(store: Store, shop_id: int) -> dict[str, Any]:
    """Up to 50 orders; fields beyond the first ones only as asked for."""
    ids = [part for part in request.args.get("order_sn_list", "").split(",") if part]
    if not 1 <= len(ids) <= 50:
        raise Fault("error_param", "order_sn_list: 1 to 50.")
    wanted = set(request.args.get("response_optional_fields", "").split(","))
    found = [o for o in market_orders.of(store, "shopee", shop_id) if o["order_id"] in ids]
    return {"order_list": [_detail(order, wanted) for order in found]}


def _detail(order: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    optional = {
        "buyer_username": "nguoimua",
        "recipient_address": {
            "name": order["buyer"],
            "phone": order["phone"],
            "full_address": order["address"],
            "region": "VN",
        },
        "item_list": [_line(line) for line in order["lines"]],
        "total_amount": order["total_vnd"],
        "estimated_shipping_fee": order["fee_vnd"],
        "actual_shipping_fee": 0,
        "note": "",
        "message_to_seller": "",
        "shipping_carrier": "SPX Express" if order["tracking"] else "",
        "package_list": [{"tracking_number": order["tracking"]}] if order["tracking"] else [],
    }
    head = {
        "order_sn": order["order_id"],
        "order_status": order["status"],
        "region": "VN",
        "currency": "VND",
        "cod": False,
        "create_time": order["created_at"],
        "update_time": order["updated_at"],
    }
    return head | {name: optional[name] for name in OPTIONAL if name in wanted}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "item_id": line["item_id"],
        "item_name": line["name"],
        "item_sku": line["sku"],
        "model_id": 0,
        "model_sku": "",
        "order_item_id": line["item_id"],
        "model_quantity_purchased": line["quantity"],
        "model_original_price": line["price"],
        "model_discounted_price": line["price"],
    }


def get_escrow_detail(store: Store, shop_id: int) -> dict[str, Any]:
    """What is paid out for an order; released once it is completed."""
    found = [
        o
        for o in market_orders.of(store, "shopee", shop_id)
        if o["order_id"] == request.args.get("order_sn")
    ]
    if not found:
        raise Fault("error_not_found", "No such order.")
    [order] = found
    paid = order["goods_vnd"] - order["discount_vnd"]
    commission, vat, pit = paid * 4 // 100, paid // 100, paid * 5 // 1000
    income = {
        "escrow_amount": paid - commission - vat - pit - order["reversed_vnd"],
        "buyer_total_amount": order["total_vnd"],
        "actual_shipping_fee": order["fee_vnd"],
        "commission_fee": commission,
        "service_fee": 0,
        "seller_transaction_fee": 0,
        "voucher_from_seller": order["discount_vnd"],
        "withholding_vat_tax": vat,
        "withholding_pit_tax": pit,
        "withholding_cit_tax": 0,
    }
    released = {}
    if order["status"] == "COMPLETED":
        released = {"escrow_release_time": order["updated_at"]}
    return {"order_sn": order["order_id"], "order_income": income} | released


def push(order: dict[str, Any], url: str) -> tuple[dict[str, str], bytes]:
    """Push 3 (order status), signed over the address it goes to."""
    data = {
        "ordersn": order["order_id"],
        "status": order["status"],
        "update_time": order["updated_at"],
        "items": [],
        "completed_scenario": "",
    }
    told = {"data": data, "shop_id": order["shop_id"], "code": 3, "timestamp": order["updated_at"]}
    body = json.dumps(told).encode()
    signed = hmac.new(PUSH_KEY.encode(), f"{url}|".encode() + body, hashlib.sha256).hexdigest()
    return {"Authorization": signed, "Content-Type": "application/json"}, body


market_orders.PUSHES["shopee"] = push

ORDER_CALLS: dict[tuple[str, str], Callable[[Store, int], dict[str, Any]]] = {
    ("GET", "order/get_order_list"): get_order_list,
    ("GET", "order/get_order_detail"): get_order_detail,
    ("GET", "payment/get_escrow_detail"): get_escrow_detail,
}
