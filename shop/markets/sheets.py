"""The spreadsheet of a market's booths: its columns, and what each row says.

One row is one booth, known by its number. The account columns may be blank; if one is filled, all
three are. A list as markets keep it is read as it is: titles above the headings, a running number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from shop import phones, text
from shop.fields import Phone, Schema, Shown, Text, ValidationError
from shop.markets import booths
from shop.markets.booths import Place
from shop.markets.models import Booth, BoothKind
from shop.markets.words import BOOTHS
from shop.payments import banks
from shop.payments.schemas import AccountSchema
from shop.spreadsheets import BadSheet, Cell, Row

# Name → its heading, and what else people call it.
COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "number": ("Số sạp", ("số", "số ki-ốt", "mã sạp", "số sạp, ki-ốt", "sạp số", "number")),
    "kind": ("Loại", ("loại sạp", "kind")),
    "trader": (
        "Người bán",
        (
            *("tên người bán", "chủ sạp", "tên chủ sạp", "tiểu thương", "tên tiểu thương"),
            *("họ tên", "họ và tên", "chủ hộ", "hộ kinh doanh", "tên hộ kinh doanh", "trader"),
        ),
    ),
    "phone": ("Điện thoại", ("số điện thoại", "sđt", "số đt", "đt", "di động", "phone")),
    "goods": ("Mặt hàng", ("hàng bán", "ngành hàng", "mặt hàng kinh doanh", "hàng hóa", "goods")),
    "bank": ("Ngân hàng hoặc ví", ("ngân hàng", "ví", "tên ngân hàng", "bank")),
    "account_number": ("Số tài khoản", ("stk", "số tk", "account number")),
    "account_name": (
        "Tên tài khoản",
        ("chủ tài khoản", "tên chủ tài khoản", "tên tk", "chủ tk", "account name"),
    ),
}
# Columns that lists have and that say nothing of a booth.
_PASSED_OVER = ("stt", "tt", "số thứ tự", "ghi chú", "note")
# Titles of a list stand above its headings.
_MOST_ABOVE = 10
# A spreadsheet program keeps fifteen digits of a number and makes the others nought.
_EXACT = 10**15
HEADINGS = [heading for heading, _also in COLUMNS.values()]
NEEDED = ("number", "trader")
# The largest markets of the country have some 4,000 stalls; more would keep the worker for long.
MOST_ROWS = 5000
ACCOUNT = ("bank", "account_number", "account_name")
EXAMPLE = [
    *("A12", "Sạp", "Nguyễn Thị Thúy", "0912 345 678", "Rau, củ, quả"),
    *("Vietcombank", "1012345678", "NGUYEN THI THUY"),
]


class RowSchema(Schema):
    """One row, as text."""

    number = Text(longest=20, required=True)
    kind = Text(longest=40, load_default="")
    trader = Shown(name=True, longest=160, shortest=2, required=True)
    phone = Phone(load_default=None, allow_none=True)
    goods = Shown(longest=200, load_default="")
    bank = Text(longest=160, load_default="")
    account_number = Text(longest=30, load_default="")
    account_name = Text(longest=60, load_default="")


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row: `column` is a heading, empty for the whole row; row 0 is the file."""

    row: int
    column: str
    why: str

    def __str__(self) -> str:
        if not self.row:
            return self.why
        if not self.column:
            return str(_("Dòng %(row)s: %(why)s", row=self.row, why=self.why))
        place = _("Dòng %(row)s, cột %(column)s", row=self.row, column=self.column)
        return f"{place}: {self.why}"


@dataclass(frozen=True)
class Line:
    """One booth as the table says it. `account`: as AccountSchema gives it, None where blank."""

    row: int
    place: Place
    trader: str
    phone: str | None
    account: dict[str, Any] | None


@dataclass
class Table:
    """What a spreadsheet says, and what is wrong with it."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(rows: Iterator[Row]) -> Table:
    """Read and check every row. Raises BadSheet when the headings will not do."""
    columns = head(rows)
    table = Table()
    for count, row in enumerate(rows):
        if count == MOST_ROWS:
            said = _("Bảng quá lớn: tối đa %(most)s dòng.", most=format_decimal(MOST_ROWS))
            raise BadSheet("too-large", said)
        cells = dict(zip(columns, row.cells, strict=False))
        said = {name: _said(name, cell) for name, cell in cells.items() if name and cell != ""}
        number = cells.get("account_number")
        if isinstance(number, int) and number >= _EXACT:
            why = _("Excel đã làm tròn số này. Để cột ở dạng Văn bản (Text) rồi gõ lại.")
            table.faults.append(Fault(row.number, COLUMNS["account_number"][0], why))
            continue
        _take(table, row.number, said)
    if not table.lines and not table.faults:
        raise BadSheet("no-rows", _("Dưới dòng tiêu đề không có dòng nào."))
    _find_doubles(table)
    return table


def _said(name: str, cell: Cell) -> str:
    """A cell as text; a phone number that was taken for a number has lost its nought."""
    if name == "phone" and isinstance(cell, int) and len(str(cell)) == 9:
        return f"0{cell}"
    return str(cell)


def head(rows: Iterator[Row]) -> list[str | None]:
    """Read on to the headings: the name of each column, None for one that is passed over.

    They are the first row, or below some titles the first that has all that is needed. Raises
    BadSheet.
    """
    first = next(rows, None)
    row = first
    for _title in range(_MOST_ABOVE):
        if row is None or set(NEEDED) <= {_named(str(cell)) for cell in row.cells}:
            break
        row = next(rows, None)
    else:
        row = None
    return _columns(row or first)


def _columns(row: Row | None) -> list[str | None]:
    headings = [str(cell) for cell in row.cells] if row else []
    found = [_named(heading) for heading in headings]
    for name in NEEDED:
        if name not in found:
            heading = COLUMNS[name][0]
            raise BadSheet(
                "lacking", _("Không thấy cột “%(heading)s” ở dòng đầu.", heading=heading)
            )
    passed_over = set(map(_key, _PASSED_OVER))
    unknown = (h for h, name in zip(headings, found, strict=True) if h and name is None)
    strange = [heading for heading in unknown if _key(heading) not in passed_over]
    if strange:
        names = ", ".join(strange)[:300]
        raise BadSheet("strange", _("Có cột không hiểu: %(names)s.", names=names))
    known = [name for name in found if name]
    if len(known) != len(set(known)):
        raise BadSheet("twice", _("Có cột xuất hiện hai lần."))
    return found


def _key(words: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.fold(words)))


def _named(heading: str) -> str | None:
    key = _key(heading)
    for name, (own, also) in COLUMNS.items():
        if key and key in {_key(own), *map(_key, also)}:
            return name
    return None


def _take(table: Table, row: int, said: Mapping[str, str]) -> None:
    wrong = [
        Fault(row, COLUMNS[name][0], str(why))
        for name, reasons in RowSchema().validate(said).items()
        for why in reasons
    ]
    kind = _kind(said.get("kind", ""))
    if kind is None:
        allowed = ", ".join(map(str, BOOTHS.values()))
        wrong.append(Fault(row, COLUMNS["kind"][0], _("Ghi một trong: %(all)s.", all=allowed)))
    account = None
    if not wrong:
        try:
            account = _account(said)
        except ValidationError as error:
            wrong.append(Fault(row, "", "; ".join(map(str, error.messages))))
    table.faults += wrong
    if not wrong and kind is not None:
        data = RowSchema().load(said)
        place = Place(data["number"], kind, data["goods"])
        table.lines.append(Line(row, place, data["trader"], data["phone"], account))


def _kind(said: str) -> str | None:
    """The kind that a cell means; a blank one is a table (sạp)."""
    key = _key(said)
    for kind, label in BOOTHS.items():
        if key.replace(" ", "") == _key(str(label)).replace(" ", ""):
            return str(kind)
    return None if key else str(BoothKind.SAP)


def _account(said: Mapping[str, str]) -> dict[str, Any] | None:
    given = [said.get(name, "").strip() for name in ACCOUNT]
    if not any(given):
        return None
    if not all(given):
        raise ValidationError(_("Ghi đủ ngân hàng, số và tên tài khoản, hoặc bỏ trống cả ba."))
    bin = _bin(given[0])
    if bin is None:
        raise ValidationError(_("Không biết ngân hàng hoặc ví “%(name)s”.", name=given[0]))
    number = re.sub(r"[\s.]", "", given[1])
    fields = {"bank_bin": bin, "account_number": number, "account_name": given[2]}
    wrong = AccountSchema(exclude=("seller",)).validate(fields)
    if wrong:
        raise ValidationError([str(why) for reasons in wrong.values() for why in reasons])
    loaded: dict[str, Any] = AccountSchema(exclude=("seller",)).load(fields)
    return loaded


def _bin(said: str) -> str | None:
    """The bank that is meant: its own names first, then as people say it ("MB", "NH Quân đội")."""
    for spoken in (_joined, _bare):
        key = spoken(said)
        for bank in banks.all():
            names = (bank.bin, bank.code, bank.short_name, bank.name)
            if key and key in set(map(spoken, names)):
                return bank.bin
    return None


def _joined(name: str) -> str:
    return _key(name).replace(" ", "")


def _bare(name: str) -> str:
    """A bank's name without what every bank is called."""
    left = re.sub(r"^(ngan hang|nh)\b", "", _key(name)).strip()
    left = re.sub(r"^(tmcp|thuong mai co phan)\b", "", left).strip()
    return re.sub(r"(viet nam|bank)$", "", left.replace("vietnam", "viet nam")).replace(" ", "")


def _find_doubles(table: Table) -> None:
    seen: dict[str, int] = {}
    for line in table.lines:
        key = booths.number_key(line.place.number)
        if not key:
            table.faults.append(Fault(line.row, COLUMNS["number"][0], _("Ghi bằng chữ hoặc số.")))
        elif key in seen:
            said = _("Trùng số với dòng %(row)s.", row=seen[key])
            table.faults.append(Fault(line.row, COLUMNS["number"][0], said))
        seen.setdefault(key, line.row)
    table.faults.sort(key=lambda fault: fault.row)


def shown(booth: Booth) -> list[str]:
    """A booth as a row; its account is not written out."""
    phone = phones.show(booth.seller.phone) if booth.seller.phone else ""
    label = str(BOOTHS[BoothKind(booth.kind)])
    return [booth.number, label, booth.seller.name, phone, booth.goods, "", "", ""]
