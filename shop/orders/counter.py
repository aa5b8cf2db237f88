"""Sales at a counter: so much, with or without the goods named; done as the money is there.

Where nobody names the goods (a market stall that keeps no stock here) the order has a sum and no
lines; everything else of it is as of any other order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from shop import clock, references
from shop.database import db
from shop.orders import bookings, checkout, receipts, states
from shop.orders.checkout import Buyer, Terms, Want
from shop.orders.models import Handing, Order, PayBy, State

# How long a code that nobody paid is waited for: a weekend, and a bank that is slow to tell.
WAITS = checkout.UNCONFIRMED


@dataclass(frozen=True)
class Sale:
    """What a seller sold at its counter: `wants` at their prices, or `amount_vnd` without them.

    `at`: when (UTC), for one that was entered without signal; `where`: the counter, in words.
    """

    seller_id: int
    where: str
    amount_vnd: int = 0
    wants: Sequence[Want] = ()
    at: datetime | None = None


def ask(sale: Sale, *, source: str, key: str, who: str) -> Order:
    """The buyer is shown a code: an order that awaits so much. Once per `key`.

    Raises NotForSale, TooLittle, OutOfStock.
    """
    return _place(sale, PayBy.CASHLESS, source, key, who)


def take_cash(sale: Sale, *, source: str, key: str, who: str) -> Order:
    """The buyer paid in cash and has the goods. Once per `key`.

    Raises NotForSale, TooLittle, OutOfStock.
    """
    order = _place(sale, PayBy.CASH, source, key, who)
    if order.state == State.AWAITING_PAYMENT and not order.paid_vnd:
        bookings.cash(order, who)
        receipts.pay(order, order.total_vnd, who=who, why="")
    return order


def _place(sale: Sale, pay_by: PayBy, source: str, key: str, who: str) -> Order:
    # The same key twice at once: the second waits here, and finds the order of the first.
    mine = func.hashtextextended(f"counter:{key}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(mine)))
    there = db.session.scalar(select(Order).where(Order.source_key == key))
    if there is not None:
        return there
    if sale.wants:
        order = _of_goods(sale, pay_by, source, key)
    else:
        order = _of_a_sum(sale, pay_by, source, key, who)
    # Whoever collects for sellers does not stand at the counter.
    order.collector_id = None
    order.placed_at = sale.at or clock.now()
    if pay_by is PayBy.CASHLESS:
        states.wait_until(order, clock.now() + WAITS)
    return order


def _of_goods(sale: Sale, pay_by: PayBy, source: str, key: str) -> Order:
    terms = Terms(pay_by=pay_by, handing=Handing.COUNTER)
    buyer = Buyer(sale.where, "", sale.where)
    return checkout.place(buyer, sale.wants, source=source, source_key=key, holders=[], terms=terms)


def _of_a_sum(sale: Sale, pay_by: PayBy, source: str, key: str, who: str) -> Order:
    order = Order(
        ref=references.draw(),
        seller_id=sale.seller_id,
        state="",
        source=source,
        source_key=key,
        buyer_name=sale.where,
        buyer_phone="",
        address=sale.where,
        pay_by=pay_by,
        handing=Handing.COUNTER,
        goods_vnd=sale.amount_vnd,
        total_vnd=sale.amount_vnd,
        paid_vnd=0,
    )
    db.session.add(order)
    states.move(order, State.AWAITING_PAYMENT, who=who)
    return order
