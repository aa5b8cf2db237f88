"""Whether two sources told of one movement in different words.

A feed and a statement of the same bank may name another day around midnight, another spelling of
the bank's reference, a content with words added. The same reference, direction and amount within
two days is the same movement. Where only a part of it agrees nobody can know but a person.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, bindparam, func, select, true

from shop import clock, references, text
from shop.database import db, planned_anew
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation.models import BankLine
from shop.sellers.models import BankAccount

FEW = 20
SAME_WITHIN = timedelta(days=2)
MAYBE_WITHIN = timedelta(days=1)
# Shorter ones agree by chance.
_SHORTEST_ROOT, _PREFIX = 5, 16
_ROOT = re.compile(r"[A-Za-z0-9]+")

_Key = tuple[str, ...]


@dataclass
class _Known:
    """A line that is there; `free` until it is found to be one of those told now."""

    id: int
    on: date
    reference: str
    content: str
    ours: bool  # told by the very source that speaks now
    free: bool = True


@dataclass
class Likes:
    """Lines that are there, by what they may share with those told now."""

    by: dict[_Key, list[_Known]] = field(default_factory=lambda: defaultdict(list))
    amounts: set[tuple[str, int]] = field(default_factory=set)

    def same(self, line: FeedLine) -> int | None:
        """The line that is this movement, taken by it; None where none is."""
        found, on = self._found(line), _day(line)
        for known in found["reference"]:
            if abs(known.on - on) <= SAME_WITHIN:
                known.free = False
                return known.id
        for known in found["content"]:
            # Two different references are two movements.
            if known.on == on and not (known.reference and line.bank_reference):
                known.free = False
                return known.id
        return None

    def maybe(self, line: FeedLine) -> bool:
        """Whether another source told of something so like it that a person must say."""
        found, on = self._found(line), _day(line)
        near = [
            known
            for kind in ("root", "order", "prefix")
            for known in found[kind]
            if not known.ours and abs(known.on - on) <= MAYBE_WITHIN
        ]
        if near:
            near[0].free = False
        return bool(near)

    def _found(self, line: FeedLine) -> dict[str, list[_Known]]:
        """Kind of what is shared → the lines that share it and are free."""
        found: dict[str, list[_Known]] = defaultdict(list)
        # Nearly every line of a statement is the only one of its amount: nothing to compare.
        if (line.direction, line.amount_vnd) in self.amounts:
            keys = _keys(line.direction, line.amount_vnd, line.bank_reference, line.content)
            for key in keys:
                found[key[0]] += [known for known in self.by.get(key, []) if known.free]
        return found


def of(
    account: BankAccount, lines: Sequence[FeedLine], taken: set[int], import_id: int | None
) -> Likes:
    """What is there of the account that these lines could be; `taken` ones are others."""
    found = Likes()
    if not lines:
        return found
    # For a single line the plan costs more than the question.
    with planned_anew() if len(lines) > FEW else nullcontext():
        there = db.session.execute(_near(), _asked(account, lines)).all()
    for row in there:
        # A file tells each of its movements once: its lines of before are others.
        if row.id in taken or (import_id is not None and row.import_id == import_id):
            continue
        on = clock.vietnam(row.booked_at).date()
        ours = row.import_id == import_id
        known = _Known(row.id, on, row.bank_reference, row.content, ours)
        found.amounts.add((row.direction, row.amount_vnd))
        for key in _keys(row.direction, row.amount_vnd, row.bank_reference, row.content):
            found.by[key].append(known)
    return found


def _asked(account: BankAccount, lines: Sequence[FeedLine]) -> dict[str, Any]:
    days, around = [line.booked_at for line in lines], SAME_WITHIN + timedelta(days=1)
    return {
        "account": account.id,
        "amounts": sorted({line.amount_vnd for line in lines}),
        "since": min(days) - around,
        "until": max(days) + around,
    }


@cache
def _near() -> Select[Any]:
    """Lines of the account with the amount of one of those asked for, in their days."""
    listed = bindparam("amounts", type_=ARRAY(BigInteger))
    amounts = func.unnest(listed).table_valued("amount_vnd").render_derived("amounts")
    # Amount by amount through the index, as OFFSET keeps it: a planner that still takes a growing
    # account for small would hold each of its lines against each amount.
    there = (
        select(
            BankLine.id,
            BankLine.direction,
            BankLine.amount_vnd,
            BankLine.booked_at,
            BankLine.content,
            BankLine.bank_reference,
            BankLine.import_id,
        )
        .where(
            BankLine.bank_account_id == bindparam("account"),
            BankLine.amount_vnd == amounts.c.amount_vnd,
            BankLine.booked_at >= bindparam("since"),
            BankLine.booked_at < bindparam("until"),
        )
        .offset(0)
        .lateral()
    )
    return select(there).select_from(amounts).join(there, true()).order_by(there.c.id)


def like(line: BankLine) -> list[BankLine]:
    """The lines that a doubtful one may be, for a person to look at."""
    query = select(BankLine).where(
        BankLine.bank_account_id == line.bank_account_id,
        BankLine.amount_vnd == line.amount_vnd,
        BankLine.direction == line.direction,
        BankLine.id != line.id,
        func.coalesce(BankLine.import_id, 0) != (line.import_id or 0),
        BankLine.booked_at.between(
            line.booked_at - 2 * MAYBE_WITHIN, line.booked_at + 2 * MAYBE_WITHIN
        ),
    )
    return list(db.session.scalars(query.order_by(BankLine.booked_at).limit(5)))


def _keys(direction: str, amount_vnd: int, reference: str, content: str) -> list[_Key]:
    base = (direction, str(amount_vnd))
    said = _squeezed(content)
    keys: list[_Key] = []
    if reference:
        keys.append(("reference", *base, _squeezed(reference)))
        root = _ROOT.match(reference)
        if root and len(root[0]) >= _SHORTEST_ROOT:
            keys.append(("root", *base, root[0].upper()))
    keys.append(("content", *base, said))
    orders = {hit.ref for hit in references.find(content)}
    keys += [("order", *base, ref) for ref in sorted(orders)]
    if not orders and len(said) >= _PREFIX:
        keys.append(("prefix", *base, said[:_PREFIX]))
    return keys


def _squeezed(words: str) -> str:
    return "".join(filter(str.isalnum, text.fold(words)))


def _day(line: FeedLine) -> date:
    return clock.vietnam(line.booked_at).date()
