"""camt.053, the ISO 20022 bank-to-customer statement, of any version: namespaces are not read.

`CdtDbtInd` is the direction already; `RvslInd` only labels a reversal. Only booked entries count.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from io import BytesIO
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
    except (ParseError, DefusedXmlException, RecursionError, ValueError):
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


def _vnd(said: str, number: int = 0) -> int:
    try:
        amount = Decimal(said)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= 10**13 or amount != amount.to_integral_value():
        raise BadStatement(
            "amount", _("không đọc được số tiền “%(cell)s”.", cell=said[:40]), number
        )
    return int(amount)


def _signed(element: Element) -> int:
    amount = _vnd(_text(element, "Amt"))
    return amount if _text(element, "CdtDbtInd") == "CRDT" else -amount


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
    whole, own = _vnd(_text(entry, "Amt"), before + 1), _text(entry, "AcctSvcrRef")
    parts = [_part_vnd(each) for each in details]
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
            direction="in" if _text(entry, "CdtDbtInd") == "CRDT" else "out",
            amount_vnd=amount,
            content=(_text(each, "RmtInf/Ustrd") or _text(entry, "AddtlNtryInf"))[:1000],
            bank_reference=(_text(each, "Refs/AcctSvcrRef") or own)[:100],
            counterparty=_other(each)[:200],
            balance_vnd=None,
        )


def _only(details: list[Element], entry: Element) -> Element:
    return details[0] if len(details) == 1 else entry


def _part_vnd(each: Element) -> int | None:
    said = _text(each, "Amt") or _text(each, "AmtDtls/TxAmt/Amt")
    return _vnd(said) if said else None


def _other(each: Element) -> str:
    for path in ("RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm", "RltdPties/Cdtr/Nm"):
        if name := _text(each, path):
            return name
    return _text(each, "RltdPties/Cdtr/Pty/Nm")


def _day(entry: Element, name: str, number: int, otherwise: datetime | None = None) -> datetime:
    said = _text(entry, f"{name}/DtTm") or _text(entry, f"{name}/Dt")
    if not said and otherwise is not None:
        return otherwise
    try:
        if "T" in said:
            read = datetime.fromisoformat(said)
            return (read if read.tzinfo else read.replace(tzinfo=clock.VIETNAM)).astimezone(UTC)
        return datetime.combine(date.fromisoformat(said), time(), clock.VIETNAM).astimezone(UTC)
    except ValueError:
        words = _("không đọc được ngày “%(cell)s”.", cell=said[:40])
        raise BadStatement("date", words, number) from None
