"""VNPay 2.1.0 as its document describes the vendor's side."""

import hashlib
import hmac
import re
import time
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from workers.sandbox.gateway_store import Store

NEEDED = (
    *("vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_Amount", "vnp_CurrCode", "vnp_TxnRef"),
    *("vnp_OrderInfo", "vnp_OrderType", "vnp_Locale", "vnp_ReturnUrl", "vnp_IpAddr"),
    *("vnp_CreateDate", "vnp_ExpireDate"),
)
ACCEPTED = {"00", "02"}
CODES = {"paid": ("00", "00"), "failed": ("24", "02"), "suspicious": ("07", "07")}


class Refused(Exception):
    """What the pay page shows instead of a form."""


def signature(secret: str, values: dict[str, str]) -> str:
    """HMAC-SHA512 over the parameters, sorted and form-encoded."""
    kept = {k: v for k, v in values.items() if v and k.startswith("vnp_")}
    kept = {k: v for k, v in kept.items() if k not in ("vnp_SecureHash", "vnp_SecureHashType")}
    text = "&".join(f"{quote_plus(k)}={quote_plus(kept[k])}" for k in sorted(kept))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def open_page(store: Store, query: dict[str, str]) -> int:
    """The number of the payment that a pay address begins. Raises Refused."""
    merchant = store.merchant("vnpay", query.get("vnp_TmnCode", ""))
    if merchant is None:
        raise Refused("Mã website không tồn tại")
    if query.get("vnp_SecureHash", "") != signature(merchant["keys"]["hash_secret"], query):
        raise Refused("Sai chữ ký (70)")
    missing = [name for name in NEEDED if not query.get(name)]
    if missing or "vnp_SecureHashType" in query or not query["vnp_Amount"].isdigit():
        raise Refused(f"Thiếu hoặc sai tham số: {', '.join(missing)} (03)")
    if not re.fullmatch(r"[A-Za-z0-9 .,:_-]{1,255}", query["vnp_OrderInfo"]):
        raise Refused("Nội dung có ký tự lạ (03)")
    if query["vnp_ExpireDate"] <= _stamp(time.time()):
        raise Refused("Giao dịch đã quá thời gian chờ thanh toán (15)")
    key, amount = query["vnp_TxnRef"], int(query["vnp_Amount"]) // 100
    store.open("vnpay", query["vnp_TmnCode"], key, amount, query)
    payment = store.payment("vnpay", query["vnp_TmnCode"], key)
    if payment is None or payment["asked"]["vnp_Amount"] != query["vnp_Amount"]:
        raise Refused("Mã giao dịch đã dùng (02)")
    return int(payment["number"])


def result(store: Store, payment: dict[str, Any], faults: dict[str, float]) -> dict[str, str]:
    """The signed parameters of the notice, and of the way back."""
    merchant = store.merchant("vnpay", payment["account"]) or {"keys": {"hash_secret": ""}}
    asked, (code, status) = payment["asked"], CODES[payment["state"]]
    lie = 100_000 if "wrong_amount" in faults else 0
    values = {
        "vnp_TmnCode": payment["account"],
        "vnp_Amount": str(payment["amount"] * 100 + lie),
        "vnp_BankCode": "NCB",
        "vnp_BankTranNo": f"VNP{payment['number']}",
        "vnp_CardType": "ATM",
        "vnp_PayDate": _stamp(payment["at"]),
        "vnp_OrderInfo": asked["vnp_OrderInfo"],
        "vnp_TransactionNo": str(payment["number"]),
        "vnp_ResponseCode": code,
        "vnp_TransactionStatus": status,
        "vnp_TxnRef": payment["key"],
    }
    secret = merchant["keys"]["hash_secret"] + ("x" if "wrong_signature" in faults else "")
    return values | {"vnp_SecureHash": signature(secret, values)}


def notice(
    store: Store, payment: dict[str, Any], faults: dict[str, float]
) -> tuple[str, str, bytes | None]:
    """Method, address and body of the IPN."""
    merchant = store.merchant("vnpay", payment["account"]) or {"notify_url": ""}
    address = f"{merchant['notify_url']}?{urlencode(result(store, payment, faults))}"
    return "GET", address, None


def accepts(status: int, body: dict[str, Any]) -> bool:
    """Whether the answer ends the repeats."""
    return status == 200 and body.get("RspCode") in ACCEPTED


def way_back(store: Store, payment: dict[str, Any]) -> str:
    """Where the browser goes."""
    address = payment["asked"]["vnp_ReturnUrl"]
    glue = "&" if urlsplit(address).query else "?"
    return f"{address}{glue}{urlencode(result(store, payment, {}))}"


def api(store: Store, body: dict[str, Any]) -> dict[str, Any]:
    """querydr and refund."""
    merchant = store.merchant("vnpay", str(body.get("vnp_TmnCode")))
    if merchant is None:
        return {"vnp_ResponseCode": "02", "vnp_Message": "Invalid TmnCode"}
    names = QUERY if body.get("vnp_Command") == "querydr" else REFUND
    secret = merchant["keys"]["hash_secret"]
    if body.get("vnp_SecureHash") != _joined(secret, body, names):
        return {"vnp_ResponseCode": "97", "vnp_Message": "Invalid signature"}
    payment = store.payment("vnpay", body["vnp_TmnCode"], str(body.get("vnp_TxnRef")))
    found = (
        payment is not None and payment["asked"]["vnp_CreateDate"] == body["vnp_TransactionDate"]
    )
    if not found or payment is None:
        return _answer(secret, body, "91", {})
    if body["vnp_Command"] == "querydr":
        status = CODES.get(payment["state"], ("00", "01"))[1]
        return _answer(secret, body, "00", _told(payment, status))
    if payment["state"] != "paid":
        return _answer(secret, body, "95", {})
    amount = int(body["vnp_Amount"]) // 100
    whole = body["vnp_TransactionType"] == "02"
    if whole != (amount == payment["amount"]):
        return _answer(secret, body, "03", {})
    key = body["vnp_RequestId"]
    became = store.refund("vnpay", body["vnp_TmnCode"], key, payment["number"], amount)
    codes = {"new": "00", "repeated": "94", "too much": "99"}
    return _answer(
        secret,
        body,
        codes[became],
        _told(payment, "00") | {"vnp_TransactionType": body["vnp_TransactionType"]},
    )


def _told(payment: dict[str, Any], status: str) -> dict[str, str]:
    return {
        "vnp_Amount": str(payment["amount"] * 100),
        "vnp_BankCode": "NCB",
        "vnp_PayDate": _stamp(payment["at"]),
        "vnp_TransactionNo": str(payment["number"]),
        "vnp_TransactionType": "01",
        "vnp_TransactionStatus": status,
        "vnp_OrderInfo": payment["asked"]["vnp_OrderInfo"],
    }


QUERY = (
    *("RequestId", "Version", "Command", "TmnCode", "TxnRef", "TransactionDate", "CreateDate"),
    *("IpAddr", "OrderInfo"),
)
REFUND = (
    *("RequestId", "Version", "Command", "TmnCode", "TransactionType", "TxnRef", "Amount"),
    *("TransactionNo", "TransactionDate", "CreateBy", "CreateDate", "IpAddr", "OrderInfo"),
)
QUERIED = (
    *("ResponseId", "Command", "ResponseCode", "Message", "TmnCode", "TxnRef", "Amount"),
    *("BankCode", "PayDate", "TransactionNo", "TransactionType", "TransactionStatus"),
    *("OrderInfo", "PromotionCode", "PromotionAmount"),
)
REFUNDED = QUERIED[:-2]


def _joined(secret: str, values: dict[str, Any], names: tuple[str, ...]) -> str:
    text = "|".join(str(values.get(f"vnp_{name}", "") or "") for name in names)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def _answer(secret: str, body: dict[str, Any], code: str, told: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "vnp_ResponseId": f"r{time.time_ns()}"[:32],
        "vnp_Command": body["vnp_Command"],
        "vnp_ResponseCode": code,
        "vnp_Message": "ok" if code == "00" else "refused",
        "vnp_TmnCode": body["vnp_TmnCode"],
        "vnp_TxnRef": body.get("vnp_TxnRef", ""),
    } | told
    names = QUERIED if body["vnp_Command"] == "querydr" else REFUNDED
    return values | {"vnp_SecureHash": _joined(secret, values, names)}


def _stamp(at: float) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(at + 7 * 3600))


def parse(text: str) -> dict[str, str]:
    """Decoded parameters of an address."""
    return dict(parse_qsl(text, keep_blank_values=True))
