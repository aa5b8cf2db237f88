"""A clause as a row of marks: codes, amounts, variants, verbs, and the words between them."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from shop.livestream.understanding import lexicon
from shop.livestream.understanding.table import UNIT as UNIT
from shop.livestream.understanding.table import UNITS as UNITS
from shop.livestream.understanding.table import PinnedCode as PinnedCode
from shop.livestream.understanding.table import Table as Table


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing seen in a clause, from `start` to `end`.

    `what`: code, amount, variant, verb, weak (a verb that needs more), filler, each, times, plus,
    money, strange (a code of nobody), sep or word. `firm`: an amount said with a unit, a counting
    word, a times or plus sign, or in words.
    """

    what: str
    start: int
    end: int
    said: str
    pin: PinnedCode | None = None
    number: Decimal | None = None
    unit: str | None = None
    firm: bool = False


_FILLER = re.compile(lexicon.FILLER)
_NOT = re.compile(rf"h[uủ]y|dung|khoi|{lexicon.NO}")
_PARTED = {"kg", "yến", "tạ", "tấn", "lít", "lạng"}
_AFTER_TAIL = {"", "code", "filler", "sep"}
_HALF = Decimal("0.5")
_COURTESY = {"filler", "sep", "money"}


def row(body: str, known: Table) -> list[Mark]:
    """Return the marks of a clause, amounts put together from their words."""
    return [_or_code(mark, known) for mark in _amounts(_raw(body, known))]


def _raw(body: str, known: Table) -> list[Mark]:
    """What stands in a clause, word by word."""
    raw: list[Mark] = []
    for match in known.pattern.finditer(body):
        what, said, pin = str(match.lastgroup), match[0].rstrip(), None
        if what in _NAMED:
            pin = known.pin("=" + match["bare"] if match["bare"] else match[0])
            what = "vague" if what == "alias" and said in known.vague else "code"
        unit = known.units[said] if what == "unit" else None
        raw.append(Mark(what, match.start(), match.end(), said, pin, unit=unit))
    for at, mark in enumerate(raw):
        if mark.what == "vague":
            raw[at] = _as_name(raw, at)
    return raw


_NAMED = {"marked", "bare", "code", "alias"}
_BEFORE_NAME = {"num", "numword", "count", "half", "more", "unit", "verb", "weak", "each", "times"}
_AFTER_NAME = {"num", "count", "half", "times"}


def _as_name(raw: list[Mark], at: int) -> Mark:
    """A name that may be another word is one only beside an amount or a buying verb."""
    mark = raw[at]
    before = raw[at - 1].what if at else ""
    after = raw[at + 1].what if at + 1 < len(raw) else ""
    counts, fills = mark.said in lexicon.NUMBERS, _FILLER.fullmatch(mark.said) is not None
    if after == "unit" and counts:
        return replace(mark, what="numword", pin=None)
    # "cho dì Sáu" is who, "shop ơi 2 hộp" a call.
    beside = before in _BEFORE_NAME and not (counts and before == "weak")
    if not beside and ((fills and at) or after not in _AFTER_NAME):
        return replace(mark, what="filler" if fills else "word", pin=None)
    return replace(mark, what="code")


def _or_code(mark: Mark, known: Table) -> Mark:
    """Note with a bare number which code it may be ("10")."""
    if mark.what != "amount" or mark.firm or mark.said not in known.names:
        return mark
    return replace(mark, pin=known.names[mark.said])


def _amounts(raw: list[Mark]) -> list[Mark]:
    found: list[Mark] = []
    index = 0
    while index < len(raw):
        took, mark = _amount(raw, index)
        if mark is None:
            mark = raw[index]
            plain = {"unit", "half", "more", "counter"}
            what = "filler" if _FILLER.fullmatch(mark.said) else "word"
            mark = replace(mark, what=what) if mark.what in plain else mark
            took = 1
        found.append(mark)
        index += took
    return found


def _amount(raw: list[Mark], at: int) -> tuple[int, Mark | None]:
    """Return how many marks from `at` on are one amount, and that amount."""
    here = raw[at]
    what = [mark.what for mark in raw[at : at + 7]] + [""] * 7
    number, used, firm = _number(raw, at, what)
    if number is None:
        return _one(raw, at)
    last = what[used - 1]
    if what[used] == "count" and last in {"num", "numword", "half"} and _counts(raw, at + used):
        number *= lexicon.COUNTS[raw[at + used].said]
        used, firm, last = used + 1, True, "count"
    if last == "count" and what[used] == "more":
        number += lexicon.COUNTS[raw[at + used - 1].said] * _HALF
        used += 1
    unit = None
    if what[used] == "unit":
        unit = raw[at + used].unit
        used, firm = used + 1, True
        tail = raw[at + used] if what[used] == "num" else None
        if tail and unit in _PARTED and len(tail.said) == 1 and what[used + 1] in _AFTER_TAIL:
            number += Decimal(tail.said) / 10
            used += 1
    elif what[used] == "counter":
        used, firm = used + 1, firm
    if what[used] == "more":
        number += _HALF
        used, firm = used + 1, True
    end = raw[at + used - 1].end
    mark = Mark("amount", here.start, end, here.said, None, number, unit, firm)
    return used, mark


def _one(raw: list[Mark], at: int) -> tuple[int, Mark | None]:
    """The unit of one thing asked for: "cho em chai mật ong", "thêm gói miến"."""
    here, after = raw[at], raw[at + 1] if at + 1 < len(raw) else None
    before = next((m for m in reversed(raw[:at]) if m.what != "filler" or m.said == "them"), None)
    asked = before is not None and (before.what in {"verb", "weak"} or before.said == "them")
    asked = asked and not any(_NOT.fullmatch(m.said) for m in raw[:at])
    if here.what != "unit" or not asked or after is None or after.what != "code":
        return 0, None
    # "cái A1" only points; "gửi em chai mật bị vỡ" tells of one that came.
    if here.unit in {"cái", "chiếc"} or any(m.what not in _COURTESY for m in raw[at + 2 :]):
        return 0, None
    return 1, replace(here, what="amount", number=Decimal(1), firm=True)


def _number(raw: list[Mark], at: int, what: list[str]) -> tuple[Decimal | None, int, bool]:
    """Return the number that begins at `at`, how many marks it takes, and whether it is firm."""
    here = raw[at]
    if what[0] == "num":
        said = here.said.replace(",", ".")
        return (_HALF if said == "1/2" else Decimal(said)), 1, False
    if what[0] == "numword":
        return _worded(raw, at, what)
    if what[0] == "half":
        return _HALF, 1, True
    if what[0] == "unit" and what[1] == "more":
        return Decimal(1), 0, True
    if what[0] == "count" and _counts(raw, at):
        return Decimal(lexicon.COUNTS[here.said]), 1, True
    if what[0] in {"times", "plus"} and what[1] == "num":
        digits = raw[at + 1].said.replace("1/2", "0.5")
        if what[0] == "plus" and digits.startswith("0"):
            return None, 0, False
        return Decimal(digits.replace(",", ".")), 2, True
    return None, 0, False


def _worded(raw: list[Mark], at: int, what: list[str]) -> tuple[Decimal | None, int, bool]:
    """Return "hai", "mười hai", "hai mươi lăm": words count before what they count."""
    if at == 0 and [mark.said for mark in raw[:2]] == ["ba", "tui"]:
        return None, 0, False  # my father, not three bags ("túi")
    value, used = lexicon.NUMBERS[raw[at].said], 1
    if value < 10 and what[1] == "numword" and raw[at + 1].said == "muoi":
        value, used = value * 10, 2
    if value % 10 == 0 and what[used] == "numword" and raw[at + used].said != "muoi":
        value, used = value + lexicon.NUMBERS[raw[at + used].said], used + 1
    follows = what[used] in {"unit", "count", "counter", "code", "variant"}
    before = next((m.what for m in reversed(raw[:at]) if m.what != "filler"), "")
    after_verb = before in {"verb", "weak", "each", "times"} and raw[at].said not in {"nam"}
    plain = at > 0 and raw[at - 1].said[-1:].isdigit()
    after_code = before == "code" and (plain or raw[at].said not in lexicon.AMBIGUOUS_NUMBERS)
    ends = what[used] in {"", "filler", "sep", "plus"}
    if follows and what[used] in {"code", "counter", "variant"} and not _said_to_buy(raw, at):
        follows = False
    if raw[at].said == "sau" and not follows:  # "lấy sau" is later
        return None, 0, False
    if follows or ((after_verb or after_code) and ends):
        return Decimal(value), used, True
    return None, 0, False


def _said_to_buy(raw: list[Mark], at: int) -> bool:
    """Whether a buying verb or nothing but courtesy stands before: "chốt hai A1"."""
    before = {mark.what for mark in raw[:at]}
    counter = raw[at + 1].what == "counter"
    return bool(before & {"verb", "weak"}) or not (counter or before - {"filler", "code"})


def _counts(raw: list[Mark], at: int) -> bool:
    """Whether a counting word counts: after a number, or before what is counted."""
    said, after = raw[at].said, raw[at + 1].what if at + 1 < len(raw) else ""
    before = next((m.what for m in reversed(raw[:at]) if m.what != "filler"), "")
    if said == "doi" and any(mark.said in {"sang", "thanh", "qua"} for mark in raw[at:]):
        return False
    if before in {"num", "numword", "half"}:
        return said not in {"ta", "doi"} or after in {"unit", "code", "word"}
    if said == "doi":
        return after in {"unit", "code"} and raw[at + 1].said[:1].isalpha()
    counted = after in {"unit", "code", "more"}
    return counted or (said in {"chuc", "cap", "đôi", "tá"} and before in {"verb", "code"})


def places(body: str, known: Table) -> list[tuple[int, int, str]]:
    """Return where codes, quantities, units, variants and verbs stand, for the screen."""
    shown = {"num": "quantity", "numword": "quantity", "count": "quantity", "half": "quantity"}
    shown |= {"times": "quantity", "plus": "quantity", "unit": "unit", "weak": "verb"}
    shown |= {w: w for w in ("code", "verb", "variant", "strange")}
    found: list[tuple[int, int, str]] = []
    for mark in _raw(body, known):
        what = shown.get(mark.what)
        start, end = mark.start, mark.start + len(mark.said)
        if what and end > start:
            joins = found and found[-1][2] == what == "quantity"
            if joins and body[found[-1][1] : start].strip() == "":
                start = found.pop()[0]
            found.append((start, end, what))
    return found
