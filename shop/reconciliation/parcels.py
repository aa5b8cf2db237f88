"""Cash on delivery, parcel by parcel: what became of each, read from orders and settlements.

There is no row of a parcel: its order says what was sent and what is open, the lines of carriers'
sheets what they collected, so nothing has to be kept in step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select

from shop import clock
from shop.orders import dues
from shop.orders.models import Handing, Order, OrderEvent, PayBy, State
from shop.reconciliation.models import Batch, BatchLine, Found

# Carriers settle once or twice a week, some weeks after the parcel left: earlier nobody worries.
LATE_DAYS = 14


class ParcelState(StrEnum):
    """Open: the carrier owes its money, or has it still. Short: it collected too little."""

    OPEN = "open"
    SHORT = "short"
    RETURNED = "returned"
    REMITTED = "remitted"


@dataclass(frozen=True)
class Parcel:
    """An order that is paid at the door. `sent_at`: when it was given to its carrier."""

    order: Order
    state: ParcelState
    sent_at: datetime | None

    @property
    def days(self) -> int:
        """How many days ago it was sent."""
        return age(self.sent_at)

    @property
    def late(self) -> bool:
        """Whether its money is missing for longer than carriers take."""
        waits = self.state in {ParcelState.OPEN, ParcelState.SHORT}
        return waits and self.days > LATE_DAYS


def age(sent_at: datetime | None) -> int:
    """Days in Vietnam since an instant; 0 for none."""
    return (clock.today() - clock.vietnam(sent_at).date()).days if sent_at else 0


def all_of(orders: Select[Order]) -> Select[Any]:
    """Of these orders the parcels, with `state` and `sent_at`; paid in another way is none."""
    found = orders.where(
        Order.pay_by == PayBy.COD,
        Order.handing == Handing.DELIVERY,
        Order.state.in_([State(state) for state in dues.HANDED_OVER]),
        brought() | (open_vnd() > 0) | (Order.state == State.RETURNED),
    )
    return found.add_columns(_state().label("state"), sent_at().label("sent_at"))


def shown(rows: Sequence[Any]) -> list[Parcel]:
    """The rows of `all_of` as parcels."""
    return [Parcel(order, ParcelState(state), at) for order, state, at in rows]


def state_is(state: ParcelState) -> ColumnElement[bool]:
    """Parcels that are in a state, for a query."""
    same: ColumnElement[bool] = _state() == state
    return same


def late() -> ColumnElement[bool]:
    """Parcels whose money is missing for longer than carriers take, for a query."""
    waits: ColumnElement[bool] = _state().in_([ParcelState.OPEN, ParcelState.SHORT])
    days = literal(clock.today()) - sent_on()
    return waits & (days > LATE_DAYS)


def open_vnd() -> ColumnElement[int]:
    """What the buyer, and so the carrier, still has to pay, for a query."""
    price = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd
    open_ = price - Order.paid_vnd
    closed = Order.state.in_([State(state) for state in dues.CLOSED])
    return case((closed, 0), else_=func.greatest(0, open_))


def sent_at() -> ColumnElement[datetime]:
    """When the order was handed over, for a query."""
    moved = select(func.max(OrderEvent.at)).where(
        OrderEvent.order_id == Order.id, OrderEvent.to_state == State.SHIPPED
    )
    return moved.scalar_subquery()


def sent_on() -> ColumnElement[date]:
    """The day in Vietnam of `sent_at`, for a query."""
    return func.date(func.timezone("Asia/Ho_Chi_Minh", sent_at()))


def brought(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a settlement that stands has the order's money, for a query."""
    return _lines(BatchLine.kind == "sale", *more)


def _lines(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    query = select(BatchLine.id).join(Batch, Batch.id == BatchLine.batch_id)
    query = query.where(
        BatchLine.order_id == Order.id,
        Batch.taken_back_at.is_(None),
        BatchLine.found != Found.REPEATED,
        *where,
    )
    return query.correlate(Order).exists()


def _state() -> ColumnElement[str]:
    back = (Order.state == State.RETURNED) | (_lines(BatchLine.kind == "fee") & ~brought())
    return case(
        (back, ParcelState.RETURNED.value),
        (brought() & (open_vnd() > 0), ParcelState.SHORT.value),
        (brought() & ~brought(Batch.bank_line_id.is_(None)), ParcelState.REMITTED.value),
        else_=ParcelState.OPEN.value,
    )
