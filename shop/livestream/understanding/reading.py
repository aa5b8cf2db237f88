"""Read one comment: order, question, cancel, phone or noise, with its lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from shop.livestream.understanding import lexicon, lines, tokens
from shop.livestream.understanding.lines import Item as Item
from shop.livestream.understanding.lines import PinnedCode as PinnedCode

Kind = Literal["order", "question", "cancel", "phone", "noise"]
VERSION = "3"


@dataclass(frozen=True)
class Span:
    """A place in the NFC form of the comment and what was seen there."""

    start: int
    end: int
    what: str


@dataclass(frozen=True)
class Reading:
    """The meaning of one comment; confidence in percent."""

    kind: Kind
    items: tuple[Item, ...]
    phone: str | None
    confidence: int
    spans: tuple[Span, ...]
    version: str = VERSION


_VERBS = re.compile(rf"\b(?:{lexicon.VERB})\b")
# A comma before a number with a unit is a decimal one, unless it follows a code ("01,2 kg").
_CLAUSE_END = re.compile(
    rf"(?!(?<=\d)(?<![a-z0]\d),[1-9]\d? ?(?:{lines.UNIT})\b)(?:{lexicon.BREAK})"
)
_QUESTIONS = re.compile(lexicon.QUESTION)
_STRANGE = re.compile(
    rf"\b(?!x\d)(?!(?:{lines.UNIT}|sl|q|p)\d)[a-z]{{1,2}}\d{{1,3}}\b|\b(?:ma|sp) ?0*\d+\b"
)


def read(said: str, pins: Sequence[PinnedCode], focus: str | None) -> Reading:
    """Return what the comment asks for; never raises, whatever the text."""
    pinned = tuple(pins)
    folded = tokens.fold(said, _spelled(pinned))
    phone, place, body = tokens.take_phone(folded.body)
    spans = [Span(*folded.place(*place), "phone")] if place else []
    linked = bool(re.search(lexicon.LINK, body))
    for pattern in (lexicon.LINK, lexicon.MONEY, lexicon.ADDRESS):
        body = tokens.without(pattern, body)
    if re.search(lexicon.SPAM, body):
        return Reading("noise", (), None, 90, ())
    kind, items = _meaning(body, pinned, focus)
    if linked and kind in {"question", "noise"}:
        return Reading("noise", (), None, 80, ())
    if kind == "noise" and phone:
        kind = "phone"
    seen = _seen(body, pinned)
    spans += [Span(*folded.place(a, b), what) for a, b, what in seen]
    sure = _confidence(kind, items, {what for _, _, what in seen})
    spans.sort(key=lambda span: span.start)
    return Reading(kind, items, None if kind == "noise" else phone, sure, tuple(spans))


@lru_cache(maxsize=256)
def _spelled(pins: tuple[PinnedCode, ...]) -> dict[str, frozenset[str]]:
    words = tokens.spellings(*(alias for pin in pins for alias in pin.aliases))
    known = tokens.WORDS
    return {w: known.get(w, frozenset()) | words.get(w, frozenset()) for w in {*known, *words}}


def _seen(body: str, pins: tuple[PinnedCode, ...]) -> list[tuple[int, int, str]]:
    """Return what was recognised, for the screen to underline."""
    codes = lines.table(pins)[0]
    patterns = (
        (codes, "code"),
        (lines.TIMES, "quantity"),
        (lines.QUANTITY, "quantity"),
        (_VERBS, "verb"),
    )
    found: list[tuple[int, int, str]] = []
    for pattern, what in (*patterns, (_QUESTIONS, "question")):
        for match in pattern.finditer(body):
            start, end = match.start(), match.start() + len(match[0].rstrip())
            named = "unit" in pattern.groupindex and match["unit"] is not None
            if named:
                found.append((*match.span("unit"), "unit"))
                end = start + len(body[start : match.start("unit")].rstrip())
            if end > start and not any(a < end and start < b for a, b, _ in found):
                found.append((start, end, what))
    return found


def _confidence(kind: Kind, items: tuple[Item, ...], seen: set[str]) -> int:
    """Return percent: 40 for any order, then by what was said rather than supposed.

    Code or alias +25, buying verb +15, quantity +15; without a code to stand for it: 20.
    The weights are judgement, not a measured frequency.
    """
    if kind != "order":
        return 80 if kind == "phone" or "question" in seen else 60
    if any(item.code is None for item in items):
        return 20
    return 40 + 25 * ("code" in seen) + 15 * ("verb" in seen) + 15 * ("quantity" in seen)


def _meaning(
    body: str, pins: tuple[PinnedCode, ...], focus: str | None
) -> tuple[Kind, tuple[Item, ...]]:
    body = tokens.without(lexicon.NOT_CANCEL, body)
    body = re.sub(lexicon.INSTEAD, r"\1,", body)
    wanted: list[Item] = []
    withdrawn: list[Item] = []
    supposed: list[Item] = []
    asked, cancelled = False, False
    for clause in _CLAUSE_END.split(body):
        if re.search(lexicon.CANCEL, clause.strip()):
            cancelled = True
            withdrawn += [i for i in lines.find(clause.strip(), pins, None)[0] if i.code]
            continue
        head, question = _committed(clause.strip())
        asked = asked or question
        if not head or _unpinned(head, pins) or not _commits(head, pins):
            continue
        found = lines.find(head, pins, focus)[0]
        named = lines.table(pins)[0].search(head) or re.search(r"\d", head)
        (wanted if named else supposed).extend(found)
    wanted = wanted or ([] if cancelled else supposed)
    if cancelled and not (wanted and withdrawn):
        return "cancel", lines.merge(withdrawn)
    if any(i.quantity is not None and i.quantity <= 0 for i in wanted):
        return "noise", ()
    if wanted:
        return "order", lines.merge([replace(i, op="remove") for i in withdrawn] + wanted)
    return ("question" if asked or "?" in body else "noise"), ()


def _unpinned(head: str, pins: tuple[PinnedCode, ...]) -> bool:
    """Tell whether a code of nobody is named: never bent to another code (R13)."""
    rest = lines.table(pins)[0].sub(lambda m: "~" * len(m[0]), head)
    return bool(_STRANGE.search(rest))


def _committed(clause: str) -> tuple[str, bool]:
    question = bool(re.search(lexicon.QUESTION, clause))
    if re.search(lexicon.PROMOTION, clause) or re.search(lexicon.OTHER, clause):
        return "", question
    if re.search(lexicon.CONDITION, clause):
        return "", True
    if re.search(lexicon.PAST, clause) or re.search(lexicon.WAITING, clause):
        return "", question
    if not question:
        return clause, False
    side = re.search(lexicon.SIDE, clause)
    head = clause[: side.start()].strip() if side else ""
    return ("" if re.search(lexicon.QUESTION, head) else head), True


def _commits(head: str, pins: tuple[PinnedCode, ...]) -> bool:
    _, only = lines.find(head, pins, None)
    return only or bool(
        re.search(rf"\b(?:{lexicon.VERB})|\bdoi\b|\bsua\b|\bthem\b|\bsize\b|\bsz\b", head)
    )
