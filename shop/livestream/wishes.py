"""What a buyer wishes becomes their one live claim of a variant: held, changed, or in the line.

The caller holds the lock of the variant.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select

from shop import clock, references
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import stock
from shop.livestream import caps, holds, waiting
from shop.livestream.models import Buyer, Claim, ClaimState, Comment, Pin

LIVE = (ClaimState.HELD, ClaimState.WAITING)


@dataclass(frozen=True)
class Wish:
    """So much (in the variant's unit) of what is pinned under `code`. `adds`: to what is there.

    `pin`: what the code meant when it was said, None as it was pinned last. `said`: the comment,
    None for a word of now. `made_by`: who entered it, None the reader itself.
    """

    code: str
    variant: Variant
    quantity: Decimal
    adds: bool = False
    pin: Pin | None = None
    said: Comment | None = None
    made_by: int | None = None

    @property
    def said_at(self) -> datetime:
        """The platform's time of the words."""
        return self.said.posted_at if self.said else clock.now()


class Outcome(StrEnum):
    """What became of a wish.

    HELD: all of it. LIMITED: as much of it as one buyer may have. WAITING: in its place in the
    line. SHORT: there is not enough, and what was held before stays. FULL: this buyer has all that
    one buyer may have already.
    """

    HELD = "held"
    LIMITED = "limited"
    WAITING = "waiting"
    SHORT = "short"
    FULL = "full"


def enter(buyer: Buyer, wish: Wish) -> Outcome:
    """Hold what the buyer wishes, in their one live claim of this variant.

    The same quantity again changes nothing, another one replaces it, `adds` adds to it. The same
    goods under another code count under that one from then on, with its price and cap. More than
    one buyer may have is brought down to that. Of who waits already, those who can be served whole
    are served first. When there is not enough a new claim waits in its place, and an old one stays
    as it was.
    """
    there = _live(buyer, wish.variant.id)
    wished = wish.quantity + (there.quantity if there is not None and wish.adds else 0)
    pin = wish.pin or caps.pin_of(buyer.broadcast_id, wish.code, wish.variant.id)
    most = caps.allowed(buyer.id, pin, beside=there.ref if there else "")
    quantity = wished if most is None else min(wished, most)
    same = there is not None and (there.quantity, there.code) == (quantity, wish.code)
    if there is not None and same and holds.stands(there):
        return Outcome.HELD if quantity == wished else Outcome.FULL
    if quantity <= 0:
        return Outcome.FULL
    became = _put(buyer, there, replace(wish, quantity=quantity, pin=pin))
    return Outcome.LIMITED if became is Outcome.HELD and quantity < wished else became


def _put(buyer: Buyer, there: Claim | None, wish: Wish) -> Outcome:
    found = there or _new(buyer, wish)
    if found.state == ClaimState.WAITING:
        found.code = wish.code
        held = join(found, wish)
        _price(found, wish)
        return Outcome.HELD if held else Outcome.WAITING
    before, found.code = found.code, wish.code
    if not alter(found, wish.quantity):
        found.code = before
        return Outcome.SHORT
    _price(found, wish)
    _date(found, wish)
    return Outcome.HELD


def _live(buyer: Buyer, variant_id: int) -> Claim | None:
    query = select(Claim).where(Claim.buyer_id == buyer.id, Claim.variant_id == variant_id)
    return db.session.scalar(query.where(Claim.state.in_(LIVE)).with_for_update())


def _new(buyer: Buyer, wish: Wish) -> Claim:
    made = Claim(
        ref=references.new(),
        seller_id=wish.variant.seller_id,
        broadcast_id=buyer.broadcast_id,
        buyer=buyer,
        variant_id=wish.variant.id,
        code=wish.code,
        quantity=wish.quantity,
        state=ClaimState.WAITING,
        said_at=wish.said_at,
        comment_id=wish.said.id if wish.said else None,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _price(found: Claim, wish: Wish) -> None:
    """The claim costs what was pinned when these words were said."""
    found.price_vnd = wish.pin.price_vnd if wish.pin else None
    found.pin_id = wish.pin.id if wish.pin else None
    found.made_by = wish.made_by or found.made_by


def _date(found: Claim, wish: Wish) -> None:
    """These words said it, unless later ones did."""
    if found.said_at is None or wish.said_at >= found.said_at:
        found.said_at = wish.said_at
        found.comment_id = wish.said.id if wish.said else found.comment_id


def join(found: Claim, wish: Wish) -> bool:
    """Wait for what is wished, behind who said it earlier; whether it is there at once.

    Who wants more than before stands where these words were said; who wants less keeps the place.
    """
    if wish.quantity > found.quantity:
        _date(found, wish)
    found.quantity = wish.quantity
    free = stock.lock_saleable([found.variant_id])[found.variant_id]
    waiting.serve(found.variant_id, free, new=found)
    return found.state == ClaimState.HELD


def alter(found: Claim, quantity: Decimal) -> bool:
    """Another quantity of what is held; what comes on top is nobody's who has waited for it."""
    if quantity < found.quantity and holds.stands(found):
        holds.lower(found, quantity)
        return True
    waiting.offer([found.variant_id])
    return holds.take(found, quantity)
