"""Telling a marketplace what differs, call by call, with no transaction open meanwhile.

One push works on a shop at a time. It takes the most urgent lanes, computes their values, sends
them in a few calls, and settles each by what came back; until nothing is due.
"""

import time
from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import Any

from shop import http
from shop.database import db, transaction
from workers.channels import (
    connections,
    facts,
    listings,
    orders,
    pace,
    preflight,
    rules,
)
from workers.channels import jobs as channels
from workers.channels.models import Connection, Health
from workers.marketplaces.protocol import (
    Later,
    MarketplaceError,
    NeedsReconnect,
    Refused,
    Shop,
    Stopped,
    TokenExpired,
    Told,
    Unreadable,
)
from workers.sync import creates, lanes, outcomes, pull, steps
from workers.sync.errors import Away
from workers.sync.models import Lane, LaneKind
from workers.sync.steps import Run, Step

# A push longer than this ends and asks for the next one: a worker is never held for good.
RUN_SECONDS = 300
# Calls that were made ready and not made for so long are made ready anew: values are of then.
FRESH_SECONDS = 1.0
# Orders are being brought in by somebody else: so long is waited for it.
PULL_SECONDS = 3
# Which preflight troubles keep a lane of something that is listed already from being told.
CONCERNS: dict[LaneKind, tuple[str, ...]] = {
    LaneKind.STOCK: (),
    LaneKind.STATUS: (),
    LaneKind.PRICE: ("price",),
    LaneKind.CONTENT: ("name", "description", "weight", "attributes", "brand"),
    LaneKind.IMAGES: ("images",),
}


def push(connection_id: int) -> None:
    """Send every lane of a connection that is due; one push a connection at a time.

    A second one beside it returns at once: the first goes on until nothing is due, and the
    timetable finds what slipped between. What has to wait is asked for again at its time. Raises
    Away when what must be known first (what was sold, what a category asks) could not be asked.
    """
    with connections.alone(connection_id, "push") as alone:
        run = _begin(connection_id) if alone else None
        if run is None:
            return
        try:
            if not pull.before_push(connection_id):
                with transaction():
                    outcomes.ask_again(connection_id, after=PULL_SECONDS)
                return
            _send_all(run)
        except (NeedsReconnect, TokenExpired, Stopped) as error:
            with transaction():
                channels.park(connection_id, error)
            return
        except Later as error:
            with transaction():
                outcomes.pause(connection_id, error.seconds)
        except MarketplaceError as error:
            with transaction():
                outcomes.unasked(connection_id, error)
            raise Away(error.code) from error
    with transaction():
        outcomes.ask_again(connection_id)


def _begin(connection_id: int) -> Run | None:
    """None when the connection is parked, or left alone for a while."""
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        if row.health != Health.OK or pace.paused(row):
            return None
        return Run(connection_id, row.platform)


def _send_all(run: Run) -> None:
    end = time.monotonic() + RUN_SECONDS
    while time.monotonic() < end and (ready := _next(run)):
        _make(run, ready)


def _next(run: Run) -> list[Step]:
    """The next calls, after settling what needs none; none when nothing is due, or not now."""
    while True:
        with transaction():
            connection = db.session.get_one(Connection, run.connection_id)
            if pace.paused(connection):
                return []
            per_second = connections.per_second(connection)
            taken = lanes.take(run.connection_id, run.ahead(per_second))
            if not taken:
                return []
            creates_one = taken[0].listing.external_id is None
            ready = [] if creates_one else _updates(run, taken)
            listing_id = taken[0].listing_id
        if creates_one and (step := creates.step(run, listing_id)):
            return [step]
        if ready:
            return ready


# — what is listed already —


def _updates(run: Run, taken: list[Lane]) -> list[Step]:
    """Calls that tell these lanes of one kind, without those that need none."""
    kind = LaneKind(taken[0].kind)
    values = _values(kind, taken)
    open_lanes: dict[int, list[lanes.Taken]] = {}
    for lane in taken:
        value = values[lane.listing_id]
        if isinstance(value, Refused):
            outcomes.refuse_unsent(lane, value.said)
        elif lane.acknowledged == (hash := lanes.digest(steps.plain(kind, value))):
            lanes.settle({lane.id: lane.wanted}, {lane.id: hash})
            lanes.review(lane.listing)
        else:
            open_lanes[lane.listing_id] = [lanes.taken(lane, hash)]
    # Committed before the calls: whatever happens to this process, the next one tells it again.
    lanes.about_to_tell([found[0].lane_id for found in open_lanes.values()])
    rows = {lane.listing_id: lane.listing for lane in taken if lane.listing_id in open_lanes}
    ids = {listing_id: str(row.external_id) for listing_id, row in rows.items()}
    single = {
        listing_id: _told_of(run, kind, {listing_id: found}, ids, values)
        for listing_id, found in open_lanes.items()
    }
    made, most, every = [], run.most.get(kind, 1), list(open_lanes)
    for some in (every[start : start + most] for start in range(0, len(every), most)):
        step = _told_of(run, kind, {each: open_lanes[each] for each in some}, ids, values)
        step.split = [single[each] for each in some]
        made.append(step)
    return made


def _told_of(
    run: Run,
    kind: LaneKind,
    of: dict[int, list[lanes.Taken]],
    ids: dict[int, str],
    values: dict[int, Any],
) -> Step:
    names = {ids[listing_id]: listing_id for listing_id in of}
    sent = {ids[listing_id]: values[listing_id] for listing_id in of}
    return Step(of, names, _call_of(run, kind, sent))


def _values(kind: LaneKind, taken: list[Lane]) -> dict[int, Any]:
    """Listing id → what is to be told, or the Refused of what cannot be."""
    rows = [lane.listing for lane in taken]
    if kind in {LaneKind.STOCK, LaneKind.STATUS}:
        connection = rows[0].connection
        offered = rules.stocks(connection, rows, orders.promised(connection.id))
        if kind is LaneKind.STOCK:
            return dict(offered)
        return {row.id: rules.shown(row, offered[row.id]) for row in rows}
    found: dict[int, Any] = {}
    for row in rows:
        asked = facts.known_rules(row.connection.platform, row.category_id)
        wanted = listings.prepare(row, asked.limits if asked else None)
        troubles = preflight.troubles(wanted, row, asked) if asked else {}
        why = " ".join(troubles[name] for name in CONCERNS[kind] if name in troubles)
        found[row.id] = Refused("preflight", why) if why else wanted
        if kind is LaneKind.PRICE and not why:
            found[row.id] = wanted.price_vnd
    return found


def _call_of(run: Run, kind: LaneKind, sent: dict[str, Any]) -> Callable[[Shop], Told]:
    market = run.market.listings

    def send(shop: Shop) -> Told:
        if kind is LaneKind.STOCK:
            return market.push_stock(shop, facts.ground(run.platform, shop), sent)
        if kind is LaneKind.PRICE:
            return market.push_price(shop, sent)
        if kind is LaneKind.STATUS:
            return market.push_state(shop, sent)
        push = market.push_content if kind is LaneKind.CONTENT else market.push_images
        for external_id, wanted in sent.items():
            push(shop, external_id, wanted)
        return Told()

    return send


# — the call —


def _make(run: Run, ready: list[Step]) -> None:
    """Make these calls in turn, until one goes wrong or the others have become old."""
    end, left = time.monotonic() + FRESH_SECONDS, deque(ready)
    try:
        while left and _do(run, left.popleft()) and time.monotonic() < end:
            pass
    finally:
        if left:
            with transaction():
                lanes.not_told([each for step in left for each in chain(*step.lanes.values())])


def _do(run: Run, step: Step) -> bool:
    """Make the call, and settle its lanes by what came back; whether it was answered well."""
    with http.recorded() as exchanges:
        try:
            told = connections.say(run.connection_id, step.send)
        except (NeedsReconnect, TokenExpired, Stopped, Later):
            with transaction():
                outcomes.note(run.connection_id, step.lanes, exchanges, "parked")
            raise
        except MarketplaceError as error:
            if step.creates:
                run.skus = None
            if isinstance(error, Refused | Unreadable) and len(step.lanes) > 1:
                # One of them spoils the call for all: each by itself tells which.
                for single in step.split:
                    _do(run, single)
                return False
            with transaction():
                outcomes.failed(run.connection_id, step.lanes, exchanges, error)
            return False
    with transaction():
        if step.creates:
            outcomes.created(run.connection_id, step.lanes, exchanges, step.made[0], told)
        else:
            outcomes.told(run.connection_id, step.lanes, exchanges, step.names, told)
    return True
