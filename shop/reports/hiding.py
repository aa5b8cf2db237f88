"""Hiding small groups: from what is shown nobody's own numbers can be told.

A number behind which stand fewer than LEAST sellers or buyers is hidden, those who agreed to be
seen not counted. Hidden parts could be reckoned together from the total and the other parts; so the
smallest that is no small group by itself is hidden with them. Several small ones do not make a
large one: they may be one seller, in several channels.
A hidden month could be reckoned from its quarter and the other months. Those were mailed and frozen
before the quarter was over, so none of them can be hidden instead: a quarter, half or year is
hidden wherever one of its months is. What is shown of a longer period is then always the sum of
months that are shown, and tells nothing that they do not.
Some figures count what is a part of another one (the sales of livestreams are a channel of all
sales): where that part is hidden to keep a smaller one, such a figure is withheld as a whole, and
with it those of every longer period.
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
    """What of a figure is hidden: its total, words of communes and splits, or all (`withheld`)."""

    total: bool = False
    communes: frozenset[str] = frozenset()
    splits: frozenset[str] = frozenset()
    withheld: bool = False

    def kept(self) -> list[Any]:
        """The same as JSON."""
        return [self.total, sorted(self.communes), sorted(self.splits), self.withheld]

    def __or__(self, other: "Away") -> "Away":
        """What either hides."""
        return Away(
            self.total or other.total,
            self.communes | other.communes,
            self.splits | other.splits,
            self.withheld or other.withheld,
        )


def of_kept(kept: Sequence[Any]) -> Away:
    """What `Away.kept` gave, read again."""
    total, communes, splits, all_of_it = kept
    return Away(total, frozenset(communes), frozenset(splits), all_of_it)


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


def withheld(
    found: Mapping[str, Measured],
    months: Mapping[str, Sequence[Away]],
    today: Mapping[str, Measured] | None = None,
) -> frozenset[str]:
    """Names of the figures from which a hidden part of another one could be reckoned; `today` as
    for `away`."""
    later = today or {}
    return frozenset(
        name
        for name in found
        if of_months(kpis.get(name), months.get(name, ())).withheld
        or _gives_away(kpis.get(name), found, months, later)
        or (name in later and _gives_away(kpis.get(name), later, months, {}))
    )


def _gives_away(
    figure: Figure,
    found: Mapping[str, Measured],
    months: Mapping[str, Sequence[Away]],
    later: Mapping[str, Measured],
) -> bool:
    if figure.tells is None or figure.tells[0] not in found:
        return False
    if total_hidden(figure, found[figure.name]):
        return False
    other, is_told = figure.tells
    whole = found[other]
    hides = away(kpis.get(other), whole, months.get(other, ()), later.get(other))
    told = [cell for cell in whole.splits if cell.word in hides.splits and is_told(cell.word)]
    rest = [cell for cell in whole.splits if cell.word in hides.splits and cell not in told]
    # Its number less the shown parts among them is that of `told`; the total less that, of `rest`.
    return _is_weak(told) or (not hides.total and _is_weak(rest))


def _is_weak(parts: Sequence[Cell]) -> bool:
    """Whether the sum of hidden parts would tell of one, or of too few people."""
    return bool(parts) and (len(parts) == 1 or _are_few(parts))


def is_few(cell: Cell) -> bool:
    """Whether somebody stands behind it, and fewer than LEAST."""
    return any(0 < count < LEAST for count in _counts(cell))


def _are_few(parts: Sequence[Cell]) -> bool:
    """Whether behind parts together may stand fewer than LEAST.

    The same people may stand behind each of them, so they are as many as behind the largest.
    """
    return any(0 < max(counts) < LEAST for counts in zip(*map(_counts, parts), strict=True))


def _counts(cell: Cell) -> tuple[int, int, int, int]:
    return cell.parties, cell.buyers, cell.of_parties, cell.of_buyers


def total_hidden(figure: Figure, measured: Measured) -> bool:
    """Whether the number of the whole region is hidden."""
    return not figure.public and is_few(measured.total)


def hidden(figure: Figure, measured: Measured, parts: Sequence[Cell]) -> set[str]:
    """Words of the parts (communes or splits of `measured`) that are hidden."""
    if figure.public:
        return set()
    away = [cell for cell in parts if is_few(cell)]
    if away and not total_hidden(figure, measured):
        others = sorted((c for c in parts if c not in away and _people(c)), key=_people)
        while others and _is_weak(away):
            away.append(others.pop(0))
    return {cell.word for cell in away}


def _people(cell: Cell) -> int:
    """How many stand behind a part, the fewer of sellers and buyers; 0 when it is nobody's."""
    counts = [count for count in (cell.of_parties or cell.parties, cell.buyers) if count]
    return min(counts, default=0)
