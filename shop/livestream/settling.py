"""What is held and not paid when a session closes: let go, or paid for on delivery, by its rule.

What nobody confirmed on their page is let go, whatever the rule: without an address that a buyer
agreed to nothing can be sent. What that frees is offered to who waits.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, func, or_, select

from shop import clock
from shop.database import db
from shop.inventory import stock
from shop.livestream import baskets, holds
from shop.livestream.models import Broadcast, Claim, ClaimState, Unpaid
from shop.orders import checkout, delivery, states
from shop.orders.models import Handing, Order, PayBy, State

WHO = "Hệ thống"


@dataclass(frozen=True)
class Settled:
    """How many claims and orders were let go, and how many orders are paid for on delivery."""

    claims: int
    orders: int
    on_delivery: int


@dataclass(frozen=True)
class Open:
    """What closing a session touches: claims held and not ordered, and orders not paid."""

    claims: int
    orders: int


def open_in(broadcast: Broadcast) -> Open:
    """Count what `settle_unpaid` would settle now, for whoever is about to close."""
    held = select(func.count()).where(*_held(broadcast, clock.now()))
    orders = select(func.count()).where(*_awaits(broadcast))
    return Open(db.session.scalar(held) or 0, db.session.scalar(orders) or 0)


def settle_unpaid(broadcast: Broadcast) -> Settled:
    """Settle what is unpaid of a session that closes. Safe to run twice.

    What somebody pays at this moment is left alone; what is offered after the close is no more of
    what was held at it.
    """
    at = broadcast.closed_at or clock.now()
    # Orders before variants, as wherever money comes; variants all at once, in order.
    orders = _unpaid(broadcast)
    held = select(Claim.variant_id).where(*_held(broadcast, at))
    wanted = {variant_id for order in orders for variant_id in states.goods(order)}
    locked = {*wanted, *db.session.scalars(held)}
    stock.lock(locked)
    cash = _take_cash(broadcast, orders)
    for order in cash:
        until = clock.now() + checkout.UNCONFIRMED
        why = "phiên đã đóng: trả tiền khi nhận hàng"
        states.pay_on_delivery(order, until, who=WHO, why=why)
    let_go = [_let_go(broadcast, order) for order in orders if order not in cash]
    return Settled(_release(broadcast, at, locked), sum(let_go), len(cash))


def _unpaid(broadcast: Broadcast) -> list[Order]:
    query = select(Order).where(*_awaits(broadcast)).order_by(Order.id)
    return list(db.session.scalars(query.with_for_update(of=Order, skip_locked=True)))


def _awaits(broadcast: Broadcast) -> tuple[ColumnElement[bool], ...]:
    return (
        Order.source == baskets.source_of(broadcast.ref),
        Order.state == State.AWAITING_PAYMENT,
        Order.pay_by == PayBy.CASHLESS,
        Order.paid_vnd == 0,
    )


def _take_cash(broadcast: Broadcast, orders: list[Order]) -> list[Order]:
    if broadcast.unpaid != Unpaid.COD:
        return []
    rules = delivery.terms_of({order.seller_id for order in orders})
    taking = {seller_id for seller_id, row in rules.items() if row.cod}
    return [o for o in orders if o.seller_id in taking and o.handing == Handing.DELIVERY]


def _let_go(broadcast: Broadcast, order: Order) -> bool:
    """Whether it is let go at once; one placed just now has the minutes of a hold to be paid."""
    minutes = broadcast.hold_minutes or current_app.config["SETTINGS"].hold_minutes
    until = order.placed_at + timedelta(minutes=minutes)
    if until <= clock.now():
        states.move(order, State.EXPIRED, who=WHO, why="phiên đã đóng, chưa có tiền")
        return True
    if order.expires_at is None or until < order.expires_at:
        states.wait_until(order, until)
    return False


def _release(broadcast: Broadcast, at: datetime, locked: Collection[int]) -> int:
    # Asked under the locks: a buyer may have confirmed in between.
    query = select(Claim).where(*_held(broadcast, at), Claim.variant_id.in_(locked))
    over = list(db.session.scalars(query.execution_options(populate_existing=True)))
    for found in over:
        holds.end(found, ClaimState.LAPSED)
    return len(over)


def _held(broadcast: Broadcast, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Claim.broadcast_id == broadcast.id,
        Claim.state == ClaimState.HELD,
        Claim.created_at <= at,
        or_(Claim.offered_at.is_(None), Claim.offered_at <= at),
    )
