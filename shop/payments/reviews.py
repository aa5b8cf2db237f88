"""Payments that a gateway holds for review, or told another amount of: a person decides.

Nothing of them is booked before. Either way both sides are then in the books: what came with the
gateway, and that it paid the order, is the buyer's credit, or went back.
"""

from sqlalchemy import ColumnElement

from shop.orders import dues
from shop.payments import bookings, captures, refunds
from shop.payments.errors import NotInReview
from shop.payments.gateways.protocol import Outcome
from shop.payments.models import GatewayPayment, Refund

WAITING: ColumnElement[bool] = GatewayPayment.state == Outcome.REVIEW


def came_vnd(payment: GatewayPayment) -> int:
    """What the gateway says it took; what was asked for where it said nothing else."""
    return payment.told_vnd or payment.amount_vnd


def accept(payment: GatewayPayment, amount_vnd: int, who: str) -> None:
    """So much did come, of a locked payment: it pays the order, the rest is the buyer's credit.

    Raises NotInReview.
    """
    _expect(payment)
    order = captures.of_payment(payment)
    payment.amount_vnd = amount_vnd
    captures.take(payment, order, dues.open_vnd(order), who)


def given_back(payment: GatewayPayment, amount_vnd: int, reason: str, who: str) -> Refund:
    """The gateway took so much and gave all of it back to the buyer. Raises NotInReview."""
    _expect(payment)
    order = captures.of_payment(payment)
    payment.amount_vnd = amount_vnd
    captures.take(payment, order, 0, who)
    said = {"reason": reason, "by": who, "key": f"review:{payment.ref}"}
    row = refunds.of_credit(payment.seller_id, order, amount_vnd, **said, payment=payment)
    refunds.paid(row, bookings.paid_from(row), bookings.payer_id(row), who)
    return row


def _expect(payment: GatewayPayment) -> None:
    if payment.state != Outcome.REVIEW or payment.captured_at:
        raise NotInReview
