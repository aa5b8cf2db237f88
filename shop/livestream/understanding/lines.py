"""Codes, amounts and variants of one clause, put together as lines."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from shop import text
from shop.livestream.understanding import lexicon, marks, unknown
from shop.livestream.understanding.marks import Mark, Table
from shop.livestream.understanding.marks import PinnedCode as PinnedCode
from shop.quantities import FOLDED_UNITS


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

    `named`: a code or alias was said; `coded`: a code. `counted`: an amount was said. `bought`: a
    buying verb, or a weak one ("cho em") with something after it. `alone`: nothing else was said.
    `strange`: a code of nobody. `foreign`: words not understood before the amount, and after it.
    `unclear`: a number that is no amount, or an amount of what has no name here ("1 cái tim").
    `strays`: words not understood before or among those that tell of an order, and after them.
    `left_over`: an amount that went into no line or cannot be read, or something to swap for what
    is not named.
    """

    items: tuple[Item, ...]
    named: bool = False
    coded: bool = False
    counted: bool = False
    bought: bool = False
    alone: bool = False
    strange: bool = False
    foreign: tuple[int, int] = (0, 0)
    unsaid: tuple[int, ...] = ()
    unclear: bool = False
    strays: tuple[int, int] = (0, 0)
    left_over: bool = False

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
_MORE = re.compile(r"^(?:(?:a|da|DA|shop|oi|e|em|c|chi|cho) )*them\b")
_ONLY, _LESS = re.compile(lexicon.ONLY), re.compile(f"{lexicon.LESS}$")
_STATING = re.compile(lexicon.STATING)
_WHERE = {"ve", "giao", "ship", "den"}
_SENT = {*_WHERE, "gui", "gởi"}
_BESIDE = {"filler", "sep", "money"}


def find(body: str, heard: str, known: Table, focus: str | None) -> Found:
    """Return what a clause wants; lines without a code or name take `focus`.

    `heard`: the clause with the names of goods in capitals.
    """
    row = marks.row(body, known)
    seen = _settled(row)
    what = {mark.what for mark in seen}
    on_table = next((pin for pin in known.pins if pin.code == focus), None)
    lines = _put_together(seen, on_table, known)
    named, amounts = "code" in what, [m for m in seen if m.what == "amount"]
    counted = any(m.firm for m in amounts) or (bool(amounts) and named)
    counted = counted or (len(amounts) == 1 and _alone(seen))
    counted = counted or any(_of_variant(one, other, on_table) for one, other in pairwise(seen))
    garbled = any(_is_garbled(one, other) for one, other in pairwise(seen))
    bought = "verb" in what or ("weak" in what and (named or bool(amounts)))
    counted = (counted and not _had(heard, amounts)) or (named and "each" in what)
    first = amounts[0].start if amounts else len(body)
    # What stands before a colon heads the list after it: "ăn Tết: nem 2 hộp".
    last = amounts[-1].start if amounts else 0
    told = _STATING.search(heard, heard.rfind(":", 0, last) + 1, last)
    counted = counted and (bought or not told)
    # Where the goods go needs not be understood.
    ends = next((m.start for m in seen if m.said in _WHERE), len(body))
    words = [m for m in unknown.words(seen) if m.start < ends]
    before = sum(m.start < first and not (bought and unknown.praises(m)) for m in words)
    items = _changed(heard, tuple(_item(line, focus) for line in lines))
    return Found(
        items,
        named=named,
        coded=any(m.what == "code" and m.said[-1:].isdigit() for m in seen),
        counted=counted or garbled or (bought and bool(amounts)) or (named and "variant" in what),
        bought=bought or _asks_to_change(heard, seen),
        alone=_alone(seen),
        strange="strange" in what,
        foreign=(before, sum(m.start >= first for m in words)),
        unsaid=tuple(i for i, item in enumerate(items) if item.quantity is None),
        unclear=unknown.thing(row, seen, ends, named=named),
        strays=unknown.strays(_before_address(seen)),
        left_over=garbled
        or _left_over(lines, amounts)
        or _half_swapped(heard, items)
        or ("variant" in what and not any(line.variant for line in lines)),
    )


def _asks_to_change(heard: str, seen: Sequence[Mark]) -> bool:
    """Whether goods are named in a wish without a verb of buying: "đổi 01 sang 02", "thêm mật"."""
    what = {mark.what for mark in seen}
    if not what & {"code", "variant"}:
        return False
    more = "code" in what and _alone(seen) and bool(_MORE.search(heard))
    return more or bool(_CHANGES.search(heard))


def _before_address(seen: Sequence[Mark]) -> Sequence[Mark]:
    """What stands before where the goods go: "về Vinh", "gửi Sóc Trăng", said after them."""
    goods = next((at for at, m in enumerate(seen) if m.what in {"amount", "code"}), len(seen))
    sent = (at for at in range(goods, len(seen)) if seen[at].said.partition(" ")[0] in _SENT)
    return seen[: next(sent, len(seen))]


def _alone(seen: Sequence[Mark]) -> bool:
    return not any(m.what == "word" for m in seen)


def _is_garbled(code: Mark, after: Mark) -> bool:
    """Whether a code is followed by an amount in letters of the buyer's own, or by what is a code
    too: "R2 3b", "A1 x 3" where X3 is for sale. "c 2 hũ" may be two from her ("chị") or C2."""
    if re.fullmatch(r"[a-z] \d", code.said) and after.unit and after.number is None:
        return True
    said = re.fullmatch(r"\d{1,2}[a-z]{1,2}|x \d{1,2}", after.said)
    return code.what == "code" and after.what in {"word", "code"} and said is not None


def _of_variant(amount: Mark, after: Mark, on_table: PinnedCode | None) -> bool:
    """Whether so many of a variant of what lies on the table are meant: "1 M 1 XL"."""
    return amount.what == "amount" and after.what == "variant" and bool(_variants(on_table))


def _half_swapped(heard: str, items: Sequence[Item]) -> bool:
    """Whether something is swapped and one side is not said: "đổi sang chả hấp nha"."""
    return len(items) == 1 and bool(_SWAP.search(heard)) and not _SET.search(heard)


def _left_over(lines: Sequence[_Line], amounts: Sequence[Mark]) -> bool:
    """Whether an amount went into no line: "2 hũ cho em 1 hũ cho bạn"."""
    return sum(line.amount is not None for line in lines) < len(amounts)


def _had(body: str, amounts: Sequence[Mark]) -> bool:
    """Whether the amounts are how many there are, or come with it: "còn 2 hộp", "tặng 2 hộp"."""
    said = [body[: m.start] for m in amounts]
    return bool(said) and all(_NOT_WANTED.search(s) and not _LESS.search(s) for s in said)


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
            its_own = waiting_variant if waiting_variant in _variants(mark.pin) else None
            lines.append(_Line(mark.pin, mark.said, waiting, its_own))
            waiting, waiting_variant = None, None
        elif mark.what == "amount":
            if line is None and waiting and waiting_variant in _variants(on_table):
                lines.append(_Line(on_table, "", waiting, waiting_variant))
                waiting, waiting_variant = mark, None
            elif line is None:
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
                lines.append(_Line(line.pin, line.name, waiting, said))
                waiting = None
            elif waiting_variant in _variants(on_table) and said in _variants(on_table):
                lines += [
                    _Line(on_table, "", waiting, waiting_variant),
                    _Line(on_table, variant=said),
                ]
                waiting = waiting_variant = None
            else:
                waiting_variant = said
    if not lines and (waiting or waiting_variant or any(m.what in {"verb", "plus"} for m in seen)):
        variant = waiting_variant if waiting_variant in _variants(on_table) else None
        return [_Line(on_table, "", waiting, variant)]
    return lines


def _next(seen: Sequence[Mark], index: int) -> str:
    return next((m.what for m in seen[index + 1 :] if m.what not in _BESIDE), "")


def _again(line: _Line, mark: Mark) -> bool:
    """Tell a second name of the same thing ("áo 1 cái mã B2", "N2 N2") from a new line."""
    bare = line.amount is None and line.variant is None
    return line.pin is mark.pin and (bare or line.name != mark.said)


def _leads(seen: Sequence[Mark], index: int, lines: Sequence[_Line]) -> bool:
    """Whether an amount belongs to the code after it, as all before it did: "1 A1 2 B2"."""
    before = lines[0].amount is not None and lines[0].amount.start < _first(seen)
    after = next((m for m in seen[index + 1 :] if m.what in {"code", "amount", "sep"}), None)
    return before and after is not None and after.what == "code"


def _first(seen: Sequence[Mark]) -> int:
    return next((mark.start for mark in seen if mark.what == "code"), 0)


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
    usual = line.pin.unit if line.pin else None
    if unit is None or (usual and _canonical(unit) == _canonical(usual)):
        unit = usual
    return Item(code, number, unit, line.variant)


def _canonical(unit: str) -> str:
    """ "trái" and "quả" are one unit: what is sold by the one is asked for by the other."""
    folded = text.fold(unit)
    return FOLDED_UNITS.get(folded, folded)


def _changed(body: str, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items with what is done with each: "đổi 01 sang 02" takes one away (R9)."""
    if len(items) == 2 and _SWAP.search(body):
        old, new = items
        if new.quantity is None:  # "đổi 01 sang 2 hộp 02"
            new = replace(new, quantity=old.quantity, unit=old.unit if old.quantity else new.unit)
        return replace(old, quantity=None, unit=None, op="remove"), new
    op = "set" if _SET.search(body) or _ONLY.search(body) else "add" if _ADD.search(body) else None
    return tuple(replace(item, op=op) for item in items)


def merge(lines: Sequence[Item]) -> tuple[Item, ...]:
    """Add up the quantities said for one code and variant (R12). A total whose variants are told
    after it is told by them: "lấy 2 áo, 1 M 1 XL".
    """
    merged: dict[tuple[str | None, str | None, bool], Item] = {}
    for line in lines:
        key = (line.code, line.variant, line.op == "remove")
        old = merged.get(key)
        if old and old.quantity is not None and line.quantity is not None:
            line = replace(old, quantity=old.quantity + line.quantity)
        merged[key] = line
    found = merged.values()
    return tuple(line for line in found if not _is_total(line, found))


def _is_total(line: Item, lines: Iterable[Item]) -> bool:
    told = [i.quantity or 0 for i in lines if i.code == line.code and i.variant and i.op == line.op]
    return line.variant is None and len(told) > 1 and sum(told) == line.quantity
