"""The feeds' side: brings the notice of each transfer where it was asked to, and tries again."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from workers.sandbox.bank_store import Store

# The faults of one delivery; a body and the headers that prove who sent it.
Faults = frozenset[str]
Sent = tuple[bytes, dict[str, str]]

MOST_TRIES = 7
ANSWER_BYTES = 10_000
GATEWAYS = {"970436": "Vietcombank", "970422": "MBBank", "970416": "ACB", "970407": "Techcombank"}


@dataclass(frozen=True)
class Patience:
    """Seconds: before the second try (doubled each time, at most a minute), for an answer, and
    for a later notice to overtake one that is held back.
    """

    first_wait: float = 1.0
    answer: float = 10.0
    overtaken: float = 5.0


class Courier:
    """Brings notices. The first try is made at once, the others by timers."""

    def __init__(self, store: Store, patience: Patience) -> None:
        self.store = store
        self.patience = patience
        self._held: list[tuple[int, threading.Timer]] = []
        self._lock = threading.Lock()

    def resume(self) -> None:
        """Go on with what a stopped bank had not brought."""
        for transfer in self.store.transfers():
            if transfer["notice"] == "waiting":
                self._later(transfer["id"], self.patience.first_wait)

    def bring(self, number: int) -> None:
        """A delivery from its first try, disturbed by the faults ordered for it."""
        self.store.begin_notice(number)
        faults = self.store.take_faults()
        if "silence" in faults:
            self.store.settle(number, "silent")
        elif "out_of_order" in faults:
            self._hold(number)
        elif "delay_seconds" in faults:
            self._later(number, faults["delay_seconds"], frozenset(faults))
        else:
            self._try(number, frozenset(faults))
            self._release()

    def _hold(self, number: int) -> None:
        timer = self._later(number, self.patience.overtaken)
        with self._lock:
            self._held.append((number, timer))

    def _release(self) -> None:
        """What was held back goes now, the last one first."""
        with self._lock:
            held, self._held = self._held, []
        for number, timer in reversed(held):
            timer.cancel()
            if self.store.transfer(number)["tries"] == 0:
                self._try(number)

    def _later(
        self, number: int, seconds: float, faults: frozenset[str] = frozenset()
    ) -> threading.Timer:
        timer = threading.Timer(seconds, self._try, (number, faults))
        timer.daemon = True
        timer.start()
        return timer

    def _try(self, number: int, faults: frozenset[str] = frozenset()) -> None:
        transfer = self.store.transfer(number)
        feed = self.store.feed(transfer["account_number"])
        if feed is None:
            self.store.settle(number, "no feed")
            return
        balance = self.store.balance(transfer["account_number"])
        raw, proof = PROVIDERS[feed["provider"]](feed, transfer, balance, faults)
        accepted, answer = self._post(feed, raw, proof)
        if accepted and "duplicate" in faults:
            self._post(feed, raw, proof)
        self._note(number, accepted, answer)

    def _note(self, number: int, accepted: bool, answer: str) -> None:
        tries = self.store.tried(number, "delivered" if accepted else "waiting", answer)
        if accepted:
            return
        if tries >= MOST_TRIES:
            self.store.settle(number, "given up")
        else:
            self._later(number, min(60.0, self.patience.first_wait * 2 ** (tries - 1)))

    def _post(self, feed: dict[str, Any], raw: bytes, proof: dict[str, str]) -> tuple[bool, str]:
        headers = {"Content-Type": "application/json", **proof}
        request = Request(feed["webhook_url"], raw, headers, method="POST")
        try:
            with urlopen(request, timeout=self.patience.answer) as reply:
                text = reply.read(ANSWER_BYTES)
                return _is_success(text), f"{reply.status}"
        except HTTPError as error:
            with error:
                return False, f"{error.code}"
        except (OSError, HTTPException) as error:
            return False, type(error).__name__


def notice(transfer: dict[str, Any], accumulated: int, faults: frozenset[str]) -> bytes:
    """The body SePay sends; the same bytes for the same transfer and balance."""
    lie = 1_000 if "wrong_amount" in faults else 0
    body = {
        "id": transfer["id"],
        "gateway": GATEWAYS.get(transfer["bin"], transfer["bin"]),
        "transactionDate": wall_clock(transfer),
        "accountNumber": transfer["account_number"],
        "subAccount": None,
        "code": None,
        "content": transfer["content"],
        "transferType": "in",
        "transferAmount": transfer["amount_vnd"] + lie,
        "accumulated": accumulated,
        "referenceCode": f"FT{transfer['id']}",
        "description": f"BankAPINotify {transfer['content']}",
    }
    return json.dumps(body, ensure_ascii=False).encode()


def wall_clock(transfer: dict[str, Any]) -> str:
    """When it was booked, in Vietnam."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(transfer["at"] + 7 * 3600))


def _sepay(feed: dict[str, Any], transfer: dict[str, Any], sum_: int, faults: Faults) -> Sent:
    """The API key where the account has one, else a fresh signature."""
    raw = notice(transfer, sum_, faults)
    if feed["api_key"]:
        return raw, {"Authorization": f"Apikey {feed['api_key']}{_wrong(faults)}"}
    timestamp = str(int(time.time()))
    signed = _mac(feed, faults, timestamp.encode() + b"." + raw, hashlib.sha256)
    return raw, {"X-SePay-Signature": f"sha256={signed}", "X-SePay-Timestamp": timestamp}


def _casso_old(feed: dict[str, Any], transfer: dict[str, Any], sum_: int, faults: Faults) -> Sent:
    """Casso's first form: a list of movements, and the token in a header."""
    movement = {
        "id": transfer["id"],
        "tid": f"FT{transfer['id']}",
        "description": transfer["content"],
        "amount": transfer["amount_vnd"] + (1_000 if "wrong_amount" in faults else 0),
        "cusum_balance": sum_,
        "when": wall_clock(transfer),
        "bank_sub_acc_id": transfer["account_number"],
    }
    raw = json.dumps({"error": 0, "data": [movement]}, ensure_ascii=False).encode()
    return raw, {"secure-token": feed["secret"] + _wrong(faults)}


def _casso(feed: dict[str, Any], transfer: dict[str, Any], sum_: int, faults: Faults) -> Sent:
    """Casso's second form: one movement, signed over its JSON with sorted keys."""
    movement = {
        "id": transfer["id"],
        "reference": f"FT{transfer['id']}",
        "description": transfer["content"],
        "amount": transfer["amount_vnd"] + (1_000 if "wrong_amount" in faults else 0),
        "runningBalance": sum_,
        "transactionDateTime": wall_clock(transfer),
        "accountNumber": transfer["account_number"],
        "bankName": GATEWAYS.get(transfer["bin"], transfer["bin"]),
    }
    body = {"error": 0, "data": movement}
    stamp = str(int(time.time() * 1000))
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    signed = _mac(feed, faults, f"{stamp}.{canonical}".encode(), hashlib.sha512)
    raw = json.dumps(body, ensure_ascii=False).encode()
    return raw, {"X-Casso-Signature": f"t={stamp},v1={signed}"}


def _payos(feed: dict[str, Any], transfer: dict[str, Any], sum_: int, faults: Faults) -> Sent:
    """payOS: `data` signed as `key=value&…` over its sorted keys, the signature in the body."""
    data = {
        "orderCode": transfer["id"] % 2**31,
        "amount": transfer["amount_vnd"] + (1_000 if "wrong_amount" in faults else 0),
        "description": transfer["content"],
        "accountNumber": transfer["account_number"],
        "reference": f"FT{transfer['id']}",
        "transactionDateTime": wall_clock(transfer),
        "currency": "VND",
        "paymentLinkId": f"{transfer['id']:032x}",
        "code": "00",
        "desc": "Thành công",
        "counterAccountName": None,
    }
    plain = "&".join(f"{key}={'' if data[key] is None else data[key]}" for key in sorted(data))
    signature = _mac(feed, faults, plain.encode(), hashlib.sha256)
    body = {"code": "00", "desc": "success", "success": True, "data": data, "signature": signature}
    return json.dumps(body, ensure_ascii=False).encode(), {}


PROVIDERS: dict[str, Callable[[dict[str, Any], dict[str, Any], int, Faults], Sent]] = {
    "sepay": _sepay,
    "casso_old": _casso_old,
    "casso": _casso,
    "payos": _payos,
}


def _wrong(faults: Faults) -> str:
    return "-wrong" if "wrong_signature" in faults else ""


def _mac(feed: dict[str, Any], faults: Faults, signed: bytes, digest: Any) -> str:
    return hmac.new((feed["secret"] + _wrong(faults)).encode(), signed, digest).hexdigest()


def _is_success(text: bytes) -> bool:
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("success") is True
