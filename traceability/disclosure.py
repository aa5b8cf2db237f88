"""What of an event is for everybody, and what is kept beside the record for who may read it.

The record says in clear what everybody may read; of facts between the parties of a trade it holds
commitments (`TraceWords`).
"""

import json
from typing import Any

from shop.database import db
from traceability import kinds
from traceability.models import TraceEvent, TraceWords

# What of an event's extra words is between the parties: the event as another party sent it.
CLOSED = "epcis"


def facts(event: TraceEvent) -> dict[str, str]:
    """The facts of an event, those between the parties included unless they were erased."""
    said: dict[str, str] = json.loads(event.payload)["facts"]
    return said | {name: text for name, text in _kept(event).items() if name != CLOSED}


def told_by_others(event: TraceEvent) -> dict[str, Any] | None:
    """The EPCIS event that another party sent, as it was given to the record; None for ours."""
    sent = _kept(event).get(CLOSED)
    found = json.loads(sent) if sent else json.loads(event.payload).get("extra", {}).get(CLOSED)
    return found or None


def _kept(event: TraceEvent) -> dict[str, str]:
    if "trade" not in json.loads(event.payload):
        return {}
    words = db.session.get(TraceWords, event.id)
    return words.trade if words else {}


def open_text(event: TraceEvent) -> str | None:
    """The record of an event as everybody may read it, byte for byte.

    None where it says in clear what is between the parties, as records did before such facts were
    committed to: of these only the hash is public.
    """
    said = json.loads(event.payload)
    closed = kinds.trade(event.kind) & said["facts"].keys() or CLOSED in said.get("extra", {})
    return None if closed else event.payload
