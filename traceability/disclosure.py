"""What of an event is for everybody, and what is kept beside the record for who may read it.

The record says in clear what everybody may read; of facts between the parties of a trade it holds
commitments (`TraceWords`).
"""

import json
from typing import Any

from shop.database import db
from traceability import kinds
from traceability.models import TraceEvent, TraceWords

# What of an event's extra words is not for everybody: the event as another party sent it, and the
# serials of stamps in a box, for whoever has a list of them can copy them.
CLOSED = frozenset({"epcis", "serials"})


def facts(event: TraceEvent) -> dict[str, str]:
    """The facts of an event, those between the parties included unless they were erased."""
    said: dict[str, str] = json.loads(event.payload)["facts"]
    return said | {name: text for name, text in _kept(event).items() if name not in CLOSED}


def extras(event: TraceEvent) -> dict[str, Any]:
    """The extra words of an event as they were given, those not for everybody included."""
    said: dict[str, Any] = json.loads(event.payload).get("extra", {})
    kept = {name: json.loads(text) for name, text in _kept(event).items() if name in CLOSED}
    return said | kept


def _kept(event: TraceEvent) -> dict[str, str]:
    if "trade" not in json.loads(event.payload):
        return {}
    words = db.session.get(TraceWords, event.id)
    return words.trade if words else {}


def open_text(event: TraceEvent) -> str | None:
    """The record of an event as everybody may read it, byte for byte.

    None where it names a lot that nobody published, or says in clear what is not for everybody, as
    records did before such facts were committed to: of these only the hash is public, which still
    stands in the tree and in the chains.
    """
    if any(item.lot.published_at is None for item in event.items):
        return None
    said = json.loads(event.payload)
    closed = kinds.trade(event.kind) & said["facts"].keys() or CLOSED & said.get("extra", {}).keys()
    return None if closed else event.payload
