"""What a trader says to have seen: the money of a code on the phone, before any bank told us.

Only for accounts that no feed reports; elsewhere the bank says it within seconds. Nothing is paid
or booked by it: the order goes on waiting, past its hour, until a statement's line names it or the
trader takes the word back. So every đồng in the books is still one that the bank told of. A line
that names no order, or the booth's plate alone, is money of a sale that was seen, else of one more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import exists, select

from shop import clock, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.markets import till
from shop.markets.models import Booth
from shop.orders import counter, states
from shop.orders.models import Order, State
from shop.payments import feeds, requests
from shop.payments.models import PaymentRequest
from shop.reconciliation import matching
from shop.reconciliation.models import BankLine, LineState, Reason

# How long a statement may take; from then on somebody has to say what became of the money.
STATEMENT_WITHIN = timedelta(hours=72)
# A line without a reference is of a sale that was seen so long before or after it, or less.
NEAR = timedelta(days=2)
# One that names the plate is of a sale that was seen about then: many cost the same in two days.
AT_ONCE = timedelta(hours=1)


def see(actor: Actor, booth: Booth, ref: str) -> Order:
    """The trader saw the money of this code. Twice is once.

    Raises NotFound, BadInput where nothing is waited for or a feed tells of the account.
    """
    order = till.locked(booth, ref)
    asked = requests.of(order)
    if asked is None or not _waits(order):
        raise BadInput({"": [_("Khoản này không còn chờ tiền.")]})
    if feeds.reported(asked.bank_account_id):
        raise BadInput({"": [_("Tài khoản này có ngân hàng báo tự động: đợi ngân hàng báo.")]})
    if asked.seen_at is None:
        requests.see(asked, actor.name)
        states.wait_until(order, None)
        audit.note(actor, "till.seen", order, order.ref)
    return order


def unsee(actor: Actor, booth: Booth, ref: str) -> Order:
    """It was not there after all: the code waits again as one that nobody paid. Raises NotFound,
    BadInput where the bank told of the money meanwhile."""
    order = till.locked(booth, ref)
    asked = requests.of(order)
    if asked is None or asked.seen_at is None or not _waits(order):
        raise BadInput({"": [_("Khoản này đã đối soát hoặc đã bỏ.")]})
    requests.unsee(asked)
    states.wait_until(order, clock.now() + counter.WAITS)
    audit.note(actor, "till.unseen", order, order.ref)
    return order


def _waits(order: Order) -> bool:
    return order.state == State.AWAITING_PAYMENT and not order.paid_vnd


def open_ones(booth: Booth) -> Sequence[tuple[Order, datetime, bool]]:
    """What was seen at a booth and no bank told of yet, the oldest first: the order, when it was
    seen, and whether somebody has to decide: it took too long, or the bank told of later money."""
    later = exists().where(
        BankLine.bank_account_id == PaymentRequest.bank_account_id,
        BankLine.booked_at > PaymentRequest.seen_at,
    )
    query = select(Order, PaymentRequest.seen_at, later)
    query = query.join(PaymentRequest, PaymentRequest.order_id == Order.id).where(
        Order.source == booth.source,
        Order.state == State.AWAITING_PAYMENT,
        Order.paid_vnd == 0,
        PaymentRequest.seen_at.is_not(None),
    )
    too_old = clock.now() - STATEMENT_WITHIN
    return [
        (order, at, passed or at <= too_old)
        for order, at, passed in db.session.execute(query.order_by(PaymentRequest.seen_at)).all()
        if at is not None
    ]


def like(booth: Booth, line: BankLine, within: timedelta = NEAR) -> Order | None:
    """The oldest sale seen at the booth that a line without a reference may be: the same account
    and amount, seen so long before or after it was booked, or less."""
    query = select(Order).join(PaymentRequest, PaymentRequest.order_id == Order.id)
    query = query.where(
        Order.source == booth.source,
        Order.state == State.AWAITING_PAYMENT,
        Order.paid_vnd == 0,
        Order.total_vnd == line.amount_vnd,
        PaymentRequest.bank_account_id == line.bank_account_id,
        PaymentRequest.seen_at.between(line.booked_at - within, line.booked_at + within),
    )
    return db.session.scalar(query.order_by(PaymentRequest.seen_at).limit(1))


def count_plate_money(line_id: int) -> None:
    """A line that names a booth's plate is a sale there; safe to run twice.

    Of one that was seen there about that time: a buyer asked by a code may scan the plate.
    """
    line = db.session.get_one(BankLine, line_id, with_for_update=True)
    if line.state != LineState.SUSPENSE or line.reason != Reason.NO_REFERENCE:
        return
    query = select(Booth).where(
        Booth.ref.in_(references.at_plates(line.content)), Booth.seller_id == line.seller_id
    )
    named = db.session.scalars(query).all()
    if len(named) == 1:
        is_sale(named[0], line, matching.BANK, within=AT_ONCE)


def is_sale(booth: Booth, line: BankLine, who: str, within: timedelta = NEAR) -> Order:
    """A locked line that names no order is money of a sale at this booth: of one that was seen
    there, else of one more. Raises as `till.is_sale`."""
    till.expect_own(booth, line)
    order = like(booth, line, within)
    if order is None:
        return till.is_sale(booth, line, who)
    matching.match_to(line, {order.ref: None}, who)
    return order
