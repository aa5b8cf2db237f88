"""A marketplace that speaks Shopee Open Platform v2: sign-in, tokens, envelope, signatures.

Partner id and key are PARTNER_ID and PARTNER_KEY; they open nothing but this sandbox.
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
from workers.sandbox.shopee_orders import ORDER_CALLS
from workers.sandbox.shopee_products import PRODUCT_CALLS, Fault, locked
from workers.sandbox.store import Store

PARTNER_ID = 2001887
PARTNER_KEY = "sandbox-partner-key-opens-nothing-real"
WINDOW_SECONDS = 300
CODE_SECONDS, ACCESS_SECONDS, REFRESH_SECONDS = 600, 4 * 3600, 30 * 86400
NEW_SHOPS_FROM = 900_000


def blueprint(store: Store) -> Blueprint:
    """The API and the consent page over `store`."""
    bp = Blueprint("shopee", __name__, url_prefix="/api/v2")

    @bp.get("/shop/auth_partner")
    def auth_partner() -> ResponseReturnValue:
        fault = _check_public()
        if fault:
            return _envelope(fault.code, fault.said, status=403)
        if request.args.get("auto") == "1":
            return _agreed(store, int(request.args["shop_id"]))
        return _consent_page(store)

    @bp.post("/auth/token/get")
    def token_get() -> ResponseReturnValue:
        return _run(store, None, lambda: _first_tokens(store, request.get_json()))

    @bp.post("/auth/access_token/get")
    def access_token_get() -> ResponseReturnValue:
        return _run(store, None, lambda: _next_tokens(store, request.get_json()))

    @bp.route("/<path:call>", methods=["GET", "POST"])
    def product(call: str) -> ResponseReturnValue:
        shop_id = request.args.get("shop_id", type=int)
        return _run(store, shop_id, lambda: _product_call(store, call, shop_id))

    return bp


def _run(store: Store, shop_id: int | None, act: Callable[[], dict[str, Any]]) -> Response:
    """Check, disturb as ordered, act, note the call."""
    fault = _check_public() if shop_id is None else _check_shop(store, shop_id)
    if fault is None and shop_id is not None and not store.meter.passes(shop_id):
        fault = Fault("error_rate_limit", "Too many calls.", 429)
    ordered = None if fault else control.due(store, request.path, shop_id)
    kind = ordered["fault"] if ordered else ""
    if ordered and kind == "slow":
        time.sleep(ordered["seconds"])
    if ordered and kind == "http":
        _note(store, shop_id, ordered["code"])
        return Response("", int(ordered["code"]))
    fault = fault or _ordered_fault(ordered)
    try:
        # A line reported as failed is not changed.
        answer = {} if fault or kind == "failure_list" else act()
    except Fault as refused:
        fault = refused
    if ordered and kind == "failure_list":
        answer = {"response": _all_failed(ordered["said"])}
    _note(store, shop_id, fault.code if fault else "")
    if ordered and kind == "commit_then_timeout":
        time.sleep(ordered["seconds"])
    if fault:
        return _envelope(fault.code, fault.said, status=fault.status)
    return _envelope("", "", **answer)


def _ordered_fault(ordered: dict[str, Any] | None) -> Fault | None:
    if ordered and ordered["fault"] == "error":
        return Fault(ordered["code"], ordered["said"])
    if ordered and ordered["fault"] == "token_expired":
        return Fault("invalid_acceess_token", "Invalid access_token.", 403)
    if ordered and ordered["fault"] == "promotion_lock":
        return locked("price" if request.path.endswith("price") else "stock")
    return None


def _all_failed(said: str) -> dict[str, Any]:
    return {"failure_list": [{"model_id": 0, "failed_reason": said}], "success_list": []}


def _check_public() -> Fault | None:
    return _check(_expected(""))


def _check_shop(store: Store, shop_id: int) -> Fault | None:
    token = request.args.get("access_token", "")
    fault = _check(_expected(f"{token}{shop_id}"))
    if fault:
        return fault
    held = store.rows("SELECT * FROM tokens WHERE shop_id = ?", shop_id)
    if not held:
        return Fault("shop_no_linked", "The shop is not linked.", 403)
    if held[0]["access"] != token or held[0]["access_expires_at"] < time.time():
        return Fault("invalid_acceess_token", "Invalid access_token.", 403)
    return None


def _expected(tail: str) -> str:
    given = request.args
    message = f"{given.get('partner_id', '')}{request.path}{given.get('timestamp', '')}{tail}"
    return hmac.new(PARTNER_KEY.encode(), message.encode(), hashlib.sha256).hexdigest()


def _check(expected: str) -> Fault | None:
    stamp = request.args.get("timestamp", 0, type=int)
    if request.args.get("partner_id") != str(PARTNER_ID):
        return Fault("error_param", "Invalid partner_id.", 403)
    if abs(time.time() - stamp) > WINDOW_SECONDS:
        return Fault("error_param", "Invalid timestamp.", 403)
    if not hmac.compare_digest(request.args.get("sign", ""), expected):
        return Fault("error_sign", "Wrong sign.", 403)
    return None


def _agreed(store: Store, shop_id: int) -> ResponseReturnValue:
    if request.args.get("new") == "1":
        control.open_shop(store, shop_id, f"Gian hàng thử {shop_id}")
    if not store.rows("SELECT 1 FROM shops WHERE shop_id = ?", shop_id):
        return _envelope("error_auth", "No such shop.", status=404)
    code, until = secrets.token_hex(16), time.time() + CODE_SECONDS
    with store.change() as db:
        db.execute("INSERT INTO codes VALUES (?, ?, ?)", (code, shop_id, until))
    back = request.args["redirect"]
    query = urlencode({"code": code, "shop_id": shop_id})
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


def _first_tokens(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    shop_id = int(given["shop_id"])
    with store.change() as db:
        spent = db.execute(
            "DELETE FROM codes WHERE code = ? AND shop_id = ? AND expires_at > ?",
            (given["code"], shop_id, time.time()),
        ).rowcount
    if not spent:
        raise Fault("error_auth", "Invalid code.", 403)
    return _new_pair(store, shop_id) | {"shop_id_list": [shop_id]}


def _next_tokens(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    shop_id = int(given["shop_id"])
    held = store.rows("SELECT * FROM tokens WHERE shop_id = ?", shop_id)
    with store.change() as db:
        # Single use: of several calls with the same token one finds it unspent.
        spent = db.execute(
            "UPDATE tokens SET refresh = '' WHERE shop_id = ? AND refresh = ?",
            (shop_id, given["refresh_token"]),
        ).rowcount
    if not held or not given["refresh_token"] or spent != 1:
        raise Fault("error_shop_refresh_token", "Invalid refresh_token.", 403)
    if held[0]["refresh_expires_at"] < time.time():
        raise Fault("refresh_token_expired", "Your refresh_token expired.", 403)
    return _new_pair(store, shop_id) | {"shop_id": shop_id}


def _new_pair(store: Store, shop_id: int) -> dict[str, Any]:
    now, access, refresh = time.time(), secrets.token_hex(16), secrets.token_hex(16)
    with store.change() as db:
        db.execute(
            "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?)",
            (shop_id, access, refresh, now + ACCESS_SECONDS, now + REFRESH_SECONDS),
        )
    return {"access_token": access, "refresh_token": refresh, "expire_in": ACCESS_SECONDS}


def _product_call(store: Store, call: str, shop_id: int | None) -> dict[str, Any]:
    verb = (PRODUCT_CALLS | ORDER_CALLS).get((request.method, call))
    if verb is None or shop_id is None:
        raise Fault("error_not_found", f"{request.method} {call}", 404)
    return {"response": verb(store, shop_id)}


def _note(store: Store, shop_id: int | None, error: str) -> None:
    body = request.get_json(silent=True) or request.args.to_dict()
    known = {k: v for k, v in body.items() if k not in {"access_token", "refresh_token", "sign"}}
    with store.change() as db:
        db.execute(
            "INSERT INTO calls (at, shop_id, path, body, error) VALUES (?, ?, ?, ?, ?)",
            (time.time(), shop_id, request.path, json.dumps(known), error),
        )


def _envelope(error: str, said: str, *, status: int = 200, **content: Any) -> Response:
    head = {"error": error, "message": said, "warning": "", "request_id": secrets.token_hex(8)}
    answer = jsonify(head | content)
    answer.status_code = status
    return answer
