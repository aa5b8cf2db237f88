"""A marketplace that speaks TikTok Shop's Open API (202309 and later): sign-in, tokens, envelope.

App key, secret and service id are APP_KEY, APP_SECRET and SERVICE_ID; they open nothing but this
sandbox. Everything lies under PREFIX, which is no part of the path that is signed; and without
it, for clients that sign the whole path of the address they call.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import escape

from workers.sandbox import control, tiktok_orders, tiktok_products
from workers.sandbox.store import Store
from workers.sandbox.tiktok_rules import Fault

PREFIX = "/tiktok"
APP_KEY = tiktok_orders.APP_KEY
APP_SECRET = tiktok_orders.APP_SECRET
SERVICE_ID = "7000000000000000001"
WINDOW_SECONDS = 300
CODE_SECONDS, ACCESS_SECONDS, REFRESH_SECONDS = 600, 7 * 86400, 365 * 86400
NEW_SHOPS_FROM = 700_000
# What the paths of calls begin with.
AREAS = "authorization, product, order, finance, logistics, return_refund"
# Paths that know of no shop, and refuse its cipher.
WITHOUT_SHOP = ("/product/202309/images/upload", "/authorization/")

SCHEMA = """
CREATE TABLE IF NOT EXISTS tiktok_codes (
  code TEXT PRIMARY KEY, shop_id INTEGER NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tiktok_tokens (
  shop_id INTEGER PRIMARY KEY, access TEXT NOT NULL, refresh TEXT NOT NULL,
  access_expires_at REAL NOT NULL, refresh_expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tiktok_keys (
  shop_id INTEGER NOT NULL, key TEXT NOT NULL, item_id INTEGER NOT NULL,
  PRIMARY KEY (shop_id, key));
"""


def blueprint(store: Store, prefix: str = PREFIX) -> Blueprint:
    """The API, the token calls and the consent page over `store`."""
    with store.change() as db:
        db.executescript(SCHEMA)
    bp = Blueprint(f"tiktok{prefix.replace('/', '_')}", __name__, url_prefix=prefix or None)

    @bp.get("/open/authorize")
    def authorize() -> ResponseReturnValue:
        if request.args.get("service_id") != SERVICE_ID:
            return "service_id", 400
        if "redirect_uri" not in request.args:
            return "redirect_uri: the sandbox has none registered", 400
        if request.args.get("auto") == "1":
            return _agreed(store, int(request.args["shop_id"]))
        return _consent_page(store)

    @bp.get("/api/v2/token/get")
    def token_get() -> ResponseReturnValue:
        return _token_call(lambda: _first_tokens(store))

    @bp.get("/api/v2/token/refresh")
    def token_refresh() -> ResponseReturnValue:
        return _token_call(lambda: _next_tokens(store))

    @bp.route(f"/<any({AREAS}):area>/<path:call>", methods=["GET", "POST", "PUT", "DELETE"])
    def api(area: str, call: str) -> ResponseReturnValue:
        return _run(store, f"/{area}/{call}")

    return bp


# — consent and tokens —


def _agreed(store: Store, shop_id: int) -> ResponseReturnValue:
    if request.args.get("new") == "1":
        control.open_shop(store, shop_id, f"Gian hàng thử {shop_id}")
    if not store.rows("SELECT 1 FROM shops WHERE shop_id = ?", shop_id):
        return "no such shop", 404
    code, until = f"ROW_{secrets.token_urlsafe(24)}", time.time() + CODE_SECONDS
    with store.change() as db:
        db.execute("INSERT INTO tiktok_codes VALUES (?, ?, ?)", (code, shop_id, until))
    back, state = request.args["redirect_uri"], request.args.get("state", "")
    query = urlencode({"app_key": APP_KEY, "code": code, "state": state, "shop_region": "VN"})
    return redirect(f"{back}{'&' if '?' in back else '?'}{query}", 302)


def _consent_page(store: Store) -> str:
    asked = escape(f"{request.url}&auto=1&shop_id=")
    # A shop of the sandbox is a shop on one marketplace.
    shops = store.rows(
        "SELECT * FROM shops WHERE shop_id NOT IN (SELECT shop_id FROM tokens) ORDER BY shop_id"
    )
    links = "".join(
        f'<li><a href="{asked}{row["shop_id"]}">{escape(row["name"])}</a></li>' for row in shops
    )
    [last] = store.rows("SELECT MAX(shop_id) AS id FROM shops")
    fresh = max(NEW_SHOPS_FROM, last["id"] or 0) + 1
    links += f'<li><a href="{asked}{fresh}&amp;new=1">Mở gian hàng thử mới</a></li>'
    return (
        '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Sàn thử nghiệm</title>'
        "<h1>Sàn thử nghiệm kiểu TikTok Shop, không phải sàn thật</h1>"
        f"<p>Chọn gian hàng cho phép kết nối:</p><ul>{links}</ul>"
    )


def _token_call(act: Callable[[], dict[str, Any]]) -> Response:
    given = request.args
    try:
        if given.get("app_key") != APP_KEY or given.get("app_secret") != APP_SECRET:
            raise Fault(36004003, "app_key or app_secret is wrong")
        return _envelope(0, "success", act())
    except Fault as fault:
        return _envelope(fault.code, fault.said, {}, status=fault.status)


def _first_tokens(store: Store) -> dict[str, Any]:
    code = request.args.get("auth_code", "")
    if request.args.get("grant_type") != "authorized_code":
        raise Fault(36009004, "grant_type must be authorized_code")
    found = store.rows(
        "SELECT * FROM tiktok_codes WHERE code = ? AND expires_at > ?", code, time.time()
    )
    with store.change() as db:
        spent = db.execute("DELETE FROM tiktok_codes WHERE code = ?", (code,)).rowcount
    if not found or not spent:
        raise Fault(36004004, "auth_code is invalid")
    return _new_pair(store, found[0]["shop_id"])


def _next_tokens(store: Store) -> dict[str, Any]:
    given = request.args.get("refresh_token", "")
    if request.args.get("grant_type") != "refresh_token":
        raise Fault(36009004, "grant_type must be refresh_token")
    held = store.rows(
        "SELECT * FROM tiktok_tokens WHERE refresh = ? AND refresh_expires_at > ?",
        given,
        time.time(),
    )
    with store.change() as db:
        spent = db.execute(
            "UPDATE tiktok_tokens SET refresh = '' WHERE refresh = ?", (given,)
        ).rowcount
    if not given or not held or not spent:
        raise Fault(36004004, "refresh_token is invalid")
    return _new_pair(store, held[0]["shop_id"])


def _new_pair(store: Store, shop_id: int) -> dict[str, Any]:
    now, access = int(time.time()), f"ROW_{secrets.token_urlsafe(24)}"
    refresh = f"ROW_{secrets.token_urlsafe(24)}"
    ends = (now + ACCESS_SECONDS, now + REFRESH_SECONDS)
    with store.change() as db:
        db.execute(
            "INSERT OR REPLACE INTO tiktok_tokens VALUES (?, ?, ?, ?, ?)",
            (shop_id, access, refresh, *ends),
        )
    [shop] = store.rows("SELECT name FROM shops WHERE shop_id = ?", shop_id)
    return {
        "access_token": access,
        "access_token_expire_in": ends[0],
        "refresh_token": refresh,
        "refresh_token_expire_in": ends[1],
        "open_id": f"open-{shop_id}",
        "seller_name": shop["name"],
        "seller_base_region": "VN",
        "user_type": 0,
    }


# — calls —


def _run(store: Store, path: str) -> Response:
    """Check, disturb as ordered, act, note the call."""
    shop_id, fault = None, _check_signed(path)
    if fault is None:
        shop_id, fault = _check_shop(store, path)
    if fault is None and shop_id and not store.meter.passes(shop_id):
        fault = Fault(36009002, "Too many requests", 429)
    ordered = None if fault else control.due(store, path, shop_id)
    kind = ordered["fault"] if ordered else ""
    if ordered and kind == "slow":
        time.sleep(ordered["seconds"])
    if ordered and kind == "http":
        _note(store, shop_id, ordered["code"])
        return Response("", int(ordered["code"]), {"Retry-After": ordered["said"] or "1"})
    fault = fault or _ordered_fault(ordered)
    data: dict[str, Any] = {}
    if fault is None and ordered and kind == "failure_list":
        data = {"errors": [_failure(ordered)]}
    elif fault is None:
        try:
            data = _act(store, path, shop_id or 0)
        except Fault as refused:
            fault = refused
    _note(store, shop_id, str(fault.code) if fault else "")
    if ordered and kind == "commit_then_timeout":
        time.sleep(ordered["seconds"])
    if fault:
        return _envelope(fault.code, fault.said, {}, status=fault.status)
    return _envelope(0, "Success", data)


def _ordered_fault(ordered: dict[str, Any] | None) -> Fault | None:
    if ordered and ordered["fault"] == "error":
        code = ordered["code"]
        return Fault(int(code) if code.isdecimal() else 36009003, ordered["said"])
    if ordered and ordered["fault"] == "promotion_lock":
        # No code of its own is documented: a promotion is told by its words alone.
        return Fault(36009004, "The product is in a promotion and cannot be edited", 400)
    if ordered and ordered["fault"] == "token_expired":
        return Fault(105002, "access token has expired", 401)
    return None


def _failure(ordered: dict[str, Any]) -> dict[str, Any]:
    """A line that failed in a call that succeeds."""
    code = int(ordered["code"]) if ordered["code"].isdecimal() else 12052055
    named = {"sku_id": "", "product_id": ""}
    given = request.get_json(silent=True) or {}
    if given.get("skus"):
        named["sku_id"] = str(given["skus"][0].get("id", ""))
    if given.get("product_ids"):
        named["product_id"] = given["product_ids"][0]
    return {"code": code, "message": ordered["said"], "detail": named}


def _check_signed(path: str) -> Fault | None:
    given = request.args
    if given.get("app_key") != APP_KEY:
        return Fault(36009004, "app_key is unknown", 400)
    if abs(time.time() - given.get("timestamp", 0, type=int)) > WINDOW_SECONDS:
        return Fault(36009004, "timestamp is too far from now", 400)
    if given.get("sign", "") not in _expected(path):
        return Fault(106001, "sign is wrong", 401)
    return None


def _expected(path: str) -> set[str]:
    """What may stand in `sign`. The documents leave open how a key that is repeated is signed, and
    clients differ: all its values, with commas or none between, each under its key, or the first.
    """
    is_form = request.mimetype == "multipart/form-data"
    body = b"" if is_form else request.get_data(cache=True)
    told = {
        name: request.args.getlist(name)
        for name in sorted(request.args)
        if name not in {"sign", "access_token"}
    }
    readings = {
        "".join(name + "".join(values) for name, values in told.items()),
        "".join(name + ",".join(values) for name, values in told.items()),
        "".join(name + value for name, values in told.items() for value in values),
        "".join(name + values[0] for name, values in told.items()),
    }
    return {_signature(path + reading, body) for reading in readings}


def _signature(told: str, body: bytes) -> str:
    message = f"{APP_SECRET}{told}".encode() + body + APP_SECRET.encode()
    return hmac.new(APP_SECRET.encode(), message, hashlib.sha256).hexdigest()


def _check_shop(store: Store, path: str) -> tuple[int | None, Fault | None]:
    token, cipher = request.headers.get("x-tts-access-token", ""), request.args.get("shop_cipher")
    held = store.rows("SELECT * FROM tiktok_tokens WHERE access = ?", token)
    if not token or not held or held[0]["access_expires_at"] < time.time():
        return None, Fault(105002, "access token has expired or is invalid", 401)
    shop_id: int = held[0]["shop_id"]
    if path.startswith(WITHOUT_SHOP):
        refused = cipher is not None
        return shop_id, Fault(36009004, "shop_cipher is not allowed here", 400) if refused else None
    if cipher != cipher_of(shop_id):
        return shop_id, Fault(36009004, "shop_cipher is missing or wrong", 400)
    return shop_id, None


def cipher_of(shop_id: int) -> str:
    """TikTok's second name of a shop."""
    return f"ROW_{hashlib.sha256(f'{SERVICE_ID}{shop_id}'.encode()).hexdigest()[:24]}"


def _act(store: Store, path: str, shop_id: int) -> dict[str, Any]:
    if (request.method, path) == ("GET", "/authorization/202309/shops"):
        return _shops(store, shop_id)
    for routes in (tiktok_products.ROUTES, tiktok_orders.ROUTES):
        for method, pattern, verb in routes:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                return verb(store, shop_id, *found.groups())
    raise Fault(36009009, f"no such path: {request.method} {path}", 404)


def _shops(store: Store, shop_id: int) -> dict[str, Any]:
    [shop] = store.rows("SELECT * FROM shops WHERE shop_id = ?", shop_id)
    told = {"id": str(shop_id), "name": shop["name"], "region": "VN", "seller_type": "LOCAL"}
    return {"shops": [told | {"cipher": cipher_of(shop_id), "code": f"VNLC{shop_id}"}]}


def _note(store: Store, shop_id: int | None, error: str) -> None:
    body = request.get_json(silent=True) or request.args.to_dict()
    known = {k: v for k, v in body.items() if k not in {"sign", "shop_cipher"}}
    with store.change() as db:
        db.execute(
            "INSERT INTO calls (at, shop_id, path, body, error) VALUES (?, ?, ?, ?, ?)",
            (time.time(), shop_id, request.path, json.dumps(known), error),
        )


def _envelope(code: int, said: str, data: dict[str, Any], *, status: int = 200) -> Response:
    answer = jsonify(code=code, message=said, request_id=secrets.token_hex(8), data=data)
    answer.status_code = status
    return answer
