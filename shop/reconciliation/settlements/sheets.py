"""Who sends settlement sheets, and who reads each."""

from collections.abc import Callable

from shop.reconciliation.settlements import cod, gateway, lazada, shopee, tiktok
from shop.reconciliation.settlements.protocol import Settlement

# (content, name of the file) → what it says; each raises BadSettlement.
SHEETS: dict[str, Callable[[bytes, str], Settlement]] = {
    "shopee": shopee.read,
    "tiktok": tiktok.read,
    "lazada": lazada.read,
    "vnpay": gateway.vnpay,
    "momo": gateway.momo,
    "zalopay": gateway.zalopay,
    "cod": cod.read,
}
