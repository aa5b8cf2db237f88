"""Sessions: plan, pin goods under codes, say what is on the table, go live, close."""

import secrets
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select

from shop import clock, outbox, quantities, vault
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import db
from shop.livestream.errors import CannotPin, Closed, NoSuchCode
from shop.livestream.models import Broadcast, BroadcastState, Focus, Pin
from shop.livestream.understanding.reading import PinnedCode
from shop.sellers.models import Seller


def plan(actor: Actor, seller: Seller, data: dict[str, Any]) -> Broadcast:
    """A new session of `seller` with a fresh ingest key. `data` as BroadcastSchema gives it."""
    broadcast = Broadcast(
        seller_id=seller.id,
        title=data["title"],
        platform=data["platform"],
        state=BroadcastState.PLANNED,
        sealed_ingest_key=vault.seal(secrets.token_urlsafe(32), _vault_key()),
        pins=[],
    )
    db.session.add(broadcast)
    db.session.flush()
    audit.note(actor, "livestream.plan", broadcast, broadcast.title)
    return broadcast


def pin(actor: Actor, broadcast: Broadcast, data: dict[str, Any], variant: Variant | None) -> Pin:
    """Put goods under a code, or change what is under it. `data` as PinSchema gives it.

    Without `variant` the code is understood, but a person must say what is sold under it.
    Raises CannotPin for goods that are not published, Closed after the session.
    """
    _must_be_open(broadcast)
    if variant is not None and not variant.product.on_sale:
        raise CannotPin(variant.product.name)
    found = _pin(broadcast, data["code"])
    if found is None:
        found = Pin(code=data["code"])
        broadcast.pins.append(found)
    found.label, found.unit = data["label"], data["unit"]
    found.aliases, found.variants = data["aliases"], data["variants"]
    found.variant = variant
    if variant is not None:
        outbox.record("pin_changed", variant_ids=[variant.id])
    audit.note(actor, "livestream.pin", broadcast, f"{broadcast.title}: {found.code}")
    return found


def focus(actor: Actor, broadcast: Broadcast, code: str | None, *, at: datetime) -> None:
    """From `at` on (platform time) `code` is on the table, or nothing when it is None.

    Raises NoSuchCode, Closed.
    """
    _must_be_open(broadcast)
    if code is not None and _pin(broadcast, code) is None:
        raise NoSuchCode(code)
    db.session.add(Focus(broadcast_id=broadcast.id, code=code, at=at))
    audit.note(actor, "livestream.focus", broadcast, f"{broadcast.title}: {code or '–'}")


def go_live(actor: Actor, broadcast: Broadcast) -> None:
    """The session is on the air; twice is once. Raises Closed."""
    _must_be_open(broadcast)
    if broadcast.state != BroadcastState.LIVE:
        broadcast.state, broadcast.live_at = BroadcastState.LIVE, clock.now()
        audit.note(actor, "livestream.go_live", broadcast, broadcast.title)


def close(actor: Actor, broadcast: Broadcast) -> None:
    """The session is over; twice is once. What was said before is still read and held."""
    if broadcast.state != BroadcastState.CLOSED:
        broadcast.state, broadcast.closed_at = BroadcastState.CLOSED, clock.now()
        audit.note(actor, "livestream.close", broadcast, broadcast.title)


def _must_be_open(broadcast: Broadcast) -> None:
    if broadcast.state == BroadcastState.CLOSED:
        raise Closed


def _pin(broadcast: Broadcast, code: str) -> Pin | None:
    return next((pin for pin in broadcast.pins if pin.code == code), None)


def ingest_key(broadcast: Broadcast) -> str:
    """The key that signs the batches of comments of this session."""
    return vault.open_sealed(broadcast.sealed_ingest_key, _vault_key())


def _vault_key() -> str:
    key: str = current_app.config["SETTINGS"].vault_key
    return key


def pinned(broadcast: Broadcast) -> tuple[PinnedCode, ...]:
    """The codes on sale, as the reader wants them."""
    return tuple(
        PinnedCode(pin.code, canonical_unit(pin.unit), tuple(pin.aliases), tuple(pin.variants))
        for pin in broadcast.pins
    )


def canonical_unit(unit: str) -> str:
    """The canonical spelling of a unit; one we do not know stays as it is."""
    try:
        return quantities.unit(unit)
    except ValueError:
        return unit


def sold_by_the_piece(unit: str) -> bool:
    """Whether goods in this unit cannot be parted: everything but weights and litres."""
    known = canonical_unit(unit)
    return known not in quantities.GRAMS and known != "lít"


@dataclass(frozen=True)
class Table:
    """What lay on the host's table when: instants (platform time) and codes, in order."""

    instants: list[datetime]
    codes: list[str | None]

    def at(self, instant: datetime) -> str | None:
        """The code on the table at `instant`, or None."""
        index = bisect_right(self.instants, instant)
        return self.codes[index - 1] if index else None


def table(broadcast: Broadcast) -> Table:
    """Everything that lay on the table in this session."""
    query = select(Focus.at, Focus.code).where(Focus.broadcast_id == broadcast.id)
    rows = db.session.execute(query.order_by(Focus.at, Focus.id)).all()
    return Table([at for at, _code in rows], [code for _at, code in rows])
