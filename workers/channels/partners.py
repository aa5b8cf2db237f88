"""Our own apps at the marketplaces: the operator's, or in demo mode the bundled sandbox's."""

from collections.abc import Callable

from flask import current_app

from shop.settings import Settings
from workers.channels.errors import NotConfigured
from workers.marketplaces.protocol import Partner

# What the bundled sandbox documents; they open nothing else.
SANDBOX_KEYS = {
    "shopee": ("2001887", "sandbox-partner-key-opens-nothing-real"),
    "lazada": ("123456", "sandbox-lazada-secret-opens-nothing-real"),
    "tiktok": ("29a39d", "sandbox-tiktok-secret-opens-nothing-real"),
}
SANDBOX_PUSH_KEY = "sandbox-push-key-opens-nothing-real"
SANDBOX_SERVICE_ID = "7000000000000000001"


def partner(platform: str) -> Partner:
    """Our app at `platform`. Raises NotConfigured while the operator has not entered it."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.demo:
        return sandbox(platform, f"http://127.0.0.1:{settings.sandbox_port}")
    return _REAL[platform](settings)


def sandbox(platform: str, host: str) -> Partner:
    """Our app at `platform` in a sandbox at `host`."""
    key, secret = SANDBOX_KEYS[platform]
    api = {"shopee": host, "lazada": f"{host}/lazada/rest", "tiktok": f"{host}/tiktok"}[platform]
    page = {"shopee": host, "lazada": f"{host}/lazada", "tiktok": f"{host}/tiktok"}[platform]
    push_key = SANDBOX_PUSH_KEY if platform == "shopee" else secret
    service_id = SANDBOX_SERVICE_ID if platform == "tiktok" else ""
    return Partner(key, secret, api, api, page, push_key, service_id)


def _shopee(settings: Settings) -> Partner:
    key, secret = settings.shopee_partner_id, settings.shopee_partner_key
    if key is None or secret is None:
        raise NotConfigured("SHOPEE_PARTNER_ID", "SHOPEE_PARTNER_KEY")
    host = settings.shopee_host
    return Partner(str(key), secret, host, host, host, settings.shopee_push_key or "")


def _lazada(settings: Settings) -> Partner:
    key, secret = settings.lazada_app_key, settings.lazada_app_secret
    if key is None or secret is None:
        raise NotConfigured("LAZADA_APP_KEY", "LAZADA_APP_SECRET")
    auth = "https://auth.lazada.com"
    return Partner(key, secret, settings.lazada_host, f"{auth}/rest", auth, secret)


def _tiktok(settings: Settings) -> Partner:
    key, secret = settings.tiktok_app_key, settings.tiktok_app_secret
    service_id = settings.tiktok_service_id
    if key is None or secret is None or service_id is None:
        raise NotConfigured("TIKTOK_APP_KEY", "TIKTOK_APP_SECRET", "TIKTOK_SERVICE_ID")
    auth, consent = "https://auth.tiktok-shops.com", "https://services.tiktokshop.com"
    return Partner(key, secret, settings.tiktok_host, auth, consent, secret, service_id)


_REAL: dict[str, Callable[[Settings], Partner]] = {
    "shopee": _shopee,
    "lazada": _lazada,
    "tiktok": _tiktok,
}
