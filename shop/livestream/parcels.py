"""One parcel for several orders of a buyer: what of them still waits to be packed."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from shop import clock
from shop.catalogue.models import Variant
from shop.database import db
from shop.livestream import baskets
from shop.livestream.models import Buyer
from shop.orders.delivery import Place
from shop.orders.models import Handing, Order, State

UNPACKED = (State.AWAITING_PAYMENT, State.CONFIRMED, State.PAID)


def open_for(buyer: Buyer, seller_id: int, place: Place) -> list[Order]:
    """The buyer's orders of this seller in the session that go to that place and are not packed."""
    return [
        order
        for order in baskets.ordered(buyer)
        if order.seller_id == seller_id
        and State(order.state) in UNPACKED
        and order.handing == Handing.DELIVERY
        and order.commune_code == place.commune_code
        and not _is_over(order)
    ]


def _is_over(order: Order) -> bool:
    """Whether its time to pay is over, though the sweep was not there yet."""
    waits = order.state == State.AWAITING_PAYMENT and not order.paid_vnd
    return waits and order.expires_at is not None and order.expires_at <= clock.now()


def goods(orders: Sequence[Order]) -> list[tuple[Variant, Decimal]]:
    """What is in these orders, for the scales."""
    lines = [line for order in orders for line in order.lines]
    query = select(Variant).where(Variant.id.in_({line.variant_id for line in lines}))
    variants = {row.id: row for row in db.session.scalars(query)}
    return [(variants[line.variant_id], line.quantity) for line in lines]
