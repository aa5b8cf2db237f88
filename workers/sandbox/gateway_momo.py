"""MoMo v2 as its document describes the vendor's side."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from workers.sandbox.gateway_store import Store

CREATE = (
    *("accessKey", "amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode"),
    *("redirectUrl", "requestId", "requestType"),
)
NOTICE = (
    *("accessKey", "amount", "extraData", "message", "orderId", "orderInfo", "orderType"),
    *("partnerCode", "payType", "requestId", "responseTime", "resultCode", "transId"),
)
QUERY = ("accessKey", "orderId", "partnerCode", "requestId")
REFUND = (
    *("accessKey", "amount", "description", "orderId", "partnerCode", "requestId", "transId"),
)
CODES = {"pending": 1000, "paid": 0, "failed": 1006, "suspicious": 99}
LEAST_REFUND = 1_000


def signature(keys: dict[str, str], names: tuple[str, ...], values: dict[str, Any]) -> str:
    """HMAC-SHA256 over `name=value&…` in the fixed order, values unescaped."""
    known = values | {"accessKey": keys["access_key"]}
    text = "&".join(f"{name}={known.get(name, '')}" for name in names)
    return hmac.new(keys["secret_key"].encode(), text.encode(), hashlib.sha256).hexdigest()


def api(store: Store, path: str, body: dict[str, Any], host: str) -> dict[str, Any]:
    """create, query, refund and refund/query."""
    merchant = store.merchant("momo", str(body.get("partnerCode")))
    if merchant is None:
        return _said(body, 11, "Truy cập bị từ chối")
    names = {"create": CREATE, "refund": REFUND}.get(path, QUERY)
    if body.get("signature") != signature(merchant["keys"], names, body):
        return _said(body, 13, "Xác thực doanh nghiệp thất bại")
    if any(not body.get(name) for name in ("orderId", "requestId")):
        return _said(body, 20, "Yêu cầu sai định dạng")
    acts = {"create": _create, "query": _query, "refund": _refund, "refund/query": _refunded}
    return acts[path](store, body, host)


def _create(store: Store, body: dict[str, Any], host: str) -> dict[str, Any]:
    if not isinstance(body.get("amount"), int) or not 1_000 <= body["amount"] <= 50_000_000:
        return _said(body, 22, "Số tiền không hợp lệ")
    new = store.open("momo", body["partnerCode"], body["orderId"], body["amount"], body)
    payment = store.payment("momo", body["partnerCode"], body["orderId"])
    if payment is None or (not new and payment["asked"]["requestId"] != body["requestId"]):
        return _said(body, 41, "OrderId bị trùng")
    address = f"{host}/momo/pay/{payment['number']}"
    more = {"payUrl": address, "deeplink": f"momo://app?n={payment['number']}", "qrCodeUrl": ""}
    return _said(body, 0, "Thành công.") | {"amount": body["amount"]} | more


def _query(store: Store, body: dict[str, Any], _host: str) -> dict[str, Any]:
    payment = store.payment("momo", body["partnerCode"], body["orderId"])
    if payment is None:
        return _said(body, 42, "OrderId không hợp lệ hoặc không được tìm thấy")
    told = {"amount": payment["amount"], "transId": payment["number"], "refundTrans": []}
    return _said(body, CODES[payment["state"]], payment["state"]) | told


def _refund(store: Store, body: dict[str, Any], _host: str) -> dict[str, Any]:
    payment = store.numbered(int(body.get("transId") or 0))
    if payment is None or payment["account"] != body["partnerCode"] or payment["state"] != "paid":
        return _said(body, 1080, "Giao dịch hoàn tiền bị từ chối: không tìm thấy giao dịch gốc")
    if body["amount"] < LEAST_REFUND:
        return _said(body, 22, "Số tiền không hợp lệ")
    became = store.refund(
        "momo", body["partnerCode"], body["orderId"], payment["number"], body["amount"]
    )
    if became == "too much":
        return _said(body, 1081, "Vượt số tiền của giao dịch gốc")
    if became == "repeated":
        return _said(body, 41, "OrderId bị trùng")
    return _said(body, 0, "Thành công.") | {"amount": body["amount"], "transId": time.time_ns()}


def _refunded(store: Store, body: dict[str, Any], _host: str) -> dict[str, Any]:
    query = "SELECT * FROM refunds WHERE provider = 'momo' AND account = ? AND key = ?"
    found = store.rows(query, body["partnerCode"], body["orderId"])
    if not found:
        return _said(body, 42, "OrderId không hợp lệ hoặc không được tìm thấy")
    each = {"orderId": body["orderId"], "amount": found[0]["amount"], "resultCode": 0}
    return _said(body, 0, "Thành công.") | {"refundTrans": [each | {"transId": found[0]["number"]}]}


def _said(body: dict[str, Any], code: int, message: str) -> dict[str, Any]:
    known = {name: body.get(name) for name in ("partnerCode", "orderId", "requestId")}
    now = int(time.time() * 1000)
    return known | {"responseTime": now, "message": message, "resultCode": code}


def result(store: Store, payment: dict[str, Any], faults: dict[str, float]) -> dict[str, Any]:
    """The signed fields of the notice, and of the way back."""
    merchant = store.merchant("momo", payment["account"])
    keys = merchant["keys"] if merchant else {"access_key": "", "secret_key": ""}
    asked = payment["asked"]
    values = {
        "partnerCode": payment["account"],
        "orderId": payment["key"],
        "requestId": asked["requestId"],
        "amount": payment["amount"] + (1_000 if "wrong_amount" in faults else 0),
        "orderInfo": asked["orderInfo"],
        "orderType": "momo_wallet",
        "transId": payment["number"],
        "resultCode": CODES[payment["state"]],
        "message": "Thành công." if payment["state"] == "paid" else "Giao dịch bị từ chối.",
        "payType": "qr",
        "responseTime": int(payment["at"] * 1000),
        "extraData": asked.get("extraData", ""),
    }
    if "wrong_signature" in faults:
        keys = keys | {"secret_key": keys["secret_key"] + "x"}
    return values | {"signature": signature(keys, NOTICE, values)}


def notice(
    store: Store, payment: dict[str, Any], faults: dict[str, float]
) -> tuple[str, str, bytes | None]:
    """Method, address and body of the IPN."""
    body = json.dumps(result(store, payment, faults), ensure_ascii=False).encode()
    return "POST", payment["asked"]["ipnUrl"], body


def accepts(status: int, _body: dict[str, Any]) -> bool:
    """Whether the answer ends the repeats."""
    return status == 204


def way_back(store: Store, payment: dict[str, Any]) -> str:
    """Where the browser goes."""
    address = payment["asked"]["redirectUrl"]
    glue = "&" if urlsplit(address).query else "?"
    return f"{address}{glue}{urlencode(result(store, payment, {}))}"
