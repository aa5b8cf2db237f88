"""Background work about sellers."""

from sqlalchemy import select

from shop.database import db, transaction
from shop.jobs import job
from shop.sellers import reviews
from shop.sellers.models import Seller


@job("default")
def see_again(holder: str) -> None:
    """The papers, photos or logo of a seller changed: reviewers look again."""
    kind, _, ref = holder.partition(":")
    if kind not in {"seller", "logo"}:
        return
    with transaction():
        query = select(Seller).where(Seller.ref == ref).with_for_update(key_share=True)
        seller = db.session.scalar(query)
        if seller:
            reviews.edited(seller)
