"""What of a clause was not understood, and so may make a remark of what looks like an order."""

import re
from collections.abc import Sequence
from itertools import pairwise

from shop.livestream.understanding import lexicon
from shop.livestream.understanding.marks import Mark

# So many words may follow a name and belong to it: "bánh pía chay".
_TAIL = 2
_PERSON = re.compile(r"anh|chi|em|co|chu|ban|ong|nguoi|vo|chong")
_TELLING = {"verb", "weak", "code", "amount", "variant", "plus", "each"}
_LEADING = re.compile(lexicon.LEADING)
_PRAISE, _ASIDE = re.compile(lexicon.PRAISE), re.compile(lexicon.ASIDE)


def words(seen: Sequence[Mark]) -> list[Mark]:
    """Return the words without a known meaning; not those of a name, nor whom it is for."""
    found: list[Mark] = []
    named, said = 0, ""
    for mark in seen:
        if mark.what == "word" and not named and said != "cho" and not _ASIDE.fullmatch(mark.said):
            found.append(mark)
        if mark.what == "code" and not mark.said[-1:].isdigit():
            named = _TAIL
        else:
            named = max(0, named - 1) if mark.what == "word" else 0
        said = mark.said
    return found


def praises(mark: Mark) -> bool:
    """Whether a word only praises, as before "ngon quá lấy 2 hộp"."""
    return _PRAISE.fullmatch(mark.said) is not None


def strays(seen: Sequence[Mark]) -> tuple[int, int]:
    """How many words are not understood before or among those that tell of an order, and after.

    They may make a memory of it, or advice: "hôm rằm lấy 2 ký", "lấy cái tay ra cho thấy trái sầu".
    """
    telling = [at for at, mark in enumerate(seen) if mark.what in _TELLING]
    if not telling:
        return 0, 0
    lost = [mark.start for mark in words(seen) if not (praises(mark) or _leads(mark))]
    last = seen[telling[-1]].start
    return sum(start < last for start in lost), sum(start > last for start in lost)


def _leads(mark: Mark) -> bool:
    """Whether a word only begins an order: "ship", "ủa"."""
    return _LEADING.fullmatch(mark.said) is not None


def thing(row: Sequence[Mark], seen: Sequence[Mark], ends: int, *, named: bool) -> bool:
    """Whether a number before `ends` is no amount, or is of something that has no name here.

    "a1 3 xấp" where nothing is sold by the xấp; "cho em 1 cái tim", "1 anh chủ vườn". `row`: as
    written, `seen`: the same with each bare number settled.
    """
    for at, (mark, after) in enumerate(pairwise(seen)):
        if mark.start >= ends:
            break
        lost = row[at].what == "amount" and mark.what == "word" and words([after])
        if lost and at and seen[at - 1].what in {"code", "verb", "weak"}:
            return True
        if mark.what != "amount" or named:
            continue
        if words([after]) and not praises(after):
            return True
        if not mark.unit and _PERSON.fullmatch(after.said) and words(seen[at + 2 :]):
            return True
    return False
