"""Sheets: all figures of a region and a period in one row, kept nightly or frozen for good.

A frozen one says when and from which rows it was reckoned, so that reckoning it again gives the
same number, or tells that rows came or changed since.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from shop import clock, periods, references, regions
from shop.accounts.access import Actor
from shop.database import db, table_of
from shop.errors import NotFound
from shop.figures import Figure, Scope
from shop.periods import Period
from shop.regions import Region
from shop.reports import kpis
from shop.reports.errors import StillRunning
from shop.reports.kpis import Measured
from shop.reports.models import Sheet


def scope_of(sheet: Sheet) -> Scope:
    """Where and when it is of. Raises NotFound when the region is known no more."""
    region = regions.get(sheet.area_code)
    if region is None:
        raise NotFound(area=sheet.area_code)
    return Scope(region, Period(sheet.first, sheet.last, sheet.period))


def measured(sheet: Sheet) -> dict[str, Measured]:
    """Its figures, by name; those that no room offers any more are left out."""
    known = kpis.registry()
    return {name: kpis.of_kept(kept) for name, kept in sheet.values.items() if name in known}


def now(scope: Scope, *, public: bool = False) -> Sheet:
    """The nightly sheet, or where there is none one reckoned just now and not kept.

    `public`: then only of the figures that anybody may know.
    """
    query = select(Sheet).where(
        Sheet.area_code == scope.region.code, Sheet.period == scope.period.word, ~Sheet.frozen
    )
    kept = db.session.scalar(query)
    return kept or Sheet(**_values(scope, kpis.every(scope, public=public)))


def keep(scope: Scope) -> None:
    """Reckon the sheet anew and write it over the one that is kept."""
    values = _values(scope, kpis.every(scope))
    table = table_of(Sheet)
    written = {name: values[name] for name in ("taken_at", "values", "digest")}
    statement = insert(table).values(ref=references.new(), **values)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["area_code", "period"],
            index_where=~table.c.frozen,
            set_=written,
        )
    )


def freeze(actor: Actor, scope: Scope) -> Sheet:
    """All figures as they are now, kept for good under the actor's name.

    Raises StillRunning for a period that is not over.
    """
    if not scope.period.over:
        raise StillRunning(scope.period.name)
    found = kpis.every(scope, digested=True)
    values = _values(scope, found) | {"taken_by": actor.name, "frozen": True}
    row = Sheet(**values)
    db.session.add(row)
    db.session.flush()
    return row


def _values(scope: Scope, found: dict[str, Measured]) -> dict[str, Any]:
    kept = {name: each.kept() for name, each in found.items()}
    said = json.dumps([scope.region.code, scope.period.word, *(m["digest"] for m in kept.values())])
    return {
        "area_code": scope.region.code,
        "period": scope.period.word,
        "first": scope.period.first,
        "last": scope.period.last,
        "taken_at": clock.now(),
        "taken_by": None,
        "frozen": False,
        "values": kept,
        "digest": hashlib.sha256(said.encode()).hexdigest(),
    }


@dataclass(frozen=True)
class Check:
    """A frozen figure and the same reckoned again. `same_rows`: from the very same rows."""

    figure: Figure
    then: Measured
    today: Measured

    @property
    def same(self) -> bool:
        """Whether the number is the same."""
        pair = (self.then.total, self.today.total)
        return len({(cell.top, cell.bottom) for cell in pair}) == 1

    @property
    def same_rows(self) -> bool:
        """Whether it comes from the same rows; a number may be the same by chance."""
        return self.then.digest == self.today.digest


def again(sheet: Sheet) -> list[Check]:
    """Reckon every figure of a frozen sheet anew from the rows as they are now."""
    then = measured(sheet)
    found = kpis.every(scope_of(sheet), digested=True)
    known = kpis.registry()
    return [Check(known[name], then[name], found[name]) for name in found if name in then]


def frozen(region: Region) -> Select[Sheet]:
    """The frozen sheets of a region, the newest first."""
    query = select(Sheet).where(Sheet.area_code == region.code, Sheet.frozen)
    return query.order_by(Sheet.last.desc(), Sheet.taken_at.desc(), Sheet.id.desc())


def get(ref: str) -> Sheet:
    """A frozen sheet. Raises NotFound."""
    found = db.session.scalar(select(Sheet).where(Sheet.ref == ref, Sheet.frozen))
    if found is None:
        raise NotFound(ref=ref)
    return found


def series(region: Region, found: Iterable[Period]) -> list[tuple[Period, Sheet]]:
    """The sheets of several periods of a region (see `periods.series`)."""
    return [(period, now(Scope(region, period))) for period in found]


def due(codes: Iterable[str]) -> list[Scope]:
    """What the night reckons anew of some regions: this month and the one before, in which rows
    still come late, with the quarters and years that they are of. Only what was not reckoned since
    the day began."""
    wanted = [
        Scope(region, period)
        for code in dict.fromkeys(codes)
        if (region := regions.get(code)) is not None
        for period in periods.choices(2)
    ]
    query = select(Sheet.area_code, Sheet.period).where(
        ~Sheet.frozen, Sheet.taken_at >= clock.midnight(clock.today())
    )
    done = {(code, word) for code, word in db.session.execute(query)}
    return [each for each in wanted if (each.region.code, each.period.word) not in done]


def kept() -> list[Scope]:
    """Every region and period of which there is a nightly sheet."""
    rows = db.session.scalars(select(Sheet).where(~Sheet.frozen).order_by(Sheet.id))
    return [scope_of(row) for row in rows if regions.get(row.area_code)]
