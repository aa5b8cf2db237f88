"""What must hold of stock, claims and money whatever happened: asked of the rows themselves."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from shop import clock
from shop.database import db
from shop.inventory import reservations
from shop.inventory.models import Reservation, StockEntry, StockLevel
from shop.ledger.models import Posting
from shop.livestream import claims
from shop.livestream.models import Claim, ClaimState, Pin
from shop.orders import states
from shop.orders.models import Handing, Order, OrderLine, PayBy, State
from shop.reconciliation.models import Allocation

# What an order holds is its own from placing to sending, as long as its time is not over.
_HOLDING = {State.AWAITING_PAYMENT, State.PAID, State.CONFIRMED, State.PACKING}

_LOST = {State.CANCELLED, State.EXPIRED}


def hold() -> None:
    """All of them. What a commit of another left in this session is forgotten first."""
    db.session.flush()
    stock_stands()
    claims_stand()
    orders_stand()
    money_stands()


def stock_stands() -> None:
    """No more is promised of a variant than lies there, and what lies there is what was booked."""
    lies = _summed(StockLevel.variant_id, StockLevel.on_hand)
    booked = _summed(StockEntry.variant_id, StockEntry.quantity)
    live = Reservation.released_at.is_(None), Reservation.harvest_id.is_(None)
    standing = Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now())
    promised = _summed(Reservation.variant_id, Reservation.quantity, *live, standing)
    assert lies == booked
    assert {v: q for v, q in promised.items() if q > lies.get(v, 0)} == {}, "oversold"


def claims_stand() -> None:
    """A held claim has exactly its reservation, any other none; no more than cap and limit."""
    now = clock.now()
    for found in db.session.scalars(select(Claim)):
        stands = found.state == ClaimState.HELD and found.held_until and found.held_until > now
        wanted = {found.variant_id: found.quantity} if stands else {}
        assert reservations.live(claims.holder(found)) == wanted, found.state
    live = Claim.state.in_(claims.LIVE)
    query = select(Claim.buyer_id, Claim.variant_id, func.count()).where(live)
    per_buyer = db.session.execute(query.group_by(Claim.buyer_id, Claim.variant_id))
    assert [row for row in per_buyer if row[2] > 1] == [], "one live claim a buyer and variant"
    caps_stand()


def caps_stand() -> None:
    """What is held now or ordered and not lost is within each pin's cap and each buyer's limit."""
    now = clock.now()
    under: dict[tuple[int, str, int], dict[int, Decimal]] = defaultdict(
        lambda: defaultdict(Decimal)
    )
    lost = {o.ref for o in db.session.scalars(select(Order)) if State(o.state) in _LOST}
    for found in db.session.scalars(select(Claim)):
        held = found.state == ClaimState.HELD and found.held_until and found.held_until > now
        if held or (found.state == ClaimState.ORDERED and found.order_ref not in lost):
            key = found.broadcast_id, found.code, found.variant_id
            under[key][found.buyer_id] += found.quantity
    for pin in db.session.scalars(select(Pin).where(Pin.until_at.is_(None))):
        if pin.variant_id is None:
            continue
        taken = under[pin.broadcast_id, pin.code, pin.variant_id]
        assert pin.cap is None or sum(taken.values()) <= pin.cap, "beyond the cap"
        assert pin.per_buyer is None or max(taken.values(), default=0) <= pin.per_buyer


def nobody_is_passed_over() -> None:
    """Nobody waits for what is free, without a cap, and who is held was not said after them."""
    from shop.inventory import stock

    waiting = list(db.session.scalars(select(Claim).where(Claim.state == ClaimState.WAITING)))
    free = stock.saleable({found.variant_id for found in waiting})
    assert [c.ref for c in waiting if c.quantity <= free[c.variant_id]] == []


def orders_stand() -> None:
    """An order that waits to be sent holds its goods, if it is not short; one that is over none."""
    now = clock.now()
    for order in db.session.scalars(select(Order)):
        held = reservations.live(states.holder(order))
        over = (
            order.state == State.AWAITING_PAYMENT and order.expires_at and order.expires_at <= now
        )
        if State(order.state) not in _HOLDING or over:
            assert held == {}, order.state
        elif not order.short:
            assert held == states.goods(order), order.state
        # Of a sale at a counter only the sum may be known.
        if order.lines or order.handing != Handing.COUNTER:
            assert order.goods_vnd == sum(line.amount_vnd for line in order.lines)
    ordered = select(Claim).where(Claim.state == ClaimState.ORDERED)
    sold: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for found in db.session.scalars(ordered):
        assert found.order_ref is not None
        sold[found.order_ref, found.variant_id] += found.quantity
    query = select(Order.ref, OrderLine.variant_id, func.sum(OrderLine.quantity))
    query = query.join(Order, Order.id == OrderLine.order_id)
    query = query.where(Order.source.startswith("livestream:"))
    lines = {
        (r[0], r[1]): r[2]
        for r in db.session.execute(query.group_by(Order.ref, OrderLine.variant_id))
    }
    assert sold == lines, "each claim ordered once, each order of claims"


def money_stands() -> None:
    """Each entry of the books balances, and an order has what bank lines paid into it."""
    balance = select(Posting.entry_id).group_by(Posting.entry_id)
    assert db.session.scalars(balance.having(func.sum(Posting.amount_vnd) != 0)).all() == []
    live = Allocation.undone_at.is_(None), Allocation.refund_id.is_(None)
    came = _summed(Allocation.order_id, Allocation.amount_vnd, *live)
    for order in db.session.scalars(select(Order)):
        assert order.total_vnd == order.goods_vnd + order.fee_vnd - order.discount_vnd
        assert 0 <= order.refunded_vnd <= order.paid_vnd
        cash_vnd = order.total_vnd if order.pay_by == PayBy.CASH else 0
        assert order.paid_vnd == came.get(order.id, 0) + cash_vnd, order.ref


def _summed(of: Any, what: Any, *which: Any) -> dict[Any, Any]:
    rows = db.session.execute(select(of, func.sum(what)).where(*which).group_by(of))
    return {row[0]: row[1] for row in rows if row[1]}
