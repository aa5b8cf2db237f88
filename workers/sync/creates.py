"""Listing something new: checked before any call, looked for before it is made, made once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from shop import clock, references
from shop.database import transaction
from workers.channels import categories, connections, facts, listings, orders, preflight, rules
from workers.channels.models import ListingState
from workers.marketplaces.protocol import CategoryRules, Exists, Shop, Told
from workers.marketplaces.protocol import Listing as Wanted
from workers.sync import lanes, outcomes, steps
from workers.sync.models import Lane, LaneKind
from workers.sync.steps import Run, Step


def step(run: Run, listing_id: int) -> Step | None:
    """A call that lists something, after all that can be checked without one."""
    asked = _asked(run, listing_id)
    with transaction():
        listing = outcomes.locked(listing_id)
        taken = _whole(listing_id)
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


def _whole(listing_id: int) -> list[Lane]:
    """Every lane of the listing, open: whatever of it is told, or was refused, one call says all.

    So what was mended in one part leaves no old refusal on the others; and of something that is
    found there already every part is told.
    """
    there = outcomes.open_lanes(listing_id)
    if len(there) < len(lanes.EVERY_KIND):
        lanes.open_rest(listing_id, cause=there[0].cause if there else "")
        there = outcomes.open_lanes(listing_id)
    return there


def _of_new(lane: Lane, wanted: Wanted) -> object:
    kind = LaneKind(lane.kind)
    if kind in {LaneKind.CONTENT, LaneKind.IMAGES}:
        return steps.plain(kind, wanted)
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
