"""Background work of the sync room: from an event to marked lanes, from open lanes to calls."""

from sqlalchemy import select

from shop import clock, outbox
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.jobs import job
from shop.outbox import Task
from workers.channels.models import Listing
from workers.sync import lanes
from workers.sync import push as pushing
from workers.sync.models import LaneKind

PUSH = "workers.sync.jobs.push"


@job("default")
def mark(product_id: int) -> None:
    """A product changed: every lane of its listings may differ."""
    of_product = select(Variant.id).where(Variant.product_id == product_id)
    with transaction():
        _mark(Listing.variant_id.in_(of_product), lanes.EVERY_KIND)


@job("default")
def mark_many(product_ids: list[int]) -> None:
    """The same for many products at once (a spreadsheet came in)."""
    of_products = select(Variant.id).where(Variant.product_id.in_(product_ids))
    with transaction():
        _mark(Listing.variant_id.in_(of_products), lanes.EVERY_KIND)


@job("default")
def mark_stock(variant_ids: list[int]) -> None:
    """The stock of these variants changed."""
    with transaction():
        _mark(Listing.variant_id.in_(variant_ids), [LaneKind.STOCK])


@job("default")
def mark_all(connection_id: int) -> None:
    """Somebody asked for everything of a connection to be pushed, or tried again."""
    with transaction():
        _mark(Listing.connection_id == connection_id, lanes.EVERY_KIND)


def _mark(which: object, kinds: list[LaneKind] | tuple[LaneKind, ...]) -> None:
    query = select(Listing.id, Listing.connection_id).where(which)  # type: ignore[arg-type]
    rows = db.session.execute(query).all()
    lanes.mark([listing_id for listing_id, _connection_id in rows], kinds)
    for connection_id in sorted({connection_id for _listing_id, connection_id in rows}):
        _ask(connection_id)


def _ask(connection_id: int) -> None:
    """Ask for a push, unless one that has not begun (or waits to try again) is there already."""
    there = select(Task.id).where(
        Task.job == PUSH,
        Task.arguments == {"connection_id": connection_id},
        Task.finished_at.is_(None),
        Task.failed_at.is_(None),
        (Task.tries == 0) | (Task.due_at > clock.now()),
    )
    if db.session.scalar(there.limit(1)) is None:
        outbox.add(PUSH, {"connection_id": connection_id})


@job("channels", tries=8, timeout_seconds=600)
def push(connection_id: int) -> None:
    """Send what is open of one connection."""
    pushing.push(connection_id)


@job("default", tries=1)
def push_open_lanes() -> None:
    """Sweep: whatever is open and was missed (a killed worker, a race) is pushed again."""
    with transaction():
        for connection_id in lanes.waiting():
            _ask(connection_id)
