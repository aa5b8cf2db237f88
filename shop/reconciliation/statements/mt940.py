"""MT940, the SWIFT customer statement: read by the mt-940 library, one statement at a time.

The library keeps only the balances of the last statement of a file (wolph/mt940 #102, #110), so
a file is cut at `:20:` first.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import mt940
from flask_babel import gettext as _

from shop import clock
from shop.reconciliation.statements.errors import BadStatement
from shop.reconciliation.statements.reading import (
    Statement,
    StatementLine,
    checked,
    numbered,
)

# The library leaves a reversal of a credit, RC, among what came in unless it is told.
_OPTIONS = mt940.Options(reversal_sign=True)
_CUT = re.compile(r"(?m)^(?=:20:)")
_PARTS = ("posting_text", "purpose", "end_to_end_reference", "additional_purpose")
_BANKS_OWN = re.compile(r"//(\S{1,34})")


def read(data: bytes) -> Statement:
    """All statements of a file as one. Raises BadStatement."""
    said = data.decode("utf-8", "replace").lstrip("\ufeff")
    pieces = [piece for piece in _CUT.split(said) if piece.startswith(":20:")]
    if not pieces:
        raise BadStatement("broken", _("Không đọc được tệp MT940."))
    lines: list[StatementLine] = []
    accounts, opening, closing = set(), None, None
    for piece in pieces:
        read = _statement(piece)
        data_of = read.data
        accounts.add(_account(str(data_of.get("account_identification", ""))))
        first = _vnd(
            data_of.get("final_opening_balance") or data_of.get("intermediate_opening_balance")
        )
        opening = first if opening is None else opening
        last = _vnd(
            data_of.get("final_closing_balance") or data_of.get("intermediate_closing_balance")
        )
        closing = closing if last is None else last
        lines.extend(_lines(read, len(lines)))
    if not lines and opening is None:
        raise BadStatement("broken", _("Không đọc được tệp MT940."))
    if len(accounts) > 1:
        raise BadStatement("accounts", _("Tệp có nhiều tài khoản: xuất riêng từng tài khoản."))
    return checked(Statement(accounts.pop(), numbered(lines), opening, closing))


def _statement(piece: str) -> Any:
    try:
        return mt940.parse(piece, options=_OPTIONS)
    except Exception:  # the library raises what its own patterns happen to trip over
        raise BadStatement("broken", _("Không đọc được tệp MT940.")) from None


def _account(said: str) -> str:
    """The number, after the bank's code if there is one."""
    return said.rpartition("/")[2].strip().upper().removesuffix("VND").strip()


def _vnd(balance: Any) -> int | None:
    if balance is None:
        return None
    if balance.amount.currency != "VND":
        raise BadStatement("currency", _("Chỉ nhận sao kê của tài khoản tiền đồng."))
    return _whole(balance.amount.amount)


def _whole(amount: Any) -> int:
    if amount != amount.to_integral_value() or abs(amount) >= 10**13:
        raise BadStatement("amount", _("Số tiền trong tệp có phần lẻ của đồng."))
    return int(amount)


def _lines(statement: Any, before: int) -> Iterator[StatementLine]:
    for number, transaction in enumerate(statement.transactions, before + 1):
        told = transaction.data
        moved = _whole(told["amount"].amount)
        if not moved:
            continue
        day = date(told["date"].year, told["date"].month, told["date"].day)
        entry = told.get("entry_date")
        booked = date(entry.year, entry.month, entry.day) if entry else day
        yield StatementLine(
            number=number,
            booked_at=datetime.combine(booked, time(), clock.VIETNAM).astimezone(UTC),
            value_day=day,
            direction="in" if moved > 0 else "out",
            amount_vnd=abs(moved),
            content=_content(told)[:1000],
            bank_reference=_reference(told),
            counterparty=str(told.get("applicant_name") or "")[:200],
            balance_vnd=None,
        )


def _content(told: Any) -> str:
    """The words of a movement; where they come in numbered parts, the parts that are words."""
    for names in (("transaction_details",), _PARTS, ("extra_details",)):
        words = " ".join(" ".join(str(told.get(name) or "") for name in names).split())
        if words:
            return words
    return ""


def _reference(told: Any) -> str:
    own = str(told.get("bank_reference") or "").strip()
    if own:
        return own[:100]
    found = _BANKS_OWN.search(str(told.get("extra_details") or ""))
    return found[1][:100] if found else ""
