"""Money that came for an order, whatever brought it. The order's row is locked by the caller."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cache

from sqlalchemy import Select, Update, bindparam, select, update

from shop import clock, outbox, streams
from shop.database import among, among_given, db, insert_many
from shop.inventory import reservations
from shop.orders import dues, states
from shop.orders.dues import CLOSED, open_vnd
from shop.orders.errors import GivenBack
from shop.orders.models import PAID_LATER, Handing, Order, OrderEvent, OrderLine, PayBy, State

# How long an order waits again for money that was taken for its own.
AGAIN = timedelta(hours=24)
# How long the goods are held for the rest, once part of the money came.
REST = timedelta(hours=72)


def pay(order: Order, amount_vnd: int, *, who: str, why: str) -> None:
    """So much has come for the order. In full, it is paid.

    The money may come at any moment before the goods (a transfer) or after them (cash on
    delivery), so the order moves only where it waited for money. After a part, the rest has three
    days, and so long the goods are held; then the order stays, for its money does, without them.
    All of it, come after the order expired (`dues.late_vnd`), takes it up again.
    """
    order.paid_vnd += amount_vnd
    streams.tell(order.source)
    _settle(order, who, why)
    if amount_vnd <= 0 or order.state != State.AWAITING_PAYMENT:
        return
    if order.harvest_id is None:
        until = clock.now() + REST
        order.expires_at = max(order.expires_at or until, until)
        outbox.record("order_part_paid", order_id=order.id)
    _hold(order)


def _hold(order: Order) -> None:
    wanted, until = states.goods(order), states.held_until(order)
    order.short = bool(reservations.keep(states.holder(order), wanted, until=until))


def pay_many(seller_id: int, came: Mapping[str, tuple[int, str]], *, who: str) -> dict[str, int]:
    """Pay many orders of a seller at once: reference → (đồng, why).

    Only those that wait for just this much and still hold their goods; they are paid, and
    returned with their ids. The others are untouched, for `pay`.
    """
    plain = _plain(seller_id, came) if came else {}
    if not plain:
        return {}
    wanted = _goods(list(plain.values()))
    kept = reservations.keep_many({f"order:{ref}": wanted[plain[ref]] for ref in plain})
    paid = {ref: plain[ref] for ref in plain if f"order:{ref}" in kept}
    if not paid:
        return {}
    now = clock.now()
    db.session.execute(_settled(), {"ids": list(paid.values()), "now": now})
    events = [
        {
            "order_id": order_id,
            "from_state": State.AWAITING_PAYMENT,
            "to_state": State.PAID,
            "at": now,
            "who": who,
            "why": came[ref][1],
        }
        for ref, order_id in paid.items()
    ]
    insert_many(OrderEvent, events)
    _tell(sorted(paid.values()))
    _tell_screens(list(paid.values()))
    return paid


@cache
def _settled() -> Update:
    price = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd
    paid = update(Order).where(among_given(Order.id, "ids"))
    paid = paid.values(paid_vnd=price, state=State.PAID, paid_at=bindparam("now"))
    return paid.execution_options(synchronize_session=False)


def _tell(order_ids: list[int]) -> None:
    # One order is told with its goods, many in one mail.
    if len(order_ids) == 1:
        outbox.record("order_paid", order_id=order_ids[0])
    else:
        outbox.record("orders_paid", order_ids=order_ids)


def _tell_screens(order_ids: list[int]) -> None:
    sources = select(Order.source).where(among(Order.id, order_ids)).distinct()
    for source in db.session.scalars(sources):
        streams.tell(source)


def _plain(seller_id: int, came: Mapping[str, tuple[int, str]]) -> dict[str, int]:
    rows = db.session.execute(_waiting(), {"seller_id": seller_id, "refs": list(came)})
    return {ref: order_id for ref, order_id, open_ in rows if open_ == came[ref][0]}


@cache
def _waiting() -> Select[str, int, int]:
    price = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd - Order.paid_vnd
    query = select(Order.ref, Order.id, price).where(
        Order.seller_id == bindparam("seller_id"),
        among_given(Order.ref, "refs"),
        Order.state == State.AWAITING_PAYMENT,
        Order.pay_by == PayBy.CASHLESS,
        Order.handing != Handing.COUNTER,
        Order.harvest_id.is_(None),
        Order.collector_id.is_(None),
    )
    return query.order_by(Order.id).with_for_update(of=Order)


def _goods(order_ids: Sequence[int]) -> dict[int, dict[int, Decimal]]:
    summed: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = db.session.execute(_lines(), {"order_ids": order_ids})
    for order_id, variant_id, quantity in rows:
        summed[order_id][variant_id] += quantity
    return summed


@cache
def _lines() -> Select[int, int, Decimal]:
    query = select(OrderLine.order_id, OrderLine.variant_id, OrderLine.quantity)
    return query.where(among_given(OrderLine.order_id, "order_ids"))


def write_off(order: Order, *, who: str, why: str) -> int:
    """Let go of what is still open; how much that was, in đồng."""
    let_go = open_vnd(order)
    order.written_off_vnd += let_go
    _settle(order, who, why)
    return let_go


def take_away(order: Order, amount_vnd: int, *, who: str, why: str) -> None:
    """Money that was taken for this order's is not. Before it is packed, the order waits again.

    Raises GivenBack when it went back to the buyer already.
    """
    if amount_vnd > dues.refundable_vnd(order):
        raise GivenBack
    order.paid_vnd -= amount_vnd
    if not open_vnd(order):
        return
    order.paid_at = None
    if order.state == State.PAID:
        order.expires_at = clock.now() + AGAIN
        later = order.pay_by in PAID_LATER
        states.move(order, State.CONFIRMED if later else State.AWAITING_PAYMENT, who=who, why=why)
    if order.state == State.AWAITING_PAYMENT:
        _hold(order)


def _settle(order: Order, who: str, why: str) -> None:
    if dues.came_late(order):
        states.move(order, State.PAID, who=who, why=why)
        return
    if open_vnd(order) or State(order.state) in CLOSED:
        return
    if State(order.state) in {State.AWAITING_PAYMENT, State.CONFIRMED}:
        states.move(order, State.PAID, who=who, why=why)
    elif order.paid_at is None:
        order.paid_at = clock.now()
