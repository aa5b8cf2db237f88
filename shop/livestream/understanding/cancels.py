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
# What withdraws, and the words that go with it.
_WITHDRAWING = re.compile(rf"{lexicon.CANCEL}|\b(?:het|toan bo|tat ca|ca|bot|ra|dau)\b")
# "không mua nữa", "hủy đơn giúp em"; not "shop hủy đơn em rồi".
_ABOUT_ORDERS = re.compile(r"\bnua\b|\bnx\b|(?<!hoa )\bdon\b(?!.*\b(?:r|roi)$)")
_DONE = re.compile(r"\b(?:r|roi)$")
_OUTRIGHT = re.compile(r"\b(?:h[uủ]y|cancel|xoa|rut|b[oỏ])\b")
_MAY_ONE = re.compile(r"\bco (?:the )?h[uủ]y\b")
_THERE_IS = re.compile(rf"{lexicon.LEFT}\d")
_BUY = re.compile(rf"\b{lexicon.BUY}\b")
_THEN = re.compile(lexicon.THEN)


def lines_of(clause: str, heard: str, known: Table, focus: str | None) -> list[Item]:
    """Return the lines that a cancelling clause names; without a quantity: all of the line (R8).

    An amount without a name ("hủy 1 hộp") is of what lies on the table, never of all there is.
    """
    found = lines.find(clause, heard, known, None)
    if found.counted and not found.named and clauses.CANCEL.search(heard):
        found = lines.find(clause, heard, known, focus)
    taken = [replace(item, op=None) for item in found.items if item.code]
    there = _THERE_IS.search(heard)
    if there and not _AMOUNT.search(heard[: there.start()]):  # "đừng gửi N5 nữa nha nhà còn 2 hũ"
        taken = [replace(item, quantity=None) for item in taken]
    wanted = [i if i.quantity is not None else replace(i, unit=None) for i in taken]
    return [i for i in wanted if i.quantity is None or i.quantity > 0]


def is_muddled(clause: str, heard: str, known: Table) -> bool:
    """Whether a person must say what is taken back.

    So where words are not understood ("bỏ tủ lạnh được 3 tháng"), an amount has no name, or it may
    be an order and how it is wished for: "lấy 2 gói 02 đừng gửi loại vụn", "lấy 01 không lấy 02".
    """
    cancel = clauses.CANCEL.search(heard)
    if cancel is None:
        return False
    end = cancel.start()
    if cancel[0].endswith("thoi") and not clauses.CANCEL.search(heard, cancel.end()):
        found = lines.find(clause, heard, known, None)
        return found.counted or not found.alone  # "thôi ăn cỏ cho rồi"
    before = lines.find(clause[:end], heard[:end], known, None)
    ordered = before.bought and (before.counted or before.named)
    if before.strays[0] > 0 or (ordered and not NOT_NOW.search(heard[:end])):
        return True
    rest = _WITHDRAWING.sub(clauses.blank, heard)
    found = lines.find(_WITHDRAWING.sub(clauses.blank, clause), rest, known, None)
    if _BUY.search(rest, end) or _FEWER.search(heard) or (found.counted and not found.named):
        return True
    return _may_be_a_remark(heard, found)


def _may_be_a_remark(heard: str, found: lines.Found) -> bool:
    """Whether words not understood may make something else of it: "đừng giao chủ nhật"."""
    outright = _OUTRIGHT.search(heard)
    if _ABOUT_ORDERS.search(heard) or (outright and found.named):
        return False
    if outright:
        return sum(found.foreign) > 0 or bool(_DONE.search(heard))
    return not found.alone


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
