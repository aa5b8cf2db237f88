"""The other side of a payment: customers' bank apps, and the feeds that tell of transfers.

SePay, Casso (old and second form) and payOS bring notices; SePay and Casso are asked for lists.

`python -m workers.sandbox.bank --state bank.sqlite --port 8011` serves it alone.
"""

import argparse
import re
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from workers.sandbox import bank_codes, bank_contents, bank_store
from workers.sandbox.bank_notices import PROVIDERS, Courier, Patience
from workers.sandbox.bank_store import Store

FAULTS = (
    *("duplicate", "out_of_order", "wrong_signature", "wrong_amount", "silence"),
    *("list_busy", "list_broken"),
)
MOST_VND = 10**13


class Refused(Exception):
    """The bank does not do this; the reason goes back with 422."""


def bank_blueprint(state: Path, patience: Patience | None = None) -> Blueprint:
    """The bank under `/bank`. `state`: its SQLite file, or a folder to keep one in."""
    store = Store(state if state.suffix else state / "bank.sqlite")
    courier = Courier(store, patience or Patience())
    courier.resume()
    bp = Blueprint("bank", __name__, url_prefix="/bank")
    bp.register_error_handler(Refused, _refusal)
    bp.register_error_handler(bank_codes.Unreadable, _refusal)
    _add_customer_routes(bp, store, courier)
    _add_control_routes(bp, store)
    return bp


def _add_customer_routes(bp: Blueprint, store: Store, courier: Courier) -> None:
    @bp.post("/transfers")
    def scan() -> ResponseReturnValue:
        asked = _asked()
        scanned = bank_codes.scan(_text(asked, "vietqr"))
        amount_vnd = asked.get("amount_vnd", scanned.amount_vnd)
        content = _text(asked, "content", scanned.content)
        return _pay(courier, asked, (scanned.bin, scanned.account_number, amount_vnd, content))

    @bp.post("/transfers/plain")
    def plain() -> ResponseReturnValue:
        asked = _asked()
        account = _text(asked, "account_number")
        if not re.fullmatch(r"[0-9A-Za-z]{1,19}", account):
            raise Refused("account_number: 1 to 19 letters and digits")
        content = _text(asked, "content", "")
        return _pay(courier, asked, ("", account, asked.get("amount_vnd"), content))

    @bp.get("/transfers")
    def transfers() -> ResponseReturnValue:
        return jsonify(transfers=[_shown(transfer) for transfer in store.transfers()])


def _add_control_routes(bp: Blueprint, store: Store) -> None:
    @bp.post("/feeds")
    def feeds() -> ResponseReturnValue:
        asked = _asked()
        url = _text(asked, "webhook_url")
        if not url.startswith(("http://", "https://")):
            raise Refused("webhook_url: http or https")
        feed = {name: _text(asked, name) for name in ("account_number", "secret")}
        keys = {name: _text(asked, name, "") or None for name in ("api_key", "list_key")}
        provider = _text(asked, "provider", "sepay")
        if provider not in PROVIDERS:
            raise Refused(f"provider: one of {', '.join(PROVIDERS)}")
        store.register({**feed, **keys, "webhook_url": url, "provider": provider})
        return jsonify(account_number=feed["account_number"], webhook_url=url), 201

    @bp.post("/faults")
    def faults() -> ResponseReturnValue:
        for name, times, seconds in _ordered(_asked()):
            store.order_fault(name, times, seconds)
        return jsonify(faults=store.faults())


def _pay(
    courier: Courier, asked: dict[str, Any], paid: tuple[str, str, Any, str]
) -> ResponseReturnValue:
    """Book once for each client_id; bring the notice each time. 201 when new, else 200."""
    transfer = _transfer(asked, paid)
    is_new = courier.store.book(transfer)
    courier.bring(transfer["id"])
    return jsonify(_shown(courier.store.transfer(transfer["id"]))), 201 if is_new else 200


def _transfer(asked: dict[str, Any], paid: tuple[str, str, Any, str]) -> dict[str, Any]:
    bin, account, amount_vnd, content = paid
    if type(amount_vnd) is not int or not 0 < amount_vnd < MOST_VND:
        raise Refused("amount_vnd: a whole number of 1 to 13 digits, more than nothing")
    style = _text(asked, "style", "plain")
    if style not in bank_contents.STYLES:
        raise Refused(f"style: one of {', '.join(bank_contents.STYLES)}")
    client_id = _text(asked, "client_id")
    number, at = bank_store.number_of(client_id), bank_store.now()
    passing = bank_contents.Passing(number, at, account)
    return {
        "id": number,
        "client_id": client_id,
        "bin": bin,
        "account_number": account,
        "amount_vnd": amount_vnd,
        "content": bank_contents.mangle(style, content, passing),
        "style": style,
        "at": at,
    }


def _asked() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused("a JSON object is needed")
    return body


def _text(asked: dict[str, Any], field: str, default: str | None = None) -> str:
    value = asked.get(field, default)
    if not isinstance(value, str) or (default is None and not value):
        raise Refused(f"{field}: a text is needed")
    return value


def _ordered(asked: dict[str, Any]) -> list[tuple[str, int, float]]:
    """Faults asked for: a count of deliveries (true is 1); a delay is for `deliveries`, else 1."""
    ordered = [(name, asked[name], 0.0) for name in FAULTS if name in asked]
    if "delay_seconds" in asked:
        ordered.append(("delay_seconds", asked.get("deliveries", 1), asked["delay_seconds"]))
    known = {*FAULTS, "delay_seconds", "deliveries"}
    if asked.keys() - known or not all(map(_is_sound, ordered)):
        raise Refused(f"faults: counts for {', '.join(FAULTS)}; delay_seconds with deliveries")
    return [(name, int(times), float(seconds)) for name, times, seconds in ordered]


def _is_sound(fault: tuple[str, Any, Any]) -> bool:
    _name, times, seconds = fault
    return isinstance(times, int) and times >= 0 and type(seconds) in (int, float) and seconds >= 0


def _shown(transfer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in transfer.items() if name != "at"}


def _refusal(error: Exception) -> ResponseReturnValue:
    return jsonify(error=str(error)), 422


def main(arguments: list[str] | None = None) -> None:
    """Serve the bank alone until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8011)
    parser.add_argument("--state", type=Path, required=True, help="SQLite file or folder")
    parser.add_argument("--first-wait", type=float, default=1.0, help="seconds before try two")
    given = parser.parse_args(arguments)
    app = Flask(__name__)
    app.register_blueprint(bank_blueprint(given.state, Patience(first_wait=given.first_wait)))
    make_server(given.host, given.port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
