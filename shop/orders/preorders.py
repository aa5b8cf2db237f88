"""Orders of goods that are still to be harvested: the promise, what is due when, and the end.

A pre-order is an order of one harvest that awaits payment like any other. Its deposit is only how
much is asked for first, so the table of moves, the matching of bank lines and the sweep of unpaid
orders know nothing of deposits: no money within a day, and it expires and gives the promise back;
with money it stays. What differs: the rest is asked for when the goods are there (`due_vnd`), and
nothing is packed before (`states.moves`). Cash on delivery is not taken for it: the rest is paid
before the goods leave.
"""

from datetime import timedelta
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from shop import clock, outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.inventory import harvests, reservations
from shop.inventory.models import Harvest
from shop.orders import dues, states
from shop.orders.models import Order, State

# How long an order without deposit waits for its money once the goods are there.
UNPAID_HARVEST = timedelta(hours=72)
OPEN = (State.AWAITING_PAYMENT, State.PAID)


def rights(first_vnd: int, total_vnd: int) -> str:
    """What a buyer must know before and after ordering ahead. `first_vnd`: what is paid first.

    A deposit (đặt cọc) follows article 328 of the Civil Code 2015; what is paid ahead without that
    name is a prepayment (article 37 of Decree 21/2021/NĐ-CP), so each is called what it is.
    """
    said = [
        _(
            "Vụ không có hàng hoặc về thiếu, hoặc người bán không giao trong thời gian trên: "
            "bạn được hủy và nhận lại đủ số đã trả."
        )
    ]
    if 0 < first_vnd < total_vnd:
        said.append(
            _(
                "Tiền cọc được trừ vào tiền hàng. Theo Điều 328 Bộ luật Dân sự 2015, trừ khi hai "
                "bên thỏa thuận khác: bạn từ chối mua sau khi đã cọc thì người bán được giữ tiền "
                "cọc; người bán từ chối giao thì phải trả lại tiền cọc và thêm một khoản bằng "
                "tiền cọc."
            )
        )
    elif first_vnd:
        said.append(_("Số tiền này là tiền trả trước, không phải tiền cọc."))
    return " ".join(said)


def promise(order: Order, harvest: Harvest) -> None:
    """Promise an order just placed its goods of `harvest`, and say what is asked for first.

    Without a deposit it is kept, unpaid, until the goods are there. What orders that nobody paid
    in time still hold is let go first, so that no sweep is needed. Raises NotTaken, OutOfStock.
    """
    states.expire(Order.harvest_id == harvest.id)
    # What the buyer saw, though the seller changes the window at this moment.
    order.harvest_id = harvest.id
    order.deliver_from, order.deliver_until = harvest.from_day, harvest.until_day
    order.deposit_vnd = deposit_vnd(order.total_vnd, harvest.deposit_percent)
    if not order.deposit_vnd:
        order.expires_at = None
    wanted = {variant: (harvest.id, q) for variant, q in states.goods(order).items()}
    harvests.hold(wanted, holder=states.holder(order), until=order.expires_at)


def deposit_vnd(total_vnd: int, percent: int) -> int:
    """So many percent of what an order costs, fee and discount counted, rounded up to the đồng."""
    return -(-total_vnd * percent // 100)


def to_come(order: Order) -> bool:
    """Whether the order still waits for goods of a harvest."""
    return order.harvest_id is not None and harvests.to_come(states.holder(order))


def due_vnd(order: Order) -> int:
    """What an open order is to pay now, in đồng.

    Of a pre-order: first the deposit, then nothing until its goods are there, then the rest.
    Nobody is asked for money for goods that a harvest had too few of.
    """
    open_vnd = dues.open_vnd(order)
    if order.harvest is None or not to_come(order):
        return open_vnd
    return 0 if order.harvest.arrived_at else max(0, order.deposit_vnd - order.paid_vnd)


def arrive(actor: Actor, harvest: Harvest, quantity: Decimal, *, source: str) -> list[Order]:
    """Goods of the harvest came and serve its orders as they were placed. Once per `source`.

    Returns the open orders that got none yet. Raises HarvestOver.
    """
    harvests.lock(harvest)
    states.expire(Order.harvest_id == harvest.id)
    orders = short(harvest)
    unserved = set(harvests.arrive(actor, harvest, quantity, source=source))
    for order in orders:
        if states.holder(order) not in unserved and not order.deposit_vnd:
            order.expires_at = clock.now() + UNPAID_HARVEST
            holder, until = states.holder(order), states.held_until(order)
            reservations.keep(holder, states.goods(order), until=until)
    if orders:
        outbox.record("harvest_arrived", order_ids=[order.id for order in orders])
    return [order for order in orders if states.holder(order) in unserved]


def short(harvest: Harvest) -> list[Order]:
    """The harvest's open orders that got none of it yet, as they were placed."""
    waited = [holder.partition(":")[2] for holder in harvests.waiting(harvest)]
    return _open(harvest, Order.ref.in_(waited))


def cancel(actor: Actor, harvest: Harvest, why: str) -> list[Order]:
    """The harvest will not come: its open orders are cancelled, each with the reason.

    Returns them; what they paid is to be given back. Raises HarvestOver.
    """
    harvests.cancel(actor, harvest, why)
    orders = _open(harvest)
    for order in orders:
        states.move(order, State.CANCELLED, who=actor.name, why=why)
        audit.note(actor, "order.move", order, order.ref)
    if orders:
        outbox.record("harvest_cancelled", order_ids=[order.id for order in orders], why=why)
    return orders


def _open(harvest: Harvest, *which: ColumnElement[bool]) -> list[Order]:
    """The harvest's orders that may still come to something, locked in id order.

    The variant is locked before: nobody places another, and no payment or move of an order whose
    goods are to come asks for the variant while it holds its order (`reservations.keep` finds the
    promise standing), so the two never wait in a circle.
    """
    query = select(Order).where(Order.harvest_id == harvest.id, Order.state.in_(OPEN), *which)
    query = query.order_by(Order.id).with_for_update(of=Order)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))
