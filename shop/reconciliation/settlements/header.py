"""Column names: how they are compared, which row is the header, what a file lacks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from shop import text
from shop.reconciliation.settlements import book
from shop.reconciliation.settlements.book import Cell
from shop.reconciliation.settlements.protocol import BadSettlement

Names = tuple[str, ...]
Places = dict[str, tuple[int, ...]]

_NAMED = 12  # of many columns or rows, as many are named in a sentence
_DASHES = frozenset({"-", "--", "–", "—", "/"})
_UNIT = re.compile(r" (?:vnd|dong|d)$")


@dataclass(frozen=True)
class Layout:
    """What the columns of a table are called, by role.

    Of the `needed` and `optional` names of a role the first that the header has is taken; of a
    role in `sums` all columns that the header has are added up. `money`: which needed and optional
    roles are amounts. `known`: columns that are understood and not used.
    """

    needed: Mapping[str, Names]
    optional: Mapping[str, Names] = field(default_factory=dict)
    sums: Mapping[str, Names] = field(default_factory=dict)
    money: Names = ("net",)
    known: Names = ()


def key(name: Cell) -> str:
    """The form in which names are compared: folded, words only, without the unit at the end."""
    if not isinstance(name, str):
        return ""
    return _UNIT.sub("", re.sub(r"[^a-z0-9%]+", " ", text.fold(name[:200])).strip())


def is_blank(cell: Cell) -> bool:
    """Whether a cell says nothing; a dash or a stroke says nothing either."""
    return isinstance(cell, str) and (not cell or not cell.strip() or cell.strip() in _DASHES)


def listed(names: list[str]) -> str:
    """Names for a sentence, in quotation marks, not too many."""
    shown = ", ".join(f"“{name}”" for name in names[:_NAMED])
    return f"{shown}, …" if len(names) > _NAMED else shown


def places(cells: list[Cell], layout: Layout) -> Places:
    """Role → places of its columns in a row that may be the header."""
    at: dict[str, int] = {}
    for place, cell in enumerate(cells[: book.COLUMNS]):
        if name := key(cell):
            at.setdefault(name, place)
    columns: Places = {}
    for role, names in {**layout.needed, **layout.optional}.items():
        found = [at[key(name)] for name in names if key(name) in at]
        if found:
            columns[role] = (found[0],)
    for role, names in layout.sums.items():
        several = tuple(dict.fromkeys(at[key(name)] for name in names if key(name) in at))
        if several:
            columns[role] = several
    return columns


def unknown(header: list[str], layout: Layout) -> list[str]:
    """The names in a header that the layout says nothing of."""
    known = {key(name) for name in layout.known}
    for names in (*layout.needed.values(), *layout.optional.values(), *layout.sums.values()):
        known.update(key(name) for name in names)
    return [name for name in header if name and key(name) not in known]


def refuse_doubles(sheet: str, header: list[str], columns: Places, layout: Layout) -> None:
    """Raise BadSettlement when a column that counts is there twice: which one is meant?"""
    counting = {*layout.needed, *layout.money, *layout.sums}
    names = [key(name) for name in header]
    for role in counting & columns.keys():
        for place in columns[role]:
            if names.count(names[place]) > 1:
                words = _("có hai cột cùng tên “%(name)s”; xin bỏ bớt.", name=header[place])
                raise BadSettlement("two-columns", words, sheet=sheet)


@dataclass
class Nearest:
    """The row most like a header so far, for the sentence that says what it lacks."""

    layout: Layout
    sheet: str = ""
    found: list[str] = field(default_factory=list)

    def look(self, sheet: str, cells: list[Cell]) -> None:
        """Keep this row if it has more of the needed columns than those before."""
        columns = places(cells, self.layout)
        found = [names[0] for role, names in self.layout.needed.items() if role in columns]
        if len(found) > len(self.found):
            self.sheet, self.found = sheet, found

    def refusal(self) -> BadSettlement:
        """The error to be raised when no row was a header."""
        needed = [names[0] for names in self.layout.needed.values()]
        words = _(
            "Không thấy bảng cần đọc: thiếu cột %(missing)s; đã thấy: %(found)s. "
            "Kiểm lại có đúng loại tệp, hoặc đổi tên cột cho khớp.",
            missing=listed([name for name in needed if name not in self.found]),
            found=listed(self.found) or _("không cột nào"),
        )
        return BadSettlement("no-table", words, sheet=self.sheet)
