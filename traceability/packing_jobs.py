"""Background work of packing: orders that fell through, goods that came back."""

from shop.database import db, transaction
from shop.jobs import job
from shop.orders.models import Order
from traceability import packing


@job("default")
def fit_draws(order_id: int) -> None:
    """What the buyer does not get, or has no more, is the lots' again; safe to run twice."""
    with transaction():
        packing.fit(db.session.get_one(Order, order_id, with_for_update={"of": Order}))
