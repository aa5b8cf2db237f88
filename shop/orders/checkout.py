"""Placing an order: one seller, one promise of stock, one price."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import current_app
from sqlalchemy import select

from shop import quantities
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import reservations, stock
from shop.orders import states
from shop.orders.errors import NotForSale, TooLittle
from shop.orders.models import Order, OrderLine, State


@dataclass(frozen=True)
class Buyer:
    """Who buys and where it goes. `phone` is E.164."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True)
class Want:
    """So much (in the variant's unit) of a variant."""

    variant: Variant
    quantity: Decimal


def place(
    buyer: Buyer,
    wants: Sequence[Want],
    *,
    source: str,
    source_key: str,
    holders: list[str],
    until: datetime | None,
) -> Order:
    """Place one order for what is wanted of one seller; it awaits payment.

    `source_key` makes it happen once: the same key again returns the order that is there.
    `holders` have held the stock so far (claims, a basket); the order holds it until `until`.
    Raises NotForSale, TooLittle, and OutOfStock when a lapsed hold went to somebody else.
    """
    # The same key twice at once: the second waits here, and then finds the order of the first.
    stock.lock_saleable(_quantities(wants))
    there = db.session.scalar(select(Order).where(Order.source_key == source_key))
    if there is not None:
        return there
    lines = [_line(want) for want in wants]
    _check_least(wants)
    order = Order(
        seller_id=wants[0].variant.seller_id,
        state="",
        source=source,
        source_key=source_key,
        buyer_name=buyer.name,
        buyer_phone=buyer.phone,
        address=buyer.address,
        total_vnd=sum(line.amount_vnd for line in lines),
        paid_vnd=0,
        lines=lines,
    )
    db.session.add(order)
    states.move(order, State.AWAITING_PAYMENT, who=buyer.name)
    reservations.hand_over(holders, _quantities(wants), to=states.holder(order), until=until)
    return order


def _line(want: Want) -> OrderLine:
    variant = want.variant
    if not _for_sale(variant):
        raise NotForSale(variant.product.name)
    return OrderLine(
        variant_id=variant.id,
        name=variant.product.name,
        pack=variant.pack,
        unit=variant.unit,
        quantity=want.quantity,
        unit_price_vnd=variant.price_vnd,
        amount_vnd=amount_vnd(variant.price_vnd, want.quantity),
    )


def _for_sale(variant: Variant) -> bool:
    if not variant.product.on_sale or not variant.active:
        return False
    # A made-up price may be played with in a demonstration, never owed by a real buyer.
    return not variant.price_illustrative or current_app.config["SETTINGS"].demo


def _check_least(wants: Sequence[Want]) -> None:
    packs = {want.variant.id: want.variant for want in wants}
    for variant_id, quantity in _quantities(wants).items():
        pack = packs[variant_id]
        # One is what stands there when nobody said anything; half a kilogram is sold then.
        if pack.least != 1 and quantity < pack.least:
            least = quantities.show_with_unit(pack.least, pack.unit)
            raise TooLittle(f"{pack.product.name}, {pack.pack}", least)


def amount_vnd(unit_price_vnd: int, quantity: Decimal) -> int:
    """Price times quantity, rounded half up to the đồng."""
    return int((unit_price_vnd * quantity).quantize(Decimal(1), ROUND_HALF_UP))


def _quantities(wants: Sequence[Want]) -> dict[int, Decimal]:
    summed: dict[int, Decimal] = defaultdict(Decimal)
    for want in wants:
        summed[want.variant.id] += want.quantity
    return dict(summed)
