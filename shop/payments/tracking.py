"""An order as its buyer meets it, by its unguessable link: found, what to pay, cancelled."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop.database import db
from shop.errors import NotFound
from shop.orders import states
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, State
from shop.payments import requests
from shop.payments.models import PaymentRequest

# Thousands of phones share one address of a mobile network.
PER_ADDRESS = "1200/minute"


def find(token: str) -> tuple[Order, PaymentRequest | None]:
    """The order of a link and how it is asked for, None where no code was made. Raises NotFound."""
    order = db.session.scalar(
        select(Order).where(Order.token == token).options(joinedload(Order.seller))
    )
    if order is None:
        raise NotFound
    query = select(PaymentRequest).where(PaymentRequest.order_id == order.id)
    return order, db.session.scalar(query.options(joinedload(PaymentRequest.bank_account)))


def code(order: Order, asked: PaymentRequest | None) -> str | None:
    """The VietQR payload to pay with now, None when nothing is due or nobody can be paid."""
    return requests.code(asked, order) if asked else None


def may_cancel(order: Order) -> bool:
    """Whether the buyer may end it alone: as long as no money came, or came for goods now gone.

    Then the seller owes the money back.
    """
    unpaid = order.state == State.AWAITING_PAYMENT and not order.paid_vnd
    return unpaid or (order.state == State.PAID and order.short)


def cancel(order: Order) -> None:
    """The buyer wants it no more. Locks the order; raises NotAllowed."""
    query = select(Order).where(Order.id == order.id).with_for_update(of=Order)
    order = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if not may_cancel(order):
        raise NotAllowed(order.state, State.CANCELLED)
    states.move(order, State.CANCELLED, who=order.buyer_name, why=_("người mua hủy"))


def why(order: Order) -> str:
    """Why an order that fell through did, as whoever ended it said."""
    closed = {State.CANCELLED, State.EXPIRED}
    return next((e.why for e in reversed(order.events) if e.to_state in closed), "")
