"""What a settlement should have contained and does not: it is named, with its age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.database import db
from shop.ledger import accounts
from shop.orders import dues
from shop.orders.models import Handing, Order, PayBy, State
from shop.payments.merchants import GATEWAYS
from shop.payments.models import GatewayPayment
from shop.reconciliation import parcels
from shop.reconciliation.models import Batch, BatchLine

MOST = 200


@dataclass(frozen=True)
class Missing:
    """Money of an order that no settlement brought. `name`: as the sheet would call it.

    `at`: when the gateway captured it, or the goods were handed over.
    """

    order: Order
    name: str
    at: datetime | None
    amount_vnd: int

    @property
    def days(self) -> int:
        """How many days it is missing."""
        return parcels.age(self.at)

    @property
    def late(self) -> bool:
        """Whether it is missing for longer than the next sheet takes."""
        return self.days > parcels.LATE_DAYS


def missing(batch: Batch) -> Sequence[Missing]:
    """What the batch's days should have brought and no settlement has, the oldest first.

    A gateway: what was captured in those days. A carrier: parcels given to it up to the last of
    them; a marketplace: its orders that were sent by then. Those may come on a later sheet.
    """
    if batch.last is None or batch.first is None or batch.taken_back_at is not None:
        return []
    return _captured(batch) if batch.source in GATEWAYS else _sent(batch)


def _captured(batch: Batch) -> list[Missing]:
    settled = select(BatchLine.id).join(Batch, Batch.id == BatchLine.batch_id)
    settled = settled.where(
        BatchLine.gateway_payment_id == GatewayPayment.id, Batch.taken_back_at.is_(None)
    )
    query = select(GatewayPayment).where(
        GatewayPayment.seller_id == batch.seller_id,
        GatewayPayment.provider == batch.source,
        GatewayPayment.captured_at >= clock.midnight(batch.first or clock.today()),
        GatewayPayment.captured_at < _end(batch),
        ~settled.exists(),
    )
    query = query.options(joinedload(GatewayPayment.order))
    rows = db.session.scalars(query.order_by(GatewayPayment.captured_at).limit(MOST))
    return [Missing(row.order, row.transaction, row.captured_at, row.amount_vnd) for row in rows]


def _sent(batch: Batch) -> list[Missing]:
    sent_at = parcels.sent_at()
    query = select(Order, sent_at).where(
        Order.seller_id == batch.seller_id,
        Order.state.in_([State(state) for state in dues.HANDED_OVER]),
        parcels.open_vnd() > 0,
        sent_at < _end(batch),
        _through(batch),
        ~parcels.brought(),
    )
    rows = db.session.execute(query.order_by(sent_at, Order.id).limit(MOST))
    return [Missing(row, _name(batch, row), at, dues.open_vnd(row)) for row, at in rows]


def _through(batch: Batch) -> ColumnElement[bool]:
    """Orders whose money comes through the batch's source."""
    if not batch.account.startswith("carrier:"):
        return Order.source_key.startswith(f"{batch.source}:", autoescape=True)
    cod: ColumnElement[bool] = (Order.pay_by == PayBy.COD) & (Order.handing == Handing.DELIVERY)
    if batch.account == accounts.carrier("cod"):
        return cod  # nobody said whose sheet it is
    carrier = func.coalesce(Order.carrier, "")
    named = func.lower(func.concat(accounts.carrier(""), carrier)) == batch.account.lower()
    return cod & (named | (carrier == ""))


def _name(batch: Batch, order: Order) -> str:
    if batch.account.startswith("carrier:"):
        return order.tracking_no or ""
    return order.source_key.removeprefix(f"{batch.source}:").partition(":")[0]


def _end(batch: Batch) -> datetime:
    return clock.midnight((batch.last or clock.today()) + timedelta(days=1))
