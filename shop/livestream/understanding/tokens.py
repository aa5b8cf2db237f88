"""A comment folded letter by letter; every folded letter remembers its place in the comment."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from shop import phones
from shop import text as texts
from shop.livestream.understanding import lexicon
from shop.livestream.understanding.names import Names

# Digits that may be (part of) a phone: alone, with the letter o for 0, or glued to a word.
_DIGITS = re.compile(
    r"(?<![a-z\d~])[\do]*\d[\do]*(?![a-z\d])|(?<![a-z\d~])o+(?![a-z\d])|(?<!\d)\d{10,12}(?!\d)"
)
_GAP = re.compile(r"[ .\-()]{0,3}")
_LONGEST, _SHORTEST = 14, 10
# Stretched letters: three of any, two of those that never stand twice in Vietnamese words.
_LONG = re.compile(
    r"([a-np-z!])\1{2,}|([b-df-hj-np-tvwyz])\2(?![\w]*\d)|(?<=[a-z])([aeiu])\3(?=[^\w]|$)"
)
_GLUED = re.compile(
    r"\b(?:chot|lay|mua|dat|cho)(?=(?:[a-z]|ma|ma )?\d)"
    r"|(?<=\d)(?=(?:chot|lay|mua|dat|h[uủ]y|size|sz)\b|sdt)"
)
# Laughter: "kkk" is no "k" (không).
_LAUGHTER = re.compile(r"\bk{3,}\b")
_WORD = re.compile(r"[^\W\d_]+")
NO_NAMES = Names()


@dataclass(frozen=True)
class Folded:
    """`body`: folded text; `at[i]`: where its letter i stands in the NFC comment."""

    body: str
    at: tuple[int, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the NFC comment that body[start:end] came from."""
        return self.at[start], self.at[end - 1] + 1


def fold(text: str, spelled: Mapping[str, frozenset[str]], names: Names = NO_NAMES) -> Folded:
    """Fold case, accents, stretched letters, emoji and spaces.

    A word typed with accents that are not those of the meaning (`spelled`: bare word → its
    spellings) is put in capitals, which no pattern matches: "bò" is not "bỏ". A word of the goods'
    `names` keeps its accents where they decide.
    """
    whole = texts.nfc(text)
    lower = "".join(map(_letter, whole))
    body = "".join(map(_bare, lower))
    if lower != body:
        plain = body
        body = _WORD.sub(lambda m: _word(m[0], plain[m.start() : m.end()], spelled, names), lower)
    kept = _shortened(_LAUGHTER.sub(lambda m: " " * len(m[0]), body))
    return Folded("".join(c for c, _ in kept), tuple(i for _, i in kept))


def put(folded: Folded, words: Iterable[tuple[re.Pattern[str], str]]) -> Folded:
    """Write a word in place of the phrases that mean it; places stay those of the phrase."""
    body, at = folded.body, folded.at
    for pattern, word in words:
        for match in reversed(list(pattern.finditer(body))):
            start, end = match.span()
            middle = (at[start],) * (len(word) - 1) + (at[end - 1],)
            body, at = body[:start] + word + body[end:], at[:start] + middle + at[end:]
    return Folded(body, at)


@lru_cache(maxsize=4096)
def _letter(char: str) -> str:
    if char == "½":
        return char
    wide = unicodedata.normalize("NFKC", char).lower()
    if len(wide) != 1:
        wide = wide[:1] or " "
    if wide.isspace() or unicodedata.category(wide) in {"So", "Cn", "Cf", "Mn", "Me", "Sk"}:
        return " "
    return wide


@lru_cache(maxsize=4096)
def _bare(char: str) -> str:
    return "d" if char == "đ" else unicodedata.normalize("NFD", char)[0]


def _word(word: str, bare: str, spelled: Mapping[str, frozenset[str]], names: Names) -> str:
    """Return a word folded; kept where its accents decide; in capitals if it is another word."""
    if word == bare:
        return bare
    if word in lexicon.KEPT:
        return lexicon.KEPT[word]
    named = names.spelled(word, bare)
    if named is not None and len(named) == len(bare):
        return named
    known = spelled.get(bare, frozenset())
    other = (known or bare in names.bare) and texts.normalise_tone(word) not in known
    return bare.upper() if other else bare


def bare(phrase: str) -> str:
    """Return a phrase as it stands in a folded comment that spells it with all accents."""
    words = texts.nfc(phrase).lower().split()
    return " ".join(lexicon.KEPT.get(word, texts.fold(word)) for word in words)


def _shortened(body: str) -> list[tuple[str, int]]:
    drop = {i for m in _LONG.finditer(body) for i in range(m.start() + 1, m.end())}
    kept: list[tuple[str, int]] = []
    for index, char in enumerate(body):
        if index not in drop and not (char == " " and (not kept or kept[-1][0] == " ")):
            kept.append((char, index))
    while kept and kept[-1][0] == " ":
        kept.pop()
    gaps = [m.end() for m in _GLUED.finditer("".join(c for c, _ in kept))]
    for gap in reversed(gaps):
        kept.insert(gap, (" ", kept[gap][1]))
    return kept


def spellings(*phrases: str) -> dict[str, frozenset[str]]:
    """Return bare word → accepted spellings, of all the words in `phrases`."""
    found: dict[str, set[str]] = {}
    for word in " ".join(phrases).lower().split():
        found.setdefault(texts.fold(word), set()).add(texts.normalise_tone(word))
    return {bare: frozenset(words) for bare, words in found.items()}


def take_phone(text: str) -> tuple[str | None, tuple[int, int] | None, str]:
    """Return the first national number, its place, and the text with all of them blanked.

    Digits in groups are a phone when they make one together; a code or a quantity beside it
    ("05 0900 000 012") stays what it is.
    """
    number, place = None, None
    groups = [m.span() for m in _DIGITS.finditer(text)] if _many_digits(text) else []
    index = 0
    while index < len(groups):
        found = _phone(text, groups, index)
        if found and _like_code(text, groups[index]):  # "05 0208 3000 106"
            later = _phone(text, groups, index + 1) if index + 1 < len(groups) else None
            found = later if later and later[2] > found[2] else found
        if found is None:
            index += 1
            continue
        said, start, end, index = found
        if number is None:
            number, place = said, (start, end)
        text = text[:start] + "~" * (end - start) + text[end:]
    return number, place, text


def _many_digits(text: str) -> bool:
    return sum(c.isdigit() or c == "o" for c in text) >= _SHORTEST - 1


def _phone(
    text: str, groups: list[tuple[int, int]], first: int
) -> tuple[str, int, int, int] | None:
    """Return number, start, end, and the index of the group after, of a phone from `first` on."""
    start = groups[first][0]
    sign = "+" if text[:start].endswith("+") else ""
    digits = 0
    for index in range(first, len(groups)):
        low, high = groups[index]
        if index > first and not _GAP.fullmatch(text, groups[index - 1][1], low):
            return None
        digits += high - low
        if digits > _LONGEST:
            return None
        if digits >= _SHORTEST and (said := _national(sign + text[start:high])):
            if index > first and all(_like_code(text, each) for each in groups[first : index + 1]):
                return None
            return said, start - len(sign), high, index + 1
    return None


def _like_code(text: str, group: tuple[int, int]) -> bool:
    """Whether a group of figures is written like a code: "03 05 07 08 09" is no phone."""
    low, high = group
    return high - low == 2 and text[low] == "0"


def _national(said: str) -> str | None:
    try:
        return phones.national(phones.parse(said))
    except ValueError:
        return None


WORDS = spellings(lexicon.SPELLED)
