"""What markets lend to other rooms' pages."""

from flask import render_template
from sqlalchemy import Select, select

from shop import clock
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.markets import booths, registry, takings, till
from shop.markets.models import Booth, Market

# More are on the page of all markets.
MOST_KEPT = 3
MOST_IN_AREA = 60


def start(actor: Actor) -> str:
    """The tills of who sells in a market, and the markets of who manages some."""
    mine = booths.mine(actor, Permission.ORDERS_WRITE) if actor.may(Permission.ORDERS_WRITE) else []
    kept = [] if actor.may(Permission.OPERATE) else _kept(actor)
    if not mine and not kept:
        return ""
    return render_template(
        "markets/start.html",
        booths=mine,
        where=till.where,
        markets=kept,
        counts=takings.register([row.id for row in kept]),
    )


def _kept(actor: Actor) -> list[Market]:
    return list(db.session.scalars(registry.kept(actor).limit(MOST_KEPT)))


def in_area(province_code: str, commune_code: str) -> str:
    """The markets of an area, on its page and where that is embedded elsewhere."""
    here = Market.province_code == province_code
    if commune_code:
        here = here & (Market.commune_code == commune_code)
    rows = list(db.session.scalars(takings.open_markets(clock.today(), here).limit(MOST_IN_AREA)))
    return render_template("public_markets/in_area.html", markets=rows) if rows else ""


def sellers_with_booths() -> Select[int]:
    """The sellers that have a booth now."""
    return select(Booth.seller_id).where(Booth.closed_on.is_(None))
