"""The night: sheets of officials' regions reckoned anew, all regions of a province at once.

Figures of sales (`Figure.noted`) are reckoned only for months in which something that they are
counted from changed since; triggers note it (`FigureTouch`), whenever it was sold. All others are
few rows, and are reckoned every night.

One process at a time does so: a change that is noted while a sheet is reckoned marks the sheet
after that, and the next night reckons it again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from sqlalchemy import delete, func, select, update

from shop import regions
from shop.accounts.access import Actor
from shop.database import among, db, with_memory
from shop.figures import Figure, Scope
from shop.periods import Period
from shop.regions import Region
from shop.reports import kpis, sheets
from shop.reports.kpis import Measured
from shop.reports.models import FigureTouch, Sheet

_LOCK = 7_226_050
# From so many communes on it is less work to read the whole province.
MANY = 8


def alone() -> bool:
    """Whether no other process is at it; then none is until this transaction ends."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))))


def carry() -> None:
    """Take the notes of changes, and mark the kept sheets that they are about."""
    gone = delete(FigureTouch).returning(
        FigureTouch.province_code, FigureTouch.first, FigureTouch.last
    )
    notes = {(row[0], row[1], row[2]) for row in db.session.execute(gone)}
    if not notes:
        return
    query = select(Sheet.id, Sheet.area_code, Sheet.first, Sheet.last)
    rows = db.session.execute(query.where(~Sheet.frozen, ~Sheet.touched))
    since = _by_province(notes)
    marked = [row.id for row in rows if _is_touched(row.area_code, row.first, row.last, since)]
    db.session.execute(update(Sheet).where(among(Sheet.id, marked)).values(touched=True))


def distrust() -> None:
    """Mark every kept sheet: of none of them the sales are taken as they stand."""
    db.session.execute(update(Sheet).where(~Sheet.frozen).values(touched=True))


# Province → first and last month of what changed there.
_Notes = dict[str, list[tuple[date, date]]]


def _by_province(notes: Iterable[tuple[str, date, date | None]]) -> _Notes:
    found: _Notes = defaultdict(list)
    for province, first, last in notes:
        found[province].append((first, last or date.max))
    return found


def _is_touched(code: str, first: date, last: date, notes: _Notes) -> bool:
    region = regions.get(code)
    spans = [span for province in _provinces(region) for span in notes.get(province, ())]
    # Months begin on their first day, and so do periods.
    return any(begins <= last and first <= ends for begins, ends in spans)


def _provinces(region: Region | None) -> set[str]:
    return {commune.province_code for commune in region.members()} if region else set()


def groups(scopes: Iterable[Scope]) -> list[list[Scope]]:
    """Those that can be reckoned at once: of one period, in one province of today."""
    found: dict[tuple[str, Period], list[Scope]] = defaultdict(list)
    for scope in scopes:
        found[_home(scope.region) or scope.region.code, scope.period].append(scope)
    return list(found.values())


def _home(region: Region) -> str:
    """The province of today that a region is, or is a commune of; of an old unit none."""
    if region.is_old:
        return ""
    return next(iter(_provinces(region)), "")


def keep(together: Sequence[Scope]) -> None:
    """Reckon the sheets of one of `groups` anew and write them over those that are kept."""
    period = together[0].period
    query = select(Sheet).where(
        ~Sheet.frozen,
        Sheet.period == period.word,
        among(Sheet.area_code, [scope.region.code for scope in together]),
    )
    rows = db.session.scalars(query.where(~Sheet.touched))
    kept = {row.area_code: sheets.measured(row) for row in rows}
    _each(together, kept, sheets.write)


def freeze(actor: Actor, together: Sequence[Scope]) -> None:
    """Freeze the sheets of one of `groups` under the actor's name."""

    def write(scope: Scope, found: dict[str, Measured]) -> None:
        sheets.write_frozen(actor, scope, found)

    _each(together, {}, write, digested=True)


def _each(
    together: Sequence[Scope],
    kept: dict[str, dict[str, Measured]],
    write: Callable[[Scope, dict[str, Measured]], object],
    *,
    digested: bool = False,
) -> None:
    found: dict[str, dict[str, Measured]] = {scope.region.code: {} for scope in together}
    with with_memory(megabytes=64):
        for name, figure in kpis.registry().items():
            old = {
                code: values[name]
                for code, values in kept.items()
                if figure.noted and name in values
            }
            anew = [scope for scope in together if scope.region.code not in old]
            for code, one in (old | _measured(figure, anew, digested=digested)).items():
                found[code][name] = one
    for scope in together:
        write(scope, found[scope.region.code])


def _measured(figure: Figure, scopes: Sequence[Scope], *, digested: bool) -> dict[str, Measured]:
    """A figure of several regions of one province, by their codes."""
    codes = {scope.region.code for scope in scopes}
    home = _home(scopes[0].region) if scopes else ""
    province = regions.get(home)
    if province is None or (len(codes) < MANY and not (home in codes and len(codes) > 1)):
        return {
            scope.region.code: kpis.measure(figure, scope, digested=digested) for scope in scopes
        }
    whole = Scope(province, scopes[0].period)
    found = kpis.everywhere(figure, whole, digested=digested)
    return {code: found.get(code) or kpis.nothing(figure, digested=digested) for code in codes}
