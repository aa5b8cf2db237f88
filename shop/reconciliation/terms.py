"""How a seller reconciles: what it lets go of, and when silence worries it."""

from sqlalchemy import select

from shop.database import db
from shop.reconciliation.models import Terms

QUIET_HOURS = 72


def of(seller_id: int) -> Terms:
    """The seller's terms; the usual ones while it said nothing (they are not kept)."""
    there = db.session.scalar(select(Terms).where(Terms.seller_id == seller_id))
    return there or Terms(seller_id=seller_id, tolerance_vnd=0, quiet_hours=QUIET_HOURS)


def change(seller_id: int, tolerance_vnd: int, quiet_hours: int | None) -> Terms:
    """Keep what the seller says; its row is made at the first time."""
    there = db.session.scalar(select(Terms).where(Terms.seller_id == seller_id).with_for_update())
    if there is None:
        there = Terms(seller_id=seller_id)
        db.session.add(there)
    there.tolerance_vnd, there.quiet_hours = tolerance_vnd, quiet_hours
    db.session.flush()
    return there
