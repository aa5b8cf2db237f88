"""Telling a marketplace what differs, call by call, with no transaction open meanwhile.

One push works on a shop at a time. It takes the most urgent lanes, computes their values, sends
them in one call, and settles them by what came back; until nothing is due.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from shop import clock, http, references
from shop.database import db, transaction
from workers.channels import (
    categories,
    connections,
    facts,
    listings,
    orders,
    pace,
    preflight,
    rules,
)
from workers.channels import jobs as channels
from workers.channels.models import Connection, Health, ListingState
from workers.marketplaces import known
from workers.marketplaces.protocol import (
    CategoryRules,
    Exists,
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
from workers.marketplaces.protocol import Listing as Wanted
from workers.sync import lanes, outcomes, pull
from workers.sync.errors import Away
from workers.sync.models import Lane, LaneKind

# A push longer than this ends and asks for the next one: a worker is never held for good.
RUN_SECONDS = 300
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


@dataclass
class Run:
    """One push of one shop. `skus`: SKU → external id of what is listed, asked at `asked_at`."""

    connection_id: int
    platform: str
    skus: dict[str, str] | None = None
    asked_at: datetime | None = None

    @property
    def market(self) -> known.Marketplace:
        """The platform's connector."""
        return known.MARKETPLACES[self.platform]

    @property
    def most(self) -> dict[LaneKind, int]:
        """How many lanes of a kind one call may carry."""
        there = self.market.listings
        return {
            LaneKind.STOCK: there.MOST_STOCKS,
            LaneKind.PRICE: there.MOST_PRICES,
            LaneKind.STATUS: there.MOST_STATES,
        }


@dataclass
class Step:
    """One call: the lanes it tells, by listing; `send` makes it and says what was refused.

    `names`: external id → listing. `split`: the same as one call for each listing. A step that
    lists something new puts its external id into `made`.
    """

    lanes: dict[int, list[lanes.Taken]]
    names: dict[str, int]
    send: Callable[[Shop], Told]
    split: list["Step"] = field(default_factory=list)
    creates: bool = False
    made: list[str] = field(default_factory=list)


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
    while time.monotonic() < end and (step := _next(run)):
        _do(run, step)


def _next(run: Run) -> Step | None:
    """The next call, after settling what needs none; None when nothing is due, or not now."""
    while True:
        with transaction():
            if pace.paused(db.session.get_one(Connection, run.connection_id)):
                return None
            taken = lanes.take(run.connection_id, run.most)
            if not taken:
                return None
            creates = taken[0].listing.external_id is None
            step = None if creates else _update(run, taken)
            listing_id = taken[0].listing_id
        if creates:
            step = _create(run, listing_id)
        if step is not None:
            return step


# — what is listed already —


def _update(run: Run, taken: list[Lane]) -> Step | None:
    """A call that tells these lanes of one kind, without those that need none."""
    kind = LaneKind(taken[0].kind)
    values = _values(kind, taken)
    open_lanes: dict[int, list[lanes.Taken]] = {}
    for lane in taken:
        value = values[lane.listing_id]
        if isinstance(value, Refused):
            outcomes.refuse_unsent(lane, value.said)
        elif lane.acknowledged == (hash := lanes.digest(_plain(kind, value))):
            lanes.settle({lane.id: lane.wanted}, {lane.id: hash})
            lanes.review(lane.listing)
        else:
            open_lanes[lane.listing_id] = [lanes.taken(lane, hash)]
    if not open_lanes:
        return None
    # Committed before the call: whatever happens to this process, the next one tells it again.
    lanes.about_to_tell([found[0].lane_id for found in open_lanes.values()])
    rows = {lane.listing_id: lane.listing for lane in taken if lane.listing_id in open_lanes}
    ids = {listing_id: str(row.external_id) for listing_id, row in rows.items()}
    single = [
        _told_of(run, kind, {listing_id: found}, ids, values)
        for listing_id, found in open_lanes.items()
    ]
    step = _told_of(run, kind, open_lanes, ids, values)
    step.split = single
    return step


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


def _plain(kind: LaneKind, value: object) -> object:
    """What of a value makes a difference there."""
    if kind is LaneKind.CONTENT and isinstance(value, Wanted):
        attributes = sorted(value.attributes.items())
        return (value.name, value.description, str(value.weight_kg), value.brand_id, attributes)
    if kind is LaneKind.IMAGES and isinstance(value, Wanted):
        return tuple(image.key for image in value.images)
    return value


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


# — what is to be listed —


def _create(run: Run, listing_id: int) -> Step | None:
    """A call that lists something, after all that can be checked without one."""
    asked = _asked(run, listing_id)
    with transaction():
        listing = outcomes.locked(listing_id)
        taken = outcomes.open_lanes(listing_id)
        wanted = listings.prepare(listing, asked.limits if asked else None)
        offered = rules.stocks(listing.connection, [listing], orders.promised(run.connection_id))
        wanted = listings.with_stock(wanted, offered[listing_id])
        troubles = preflight.troubles(wanted, listing, asked)
        if troubles or not rules.shown(listing, wanted.stock):
            outcomes.leave(listing, taken, troubles)
            return None
        # Committed before the call: whatever happens to this process, it is known to be open.
        listing.state = ListingState.CREATING
        listing.attempt = listing.attempt or references.new()
        key, since = listing.attempt, listing.unknown_until
        found = [lanes.taken(lane, lanes.digest(_of_new(lane, wanted))) for lane in taken]
    made: list[str] = []
    send = _listing_call(run, wanted, _Attempt(listing_id, key, since), made)
    return Step({listing_id: found}, {}, send, creates=True, made=made)


def _of_new(lane: Lane, wanted: Wanted) -> object:
    kind = LaneKind(lane.kind)
    if kind in {LaneKind.CONTENT, LaneKind.IMAGES}:
        return _plain(kind, wanted)
    return {
        LaneKind.STOCK: wanted.stock,
        LaneKind.PRICE: wanted.price_vnd,
        LaneKind.STATUS: wanted.on_sale,
    }[kind]


def _asked(run: Run, listing_id: int) -> CategoryRules | None:
    """What the listing's category asks; one is guessed where nobody chose."""
    leaves = connections.say(run.connection_id, partial(facts.categories, run.platform))
    with transaction():
        listing = outcomes.locked(listing_id)
        if not listing.category_id:
            product = listing.variant.product
            guessed = categories.guess(leaves, product.name, product.criteria_set)
            listing.category_id = guessed or ""
        category_id = listing.category_id
    if not category_id:
        return None
    ask = partial(facts.rules, run.platform, category_id=category_id)
    return connections.say(run.connection_id, ask)


@dataclass(frozen=True)
class _Attempt:
    """A create: its `key`, and until when one before it may have arrived unheard."""

    listing_id: int
    key: str
    since: datetime | None


def _listing_call(
    run: Run, wanted: Wanted, attempt: _Attempt, made: list[str]
) -> Callable[[Shop], Told]:
    market = run.market.listings

    def send(shop: Shop) -> Told:
        # Asked first, always: an earlier create may have succeeded without our hearing of it,
        # and the seller may have listed it by hand.
        there = _skus(run, shop, attempt.since).get(wanted.sku)
        if there is None:
            try:
                ground, noted = facts.ground(run.platform, shop), _noted(shop, attempt.listing_id)
                made.append(market.create(noted, ground, wanted, key=attempt.key))
            except Exists:
                there = market.find(shop, [wanted.sku]).get(wanted.sku)
                if there is None:
                    raise
        if there is not None:
            made.append(there)
            # It has other values than ours: they are still to be told.
            return Told({there: Exists("linked")})
        if run.skus is not None:
            run.skus[wanted.sku] = made[0]
        return Told()

    return send


def _skus(run: Run, shop: Shop, since: datetime | None) -> dict[str, str]:
    """SKU → external id of what is listed, as asked once in a push, but not before `since`."""
    before = since is not None and run.asked_at is not None and run.asked_at < since
    if run.skus is None or before:
        run.asked_at = clock.now()
        items = run.market.listings.items(shop)
        run.skus = {item.sku: item.external_id for item in items if item.sku}
    return run.skus


def _noted(shop: Shop, listing_id: int) -> Shop:
    """The shop, each of whose calls is noted before it leaves: it may arrive after we are gone."""

    def before_call() -> None:
        shop.before_call()
        with transaction():
            outcomes.locked(listing_id).unknown_until = clock.now() + lanes.ARRIVES_WITHIN

    return replace(shop, before_call=before_call)


# — the call —


def _do(run: Run, step: Step) -> None:
    """Make the call, and settle its lanes by what came back."""
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
                return
            with transaction():
                outcomes.failed(run.connection_id, step.lanes, exchanges, error)
            return
    with transaction():
        if step.creates:
            outcomes.created(run.connection_id, step.lanes, exchanges, step.made[0], told)
        else:
            outcomes.told(run.connection_id, step.lanes, exchanges, step.names, told)
