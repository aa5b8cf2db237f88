"""Placing orders: one seller each, one promise of stock, one price; several in one checkout."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from flask import current_app
from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from shop import clock, quantities, references
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import reservations, stock
from shop.inventory.models import Harvest
from shop.orders import collecting, delivery, preorders, states, vouchers
from shop.orders.errors import NotForSale, TooLittle
from shop.orders.models import Checkout, Handing, Order, OrderLine, PayBy, State

# How long an order waits: for money, or for the seller's call before cash on delivery.
UNPAID = timedelta(hours=24)
UNCONFIRMED = timedelta(hours=72)


@dataclass(frozen=True)
class Buyer:
    """Who buys and where it goes. `phone` is E.164; codes are today's, None when unknown."""

    name: str
    phone: str
    address: str
    province_code: str | None = None
    commune_code: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Want:
    """So much (in the variant's unit) of a variant, at its price.

    `agreed_vnd`: another price of one unit that was agreed (that of a livestream session).
    """

    variant: Variant
    quantity: Decimal
    agreed_vnd: int | None = None

    @property
    def unit_price_vnd(self) -> int:
        """What one unit costs."""
        return self.variant.price_vnd if self.agreed_vnd is None else self.agreed_vnd


@dataclass(frozen=True)
class Terms:
    """What was agreed beside the goods. `voucher`: its code, empty for none.

    `harvest`: the window in which the goods will come, None when they are there.
    """

    pay_by: PayBy = PayBy.CASHLESS
    handing: Handing = Handing.DELIVERY
    fee_vnd: int = 0
    voucher: str = ""
    note: str = ""
    harvest: Harvest | None = None


@dataclass(frozen=True)
class Part:
    """What is wanted of one seller, on what terms."""

    wants: Sequence[Want]
    terms: Terms = field(default_factory=Terms)


def place_all(buyer: Buyer, parts: Sequence[Part], *, key: str, source: str) -> Checkout:
    """One checkout with an order for each part, or nothing. The same `key` again is the same one.

    Raises NotForSale, TooLittle, OutOfStock, NoVoucher, NotTaken.
    """
    # Two submits of one form at once: the second waits here, and finds the orders of the first.
    stock.lock(_quantities([want for part in parts for want in part.wants]))
    made = db.session.scalar(
        insert(Checkout)
        .values(key=key, token=references.token())
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Checkout.id)
    )
    checkout = db.session.scalars(select(Checkout).where(Checkout.key == key)).one()
    if made is not None:
        # Two buyers with the same codes lock them in one order, however their baskets lie.
        vouchers.lock((_seller_id(part), part.terms.voucher) for part in parts)
        for part in sorted(parts, key=_seller_id):
            order = place(
                buyer,
                part.wants,
                terms=part.terms,
                source=source,
                source_key=f"checkout:{key}:{_of(part)}",
                holders=[],
            )
            order.checkout_id = checkout.id
    return checkout


def _of(part: Part) -> str:
    """What tells a part from the others of its checkout."""
    harvest, seller_id = part.terms.harvest, _seller_id(part)
    return f"{seller_id}:{harvest.id}" if harvest else f"{seller_id}"


def _seller_id(part: Part) -> int:
    return part.wants[0].variant.seller_id


def place(
    buyer: Buyer,
    wants: Sequence[Want],
    *,
    source: str,
    source_key: str,
    holders: list[str],
    terms: Terms | None = None,
) -> Order:
    """Place one order for what is wanted of one seller; it awaits payment.

    `source_key` makes it happen once: the same key again returns the order that is there.
    `holders` have held the stock so far (claims, a basket); the order holds it until it expires,
    by itself: what nobody paid is there for the next buyer, also when no sweep runs. With
    `terms.harvest` it is promised of that harvest instead. Raises NotForSale, TooLittle,
    NoVoucher, NotTaken, and OutOfStock when a lapsed hold went to somebody else.
    """
    # The same key twice at once: the second waits here, and then finds the order of the first.
    stock.lock(_quantities(wants))
    there = db.session.scalar(_placed(), {"key": source_key})
    if there is not None:
        return db.session.get_one(Order, there)
    terms = terms or Terms()
    order = _order(buyer, [_line(want) for want in wants], terms)
    _check_least(wants)
    order.ref, order.seller_id = references.draw(), wants[0].variant.seller_id
    # As agreed, though the seller writes other terms later.
    order.delivery_note, order.returns_note = delivery.promises(order.seller_id, terms.handing)
    order.collector_id = collecting.collector_id(order.seller_id)
    order.source, order.source_key = source, source_key
    db.session.add(order)
    states.move(order, State.AWAITING_PAYMENT, who=buyer.name)
    if terms.voucher:
        vouchers.use(order, terms.voucher)
    if terms.harvest is not None:
        preorders.promise(order, terms.harvest)
    else:
        reservations.hand_over(
            holders, _quantities(wants), to=states.holder(order), until=order.expires_at
        )
    return order


@cache
def _placed() -> Select[int]:
    return select(Order.id).where(Order.source_key == bindparam("key"))


def _order(buyer: Buyer, lines: list[OrderLine], terms: Terms) -> Order:
    goods_vnd = sum(line.amount_vnd for line in lines)
    waits = UNCONFIRMED if terms.pay_by is PayBy.COD else UNPAID
    return Order(
        state="",
        buyer_name=buyer.name,
        buyer_phone=buyer.phone,
        buyer_email=buyer.email,
        address=buyer.address,
        province_code=buyer.province_code,
        commune_code=buyer.commune_code,
        note=terms.note,
        pay_by=terms.pay_by,
        handing=terms.handing,
        goods_vnd=goods_vnd,
        fee_vnd=terms.fee_vnd,
        discount_vnd=0,
        total_vnd=goods_vnd + terms.fee_vnd,
        paid_vnd=0,
        expires_at=clock.now() + waits,
        lines=lines,
    )


def _line(want: Want) -> OrderLine:
    variant = want.variant
    if not for_sale(variant):
        raise NotForSale(variant.product.name)
    return OrderLine(
        variant_id=variant.id,
        name=variant.product.name,
        pack=variant.pack,
        unit=variant.unit,
        quantity=want.quantity,
        unit_price_vnd=want.unit_price_vnd,
        amount_vnd=amount_vnd(want.unit_price_vnd, want.quantity),
    )


def for_sale(variant: Variant) -> bool:
    """Whether a buyer may order it now, stock aside."""
    if not variant.product.on_sale or not variant.active:
        return False
    # A made-up price may be played with in a demonstration, never owed by a real buyer.
    return not variant.price_illustrative or current_app.config["SETTINGS"].demo


def _check_least(wants: Sequence[Want]) -> None:
    packs = {want.variant.id: want.variant for want in wants}
    for variant_id, quantity in _quantities(wants).items():
        pack = packs[variant_id]
        if quantity < least(pack):
            shown = quantities.show_with_unit(pack.least, pack.unit)
            raise TooLittle(f"{pack.product.name}, {pack.pack}", shown)


def least(pack: Variant) -> Decimal:
    """The smallest quantity that is sold of a pack."""
    # One is what stands there when nobody said anything; half a kilogram is sold then.
    return pack.least if pack.least != 1 else Decimal(0)


def amount_vnd(unit_price_vnd: int, quantity: Decimal) -> int:
    """Price times quantity, rounded half up to the đồng."""
    return int((unit_price_vnd * quantity).quantize(Decimal(1), ROUND_HALF_UP))


def _quantities(wants: Sequence[Want]) -> dict[int, Decimal]:
    summed: dict[int, Decimal] = defaultdict(Decimal)
    for want in wants:
        summed[want.variant.id] += want.quantity
    return dict(summed)
