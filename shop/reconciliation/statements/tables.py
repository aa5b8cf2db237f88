"""Statements that are tables: .xlsx, .xls and .csv, one movement a row."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any

from flask_babel import gettext as _

from shop import clock, text
from shop.reconciliation.settlements import amounts, book, days
from shop.reconciliation.settlements.protocol import BadSettlement
from shop.reconciliation.statements import columns, old_excel
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
_TOTALS = ("tong so", "tong cong", "cong phat sinh", "so du cuoi ky", "tong phat sinh", "total")
_OPENING = ("so du dau ky", "so du dau", "opening balance")
_CLOSING = ("so du cuoi ky", "so du cuoi", "closing balance", "ending balance")
# The number does not go on into the next cell, which may be a day.
_ACCOUNT = re.compile(
    r"(?:so tai khoan|tai khoan|account no|account number|stk)\D{0,20}([0-9](?: ?[0-9]){5,22})"
)
_CURRENCY = re.compile(r"(?:loai tien|tien te|don vi tien|currency|ccy)\W{0,5}([a-z]{3,4})")
_DONG = {"vnd", "dong", "viet"}
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?: ?([ap])m)?", re.IGNORECASE)
_OUT_WORDS = {"d", "dr", "no", "ghi no", "debit", "out", "-", "chi", "tien ra"}
_IN_WORDS = {"c", "cr", "co", "ghi co", "credit", "in", "+", "thu", "tien vao"}
_CONTENT_LONGEST = 1000

_ELSEWHERE = "mapping-elsewhere"

Row = tuple[int, Sequence[Any]]


def read(data: bytes, name: str, mapping: Mapping | None = None) -> Statement:
    """The movements of the first sheet that has a heading. Raises BadStatement."""
    refusal: BadStatement | None = None
    for rows in _sheets(data, name):
        try:
            return _read(rows, mapping)
        except BadStatement as error:
            if error.why not in {"no-header", _ELSEWHERE}:
                raise
            refusal = refusal or error
    raise refusal or _broken()


def heading(data: bytes, name: str, header: int | None) -> list[str]:
    """The cells of a heading row as text, for a person to choose columns from."""
    wide = [cells for number, cells in first_rows(data, name) if header in (None, number)]
    chosen = max(wide, key=lambda cells: sum(bool(cell) for cell in cells), default=[])
    return chosen[: columns.MOST_COLUMNS]


def first_rows(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    """The first rows of the first sheet with something in it, for a person to look at."""
    best: list[tuple[int, list[str]]] = []
    for rows in _sheets(data, name):
        first = [(n, [str(c)[:60] for c in cells]) for n, cells in islice(rows, columns.LOOKED_AT)]
        filled = [(n, cells) for n, cells in first if any(cells)]
        # A .csv comes once for each delimiter; only its own makes columns of it.
        if _columns(filled) > _columns(best):
            best = filled
    return best


def _columns(rows: Sequence[tuple[int, list[str]]]) -> int:
    return max((sum(bool(cell) for cell in cells) for _number, cells in rows), default=0)


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
        for rows in old_excel.sheets(data):
            yield enumerate(rows, 1)
    except old_excel.Unreadable:
        raise _broken() from None


def _broken() -> BadStatement:
    said = _("Không đọc được tệp. Xin xuất lại từ ngân hàng, hoặc lưu thành .xlsx rồi gửi.")
    return BadStatement("broken", said)


def _read(rows: Iterator[Row], mapping: Mapping | None) -> Statement:
    first = list(islice(rows, columns.LOOKED_AT))
    if mapping is None:
        mapping = columns.find(first)
    elif not _fits(mapping, first):
        said = _("Dòng tiêu đề không còn ở chỗ đã chọn: xin chọn lại dòng tiêu đề và các cột.")
        raise BadStatement(_ELSEWHERE, said, mapping.header)
    notes = [(number, cells) for number, cells in first if number < mapping.header]
    _expect_dong(notes)
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
    return _doubted(checked(statement), mapping)


def _expect_dong(notes: Sequence[Row]) -> None:
    """Raises BadStatement when the file says that it is in another currency."""
    for number, cells in notes:
        said = text.fold(" ".join(str(cell) for cell in cells if cell not in ("", None)))
        found = _CURRENCY.search(said)
        if found and found[1] not in _DONG:
            words = _(
                "tài khoản bằng %(currency)s: chỉ nhận sao kê tiền đồng.", currency=found[1].upper()
            )
            raise BadStatement("currency", words, number)


def _doubted(statement: Statement, mapping: Mapping) -> Statement:
    """With a warning where nothing tells money in from money out."""
    told = mapping.debit is not None or mapping.sign is not None
    out = any(line.direction == "out" for line in statement.lines)
    if told or out or all(line.balance_vnd is not None for line in statement.lines):
        return statement
    said = _(
        "Cột số tiền không cho biết tiền vào hay tiền ra: mọi dòng được đọc là tiền vào. Nếu có "
        "dòng tiền ra thì đừng ghi, hãy chọn lại cột."
    )
    return replace(statement, warnings=[*statement.warnings, said])


def _fits(mapping: Mapping, first: Sequence[Row]) -> bool:
    """Whether the row of the heading is as wide as its columns, and not a movement.

    What a bank prints above the table varies from file to file: where the heading moved up, the
    first movement would be taken for it and lost.
    """
    cells = next((cells for number, cells in first if number == mapping.header), [])
    places = [place for name, place in mapping.as_json().items() if name != "header"]
    if len(cells) <= max(place for place in places if place is not None):
        return False
    try:
        _day(mapping.header, _halves(_cell(cells, mapping.date))[0])
    except BadStatement:
        return True
    return False


def _lines(
    rows: Iterator[Row], mapping: Mapping, ending: dict[str, int]
) -> Iterator[StatementLine]:
    """The movements; what stands in rows of balances goes into `ending`.

    Payers write "Tổng công ty …" too, so only a row without a day or an amount is looked at for
    such words. Below the totals come notices and counts, never an amount without a day.
    """
    is_over = False
    for number, cells in rows:
        if not any(cell not in ("", None) for cell in cells):
            continue
        is_dated = _is_dated(cells, mapping)
        if is_dated and (line := _line(number, cells, mapping)):
            yield line
            continue
        said = _words(cells)
        if said.startswith(_OPENING):
            _note(ending, "opening", cells)
        elif said.startswith(_CLOSING):
            _note(ending, "closing", cells)
            is_over = True
        elif said.startswith(_TOTALS):
            is_over = True
        elif not (is_dated or is_over) and _moved(number, cells, mapping):
            raise BadStatement("no-date", _("dòng có tiền mà không có ngày."), number)


def _is_dated(cells: Sequence[Any], mapping: Mapping) -> bool:
    cell = _cell(cells, mapping.date)
    return cell.lstrip()[:1].isdigit() if isinstance(cell, str) else cell is not None


def _words(cells: Sequence[Any]) -> str:
    """The first cell that is words, folded."""
    texts = (cell.strip() for cell in cells if isinstance(cell, str))
    return text.fold(next((said for said in texts if said and not said[0].isdigit()), ""))


def _note(ending: dict[str, int], name: str, cells: Sequence[Any]) -> None:
    for cell in reversed(cells):
        try:
            ending[name] = amounts.parse(cell)
        except ValueError:
            continue
        return


def _line(number: int, cells: Sequence[Any], mapping: Mapping) -> StatementLine | None:
    """The movement of a row; None where it moves nothing. Raises BadStatement."""
    moved = _moved(number, cells, mapping)
    if not moved:
        return None
    booked_at, reference = _when(number, cells, mapping)
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


def _when(number: int, cells: Sequence[Any], mapping: Mapping) -> tuple[datetime, str]:
    """The instant (UTC), and what else stands in the cell of the day."""
    cell, below = _halves(_cell(cells, mapping.date))
    moment = _time(cell) or _time(_cell(cells, mapping.time)) or time()
    when = datetime.combine(_day(number, cell), moment, clock.VIETNAM)
    return when.astimezone(UTC), below


def _halves(cell: Any) -> tuple[Any, str]:
    """The day of a cell, and what stands below it: some print the reference there."""
    if not isinstance(cell, str):
        return cell, ""
    head, _newline, below = cell.strip().partition("\n")
    return head.strip(), below.strip()


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
    hour = int(found[1])
    if found[4] and hour <= 12:
        hour = hour % 12 + (12 if found[4] in "pP" else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
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
        said = " | ".join(text.fold(str(cell)) for cell in cells if cell not in ("", None))
        found = _ACCOUNT.search(said)
        if found:
            return "".join(filter(str.isdigit, found[1]))
    return ""
