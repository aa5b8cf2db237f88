"""What anybody may see of a market: where it is, its booths and their goods; no account, no money.

A trader is named only where the seller is public anyway: a name is personal data (Law 91/2025/QH15,
Art. 2), and most who stand in a market never asked to be on the web.
"""

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select

from shop import clock, pages, places
from shop.database import db
from shop.errors import NotFound
from shop.markets import booths, registry, takings, words
from shop.markets.models import Booth, Market
from shop.sellers import stalls

bp = Blueprint("public_markets", __name__, url_prefix="/cho")


@bp.after_request
def fresh(response: Response) -> Response:
    """The frame names who is signed in; what was searched for is no page of its own."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if "q" in request.args:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("")
@pages.public
def market_list() -> ResponseReturnValue:
    """Every market and street that there is, by name."""
    page = pages.paged(shown())
    return pages.page(
        "public_markets/market_list.html",
        page=page,
        where={row.ref: _where(row) for row in page.items},
        words=words,
    )


def shown() -> Select[Market]:
    """The markets that there are today, by name."""
    return takings.open_markets(clock.today())


def get(ref: str) -> Market:
    """One of them. Raises NotFound."""
    row = db.session.scalar(shown().where(Market.ref == ref))
    if row is None:
        raise NotFound(ref=ref)
    return row


def _where(row: Market) -> str:
    commune = places.commune(row.commune_code)
    return commune.full if commune else ""


@bp.get("/<ref>")
@pages.public
def public_market(ref: str) -> ResponseReturnValue:
    """A market: place, partners, since when, and its booths with what they sell."""
    row = get(ref)
    said = request.args.get("q", "").strip()[:60]
    page = pages.paged(booths.of_market_goods(row, said))
    total = select(func.count(Booth.id)).where(Booth.market_id == row.id, Booth.closed_on.is_(None))
    return pages.page(
        "public_markets/public_market.html",
        market=row,
        where=_where(row),
        started=registry.started(row.started_on, row.started_precision),
        booths=int(db.session.scalar(total) or 0),
        page=page,
        said=said,
        words=words,
        stall=lambda booth: (
            url_for("storefront.stall", ref=booth.seller.ref)
            if stalls.is_public(booth.seller)
            else ""
        ),
    )
