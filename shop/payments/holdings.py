"""Who may see and pay collected money: the fetches in which two sellers have a say."""

from sqlalchemy import select

from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import NotFound
from shop.orders import collecting
from shop.payments.models import Payout
from shop.sellers.models import Seller

READ = Permission.MONEY_READ


def held_for(actor: Actor, ref: str, permission: Permission) -> tuple[Seller, Seller]:
    """The collector, and a seller whose money there the actor may see or, as the collector, pay."""
    collector = collecting.collector()
    seller = db.session.scalar(select(Seller).where(Seller.ref == ref))
    if collector is None or seller is None:
        raise NotFound(ref=ref)
    reads = permission is READ and actor.may(READ, seller.id)
    if not reads and not actor.may(permission, collector.id):
        raise NotFound(ref=ref)
    return collector, seller


def get(actor: Actor, ref: str, *, lock: bool = False) -> Payout:
    """A payout that the actor's seller pays or gets."""
    query = select(Payout).where(Payout.ref == ref)
    if lock:
        query = query.with_for_update(of=Payout).execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None or not (actor.may(READ, row.seller_id) or actor.may(READ, row.collector_id)):
        raise NotFound(ref=ref)
    return row
