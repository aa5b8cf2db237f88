"""camt.053, the ISO 20022 bank-to-customer statement, of any version: namespaces are not read.

`CdtDbtInd` is the direction already; `RvslInd` only labels a reversal. Only booked entries count.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from flask_babel import gettext as _

from shop import clock
from shop.reconciliation.statements.errors import BadStatement
from shop.reconciliation.statements.reading import (
    Statement,
    StatementLine,
    checked,
    numbered,
)

_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.0{1,5})?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_DIRECTIONS: dict[str, Literal["in", "out"]] = {"CRDT": "in", "DBIT": "out"}


def read(data: bytes) -> Statement:
    """All statements of a file as one. Raises BadStatement."""
    lines: list[StatementLine] = []
    accounts: set[str] = set()
    opening: int | None = None
    closing: int | None = None
    try:
        for _event, element in iterparse(BytesIO(data), forbid_dtd=True):
            tag = _tag(element)
            if tag == "Ntry":
                lines.extend(_entry(element, len(lines)))
                element.clear()
            elif tag == "Bal":
                kind = _text(element, "Tp/CdOrPrtry/Cd")
                if kind == "OPBD" and opening is None:
                    opening = _signed(element)
                elif kind == "CLBD":
                    closing = _signed(element)
            elif tag == "Stmt":
                found = _find(element, "Acct/Id")
                accounts.add(_text(element, "Acct/Id/Othr/Id") or _text(element, "Acct/Id/IBAN"))
                if found is not None:
                    element.clear()
    # LookupError: an encoding that Python has, but not for text.
    except (ParseError, DefusedXmlException, RecursionError, ValueError, LookupError):
        raise BadStatement("broken", _("Không đọc được tệp camt.053.")) from None
    if not accounts:
        raise BadStatement("broken", _("Tệp XML này không phải sao kê camt.053."))
    if len(accounts) > 1:
        raise BadStatement("accounts", _("Tệp có nhiều tài khoản: xuất riêng từng tài khoản."))
    return checked(Statement(accounts.pop(), numbered(lines), opening, closing))


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _find(element: Element, path: str) -> Element | None:
    found: Element | None = element
    for name in path.split("/"):
        if found is None:
            return None
        found = next((child for child in found if _tag(child) == name), None)
    return found


def _text(element: Element, path: str) -> str:
    found = _find(element, path)
    return " ".join((found.text or "").split()) if found is not None else ""


def _vnd(element: Element, number: int = 0, path: str = "Amt") -> int:
    found, said = _find(element, path), _text(element, path)
    if found is not None and found.get("Ccy", "VND") != "VND":
        raise BadStatement("currency", _("Chỉ nhận sao kê của tài khoản tiền đồng."), number)
    match = _AMOUNT.fullmatch(said)
    if match is None:
        words = _("không đọc được số tiền “%(cell)s”.", cell=said[:40])
        raise BadStatement("amount", words, number)
    return int(match[1])


def _signed(element: Element) -> int:
    amount = _vnd(element)
    return amount if _direction(element, 0) == "in" else -amount


def _direction(element: Element, number: int) -> Literal["in", "out"]:
    direction = _DIRECTIONS.get(_text(element, "CdtDbtInd"))
    if direction is None:
        raise BadStatement("sign", _("không rõ là tiền vào hay tiền ra."), number)
    return direction


def _entry(entry: Element, before: int) -> Iterator[StatementLine]:
    """The movements of an entry: a batch holds several."""
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if status != "BOOK":
        return
    booked = _day(entry, "BookgDt", before + 1)
    value = _day(entry, "ValDt", before + 1, booked)
    details = [
        each
        for group in entry
        if _tag(group) == "NtryDtls"
        for each in group
        if _tag(each) == "TxDtls"
    ]
    whole, own = _vnd(entry, before + 1), _text(entry, "AcctSvcrRef")
    direction = _direction(entry, before + 1)
    parts = [_part_vnd(each, before + 1) for each in details]
    known = [part for part in parts if part is not None]
    several = len(details) > 1 and len(known) == len(details) and sum(known) == whole
    for number, (each, amount) in enumerate(
        zip(details, parts, strict=True) if several else [(_only(details, entry), whole)],
        before + 1,
    ):
        if not amount:
            continue
        yield StatementLine(
            number=number,
            booked_at=booked,
            value_day=clock.vietnam(value).date(),
            direction=direction,
            amount_vnd=amount,
            content=(_words(each) or _text(entry, "AddtlNtryInf"))[:1000],
            bank_reference=(_text(each, "Refs/AcctSvcrRef") or own)[:100],
            counterparty=_other(each, direction)[:200],
            balance_vnd=None,
        )


def _only(details: list[Element], entry: Element) -> Element:
    return details[0] if len(details) == 1 else entry


def _part_vnd(each: Element, number: int) -> int | None:
    """What one part moved; None where that is not said in đồng."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = _find(each, path)
        if found is not None and found.get("Ccy", "VND") == "VND":
            return _vnd(each, number, path)
    return None


def _words(each: Element) -> str:
    """What the payer wrote: each `Ustrd` holds at most 140 characters of it."""
    found = _find(each, "RmtInf")
    pieces = found if found is not None else ()
    return " ".join(" ".join((p.text or "").split()) for p in pieces if _tag(p) == "Ustrd")


def _other(each: Element, direction: Literal["in", "out"]) -> str:
    party = "Dbtr" if direction == "in" else "Cdtr"
    return _text(each, f"RltdPties/{party}/Nm") or _text(each, f"RltdPties/{party}/Pty/Nm")


def _day(entry: Element, name: str, number: int, otherwise: datetime | None = None) -> datetime:
    said = _text(entry, f"{name}/DtTm") or _text(entry, f"{name}/Dt")
    if not said and otherwise is not None:
        return otherwise
    try:
        return _instant(said)
    except ValueError:
        words = _("không đọc được ngày “%(cell)s”.", cell=said[:40])
        raise BadStatement("date", words, number) from None


def _instant(said: str) -> datetime:
    if "T" in said:
        read = datetime.fromisoformat(said)
        read = read if read.tzinfo else read.replace(tzinfo=clock.VIETNAM)
    else:
        match = _DAY.fullmatch(said)
        day = date.fromisoformat(match[1] if match else said)
        read = datetime.combine(day, time(), clock.VIETNAM)
    if not 2000 <= read.year <= 2099:
        raise ValueError("not a year of ours")
    return read.astimezone(UTC)
