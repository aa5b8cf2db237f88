"""Sheets: all figures of a region and a period in one row, kept nightly or frozen for good.

A frozen one says when and from which rows it was reckoned, so that reckoning it again gives the
same number, or tells that rows came or changed since.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from shop import clock, periods, references, regions
from shop.accounts.access import Actor
from shop.database import db, table_of
from shop.errors import NotFound
from shop.figures import Figure, Scope
from shop.periods import Period
from shop.regions import Region
from shop.reports import hiding, kpis
from shop.reports.errors import StillRunning
from shop.reports.hiding import Away
from shop.reports.kpis import Measured
from shop.reports.models import FigureConsent, Sheet
from shop.sellers.models import Seller

_WRITTEN = ("taken_at", "values", "hidden", "digest", "touched")
# Every period that pages offer: an older one is kept for the day on which somebody asks for it.
NIGHTLY_MONTHS = 12


def scope_of(sheet: Sheet) -> Scope:
    """Where and when it is of. Raises NotFound when the region is known no more."""
    region = regions.get(sheet.area_code)
    if region is None:
        raise NotFound(area=sheet.area_code)
    return Scope(region, Period(sheet.first, sheet.last, sheet.period))


def measured(sheet: Sheet) -> dict[str, Measured]:
    """Its figures in the order of the rooms; those that no room offers any more are left out."""
    kept = sheet.values  # the database keeps the keys of JSON in an order of its own
    return {name: kpis.of_kept(kept[name]) for name in kpis.registry() if name in kept}


def now(scope: Scope, *, public: bool = False) -> Sheet:
    """The nightly sheet, or where there is none one reckoned just now and not kept.

    `public`: then only of the figures that anybody may know.
    """
    kept = db.session.scalar(_kept(scope))
    return kept or Sheet(**_values(scope, kpis.every(scope, public=public)))


def _kept(scope: Scope) -> Select[Sheet]:
    return select(Sheet).where(
        Sheet.area_code == scope.region.code, Sheet.period == scope.period.word, ~Sheet.frozen
    )


def is_kept(scope: Scope) -> bool:
    """Whether there is a sheet of it that is not frozen."""
    return db.session.scalar(_kept(scope).with_only_columns(Sheet.id)) is not None


def of_the_day(scope: Scope) -> Sheet:
    """The nightly sheet, or of a period that the night passes over one that is kept for the day.

    For who may not see everything: a number that moves with each sale tells what it came to. It
    may write, so it stands in a transaction.
    """
    kept = db.session.scalar(_kept(scope))
    nightly = scope.period in periods.choices(NIGHTLY_MONTHS)
    today = kept is not None and kept.taken_at >= clock.midnight(clock.today())
    if kept is None or not (nightly or today) or _was_shut(scope, kept.taken_at):
        kept = _kept_anew(scope)
    _keep_months(scope)
    return kept


def _kept_anew(scope: Scope) -> Sheet:
    keep(scope)
    return db.session.scalars(_kept(scope).execution_options(populate_existing=True)).one()


def _keep_months(scope: Scope) -> None:
    """Of a longer period its months too, where the night passes over them or a seller took back
    since that it may be seen: what a month hides now, `in_months` hides in the longer period."""
    months = {month.word: month for month in scope.period.months()}
    query = select(Sheet.period, Sheet.taken_at).where(
        Sheet.area_code == scope.region.code, Sheet.period.in_(months), ~Sheet.frozen
    )
    taken = {row[0]: row[1] for row in db.session.execute(query)} if months else {}
    shut = _last_shut(scope) if months else None
    for word, month in months.items():
        if word not in taken or (shut is not None and shut > taken[word]):
            keep(Scope(scope.region, month))


def _was_shut(scope: Scope, since: datetime) -> bool:
    """Whether some seller of the region took back since then that officials may see its rows."""
    shut = _last_shut(scope)
    return shut is not None and shut > since


def _last_shut(scope: Scope) -> datetime | None:
    """When a seller of the region last took back that officials may see its rows."""
    query = select(func.max(FigureConsent.ended_at)).join(
        Seller, Seller.id == FigureConsent.seller_id
    )
    return db.session.scalar(query.where(scope.inside(Seller.province_code, Seller.commune_code)))


def of_figure(region: Region, months: list[Period], figure: Figure) -> list[Measured]:
    """One figure in each of some months: from the nightly sheets, reckoned now where one lacks."""
    words = [month.word for month in months]
    query = select(Sheet).where(
        Sheet.area_code == region.code, Sheet.period.in_(words), ~Sheet.frozen
    )
    kept = {row.period: measured(row).get(figure.name) for row in db.session.scalars(query)}
    return [kept.get(m.word) or kpis.measure(figure, Scope(region, m)) for m in months]


def once_kept(scope: Scope) -> Sheet:
    """The sheet that is kept of a period, however old, unless a seller of the region took back
    since that it may be seen; then, and where there is none, one that is kept now.

    It may write, so it stands in a transaction.
    """
    kept = db.session.scalar(_kept(scope))
    if kept is None or _was_shut(scope, kept.taken_at):
        kept = _kept_anew(scope)
    _keep_months(scope)
    return kept


def as_read_today(sheet: Sheet) -> dict[str, Measured]:
    """The figures of a frozen sheet as the day's sheet has them, where a seller of the region took
    back since the freeze that it may be seen; else nothing.

    It may write, so it stands in a transaction.
    """
    scope = scope_of(sheet)
    if not sheet.frozen or not _was_shut(scope, sheet.taken_at):
        return {}
    return measured(of_the_day(scope))


def in_months(scope: Scope, only: str = "") -> dict[str, list[Away]]:
    """Figure → what is hidden of it in every month of a longer period, as anybody may have seen
    that month: in each of its sheets, kept or frozen, or reckoned now where there is none (see
    `lacking`). Of figures whose months add up (see `hiding`), or of one."""
    months = {month.word: month for month in scope.period.months()}
    query = select(Sheet).where(Sheet.area_code == scope.region.code, Sheet.period.in_(months))
    # The values are large, and only read of sheets that were kept before this was.
    rows = list(db.session.scalars(query.options(defer(Sheet.values)))) if months else []
    there = {row.period for row in rows if not row.frozen}
    every = [_hidden_of(row) for row in rows]
    missing = [Scope(scope.region, months[word]) for word in months if word not in there]
    every += [_hidden(_hideable(each, only)) for each in missing]
    return {name: [month[name] for month in every if name in month] for name in kpis.registry()}


def _hidden_of(sheet: Sheet) -> dict[str, Away]:
    if sheet.hidden is None:
        return _hidden(measured(sheet))
    return {name: hiding.of_kept(kept) for name, kept in sheet.hidden.items()}


def _hidden(found: dict[str, Measured]) -> dict[str, Away]:
    known, withheld = kpis.registry(), hiding.withheld(found, {})
    return {
        name: hiding.own(known[name], each) | Away(withheld=name in withheld)
        for name, each in found.items()
        if _hides(known[name])
    }


def _hides(figure: Figure) -> bool:
    """Whether what a month of it hides is hidden in a longer period too."""
    return figure.adds_up and not figure.public


def _hideable(scope: Scope, only: str) -> dict[str, Measured]:
    names = [only, *(kpis.get(only).tells or ())[:1]] if only else list(kpis.registry())
    figures = [kpis.get(str(name)) for name in names]
    return {each.name: kpis.measure(each, scope) for each in figures if _hides(each)}


def latest(region: Region) -> Period:
    """The month that a viewer sees first: the last one that is over, if something happened in it;
    else the one that runs."""
    running = periods.month(clock.today())
    closed = Scope(region, running.before())
    return closed.period if _has_any(closed) else running


def _has_any(scope: Scope) -> bool:
    """Whether anything happened in a period: some figure that is no state is not zero."""
    flows = [figure for figure in kpis.registry().values() if not figure.state]
    query = select(Sheet).where(
        Sheet.area_code == scope.region.code, Sheet.period == scope.period.word, ~Sheet.frozen
    )
    row = db.session.scalar(query)
    kept = measured(row) if row is not None else {}
    return any((kept.get(f.name) or kpis.measure(f, scope)).total.top for f in flows)


def keep(scope: Scope) -> None:
    """Reckon the sheet anew and write it over the one that is kept.

    What changed meanwhile may have been noted of the one before (`nights.carry`), so the next night
    does not take its sales as they stand.
    """
    write(scope, kpis.every(scope), touched=True)


def write(scope: Scope, found: dict[str, Measured], *, touched: bool = False) -> None:
    """Write what was reckoned just now over the sheet that is kept."""
    values, table = _values(scope, found) | {"touched": touched}, table_of(Sheet)
    written = {name: values[name] for name in _WRITTEN}
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
    return write_frozen(actor, scope, kpis.every(scope, digested=True))


def write_frozen(actor: Actor, scope: Scope, found: dict[str, Measured]) -> Sheet:
    """Keep for good, under the actor's name, what was reckoned just now with its digests."""
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
        "hidden": {name: each.kept() for name, each in _hidden(found).items()},
        "digest": hashlib.sha256(said.encode()).hexdigest(),
        "touched": False,
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


def due(codes: Iterable[str]) -> list[Scope]:
    """What the night reckons anew of some regions: every period that their pages offer, which was
    not reckoned since the day began."""
    wanted = [
        Scope(region, period)
        for code in dict.fromkeys(codes)
        if (region := regions.get(code)) is not None
        for period in periods.choices(NIGHTLY_MONTHS)
    ]
    query = select(Sheet.area_code, Sheet.period).where(
        ~Sheet.frozen, Sheet.taken_at >= clock.midnight(clock.today())
    )
    done = {(code, word) for code, word in db.session.execute(query)}
    return [each for each in wanted if (each.region.code, each.period.word) not in done]


def offered() -> list[Period]:
    """Every period that the night keeps a sheet of: those that a page offers, and their months,
    without which a quarter or a year could not be told (`in_months`)."""
    chosen = periods.choices(NIGHTLY_MONTHS)
    return list(dict.fromkeys([*chosen, *(month for each in chosen for month in each.months())]))


def lacking(codes: Iterable[str]) -> list[Scope]:
    """What is offered of some regions and has no sheet, or one of a day before whose sales changed
    since: a number that changes oftener tells what each sale came to."""
    fresh = ~Sheet.touched | (Sheet.taken_at >= clock.midnight(clock.today()))
    query = select(Sheet.area_code, Sheet.period).where(~Sheet.frozen, fresh)
    there = {(code, word) for code, word in db.session.execute(query)}
    return [
        Scope(region, period)
        for code in dict.fromkeys(codes)
        if (region := regions.get(code)) is not None
        for period in offered()
        if (code, period.word) not in there
    ]


def kept() -> list[Scope]:
    """Every region and period of which there is a nightly sheet."""
    query = select(Sheet.area_code, Sheet.first, Sheet.last, Sheet.period)
    rows = db.session.execute(query.where(~Sheet.frozen).order_by(Sheet.id))
    return [
        Scope(region, Period(first, last, word))
        for code, first, last, word in rows
        if (region := regions.get(code)) is not None
    ]
