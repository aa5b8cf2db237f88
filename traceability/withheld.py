"""What an event only commits to: dealings between the parties of a trade, and serials of items.

The record is public and is never changed, so it holds SHA-256(salt ‖ text) of them; the texts
stand with the people's words (`TraceWords.hidden`) and can be erased. A serial that could be read
in the record could be printed on a false stamp.
"""

import json
from collections.abc import Mapping
from typing import Any

from shop.database import db
from traceability import evidence
from traceability.kinds import KINDS
from traceability.models import TraceEvent, TraceWords

SERIALS = "serials"


def texts(kind: str, facts: Mapping[str, str], extra: Mapping[str, Any] | None) -> dict[str, str]:
    """Name → text of what an event of `kind` only commits to; serials stand in one text."""
    trade = {fact.name for fact in KINDS[kind].facts if fact.trade}
    found = {name: text for name, text in facts.items() if name in trade and text}
    serials = (extra or {}).get(SERIALS)
    return found | ({SERIALS: " ".join(serials)} if serials else {})


def put(payload: dict[str, Any], words: TraceWords) -> None:
    """Commitments in `payload` in the place of the texts that `words` hide."""
    for name, text in words.hidden.items():
        part = payload["extra"] if name == SERIALS else payload["facts"]
        part[name] = evidence.commitment(words.salt, text)


def whole(event: TraceEvent) -> dict[str, Any]:
    """The payload of an event as it was said. What was erased since is left out."""
    said: dict[str, Any] = json.loads(event.payload)
    trade = [fact.name for fact in KINDS[event.kind].facts if fact.trade]
    serials = said.get("extra", {}).get(SERIALS)
    if not serials and not any(said["facts"].get(name) for name in trade):
        return said
    words = db.session.get(TraceWords, event.id)
    if words is None:  # erased
        said["facts"] = {name: text for name, text in said["facts"].items() if name not in trade}
        said.get("extra", {}).pop(SERIALS, None)
        return said
    hidden = dict(words.hidden)
    if serials_text := hidden.pop(SERIALS, None):
        said["extra"][SERIALS] = serials_text.split()
    said["facts"] |= hidden
    return said
