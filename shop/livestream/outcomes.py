"""What may become of a read comment and why a person must look: for a try as in earnest."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shop.catalogue.models import Variant
from shop.livestream import broadcasts
from shop.livestream.models import Broadcast, CommentState, Pin
from shop.livestream.understanding.reading import Item, Reading

MOST = Decimal(1000)


class Reason(StrEnum):
    """Why a person must look at a comment, or why nothing came of it."""

    NO_CODE = "no_code"
    UNKNOWN_CODE = "unknown_code"
    NO_VARIANT = "no_variant"
    OPTIONS = "options"
    UNIT = "unit"
    FRACTION = "fraction"
    QUANTITY = "quantity"
    OUT_OF_STOCK = "out_of_stock"
    REPEATED = "repeated"
    SUPERSEDED = "superseded"
    LATE = "late"
    ORDERED = "ordered"
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    AFTER_CLOSE = "after_close"
    UNSURE = "unsure"
    DOUBTFUL = "doubtful"
    WAITING = "waiting"
    LIMITED = "limited"
    LIMIT_REACHED = "limit_reached"


# Reasons that need nobody: the comment simply changed nothing.
HARMLESS = {
    Reason.REPEATED,
    Reason.SUPERSEDED,
    Reason.NOTHING_TO_CANCEL,
    Reason.LIMIT_REACHED,
}
# Something came of it, though not all that was said.
CLAIMED = {None, Reason.WAITING, Reason.LIMITED}

Outcome = tuple[CommentState, Reason | None]

# What becomes of words that ask for nothing.
IDLE = {"question": CommentState.QUESTION, "noise": CommentState.IGNORED}
# How what was said to a rehearsal is shown: as it would be, had it counted.
REHEARSED = IDLE | {
    "order": CommentState.CLAIMED,
    "cancel": CommentState.CANCELLED,
    "phone": CommentState.CONTACT,
}
UNKNOWN: Outcome = (CommentState.REVIEW, Reason.UNKNOWN_CODE)


def foreseen(broadcast: Broadcast, found: Reading, at: datetime) -> Outcome:
    """What would become of such words said at `at`, goods and limits aside: for trying them."""
    if found.is_strange:
        return UNKNOWN
    if found.kind not in {"order", "cancel"}:
        return REHEARSED[found.kind], None
    if (unsure := doubted(broadcast, found)) is not None:
        return unsure
    codes = broadcasts.codes(broadcast)
    for item in found.items if found.kind == "order" else ():
        line = meant(codes.pin(item.code or "", at), item)
        if item.op != "remove" and isinstance(line, Reason):
            return CommentState.REVIEW, line
    return REHEARSED[found.kind], None


def meant(pin: Pin | None, item: Item) -> tuple[Variant, Decimal, Pin] | Reason:
    """What a line claims as it stands: goods, quantity and pin; or why a person must look."""
    if pin is None or item.quantity is None:
        return Reason.NO_CODE
    if pin.variant is None:
        return Reason.NO_VARIANT
    if pin.variants:
        return Reason.OPTIONS
    reason = _unclear(item.quantity, item.unit, pin.variant.unit)
    return reason or (pin.variant, item.quantity, pin)


def doubted(broadcast: Broadcast, found: Reading) -> Outcome | None:
    """What becomes of an order or a cancel that the reader is not sure enough of; else None."""
    if found.confidence < broadcast.ask_from:
        return CommentState.IGNORED, Reason.DOUBTFUL
    if found.confidence < broadcast.claim_from:
        return CommentState.REVIEW, _why_unsure(found)
    return None


def _why_unsure(found: Reading) -> Reason:
    """Where there is a plainer word for what a person must see to than that it is not sure."""
    if found.kind == "order" and any(item.code is None for item in found.items):
        return Reason.NO_CODE
    too_many = any(item.quantity is not None and item.quantity > MOST for item in found.items)
    return Reason.QUANTITY if too_many else Reason.UNSURE


def _unclear(quantity: Decimal, said: str | None, sold: str) -> Reason | None:
    if said is not None and broadcasts.canonical_unit(said) != broadcasts.canonical_unit(sold):
        return Reason.UNIT
    if quantity % 1 and broadcasts.sold_by_the_piece(sold):
        return Reason.FRACTION
    exact = quantity == quantity.quantize(Decimal("0.001")) if quantity <= MOST else False
    return None if exact and quantity > 0 else Reason.QUANTITY
