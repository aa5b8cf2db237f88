"""An area on other sites: a page to be embedded, its products as open data, and how to use both."""

import json

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from shop import pages, spreadsheets
from shop.catalogue import search
from shop.catalogue.search import Wanted
from shop.database import db
from shop.errors import NotFound
from shop.pages import CONTENT_SECURITY_POLICY
from shop.storefront import area_data, areas, caching, discovery, listing
from shop.storefront.areas import Area

bp = Blueprint("area_pages", __name__, url_prefix="/vung-nhung")
bp.after_request(caching.keep)

SHELF = 12


def _area(province: str, commune: str) -> Area:
    above = areas.provinces().get(province)
    here = areas.communes(above).get(commune) if above and commune else above
    if here is None:
        raise NotFound(area=province)
    return here


def _named(area: Area) -> str:
    return f"{area.name}, {area.parent.name}" if area.parent else area.name


@bp.get("/<province>")
@bp.get("/<province>/<commune>")
@pages.public
def embedded(province: str, commune: str = "") -> ResponseReturnValue:
    """Products, stalls and markets of an area, to stand within a page of another site."""
    area = _area(province, commune)
    wanted = Wanted(province=area.province_code, commune=area.commune_code, sort="newest")
    found = search.load(search.find(wanted).limit(SHELF))
    answer = pages.page(
        "area_pages/embedded.html",
        area=area,
        name=_named(area),
        url=discovery.area_path(area),
        products=found,
        covers=listing.covers(found),
        stars=listing.stars(found),
        stalls=[
            (row.name, discovery.stall_url(row))
            for row in db.session.scalars(area_data.stalls(area))
        ],
    )
    # Any site may frame it: it has no form, and nothing in it knows who looks.
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    answer.headers["Content-Security-Policy"] = policy
    return answer


@bp.get("/<province>/dung")
@bp.get("/<province>/<commune>/dung")
@pages.public
def howto(province: str, commune: str = "") -> ResponseReturnValue:
    """The lines to put into another site, and the open data with its columns."""
    area = _area(province, commune)
    where = area.address
    return pages.page(
        "area_pages/howto.html",
        name=_named(area),
        url=discovery.area_path(area),
        frame=url_for(".embedded", _external=True, **where),
        csv=url_for(".products_csv", _external=True, **where),
        json=url_for(".products_json", _external=True, **where),
        columns=area_data.COLUMNS,
        licence=area_data.LICENCE,
    )


@bp.get("/<province>/san-pham.csv")
@bp.get("/<province>/<commune>/san-pham.csv")
@pages.public
def products_csv(province: str, commune: str = "") -> ResponseReturnValue:
    """What an area sells, as CSV."""
    area = _area(province, commune)
    names = [name for name, _words in area_data.COLUMNS]
    rows = [[row[name] for name in names] for row in area_data.products(area)]
    answer = Response(spreadsheets.write_csv(names, rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="san-pham-{area.slug}.csv"'
    return _open(answer)


@bp.get("/<province>/san-pham.json")
@bp.get("/<province>/<commune>/san-pham.json")
@pages.public
def products_json(province: str, commune: str = "") -> ResponseReturnValue:
    """The same as JSON: `columns` with what each holds, `rows`."""
    area = _area(province, commune)
    body = {
        "area": _named(area),
        "licence": area_data.LICENCE,
        "columns": {name: str(words) for name, words in area_data.COLUMNS},
        "rows": area_data.products(area),
    }
    data = json.dumps(body, ensure_ascii=False)
    return _open(Response(data, content_type="application/json; charset=utf-8"))


def _open(answer: Response) -> Response:
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
