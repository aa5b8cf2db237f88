"""What somebody typed into the search box: its words, and other words for the same thing."""

import json
import re
from functools import cache
from pathlib import Path

from shop import text

# One way to say what is wanted: words in lower case with the accents as typed.
Phrase = tuple[str, ...]

MOST_WORDS, MOST_PHRASES = 8, 6

_FILE = Path(__file__).parent / "data" / "synonyms.json"


def read(typed: str) -> list[Phrase]:
    """The words as typed, then with regional words for the same thing; empty when no word."""
    said = tuple(clean(typed).split()[:MOST_WORDS])
    found = [said] if said else []
    for group in _groups():
        found += [other for phrase in found for other in _reworded(phrase, group)]
        found = list(dict.fromkeys(found))[:MOST_PHRASES]
    return found


def clean(typed: str) -> str:
    """Letters and digits in lower case, one space between words, tones on one place."""
    return " ".join(re.sub(r"[\W_]+", " ", text.normalise_tone(typed).lower()).split())


def fold(phrase: Phrase) -> Phrase:
    """The phrase without accents."""
    return tuple(map(text.fold, phrase))


def accented(phrase: Phrase) -> bool:
    """Whether accents were typed, so that they may be trusted."""
    return any(not word.isascii() for word in phrase)


def sound(word: str) -> str:
    """As the SQL function `sound` writes it: one letter for those that are mixed up."""
    plain = text.fold(word).replace("tr", "ch").replace("gi", "d")
    return plain.translate(str.maketrans("lxry", "nsdi"))


def _reworded(phrase: Phrase, group: list[Phrase]) -> list[Phrase]:
    """`phrase` with the first word of `group` in it replaced by each of the others."""
    for member in group:
        for at in range(len(phrase) - len(member) + 1):
            part = phrase[at : at + len(member)]
            if all(map(_same, part, member)):
                rest = phrase[:at], phrase[at + len(member) :]
                return [(*rest[0], *other, *rest[1]) for other in group if other != member]
    return []


def _same(typed: str, known: str) -> bool:
    """Accents that were typed must fit: "giỏ" is no "giò", "gio" may be."""
    return typed == known or (typed.isascii() and typed == text.fold(known))


@cache
def _groups() -> list[list[Phrase]]:
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["groups"]
    return [[tuple(clean(member).split()) for member in row] for row in rows]
