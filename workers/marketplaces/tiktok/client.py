"""TikTok Shop's calls: signed, answered, checked; and the tokens that make them possible."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from shop import clock, http
from workers.marketplaces.protocol import (
    Grant,
    NeedsReconnect,
    Partner,
    Refused,
    Retry,
    Shop,
    TokenExpired,
    Tokens,
)
from workers.marketplaces.tiktok import errors, sign

HOME = "VN"


def consent_url(partner: Partner, redirect_url: str, state: str) -> str:
    """Where the seller agrees; leads back with `code` and `state`.

    TikTok Shop leads to the address that is registered for the app, which must be this one; the
    sandbox has none registered and takes it from the query.
    """
    query = {"service_id": partner.service_id, "state": state, "redirect_uri": redirect_url}
    return f"{partner.consent}/open/authorize?{urlencode(query)}"


def exchange(partner: Partner, came_back: Mapping[str, str]) -> Grant:
    """The shop and its first tokens, for the single-use `code` of the consent page."""
    asked = {"auth_code": came_back.get("code", ""), "grant_type": "authorized_code"}
    tokens = _tokens(partner, "get", asked)
    unknown = Shop(partner, "", tokens.access_token)
    shops = get(unknown, "/authorization/202309/shops").get("shops") or []
    # Consent is given for a seller, who may have shops in other countries, too.
    shops.sort(key=lambda shop: shop.get("region") != HOME)
    if not shops:
        raise Refused("no_shop", "the seller has no shop")
    known = shops[0]
    return Grant(str(known["id"]), str(known.get("name") or ""), tokens, str(known["cipher"]))


def refresh(partner: Partner, refresh_token: str, shop_id: str) -> Tokens:
    """The next pair. The refresh token given may be spent: keep the new pair first of all."""
    asked = {"refresh_token": refresh_token, "grant_type": "refresh_token"}
    try:
        return _tokens(partner, "refresh", asked)
    except TokenExpired as error:
        raise NeedsReconnect(error.code, error.said) from error


def _tokens(partner: Partner, call: str, asked: dict[str, str]) -> Tokens:
    """A token call: everything stands in its query, which is why nobody may log the address."""
    query = {"app_key": partner.key, "app_secret": partner.secret} | asked
    data = _send("GET", f"{partner.auth}/api/v2/token/{call}", params=query)
    # Both are instants in epoch seconds, in spite of their names.
    return Tokens(
        str(data["access_token"]),
        str(data["refresh_token"]),
        int(data["access_token_expire_in"]),
        int(data["refresh_token_expire_in"]),
    )


def get(shop: Shop, path: str, **query: Any) -> dict[str, Any]:
    """A reading call; its `data`."""
    return _call("GET", shop, path, query, None)


def post(shop: Shop, path: str, body: dict[str, Any], **query: Any) -> dict[str, Any]:
    """A call with a JSON body; its `data`."""
    return _call("POST", shop, path, query, body)


def pages(
    shop: Shop, path: str, body: dict[str, Any] | None = None, **query: Any
) -> Iterator[dict[str, Any]]:
    """The `data` of each page of a list, asked for with `body` or without one."""
    method, token = "GET" if body is None else "POST", ""
    while True:
        page = _call(method, shop, path, query | ({"page_token": token} if token else {}), body)
        yield page
        token = str(page.get("next_page_token") or "")
        if not token:
            return


def upload(shop: Shop, path: str, image: bytes, use_case: str) -> dict[str, Any]:
    """Send an image as multipart, whose body is not signed; its `data`."""
    shop.before_call()
    # An upload belongs to the seller: the shop's cipher is refused here.
    query = _signed(shop, path, {})
    return _send(
        "POST",
        shop.partner.api + path,
        params=query,
        headers=_token(shop),
        data={"use_case": use_case},
        files={"data": ("image", image)},
    )


def _call(
    method: str, shop: Shop, path: str, query: dict[str, Any], body: dict[str, Any] | None
) -> dict[str, Any]:
    shop.before_call()
    plain = {name: str(value) for name, value in query.items()}
    if shop.cipher:
        plain["shop_cipher"] = shop.cipher
    url, headers = shop.partner.api + path, _token(shop)
    if body is None:
        return _send(method, url, params=_signed(shop, path, plain), headers=headers)
    # The very bytes that are signed are sent.
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    headers["Content-Type"] = "application/json"
    signed = _signed(shop, path, plain, raw)
    return _send(method, url, params=signed, headers=headers, data=raw)


def _signed(shop: Shop, path: str, query: dict[str, str], raw: bytes = b"") -> dict[str, str]:
    now = str(int(clock.now().timestamp()))
    query = query | {"app_key": shop.partner.key, "timestamp": now}
    return query | {"sign": sign.call(shop.partner.secret, path, query, raw)}


def _token(shop: Shop) -> dict[str, str]:
    return {"x-tts-access-token": shop.access_token}


def _send(method: str, url: str, **content: Any) -> dict[str, Any]:
    try:
        sent = http.call(method, url, **content)
    except http.CallFailed as error:
        raise Retry("no_answer", str(error), away=True) from error
    retry_after = sent.headers.get("Retry-After")
    try:
        answer = sent.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        errors.check(sent.status_code, {}, retry_after)
        raise Retry(f"http_{sent.status_code}", "not JSON", away=True)
    errors.check(sent.status_code, answer, retry_after)
    return dict(answer.get("data") or {})
