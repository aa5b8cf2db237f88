"""Factories of traceability: lots and batches of stamps, asked for as a person does."""

from datetime import date
from itertools import count

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Product
from shop.database import db
from tests import make
from traceability import events, jobs, lots, stamps
from traceability.events import Item
from traceability.models import Lot
from traceability.stamp_models import Stamp, StampBatch, StampState

_next = count(1)


def lot(product: Product | None = None, *, code: str | None = None) -> Lot:
    product = product or make.product()
    return lots.open_lot(SYSTEM, product, code or f"L{next(_next)}", date(2026, 11, 1))


def batch(of: Lot | None = None, *, count: int = 3, layout: str = "a4-5x8") -> StampBatch:
    """A batch that waits for its worker."""
    row = stamps.request(SYSTEM, of or lot(), count, layout)
    db.session.commit()
    return row


def printed(of: Lot | None = None, **more) -> StampBatch:
    """A batch whose file is ready."""
    row = batch(of, **more)
    jobs.print_batch(row.id)
    return row


def stamp(state: StampState = StampState.ACTIVE) -> Stamp:
    """One stamp of a printed batch."""
    row = db.session.query(Stamp).filter_by(batch_id=printed(count=1).id).one()
    row.state = state
    db.session.commit()
    return row


def event(of: Lot | None = None, kind: str = "care", facts: dict[str, str] | None = None):
    """Something that was done to a lot just now."""
    said = {"work": "Làm cỏ"} if facts is None else facts
    return events.record(SYSTEM, kind, clock.now(), [Item(of or lot())], said)


def published(of: Lot | None = None) -> Lot:
    """A lot whose record is public."""
    row = of or lot()
    row.published_at = clock.now()
    db.session.commit()
    return row
