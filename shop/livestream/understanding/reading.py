"""Read one comment: order, question, cancel, phone or noise, with its lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from shop.livestream.understanding import lexicon, lines, marks, tokens
from shop.livestream.understanding import own as own_words
from shop.livestream.understanding import table as tables
from shop.livestream.understanding.lines import Item as Item
from shop.livestream.understanding.marks import PinnedCode as PinnedCode
from shop.livestream.understanding.marks import Table
from shop.livestream.understanding.own import NOTHING
from shop.livestream.understanding.own import Own as Own

Kind = Literal["order", "question", "cancel", "phone", "noise"]
VERSION = "5"


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

    @property
    def is_strange(self) -> bool:
        """Whether nothing comes of it but it names a code of nobody: a person must see it (R13)."""
        return self.kind in {"noise", "phone"} and any(s.what == "strange" for s in self.spans)


_ONE, _MANY = Decimal(1), Decimal(50)
# A comma before a number with a unit is a decimal one, unless it follows a code ("01,2 kg").
_CLAUSE_END = re.compile(
    rf"(?!(?<=\d)(?<![a-z0]\d),[1-9]\d? ?(?:{marks.UNIT})\b)(?:{lexicon.BREAK})"
)
_BLANKED = [re.compile(p) for p in (lexicon.LINK, lexicon.THANKS, lexicon.MONEY, lexicon.ADDRESS)]
_EACH = re.compile(
    r"\bmoi (?:thu|loai|ma|mon|vi|cai|mau|size|sp|san pham) ?(?:lay|:|x|chot)? ?"
    rf"(?P<n>\d{{1,3}}|{'|'.join(lexicon.NUMBERS)})(?: (?P<unit>{marks.UNIT}))?(?!\w)"
)
_SPAM, _LINK, _NOT_CANCEL, _WITHDRAWN, _WISH, _CANCEL, _MISTAKE, _QUESTION, _SIDE, _CONDITION = (
    re.compile(pattern)
    for pattern in (
        lexicon.SPAM,
        lexicon.LINK,
        lexicon.NOT_CANCEL,
        lexicon.WITHDRAWN,
        lexicon.WISH,
        lexicon.CANCEL,
        lexicon.MISTAKE,
        lexicon.QUESTION,
        lexicon.SIDE,
        lexicon.CONDITION,
    )
)
# A number as codes are written ("06"), and no part of a date, a time or a longer number.
_ZERO_CODE = re.compile(r"(?<![\w/:.,~+-])0\d(?![\w/:.,~-]| ?(?:gio|h|phut|thang|giay)\b)")
_MAY_I = re.compile(rf"\b(?:duoc|dc) (?:{lexicon.NO}|chua)\b|\bstk\b|\bib\b")
_NOT_NOW = re.compile("|".join((lexicon.PAST, lexicon.WAITING)))
_NOT_MINE = re.compile("|".join((lexicon.PROMOTION, lexicon.OTHER, lexicon.REMARK, lexicon.URGING)))


def read(said: str, pins: Sequence[PinnedCode], focus: str | None, own: Own = NOTHING) -> Reading:
    """Return what the comment asks for; never raises, whatever the text."""
    pinned = tuple(pins)
    folded = tokens.fold(said, _spelled(own), tables.called(pinned))
    if own != NOTHING:
        folded = tokens.put(folded, own_words.patterns(own, pinned))
    phone, place, body = tokens.take_phone(folded.body)
    spans = [Span(*folded.place(*place), "phone")] if place else []
    linked = bool(_LINK.search(body))
    for pattern in _BLANKED:
        body = pattern.sub(_blank, body)
    if _SPAM.search(body):
        return Reading("noise", (), None, 90, ())
    known = tables.table(pinned)
    kind, items, confidence = _meaning(body, known, focus)
    if linked and kind in {"question", "noise"}:
        return Reading("noise", (), None, 80, ())
    if kind == "noise" and phone:
        kind, confidence = "phone", 85
    seen = (_strange if kind in {"noise", "phone"} else _seen)(body, known)
    spans += [Span(*folded.place(a, b), what) for a, b, what in seen]
    spans.sort(key=lambda span: span.start)
    return Reading(kind, items, None if kind == "noise" else phone, confidence, tuple(spans))


def _blank(match: re.Match[str]) -> str:
    return "~" * len(match[0])


@lru_cache(maxsize=256)
def _spelled(own: Own) -> dict[str, frozenset[str]]:
    words = tokens.spellings(*own.order, *own.cancel)
    known = tokens.WORDS
    return {w: known.get(w, frozenset()) | words.get(w, frozenset()) for w in {*known, *words}}


def _seen(body: str, known: Table) -> list[tuple[int, int, str]]:
    """Return what was recognised, for the screen to underline."""
    found = marks.places(body, known)
    for match in _QUESTION.finditer(body):
        start, end = match.start(), match.start() + len(match[0].rstrip())
        if end > start and not any(a < end and start < b for a, b, _ in found):
            found.append((start, end, "question"))
    return found


def _strange(body: str, known: Table) -> list[tuple[int, int, str]]:
    """The same where nothing comes of the comment: "06" may be a code of nobody, no quantity."""
    seen = _seen(body, known)
    named = [
        (m.start(), m.end(), "strange")
        for m in _ZERO_CODE.finditer(body)
        if not any(a < m.end() and m.start() < b and what == "code" for a, b, what in seen)
    ]
    return [s for s in seen if not any(a < s[1] and s[0] < b for a, b, _what in named)] + named


Meaning = tuple[Kind, tuple[Item, ...], int]


def _meaning(body: str, known: Table, focus: str | None) -> Meaning:
    body, heard = _rewritten(body, known)
    body, each = _each(body, heard)
    wanted: list[Item] = []
    withdrawn: list[Item] = []
    supposed: list[Item] = []
    doubts: list[int] = []
    asked, cancelled, mistake = False, False, False
    for clause, plain, ended in _clauses(body, heard):
        mistake = mistake or bool(_MISTAKE.search(plain))
        if (mistake or _CANCEL.search(plain)) and not _about_cancelling(plain):
            cancelled = True
            withdrawn += _withdrawn(clause, plain, known)
            continue
        end, question = _committed(plain)
        asked = asked or question
        head = clause[:end].rstrip()
        found = lines.find(head, plain[: len(head)], known, focus) if head else None
        if found is not None and withdrawn and not wanted and _goes_on(head, found):
            withdrawn += _withdrawn(head, plain[: len(head)], known)
            continue
        if found is None or not _commits(found, question=question, ended=ended):
            asked = asked or ended == "?"
            doubts += [10] if found is None and clause and not question else []
            doubts += [35] if found is not None and found.strange else []
            continue
        doubts += [_doubt(plain, found, question=question)]
        items = [_complete(item, i in found.unsaid, each) for i, item in enumerate(found.items)]
        (wanted if found.named or found.counted else supposed).extend(items)
    wanted = wanted or ([] if cancelled else supposed)
    if cancelled and not (wanted and withdrawn):
        # Without a line it takes back everything: not beside a new wish, nor for a slip.
        sure = bool(withdrawn) or not (wanted or mistake)
        return "cancel", lines.merge(withdrawn), 85 if sure else 45
    if any(i.quantity is not None and i.quantity <= 0 for i in wanted):
        return "noise", (), 60
    if wanted:
        removed = [replace(i, op="remove") for i in withdrawn]
        merged = lines.merge(removed + wanted)
        return "order", merged, _confidence(merged, doubts)
    return ("question" if asked or "?" in body else "noise"), (), 80 if asked else 60


def _commits(found: lines.Found, *, question: bool, ended: str) -> bool:
    """Whether a clause asks to buy, and not only about what it names ("B5 hạn dùng bao lâu")."""
    if ended == "?" and not found.bought:
        return False
    return found.commits and (found.bought or found.counted or not question)


def _rewritten(body: str, known: Table) -> tuple[str, str]:
    """Blank what only looks like a cancel, and part what is withdrawn from what is taken for it.

    Also the same with the names of goods in capitals: "khô bò" is no "bỏ".
    """
    heard = known.heard(body)
    for match in _NOT_CANCEL.finditer(heard):
        body, heard = (
            said[: match.start()] + _blank(match) + said[match.end() :] for said in (body, heard)
        )
    for at in _instead(heard):
        body, heard = (f"{said[:at]},{said[at + 1 :]}" for said in (body, heard))
    return body, heard


def _instead(heard: str) -> Iterator[int]:
    """Where a new wish follows a withdrawn line: "hủy 05 lấy 2 gói 02"."""
    for match in _WITHDRAWN.finditer(heard):
        wish = _WISH.search(heard, match.end())
        if wish and re.search(r"[\dZ]", heard[match.end() : wish.start()]):
            yield wish.start()


def _clauses(body: str, heard: str) -> list[tuple[str, str, str]]:
    """Return each clause, the same with its names in capitals, and the sign that ends it."""
    found, start = [], 0
    for match in [*_CLAUSE_END.finditer(heard), None]:
        end = match.start() if match else len(body)
        clause = body[start:end]
        low = start + len(clause) - len(clause.lstrip())
        high = low + len(clause.strip())
        if low < high:
            sign = "?" if match and match[0].strip()[:1] == "?" else ""
            found.append((body[low:high], heard[low:high], sign))
        start = match.end() if match else end
    return found


def _each(body: str, heard: str) -> tuple[str, tuple[Decimal, str | None] | None]:
    """Take "mỗi thứ 2" out of the comment: it counts for every line without an amount (R3)."""
    match = _EACH.search(heard)
    if match is None:
        return body, None
    said = match["n"]
    number = Decimal(said) if said.isdigit() else Decimal(lexicon.NUMBERS[said])
    unit = marks.UNITS[match["unit"]] if match["unit"] else None
    blank = "~" * (match.end() - match.start("n"))
    return body[: match.start("n")] + blank + body[match.end() :], (number, unit)


def _complete(item: Item, unsaid: bool, each: tuple[Decimal, str | None] | None) -> Item:
    if not unsaid or item.op == "remove":
        return item
    if each is None:
        return replace(item, quantity=_ONE)
    return replace(item, quantity=each[0], unit=each[1] or item.unit)


def _withdrawn(clause: str, heard: str, known: Table) -> list[Item]:
    """Return the lines that a cancelling clause names; without a quantity: all of the line (R8)."""
    found = lines.find(clause, heard, known, None)
    taken = [replace(item, op=None) for item in found.items if item.code]
    wanted = [i if i.quantity is not None else replace(i, unit=None) for i in taken]
    return [i for i in wanted if i.quantity is None or i.quantity > 0]


def _about_cancelling(clause: str) -> bool:
    """Whether a clause asks about cancelling rather than for it ("hủy đơn mất phí không")."""
    return bool(_QUESTION.search(clause)) and not _MAY_I.search(clause)


def _goes_on(clause: str, found: lines.Found) -> bool:
    """Whether a clause only names more of what the one before it cancels: "hủy 01, 02"."""
    bare = found.named and found.alone and not (found.bought or found.counted)
    return bare and not re.search(r"\bdoi\b", clause)


def _committed(heard: str) -> tuple[int, bool]:
    """Return up to where a clause may be an order, and whether the clause asks something."""
    question = bool(_QUESTION.search(heard))
    if _NOT_MINE.search(heard):
        return 0, question
    if _CONDITION.search(heard):
        return 0, True
    if _NOT_NOW.search(heard):
        return 0, question
    if not question:
        return len(heard), False
    side = _SIDE.search(heard)
    end = side.start() if side else 0
    return (0 if _QUESTION.search(heard[:end]) else end), True


def _doubt(clause: str, found: lines.Found, *, question: bool) -> int:
    """Return how many points a clause loses for what was not said, or not understood."""
    before, after = found.foreign
    doubt = 0 if found.named else 10
    doubt += 0 if found.counted and found.bought else 5 if found.named else 10
    doubt += 10 if not found.counted and not found.bought else 0
    doubt += min(15, 8 * before) + min(35, (5 if found.bought else 8) * after)
    return doubt + 5 * question + 20 * bool(_MAY_I.search(clause))


def _confidence(items: Sequence[Item], doubts: Sequence[int]) -> int:
    """Return percent of an order: 95 less its doubts, at least 40.

    A clear order (70 or more) names its code, or is an amount or a verb for what lies on the table.
    It loses points for a code not named (10), for no verb or no amount (5 to 20), each word that
    was not understood (5; 8 before the amount or without a verb), a question beside it
    (5), "được không" (20), a clause about the past or somebody else (10), a code of nobody beside
    it (30), a change (5), more than 50 of something (30). With nothing on the table a line without
    a code stands at 45: a person must say what is meant. The weights are judgement, checked by
    `ocop bench reading`, which counts how many of those at 70 and more are read right.
    """
    sure = 95 - sum(doubts[:1]) - sum(max(0, d - 5) for d in doubts[1:])
    sure -= 5 * any(item.op is not None for item in items)
    sure -= 30 * any(_large(item) for item in items)
    if any(item.code is None for item in items):
        sure = min(sure, 45)
    return max(40, sure)


def _large(item: Item) -> bool:
    most = _MANY * 100 if item.unit == "g" else _MANY
    return item.quantity is not None and item.quantity > most
