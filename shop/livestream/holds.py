"""What a claim holds: take it, let some of it go, end it. The variant's lock is the caller's.

A claim holds exactly what it says, under a name of its own, until its time is over; one that waits
holds nothing.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from flask import current_app

from shop import clock
from shop.inventory import reservations, stock
from shop.livestream import caps
from shop.livestream.models import Broadcast, Claim, ClaimState


def holder(found: Claim) -> str:
    """The name under which a claim holds stock."""
    return f"claim:{found.ref}"


def until(broadcast: Broadcast) -> datetime:
    """When what is taken now lapses: after the session's minutes, else the installation's."""
    minutes = broadcast.hold_minutes or current_app.config["SETTINGS"].hold_minutes
    return clock.now() + timedelta(minutes=minutes)


def stands(found: Claim) -> bool:
    """Whether the claim is held and its time is not over."""
    if found.state != ClaimState.HELD or found.held_until is None:
        return False
    return found.held_until > clock.now()


def take(found: Claim, quantity: Decimal) -> bool:
    """Hold just so much, whatever it held, for a fresh time; False: stock or cap has less.

    Then nothing changed.
    """
    mine = reservations.live(holder(found)).get(found.variant_id, stock.ZERO)
    if stock.lock_saleable([found.variant_id])[found.variant_id] + mine < quantity:
        return False
    room = caps.left(found.broadcast_id, found.code, found.variant_id, beside=found.ref)
    if room is not None and room < quantity:
        return False
    time_over = until(found.buyer.broadcast)
    reservations.release(holder(found))
    reservations.hold({found.variant_id: quantity}, holder=holder(found), until=time_over)
    found.state, found.quantity, found.held_until = ClaimState.HELD, quantity, time_over
    return True


def lower(found: Claim, quantity: Decimal) -> None:
    """Less is wanted: the rest is let go, the time stays as it was."""
    reservations.lower(holder(found), found.variant_id, quantity)
    found.quantity = quantity


def end(found: Claim, state: ClaimState) -> None:
    """The claim is over, and what it held free again."""
    reservations.release(holder(found))
    found.state, found.held_until = state, None
