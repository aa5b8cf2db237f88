"""What a clause takes back, and how plainly."""

import re
from collections.abc import Sequence
from dataclasses import replace

from shop.livestream.understanding import clauses, doubts, lexicon, lines
from shop.livestream.understanding.lines import Item
from shop.livestream.understanding.marks import Table

MISTAKE, QUESTION = re.compile(lexicon.MISTAKE), re.compile(lexicon.QUESTION)
NOT_NOW = re.compile("|".join((lexicon.PAST, lexicon.WAITING)))
_FEWER, _DECLINED = re.compile(lexicon.FEWER), re.compile(lexicon.DECLINED)
_AMOUNT = re.compile(rf"\d (?:{lexicon.COUNTED})\b")
_MAY_ONE = re.compile(r"\bco (?:the )?h[uủ]y\b")
_THERE_IS = re.compile(rf"{lexicon.LEFT}\d")
_THEN = re.compile(lexicon.THEN)


def lines_of(clause: str, heard: str, known: Table, focus: str | None) -> list[Item]:
    """Return the lines that a cancelling clause names; without a quantity: all of the line (R8).

    "bớt 1 hộp" without a name takes it from what lies on the table.
    """
    found = lines.find(clause, heard, known, focus if _FEWER.search(heard) else None)
    taken = [replace(item, op=None) for item in found.items if item.code]
    there = _THERE_IS.search(heard)
    if there and not _AMOUNT.search(heard[: there.start()]):  # "đừng gửi N5 nữa nha nhà còn 2 hũ"
        taken = [replace(item, quantity=None) for item in taken]
    wanted = [i if i.quantity is not None else replace(i, unit=None) for i in taken]
    return [i for i in wanted if i.quantity is None or i.quantity > 0]


def is_muddled(clause: str, heard: str, known: Table) -> bool:
    """Whether what stands before the cancel is an order ("lấy 2 gói 02 đừng gửi loại vụn"), or not
    understood and names goods."""
    cancel = clauses.CANCEL.search(heard)
    end = cancel.start() if cancel else 0
    if cancel and cancel[0].endswith("thoi") and not clauses.CANCEL.search(heard, cancel.end()):
        found = lines.find(clause, heard, known, None)
        return found.counted or not found.alone  # "thôi ăn cỏ cho rồi"
    if _FEWER.search(heard):  # or it haggles
        return True
    before = lines.find(clause[:end], heard[:end], known, None)
    is_order = before.bought and before.counted and not NOT_NOW.search(heard[:end])
    return is_order or before.strays[0] > 0


def plainly(heard: str) -> bool:
    """Whether it takes something back: "không mua đâu" may be of somebody who never bought."""
    return bool(MISTAKE.search(heard) or clauses.CANCEL.search(_DECLINED.sub("", heard)))


def asks_about_it(clause: str) -> bool:
    """Whether a clause asks about cancelling rather than for it ("hủy đơn mất phí không")."""
    if not QUESTION.search(clause):
        return False
    return bool(_THEN.search(clause) or _MAY_ONE.search(clause)) or not doubts.MAY_I.search(clause)


def goes_on(clause: str, found: lines.Found, withdrawn: Sequence[Item]) -> bool:
    """Whether a clause only names more of what the one before it cancels: "hủy 01, 02", or "hủy đơn
    nay: 2 kg mực, 1 chai mắm"."""
    counted = withdrawn[-1].quantity is not None if withdrawn else False
    bare = found.named and found.alone and not found.bought and found.counted == counted
    return bare and not re.search(r"\bdoi\b", clause)
