"""Telling a marketplace what differs, one call at a time, with no transaction open meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from shop import clock
from shop.database import db, transaction
from workers.channels import connections, listings
from workers.channels import jobs as channels
from workers.channels.models import Connection, Health, Listing, ListingState
from workers.marketplaces import protocol
from workers.marketplaces.protocol import (
    Ground,
    Marketplace,
    NeedsReconnect,
    Refused,
    Retry,
    Shop,
    Stopped,
    TokenExpired,
)
from workers.marketplaces.shopee import listings as shopee
from workers.sync import lanes, retry
from workers.sync.models import Lane, LaneKind

MARKETS: dict[str, Marketplace] = {"shopee": shopee}

# Which preflight troubles keep a lane of something that is listed already from being told.
CONCERNS = {
    LaneKind.STOCK: (),
    LaneKind.PRICE: ("price",),
    LaneKind.CONTENT: ("name", "weight"),
}


@dataclass
class Step:
    """One call. `seen`, `hashes`: lane id → `wanted` and value hash when it was taken.

    `send` returns the external id of a listing that was there already, whose lanes stay open.
    """

    listing_id: int
    seen: dict[int, int]
    hashes: dict[int, str]
    send: Callable[[Shop], "Sent"]


@dataclass(frozen=True)
class Sent:
    """What a call did: the listing's `external_id`, and whether it now has every value."""

    external_id: str
    whole: bool = True


@dataclass
class Survey:
    """What the shop has, asked once a push and only when something is to be created."""

    market: Marketplace
    ground: Ground | None = field(default=None)

    def of(self, shop: Shop) -> Ground:
        """The survey of `shop`."""
        self.ground = self.ground or self.market.survey(shop)
        return self.ground


def push(connection_id: int) -> None:
    """Send every open lane of a connection; one push a connection at a time.

    A second one beside it returns at once: the first goes on until nothing is open, and the
    timetable finds what slipped between. Raises Unfinished when something got no answer.
    """
    with connections.alone(connection_id) as alone:
        if alone and (survey := _survey(connection_id)):
            try:
                _send_all(connection_id, survey)
            except (NeedsReconnect, TokenExpired, Stopped) as error:
                with transaction():
                    channels.park(connection_id, error)


def _survey(connection_id: int) -> Survey | None:
    """None when the connection is parked."""
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        return Survey(MARKETS[row.platform]) if row.health == Health.OK else None


def _send_all(connection_id: int, survey: Survey) -> None:
    put_off: dict[int, Retry] = {}
    while len(put_off) < retry.MOST_PUT_OFF:
        step = _next(connection_id, survey, put_off)
        if step is None:
            break
        try:
            sent = _call(connection_id, step.send)
        except Refused as error:
            _refuse(step, retry.hint(error))
        except Retry as error:
            put_off[step.listing_id] = error
        else:
            _settle(step, sent)
    if put_off:
        raise retry.Unfinished(next(iter(put_off.values())).code, len(put_off))


def _next(connection_id: int, survey: Survey, put_off: dict[int, Retry]) -> Step | None:
    """The next call, after settling what needs none; None when nothing is open."""
    while True:
        with transaction():
            taken = lanes.take(connection_id, put_off)
            step = _step(taken, survey) if taken else None
        if step is not None or not taken:
            return step


def _step(taken: list[Lane], survey: Survey) -> Step | None:
    listing = taken[0].listing
    variant, sandbox = listing.variant, listing.connection.sandbox
    wanted = listings.prepare(variant, sandbox=sandbox)
    troubles = listings.preflight(wanted, variant, sandbox=sandbox)
    seen = {lane.id: lane.wanted for lane in taken}
    hashes = {lane.id: lanes.digest(_value(lane.kind, wanted)) for lane in taken}
    if listing.external_id is not None:
        troubles = {f: t for f, t in troubles.items() if f in CONCERNS[LaneKind(taken[0].kind)]}
    if troubles:
        lanes.refuse(seen, " ".join(troubles.values()))
        lanes.review(listing)
        return None
    if all(lane.acknowledged == hashes[lane.id] for lane in taken):
        lanes.settle(seen, hashes)
        lanes.review(listing)
        return None
    send = _update(taken[0], wanted, survey) if listing.external_id else _create(wanted, survey)
    if listing.external_id is None:
        # Committed before the call: whatever happens to this process, it is known to be open.
        listing.state = ListingState.CREATING
    return Step(listing.id, seen, hashes, send)


def _value(kind: str, wanted: protocol.Listing) -> object:
    if kind == LaneKind.STOCK:
        return wanted.stock
    if kind == LaneKind.PRICE:
        return wanted.price_vnd
    return (wanted.name, wanted.description, str(wanted.weight_kg))


def _create(wanted: protocol.Listing, survey: Survey) -> Callable[[Shop], Sent]:
    def send(shop: Shop) -> Sent:
        # Asked first, always: an earlier create may have succeeded without our hearing of it.
        ground = survey.of(shop)
        if wanted.sku in ground.items:
            return Sent(ground.items[wanted.sku], whole=False)
        return Sent(survey.market.create(shop, ground, wanted))

    return send


def _update(lane: Lane, wanted: protocol.Listing, survey: Survey) -> Callable[[Shop], Sent]:
    market, external_id = survey.market, str(lane.listing.external_id)
    calls = {
        LaneKind.STOCK: partial(market.push_stock, external_id=external_id, stock=wanted.stock),
        LaneKind.PRICE: partial(
            market.push_price, external_id=external_id, price_vnd=wanted.price_vnd
        ),
        LaneKind.CONTENT: partial(market.push_content, external_id=external_id, listing=wanted),
    }
    call = calls[LaneKind(lane.kind)]

    def send(shop: Shop) -> Sent:
        call(shop)
        return Sent(external_id)

    return send


def _call(connection_id: int, send: Callable[[Shop], Sent]) -> Sent:
    shop = connections.shop(connection_id)
    try:
        return send(shop)
    except TokenExpired:
        return send(connections.refresh(connection_id))


def _refuse(step: Step, trouble: str) -> None:
    with transaction():
        listing = _locked(step.listing_id)
        lanes.refuse(step.seen, trouble)
        lanes.review(listing)


def _settle(step: Step, sent: Sent) -> None:
    with transaction():
        listing = _locked(step.listing_id)
        listing.external_id = sent.external_id
        listing.pushed_at = clock.now()
        if sent.whole:
            lanes.settle(step.seen, step.hashes)
        lanes.review(listing)


def _locked(listing_id: int) -> Listing:
    # Without the key: marking a new lane of this listing meanwhile need not wait, nor deadlock.
    return db.session.get_one(Listing, listing_id, with_for_update={"key_share": True})
