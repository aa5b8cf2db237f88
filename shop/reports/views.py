"""Officials' pages: whose region, its brief, one figure of it with the rows behind."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock, gazetteer, pages, periods, regions, spreadsheets, text
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.figures import Figure, Scope
from shop.periods import BadPeriod, Period
from shop.regions import Region
from shop.reports import briefs, exports, hiding, kpis, officials, paper, reported, sheets
from shop.reports.kpis import Measured
from shop.reports.models import Sheet

bp = Blueprint("reports", __name__, url_prefix="/so-lieu")

MOST_FOUND = 20
MOST_BARS = 15


@bp.get("")
@access.signed_in
def start(actor: Actor) -> ResponseReturnValue:
    """The regions that are the actor's to read, and a search for who reads all."""
    access.expect(actor, Permission.AREA_READ)
    everything, words = officials.sees_all(actor), request.args.get("q", "").strip()[:100]
    found = _found(words) if everything and words else officials.of(actor)
    if not everything and len(found) == 1:
        return _to_brief(found[0], sheets.latest(found[0]))
    return pages.page(
        "reports/start.html",
        found=found,
        words=words,
        everything=everything,
        provinces=gazetteer.provinces() if everything and not words else [],
    )


def _found(words: str) -> list[Region]:
    """What the words may mean: the region they name exactly, communes they begin, old districts."""
    exact = regions.get(words) or regions.read(words)
    codes = [row.code for row in gazetteer.search(words, MOST_FOUND)]
    found = [exact, *map(regions.get, codes), *regions.old_named(words)]
    return list({region.code: region for region in found if region is not None}.values())


def scope(actor: Actor, area: str, period: str) -> Scope:
    """Where and when an address asks for. Raises NotFound of another's region."""
    region = officials.region(actor, area)
    try:
        return Scope(region, periods.read(period))
    except BadPeriod:
        if request.args.get("ky"):
            raise
        raise NotFound(period=period) from None


@bp.get("/vung/<area>")
@access.signed_in
def choose(actor: Actor, area: str) -> ResponseReturnValue:
    """Another period of a region, as the form of its page asks for; else the latest one in which
    something happened. Raises BadPeriod."""
    region, word = officials.region(actor, area), request.args.get("ky")
    return _to_brief(region, sheets.latest(region) if word is None else periods.read(word))


def _to_brief(region: Region, period: Period) -> ResponseReturnValue:
    return redirect(url_for(".brief", area=region.code, period=period.word), 303)


@bp.get("/vung/<area>/<period>")
@access.signed_in
def brief(actor: Actor, area: str, period: str) -> ResponseReturnValue:
    """All figures of a region and a period on one page, beside those of the period before."""
    asked = scope(actor, area, period)
    sheet, earlier = _sheet(actor, asked), asked.period.before()
    # Nobody waits for an old period to be reckoned only to be compared with.
    beside = earlier in sheets.offered()
    compared = told(actor, _kept(actor, Scope(asked.region, earlier))) if beside else []
    return pages.page(
        "reports/brief.html",
        scope=asked,
        sheet=sheet,
        groups=told(actor, sheet),
        earlier=earlier,
        later=asked.period.after(),
        before={line.figure.name: line.shown for _title, lines in compared for line in lines},
        choices=_choices(asked.period),
        reported=reported.of_region(asked.region),
        everything=officials.sees_all(actor),
        frozen=list(db.session.scalars(sheets.frozen(asked.region).limit(12))),
    )


def _sheet(actor: Actor, asked: Scope) -> Sheet:
    if officials.sees_all(actor):
        return sheets.now(asked)
    with transaction():
        return sheets.of_the_day(asked)


def _kept(actor: Actor, asked: Scope) -> Sheet:
    """What stands beside the sheet that is asked for: not reckoned anew where one is kept."""
    if officials.sees_all(actor):
        return sheets.now(asked)
    with transaction():
        return sheets.once_kept(asked)


def told(actor: Actor, sheet: Sheet) -> list[tuple[str, list[briefs.Line]]]:
    """The figures of a sheet as this actor may know them, under their headings."""
    targets = reported.targets(sheet.area_code, periods.read(sheet.period))
    everything = officials.sees_all(actor)
    today = of_today(actor, sheet)
    return briefs.of_sheet(sheet, everything=everything, targets=targets, today=today)


def of_today(actor: Actor, sheet: Sheet) -> dict[str, Measured]:
    """What hides more of a frozen sheet than was hidden then (`sheets.as_read_today`)."""
    if officials.sees_all(actor):
        return {}
    with transaction():
        return sheets.as_read_today(sheet)


def _choices(period: Period) -> list[tuple[str, str]]:
    found = periods.choices()
    words = {each.word: each.name for each in (found if period in found else [period, *found])}
    return list(words.items())


@bp.get("/vung/<area>/<period>/<name>")
@access.signed_in
def figure(actor: Actor, area: str, period: str, name: str) -> ResponseReturnValue:
    """One figure: how it is reckoned, its parts, and the rows that the actor may see."""
    asked = scope(actor, area, period)
    found = kpis.get(name)
    everything = officials.sees_all(actor)
    part = "bottom" if request.args.get("phan") == "mau" and found.ratio else "top"
    sheet = _sheet(actor, asked)
    # From the nightly sheet: whoever looked before and after each sale would know what it came to.
    whole = {} if everything else sheets.measured(sheet)
    measured = whole.get(name)
    months = {} if everything else sheets.in_months(asked, name)
    if found.tells and not everything:
        months |= {found.tells[0]: sheets.in_months(asked, found.tells[0])[found.tells[0]]}
    rows = kpis.rows(found, asked, part=part, consented=not (everything or found.public))
    return pages.page(
        "reports/figure.html",
        scope=asked,
        line=briefs.line(
            found,
            measured or kpis.measure(found, asked),
            everything=everything,
            target=reported.targets(asked.region.code, asked.period).get(name, ""),
            months=months.get(name, ()),
            withheld=name in hiding.withheld(whole, months),
        ),
        taken_at=sheet.taken_at if measured else clock.now(),
        figure=found,
        part=part,
        page=_paged(rows),
        months=_by_month(actor, asked, found),
        everything=everything,
        opened=_opener(actor, asked, found),
        most=MOST_BARS,
    )


def _opener(actor: Actor, asked: Scope, found: Figure) -> Any:
    """Where a row leads: to what is told of it alone; who sees all, else to its own page."""
    area, period = asked.region.code, asked.period.word
    if found.alone:
        return lambda ref: url_for(".alone", area=area, period=period, name=found.name, ref=ref)
    return opener(found) if officials.sees_all(actor) else lambda _ref: ""


@bp.get("/vung/<area>/<period>/<name>/rieng/<ref>")
@access.signed_in
def alone(actor: Actor, area: str, period: str, name: str, ref: str) -> ResponseReturnValue:
    """What a figure tells of one row that the actor may see, month by month: of a booth its
    digital share."""
    asked, found = scope(actor, area, period), kpis.get(name)
    everything = officials.sees_all(actor)
    rows = kpis.rows(found, asked, part="bottom", consented=not everything).subquery()
    row = db.session.execute(select(rows).where(rows.c.ref == ref).limit(1)).first()
    if found.alone is None or row is None:
        raise NotFound(ref=ref)
    one = found.alone(ref)
    months = [month for month in periods.up_to(asked.period) if month in sheets.offered()]
    line, *told_of = [
        briefs.line(one, kpis.measure(one, Scope(asked.region, period)), everything=True)
        for period in (asked.period, *months)
    ]
    return pages.page(
        "reports/alone.html",
        scope=asked,
        figure=found,
        one=one,
        row=row,
        line=line,
        months=[(m, told, _percent(told, 0)) for m, told in zip(months, told_of, strict=True)],
        page_of_row=opener(found)(ref) if everything else "",
    )


def _by_month(actor: Actor, asked: Scope, found: Figure) -> list[tuple[Period, briefs.Line, int]]:
    """The months up to the end of the period: what is told of each, and how long its bar is."""
    offered = sheets.offered()
    months = [month for month in periods.up_to(asked.period) if month in offered]
    if officials.sees_all(actor):
        measured = sheets.of_figure(asked.region, months, found)
        told_of = [briefs.line(found, each, everything=True) for each in measured]
    else:
        told_of = [_in_month(actor, Scope(asked.region, month), found) for month in months]
    most = 0 if found.ratio else max((line.top or 0 for line in told_of), default=0)
    return [(m, line, _percent(line, most)) for m, line in zip(months, told_of, strict=True)]


def _in_month(actor: Actor, asked: Scope, found: Figure) -> briefs.Line:
    """The line of one figure; reckoned now where a sheet was kept before there was such a one."""
    groups = told(actor, _kept(actor, asked))
    lines = (line for _title, inside in groups for line in inside)
    there = next((line for line in lines if line.figure.name == found.name), None)
    return there or briefs.line(found, kpis.measure(found, asked), everything=False)


def _percent(line: briefs.Line, most: int) -> int:
    """How long the bar is; of the longest, or of the whole where it is a share."""
    whole = line.bottom if line.figure.ratio else most
    return min(100, 100 * (line.top or 0) // whole) if whole else 0


def _paged(query: Any) -> pages.Page:
    """A page of rows that are no objects."""
    number, size = pages.asked_number(), pages.PAGE_SIZE
    counted = db.session.execute(query.limit(size + 1).offset((number - 1) * size)).all()
    total = (number - 1) * size + len(counted)
    return pages.Page(list(counted[:size]), number, total, size)


def opener(found: Figure) -> Any:
    """Where the page of one row is, by its reference; nowhere without one."""
    return lambda ref: url_for(found.page, ref=ref) if found.page and ref else ""


@bp.get("/vung/<area>/<period>/tom-tat.pdf")
@access.signed_in
def brief_pdf(actor: Actor, area: str, period: str) -> ResponseReturnValue:
    """The brief on paper."""
    asked = scope(actor, area, period)
    sheet = _sheet(actor, asked)
    data = paper.brief(asked, sheet.taken_at, told(actor, sheet))
    return download(data, "application/pdf", f"{_file_name(asked)}.pdf")


@bp.get("/vung/<area>/<period>/so-lieu.xlsx")
@access.signed_in
def brief_xlsx(actor: Actor, area: str, period: str) -> ResponseReturnValue:
    """The brief as a spreadsheet, with formulas and parts."""
    asked = scope(actor, area, period)
    sheet = _sheet(actor, asked)
    data = exports.workbook(asked, told(actor, sheet), exports.said_at(sheet.taken_at))
    return download(data, spreadsheets.XLSX, f"{_file_name(asked)}.xlsx")


def _file_name(asked: Scope) -> str:
    return f"so-lieu-{text.slug(asked.region.name)}-{asked.period.word}"


def download(data: bytes, kind: str, name: str) -> Response:
    """A file that only this person gets."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(data, content_type=kind, headers=headers)


def _ready(actor: Actor, asked: Scope) -> Sheet | None:
    """The sheet of a period that nobody waits long for: offered to all, or kept since an official
    opened it. Twelve old years with their months would keep a page reckoning for very long; who
    sees all needs no months, and of theirs nothing is kept."""
    if officials.sees_all(actor) or asked.period in sheets.offered() or sheets.is_kept(asked):
        return _sheet(actor, asked)
    return None


@bp.get("/vung/<area>/qua-cac-ky")
@access.signed_in
def series(actor: Actor, area: str) -> ResponseReturnValue:
    """Figures of one region through several periods, and what an old unit became."""
    region = officials.region(actor, area)
    words = request.args.getlist("ky")[:12] or [p.word for p in reversed(periods.choices(6)[:6])]
    asked, wrong = [], ""
    try:
        asked = periods.series(words)
    except BadPeriod as error:
        wrong = error.message
    found = [_ready(actor, Scope(region, period)) for period in asked]
    columns = [
        {line.figure.name: line for _name, lines in told(actor, sheet) for line in lines}
        if sheet
        else {}
        for sheet in found
    ]
    return pages.page(
        "reports/series.html",
        region=region,
        wrong=wrong,
        asked=words,
        columns=asked,
        lacking=[period for period, sheet in zip(asked, found, strict=True) if sheet is None],
        rows=[
            (each, [column.get(name) for column in columns])
            for name, each in kpis.registry().items()
        ],
        choices=_choices(periods.month(clock.today())),
        reported=reported.of_region(region),
        title=_("Qua các kỳ"),
    )
