"""Erasing what people said of an event, as the law may ask; the record says that it was done.

The event keeps its hash: it held commitments only. Who recorded it, their own words and the facts
between the parties are gone, in what is told outside as well. The erasure is an event of the same
lots, so that words deleted without one are missed (see `verifying`).
"""

from sqlalchemy import delete

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from traceability import events, statements
from traceability.epcis_models import Statement
from traceability.events import Item, More
from traceability.models import TraceEvent, TraceWords


def erase(actor: Actor, event: TraceEvent, reason: str) -> TraceEvent | None:
    """Erase the words of an event; the event that says so, None where they are gone already.

    `reason` is public, so it names nobody.
    """
    words = db.session.get(TraceWords, event.id)
    if words is None:
        return None
    more = More(extra={"erased": event.hash})
    items = [Item(item.lot) for item in event.items]
    said = events.record(actor, "erasure", clock.now(), items, {"reason": reason}, more)
    erased = {"event": [event.hash, None], "reason": [None, reason]}
    audit.write(actor, "event.erase", event.seller_id, event.kind, event.ref, erased)
    db.session.delete(words)
    db.session.execute(delete(Statement).where(Statement.event_id == event.id))
    db.session.flush()
    statements.say(event)
    db.session.flush()
    return said
