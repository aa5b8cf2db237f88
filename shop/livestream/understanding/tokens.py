"""A comment folded letter by letter; every folded letter remembers its place in the comment."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from shop import phones
from shop import text as texts
from shop.livestream.understanding import lexicon

_PHONE = re.compile(r"(?<![\w])(?:\+?84|0084|\(?[0o])[ .\-()]*(?:[\do][ .\-()]*){8,11}(?![\w])")
_LONG = re.compile(r"([a-np-z!])\1{2,}")
_GLUED = re.compile(r"\b(?:chot|lay|mua|dat)(?=[a-z]?\d)|(?<=\d)(?=(?:chot|lay|mua|dat)\b)")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Folded:
    """`body`: folded text; `at[i]`: where its letter i stands in the NFC comment."""

    body: str
    at: tuple[int, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the NFC comment that body[start:end] came from."""
        return self.at[start], self.at[end - 1] + 1


def fold(text: str, spelled: Mapping[str, frozenset[str]]) -> Folded:
    """Fold case, accents, stretched letters, emoji and spaces.

    A word typed with accents that are not those of the meaning (`spelled`: bare word → its
    spellings) is put in capitals, which no pattern matches: "bò" is not "bỏ".
    """
    whole = texts.nfc(text)
    lower = "".join(_letter(c) for c in whole)
    body = "".join(_bare(c) for c in lower)
    for match in _WORD.finditer(lower):
        if _foreign(match[0], body[match.start() : match.end()], spelled):
            word = body[match.start() : match.end()].upper()
            body = body[: match.start()] + word + body[match.end() :]
    kept = _shortened(body)
    return Folded("".join(c for c, _ in kept), tuple(i for _, i in kept))


def _letter(char: str) -> str:
    wide = unicodedata.normalize("NFKC", char).lower()
    if len(wide) != 1:
        wide = wide[:1] or " "
    if wide.isspace() or unicodedata.category(wide) in {"So", "Cn", "Cf", "Mn", "Sk"}:
        return " "
    return wide


def _bare(char: str) -> str:
    return "d" if char == "đ" else unicodedata.normalize("NFD", char)[0]


def _foreign(word: str, bare: str, spelled: Mapping[str, frozenset[str]]) -> bool:
    if word == bare or bare not in spelled:
        return False
    return texts.normalise_tone(word) not in spelled[bare]


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


def without(pattern: str, text: str) -> str:
    """Blank what matches, keeping every position."""
    return re.sub(pattern, lambda m: "~" * len(m[0]), text)


def take_phone(text: str) -> tuple[str | None, tuple[int, int] | None, str]:
    """Return the first national number, its place, and the text with all of them blanked."""
    number, place = None, None
    for match in _PHONE.finditer(text):
        said = match[0].rstrip(" .-(")
        try:
            found = phones.national(phones.parse(said))
        except ValueError:
            continue
        if number is None:
            number, place = found, (match.start(), match.start() + len(said))
        text = text[: match.start()] + "~" * len(match[0]) + text[match.end() :]
    return number, place, text


WORDS = spellings(lexicon.SPELLED)
