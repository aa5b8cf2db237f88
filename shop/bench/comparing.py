"""Kept sheets of figures compared with plain SQL, number by number."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from shop.bench.plain import FIGURES
from shop.database import db, with_memory
from shop.figures import Scope
from shop.reports import kpis
from shop.reports.kpis import Cell, Measured

_GROUPED = """
SELECT CASE grouping(commune, split) WHEN 3 THEN 'all' WHEN 1 THEN 'commune' ELSE 'split' END,
    CASE grouping(commune, split) WHEN 1 THEN commune WHEN 2 THEN split END,
    {number}, count(DISTINCT party) FILTER (WHERE NOT seen),
    count(DISTINCT buyer) FILTER (WHERE NOT seen)
FROM (
    SELECT r.*, party IN (SELECT seller_id FROM figure_consents WHERE ended_at IS NULL)
        AND party IS NOT NULL AS seen
    FROM ({rows}) r(commune, split, thing, amount, party, buyer)
) x
GROUP BY GROUPING SETS ((), (commune), (split))
"""
# What it is of ("all", "commune", "split") and its word → number, sellers, buyers.
_Told = dict[tuple[str, str], tuple[int, int, int]]


def compare(scope: Scope, found: dict[str, Measured]) -> tuple[int, list[str]]:
    """How many numbers of a province's figures were compared, and which of them differ.

    A number with the sellers and buyers behind it counts as one.
    """
    compared, wrong = 0, list[str]()
    for name, figure in kpis.registry().items():
        top, bottom = FIGURES[name]
        tops = _told(scope, top, summed=figure.summed)
        bottoms = _told(scope, bottom) if bottom else None
        for key, cell in _cells(found[name]):
            compared += 1
            if not _same(cell, tops.get(key), None if bottoms is None else bottoms.get(key)):
                wrong.append(f"{name} {scope.period.word} {key}")
        there = {key for key, _cell in _cells(found[name])}
        plain = {*tops, *(bottoms or ())}
        missed = {key for key in plain - there if key[0] != "split" or figure.splits}
        wrong += [f"{name} {scope.period.word} {key} is left out" for key in missed]
    return compared, wrong


def _told(scope: Scope, rows: str, *, summed: bool = False) -> _Told:
    number = "coalesce(sum(amount), 0)" if summed else "count(DISTINCT thing)"
    given = {
        "province": scope.region.code,
        "communes": [commune.code for commune in scope.region.members()],
        "first": scope.period.first,
        "last": scope.period.last,
        "start": scope.period.start,
    }
    with with_memory(megabytes=64):
        found = db.session.execute(text(_GROUPED.format(number=number, rows=rows)), given).all()
    return {
        (by, word or ""): (int(many), parties, buyers) for by, word, many, parties, buyers in found
    }


def _cells(measured: Measured) -> Iterator[tuple[tuple[str, str], Cell]]:
    yield ("all", ""), measured.total
    yield from ((("commune", cell.word), cell) for cell in measured.communes)
    yield from ((("split", cell.word), cell) for cell in measured.splits)


def _same(cell: Cell, top: Any, bottom: Any) -> bool:
    above = top or (0, 0, 0)
    if (cell.top, cell.parties, cell.buyers) != above:
        return False
    below = bottom or (0, 0, 0)
    return cell.bottom is None or (cell.bottom, cell.of_parties, cell.of_buyers) == below
