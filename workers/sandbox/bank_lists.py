"""What feeds tell who asks: SePay's and Casso's list of an account's transactions."""

import threading
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from workers.sandbox.bank_notices import GATEWAYS, wall_clock
from workers.sandbox.bank_store import Store

SEPAY_MOST, SEPAY_A_SECOND = 5_000, 2


class _Pace:
    """So many calls a second and no more."""

    def __init__(self, most: int) -> None:
        self.most, self.calls, self.lock = most, list[float](), threading.Lock()

    def allows(self) -> bool:
        now = time.monotonic()
        with self.lock:
            self.calls = [at for at in self.calls if at > now - 1]
            self.calls.append(now)
            return len(self.calls) <= self.most


def lists_blueprint(state: Path) -> Blueprint:
    """Both lists, of the transfers that the bank in `state` booked."""
    store = Store(state if state.suffix else state / "bank.sqlite")
    pace = _Pace(SEPAY_A_SECOND)
    bp = Blueprint("bank_lists", __name__)

    @bp.get("/sepay/userapi/transactions/list")
    def sepay() -> ResponseReturnValue:
        if store.take_fault("list_busy") or not pace.allows():
            return jsonify(status=429, error="Too many requests"), 429
        if store.take_fault("list_broken"):
            return "<html>Bad gateway</html>", 502
        allowed = store.accounts_of("sepay", _key("Bearer "))
        if not allowed:
            return jsonify(status=401, error="Unauthorized"), 401
        found = [row for row in _booked(store, allowed) if _is_wanted(row)]
        most = min(request.args.get("limit", SEPAY_MOST, type=int), SEPAY_MOST)
        rows = [_sepay(row) for row in reversed(found)][:most]
        return jsonify(status=200, error=None, messages={"success": True}, transactions=rows)

    @bp.get("/casso/v2/transactions")
    def casso() -> ResponseReturnValue:
        if store.take_fault("list_busy"):
            return jsonify(error=429, message="too many requests"), 429
        if store.take_fault("list_broken"):
            return jsonify(error=0, data={"records": [{"amount": "x"}]})
        key = _key("Apikey ")
        allowed = store.accounts_of("casso", key) + store.accounts_of("casso_old", key)
        if not allowed:
            return jsonify(error=401, message="Unauthorized"), 401
        first, last = request.args.get("fromDate", ""), request.args.get("toDate", "9")
        found = [r for r in _booked(store, allowed) if first <= wall_clock(r)[:10] <= last]
        page = request.args.get("page", 1, type=int)
        size = min(request.args.get("pageSize", 10, type=int), 100)
        rows = [_casso(row) for row in found[(page - 1) * size : page * size]]
        total = -(-len(found) // size)
        data = {"page": page, "pageSize": size, "totalPages": total, "records": rows}
        return jsonify(error=0, message="success", data=data)

    return bp


def _key(kind: str) -> str:
    given = request.headers.get("Authorization", "")
    return given.removeprefix(kind) if given.startswith(kind) else ""


def _booked(store: Store, accounts: list[str]) -> list[dict[str, Any]]:
    wanted = set(accounts)
    if account := request.args.get("account_number"):
        wanted &= {account}
    return [row for row in store.transfers() if row["account_number"] in wanted]


def _is_wanted(row: dict[str, Any]) -> bool:
    first = request.args.get("transaction_date_min", "")
    last = request.args.get("transaction_date_max", "9")
    return first <= wall_clock(row) <= last


def _sepay(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "bank_brand_name": GATEWAYS.get(row["bin"], row["bin"]),
        "account_number": row["account_number"],
        "transaction_date": wall_clock(row),
        "amount_out": "0.00",
        "amount_in": f"{row['amount_vnd']}.00",
        "accumulated": "0.00",
        "transaction_content": row["content"],
        "reference_number": f"FT{row['id']}",
        "code": None,
        "sub_account": None,
        "bank_account_id": "19",
    }


def _casso(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "tid": f"FT{row['id']}",
        "description": row["content"],
        "amount": row["amount_vnd"],
        "cusum_balance": 0,
        "when": f"{wall_clock(row)[:10]}T00:00:00",
        "bankSubAccId": row["account_number"],
        "corresponsiveName": "",
    }
