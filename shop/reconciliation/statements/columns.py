"""Which column of a table holds what: found by its headings, or as a person said.

The headings are those of Vietcombank, Techcombank, MB, VietinBank, BIDV and Agribank, as public
samples of their exports show them; another bank's are found by the same words, or corrected once
and kept for the account.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import asdict, dataclass, fields
from typing import Any

from flask_babel import gettext as _

from shop import text
from shop.reconciliation.statements.errors import BadStatement

LOOKED_AT = 40
MOST_COLUMNS = 60

# Meaning → the words its heading can hold, folded. The longest that is found decides.
WORDS: dict[str, tuple[str, ...]] = {
    "date": (
        *("ngay giao dich", "ngay hach toan", "ngay gd", "ngay kh thuc hien", "tnx date"),
        *("ngay gio giao dich", "transaction date time", "transaction date", "ngay", "date"),
        *("booking date", "posting date", "thoi gian giao dich", "thoi gian"),
    ),
    "value_date": ("ngay hieu luc", "ngay phat sinh", "effective date", "value date"),
    "time": ("gio giao dich", "gio", "time"),
    "content": (
        *("noi dung chi tiet", "noi dung giao dich", "mo ta giao dich", "noi dung", "dien giai"),
        *("mo ta", "transactions in detail", "description", "details", "remark", "narrative"),
    ),
    "debit": (
        *("so tien ghi no", "phat sinh no", "ghi no", "no", "debit", "so tien no", "tien ra"),
        *("no debit", "withdrawal", "rut ra", "chi"),
    ),
    "credit": (
        *("so tien ghi co", "phat sinh co", "ghi co", "co", "credit", "so tien co", "tien vao"),
        *("co credit", "deposit", "gui vao", "thu"),
    ),
    "amount": ("so tien giao dich", "so tien", "amount", "gia tri"),
    "sign": ("loai giao dich", "no co", "dau", "type", "dc", "ghi no ghi co"),
    "balance": ("so du tk", "so du", "balance", "so du sau giao dich", "running balance"),
    "reference": (
        *("so but toan", "so ct", "doc no", "so giao dich", "ma giao dich", "so tham chieu"),
        *("reference", "transaction no", "ref no", "so chung tu", "ma gd"),
    ),
    "counterparty": (
        *("ten tai khoan doi ung", "don vi thu huong chuyen", "don vi thu huong", "nguoi chuyen"),
        *("ten nguoi thu huong", "doi tac", "counterparty", "so ten tai khoan doi ung"),
    ),
}
NEEDED = ("date", "content")
# Words so short that they also stand in other headings: "Mã định danh TK thụ hưởng", "Địa chỉ",
# "Số thứ tự". These count only where they are all that a heading says, in either language.
_ALONE = 4
_PARTS = re.compile(r"[\n/(),]")


@dataclass(frozen=True)
class Mapping:
    """Column numbers from 0, None where there is no such column; `header`: its row, from 1.

    Amounts stand in `debit` and `credit`, or in `amount` with its own sign or a word in `sign`.
    """

    header: int
    date: int | None = None
    value_date: int | None = None
    time: int | None = None
    content: int | None = None
    debit: int | None = None
    credit: int | None = None
    amount: int | None = None
    sign: int | None = None
    balance: int | None = None
    reference: int | None = None
    counterparty: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Whole numbers and nulls, to be kept."""
        return asdict(self)

    @staticmethod
    def from_json(kept: Map[str, Any]) -> "Mapping":
        """What `as_json` gave. Raises BadStatement for anything else, or what misses a column."""
        names = {each.name for each in fields(Mapping)}
        values = {name: kept.get(name) for name in names}
        header = values.pop("header")
        if not isinstance(header, int) or not 1 <= header <= LOOKED_AT:
            raise BadStatement("mapping", _("Chọn dòng tiêu đề."))
        if not all(_is_column(value) for value in values.values()):
            raise BadStatement("mapping", _("Chọn cột trong danh sách."))
        chosen = [value for value in values.values() if value is not None]
        if len(chosen) != len(set(chosen)):
            raise BadStatement("mapping", _("Một cột không thể mang hai nghĩa."))
        mapping = Mapping(header, **values)
        if not mapping.whole:
            said = _("Cần cột ngày, cột nội dung và cột số tiền (hoặc ghi nợ, ghi có).")
            raise BadStatement("mapping", said)
        return mapping

    @property
    def whole(self) -> bool:
        """Whether it names all that a line needs."""
        amounts = self.amount is not None or None not in (self.debit, self.credit)
        return self.date is not None and self.content is not None and amounts


def _is_column(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_COLUMNS


def find(rows: Sequence[tuple[int, Sequence[object]]]) -> Mapping:
    """The mapping of the first of `rows` that is a heading. Raises BadStatement."""
    for number, cells in rows[:LOOKED_AT]:
        mapping = _of_heading(number, cells)
        if mapping is not None and mapping.whole:
            return mapping
    raise BadStatement(
        "no-header",
        _("Không thấy dòng tiêu đề có cột ngày, nội dung và số tiền trong 40 dòng đầu."),
    )


def _of_heading(number: int, cells: Sequence[object]) -> Mapping | None:
    best: dict[str, tuple[int, int]] = {}
    for place, cell in enumerate(cells[:MOST_COLUMNS]):
        for meaning, weight in _meanings(cell):
            if meaning not in best or weight > best[meaning][0]:
                best[meaning] = (weight, place)
                break
    if "date" not in best and "value_date" in best:
        best["date"] = best.pop("value_date")  # BIDV prints no other day
    if not best.keys() >= set(NEEDED):
        return None
    return Mapping(number, **{name: place for name, (_weight, place) in best.items()})


def _meanings(cell: object) -> Iterator[tuple[str, int]]:
    """What a heading can mean, with the length of the word that says so, the longest first."""
    if not isinstance(cell, str) or len(cell) > 120:
        return
    said = f" {_plain(cell)} "
    alone = {_plain(part).removesuffix(" vnd") for part in _PARTS.split(cell)}
    found = [
        (max((len(word) for word in words if _says(said, alone, word)), default=0), meaning)
        for meaning, words in WORDS.items()
    ]
    for weight, meaning in sorted(found, reverse=True):
        if weight:
            yield meaning, weight


def _says(said: str, alone: set[str], word: str) -> bool:
    return word in alone if len(word) < _ALONE else f" {word} " in said


def _plain(cell: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.fold(cell)).split())
