"""The sandbox's Shopee, asked as its documents say, without our client."""

import hashlib
import hmac
import time

import requests

from workers.sandbox import shopee

TIMEOUT = 10


def signed(path, *, token="", shop_id="", at=None, key=shopee.PARTNER_KEY):
    at = int(time.time() if at is None else at)
    message = f"{shopee.PARTNER_ID}{path}{at}{token}{shop_id}"
    sign = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
    query = {"partner_id": shopee.PARTNER_ID, "timestamp": at, "sign": sign}
    return query | ({"access_token": token, "shop_id": shop_id} if token else {})


def ask_tokens(sandbox, call, body):
    path = f"/api/v2/auth/{call}"
    body = body | {"partner_id": shopee.PARTNER_ID}
    return requests.post(sandbox.host + path, params=signed(path), json=body, timeout=TIMEOUT)


def call(sandbox, path, shop_id, token, **more):
    path = f"/api/v2/{path}"
    query = signed(path, token=token, shop_id=shop_id, **more.pop("sign", {}))
    send = requests.post if "json" in more else requests.get
    params = query | more.pop("params", {})
    return send(sandbox.host + path, params=params, timeout=TIMEOUT, **more)
