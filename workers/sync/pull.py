"""Orders of a marketplace brought here: what changed since the last look, or what a push named."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from shop import clock
from shop.database import db, transaction
from workers.channels import connections, orders, pace
from workers.channels.models import Connection, Health
from workers.marketplaces import known
from workers.marketplaces.protocol import Order, Unreadable
from workers.sync import lanes
from workers.sync.models import LaneKind

# Looked at again each time: clocks differ, and lists are not told in the order of changes.
OVERLAP = timedelta(minutes=10)
AHEAD = timedelta(minutes=1)
# How far back the first look goes: what was sold shortly before the shop was connected.
FIRST_LOOK = timedelta(days=3)
# Stock is told only by what was sold up to so long ago.
FRESH = timedelta(seconds=20)
# What keeping an order raises that was told wrongly: text that cannot be stored, sums that cannot
# be.
ODD = (ValueError, DataError, IntegrityError)

log = structlog.get_logger()


def pull(connection_id: int) -> bool:
    """Bring in every order that changed since the last look; one pull a shop at a time.

    False: another one is at it.
    """
    with connections.alone(connection_id, "pull") as alone:
        if alone:
            _pull(connection_id)
    return alone


def before_push(connection_id: int) -> bool:
    """Bring in what was sold there, so that the stock we are about to tell is true.

    False: another pull is at it, and what it has not brought in yet would be offered again.
    """
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        fresh = row.pulled_until is not None and row.pulled_until > clock.now() - FRESH
    return fresh or pull(connection_id)


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
        _read_all(connection_id, market, start, end)
        with transaction():
            # Only now: what was not brought in is looked for again.
            db.session.get_one(Connection, connection_id).pulled_until = min(end, now)


def _spans(since: datetime, until: datetime, most_days: int) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(until, since + timedelta(days=most_days))
        yield since, end
        since = end


def _read_all(
    connection_id: int, market: known.Marketplace, start: datetime, end: datetime
) -> None:
    """Orders that change move to another page while the pages are read, and others slip past: a
    list of several pages is gone over until it tells nothing new."""
    seen: set[str] = set()
    while True:
        pages, fresh = 0, 0
        for page in _pages(connection_id, market, start, end):
            new = [order_id for order_id in page if order_id not in seen]
            read(connection_id, new)
            seen |= set(new)
            pages, fresh = pages + 1, fresh + len(new)
        if pages <= 1 or not fresh:
            return


def _pages(
    connection_id: int, market: known.Marketplace, start: datetime, end: datetime
) -> Iterator[Sequence[str]]:
    cursor: str | None = None
    passed: set[str | None] = set()
    while cursor not in passed:
        passed.add(cursor)
        ask = partial(market.orders.changed, since=start, until=end, cursor=cursor)
        page = connections.say(connection_id, ask)
        yield page.order_ids
        cursor = page.cursor
        if cursor is None:
            return
    raise Unreadable("list_without_end")


def read(connection_id: int, order_ids: Sequence[str]) -> None:
    """Bring in these orders, each in a transaction of its own.

    One that was told wrongly is kept for a person, and keeps no other waiting.
    """
    with transaction():
        platform = db.session.get_one(Connection, connection_id).platform
    market = known.MARKETPLACES[platform]
    for first in range(0, len(order_ids), market.orders.MOST_READ):
        some = order_ids[first : first + market.orders.MOST_READ]
        for order in _news(connection_id, _told(connection_id, market, some)):
            try:
                with transaction():
                    _take_in(connection_id, order)
            except ODD as error:
                _keep_odd(connection_id, order.order_id, error)


def _told(connection_id: int, market: known.Marketplace, order_ids: Sequence[str]) -> list[Order]:
    """These orders; where one of them cannot be read, each is asked for by itself."""
    try:
        return connections.say(connection_id, partial(market.orders.read, order_ids=order_ids))
    except Unreadable as error:
        if len(order_ids) > 1:
            return [o for one in order_ids for o in _told(connection_id, market, [one])]
        _keep_odd(connection_id, order_ids[0], error)
        return []


def _news(connection_id: int, told: Sequence[Order]) -> list[Order]:
    """Those that are not here exactly so already."""
    try:
        with transaction():
            here = orders.unchanged(connection_id, told)
    except ODD:
        return list(told)
    return [order for order in told if order.order_id not in here]


def _keep_odd(connection_id: int, order_id: str, error: Exception) -> None:
    # Without its text: buyers stand in it.
    log.warning(
        "order not read", connection=connection_id, order=order_id, why=type(error).__name__
    )
    with transaction():
        orders.keep_unread(db.session.get_one(Connection, connection_id), order_id)


def _take_in(connection_id: int, told: Order) -> None:
    connection = db.session.get_one(Connection, connection_id)
    before = orders.state_of(connection_id, told.order_id)
    row = orders.take_in(connection, told)
    if row.state != before and (before is None or row.state in orders.OVER):
        # The marketplace changed its own number when it sold, or took back: ours is told whatever
        # it acknowledged before.
        sold = orders.listings_of(row)
        lanes.tell_again(sold, LaneKind.STOCK, cause=f"order {told.order_id}")


def again(connection_id: int) -> None:
    """Look once more at the orders that wait for a link, or for goods."""
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        if row.health == Health.MANUAL:
            orders.follow_again(row)
            return
        waiting = orders.unfinished(connection_id)
    read(connection_id, waiting)
