"""Read one comment: order, question, cancel, phone or noise, with its lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from shop.livestream.understanding import (
    addresses,
    cancels,
    clauses,
    doubts,
    lexicon,
    lines,
    marks,
    tokens,
)
from shop.livestream.understanding import own as own_words
from shop.livestream.understanding import table as tables
from shop.livestream.understanding.lines import Item as Item
from shop.livestream.understanding.marks import PinnedCode as PinnedCode
from shop.livestream.understanding.marks import Table
from shop.livestream.understanding.own import NOTHING
from shop.livestream.understanding.own import Own as Own

Kind = Literal["order", "question", "cancel", "phone", "noise"]
VERSION = "9"


@dataclass(frozen=True)
class Span:
    """A place in the NFC form of the comment and what was seen there.

    `what`: code, quantity, unit, variant, verb, phone, address (a hint of one), question, strange.
    """

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


_ONE = Decimal(1)
_BLANKED = [re.compile(p) for p in (lexicon.LINK, lexicon.THANKS, lexicon.MONEY)]
_ADDRESS = re.compile(lexicon.ADDRESS)
# After a code no time of the day: "A1 2h".
_HOUR = re.compile(r"\d{1,2} ?h")
_SENT_TO = re.compile(r"\b(?:giao|ship|gui|ve|o|den|toi|tai|duong|nha|phuong)[ ,]*$")
_SPAM, _LINK = re.compile(lexicon.SPAM), re.compile(lexicon.LINK)
_SET, _ONLY = re.compile(lexicon.SET), re.compile(lexicon.ONLY)
_EACH_VARIANT = re.compile(r"\bmoi (?:mau|size|co)\b")
# So much of everything, or the same again: of what, a person must see.
_OF_ALL = re.compile(
    r"\bmoi (?:thu|loai|ma|mon)\b.*\d|\b(?:c[aả]|(?<!ban )het) \d+ (?:thu|loai|ma|mon)\b"
    r"|\bnhu (?:cu|lan truoc|hoi nay|ban nay)\b.*\d"
)
_SIDE = re.compile(lexicon.SIDE)
_CONDITION = re.compile(lexicon.CONDITION)
# A number as codes are written ("06"), and no part of a date, a time or a longer number.
_ZERO_CODE = re.compile(r"(?<![\w/:.,~+-])0\d(?![\w/:.,~-]| ?(?:gio|h|phut|thang|giay)\b)")
# Said to another viewer, or by who sells.
_NOT_TO_SHOP = re.compile(r"(?<!\S)@(?!(?:shop|sop|ad|admin)\b)\w|^(?:shop|sop|ad|admin|htx) ?:")
# "lấy 1kg tỏi, ý là 1kg mực", "mã 7 sl 2, ghi lộn, mã 14 sl 2"
_INSTEAD = re.compile(
    rf"(?:y (?:{lexicon.ME} )?la|(?:a|à|u|ua|y|e|em|nay|nãy)? ?(?:{lexicon.MISTAKE}|nham|lon))\b ?"
    r"(?!.*\b(?:r|roi)\b)"
)
# "nếu cuối tháng có lương em sẽ lấy 2 chai"
_WISHED, _IF_I = (
    re.compile(lexicon.WISHED),
    re.compile(rf"\bneu\b(?! con\b)(?!.*\bcho {lexicon.ME}\b).*\b{lexicon.BUY}\b"),
)
# Any word beside the names of goods and courtesies.
_OTHER_WORD = re.compile(r"\b(?!(?:nha|nhe|nhé|a|ạ|shop|sop|oi)\b|Z+\b)[^\W\d_]+\b")
_BUY = re.compile(rf"\b{lexicon.BUY}\b")
_IF = re.compile(f"{lexicon.IF}|{lexicon.FIRST}")
_NOT_MINE = re.compile("|".join((lexicon.PROMOTION, lexicon.OTHER, lexicon.REMARK, lexicon.URGING)))


def read(said: str, pins: Sequence[PinnedCode], focus: str | None, own: Own = NOTHING) -> Reading:
    """Return what the comment asks for; never raises, whatever the text."""
    pinned = tuple(pins)
    folded = tokens.fold(said, _spelled(own), tables.called(pinned))
    folded = tokens.put(folded, tables.glued(pinned))
    if own != NOTHING:
        folded = tokens.put(folded, own_words.patterns(own, pinned))
    phone, place, body = tokens.take_phone(folded.body)
    spans = [Span(*folded.place(*place), "phone")] if place else []
    linked = bool(_LINK.search(body))
    spoken, body = body, _blanked(body, pinned)
    if _SPAM.search(body):
        return Reading("noise", (), None, 90, ())
    known = tables.table(pinned)
    kind, items, confidence = _meaning(body, known, focus, reached=phone is not None)
    if kind == "noise" and place and _committed(body[place[1] :])[0] == len(body) - place[1]:
        # "chốt nha 0912345678 Ngọc 45 Lê Lợi": what follows the number is who and where.
        before = _meaning(body[: place[0]], known, focus, reached=True)
        kind, items, confidence = before if before[0] == "order" else (kind, items, confidence)
    if kind == "order" and _NOT_TO_SHOP.search(body):
        confidence = min(confidence, 45)
    if linked and kind in {"question", "noise"}:
        return Reading("noise", (), None, 80, ())
    if kind == "noise" and phone:
        kind, confidence = "phone", 85
    seen = (_strange if kind in {"noise", "phone"} else _seen)(body, known)
    if (told := addresses.hint(spoken, seen)) and kind in {"order", "phone"}:
        seen = [span for span in seen if span[1] <= told[0] or span[0] >= told[1]]
        seen.append((*told, "address"))
    spans += [Span(*folded.place(a, b), what) for a, b, what in seen]
    spans.sort(key=lambda span: span.start)
    return Reading(kind, items, None if kind == "noise" else phone, confidence, tuple(spans))


def _blanked(body: str, pinned: Sequence[PinnedCode]) -> str:
    """The comment without links, thanks, prices and addresses. "Q1" is a district only where no Q1
    is for sale, or something is sent there."""
    codes = {pin.code for pin in pinned}

    def said_code(before: str) -> bool:
        return before.rstrip().rpartition(" ")[2].upper() in codes

    def without(match: re.Match[str]) -> str:
        is_code = match[0].replace(" ", "").upper() in codes
        if _HOUR.fullmatch(match[0]) and said_code(match.string[: match.start()]):
            return match[0]
        sent_to = _SENT_TO.search(match.string, 0, match.start())
        return match[0] if is_code and not sent_to else clauses.blank(match)

    for pattern in _BLANKED:
        body = pattern.sub(clauses.blank, body)
    return _ADDRESS.sub(without, body)


@lru_cache(maxsize=256)
def _spelled(own: Own) -> dict[str, frozenset[str]]:
    words = tokens.spellings(*own.order, *own.cancel)
    known = tokens.WORDS
    return {w: known.get(w, frozenset()) | words.get(w, frozenset()) for w in {*known, *words}}


def _seen(body: str, known: Table) -> list[tuple[int, int, str]]:
    """Return what was recognised, for the screen to underline."""
    found = marks.places(body, known)
    for match in cancels.QUESTION.finditer(body):
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


@dataclass
class _Said:
    """What the clauses of a comment said so far. `reached`: it gives a phone, as buyers do.
    `of_all`: it may be about everything that is for sale."""

    reached: bool
    of_all: bool = False
    wanted: list[Item] = field(default_factory=list)
    withdrawn: list[Item] = field(default_factory=list)
    # Wanted without a name or an amount.
    supposed: list[Item] = field(default_factory=list)
    # Asked about by name and amount, and taken by a bare verb after it: "2 hộp 180k hả, chốt luôn".
    offered: tuple[Item, ...] = ()
    doubts: list[int] = field(default_factory=list)
    asked: bool = False
    supposing: bool = False
    cancelled: bool = False
    # A cancel that does more than decline.
    plainly: bool = False
    # Withdrawn after words not understood: "kho cá cơm bỏ 1 trái dừa".
    muddled: bool = False
    mistake: bool = False
    # What was said first is taken back for what follows: "2 gói 05, ghi lộn, 2 gói 02".
    righting: bool = False
    replaced: list[Item] = field(default_factory=list)
    # Words not understood in clauses that ask for nothing.
    beside: int = 0
    # Of each clause of the past, of others or of a price: whether it has a verb of buying.
    passed_over: list[bool] = field(default_factory=list)
    bought: bool = False
    # The last wanted line has no amount yet.
    unsaid: bool = False
    # What is wanted was only called by its name, which may be a person's beside an address.
    bare: bool = True
    signed: bool = False


def _meaning(body: str, known: Table, focus: str | None, *, reached: bool) -> Meaning:
    body, heard = clauses.rewritten(body, known)
    said = _Said(reached, of_all=bool(_OF_ALL.search(body)))
    body, each = clauses.each(body, heard)
    parts = clauses.parted(body, heard)
    for clause in parts:
        _hear(said, clause, known, focus, each)
    if said.righting and not said.wanted:
        said.wanted = said.replaced
    # "Miến, xóm 2 Hóa Thượng, 0900 000 417": who writes, and where.
    said.signed = reached and said.bare and bool(_OTHER_WORD.search(heard))
    return _concluded(said, body, known)


def _hear(
    said: _Said,
    part: tuple[str, str, str],
    known: Table,
    focus: str | None,
    each: clauses.Each | None,
) -> None:
    """Add what one clause says."""
    clause, plain, ended = part
    righting = _INSTEAD.match(plain)
    if righting and said.wanted and not any(item.op == "set" for item in said.wanted):
        # What was said before is wrong, what follows is right; a person sees.
        said.righting, said.replaced, said.wanted = True, said.wanted, []
        clause, plain = clause[righting.end() :], plain[righting.end() :]
    slipped = said.mistake
    said.mistake = slipped or bool(cancels.MISTAKE.search(plain) and not _SET.search(plain))
    righted = slipped and bool(_ONLY.search(plain) or _SET.search(plain))
    cancel = clauses.CANCEL.search(plain)
    if (cancel or (said.mistake and not righted)) and not cancels.asks_about_it(plain):
        said.cancelled = True
        said.plainly = said.plainly or cancels.plainly(plain)
        said.withdrawn += cancels.lines_of(clause, plain, known, focus)
        # "nãy ghi nhầm, 2 ký cam": what was wrong, or what is right.
        unsure = cancels.is_muddled(clause, plain, known) or (slipped and not cancel)
        said.muddled = said.muddled or unsure
        return
    end, question = _committed(plain)
    said.asked = said.asked or question
    said.supposing = said.supposing or bool(_IF.search(plain))
    head = clause[:end].rstrip()
    found = lines.find(head, plain[: len(head)], known, focus) if head else None
    if found is not None and not found.named and said.wanted:
        of_last = lines.find(head, plain[: len(head)], known, said.wanted[-1].code)
        asks = question or ended == "?"
        if said.unsaid and not asks and _tells_amount(of_last, said.wanted[-1], known, focus):
            told = of_last.items[0]
            said.wanted[-1] = replace(said.wanted[-1], quantity=told.quantity, unit=told.unit)
            said.unsaid = False
            return
        if of_last.items and all(item.variant for item in of_last.items):
            found = of_last  # "lấy 2 áo, 1 M 1 XL"
    if (
        found is not None
        and said.withdrawn
        and not said.wanted
        and cancels.goes_on(head, found, said.withdrawn)
    ):
        said.withdrawn += cancels.lines_of(head, plain[: len(head)], known, focus)
        return
    if found is None or not _commits(found, question=question, ended=ended):
        if question or ended == "?":
            said.offered = _offered(clause, plain, known) or said.offered
        said.asked = said.asked or ended == "?"
        said.beside += sum(found.foreign) if found is not None and not said.wanted else 0
        if found is None and not question:
            said.passed_over += [bool(_BUY.search(plain))]
        said.doubts += [10] if found is None and not question else []
        said.doubts += [35] if found is not None and found.strange else []
        said.doubts += [55] if found is not None and _half_corrected(said, found) else []
        return
    said.doubts += [doubts.of(plain, found, question=question, reached=said.reached)]
    said.bought = said.bought or found.bought
    said.bare = said.bare and not (found.coded or found.counted or found.bought)
    if said.offered and found.bought and not (found.named or found.counted):
        said.wanted += [_complete(i, i.quantity is None, each) for i in said.offered]
        return
    items = [_complete(item, i in found.unsaid, each) for i, item in enumerate(found.items)]
    said.unsaid = found.named and len(found.items) - 1 in found.unsaid and each is None
    (said.wanted if found.named or found.counted else said.supposed).extend(items)


def _half_corrected(said: _Said, found: lines.Found) -> bool:
    """Whether a clause may go on with a correction: "sửa trà còn 1 hộp, miến còn 2 gói"."""
    corrects = any(item.op == "set" for item in said.wanted)
    return corrects and found.named and any(item.quantity is not None for item in found.items)


def _concluded(said: _Said, body: str, known: Table) -> Meaning:
    """What all clauses come to."""
    wanted = said.wanted or ([] if said.cancelled else said.supposed)
    # "lấy 1 hộp thôi, nãy ghi lộn" says what is right.
    righted = said.mistake and wanted and all(i.op == "set" for i in wanted)
    if said.cancelled and not righted and not wanted:
        # Without a line it takes back everything: not so for a slip.
        sure = bool(said.withdrawn) or not said.mistake
        sure = sure and said.plainly and not said.muddled
        return "cancel", lines.merge(said.withdrawn), 85 if sure else 45
    if any(i.quantity is not None and i.quantity <= 0 for i in wanted):
        return "noise", (), 60
    if wanted:
        merged = lines.merge([*(replace(i, op="remove") for i in said.withdrawn), *wanted])
        declines = said.cancelled and not righted and not (said.withdrawn and said.plainly)
        # "túi lấy đủ 3 màu, mỗi màu 1 cái"
        vague = _EACH_VARIANT.search(body) and any(_has_variants(i, known) for i in wanted)
        vague = vague or (said.of_all and len(merged) == 1)
        said.doubts[0] += 50 * (_follows_a_remark(said) or declines or bool(vague))
        return "order", merged, doubts.confidence(merged, said.doubts)
    if said.of_all and not (said.asked or said.passed_over or "?" in body):
        return "order", (Item(None, _ONE, None),), 45
    return ("question" if said.asked or "?" in body else "noise"), (), 80 if said.asked else 60


def _follows_a_remark(said: _Said) -> bool:
    """Whether what is wanted may be a remark as what stands before it is: "anh áo xanh đẹp trai,
    chốt anh luôn", "ướp 1 kg thịt với mắc khén, 5 hạt dổi", "ước gì rẻ hơn, tui mua 10 hộp"."""
    if said.supposing or said.signed or said.righting:
        return True
    if said.reached:
        return False
    if not said.wanted and said.passed_over:  # "Chốt! Chốt cửa đi ngủ thôi 11h rồi"
        return True
    remarks = said.beside > 0 or False in said.passed_over
    return remarks and not (said.wanted and said.bought)


def _offered(clause: str, plain: str, known: Table) -> tuple[Item, ...]:
    found = lines.find(clause, plain, known, None)
    return found.items if found.named and found.counted else ()


def _commits(found: lines.Found, *, question: bool, ended: str) -> bool:
    """Whether a clause asks to buy, and not only about what it names ("B5 hạn dùng bao lâu")."""
    if ended == "?" and not found.bought:
        return False
    return found.commits and (found.bought or found.counted or not question)


def _tells_amount(found: lines.Found, last: Item, known: Table, focus: str | None) -> bool:
    """Whether a clause is only how much of the line before it ("chốt mã 03; 2kg"), and not of what
    lies on the table, which is sold by that unit."""
    if found.named or not (found.alone and found.counted) or len(found.items) != 1:
        return False
    if found.items[0].variant:
        return False
    unit = found.items[0].unit
    units = {p.code: p.unit for p in known.pins}
    return unit in {last.unit, units.get(last.code or "")} or unit != units.get(focus or "")


def _has_variants(item: Item, known: Table) -> bool:
    """Whether it should have said of which variant."""
    return item.variant is None and any(p.code == item.code and p.variants for p in known.pins)


def _complete(item: Item, unsaid: bool, each: clauses.Each | None) -> Item:
    if not unsaid or item.op == "remove":
        return item
    if each is None:
        return replace(item, quantity=_ONE)
    return replace(item, quantity=each[0], unit=each[1] or item.unit)


def _committed(heard: str) -> tuple[int, bool]:
    """Return up to where a clause may be an order, and whether the clause asks something."""
    question = bool(cancels.QUESTION.search(heard))
    if _WISHED.search(heard) or (not question and _IF_I.search(heard)):
        return 0, False
    if _NOT_MINE.search(heard):
        return 0, question
    if _CONDITION.search(heard):
        return 0, True
    if cancels.NOT_NOW.search(heard):
        return 0, question
    if not question:
        return len(heard), False
    side = _SIDE.search(heard)
    end = side.start() if side else 0
    return (0 if cancels.QUESTION.search(heard[:end]) else end), True
