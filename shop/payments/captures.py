"""Payments at a gateway: begun by the buyer, told by the gateway, put to the order by a job.

What a browser brings back settles nothing: only a signed notice, or the gateway's answer when it
is asked, does.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from shop import clock, outbox
from shop.database import db, transaction
from shop.errors import DomainError
from shop.orders import dues, preorders, receipts
from shop.orders.models import Order
from shop.payments import bookings, merchants
from shop.payments.errors import NothingToPay
from shop.payments.gateways.protocol import (
    Attempt,
    Became,
    Call,
    Gateway,
    GatewayRefused,
    NoAnswer,
    Outcome,
    Result,
)
from shop.payments.models import GatewayConnection, GatewayNotice, GatewayPayment

log = structlog.get_logger()

LASTS = timedelta(minutes=15)
# A payment is asked after so long, then twice as long after, and so on, up to the last.
FIRST_ASK, LONGEST_ASK = timedelta(minutes=2), timedelta(hours=6)
# So long after its end a gateway still changes its mind (late success); then nobody asks any more.
GIVE_UP = timedelta(days=3)

_KNOWN = {Outcome.PAID, Outcome.FAILED}


def begin(connection: GatewayConnection, order: Order, payer_address: str) -> GatewayPayment:
    """Note a try to pay what is due of a locked order; one under way is taken up again.

    Nothing is sent yet. Raises NothingToPay.
    """
    wanted = preorders.due_vnd(order)
    if not wanted or not connection.active:
        raise NothingToPay
    now = clock.now()
    there = db.session.scalar(
        select(GatewayPayment)
        .where(
            GatewayPayment.order_id == order.id,
            GatewayPayment.connection_id == connection.id,
            GatewayPayment.state == Outcome.PENDING,
            GatewayPayment.amount_vnd == wanted,
            GatewayPayment.pay_url != "",
            GatewayPayment.expires_at > now + timedelta(minutes=5),
        )
        .order_by(GatewayPayment.id.desc())
        .limit(1)
    )
    return there or _new(connection, order, wanted, payer_address, now)


def _new(
    connection: GatewayConnection, order: Order, wanted: int, payer_address: str, now: datetime
) -> GatewayPayment:
    before = select(func.coalesce(func.max(GatewayPayment.number), 0)).where(
        GatewayPayment.order_id == order.id, GatewayPayment.provider == connection.provider
    )
    number = int(db.session.scalar(before) or 0) + 1
    payment = GatewayPayment(
        seller_id=connection.seller_id,
        connection_id=connection.id,
        order_id=order.id,
        provider=connection.provider,
        number=number,
        key=gateway(connection).key(order.ref, number, now),
        amount_vnd=wanted,
        payer_address=payer_address,
        started_at=now,
        expires_at=now + LASTS,
        state=Outcome.PENDING,
        next_ask_at=now + FIRST_ASK,
    )
    db.session.add(payment)
    db.session.flush()
    return payment


def start(payment_id: int, *, return_url: str, notify_url: str) -> str:
    """Open a noted payment at its gateway; the address to send the buyer to.

    `return_url`: where the browser comes back; `notify_url`: where the gateway calls.

    Called outside a transaction. Raises GatewayRefused, NoAnswer.
    """
    with transaction():
        payment = db.session.get_one(GatewayPayment, payment_id)
        if payment.pay_url:
            return payment.pay_url
        merchant = merchants.merchant(payment.connection)
        tried = replace(attempt(payment), return_url=return_url, notify_url=notify_url)
        speaks = gateway(payment.connection)
    try:
        started = speaks.start(merchant, tried)
    except GatewayRefused as error:
        _refused(payment_id, error)
        raise
    with transaction():
        payment = db.session.get_one(GatewayPayment, payment_id, with_for_update=True)
        payment.pay_url = started.pay_url
    return started.pay_url


def _refused(payment_id: int, error: GatewayRefused) -> None:
    with transaction():
        payment = db.session.get_one(GatewayPayment, payment_id, with_for_update=True)
        payment.code, payment.said = str(error.facts["code"]), str(error.facts["said"])
        payment.state, payment.next_ask_at = Outcome.FAILED, None


def gateway(connection: GatewayConnection) -> Gateway:
    """The module that speaks with the connection's gateway."""
    return merchants.GATEWAYS[connection.provider]


def attempt(payment: GatewayPayment) -> Attempt:
    """The payment as its gateway's module takes it, without the addresses that begin one."""
    return Attempt(
        key=payment.key,
        amount_vnd=payment.amount_vnd,
        words=f"Thanh toan don {payment.order.ref}",
        started_at=payment.started_at,
        expires_at=payment.expires_at,
        payer_address=payment.payer_address,
        return_url="",
        notify_url="",
        transaction=payment.transaction,
    )


def hear(connection: GatewayConnection, call: Call) -> Became:
    """Keep a gateway's signed call once, and note on the payment what it says.

    The order is a job's. Raises BadSignature and BadNotice.
    """
    result = gateway(connection).read(merchants.merchant(connection), call)
    payment = db.session.scalar(
        select(GatewayPayment)
        .where(GatewayPayment.connection_id == connection.id, GatewayPayment.key == result.key)
        .with_for_update(of=GatewayPayment)
    )
    became = Became.UNKNOWN if payment is None else note(payment, result)
    _keep(connection, call, became)
    return became


def _keep(connection: GatewayConnection, call: Call, became: Became) -> None:
    query = "&".join(f"{name}={value}" for name, value in sorted(call.query.items()))
    digest = hashlib.sha256(query.encode() + b"\0" + call.raw).hexdigest()
    db.session.execute(
        insert(GatewayNotice)
        .values(
            connection_id=connection.id, digest=digest, query=query, raw=call.raw, became=became
        )
        .on_conflict_do_nothing(index_elements=["connection_id", "digest"])
    )


def note(payment: GatewayPayment, result: Result) -> Became:
    """What a gateway says of a locked payment. Paid stays paid; a failed one may still succeed."""
    if payment.captured_at or payment.state == Outcome.PAID:
        return Became.REPEATED
    if result.outcome in {Outcome.PAID, Outcome.REVIEW} and result.amount_vnd not in (
        None,
        payment.amount_vnd,
    ):
        payment.state, payment.said = (
            Outcome.REVIEW,
            _("Cổng báo số tiền khác: %(amount)s đ.", amount=result.amount_vnd),
        )
        payment.told_vnd = result.amount_vnd
        payment.transaction = result.transaction or payment.transaction
        return Became.WRONG_AMOUNT
    if payment.state == result.outcome and result.outcome in _KNOWN:
        return Became.REPEATED
    payment.code, payment.said = result.code, result.said
    payment.transaction = result.transaction or payment.transaction
    if result.outcome is Outcome.PENDING:
        return Became.RECORDED
    payment.state = result.outcome
    if result.outcome is Outcome.PAID:
        payment.next_ask_at = None
        outbox.record("gateway_paid", once=f"capture:{payment.id}", payment_id=payment.id)
    return Became.RECORDED


def capture(payment_id: int) -> None:
    """Put a paid payment to its order, once; what the order does not need is the buyer's credit."""
    with transaction():
        payment = db.session.get_one(
            GatewayPayment, payment_id, with_for_update={"of": GatewayPayment}
        )
        if payment.captured_at or payment.state != Outcome.PAID:
            return
        order = of_payment(payment)
        take(payment, order, dues.open_vnd(order), merchants.GATEWAYS[payment.provider].label)


def of_payment(payment: GatewayPayment) -> Order:
    """The order of a locked payment, locked and read anew."""
    query = select(Order).where(Order.id == payment.order_id).with_for_update(of=Order)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def take(payment: GatewayPayment, order: Order, wanted_vnd: int, who: str) -> None:
    """A payment's money is with the gateway: it pays so much of a locked order, at most.

    The rest is the buyer's credit.
    """
    payment.state, payment.next_ask_at = Outcome.PAID, None
    payment.applied_vnd = min(payment.amount_vnd, wanted_vnd)
    payment.captured_at = clock.now()
    label = merchants.GATEWAYS[payment.provider].label
    if payment.applied_vnd:
        why = f"{label} {payment.transaction}".strip()
        receipts.pay(order, payment.applied_vnd, who=who, why=why)
    bookings.captured(payment, label)


def due(limit: int = 50) -> list[int]:
    """Payments that their gateway is to be asked about now; each is put off as it is taken."""
    now = clock.now()
    with transaction():
        query = select(GatewayPayment).where(GatewayPayment.next_ask_at <= now)
        query = query.order_by(GatewayPayment.next_ask_at).limit(limit)
        found = db.session.scalars(query.with_for_update(skip_locked=True)).all()
        for payment in found:
            payment.asked_times += 1
            gap = min(LONGEST_ASK, FIRST_ASK * 2 ** min(payment.asked_times, 10))
            over = now > payment.expires_at + GIVE_UP
            payment.next_ask_at = None if over else now + gap
        return [payment.id for payment in found]


def ask(payment_id: int) -> None:
    """Ask the gateway how a payment stands, and note it. Silence and refusals are for later."""
    with transaction():
        payment = db.session.get_one(GatewayPayment, payment_id)
        merchant, tried = merchants.merchant(payment.connection), attempt(payment)
        speaks = gateway(payment.connection)
    try:
        result = speaks.ask(merchant, tried, clock.now())
    except DomainError as error:
        if not isinstance(error, GatewayRefused | NoAnswer):
            raise
        log.warning("gateway did not tell", payment=payment_id, error=type(error).__name__)
        return
    with transaction():
        payment = db.session.get_one(
            GatewayPayment, payment_id, with_for_update={"of": GatewayPayment}
        )
        note(payment, result)
