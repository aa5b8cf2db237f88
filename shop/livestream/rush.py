"""Many first claims at once: what a crowd says in the same second costs a few statements.

A buyer's first word for goods needs no more than to know what is free: it is held, or it waits. It
is noted here and written with the others of its batch. Whatever touches a claim that is there
already goes by `wishes`, one by one. The caller holds the locks of the variants until the commit.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from shop import clock, references
from shop.database import among, db, insert_many
from shop.inventory import reservations, stock
from shop.livestream import caps, holds, waiting, wishes
from shop.livestream.models import Broadcast, Buyer, Claim, ClaimState, Pin
from shop.livestream.wishes import Outcome, Wish

# What a buyer may have of a variant that makes another word of theirs more than a first one.
_COUNTS = (*wishes.LIVE, ClaimState.ORDERED)
Key = tuple[int, int]


class Rush:
    """The claims of one batch of comments."""

    def __init__(
        self, broadcast: Broadcast, buyer_ids: Collection[int], variant_ids: Collection[int]
    ) -> None:
        self.broadcast = broadcast
        self._variant_ids, self._buyer_ids = sorted(variant_ids), list(buyer_ids)
        self._there: dict[Key, list[dict[str, Any]]] = {}
        self._noted: list[dict[str, Any]] = []
        self._free: dict[int, Decimal] | None = None
        self._rooms: dict[tuple[str, int], Decimal | None] = {}
        # Nobody pins anything meanwhile: the session is locked.
        self._pins: dict[tuple[str, int], Pin | None] = {}
        self._until: datetime = holds.until(broadcast)
        self._remember(buyer_ids)

    def enter(self, buyer: Buyer, wish: Wish) -> Outcome:
        """As `wishes.enter`, which does what is no first word."""
        there = self._there.get((buyer.id, wish.variant.id))
        if there is None and wish.pin is not None:
            return self._first(buyer, wish, wish.pin)
        if there is not None and (outcome := _unchanged(there, wish)):
            return outcome
        self.write()
        outcome = wishes.enter(buyer, wish)
        self._remember([buyer.id])
        return outcome

    def has_ordered(self, buyer: Buyer, variant_id: int) -> bool:
        """Whether an order of the buyer came of a claim of this variant."""
        there = self._there.get((buyer.id, variant_id), [])
        return any(row["state"] == ClaimState.ORDERED for row in there)

    def knows(self, buyer: Buyer) -> bool:
        """Whether the buyer has anything: held, waiting or ordered."""
        return any(buyer_id == buyer.id for buyer_id, _variant_id in self._there)

    def write(self) -> None:
        """Write what was noted; what is free is asked for anew after it."""
        if self._noted:
            insert_many(Claim, self._noted)
            held = [row for row in self._noted if row["state"] == ClaimState.HELD]
            reservations.hold_counted(
                [(f"claim:{row['ref']}", row["variant_id"], row["quantity"]) for row in held],
                until=self._until,
            )
        self._noted, self._free, self._rooms = [], None, {}

    def touched(self, buyer: Buyer) -> None:
        """Claims of the buyer were changed beside this."""
        self._remember([buyer.id])

    def _remember(self, buyer_ids: Collection[int]) -> None:
        ids = set(buyer_ids)
        self._there = {key: rows for key, rows in self._there.items() if key[0] not in ids}
        columns = (Claim.buyer_id, Claim.variant_id, Claim.state, Claim.quantity, Claim.held_until)
        query = select(*columns, Claim.pin_id).where(
            among(Claim.buyer_id, ids), Claim.state.in_(_COUNTS)
        )
        for row in db.session.execute(query):
            kept = self._there.setdefault((row.buyer_id, row.variant_id), [])
            kept.append(dict(row._mapping))

    def _first(self, buyer: Buyer, wish: Wish, pin: Pin) -> Outcome:
        most = pin.per_buyer
        quantity = wish.quantity if most is None else min(wish.quantity, most)
        held = self._take(pin, wish.variant.id, quantity)
        now = clock.now()
        row = {
            "ref": references.new(),
            "seller_id": wish.variant.seller_id,
            "broadcast_id": self.broadcast.id,
            "buyer_id": buyer.id,
            "variant_id": wish.variant.id,
            "code": wish.code,
            "quantity": quantity,
            "state": ClaimState.HELD if held else ClaimState.WAITING,
            "held_until": self._until if held else None,
            "pin_id": pin.id,
            "price_vnd": pin.price_vnd,
            "said_at": wish.said_at,
            "comment_id": wish.said.id if wish.said else None,
            "made_by": wish.made_by,
            "created_at": now,
        }
        self._noted.append(row)
        self._there[buyer.id, wish.variant.id] = [row]
        if not held:
            return Outcome.WAITING
        return Outcome.HELD if quantity == wish.quantity else Outcome.LIMITED

    def _take(self, pin: Pin, variant_id: int, quantity: Decimal) -> bool:
        """Count so much as gone, when stock and cap have it."""
        if self._free is None:
            # Then nobody who waits could be served whole with what is free.
            if waiting.offer(self._variant_ids):
                self._remember(self._buyer_ids)
            self._free = dict(stock.lock_saleable(self._variant_ids))
        if self._free[variant_id] < quantity:
            return False
        room = self._room(pin.code, variant_id)
        if room is not None and room < quantity:
            return False
        self._free[variant_id] -= quantity
        if room is not None:
            self._rooms[pin.code, variant_id] = room - quantity
        return True

    def _room(self, code: str, variant_id: int) -> Decimal | None:
        """What the cap leaves of the code: one cap, however often its goods were pinned anew."""
        key = (code, variant_id)
        if key not in self._pins:
            self._pins[key] = caps.pin_of(self.broadcast.id, code, variant_id)
        if key not in self._rooms:
            pin = self._pins[key]
            self._rooms[key] = caps.left_of(pin) if pin else None
        return self._rooms[key]


def _unchanged(there: list[dict[str, Any]], wish: Wish) -> Outcome | None:
    """What the same words once more come to, when they change nothing; None when they may."""
    [row, *more] = there
    same = row["quantity"] == wish.quantity and not wish.adds and not more
    if not same or wish.pin is None or row["pin_id"] != wish.pin.id:
        return None
    if row["state"] == ClaimState.WAITING:
        return Outcome.WAITING
    stands = row["held_until"] is not None and row["held_until"] > clock.now()
    return Outcome.HELD if row["state"] == ClaimState.HELD and stands else None
