"""Statements that are tables: .xlsx, .xls and .csv, one movement a row."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import chain, islice
from typing import Any

from flask_babel import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from shop import clock, text
from shop.reconciliation.settlements import amounts, book, days
from shop.reconciliation.settlements.protocol import BadSettlement
from shop.reconciliation.statements import columns
from shop.reconciliation.statements.columns import Mapping
from shop.reconciliation.statements.errors import BadStatement
from shop.reconciliation.statements.reading import (
    Statement,
    StatementLine,
    checked,
    numbered,
)

FILE_BYTES = 256 * 1024 * 1024
ROWS = 1_500_000

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_MOST_CELLS_OLD = 65_536 * 60
_TOTALS = ("tong so", "tong cong", "cong phat sinh", "so du cuoi ky", "tong phat sinh", "total")
_OPENING = ("so du dau ky", "so du dau", "opening balance")
_CLOSING = ("so du cuoi ky", "so du cuoi", "closing balance", "ending balance")
_ACCOUNT = re.compile(
    r"(?:so tai khoan|tai khoan|account no|account number|stk)\D{0,20}(\d[\d ]{5,22})"
)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_OUT_WORDS = {"d", "dr", "no", "ghi no", "debit", "out", "-", "chi", "tien ra"}
_IN_WORDS = {"c", "cr", "co", "ghi co", "credit", "in", "+", "thu", "tien vao"}
_CONTENT_LONGEST = 1000

Row = tuple[int, Sequence[Any]]


def read(data: bytes, name: str, mapping: Mapping | None = None) -> Statement:
    """The movements of the first sheet that has a heading. Raises BadStatement."""
    refusal: BadStatement | None = None
    for rows in _sheets(data, name):
        try:
            return _read(rows, mapping)
        except BadStatement as error:
            if error.why not in {"no-header", "mapping-elsewhere"}:
                raise
            refusal = refusal or error
    raise refusal or _broken()


def heading(data: bytes, name: str, header: int | None) -> list[str]:
    """The cells of a heading row as text, for a person to choose columns from."""
    for rows in _sheets(data, name):
        first = list(islice(rows, columns.LOOKED_AT))
        wide = [cells for number, cells in first if header in (None, number)]
        if wide:
            chosen = max(wide, key=lambda cells: sum(bool(cell) for cell in cells))
            return [str(cell)[:60] for cell in chosen[: columns.MOST_COLUMNS]]
    return []


def first_rows(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    """The first rows of the first sheet with something in it, for a person to look at."""
    for rows in _sheets(data, name):
        first = [(n, [str(c)[:60] for c in cells]) for n, cells in islice(rows, columns.LOOKED_AT)]
        filled = [(n, cells) for n, cells in first if any(cells)]
        if filled:
            return filled
    return []


def _sheets(data: bytes, name: str) -> Iterator[Iterator[Row]]:
    if data.startswith(_OLD_EXCEL):
        yield from _old(data)
        return
    try:
        for sheet in book.sheets(data, name, most_bytes=FILE_BYTES, most_rows=ROWS):
            yield _rows(sheet.rows)
    except BadSettlement as error:
        raise BadStatement(error.why, error.message) from None


def _rows(rows: Iterator[Row]) -> Iterator[Row]:
    try:
        yield from rows
    except BadSettlement as error:
        raise BadStatement(error.why, error.message) from None


def _old(data: bytes) -> Iterator[Iterator[Row]]:
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > _MOST_CELLS_OLD:
                raise _broken()
            yield enumerate(sheet.iter_rows(), 1)
    except (CalamineError, OSError, ValueError, RuntimeError):
        raise _broken() from None


def _broken() -> BadStatement:
    said = _("Không đọc được tệp. Xin xuất lại từ ngân hàng, hoặc lưu thành .xlsx rồi gửi.")
    return BadStatement("broken", said)


def _read(rows: Iterator[Row], mapping: Mapping | None) -> Statement:
    first = list(islice(rows, columns.LOOKED_AT))
    mapping = mapping or columns.find(first)
    notes = [(number, cells) for number, cells in first if number < mapping.header]
    body = ((n, cells) for n, cells in chain(first, rows) if n > mapping.header)
    ending: dict[str, int] = {}
    lines = numbered(_lines(body, mapping, ending))
    if not lines:
        raise BadStatement("empty", _("Không có giao dịch nào dưới dòng tiêu đề."))
    opening, closing = _printed(notes, _OPENING), _printed(notes, _CLOSING)
    statement = Statement(
        account_number=_account(notes),
        lines=lines,
        opening_vnd=opening if opening is not None else ending.get("opening"),
        closing_vnd=closing if closing is not None else ending.get("closing"),
        mapping=mapping,
    )
    return checked(statement)


def _lines(
    rows: Iterator[Row], mapping: Mapping, ending: dict[str, int]
) -> Iterator[StatementLine]:
    for number, cells in rows:
        if not any(cell not in ("", None) for cell in cells):
            continue
        said = _folded(cells)
        if any(said.startswith(word) for word in _OPENING):
            ending["opening"] = _last_amount(cells)
            continue
        if any(said.startswith(word) for word in (*_TOTALS, *_CLOSING)):
            if any(said.startswith(word) for word in _CLOSING):
                ending["closing"] = _last_amount(cells)
            continue
        line = _line(number, cells, mapping)
        if line is not None:
            yield line


def _folded(cells: Sequence[Any]) -> str:
    words = (cell for cell in cells if isinstance(cell, str) and cell.strip())
    return " ".join(text.fold(next(words, "")).split())


def _last_amount(cells: Sequence[Any]) -> int:
    for cell in reversed(cells):
        try:
            return amounts.parse(cell)
        except ValueError:
            continue
    return 0


def _line(number: int, cells: Sequence[Any], mapping: Mapping) -> StatementLine | None:
    """The movement of a row; None for a notice below the table. Raises BadStatement."""
    when = _cell(cells, mapping.date)
    moved = _moved(number, cells, mapping)
    if when in ("", None) or moved is None:
        if moved:
            raise BadStatement("no-date", _("dòng có tiền mà không có ngày."), number)
        return None
    booked_at, reference = _when(number, when, _cell(cells, mapping.time))
    value = _cell(cells, mapping.value_date)
    named = str(_cell(cells, mapping.reference) or "").strip()
    return StatementLine(
        number=number,
        booked_at=booked_at,
        value_day=_day(number, value)
        if value not in ("", None)
        else clock.vietnam(booked_at).date(),
        direction="in" if moved > 0 else "out",
        amount_vnd=abs(moved),
        content=" ".join(str(_cell(cells, mapping.content) or "").split())[:_CONTENT_LONGEST],
        bank_reference=_reference(named or reference),
        counterparty=" ".join(str(_cell(cells, mapping.counterparty) or "").split())[:200],
        balance_vnd=_balance(cells, mapping),
    )


def _cell(cells: Sequence[Any], place: int | None) -> Any:
    return cells[place] if place is not None and place < len(cells) else ""


def _reference(said: str) -> str:
    return said.removesuffix(".0").strip()[:100]


def _moved(number: int, cells: Sequence[Any], mapping: Mapping) -> int | None:
    """What a row moves, signed; None where it names no amount."""
    if mapping.amount is not None and mapping.debit is None:
        amount = _amount(number, _cell(cells, mapping.amount))
        if amount is None or mapping.sign is None:
            return amount
        word = " ".join(text.fold(str(_cell(cells, mapping.sign))).split())
        if word in _OUT_WORDS:
            return -abs(amount)
        if word in _IN_WORDS or not word:
            return abs(amount) if word else amount
        raise BadStatement("sign", _("không rõ là tiền vào hay tiền ra."), number)
    debit = _amount(number, _cell(cells, mapping.debit)) or 0
    credit = _amount(number, _cell(cells, mapping.credit)) or 0
    if debit and credit:
        raise BadStatement("both", _("vừa ghi nợ vừa ghi có."), number)
    return (abs(credit) if credit > 0 else credit) - abs(debit) or None


def _amount(number: int, cell: Any) -> int | None:
    if cell in ("", None) or (isinstance(cell, str) and cell.strip() in {"", "-", "–", "N/A"}):
        return None
    try:
        return amounts.parse(cell)
    except ValueError:
        said = _("không đọc được số tiền “%(cell)s”.", cell=str(cell)[:40])
        raise BadStatement("amount", said, number) from None


def _balance(cells: Sequence[Any], mapping: Mapping) -> int | None:
    cell = _cell(cells, mapping.balance)
    try:
        return amounts.parse(cell) if cell not in ("", None) else None
    except ValueError:
        return None


def _when(number: int, cell: Any, at: Any) -> tuple[datetime, str]:
    """The instant, and what else stands in the cell: some print the reference below the day."""
    below = ""
    if isinstance(cell, str):
        head, _newline, below = cell.strip().partition("\n")
        cell = head.strip()
    moment = _time(cell) or _time(at) or time()
    day = _day(number, cell)
    return datetime.combine(day, moment, clock.VIETNAM).astimezone(
        clock.now().tzinfo
    ), below.strip()


def _time(cell: Any) -> time | None:
    if isinstance(cell, datetime):
        return cell.time().replace(microsecond=0)
    if isinstance(cell, time):
        return cell.replace(microsecond=0)
    if isinstance(cell, timedelta):
        return (datetime.min + cell).time() if timedelta() <= cell < timedelta(days=1) else None
    found = _TIME.search(cell) if isinstance(cell, str) else None
    if found is None:
        return None
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def _day(number: int, cell: Any) -> date:
    try:
        return days.parse(cell)
    except ValueError:
        said = _("không đọc được ngày “%(cell)s”.", cell=str(cell)[:40])
        raise BadStatement("date", said, number) from None


def _printed(notes: Sequence[Row], words: Sequence[str]) -> int | None:
    for _number, cells in notes:
        for place, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            said = " ".join(text.fold(cell).split())
            if not any(said.startswith(word) for word in words):
                continue
            beside = [cell.rpartition(":")[2], *cells[place + 1 :]]
            for candidate in beside:
                try:
                    return amounts.parse(candidate)
                except ValueError:
                    continue
    return None


def _account(notes: Sequence[Row]) -> str:
    for _number, cells in notes:
        said = " ".join(text.fold(str(cell)) for cell in cells if cell not in ("", None))
        found = _ACCOUNT.search(said)
        if found:
            return "".join(filter(str.isdigit, found[1]))
    return ""
