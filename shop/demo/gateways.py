"""Gateways of the demo: the sellers' accounts at the sandbox's VNPay, MoMo and ZaloPay."""

import re
import secrets

from shop.database import db
from shop.demo.browser import Browser
from shop.demo.goods import PINS, sandbox, variant
from shop.sellers.models import Seller
from shop.settings import Settings


def connect(browser: Browser, settings: Settings) -> None:
    """Each seller connects all three, with keys made up here and known to the sandbox."""
    for number, starter_id in enumerate(PINS.values(), 1):
        seller = db.session.get(Seller, variant(starter_id).seller_id)
        assert seller
        for provider, values in _keys(number).items():
            path = f"/ban-hang/cong-thanh-toan/{seller.ref}/{provider}"
            page = browser.post(path, values).text
            address = re.search(rf"https?://[^\s<]+/webhooks/gateways/{provider}/\w+", page)
            notify = address[0] if address else ""
            merchant = {"provider": provider, "values": values, "notify_url": notify}
            sandbox(settings, "/control/gateways/merchants", merchant)


def _keys(number: int) -> dict[str, dict[str, str]]:
    def key() -> str:
        return secrets.token_hex(16)

    return {
        "vnpay": {"tmn_code": f"DEMO{number:04d}", "hash_secret": key()},
        "momo": {"partner_code": f"MOMODEMO{number}", "access_key": key(), "secret_key": key()},
        "zalopay": {"app_id": str(2550 + number), "key1": key(), "key2": key()},
    }
