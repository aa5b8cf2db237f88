"""Hiding small groups: from what is shown nobody's own numbers can be told.

A number behind which stand fewer than LEAST sellers or buyers is hidden, those who agreed to be
seen not counted. One hidden part could be reckoned from the total and the other parts; so a second
one is hidden with it, the smallest, until at least two parts and LEAST parties are hidden together.
A hidden month could be reckoned from its quarter and the other months. Those were mailed and frozen
before the quarter was over, so none of them can be hidden instead: a quarter, half or year is
hidden wherever one of its months is. What is shown of a longer period is then always the sum of
months that are shown, and tells nothing that they do not.
Some figures count what is a part of another one (the sales of livestreams are a channel of all
sales): where that part is hidden to keep a smaller one, such a figure is withheld as a whole.
Figures that anybody can count in the shop are never hidden.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shop.figures import Figure
from shop.reports import kpis
from shop.reports.kpis import Cell, Measured

LEAST = 5


@dataclass(frozen=True)
class Away:
    """What of a figure is hidden: its total, and words of communes and splits."""

    total: bool = False
    communes: frozenset[str] = frozenset()
    splits: frozenset[str] = frozenset()

    def kept(self) -> list[Any]:
        """The same as JSON."""
        return [self.total, sorted(self.communes), sorted(self.splits)]

    def __or__(self, other: "Away") -> "Away":
        """What either hides."""
        return Away(
            self.total or other.total,
            self.communes | other.communes,
            self.splits | other.splits,
        )


def of_kept(kept: Sequence[Any]) -> Away:
    """What `Away.kept` gave, read again."""
    total, communes, splits = kept
    return Away(total, frozenset(communes), frozenset(splits))


def away(
    figure: Figure,
    measured: Measured,
    months: Iterable[Away] = (),
    today: Measured | None = None,
) -> Away:
    """What is hidden of a figure by its own small groups, and by its `months` each by itself.

    `today`: the same reckoned later, for one that was frozen: a group of sellers who agreed then to
    be seen may be a small one since they took that back.
    """
    found = own(figure, measured) | of_months(figure, months)
    return found | own(figure, today) if today else found


def of_months(figure: Figure, months: Iterable[Away]) -> Away:
    """What a longer period hides because a month of it does; nothing where they do not add up."""
    found = Away()
    for month in months if figure.adds_up else ():
        found |= month
    return found


def own(figure: Figure, measured: Measured) -> Away:
    """What is hidden of a figure by its own small groups."""
    return Away(
        total_hidden(figure, measured),
        frozenset(hidden(figure, measured, measured.communes)),
        frozenset(hidden(figure, measured, measured.splits)),
    )


def withheld(found: Mapping[str, Measured], months: Mapping[str, Sequence[Away]]) -> frozenset[str]:
    """Names of the figures from which a hidden part of another one could be reckoned."""
    return frozenset(name for name in found if _gives_away(kpis.get(name), found, months))


def _gives_away(
    figure: Figure, found: Mapping[str, Measured], months: Mapping[str, Sequence[Away]]
) -> bool:
    if figure.tells is None or figure.tells[0] not in found:
        return False
    if total_hidden(figure, found[figure.name]):
        return False
    other, is_told = figure.tells
    whole = found[other]
    hides = away(kpis.get(other), whole, months.get(other, ()))
    told = [cell for cell in whole.splits if cell.word in hides.splits and is_told(cell.word)]
    rest = [cell for cell in whole.splits if cell.word in hides.splits and cell not in told]
    # Its number less the shown parts among them is that of `told`; the total less that, of `rest`.
    return _is_weak(told) or (not hides.total and _is_weak(rest))


def _is_weak(parts: Sequence[Cell]) -> bool:
    """Whether the sum of hidden parts would tell of one, or of too few people."""
    together = sum(_people(cell) for cell in parts)
    return bool(parts) and (len(parts) == 1 or together < LEAST)


def is_few(cell: Cell) -> bool:
    """Whether somebody stands behind it, and fewer than LEAST."""
    counts = (cell.parties, cell.buyers, cell.of_parties, cell.of_buyers)
    return any(0 < count < LEAST for count in counts)


def total_hidden(figure: Figure, measured: Measured) -> bool:
    """Whether the number of the whole region is hidden."""
    return not figure.public and is_few(measured.total)


def hidden(figure: Figure, measured: Measured, parts: Sequence[Cell]) -> set[str]:
    """Words of the parts (communes or splits of `measured`) that are hidden."""
    if figure.public:
        return set()
    away = {cell.word for cell in parts if is_few(cell)}
    if not away or total_hidden(figure, measured):
        return away
    others = sorted((c for c in parts if c.word not in away and _people(c)), key=_people)
    for cell in others:
        together = sum(_people(c) for c in parts if c.word in away)
        if len(away) > 1 and together >= LEAST:
            break
        away.add(cell.word)
    return away


def _people(cell: Cell) -> int:
    """How many stand behind a part, the fewer of sellers and buyers; 0 when it is nobody's."""
    counts = [count for count in (cell.of_parties or cell.parties, cell.buyers) if count]
    return min(counts, default=0)
