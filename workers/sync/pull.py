"""Orders of a marketplace brought here: what changed since the last look, or what a push named."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from shop import clock
from shop.database import db, transaction
from workers.channels import connections, orders, pace
from workers.channels.models import Connection, Health
from workers.marketplaces import known

# Looked at again each time: clocks differ, and lists are not told in the order of changes.
OVERLAP = timedelta(minutes=10)
AHEAD = timedelta(minutes=1)
# How far back the first look goes: what was sold shortly before the shop was connected.
FIRST_LOOK = timedelta(days=3)
# Stock is told only by what was sold up to so long ago.
FRESH = timedelta(seconds=20)


def pull(connection_id: int) -> None:
    """Bring in every order that changed since the last look; one pull a shop at a time."""
    with connections.alone(connection_id, "pull") as alone:
        if alone:
            _pull(connection_id)


def before_push(connection_id: int) -> None:
    """Bring in what was sold there, so that the stock we are about to tell is true."""
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        fresh = row.pulled_until is not None and row.pulled_until > clock.now() - FRESH
    if not fresh:
        pull(connection_id)


def _pull(connection_id: int) -> None:
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        if row.health != Health.OK or pace.paused(row):
            return
        market, since = known.MARKETPLACES[row.platform], row.pulled_until
    since = since - OVERLAP if since else clock.now() - FIRST_LOOK
    now = clock.now()
    # The other clock may be ahead of ours.
    for start, end in _spans(since, now + AHEAD, market.orders.MOST_DAYS):
        for page in _pages(connection_id, market, start, end):
            read(connection_id, page)
        with transaction():
            # Only now: what was not brought in is looked for again.
            db.session.get_one(Connection, connection_id).pulled_until = min(end, now)


def _spans(since: datetime, until: datetime, most_days: int) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(until, since + timedelta(days=most_days))
        yield since, end
        since = end


def _pages(
    connection_id: int, market: known.Marketplace, start: datetime, end: datetime
) -> Iterator[Sequence[str]]:
    cursor: str | None = None
    while True:
        ask = partial(market.orders.changed, since=start, until=end, cursor=cursor)
        page = connections.say(connection_id, ask)
        yield page.order_ids
        cursor = page.cursor
        if cursor is None:
            return


def read(connection_id: int, order_ids: Sequence[str]) -> None:
    """Bring in these orders, each in a transaction of its own."""
    with transaction():
        platform = db.session.get_one(Connection, connection_id).platform
    market = known.MARKETPLACES[platform]
    for first in range(0, len(order_ids), market.orders.MOST_READ):
        some = order_ids[first : first + market.orders.MOST_READ]
        told = connections.say(connection_id, partial(market.orders.read, order_ids=some))
        for order in told:
            with transaction():
                orders.take_in(db.session.get_one(Connection, connection_id), order)


def again(connection_id: int) -> None:
    """Look once more at the orders that wait for a link, or for goods."""
    with transaction():
        waiting = orders.unfinished(connection_id)
    read(connection_id, waiting)
