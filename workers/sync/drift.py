"""What a marketplace has against what it should have: every night all of it, every hour some.

Price, stock and visibility are ours to say: a difference is told again like any change. Words
that somebody changed on the marketplace are reported, and told again only where the shop's rule
says so. What is still on its way there is no difference.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.catalogue.models import Variant
from shop.database import among, db, transaction
from workers.channels import connections, facts, listings, orders, rules
from workers.channels.models import Connection, Drift, Health, Listing
from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import Remote, RemoteState, Shop
from workers.sync import lanes, outcomes, pull
from workers.sync.models import Difference, DifferenceKind, Lane, LaneKind

SAMPLE = 50
# What is told again by itself, and by which lane.
REPAIRED = {
    DifferenceKind.STOCK: LaneKind.STOCK,
    DifferenceKind.PRICE: LaneKind.PRICE,
    DifferenceKind.STATUS: LaneKind.STATUS,
}
# States that are the marketplace's own decision: nothing of ours is told again for them.
THEIRS = {RemoteState.IN_REVIEW, RemoteState.BANNED}


def scan(connection_id: int) -> None:
    """Compare everything the shop lists."""
    pull.pull(connection_id)
    remote = connections.say(connection_id, partial(_all, _platform(connection_id)))
    with transaction():
        compare(connection_id, remote)


def compare(connection_id: int, remote: Mapping[str, Remote]) -> None:
    """Compare all that stands there (by external id) with what should, in place of last time."""
    there = _listed(connection_id, None)
    db.session.execute(delete(Difference).where(Difference.connection_id == connection_id))
    _compare(connection_id, there, remote)
    known = {listing.external_id for listing in there}
    for item in remote.values():
        if item.external_id not in known and item.state is not RemoteState.GONE:
            _note(connection_id, None, item.external_id, DifferenceKind.EXTRA, "", item.name)


def sample(connection_id: int) -> None:
    """Compare a few listings, chosen by chance."""
    pull.pull(connection_id)
    with transaction():
        there = [str(each.external_id) for each in _listed(connection_id, None)]
    check(connection_id, random.sample(there, min(SAMPLE, len(there))))


def check(connection_id: int, external_ids: Sequence[str]) -> None:
    """Compare these items (at most 50): the marketplace says that something changed about them,
    as when a campaign sets stock aside."""
    market = MARKETPLACES[_platform(connection_id)].listings
    remote = connections.say(connection_id, partial(market.look, external_ids=external_ids))
    with transaction():
        some = _listed(connection_id, external_ids)
        ids = [listing.id for listing in some]
        db.session.execute(
            delete(Difference).where(
                Difference.connection_id == connection_id, among(Difference.listing_id, ids)
            )
        )
        _compare(connection_id, some, remote)


def _platform(connection_id: int) -> str:
    with transaction():
        return db.session.get_one(Connection, connection_id).platform


def _all(platform: str, shop: Shop) -> dict[str, Remote]:
    # Lists shift while they are read: an item told twice is one, told last.
    return {item.external_id: item for item in MARKETPLACES[platform].listings.items(shop)}


def _listed(connection_id: int, external_ids: Iterable[str] | None) -> list[Listing]:
    query = select(Listing).where(
        Listing.connection_id == connection_id, Listing.external_id.is_not(None)
    )
    if external_ids is not None:
        query = query.where(among(Listing.external_id, external_ids))
    goods = joinedload(Listing.variant).joinedload(Variant.product)
    return list(db.session.scalars(query.options(goods).order_by(Listing.id)))


def _compare(connection_id: int, there: list[Listing], remote: Mapping[str, Remote]) -> None:
    connection = db.session.get_one(Connection, connection_id)
    on_the_way = _on_the_way([listing.id for listing in there])
    offered = rules.stocks(connection, there, orders.promised(connection_id))
    again: dict[LaneKind, list[int]] = {}
    for listing in there:
        item = remote.get(str(listing.external_id))
        found = _differences(listing, item, offered[listing.id], on_the_way)
        for kind, (ours, theirs) in found.items():
            _note(connection_id, listing.id, str(listing.external_id), kind, ours, theirs)
            lane = REPAIRED.get(kind)
            if kind is DifferenceKind.CONTENT and connection.drift == Drift.OVERWRITE:
                lane = LaneKind.CONTENT
            if lane is not None:
                again.setdefault(lane, []).append(listing.id)
        listing.remote_state = item.state if item else RemoteState.GONE
    for lane, listing_ids in again.items():
        lanes.tell_again(listing_ids, lane, cause="drift")
    if again:
        outcomes.ask(connection_id)


def _on_the_way(listing_ids: list[int]) -> set[tuple[int, str]]:
    query = select(Lane.listing_id, Lane.kind).where(
        among(Lane.listing_id, listing_ids), Lane.wanted > Lane.settled
    )
    return {(listing_id, kind) for listing_id, kind in db.session.execute(query)}


def _differences(
    listing: Listing, item: Remote | None, stock: int, on_the_way: set[tuple[int, str]]
) -> dict[DifferenceKind, tuple[str, str]]:
    """Kind → what we say and what stands there."""
    if item is None or item.state is RemoteState.GONE:
        return {DifferenceKind.MISSING: (listing.variant.sku, "")}
    if item.state in THEIRS:
        theirs = {RemoteState.IN_REVIEW: _("sàn đang duyệt"), RemoteState.BANNED: _("sàn khóa")}
        return {DifferenceKind.BLOCKED: ("", str(theirs[item.state]))}
    found: dict[DifferenceKind, tuple[str, str]] = {}
    if item.stock is not None and item.stock != stock:
        found[DifferenceKind.STOCK] = (str(stock), str(item.stock))
    if item.price_vnd is not None and item.price_vnd != listing.variant.price_vnd:
        found[DifferenceKind.PRICE] = (str(listing.variant.price_vnd), str(item.price_vnd))
    seen, shown = rules.shown(listing, stock), item.state is RemoteState.LIVE
    if seen != shown:
        words = {True: _("đang hiện"), False: _("đang ẩn")}
        found[DifferenceKind.STATUS] = (str(words[seen]), str(words[shown]))
    if item.name and item.name != (name := _name(listing)):
        found[DifferenceKind.CONTENT] = (name, item.name)
    return {
        kind: pair for kind, pair in found.items() if (listing.id, kind.value) not in on_the_way
    }


def _name(listing: Listing) -> str:
    asked = facts.known_rules(listing.connection.platform, listing.category_id)
    return listings.prepare(listing, asked.limits if asked else None).name


def _note(
    connection_id: int,
    listing_id: int | None,
    external_id: str,
    kind: DifferenceKind,
    ours: str,
    theirs: str,
) -> None:
    row = Difference(connection_id=connection_id, listing_id=listing_id, external_id=external_id)
    row.kind, row.ours, row.theirs, row.at = kind, ours, theirs, clock.now()
    db.session.add(row)


def working() -> list[int]:
    """Ids of the connections that can be asked."""
    query = select(Connection.id).where(Connection.health == Health.OK)
    return list(db.session.scalars(query.order_by(Connection.id)))
