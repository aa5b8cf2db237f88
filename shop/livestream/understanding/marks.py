"""A clause as a row of marks: codes, amounts, variants, verbs, and the words between them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from shop import quantities, text
from shop.livestream.understanding import lexicon, tokens


@dataclass(frozen=True)
class PinnedCode:
    """A code on sale in the session."""

    code: str
    unit: str
    aliases: tuple[str, ...]
    variants: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Table:
    """What a session's codes add to the language: one pattern of all words, and their meaning."""

    pins: tuple[PinnedCode, ...]
    pattern: re.Pattern[str]
    names: dict[str, PinnedCode]
    variants: dict[str, str]


# "ta" without its accent is a dozen (tá), never 100 kg; with it ("tạ") it is kept.
UNITS = {word: unit for word, unit in quantities.FOLDED_UNITS.items() if word != "ta"}
UNITS |= {kept: unit for kept, unit in quantities.UNITS.items() if kept in lexicon.KEPT}
UNIT = "|".join(sorted((re.escape(word) for word in UNITS), key=len, reverse=True))
_FILLER = re.compile(lexicon.FILLER)
_PARTED = {"kg", "yến", "tạ", "tấn", "lít", "lạng"}
_AFTER_TAIL = {"", "code", "filler", "sep"}
_HALF = Decimal("0.5")
_SIGNS = (
    r"sl(?= ?\d|:)|sl\b|so luong\b|×|\*|[:=-](?= ?\d)|x(?= ?\d)|(?<=\d)x(?![a-z])|(?<=\d )x(?= )"
)


@lru_cache(maxsize=256)
def table(pins: tuple[PinnedCode, ...]) -> Table:
    """Return the words of a session with these codes."""
    names: dict[str, PinnedCode] = {}
    variants: dict[str, str] = {}
    for pin in pins:
        low = text.fold(pin.code)
        names[low.replace(" ", "")] = names["=" + (low.lstrip("0") or low)] = pin
        for alias in pin.aliases:
            for said in {text.fold(alias), tokens.bare(alias)} - {""}:
                names[said] = pin
        for variant in pin.variants:
            for said in {text.fold(variant), tokens.bare(variant)} - {""}:
                variants[said] = variant
    return Table(pins, re.compile("|".join(_parts(pins, names, variants))), names, variants)


def _parts(
    pins: tuple[PinnedCode, ...], names: dict[str, PinnedCode], variants: dict[str, str]
) -> Iterable[str]:
    """Every kind of mark as a named group; the first that fits is taken, a word whole."""
    codes = [text.fold(pin.code) for pin in pins]
    aliases = _any(n for n in names if not n.startswith("=") and n not in codes)
    sized = "m" in variants  # "M 1 cái" is a size, "m5" still a code
    marked = _any(code.lstrip("0") or code for code in codes)
    mark = rf"(?:(?:ma so|ma|sp|so|code|#)[ :.]*|m{'(?: (?=0))?' if sized else ' ?'})0*"
    direct = [_glued(code) for code in codes if not code.isdigit() or code.startswith("0")]
    ends = r"(?![\da-wyz]|x[a-z])"
    if codes:
        yield rf"(?P<marked>{mark}(?P<bare>{marked})(?![\da-wyz_]|x[a-z]|[.,/]\d))"
    if direct:
        yield rf"(?P<code>(?:{'|'.join(direct)}){ends})"
    if aliases:
        yield rf"(?P<alias>(?:{aliases})(?![a-z\d]))"
    glued = "|".join([*direct, aliases] if aliases else direct) or r"(?!)"
    if variants:
        # Without a space before it, a variant of figures alone ("39") would swallow quantities.
        bare = _any(v for v in variants if not v.isdigit()) or r"(?!)"
        worded = rf"(?:size|sz|mau|co) ?(?:so )?(?:{_any(variants)})"
        yield rf"(?P<variant>(?:{worded}|(?<!cho )(?<!gui )(?:{bare}))(?![a-z\d]))"
    unit = rf"(?:{UNIT})(?:(?![a-z])|(?=(?:{glued})(?![a-z\d])))"
    whole = rf"\d+(?=$|[\W_]|x(?![a-z])|{unit}|{glued})"
    yield rf"(?P<num>1/2(?= ?{unit})|\d+[.,]\d+(?= ?{unit})|{whole})"
    yield rf"(?P<half>(?:nửa|nua) (?=(?:{UNIT}|ta|chuc)(?![a-z])))"
    yield rf"(?P<unit>{unit})"
    yield rf"(?P<numword>(?:{'|'.join(lexicon.NUMBERS)})(?!\w))"
    yield rf"(?P<count>(?:{'|'.join(lexicon.COUNTS)})(?!\w))"
    yield r"(?P<more>ruoi(?!\w))"
    yield r"(?P<each>moi (?:thu|loai|ma|mon|vi|cai|mau|size|sp|san pham)(?!\w))"
    yield rf"(?P<times>{_SIGNS})"
    yield r"(?P<plus>\+)"
    yield rf"(?P<verb>{lexicon.BUY}(?!\w))|(?P<weak>{lexicon.GIVE}(?!\w))"
    yield r"(?P<strange>(?:(?:ma so|ma|sp) ?0*\d+|(?!q\d|p\d|x\d)[a-z]{1,2}\d{1,3})(?!\w))"
    yield rf"(?P<counter>{lexicon.COUNTER}(?!\w))|(?P<filler>{lexicon.FILLER}(?!\w))"
    yield r"(?P<money>~+)|(?P<word>\w+)|(?P<sep>\S)"


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _glued(code: str) -> str:
    """Return the pattern of a code whose letters and figures may stand apart ("a 1")."""
    parts = re.findall(r"[a-z]+|\d+", code)
    apart = " ?".join(parts)
    if len(parts) < 2 or "".join(parts) != code:
        return re.escape(code)
    # "cho a 1 hộp": a is "anh" there.
    return rf"{code}|(?<!cho )(?<!gui )(?<!de ){apart}"


def row(body: str, known: Table) -> list[Mark]:
    """Return the marks of a clause, amounts put together from their words."""
    raw: list[Mark] = []
    for match in known.pattern.finditer(body):
        what = str(match.lastgroup)
        if what == "bare":
            what = "marked"
        pin = None
        if what in {"marked", "code", "alias"}:
            key = "=" + match["bare"] if what == "marked" else match[0]
            pin = known.names.get(key) or known.names.get(key.replace(" ", ""))
            what = "code"
        raw.append(Mark(what, match.start(), match.end(), match[0].rstrip(), pin))
    return [_or_code(mark, known) for mark in _amounts(raw)]


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
        return 0, None
    last = what[used - 1]
    if what[used] == "count" and last in {"num", "numword", "half"} and _counts(raw, at + used):
        number *= lexicon.COUNTS[raw[at + used].said]
        used, firm, last = used + 1, True, "count"
    if last == "count" and what[used] == "more":
        number += lexicon.COUNTS[raw[at + used - 1].said] * _HALF
        used += 1
    unit = None
    if what[used] == "unit":
        unit = UNITS[raw[at + used].said]
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
        digits = raw[at + 1].said
        if what[0] == "plus" and digits.startswith("0"):
            return None, 0, False
        return Decimal(digits.replace(",", ".")), 2, True
    return None, 0, False


def _worded(raw: list[Mark], at: int, what: list[str]) -> tuple[Decimal | None, int, bool]:
    """Return "hai", "mười hai", "hai mươi lăm": words count before what they count."""
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
    before = raw[at - 1].what if at else ""
    if said == "doi" and any(mark.said in {"sang", "thanh", "qua"} for mark in raw[at:]):
        return False
    if before in {"num", "numword", "half"}:
        return said not in {"ta", "doi"} or after in {"unit", "code", "word"}
    if said == "doi":
        return after in {"unit", "code"} and raw[at + 1].said[:1].isalpha()
    counted = after in {"unit", "code", "more"}
    return counted or (said in {"chuc", "cap", "đôi"} and before in {"verb", "code"})


def places(body: str, known: Table) -> list[tuple[int, int, str]]:
    """Return where codes, quantities, units, variants and verbs stand, for the screen."""
    shown = {"num": "quantity", "numword": "quantity", "count": "quantity", "half": "quantity"}
    shown |= {"times": "quantity", "plus": "quantity", "unit": "unit", "weak": "verb"}
    shown |= {w: w for w in ("code", "verb", "variant", "strange")} | {
        "marked": "code",
        "alias": "code",
    }
    found: list[tuple[int, int, str]] = []
    for match in known.pattern.finditer(body):
        what = shown.get("marked" if match.lastgroup == "bare" else str(match.lastgroup))
        start, end = match.start(), match.start() + len(match[0].rstrip())
        if what and end > start:
            if (
                found
                and found[-1][2] == what == "quantity"
                and body[found[-1][1] : start].strip() == ""
            ):
                start = found.pop()[0]
            found.append((start, end, what))
    return found
