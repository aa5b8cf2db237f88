"""Casso: movements by webhook, in the old form with a token or the second one with a signature.

Old: header `secure-token`, `data` is a list. V2: header `X-Casso-Signature: t=<ms>,v1=<hex>`,
`data` is one movement, and most fields have another name. Times in the body are GMT+7; money out
is negative. Casso repeats until it reads `{"success": true}`. Its list (`GET /v2/transactions`, an
API key) has the movements of all accounts in the old form, page by page; `when` may be a day only.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shop.payments.bank_feeds import lists, reading
from shop.payments.bank_feeds.protocol import (
    BadNotice,
    BadSignature,
    FeedLine,
    Notice,
    NotListed,
)

name = "casso"
label = "Casso"
gives_key = True

host = "https://oauth.casso.vn"

PAGE, MOST_PAGES = 100, 200

_SIGNATURE = re.compile(r"t=([0-9]{1,16}),v1=([0-9a-f]{128})")
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


def verify(headers: Mapping[str, str], raw: bytes, secret: str, now: datetime) -> Notice:
    """The notice in `raw`; deduplicate on its `external_id`.

    Where there is a signature it must be right, whatever else is sent. Raises BadSignature,
    BadNotice.
    """
    if not secret:
        raise BadSignature("no secret to compare with")
    given = {header.lower(): value for header, value in headers.items()}
    if "x-casso-signature" in given:
        _check_signature(given["x-casso-signature"], raw, secret)
    elif not reading.same(given.get("secure-token", ""), secret):
        raise BadSignature("neither a signature nor the right token")
    return Notice(_external_id([_id(movement) for movement in _movements(raw)]))


def lines(raw: bytes) -> list[FeedLine]:
    """The movements in `raw`, in its order. Raises BadNotice."""
    return [_line(movement) for movement in _movements(raw)]


def listed(host: str, key: str, account_number: str, first: date, last: date) -> list[FeedLine]:
    """The account's movements of these days. Raises NotListed."""
    found: list[FeedLine] = []
    query = {"fromDate": str(first), "toDate": str(last), "pageSize": PAGE, "sort": "ASC"}
    for page in range(1, MOST_PAGES + 1):
        if page > 1:
            lists.pause()
        body = lists.ask(f"{host}/v2/transactions", f"Apikey {key}", query | {"page": page})
        data = body.get("data")
        rows = data.get("records") if isinstance(data, dict) else None
        if body.get("error") != 0 or not isinstance(rows, list):
            raise NotListed("no list of transactions")
        found += [_listed(row) for row in rows]
        if len(rows) < PAGE:
            return [line for line in found if line.account_number == account_number]
    raise NotListed("more pages than are read at once")


def _listed(row: Any) -> FeedLine:
    if not isinstance(row, dict):
        raise NotListed("a record is not an object")
    # The list writes "2021-04-15T00:00:00" or a day where the call has a blank between.
    when = str(row.get("when") or "").replace("T", " ")[:19]
    told = row | {"when": when if " " in when else f"{when} 00:00:00"}
    told["bank_sub_acc_id"] = told.get("bankSubAccId") or told.get("bank_sub_acc_id")
    try:
        return _line(told)
    except BadNotice as error:
        raise NotListed(str(error.facts["reason"])) from None


def _check_signature(header: str, raw: bytes, secret: str) -> None:
    # The time is signed but not compared with ours: it is not known whether a repeat, hours
    # later, is signed anew, and a copied call brings nothing that was not kept the first time.
    found = _SIGNATURE.fullmatch(header)
    if found is None:
        raise BadSignature("signature malformed")
    signed = f"{found[1]}.{_canonical(raw)}".encode("utf-8", "replace")
    if not reading.same(found[2], hmac.digest(secret.encode(), signed, hashlib.sha512).hex()):
        raise BadSignature("signature does not match")


def _canonical(raw: bytes) -> str:
    try:
        body = reading.body(raw, fraction=float)
        return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except (BadNotice, RecursionError):
        raise BadSignature("no JSON that could have been signed") from None


def _movements(raw: bytes) -> list[dict[str, Any]]:
    data = reading.body(raw).get("data")
    sent = data if isinstance(data, list) else [data]
    movements = [movement for movement in sent if isinstance(movement, dict)]
    if not movements or len(movements) != len(sent):
        raise BadNotice("data is neither a movement nor a list of some")
    return movements


def _id(movement: dict[str, Any]) -> str:
    found = movement.get("id")
    if isinstance(found, bool) or not isinstance(found, int | str):
        raise BadNotice("id is neither a number nor a text")
    if not _ID.fullmatch(str(found)):
        raise BadNotice("id is not an identifier")
    return str(found)


def _external_id(ids: list[str]) -> str:
    # One movement keeps its plain id, in the old form and in v2 alike. Several are made short,
    # because an index holds only short texts, and sorted, because a repeat may not keep the order.
    if len(ids) == 1:
        return ids[0]
    return hashlib.sha256(",".join(sorted(ids)).encode()).hexdigest()


def _line(movement: dict[str, Any]) -> FeedLine:
    amount = reading.number(movement, "amount")
    return FeedLine(
        account_number=reading.text(
            movement, "accountNumber", "bank_sub_acc_id", "subAccId", required=True
        ),
        direction="in" if amount > 0 else "out",
        amount_vnd=abs(amount),
        content=reading.text(movement, "description"),
        bank_reference=reading.text(movement, "reference", "tid"),
        booked_at=reading.instant(movement, "transactionDateTime", "when"),
        counterparty=reading.text(movement, "counterAccountName", "corresponsiveName"),
    )
