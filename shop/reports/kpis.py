"""Reckoning a figure: its value, its parts by commune and by split, and the rows behind it.

All come from the figure's own rows, so that they cannot differ. Nothing is hidden here.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import BigInteger, Select, cast, distinct, func, select, tuple_
from sqlalchemy.dialects.postgresql import BIT

from shop.database import db
from shop.errors import NotFound
from shop.figures import Figure, Rows, Scope
from shop.reports.models import FigureConsent


@dataclass(frozen=True)
class Cell:
    """A number of one commune, of one split, or of all (`word` empty).

    `parties`, `buyers`: how many sellers and buyers stand behind `top`, those not counted who agree
    to be seen; `of_parties`, `of_buyers` likewise behind `bottom`.
    """

    word: str
    top: int = 0
    bottom: int | None = None
    parties: int = 0
    buyers: int = 0
    of_parties: int = 0
    of_buyers: int = 0


@dataclass(frozen=True)
class Measured:
    """One figure of one region and period. `digest`: of the rows it came from, if asked for."""

    name: str
    total: Cell
    communes: tuple[Cell, ...]
    splits: tuple[Cell, ...]
    digest: str = ""

    def kept(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


def of_kept(kept: Mapping[str, Any]) -> Measured:
    """What `Measured.kept` gave, read again."""
    parts = {name: tuple(Cell(**cell) for cell in kept[name]) for name in ("communes", "splits")}
    return Measured(kept["name"], Cell(**kept["total"]), **parts, digest=kept["digest"])


def registry() -> dict[str, Figure]:
    """Every figure that the rooms offer, by name, in the order of their groups."""
    found: dict[str, Figure] = current_app.extensions["figures"]
    return found


def get(name: str) -> Figure:
    """The figure of a name. Raises NotFound."""
    if name not in registry():
        raise NotFound(figure=name)
    return registry()[name]


def every(
    scope: Scope, *, party: int | None = None, digested: bool = False, public: bool = False
) -> dict[str, Measured]:
    """All figures of a scope by name, or only the public ones."""
    return {
        name: measure(figure, scope, party=party, digested=digested)
        for name, figure in registry().items()
        if figure.public or not public
    }


def measure(
    figure: Figure, scope: Scope, *, party: int | None = None, digested: bool = False
) -> Measured:
    """One figure of a scope; with `party` only what is that seller's."""
    tops = _grouped(figure.rows, scope, party, summed=figure.summed, digested=digested)
    if figure.of is None:
        return _measured(figure, tops, None)
    return _measured(figure, tops, _grouped(figure.of, scope, party, digested=digested))


def everywhere(figure: Figure, scope: Scope, *, digested: bool = False) -> dict[str, Measured]:
    """One figure of a province and of each commune in it, by code, from rows that are read once.

    The same numbers as `measure` gives of each; a commune of which there is no row is left out
    (see `nothing`).
    """
    tops = _apart(figure.rows, scope, summed=figure.summed, digested=digested)
    bottoms = _apart(figure.of, scope, digested=digested) if figure.of else None
    empty: _Groups = {("all", ""): _none(digested=digested)}
    return {
        code: _measured(
            figure,
            tops.get(code, empty),
            None if bottoms is None else bottoms.get(code, empty),
        )
        for code in dict.fromkeys([*tops, *(bottoms or ())])
    }


def nothing(figure: Figure, *, digested: bool = False) -> Measured:
    """A figure of a region in which there is no row."""
    empty: _Groups = {("all", ""): _none(digested=digested)}
    return _measured(figure, empty, empty if figure.ratio else None)


def _none(*, digested: bool) -> "_Group":
    return 0, 0, 0, "0:0" if digested else "0"


# Count or sum, parties, buyers, digest of the rows.
_Group = tuple[int, int, int, str]
# (what it is grouped by, word) → that.
_Groups = dict[tuple[str, str], _Group]
_BY = {3: "all", 1: "commune", 2: "split"}


def _grouped(
    rows: Rows, scope: Scope, party: int | None, *, summed: bool = False, digested: bool = False
) -> _Groups:
    query = _of_party(rows(scope), party)
    found = _counted(query, _WHOLE, summed=summed, digested=digested)
    return {_key(each): _group(each) for each in found}


def _apart(
    rows: Rows, scope: Scope, *, summed: bool = False, digested: bool = False
) -> dict[str, _Groups]:
    """Groups of the whole scope under its code, of each commune under that one's."""
    apart: dict[str, _Groups] = {scope.region.code: {}}
    for each in _counted(rows(scope), _EACH, summed=summed, digested=digested):
        if each.by:
            apart[scope.region.code][_key(each)] = _group(each)
        if each.by == 1 and each.commune:
            mine = apart.setdefault(each.commune, {})
            mine["all", ""] = mine["commune", each.commune] = _group(each)
        if each.by == 0 and each.commune:
            apart.setdefault(each.commune, {})["split", each.split] = _group(each)
    return apart


def _key(found: Any) -> tuple[str, str]:
    words = {1: found.commune, 2: found.split}
    return _BY[found.by], words.get(found.by) or ""


def _group(found: Any) -> _Group:
    return int(found.number), int(found.parties), int(found.buyers), str(found.mark)


_WHOLE = ((), ("commune",), ("split",))
_EACH = (*_WHOLE, ("commune", "split"))


def _counted(
    query: Select[Any], sets: Iterable[tuple[str, ...]], *, summed: bool, digested: bool
) -> Sequence[Any]:
    """The rows of a figure reckoned in groups. `by`: 3 all, 1 by commune, 2 by split, 0 by both."""
    found = query.subquery("counted")
    open_to_all = select(FigureConsent.seller_id).where(FigureConsent.ended_at.is_(None))
    agreed = open_to_all.subquery("agreed")
    hidden = agreed.c.seller_id.is_(None)
    commune, split = found.c.commune, func.coalesce(found.c.split, "")
    parts = {"commune": commune, "split": split}
    # A number in place of the text: they are sorted three times, and a text takes thrice as long.
    buyer = func.hashtextextended(found.c.buyer, 0)
    number = func.sum(found.c.amount) if summed else func.count(distinct(found.c.key))
    query = (
        select(
            func.grouping(commune, split).label("by"),
            commune.label("commune"),
            split.label("split"),
            func.coalesce(number, 0).label("number"),
            func.count(distinct(found.c.party)).filter(hidden).label("parties"),
            func.count(distinct(buyer)).filter(hidden).label("buyers"),
            (_mark(found) if digested else func.count()).label("mark"),
        )
        .select_from(found.outerjoin(agreed, agreed.c.seller_id == found.c.party))
        .group_by(func.grouping_sets(*(tuple_(*(parts[name] for name in one)) for one in sets)))
    )
    return db.session.execute(query).all()


def _of_party(query: Select[Any], party: int | None) -> Select[Any]:
    if party is None:
        return query
    found = query.subquery("of_all")
    return select(found).where(found.c.party == party)


def _mark(found: Any) -> Any:
    """A number that is the same for the same rows in any order, and for no others."""
    said = func.concat_ws("|", *(found.c[name] for name in ("key", "party", "commune", "split")))
    said = func.concat_ws("|", said, found.c.amount)
    word = func.concat("x", func.substr(func.md5(said), 1, 15))
    summed = func.coalesce(func.sum(cast(cast(word, BIT(60)), BigInteger)), 0)
    return func.concat(func.count(), ":", summed)


def _measured(figure: Figure, tops: _Groups, bottoms: _Groups | None) -> Measured:
    marks = [groups.get(("all", ""), (0, 0, 0, ""))[3] for groups in (tops, bottoms or {})]
    said = json.dumps([figure.name, *marks])
    return Measured(
        figure.name,
        _cell(("all", ""), tops, bottoms),
        tuple(_cells("commune", tops, bottoms)),
        tuple(_cells("split", tops, bottoms)) if figure.splits else (),
        hashlib.sha256(said.encode()).hexdigest(),
    )


def _cells(by: str, tops: _Groups, bottoms: _Groups | None) -> Iterable[Cell]:
    keys = dict.fromkeys(key for groups in (bottoms or {}, tops) for key in groups if key[0] == by)
    found = [_cell(key, tops, bottoms) for key in keys]
    return sorted(found, key=lambda cell: (-cell.top, -(cell.bottom or 0), cell.word))


def _cell(key: tuple[str, str], tops: _Groups, bottoms: _Groups | None) -> Cell:
    top, parties, buyers, _mark_of_rows = tops.get(key, (0, 0, 0, ""))
    cell = Cell(key[1], top, None, parties, buyers)
    if bottoms is None:
        return cell
    bottom, parties, buyers, _mark_of_rows = bottoms.get(key, (0, 0, 0, ""))
    return replace(cell, bottom=bottom, of_parties=parties, of_buyers=buyers)


def rows(
    figure: Figure, scope: Scope, *, part: str = "top", consented: bool, party: int | None = None
) -> Select[Any]:
    """The rows behind a figure, above the line ("top") or below it; `consented`: only of sellers
    who agree to be seen."""
    query = figure.of if part == "bottom" and figure.of is not None else figure.rows
    found = _of_party(query(scope), party).subquery("behind")
    listed = select(found).order_by(found.c.at.desc().nulls_last(), found.c.label, found.c.key)
    if consented:
        agreed = select(FigureConsent.seller_id).where(FigureConsent.ended_at.is_(None))
        listed = listed.where(found.c.party.in_(agreed))
    return listed
