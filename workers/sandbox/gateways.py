"""The gateways' side: VNPay, MoMo and ZaloPay, each checking what it is sent as its vendor does.

`/vnpay`, `/momo` and `/zalopay` are what the merchant's program speaks to; `/control/gateways`
registers merchants, presses the buyer's buttons and orders faults.
"""

import html
import json
import threading
import time
from http.client import HTTPException
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from flask import Blueprint, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from workers.sandbox import gateway_momo, gateway_vnpay, gateway_zalopay
from workers.sandbox.gateway_store import Store

VENDORS: dict[str, ModuleType] = {
    "vnpay": gateway_vnpay,
    "momo": gateway_momo,
    "zalopay": gateway_zalopay,
}
ACCOUNTS = {"vnpay": "tmn_code", "momo": "partner_code", "zalopay": "app_id"}
FAULTS = {"duplicate", "late", "out_of_order", "wrong_signature", "wrong_amount", "silence"}
STATES = {"paid", "failed", "suspicious"}
MOST_TRIES = 5
ANSWER_BYTES = 10_000

PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{name} thử</title>
<h1>{name} (giả lập)</h1><p>{words}</p><p><strong>{amount} đ</strong></p>
<form method="post"><button name="state" value="paid">Trả tiền</button>
<button name="state" value="failed">Hủy</button></form></html>"""


class Courier:
    """Brings notices in threads of its own; `first_wait` seconds before the second try."""

    def __init__(self, store: Store, first_wait: float) -> None:
        self.store = store
        self.first_wait = first_wait

    def bring(self, payment: dict[str, Any]) -> None:
        """Tell the merchant, disturbed by the faults ordered for it."""
        faults = self.store.take_faults(payment["provider"])
        if "silence" in faults:
            self.store.noticed(payment["number"], "silent")
            return
        wait = max(faults.get("late", 0.0), faults.get("out_of_order", 0.0))
        self._later(wait, payment["number"], faults, 1)
        if "duplicate" in faults:
            self._later(wait, payment["number"], faults, MOST_TRIES)

    def _later(self, wait: float, number: int, faults: dict[str, float], turn: int) -> None:
        timer = threading.Timer(wait, self._try, (number, faults, turn))
        timer.daemon = True
        timer.start()

    def _try(self, number: int, faults: dict[str, float], turn: int) -> None:
        payment = self.store.numbered(number)
        if payment is None:
            return
        vendor = VENDORS[payment["provider"]]
        method, address, body = vendor.notice(self.store, payment, faults)
        status, answer = _call(method, address, body)
        self.store.noticed(
            number, f"{status}:{answer.get('RspCode', answer.get('return_code', ''))}"
        )
        if not vendor.accepts(status, answer) and turn < MOST_TRIES:
            self._later(self.first_wait * 2 ** (turn - 1), number, {}, turn + 1)


def _call(method: str, address: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
    sent = Request(address, body, {"Content-Type": "application/json"}, method=method)
    try:
        with urlopen(sent, timeout=10) as reply:
            return reply.status, _object(reply.read(ANSWER_BYTES))
    except HTTPError as error:
        with error:
            return error.code, _object(error.read(ANSWER_BYTES))
    except (OSError, HTTPException, ValueError):
        return 0, {}


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def gateways_blueprint(state: Path, first_wait: float = 1.0) -> Blueprint:
    """All three, remembering in the folder `state`."""
    store = Store(state / "gateways.sqlite")
    courier = Courier(store, first_wait)
    bp = Blueprint("gateways", __name__)
    _add_apis(bp, store)
    _add_pages(bp, store, courier)
    _add_control(bp, store, courier)
    return bp


def _add_apis(bp: Blueprint, store: Store) -> None:
    @bp.post("/vnpay/merchant_webapi/api/transaction")
    def vnpay() -> ResponseReturnValue:
        return _answered("vnpay", "transaction", gateway_vnpay.api(store, _body()))

    @bp.post("/momo/v2/gateway/api/<path:path>")
    def momo(path: str) -> ResponseReturnValue:
        if path not in ("create", "query", "refund", "refund/query"):
            return jsonify(error="no such path"), 404
        host = request.host_url.rstrip("/")
        return _answered("momo", path, gateway_momo.api(store, path, _body(), host))

    @bp.post("/zalopay/v2/<path>")
    def zalopay(path: str) -> ResponseReturnValue:
        if path not in ("create", "query", "refund", "query_refund"):
            return jsonify(error="no such path"), 404
        host = request.host_url.rstrip("/")
        return _answered("zalopay", path, gateway_zalopay.api(store, path, _body(), host))

    def _answered(provider: str, path: str, answer: dict[str, Any]) -> ResponseReturnValue:
        store.called(provider, path, _body(), answer)
        return jsonify(answer)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else request.form.to_dict()


def _add_pages(bp: Blueprint, store: Store, courier: Courier) -> None:
    @bp.get("/vnpay/paymentv2/vpcpay.html")
    def vnpay_page() -> ResponseReturnValue:
        try:
            number = gateway_vnpay.open_page(store, request.args.to_dict())
        except gateway_vnpay.Refused as refusal:
            return f"<!doctype html><p>{html.escape(str(refusal))}</p>", 400
        return redirect(f"/vnpay/pay/{number}", 303)

    @bp.route("/<provider>/pay/<int:number>", methods=["GET", "POST"])
    def pay(provider: str, number: int) -> ResponseReturnValue:
        payment = store.numbered(number)
        if payment is None or payment["provider"] != provider:
            return "<!doctype html><p>Không có giao dịch này</p>", 404
        if request.method == "POST":
            pressed = request.form.get("state", "")
            _press(store, courier, payment, pressed if pressed in STATES else "failed")
            settled = store.numbered(number) or payment
            return redirect(VENDORS[provider].way_back(store, settled), 303)
        words = html.escape(payment["key"])
        amount = f"{payment['amount']:,}".replace(",", ".")
        return PAGE.format(name=provider.upper(), words=words, amount=amount)


def _press(store: Store, courier: Courier, payment: dict[str, Any], state: str) -> None:
    store.settle(payment["number"], state)
    settled = store.numbered(payment["number"]) or payment
    # ZaloPay tells of successes only.
    if settled["provider"] != "zalopay" or settled["state"] == "paid":
        courier.bring(settled)


def _add_control(bp: Blueprint, store: Store, courier: Courier) -> None:
    @bp.post("/control/gateways/merchants")
    def merchants() -> ResponseReturnValue:
        asked = _body()
        provider, values = str(asked.get("provider")), asked.get("values")
        if provider not in VENDORS or not isinstance(values, dict):
            return jsonify(error="provider and values are needed"), 422
        account = str(values.get(ACCOUNTS[provider], ""))
        store.register(provider, account, values, str(asked.get("notify_url", "")))
        return jsonify(provider=provider, account=account), 201

    @bp.post("/control/gateways/pay")
    def press() -> ResponseReturnValue:
        asked = _body()
        query = "SELECT number FROM payments WHERE provider = ? AND key = ?"
        found = store.rows(query, asked.get("provider"), asked.get("key"))
        payment = store.numbered(found[0]["number"]) if found else None
        if payment is None or asked.get("outcome") not in STATES:
            return jsonify(error="no such payment, or no such outcome"), 422
        _press(store, courier, payment, asked["outcome"])
        return jsonify(number=payment["number"])

    @bp.post("/control/gateways/faults")
    def faults() -> ResponseReturnValue:
        asked = _body()
        if asked.get("provider") not in VENDORS or asked.get("fault") not in FAULTS:
            return jsonify(error=f"fault: one of {', '.join(sorted(FAULTS))}"), 422
        times, seconds = int(asked.get("times", 1)), float(asked.get("seconds", 1.0))
        store.order_fault(asked["provider"], asked["fault"], times, seconds)
        return jsonify(at=time.time())

    @bp.get("/control/gateways/state")
    def state() -> ResponseReturnValue:
        return jsonify(
            payments=store.rows("SELECT * FROM payments ORDER BY number"),
            refunds=store.rows("SELECT * FROM refunds ORDER BY number"),
            calls=store.rows("SELECT * FROM calls ORDER BY id"),
        )
