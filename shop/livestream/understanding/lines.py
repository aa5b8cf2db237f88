"""Codes, amounts and variants of one clause, put together as lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shop.livestream.understanding import lexicon, marks
from shop.livestream.understanding.marks import Mark, Table
from shop.livestream.understanding.marks import PinnedCode as PinnedCode


@dataclass(frozen=True)
class Item:
    """One wanted or withdrawn line; op is add (None), set or remove."""

    code: str | None
    quantity: Decimal | None
    unit: str | None
    variant: str | None = None
    op: str | None = None


@dataclass(frozen=True)
class Found:
    """The lines of a clause and what speaks for and against them.

    `named`: a code or alias was said. `counted`: an amount was said. `bought`: a buying verb, or a
    weak one ("cho em") with something after it. `alone`: nothing else was said. `strange`: a code
    of nobody. `foreign`: words not understood before the amount, and after it.
    """

    items: tuple[Item, ...]
    named: bool = False
    counted: bool = False
    bought: bool = False
    alone: bool = False
    strange: bool = False
    foreign: tuple[int, int] = (0, 0)
    unsaid: tuple[int, ...] = ()

    @property
    def commits(self) -> bool:
        """Whether the clause asks to buy (R5, R7 of the convention)."""
        if self.strange or not self.items:
            return False
        if self.named:
            return self.bought or self.counted or self.alone
        return (self.counted and self.foreign[0] <= 2 * self.bought) or (self.bought and self.alone)


@dataclass
class _Line:
    pin: PinnedCode | None
    name: str = ""
    amount: Mark | None = None
    variant: str | None = None


_FIGURES = 4
_SWAP, _SET, _ADD = (re.compile(p) for p in (lexicon.SWAP, lexicon.SET, lexicon.ADD))
_CHANGES = re.compile(f"{lexicon.SWAP}|{lexicon.SET}")
_NOT_WANTED = re.compile(rf"\b{lexicon.NOT_WANTED}")
_WHERE = {"ve", "giao", "ship", "den"}
_BESIDE = {"filler", "sep", "money"}


def find(body: str, heard: str, known: Table, focus: str | None) -> Found:
    """Return what a clause wants; lines without a code or name take `focus`.

    `heard`: the clause with the names of goods in capitals.
    """
    seen = _settled(marks.row(body, known))
    what = {mark.what for mark in seen}
    on_table = next((pin for pin in known.pins if pin.code == focus), None)
    lines = _put_together(seen, on_table, known)
    named, amounts = "code" in what, [m for m in seen if m.what == "amount"]
    counted = any(m.firm for m in amounts) or (bool(amounts) and named)
    counted = counted or (len(amounts) == 1 and _alone(seen))
    counted = (counted and not _had(heard, amounts)) or (named and "each" in what)
    bought = "verb" in what or ("weak" in what and (named or bool(amounts)))
    first = amounts[0].start if amounts else len(body)
    # Where the goods go needs not be understood.
    ends = next((m.start for m in seen if m.said in _WHERE), len(body))
    words = [m.start for m in seen if m.what == "word" and m.start < ends]
    before = sum(start < first for start in words)
    items = tuple(_item(line, focus) for line in lines)
    return Found(
        _swapped(heard, lines, items, focus),
        named=named,
        counted=counted or (bought and bool(amounts)) or (named and "variant" in what),
        bought=bought or (named and bool(_CHANGES.search(heard))),
        alone=_alone(seen),
        strange="strange" in what,
        foreign=(before, len(words) - before),
        unsaid=tuple(i for i, line in enumerate(lines) if line.amount is None),
    )


def _alone(seen: Sequence[Mark]) -> bool:
    return not any(m.what == "word" for m in seen)


def _had(body: str, amounts: Sequence[Mark]) -> bool:
    """Whether the amounts are how many there are, or come with it: "còn 2 hộp", "tặng 2 hộp"."""
    return bool(amounts) and all(_NOT_WANTED.search(body[: m.start]) for m in amounts)


def _settled(seen: list[Mark]) -> list[Mark]:
    """Say of each bare number whether it is a code, an amount, or neither (R1, R3)."""
    bare = all(m.what in {"code", "sep", "plus", "filler"} or _may_be_code(m) for m in seen)
    has_code = any(m.what == "code" for m in seen)
    return [_number(seen, i, alone=bare, coded=has_code) for i in range(len(seen))]


def _may_be_code(mark: Mark) -> bool:
    return mark.what == "amount" and mark.pin is not None


def _number(seen: list[Mark], at: int, *, alone: bool, coded: bool) -> Mark:
    mark = seen[at]
    if mark.what != "amount" or mark.firm:
        return mark
    named = at > 0 and seen[at - 1].what == "code" and not re.search(r"\d", seen[at - 1].said)
    if mark.pin is not None and ((alone and not named) or _has_amount(seen, at)):
        return replace(mark, what="code", number=None)
    before = next((m for m in reversed(seen[:at]) if m.what not in _BESIDE), None)
    after = next((m for m in seen[at + 1 :] if m.what not in _BESIDE), None)
    near = seen[at + 1].what if at + 1 < len(seen) else ""
    fits = before is None or before.what in {
        "verb",
        "weak",
        "code",
        "variant",
        "each",
        "amount",
        "plus",
    }
    fits = fits or (after is not None and near in {"code", "variant"})
    zero = mark.said.startswith("0") and len(mark.said) > 1
    follows = near != "word" and len(mark.said) <= _FIGURES and not zero
    return mark if fits and follows else replace(mark, what="word")


def _has_amount(seen: list[Mark], at: int) -> bool:
    """Whether the line of a bare number has an amount of its own: "10 2 túi", "2 túi 10"."""
    after = seen[at + 1] if at + 1 < len(seen) else None
    if after is not None and after.what == "amount" and after.firm:
        return True
    if any(m.what == "each" for m in seen):
        return at == 0 or seen[at - 1].what != "each"
    before = seen[at - 1] if at else None
    coded = any(m.what == "code" for m in seen[:at]) or (after is not None and after.what == "code")
    return before is not None and before.what == "amount" and before.unit is not None and not coded


def _put_together(seen: Sequence[Mark], on_table: PinnedCode | None, table: Table) -> list[_Line]:
    """Give every code its amount and variant: those after it, or those before it."""
    lines: list[_Line] = []
    waiting: Mark | None = None
    waiting_variant: str | None = None
    for index, mark in enumerate(seen):
        line = lines[-1] if lines else None
        if mark.what == "code":
            if line and waiting is None and _again(line, mark):
                line.name = mark.said
                continue
            lines.append(_Line(mark.pin, mark.said, waiting, waiting_variant))
            waiting, waiting_variant = None, None
        elif mark.what == "amount":
            if line is None:
                waiting = waiting or mark
            elif _next(seen, index) == "code" and line.amount is not None:
                waiting = mark
            elif line.amount is None and not (waiting is None and _leads(seen, index, lines)):
                line.amount = mark
            elif line.variant is not None or _varies(seen, index, line):
                lines.append(_Line(line.pin, line.name, mark))
            else:
                waiting = mark
        elif mark.what == "variant":
            said = _variant(mark, table)
            pin = line.pin if line else on_table
            if line and line.variant is None and said in _variants(pin):
                line.variant = said
            elif line and said in _variants(pin):
                lines.append(_Line(line.pin, line.name, None, said))
            else:
                waiting_variant = said
    if not lines and (waiting or waiting_variant or any(m.what in {"verb", "plus"} for m in seen)):
        variant = waiting_variant if waiting_variant in _variants(on_table) else None
        return [_Line(on_table, "", waiting, variant)]
    return lines


def _next(seen: Sequence[Mark], index: int) -> str:
    return next((m.what for m in seen[index + 1 :] if m.what not in _BESIDE), "")


def _again(line: _Line, mark: Mark) -> bool:
    """Tell a second name of the same thing ("áo 1 cái mã B2") from a new line."""
    return line.pin is mark.pin and line.name != mark.said


def _leads(seen: Sequence[Mark], index: int, lines: Sequence[_Line]) -> bool:
    """Whether an amount belongs to the code after it, as all before it did: "1 A1 2 B2"."""
    before = lines[0].amount is not None and lines[0].amount.start < _first(seen)
    after = next((m for m in seen[index + 1 :] if m.what in {"code", "amount", "sep"}), None)
    return before and after is not None and after.what == "code"


def _first(seen: Sequence[Mark]) -> int:
    return next(mark.start for mark in seen if mark.what == "code")


def _varies(seen: Sequence[Mark], index: int, line: _Line) -> bool:
    after = seen[index + 1] if index + 1 < len(seen) else None
    return after is not None and after.what == "variant" and bool(_variants(line.pin))


def _variants(pin: PinnedCode | None) -> tuple[str, ...]:
    return pin.variants if pin else ()


def _variant(mark: Mark, table: Table) -> str:
    """Return the variant that a mark like "size M" or "đỏ" names."""
    words = re.sub(r"^(?:size|sz|mau|co) ?(?:so )?(?=.)", "", mark.said)
    return table.variants.get(mark.said) or table.variants[words]


def _item(line: _Line, focus: str | None) -> Item:
    unit = line.amount.unit if line.amount else None
    number = line.amount.number if line.amount else None
    code = line.pin.code if line.pin else focus
    return Item(code, number, unit or (line.pin.unit if line.pin else None), line.variant)


def _swapped(
    body: str, lines: Sequence[_Line], items: tuple[Item, ...], focus: str | None
) -> tuple[Item, ...]:
    """Return the items with what is done with each: "đổi 01 sang 02" takes one away (R9)."""
    if len(items) == 2 and _SWAP.search(body):
        gone = replace(items[0], quantity=None, unit=None, op="remove")
        return gone, items[1]
    op = "set" if _SET.search(body) else "add" if _ADD.search(body) else None
    return tuple(replace(item, op=op) for item in items)


def merge(lines: Sequence[Item]) -> tuple[Item, ...]:
    """Add up the quantities said for one code and variant (R12)."""
    merged: dict[tuple[str | None, str | None, bool], Item] = {}
    for line in lines:
        key = (line.code, line.variant, line.op == "remove")
        old = merged.get(key)
        if old and old.quantity is not None and line.quantity is not None:
            line = replace(old, quantity=old.quantity + line.quantity)
        merged[key] = line
    return tuple(merged.values())
