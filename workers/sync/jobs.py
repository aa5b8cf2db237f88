"""Background work of the sync room: from an event to marked lanes, from open lanes to calls."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import ColumnElement, select

from shop import clock, outbox, wiring
from shop.catalogue.models import Product, Variant
from shop.database import db, transaction
from shop.jobs import job
from shop.orders import shortage
from workers.channels import connections, facts, payouts
from workers.channels import jobs as channels
from workers.channels.models import Connection, Health, Listing
from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import MarketplaceError, NeedsReconnect, Stopped
from workers.sync import digest, drift, lanes, outcomes
from workers.sync import pull as pulling
from workers.sync import push as pushing
from workers.sync.errors import Away
from workers.sync.models import LaneKind

# Of Vietnam.
NIGHT_HOUR, MORNING_HOUR = 2, 7


@job("default")
def mark(product_id: int) -> None:
    """A product changed: every lane of its listings may differ."""
    of_product = select(Variant.id).where(Variant.product_id == product_id)
    with transaction():
        _mark(Listing.variant_id.in_(of_product), lanes.EVERY_KIND, "product_changed")


@job("default")
def mark_many(product_ids: list[int]) -> None:
    """The same for many products at once (a spreadsheet came in)."""
    of_products = select(Variant.id).where(Variant.product_id.in_(product_ids))
    with transaction():
        _mark(Listing.variant_id.in_(of_products), lanes.EVERY_KIND, "products_changed")


@job("default")
def mark_photos(holder: str) -> None:
    """The photos of a product ("product:<ref>") changed; those of others concern no listing."""
    kind, _sep, ref = holder.partition(":")
    if kind != "product":
        return
    of_product = select(Variant.id).join(Product, Product.id == Variant.product_id)
    with transaction():
        which = Listing.variant_id.in_(of_product.where(Product.ref == ref))
        _mark(which, [LaneKind.IMAGES], "photos_changed")


@job("default")
def mark_stock(variant_ids: list[int]) -> None:
    """The stock of these variants changed: who sold more than there was has it first, then what is
    left is told."""
    hide_empty = [name for name, market in MARKETPLACES.items() if market.hides_empty]
    concerned = Listing.variant_id.in_(variant_ids)
    with transaction():
        shortage.serve(variant_ids)
        _mark(concerned, [LaneKind.STOCK], "stock_changed")
        # Where nothing can stand without stock, stock shows and hides.
        there = concerned & Connection.platform.in_(hide_empty)
        _mark(there, [LaneKind.STATUS], "stock_changed")


@job("default")
def mark_all(connection_id: int, by: str = "") -> None:
    """Somebody (`by`) asked for everything of a connection to be pushed, or tried again."""
    with transaction():
        _mark(Listing.connection_id == connection_id, lanes.EVERY_KIND, by or "push_all")


def _mark(which: ColumnElement[bool], kinds: Sequence[LaneKind], cause: str) -> None:
    manual = Connection.health == Health.MANUAL
    query = select(Listing.id, Listing.connection_id, manual).join(
        Connection, Connection.id == Listing.connection_id
    )
    rows = db.session.execute(query.where(which)).all()
    lanes.mark([row[0] for row in rows], kinds, cause=cause)
    for connection_id in sorted({row[1] for row in rows if not row[2]}):
        outcomes.ask(connection_id)
    # Once for the many changes of a moment, unlike what `outbox.record` would ask for.
    for connection_id in sorted({row[1] for row in rows if row[2]}):
        for name in wiring.REACTIONS["portal_changed"]:
            outbox.ask_once(name, {"connection_id": connection_id})


@job("default")
def begin(connection_id: int) -> None:
    """A shop was connected, or signed in again: what waited goes on."""
    with transaction():
        outcomes.ask(connection_id)


@job("channels", tries=8, timeout_seconds=600)
def pull(connection_id: int) -> None:
    """Bring in what changed among the orders of one connection."""
    _or_parked(connection_id, pulling.pull)


@job("channels", tries=8)
def read_pushed(connection_id: int, order_ids: list[str]) -> None:
    """A push named these orders of a connection."""
    _or_parked(connection_id, lambda id: pulling.read(id, order_ids))


@job("channels", tries=8)
def check_pushed(connection_id: int, external_ids: list[str]) -> None:
    """A push named these items of a connection: something changed about them there."""
    _or_parked(connection_id, lambda id: drift.check(id, external_ids))


@job("channels")
def pull_again(connection_id: int) -> None:
    """Somebody said what an unknown item is, or goods came: orders that waited go on."""
    _or_parked(connection_id, pulling.again)


def _or_parked(connection_id: int, act: Callable[[int], object]) -> None:
    try:
        act(connection_id)
    except (NeedsReconnect, Stopped) as error:
        with transaction():
            channels.park(connection_id, error)
    except MarketplaceError as error:
        raise Away(error.code) from error


@job("default", tries=1)
def pull_all() -> None:
    """Timetable: look for changed orders of every working connection."""
    _ask_all("workers.sync.jobs.pull")


@job("default", tries=1)
def scan_all() -> None:
    """Timetable, asked every hour: compare everything, in the hour in which nobody sells."""
    if clock.vietnam(clock.now()).hour == NIGHT_HOUR:
        _ask_all("workers.sync.jobs.scan")


@job("default", tries=1)
def sample_all() -> None:
    """Timetable: compare some, every hour."""
    _ask_all("workers.sync.jobs.sample")


def _ask_all(job: str) -> None:
    with transaction():
        for connection_id in drift.working():
            outbox.ask_once(job, {"connection_id": connection_id})


@job("channels", tries=3)
def ask_items(connection_id: int) -> None:
    """Somebody wants to link what the shop lists already: ask what there is."""
    _or_parked(connection_id, _ask_items)


def _ask_items(connection_id: int) -> None:
    with transaction():
        platform = db.session.get_one(Connection, connection_id).platform
    connections.say(connection_id, partial(facts.ask_items, platform))


@job("channels", tries=3)
def ask_rules(connection_id: int, category_id: str) -> None:
    """Somebody chose a category: ask what it asks for."""
    _or_parked(connection_id, partial(_ask_rules, category_id=category_id))


def _ask_rules(connection_id: int, category_id: str) -> None:
    with transaction():
        platform = db.session.get_one(Connection, connection_id).platform
    connections.say(connection_id, partial(facts.rules, platform, category_id=category_id))


@job("default", tries=1)
def tell_of_troubles() -> None:
    """Timetable, asked every hour: in the morning, what waits for a hand, once a day a seller."""
    if clock.vietnam(clock.now()).hour == MORNING_HOUR:
        with transaction():
            digest.tell()


@job("channels", tries=3)
def ask_payouts(connection_id: int) -> None:
    """Ask what one connection was paid for the orders that ended."""
    _or_parked(connection_id, payouts.ask)


@job("default", tries=1)
def ask_all_payouts() -> None:
    """Timetable: ask every working connection."""
    _ask_all("workers.sync.jobs.ask_payouts")


@job("channels", tries=3, timeout_seconds=1800)
def scan(connection_id: int) -> None:
    """Compare everything one connection lists with what it should."""
    _or_parked(connection_id, drift.scan)


@job("channels", tries=3)
def sample(connection_id: int) -> None:
    """Compare some listings of one connection."""
    _or_parked(connection_id, drift.sample)


@job("channels", tries=8, timeout_seconds=600)
def push(connection_id: int) -> None:
    """Send what is due of one connection."""
    pushing.push(connection_id)


@job("default", tries=1)
def push_open_lanes() -> None:
    """Sweep: whatever is due and was missed (a killed worker, a race) is pushed again."""
    with transaction():
        for connection_id in lanes.waiting():
            outcomes.ask(connection_id)
