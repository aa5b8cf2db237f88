"""Hiding small groups: from what is shown nobody's own numbers can be told.

A number behind which stand fewer than LEAST sellers or buyers is hidden, those who agreed to be
seen not counted. One hidden part could be reckoned from the total and the other parts; so a second
one is hidden with it, the smallest, until at least two parts and LEAST parties are hidden together.
Figures that anybody can count in the shop are never hidden.
"""

from collections.abc import Sequence

from shop.figures import Figure
from shop.reports.kpis import Cell, Measured

LEAST = 5


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
