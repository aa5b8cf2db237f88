"""What a statement says once it is read, and whether it adds up."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from flask_babel import gettext as _

from shop import clock, money
from shop.reconciliation.statements.columns import Mapping
from shop.reconciliation.statements.errors import BadStatement


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement. `number`: its row in the file. `balance_vnd`: as printed after it.

    `value_day` is the day that counts for interest, `booked_at` when it was booked (UTC; the
    beginning of the day where the file tells no time). `occurrence`: the how-manieth line just
    like it in the file, from 1.
    """

    number: int
    booked_at: datetime
    value_day: date
    direction: Literal["in", "out"]
    amount_vnd: int
    content: str
    bank_reference: str
    counterparty: str
    balance_vnd: int | None
    occurrence: int = 1


@dataclass(frozen=True)
class Statement:
    """A whole file. `warnings`: sentences for the person who sent it."""

    account_number: str
    lines: Sequence[StatementLine]
    opening_vnd: int | None
    closing_vnd: int | None
    warnings: Sequence[str] = field(default_factory=list)
    mapping: Mapping | None = None


def numbered(lines: Iterable[StatementLine]) -> list[StatementLine]:
    """The lines with their occurrence: two identical rows are two movements.

    Their words lose what a table cannot hold.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    found = []
    for each in lines:
        line = _storable(each)
        day = clock.vietnam(line.booked_at).date()
        known_by = line.bank_reference or ("content", line.content)
        key = (known_by, line.direction, line.amount_vnd, day)
        seen[key] += 1
        found.append(line if seen[key] == 1 else replace(line, occurrence=seen[key]))
    return found


def _storable(line: StatementLine) -> StatementLine:
    if "\x00" not in line.content + line.bank_reference + line.counterparty:
        return line
    return replace(
        line,
        content=line.content.replace("\x00", ""),
        bank_reference=line.bank_reference.replace("\x00", ""),
        counterparty=line.counterparty.replace("\x00", ""),
    )


def signed_vnd(line: StatementLine) -> int:
    """What the line does to the balance."""
    return line.amount_vnd if line.direction == "in" else -line.amount_vnd


def checked(statement: Statement) -> Statement:
    """The statement, if its balances agree with its lines; a warning where it prints none.

    Opening + in − out = closing where both are printed, else each printed balance must follow
    from the one before, the oldest or the newest line first. Raises BadStatement.
    """
    moved = sum(map(signed_vnd, statement.lines))
    opening, closing = statement.opening_vnd, statement.closing_vnd
    if opening is not None and closing is not None:
        if opening + moved != closing:
            raise _unbalanced(opening + moved, closing)
        return statement
    with_balance = [line for line in statement.lines if line.balance_vnd is not None]
    if (
        with_balance
        and (len(with_balance) > 1 or opening is not None)
        and len(with_balance) == len(statement.lines)
    ):
        row = min(_breaks(with_balance), _breaks(with_balance[::-1]), key=len)
        if row:
            said = _("số dư in ở đây không bằng số dư trước cộng trừ dòng này; tệp thiếu dòng.")
            raise BadStatement("unbalanced", said, row[0])
        _expect_opening(opening, with_balance)
        return statement
    said = _("Tệp không in số dư nên không kiểm được có thiếu dòng nào không.")
    return replace(statement, warnings=[*statement.warnings, said])


def _expect_opening(opening: int | None, lines: Sequence[StatementLine]) -> None:
    """The first movement, the oldest or the newest first, follows from the opening balance."""
    before = {(line.balance_vnd or 0) - signed_vnd(line) for line in (lines[0], lines[-1])}
    if opening is not None and opening not in before:
        said = _("số dư đầu kỳ in trong tệp không dẫn tới dòng đầu; tệp thiếu dòng ở đầu.")
        raise BadStatement("unbalanced", said, lines[0].number)


def _breaks(lines: Sequence[StatementLine]) -> list[int]:
    pairs = itertools.pairwise(lines)
    return [
        after.number
        for before, after in pairs
        if (before.balance_vnd or 0) + signed_vnd(after) != after.balance_vnd
    ]


def _unbalanced(reckoned: int, printed: int) -> BadStatement:
    said = _(
        "Số dư cuối in %(printed)s nhưng cộng các dòng được %(reckoned)s: tệp thiếu hoặc thừa "
        "dòng. Xin xuất lại từ ngân hàng.",
        printed=money.show(printed),
        reckoned=money.show(reckoned),
    )
    return BadStatement("unbalanced", said)
