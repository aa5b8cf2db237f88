"""Open data: the public figures of a region for anybody, as CSV or JSON with documented columns."""

import json

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from shop import clock, gazetteer, limits, pages, periods, regions, spreadsheets, text
from shop.errors import NotFound
from shop.figures import Scope
from shop.periods import BadPeriod
from shop.reports import briefs, exports, sheets
from shop.spreadsheets import Cell

bp = Blueprint("open_data", __name__, url_prefix="/du-lieu-mo")

LICENCE = "CC BY 4.0"
KEPT_SECONDS = 3600
# What is not kept is reckoned for each who asks.
PER_ADDRESS = "60/minute"


@bp.get("")
@pages.public
def about() -> ResponseReturnValue:
    """What there is, what each column holds, how it may be used."""
    last = periods.month(clock.today()).before()
    provinces = [
        (row.label, url_for(".figures_csv", area=row.code, period=last.word))
        for row in gazetteer.provinces()
    ]
    return pages.page(
        "reports/open_data.html",
        columns=exports.COLUMNS,
        provinces=provinces,
        licence=LICENCE,
        period=last,
    )


def _scope(area: str, period: str) -> Scope:
    limits.hit(PER_ADDRESS, "open-data", request.remote_addr or "?")
    region = regions.get(area)
    if region is None:
        raise NotFound(area=area)
    try:
        return Scope(region, periods.read(period))
    except BadPeriod:
        raise NotFound(period=period) from None


def _rows(scope: Scope) -> list[dict[str, Cell]]:
    sheet = sheets.now(scope, public=True)
    groups = briefs.lines(sheets.measured(sheet), everything=False)
    names = [name for name, _words in exports.COLUMNS]
    return [dict(zip(names, row, strict=True)) for row in exports.open_rows(scope, groups)]


@bp.get("/<area>/<period>.csv")
@pages.public
def figures_csv(area: str, period: str) -> ResponseReturnValue:
    """The public figures of a region as CSV."""
    scope = _scope(area, period)
    rows = _rows(scope)
    data = spreadsheets.write_csv(
        [name for name, _words in exports.COLUMNS], [list(row.values()) for row in rows]
    )
    name = f"so-lieu-{text.slug(scope.region.name)}-{scope.period.word}.csv"
    return _kept(Response(data, content_type="text/csv; charset=utf-8"), name)


@bp.get("/<area>/<period>.json")
@pages.public
def figures_json(area: str, period: str) -> ResponseReturnValue:
    """The same as JSON: `columns` with what each holds, `rows`."""
    scope = _scope(area, period)
    body = {
        "licence": LICENCE,
        "columns": {name: str(words) for name, words in exports.COLUMNS},
        "rows": _rows(scope),
    }
    data = json.dumps(body, ensure_ascii=False)
    return _kept(Response(data, content_type="application/json; charset=utf-8"))


def _kept(response: Response, name: str = "") -> Response:
    response.cache_control.public = True
    response.cache_control.max_age = KEPT_SECONDS
    response.headers["Access-Control-Allow-Origin"] = "*"
    if name:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
