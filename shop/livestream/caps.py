"""What a session still gives of a code: its cap, and what one buyer may have of it.

Counted is what is held now and what was ordered, less orders that fell through. Two codes are
counted apart even when the same goods are under both; a code that changed its goods begins anew.
The caller holds the lock of the variant, so two claims never count the same unit.
"""

from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select

from shop import clock
from shop.database import db
from shop.livestream.models import Claim, ClaimState, Pin
from shop.orders.models import Order, State

FELL_THROUGH = (State.CANCELLED, State.EXPIRED)


def pin_of(broadcast_id: int, code: str, variant_id: int) -> Pin | None:
    """How these goods were last pinned under this code: whose cap and limit count."""
    query = select(Pin).where(
        Pin.broadcast_id == broadcast_id, Pin.code == code, Pin.variant_id == variant_id
    )
    return db.session.scalar(query.order_by(Pin.until_at.is_(None).desc(), Pin.id.desc()).limit(1))


def left(broadcast_id: int, code: str, variant_id: int, *, beside: str = "") -> Decimal | None:
    """What the cap leaves, not counting the claim `beside` (reference); None without a cap."""
    pin = pin_of(broadcast_id, code, variant_id)
    return left_of(pin, beside=beside) if pin else None


def left_of(pin: Pin, *, beside: str = "") -> Decimal | None:
    """The same for goods whose last pin is known."""
    if pin.cap is None or pin.variant_id is None:
        return None
    under = _under(pin.broadcast_id, pin.code, pin.variant_id)
    return pin.cap - _taken(*under, Claim.ref != beside)


def allowed(buyer_id: int, pin: Pin | None, *, beside: str = "") -> Decimal | None:
    """What this buyer may still have of a pinned code, beside that claim; None without a limit."""
    if pin is None or pin.per_buyer is None or pin.variant_id is None:
        return None
    under = _under(pin.broadcast_id, pin.code, pin.variant_id)
    return pin.per_buyer - _taken(*under, Claim.buyer_id == buyer_id, Claim.ref != beside)


def _under(broadcast_id: int, code: str, variant_id: int) -> tuple[ColumnElement[bool], ...]:
    return Claim.broadcast_id == broadcast_id, Claim.code == code, Claim.variant_id == variant_id


def _taken(*which: ColumnElement[bool]) -> Decimal:
    held = (Claim.state == ClaimState.HELD) & (Claim.held_until > clock.now())
    ordered = (Claim.state == ClaimState.ORDERED) & Order.state.not_in(FELL_THROUGH)
    query = select(func.coalesce(func.sum(Claim.quantity), 0))
    query = query.outerjoin(Order, Order.ref == Claim.order_ref)
    return Decimal(db.session.scalar(query.where(or_(held, ordered), *which)) or 0)
