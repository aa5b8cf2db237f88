"""A cooperative's own words for ordering and cancelling, and which words must not be any."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from shop import text
from shop.livestream.understanding import lexicon, marks, tokens
from shop.livestream.understanding.marks import PinnedCode

MOST_WORDS = 4


@dataclass(frozen=True)
class Own:
    """Phrases that mean to order, and to cancel."""

    order: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()


NOTHING = Own()

Patterns = tuple[tuple[re.Pattern[str], str], ...]

_ORDERS = rf"{lexicon.BUY}|{lexicon.GIVE}|{lexicon.SWAP}"
_COUNTS = "|".join((*lexicon.NUMBERS, *lexicon.COUNTS, marks.UNIT, "nua", "nửa", "ruoi"))
_MONEY = r"(?:k|ng|nghin|ngan|d|dong|tr|trieu|vnd|tien|coc|ck|cod|ship)"
_ASKS = rf"(?:{lexicon.NO}|kg|chua|sao|gi|nao|may|bao|nhieu|gia|ai|dau|con|duoc|dc|hỏi|hoi|neu)"
# What a phrase may not be: why → the words that make it so.
_NEVER = (
    ("plain", re.compile(rf"(?:{lexicon.FILLER}|{lexicon.MARK})(?: (?:{lexicon.FILLER}))*")),
    ("counts", re.compile(rf"(?:{_COUNTS}|{lexicon.COUNTER})(?: (?:{_COUNTS}))*")),
    ("money", re.compile(rf"{_MONEY}(?: {_MONEY})*")),
    (
        "said",
        re.compile(
            rf".*(?:{lexicon.PAST}|{lexicon.WAITING}|{lexicon.OTHER}|{lexicon.CONDITION}"
            rf"|{lexicon.PROMOTION}|{lexicon.SPAM}|{lexicon.NOT_CANCEL}).*"
        ),
    ),
    ("asks", re.compile(rf"(?:.*\b)?(?:{_ASKS})\b.*|.*(?:{lexicon.QUESTION}).*")),
)
_OTHER_SIDE = {
    "order": re.compile(rf".*(?:{lexicon.CANCEL}).*"),
    "cancel": re.compile(rf".*\b(?:{_ORDERS})\b.*|.*(?:{lexicon.ADD}).*"),
}


def trouble(kind: str, phrase: str) -> str | None:
    """Why a phrase cannot mean to order or to cancel ("order", "cancel"), in one word; or None.

    A number, a unit, a code, one letter, a word that asks or only fills, and a word that already
    means the opposite would turn questions, phones and small talk into orders.
    """
    folded = tokens.bare(phrase)
    words = folded.split()
    if len(words) > MOST_WORDS:
        return "long"
    if any(c.isdigit() for c in folded) or not re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)*", folded):
        return "letters"
    if sum(len(word) for word in words) < 2:
        return "letter"
    forms = (folded, text.fold(phrase))
    for why, pattern in (("other_side", _OTHER_SIDE[kind]), *_NEVER):
        if any(pattern.fullmatch(form) for form in forms):
            return why
    return None


@lru_cache(maxsize=256)
def patterns(own: Own, pins: tuple[PinnedCode, ...]) -> Patterns:
    """The own phrases, and the word of ours that each stands for; the name of goods stays one."""
    goods = {text.fold(alias) for pin in pins for alias in (*pin.aliases, *pin.variants)}
    found = []
    for said, word in ((own.cancel, "huy"), (own.order, "chot")):
        phrases = _any(phrase for phrase in said if text.fold(phrase) not in goods)
        if phrases:
            found.append((re.compile(rf"(?<!\w)(?:{phrases})(?!\w)"), word))
    return tuple(found)


def _any(phrases: Iterable[str]) -> str:
    bare = {form for phrase in phrases for form in (tokens.bare(phrase), text.fold(phrase))}
    return "|".join(re.escape(phrase) for phrase in sorted(bare - {""}, key=len, reverse=True))
