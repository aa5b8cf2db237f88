"""ZaloPay v2 as its document describes the vendor's side."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from workers.sandbox.gateway_store import Store

OLDEST_MS = 15 * 60 * 1000
CODES = {"pending": 3, "paid": 1, "failed": 2, "suspicious": 2}


def mac(key: str, *fields: Any) -> str:
    """HMAC-SHA256 over the fields, between them `|`."""
    text = "|".join(str(field) for field in fields)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def api(store: Store, path: str, body: dict[str, Any], host: str) -> dict[str, Any]:
    """create, query, refund and query_refund."""
    account = str(body.get("app_id"))
    merchant = store.merchant("zalopay", account)
    if merchant is None:
        return _said(2, -2, "app_id không hợp lệ")
    acts = {"create": _create, "query": _query, "refund": _refund, "query_refund": _refunded}
    return acts[path](store, body, merchant["keys"]["key1"], host)


def _create(store: Store, body: dict[str, Any], key1: str, host: str) -> dict[str, Any]:
    names = ("app_id", "app_trans_id", "app_user", "amount", "app_time", "embed_data", "item")
    if body.get("mac") != mac(key1, *(body.get(name) for name in names)):
        return _said(2, -402, "mac không hợp lệ")
    now_ms = int(time.time() * 1000)
    today = time.strftime("%y%m%d", time.gmtime(time.time() + 7 * 3600))
    if abs(now_ms - int(body["app_time"])) > OLDEST_MS:
        return _said(2, -54, "giao dịch hết hạn")
    if not str(body["app_trans_id"]).startswith(f"{today}_") or len(body["app_trans_id"]) > 40:
        return _said(2, -92, "app_trans_id không hợp lệ")
    if not store.open("zalopay", str(body["app_id"]), body["app_trans_id"], body["amount"], body):
        return _said(2, -68, "app_trans_id bị trùng")
    payment = store.payment("zalopay", str(body["app_id"]), body["app_trans_id"])
    number = payment["number"] if payment else 0
    more = {"order_url": f"{host}/zalopay/pay/{number}", "zp_trans_token": f"t{number}"}
    return _said(1, 1, "Giao dịch thành công") | more


def _query(store: Store, body: dict[str, Any], key1: str, _host: str) -> dict[str, Any]:
    if body.get("mac") != mac(key1, body["app_id"], body.get("app_trans_id"), key1):
        return _said(2, -402, "mac không hợp lệ")
    payment = store.payment("zalopay", str(body["app_id"]), str(body["app_trans_id"]))
    if payment is None:
        return _said(2, -101, "không tìm thấy giao dịch")
    code = CODES[payment["state"]]
    told = {"amount": payment["amount"], "zp_trans_id": payment["number"]}
    return _said(code, 1 if code == 1 else -63, payment["state"]) | told


def _refund(store: Store, body: dict[str, Any], key1: str, _host: str) -> dict[str, Any]:
    names = ("app_id", "zp_trans_id", "amount", "description", "timestamp")
    if body.get("mac") != mac(key1, *(body.get(name) for name in names)):
        return _said(2, -402, "mac không hợp lệ")
    if abs(int(time.time() * 1000) - int(body["timestamp"])) > OLDEST_MS:
        return _said(2, -25, "quá thời gian")
    payment = store.numbered(int(body["zp_trans_id"]))
    if payment is None or payment["account"] != str(body["app_id"]) or payment["state"] != "paid":
        return _said(2, -101, "không tìm thấy giao dịch")
    became = store.refund(
        "zalopay", str(body["app_id"]), body["m_refund_id"], payment["number"], body["amount"]
    )
    if became == "too much":
        return _said(2, -14, "vượt số tiền")
    if became == "repeated":
        return _said(2, -23, "m_refund_id bị trùng")
    return _said(3, 2, "đang hoàn tiền") | {"refund_id": time.time_ns()}


def _refunded(store: Store, body: dict[str, Any], key1: str, _host: str) -> dict[str, Any]:
    signed = mac(key1, body["app_id"], body.get("m_refund_id"), body.get("timestamp"))
    if body.get("mac") != signed:
        return _said(2, -402, "mac không hợp lệ")
    query = "SELECT * FROM refunds WHERE provider = 'zalopay' AND account = ? AND key = ?"
    found = store.rows(query, str(body["app_id"]), str(body["m_refund_id"]))
    return _said(1, 1, "đã hoàn tiền") if found else _said(2, -101, "không tìm thấy")


def _said(code: int, sub_code: int, message: str) -> dict[str, Any]:
    return {
        "return_code": code,
        "return_message": message,
        "sub_return_code": sub_code,
        "sub_return_message": message,
    }


def notice(
    store: Store, payment: dict[str, Any], faults: dict[str, float]
) -> tuple[str, str, bytes | None]:
    """Method, address and body of the callback; only a success is told."""
    merchant = store.merchant("zalopay", payment["account"])
    key2 = (merchant["keys"]["key2"] if merchant else "") + (
        "x" if "wrong_signature" in faults else ""
    )
    asked = payment["asked"]
    data = json.dumps(
        {
            "app_id": int(payment["account"]),
            "app_trans_id": payment["key"],
            "app_time": asked["app_time"],
            "app_user": asked["app_user"],
            "amount": payment["amount"] + (1_000 if "wrong_amount" in faults else 0),
            "embed_data": asked["embed_data"],
            "item": asked["item"],
            "zp_trans_id": payment["number"],
            "server_time": int(payment["at"] * 1000),
            "channel": 38,
        }
    )
    body = json.dumps({"data": data, "mac": mac(key2, data), "type": 1}).encode()
    return "POST", asked["callback_url"], body


def accepts(status: int, body: dict[str, Any]) -> bool:
    """Whether the answer ends the repeats."""
    return status == 200 and body.get("return_code") in (1, 2)


def way_back(store: Store, payment: dict[str, Any]) -> str:
    """Where the browser goes."""
    merchant = store.merchant("zalopay", payment["account"])
    key2 = merchant["keys"]["key2"] if merchant else ""
    status = 1 if payment["state"] == "paid" else -49
    names = ("appid", "apptransid", "pmcid", "bankcode", "amount", "discountamount", "status")
    values = (payment["account"], payment["key"], 38, "", payment["amount"], 0, status)
    told = dict(zip(names, values, strict=True)) | {"checksum": mac(key2, *values)}
    address = json.loads(payment["asked"]["embed_data"]).get("redirecturl", "")
    glue = "&" if urlsplit(address).query else "?"
    return f"{address}{glue}{urlencode(told)}"
