"""Gateways of the tests: a seller's connection, and what VNPay would say, signed."""

import hashlib
import hmac
from typing import Any
from urllib.parse import quote_plus

from shop import clock
from shop.accounts.access import SYSTEM
from shop.payments import captures, merchants
from shop.payments.models import GatewayConnection, GatewayPayment
from shop.reconciliation import settling
from shop.reconciliation.models import Batch
from shop.sellers.models import Seller

SECRET = "demo-hash-secret-0123456789abcdef"
VALUES = {
    "vnpay": {"tmn_code": "DEMO0001", "hash_secret": SECRET},
    "momo": {"partner_code": "DEMOPARTNER", "access_key": "demoAccess", "secret_key": "demoSecret"},
    "zalopay": {"app_id": "553", "key1": "demoKey1", "key2": "demoKey2"},
}


def connection(owner: Seller, provider: str = "vnpay") -> GatewayConnection:
    """The owner's account at a gateway, connected."""
    merchants.connect(SYSTEM, owner, provider, VALUES[provider])
    found = merchants.of(owner.id, provider)
    assert found is not None
    return found


def told(payment: GatewayPayment, *, code: str = "00", **more: Any) -> str:
    """The query of VNPay's call about a payment, signed as VNPay does."""
    values = {
        "vnp_Amount": str(payment.amount_vnd * 100),
        "vnp_BankCode": "NCB",
        "vnp_OrderInfo": "Thanh toan",
        "vnp_PayDate": "20261123091806",
        "vnp_ResponseCode": code,
        "vnp_TmnCode": "DEMO0001",
        "vnp_TransactionNo": f"144{payment.id:05d}",
        "vnp_TransactionStatus": "00" if code == "00" else "02",
        "vnp_TxnRef": payment.key,
    } | {name: str(value) for name, value in more.items()}
    signed = "&".join(f"{name}={quote_plus(values[name])}" for name in sorted(values))
    return f"{signed}&vnp_SecureHash={_hash(signed)}"


def _hash(signed: str) -> str:
    return hmac.new(SECRET.encode(), signed.encode(), hashlib.sha512).hexdigest()


def captured(owner: Seller, order: Any) -> GatewayPayment:
    """A payment of the whole order at VNPay, captured."""
    payment = captures.begin(connection(owner), order, "203.0.113.9")
    payment.state, payment.transaction = "paid", f"144{payment.id:05d}"
    captures.capture(payment.id)
    return payment


def settlement(owner: Seller, payment: GatewayPayment | None = None) -> Batch:
    """VNPay's T+1 sheet of one payment, or of one that nobody here knows."""
    names = (payment.transaction, payment.key) if payment else ("14400000", "KHONGCO")
    rows = ["Mã giao dịch VNPAY,Mã đơn hàng,Thời gian giao dịch,Số tiền,Phí,Thực nhận"]
    rows.append(f"{names[0]},{names[1]},{clock.today():%d/%m/%Y},185000,2000,183000")
    row = settling.take(SYSTEM, owner, "vnpay", "\n".join(rows).encode(), "t1.csv")
    settling.carry_out(row.id)
    return row
