"""A marketplace that speaks Lazada Open Platform: consent, tokens, envelope, signatures.

App key and secret are APP_KEY and APP_SECRET; they open nothing but this sandbox. The API is
under /lazada/rest, which its signatures leave out.
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

from workers.sandbox import control
from workers.sandbox.lazada_orders import APP_KEY, APP_SECRET, ORDER_CALLS
from workers.sandbox.lazada_products import PRODUCT_CALLS
from workers.sandbox.lazada_told import Fault
from workers.sandbox.store import Store

REST = "/lazada/rest"
WINDOW_SECONDS = 7200
CODE_SECONDS, ACCESS_SECONDS, REFRESH_SECONDS = 1800, 864_000, 4_320_000
NEW_SHOPS_FROM = 910_000
SYSTEM = ("app_key", "timestamp", "sign_method", "sign")

# A seller's shops on two marketplaces may have the same number.
SCHEMA = """
CREATE TABLE IF NOT EXISTS lazada_codes (
  code TEXT PRIMARY KEY, shop_id INTEGER NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS lazada_tokens (
  shop_id INTEGER PRIMARY KEY, access TEXT NOT NULL, refresh TEXT NOT NULL,
  access_expires_at REAL NOT NULL, refresh_expires_at REAL NOT NULL);
"""


def blueprint(store: Store) -> Blueprint:
    """The API and the consent page over `store`."""
    with store.change() as db:
        db.executescript(SCHEMA)
    bp = Blueprint("lazada", __name__, url_prefix="/lazada")

    @bp.get("/oauth/authorize")
    def authorize() -> ResponseReturnValue:
        asked = request.args
        if asked.get("client_id") != APP_KEY or asked.get("response_type") != "code":
            return _failed(Fault("MissingParameter", "client_id, response_type"))
        if asked.get("auto") == "1":
            return _agreed(store, int(asked["shop_id"]))
        return _consent_page(store)

    @bp.route("/rest/auth/token/create", methods=["GET", "POST"])
    def create_token() -> ResponseReturnValue:
        return _run(store, None, lambda: _first_tokens(store))

    @bp.route("/rest/auth/token/refresh", methods=["GET", "POST"])
    def refresh_token() -> ResponseReturnValue:
        return _run(store, None, lambda: _next_tokens(store))

    @bp.route("/rest/<path:call>", methods=["GET", "POST"])
    def business(call: str) -> ResponseReturnValue:
        token = request.values.get("access_token", "")
        held = store.rows("SELECT * FROM lazada_tokens WHERE access = ?", token) if token else []
        shop_id = held[0]["shop_id"] if held else 0
        alive = bool(held) and held[0]["access_expires_at"] > time.time()
        return _run(store, shop_id, lambda: _call(store, call, shop_id if alive else 0))

    return bp


def _run(store: Store, shop_id: int | None, act: Callable[[], dict[str, Any]]) -> Response:
    """Check, disturb as ordered, act, note the call."""
    fault = _check()
    if fault is None and shop_id and not store.meter.passes(shop_id):
        fault = Fault("ApiCallLimit", "The request has exceeded the limit of calls per second")
    ordered = None if fault else control.due(store, request.path, shop_id)
    kind = ordered["fault"] if ordered else ""
    if ordered and kind == "slow":
        time.sleep(ordered["seconds"])
    if ordered and kind == "http":
        _note(store, shop_id, ordered["code"])
        return Response("", int(ordered["code"]))
    fault = fault or _ordered_fault(ordered)
    answer: dict[str, Any] = {}
    try:
        answer = answer if fault else act()
    except Fault as refused:
        fault = refused
    _note(store, shop_id, fault.code if fault else "")
    if ordered and kind == "commit_then_timeout":
        time.sleep(ordered["seconds"])
    if fault:
        return _failed(fault)
    return jsonify({"code": "0", "request_id": secrets.token_hex(12)} | answer)


def _ordered_fault(ordered: dict[str, Any] | None) -> Fault | None:
    if ordered is None:
        return None
    if ordered["fault"] == "error":
        return Fault(ordered["code"], ordered["said"])
    if ordered["fault"] == "token_expired":
        return Fault("IllegalAccessToken", "The specified access token is invalid or expired")
    if ordered["fault"] == "promotion_lock":
        detail = {"code": "998", "message": "E998: The SKU is locked by a campaign"}
        return Fault("501", "E501: Update product failed", detail=[detail])
    if ordered["fault"] == "failure_list":
        return Fault("501", "E501: Update product failed", detail=[{"message": ordered["said"]}])
    return None


def _failed(fault: Fault) -> Response:
    answer = {
        "type": fault.type,
        "code": fault.code,
        "message": fault.said,
        "request_id": secrets.token_hex(12),
    }
    return jsonify(answer | ({"detail": fault.detail} if fault.detail else {}))


def _check() -> Fault | None:
    """Every parameter but `sign` is signed, in the order of their names; files are not."""
    given = request.values
    missing = [name for name in SYSTEM if not given.get(name)]
    if missing or given["sign_method"] != "sha256":
        return Fault("MissingParameter", f"{', '.join(missing) or 'sign_method'} is mandatory")
    stamp = given.get("timestamp", 0, type=int)
    if abs(time.time() - stamp / 1000) > WINDOW_SECONDS:
        return Fault("IncompleteSignature", "The timestamp is out of its window")
    path = request.path.removeprefix(REST)
    told = "".join(f"{key}{given[key]}" for key in sorted(given) if key != "sign")
    expected = hmac.new(APP_SECRET.encode(), (path + told).encode(), hashlib.sha256).hexdigest()
    right = given["app_key"] == APP_KEY and hmac.compare_digest(given["sign"], expected.upper())
    return None if right else Fault("IncompleteSignature", "The request signature does not conform")


def _agreed(store: Store, shop_id: int) -> ResponseReturnValue:
    if request.args.get("new") == "1":
        control.open_shop(store, shop_id, f"Gian hàng thử {shop_id}")
    if not store.rows("SELECT 1 FROM shops WHERE shop_id = ?", shop_id):
        return _failed(Fault("MissingParameter", "No such shop"))
    code, until = f"0_{APP_KEY}_{secrets.token_hex(16)}", time.time() + CODE_SECONDS
    with store.change() as db:
        db.execute("INSERT INTO lazada_codes VALUES (?, ?, ?)", (code, shop_id, until))
    back = request.args["redirect_uri"]
    query = urlencode({"code": code, "state": request.args.get("state", "")})
    return redirect(f"{back}{'&' if '?' in back else '?'}{query}", 302)


def _consent_page(store: Store) -> str:
    asked = escape(f"{request.url}&auto=1&shop_id=")
    shops = store.rows("SELECT * FROM shops ORDER BY shop_id")
    links = "".join(
        f'<li><a href="{asked}{row["shop_id"]}">{escape(row["name"])}</a></li>' for row in shops
    )
    fresh = max([NEW_SHOPS_FROM, *(row["shop_id"] for row in shops)]) + 1
    links += f'<li><a href="{asked}{fresh}&amp;new=1">Mở gian hàng thử mới</a></li>'
    return (
        '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Sàn thử nghiệm</title>'
        "<h1>Sàn thử nghiệm, không phải sàn thật</h1>"
        f"<p>Chọn gian hàng cho phép kết nối:</p><ul>{links}</ul>"
    )


def _first_tokens(store: Store) -> dict[str, Any]:
    code, now = request.values.get("code", ""), time.time()
    found = store.rows("SELECT * FROM lazada_codes WHERE code = ? AND expires_at > ?", code, now)
    with store.change() as db:
        spent = db.execute("DELETE FROM lazada_codes WHERE code = ?", (code,)).rowcount
    if not found or spent != 1:
        raise Fault("InvalidCode", "Invalid authorization code")
    shop_id = found[0]["shop_id"]
    answer = _new_pair(store, shop_id, now + REFRESH_SECONDS)
    return answer | {"country_user_info": _users(shop_id)}


def _next_tokens(store: Store) -> dict[str, Any]:
    given, now = request.values.get("refresh_token", ""), time.time()
    held = store.rows("SELECT * FROM lazada_tokens WHERE refresh = ?", given) if given else []
    if not held or held[0]["refresh_expires_at"] < now:
        raise Fault("IllegalRefreshToken", "The specified refresh token is invalid or expired")
    # The second token of a consent lives no longer than the first one did.
    answer = _new_pair(store, held[0]["shop_id"], held[0]["refresh_expires_at"])
    return answer | {"country_user_info_list": _users(held[0]["shop_id"])}


def _new_pair(store: Store, shop_id: int, refresh_until: float) -> dict[str, Any]:
    now, access, refresh = time.time(), secrets.token_hex(16), secrets.token_hex(16)
    with store.change() as db:
        db.execute(
            "INSERT OR REPLACE INTO lazada_tokens VALUES (?, ?, ?, ?, ?)",
            (shop_id, access, refresh, now + ACCESS_SECONDS, refresh_until),
        )
    return {
        "access_token": access,
        "expires_in": ACCESS_SECONDS,
        "refresh_token": refresh,
        "refresh_expires_in": round(refresh_until - now),
        "country": "vn",
        "account": f"{shop_id}@example.vn",
        "account_platform": "seller_center",
    }


def _users(shop_id: int) -> list[dict[str, Any]]:
    seller = {"seller_id": str(shop_id), "user_id": str(shop_id), "short_code": f"VN{shop_id}"}
    return [{"country": "vn"} | seller]


def _call(store: Store, call: str, shop_id: int) -> dict[str, Any]:
    verb = (PRODUCT_CALLS | ORDER_CALLS).get((request.method, f"/{call}"))
    if verb is None:
        raise Fault("InvalidApiPath", f"{request.method} /{call}")
    if not shop_id:
        raise Fault("IllegalAccessToken", "The specified access token is invalid or expired")
    return {"data": verb(store, shop_id)}


def _note(store: Store, shop_id: int | None, error: str) -> None:
    secret = {"access_token", "refresh_token", "sign", "code"}
    known = {name: value for name, value in request.values.items() if name not in secret}
    with store.change() as db:
        db.execute(
            "INSERT INTO calls (at, shop_id, path, body, error) VALUES (?, ?, ?, ?, ?)",
            (time.time(), shop_id, request.path, json.dumps(known), error),
        )
