"""Officials' pages: whose region, its brief, one figure of it with the rows behind."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, gazetteer, pages, periods, regions, spreadsheets, text
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import NotFound
from shop.figures import Figure, Scope
from shop.periods import BadPeriod, Period
from shop.regions import Region
from shop.reports import briefs, exports, kpis, officials, paper, reported, sheets
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
    period = periods.month(clock.today()).before()
    if not everything and len(found) == 1:
        return redirect(url_for(".brief", area=found[0].code, period=period.word), 303)
    return pages.page(
        "reports/start.html",
        found=found,
        period=period,
        words=words,
        everything=everything,
        provinces=gazetteer.provinces() if everything and not words else [],
    )


def _found(words: str) -> list[Region]:
    """What the words may mean: the region they name exactly, then communes they begin."""
    exact = regions.get(words) or regions.read(words)
    codes = [row.code for row in gazetteer.search(words, MOST_FOUND)]
    found = [exact, *map(regions.get, codes)]
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
    """Another period of a region, as the form of its page asks for. Raises BadPeriod."""
    region = officials.region(actor, area)
    wanted = periods.read(request.args.get("ky", ""))
    return redirect(url_for(".brief", area=region.code, period=wanted.word), 303)


@bp.get("/vung/<area>/<period>")
@access.signed_in
def brief(actor: Actor, area: str, period: str) -> ResponseReturnValue:
    """All figures of a region and a period on one page."""
    asked = scope(actor, area, period)
    sheet = sheets.now(asked)
    return pages.page(
        "reports/brief.html",
        scope=asked,
        sheet=sheet,
        groups=told(actor, sheet),
        choices=_choices(asked.period),
        reported=reported.of_region(asked.region),
        everything=officials.sees_all(actor),
        frozen=list(db.session.scalars(sheets.frozen(asked.region).limit(12))),
    )


def told(actor: Actor, sheet: Sheet) -> list[tuple[str, list[briefs.Line]]]:
    """The figures of a sheet as this actor may know them, under their headings."""
    targets = reported.targets(sheet.area_code, periods.read(sheet.period))
    everything = officials.sees_all(actor)
    return briefs.lines(sheets.measured(sheet), everything=everything, targets=targets)


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
    sheet = sheets.now(asked)
    # From the nightly sheet: whoever looked before and after each sale would know what it came to.
    measured = None if everything else sheets.measured(sheet).get(name)
    rows = kpis.rows(found, asked, part=part, consented=not (everything or found.public))
    return pages.page(
        "reports/figure.html",
        scope=asked,
        line=briefs.line(
            found,
            measured or kpis.measure(found, asked),
            everything=everything,
            target=reported.targets(asked.region.code, asked.period).get(name, ""),
        ),
        taken_at=sheet.taken_at if measured else clock.now(),
        figure=found,
        part=part,
        page=_paged(rows),
        everything=everything,
        opened=opener(found) if everything else lambda _ref: "",
        most=MOST_BARS,
    )


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
    sheet = sheets.now(asked)
    data = paper.brief(asked, sheet.taken_at, told(actor, sheet))
    return download(data, "application/pdf", f"{_file_name(asked)}.pdf")


@bp.get("/vung/<area>/<period>/so-lieu.xlsx")
@access.signed_in
def brief_xlsx(actor: Actor, area: str, period: str) -> ResponseReturnValue:
    """The brief as a spreadsheet, with formulas and parts."""
    asked = scope(actor, area, period)
    sheet = sheets.now(asked)
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
    found = sheets.series(region, asked)
    columns = [
        {line.figure.name: line for _name, lines in told(actor, sheet) for line in lines}
        for _period, sheet in found
    ]
    return pages.page(
        "reports/series.html",
        region=region,
        wrong=wrong,
        asked=words,
        columns=asked,
        rows=[
            (each, [column.get(name) for column in columns])
            for name, each in kpis.registry().items()
        ],
        choices=_choices(periods.month(clock.today())),
        reported=reported.of_region(region),
        title=_("Qua các kỳ"),
    )
