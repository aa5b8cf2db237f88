"""What a session's codes add to the language: one pattern of all words, and what they mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from shop import quantities, text
from shop.livestream.understanding import lexicon
from shop.livestream.understanding.names import Names, names_of


@dataclass(frozen=True)
class PinnedCode:
    """A code on sale in the session."""

    code: str
    unit: str
    aliases: tuple[str, ...]
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """What a session's codes add to the language: one pattern of all words, and their meaning.

    `called`: what of a comment is no other word than the name of goods. `listed`: a comma between
    two variants.
    """

    pins: tuple[PinnedCode, ...]
    pattern: re.Pattern[str]
    called: re.Pattern[str]
    listed: re.Pattern[str]
    names: dict[str, PinnedCode]
    variants: dict[str, str]
    vague: frozenset[str]
    units: dict[str, str]

    def heard(self, body: str) -> str:
        """The comment with the names of goods in capitals, which no other pattern matches."""
        return self.called.sub(lambda m: "Z" * len(m[0]), body)

    def pin(self, said: str) -> PinnedCode | None:
        """What is called so."""
        forms = (said, said.replace(" ", ""), text.fold(said))
        return next((self.names[form] for form in forms if form in self.names), None)


# "ta" without its accent is a dozen (tá), never 100 kg; with it ("tạ") it is kept.
UNITS = {word: unit for word, unit in quantities.FOLDED_UNITS.items() if word != "ta"}
UNITS |= {"box": "hộp", "pack": "gói", "bag": "túi"}
# As said (R4), though each is also a "túi", "hũ" or "quả".
UNITS |= {text.fold(said): said for said in ("bịch", "lọ", "trái")}
UNITS |= {kept: unit for kept, unit in quantities.UNITS.items() if kept in lexicon.KEPT}
UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
# Without a unit only halves are parted so, and what follows a sign: "a1 1.5", "x0,25".
_HALVES = (
    r"(?<![\d.,])(?:0|[1-9]\d?)\.5(?![\d.,\w])"
    r"|(?:(?<=[x×*])|(?<=[x×*] ))(?:0|[1-9]\d?)[.,]\d{1,2}(?![\d.,\w])"
)
_SIGNS = (
    r"sl(?= ?\d|:)|sl\b|so luong\b|×|\*|[:=-](?= ?\d)|x(?= ?\d)|(?<=\d)x(?![a-z])|(?<=\d )x(?= )"
)


@lru_cache(maxsize=256)
def table(pins: tuple[PinnedCode, ...]) -> Table:
    """Return the words of a session with these codes."""
    known = called(pins)
    names: dict[str, PinnedCode] = {}
    variants: dict[str, str] = {}
    for pin in pins:
        low = text.fold(pin.code)
        names[low.replace(" ", "")] = names["=" + (low.lstrip("0") or low)] = pin
        for alias in pin.aliases:
            for said in {text.fold(alias), known.form(alias)} - {""}:
                names[said] = pin
        for variant in pin.variants:
            for said in {text.fold(variant), known.form(variant)} - {""}:
                variants[said] = variant
    units = UNITS | _own_units(pins)
    aliases = {alias for pin in pins for alias in pin.aliases if text.fold(alias)}
    patterns = sorted((known.pattern(alias) for alias in aliases), key=len, reverse=True)
    firm = [
        re.escape(known.form(a)) if text.fold(a) in known.vague else known.pattern(a)
        for a in aliases
        if known.form(a) not in known.vague
    ]
    return Table(
        pins,
        re.compile("|".join(_parts(pins, "|".join(patterns), variants, _any(units)))),
        re.compile(rf"(?<!\w)(?:{'|'.join(sorted(firm, key=len, reverse=True)) or '(?!)'})(?!\w)"),
        re.compile("|".join(_commas(variants)) or "(?!)"),
        names,
        variants,
        known.vague,
        units,
    )


@lru_cache(maxsize=256)
def called(pins: tuple[PinnedCode, ...]) -> Names:
    """What the goods of these codes are called."""
    return names_of(
        [alias for pin in pins for alias in pin.aliases],
        [variant for pin in pins for variant in pin.variants],
    )


@lru_cache(maxsize=256)
def glued(pins: tuple[PinnedCode, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """A code with a variant behind it and no space, and the two apart: "T1M"."""
    pairs = ((text.fold(pin.code), text.fold(v)) for pin in pins for v in pin.variants)
    return tuple(
        (re.compile(rf"(?<!\w){re.escape(code + variant)}(?!\w)"), f"{code} {variant}")
        for code, variant in pairs
        if code[-1:].isdigit() and variant.isalpha()
    )


def _own_units(pins: tuple[PinnedCode, ...]) -> dict[str, str]:
    """Units that only these goods are sold by: "xấp" of bánh tráng."""
    return {
        form: pin.unit
        for pin in pins
        for form in (text.fold(pin.unit),)
        if pin.unit and form not in UNITS
    }


def _parts(
    pins: tuple[PinnedCode, ...], aliases: str, variants: dict[str, str], units: str
) -> Iterable[str]:
    """Every kind of mark as a named group; the first that fits is taken, a word whole."""
    codes = [text.fold(pin.code) for pin in pins]
    sized = "m" in variants  # "M 1 cái" is a size, "m5" still a code
    marked = _any(code.lstrip("0") or code for code in codes)
    mark = rf"(?:(?:ma so|ma|sp|so|code|#)[ :.]*|m{'(?: (?=0))?' if sized else ' ?'})0*"
    direct = [_glued(code) for code in codes if not code.isdigit() or code.startswith("0")]
    ends = r"(?![\da-wyz]|x[a-z])"
    if direct:
        # Before what is marked: "m2" is M2 where there is such a code, and not 02.
        yield rf"(?P<code>(?:{'|'.join(direct)}){ends})"
    if codes:
        yield rf"(?P<marked>{mark}(?P<bare>{marked})(?![\da-wyz_]|x[a-z]|[.,/]\d))"
    glued = "|".join([*direct, aliases] if aliases else direct) or r"(?!)"
    unit = rf"(?:{units})(?:(?![^\W\d_])|(?=(?:{glued})(?![a-z\d])))"
    if aliases:
        yield rf"(?P<alias>(?:{aliases})(?:(?!\w)|(?=\d+(?:[.,]\d+)? ?{unit})))"
    if variants:
        # Without a space before it, a variant of figures alone ("39") would swallow quantities.
        bare = _any(v for v in variants if not v.isdigit()) or r"(?!)"
        worded = rf"(?:size|sz|mau|co) ?(?:so )?(?:{_any(variants)})"
        yield rf"(?P<variant>(?:{worded}|(?<!cho )(?<!gui )(?:{bare}))(?! oi\b)(?!\w))"
    whole = rf"\d+(?=$|[\W_]|x(?![a-z])|{unit}|{glued})"
    yield rf"(?P<num>1/2(?= ?{unit})|\d+[.,]\d+(?= ?{unit})|{_HALVES}|{whole})"
    yield rf"(?P<half>(?:(?:nửa|nua) |½ ?)(?=(?:{units}|ta|tá|chuc)(?![a-z])))"
    yield rf"(?P<unit>{unit})"
    yield rf"(?P<numword>(?:{'|'.join(lexicon.NUMBERS)})(?!\w))"
    yield rf"(?P<count>(?:{'|'.join(lexicon.COUNTS)})(?!\w))"
    yield r"(?P<more>ruoi(?!\w))"
    yield r"(?P<each>moi (?:thu|loai|ma|mon|vi|cai|mau|size|sp|san pham)(?!\w))"
    yield rf"(?P<times>{_SIGNS})"
    yield r"(?P<plus>\+)"
    yield rf"(?P<verb>(?:{lexicon.BUY}|{lexicon.RAISE})(?!\w))|(?P<weak>{lexicon.GIVE}(?!\w))"
    yield (
        r"(?P<strange>(?:(?:ma so|ma|sp|code|#) ?0*\d+|so 0*\d{1,3}(?= *(?:$|"
        + lexicon.FILLER
        + r"(?!\w)))|(?!q\d|p\d|x\d)[a-z]{1,2}\d{1,3})(?!\w))"
    )
    yield rf"(?P<counter>{lexicon.COUNTER}(?!\w))|(?P<filler>{lexicon.FILLER}(?!\w))"
    yield r"(?P<money>~+)|(?P<word>\w+)|(?P<sep>\S)"


def _commas(variants: Iterable[str]) -> Iterable[str]:
    """The comma after each variant, where another follows."""
    names = _any(variants)
    return (rf"(?<=\b{re.escape(one)}),(?= ?(?:{names})\b)" for one in variants)


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
