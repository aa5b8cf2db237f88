"""Shopee's calls: signed, answered, checked; and the tokens that make them possible."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from shop import clock, http
from workers.marketplaces.protocol import Grant, Partner, Refused, Retry, Shop, Tokens
from workers.marketplaces.shopee import errors, sign

# A life above this many seconds is an instant, not a duration (the documentation shows both).
_ABSOLUTE = 1_000_000_000


def consent_url(partner: Partner, redirect_url: str, state: str) -> str:
    """Where the seller agrees, good for five minutes; leads back with `code` and `shop_id`.

    The signed link knows no `state`, so it stands in the address that is led back to.
    """
    path = "/api/v2/shop/auth_partner"
    back = f"{redirect_url}?{urlencode({'state': state})}"
    return f"{partner.consent}{path}?{urlencode(_public_query(partner, path) | {'redirect': back})}"


def exchange(partner: Partner, came_back: Mapping[str, str]) -> Grant:
    """The shop and its first tokens, for the single-use `code` of the consent page."""
    shop_id = came_back.get("shop_id", "")
    if not shop_id.isdecimal() or len(shop_id) > 20:
        raise Refused("error_param", "shop_id")
    body = {"code": came_back.get("code", ""), "shop_id": int(shop_id)}
    return Grant(shop_id, "", _tokens(partner, "token/get", body))


def refresh(partner: Partner, refresh_token: str, shop_id: str) -> Tokens:
    """The next pair. The refresh token given is spent: keep the new pair before using it."""
    body = {"refresh_token": refresh_token, "shop_id": int(shop_id)}
    return _tokens(partner, "access_token/get", body)


def _tokens(partner: Partner, call: str, body: dict[str, Any]) -> Tokens:
    path = f"/api/v2/auth/{call}"
    answer = _send(
        "POST",
        partner.auth + path,
        params=_public_query(partner, path),
        json=body | {"partner_id": int(partner.key)},
    )
    life = int(answer["expire_in"])
    expires_at = life if life > _ABSOLUTE else _now() + life
    return Tokens(str(answer["access_token"]), str(answer["refresh_token"]), expires_at)


def get(shop: Shop, call: str, **params: Any) -> dict[str, Any]:
    """A reading call such as "product/get_item_list"; its `response`."""
    return _shop_call("GET", shop, call, params=params)


def post(shop: Shop, call: str, body: dict[str, Any]) -> dict[str, Any]:
    """A writing call; its `response`."""
    return _shop_call("POST", shop, call, params={}, json=body)


def upload(shop: Shop, call: str, image: bytes) -> dict[str, Any]:
    """Send an image as multipart; its `response`."""
    return _shop_call("POST", shop, call, params={}, files={"image": ("image", image)})


def _shop_call(
    method: str, shop: Shop, call: str, *, params: dict[str, Any], **content: Any
) -> dict[str, Any]:
    path = f"/api/v2/{call}"
    shop.before_call()
    query = _shop_query(shop, path) | params
    answer = _send(method, shop.partner.api + path, params=query, **content)
    return dict(answer.get("response") or {})


def _public_query(partner: Partner, path: str) -> dict[str, Any]:
    now = _now()
    signature = sign.public(partner.secret, partner.key, path, now)
    return {"partner_id": partner.key, "timestamp": now, "sign": signature}


def _shop_query(shop: Shop, path: str) -> dict[str, Any]:
    partner, now = shop.partner, _now()
    base = sign.base(partner.key, path, now)
    signature = sign.shop(base, partner.secret, shop.access_token, shop.shop_id)
    return {
        "partner_id": partner.key,
        "timestamp": now,
        "access_token": shop.access_token,
        "shop_id": shop.shop_id,
        "sign": signature,
    }


def _send(method: str, url: str, **content: Any) -> dict[str, Any]:
    try:
        sent = http.call(method, url, **content)
    except http.CallFailed as error:
        raise Retry("no_answer", str(error), away=True) from error
    try:
        answer = sent.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Retry(f"http_{sent.status_code}", "not JSON", away=True)
    errors.check(sent.status_code, answer, sent.headers.get("Retry-After"))
    return answer


def _now() -> int:
    return int(clock.now().timestamp())
