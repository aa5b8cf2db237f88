"""How sure a reading is: what speaks against each clause, and the percent that is left."""

import re
from collections.abc import Sequence
from decimal import Decimal

from shop.livestream.understanding import lexicon, lines
from shop.livestream.understanding.lines import Item

_MANY, _HUNDRED = Decimal(50), Decimal(100)  # from a hundred on it may be a price
# "đặt 2 ký mà giao có 9 lạng"
_BUT = re.compile(r"\bmà\b")
MAY_I = re.compile(rf"\b(?:duoc|dc) (?:{lexicon.NO}|chua)\b|\bstk\b|\bib\b")


def of(clause: str, found: lines.Found, *, question: bool, reached: bool) -> int:
    """Return how many points a clause loses for what was not said, or not understood."""
    before, after = found.foreign
    doubt = 0 if found.named else 10
    doubt += 0 if found.counted and found.bought else 5 if found.named else 10
    doubt += 10 if not found.counted and not found.bought else 0
    doubt += min(15, 8 * before) + min(35, (5 if found.bought else 8) * after)
    # Beside goods, without a verb of buying, such a word may make a remark of it: "1 ký ngán luôn".
    doubt += 36 if before + after and not (found.bought or found.coded or reached) else 0
    doubt += 40 * (found.unclear and not reached) + 50 * found.left_over
    doubt += 50 * (_may_be_a_remark(clause, found) and not reached)
    doubt += 50 * (question and not reached)
    return doubt + 5 * question + 20 * bool(MAY_I.search(clause))


def _may_be_a_remark(clause: str, found: lines.Found) -> bool:
    within, after = found.strays
    return within > 0 or after > 1 or bool(_BUT.search(clause))


def confidence(items: Sequence[Item], doubts: Sequence[int]) -> int:
    """Return percent of an order: 95 less its doubts, at least 40.

    A clear order (70 or more) names its code, or is an amount or a verb for what lies on the table.
    It loses points for a code not named (10), for no verb or no amount (5 to 20), each word that
    was not understood (5; 8 before the amount or without a verb), where such words may make a
    remark of it (50, see `unknown.strays`), a question in it (55 without a phone, else 5), "được
    không" (20), a clause about the past or somebody else (10), a code of nobody beside it (30),
    words not understood where no verb of buying, code or phone speaks for an order (36), a number
    or a thing not understood (40), an amount that went into no line (50), a remark or an "if" in
    the clauses beside it (50), something declined beside it (50), a correction that may go on in a
    clause not understood (50), what is said instead of something (50), "mỗi màu" without a colour
    (50), a change (5), more than 50 of something (30; a hundred: 50), a ton (50). With nothing on
    the table a line without a code stands at 45: a person must say what is meant. The weights are
    judgement, checked by `ocop bench reading`, which counts how many of those at 70 and more are
    read right.
    """
    sure = 95 - sum(doubts[:1]) - sum(max(0, d - 5) for d in doubts[1:])
    sure -= 5 * any(item.op is not None for item in items)
    sure -= 30 * any(_large(item) for item in items)
    sure -= 20 * any((item.quantity or 0) >= _HUNDRED and item.unit != "g" for item in items)
    sure -= 50 * any(item.unit == "tấn" for item in items)
    if any(item.code is None for item in items):
        sure = min(sure, 45)
    return max(40, sure)


def _large(item: Item) -> bool:
    most = _MANY * 100 if item.unit == "g" else _MANY
    return item.quantity is not None and item.quantity > most
