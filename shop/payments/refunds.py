"""Money given back to a buyer: by transfer, in cash, or the way it came through a gateway.

Decided once; what is decided counts as gone from the order, and comes back to it when the refund
fails.
"""

from datetime import datetime, timedelta

import structlog
from flask_babel import gettext as _
from sqlalchemy import func, select

from shop import clock, outbox, references
from shop.database import db, transaction
from shop.errors import BadInput
from shop.orders import collecting, dues
from shop.orders.models import Order, State
from shop.payments import bookings, captures, merchants
from shop.payments.errors import RefundEnded
from shop.payments.gateways.protocol import GatewayRefused, NoAnswer, Outcome, Result
from shop.payments.gateways.protocol import Refund as Wanted
from shop.payments.models import GatewayPayment, Refund, RefundBy, RefundState

log = structlog.get_logger()

FIRST_ASK, LONGEST_ASK = timedelta(minutes=1), timedelta(hours=6)

WAITING = {RefundState.DUE, RefundState.ASKED}


def decide(
    order: Order,
    amount_vnd: int,
    way: RefundBy,
    *,
    reason: str,
    by: str,
    key: str,
    credit_vnd: int = 0,
    payment: GatewayPayment | None = None,
) -> Refund:
    """Give so much back to the buyer of a locked order. Once per `key`.

    `credit_vnd`: the part of it that never paid the order. By cash it is done; a transfer waits
    for the bank to say it went out; a gateway is asked by a job. Raises BadInput at `amount`.
    """
    there = db.session.scalar(select(Refund).where(Refund.source_key == key))
    if there is not None:
        return there
    of_order = amount_vnd - credit_vnd
    if of_order > dues.refundable_vnd(order):
        most = dues.refundable_vnd(order)
        raise BadInput(
            {
                "amount": [
                    _("Đơn này chỉ còn %(most)s đ để hoàn.", most=f"{most:,}".replace(",", "."))
                ]
            }
        )
    refund = Refund(
        seller_id=order.seller_id,
        order_id=order.id,
        order=order,
        source_key=key,
        way=way,
        state=RefundState.DUE,
        amount_vnd=amount_vnd,
        credit_vnd=credit_vnd,
        owed_vnd=min(of_order, dues.owed_vnd(order)),
        reason=reason,
        by=by,
        asked_at=clock.now(),
    )
    if State(order.state) not in dues.HANDED_OVER:
        refund.ahead_vnd = of_order - refund.owed_vnd
    order.refunded_vnd += of_order
    if way is RefundBy.GATEWAY:
        _through_gateway(refund, order, payment)
    db.session.add(refund)
    db.session.flush()
    collecting.withhold(order, by)
    if of_order > refund.owed_vnd:
        outbox.record("price_lowered", order_id=order.id)
    if way is RefundBy.CASH:
        paid(refund, bookings.paid_from(refund), refund.seller_id, by)
    elif way is RefundBy.GATEWAY:
        outbox.record("refund_wanted", once=f"refund:{refund.id}", refund_id=refund.id)
    return refund


def of_credit(
    seller_id: int,
    order: Order | None,
    amount_vnd: int,
    *,
    reason: str,
    by: str,
    key: str,
    payee: str = "",
    payment: GatewayPayment | None = None,
) -> Refund:
    """Give so much back that never paid an order: too much, too late, or nobody's.

    By transfer; or, with `payment`, what its gateway gives back of its own accord.

    It stands on the customer credit of the `seller_id` whose account it came to. `payee`: who sent
    it, as the bank said; `order`: the locked one it was meant for, if known. Once per `key`.
    """
    there = db.session.scalar(select(Refund).where(Refund.source_key == key))
    if there is not None:
        return there
    refund = Refund(
        # Without an order's reference, its own must be found in a bank's words.
        ref=references.new() if order else references.draw(),
        seller_id=order.seller_id if order else seller_id,
        order=order,
        source_key=key,
        way=RefundBy.GATEWAY if payment else RefundBy.TRANSFER,
        gateway_payment=payment,
        state=RefundState.DUE,
        amount_vnd=amount_vnd,
        credit_vnd=amount_vnd,
        owed_vnd=0,
        reason=reason,
        payee=payee,
        by=by,
        asked_at=clock.now(),
    )
    db.session.add(refund)
    db.session.flush()
    return refund


def _through_gateway(refund: Refund, order: Order, payment: GatewayPayment | None) -> None:
    if payment is None or refund.amount_vnd > left_vnd(payment):
        raise BadInput({"amount": [_("Cổng thanh toán không giữ chừng ấy tiền của đơn này.")]})
    count = select(func.count(Refund.id)).where(Refund.order_id == order.id)
    number = int(db.session.scalar(count) or 0) + 1
    speaks, merchant = captures.gateway(payment.connection), merchants.merchant(payment.connection)
    refund.gateway_payment_id, refund.gateway_payment = payment.id, payment
    refund.state, refund.next_ask_at = RefundState.ASKED, refund.asked_at + FIRST_ASK
    refund.key = speaks.refund_key(merchant, order.ref, number, refund.asked_at)


def give_back(
    order: Order, amount_vnd: int, way: RefundBy, *, reason: str, by: str, key: str
) -> Refund:
    """Decide a refund; through a gateway, with the payment that has so much to spare.

    Of that payment what never paid the order goes first. Raises BadInput at `amount`.
    """
    if way is not RefundBy.GATEWAY:
        return decide(order, amount_vnd, way, reason=reason, by=by, key=key)
    payment = _to_spare(order, amount_vnd)
    of_surplus = min(surplus_vnd(payment), amount_vnd)
    said = {"reason": reason, "by": by, "key": key}
    return decide(order, amount_vnd, way, **said, credit_vnd=of_surplus, payment=payment)


def _to_spare(order: Order, amount_vnd: int) -> GatewayPayment:
    query = select(GatewayPayment).where(GatewayPayment.order_id == order.id)
    found = db.session.scalars(query.order_by(GatewayPayment.id).with_for_update()).all()
    fits = [payment for payment in found if left_vnd(payment) >= amount_vnd]
    if not fits:
        raise BadInput({"amount": [_("Cổng thanh toán không giữ chừng ấy tiền của đơn này.")]})
    return max(fits, key=surplus_vnd)


def left_vnd(payment: GatewayPayment) -> int:
    """What of a captured payment did not go back through its gateway."""
    if payment.captured_at is None:
        return 0
    query = select(func.coalesce(func.sum(Refund.amount_vnd), 0)).where(
        Refund.gateway_payment_id == payment.id, Refund.state != RefundState.FAILED
    )
    return payment.amount_vnd - int(db.session.scalar(query) or 0)


def surplus_vnd(payment: GatewayPayment) -> int:
    """What of a payment never paid the order and did not go back: the buyer's."""
    query = select(func.coalesce(func.sum(Refund.credit_vnd), 0)).where(
        Refund.gateway_payment_id == payment.id, Refund.state != RefundState.FAILED
    )
    if payment.captured_at is None:
        return 0
    return payment.amount_vnd - payment.applied_vnd - int(db.session.scalar(query) or 0)


def paid(refund: Refund, paid_from: str, payer_id: int, who: str) -> None:
    """The money went out of `paid_from`, an account in `payer_id`'s ledger. Raises RefundEnded."""
    if refund.state not in WAITING:
        raise RefundEnded
    refund.state, refund.settled_at, refund.next_ask_at = RefundState.PAID, clock.now(), None
    bookings.given_back(refund, paid_from, payer_id, who)


def fail(refund: Refund, code: str, said: str) -> None:
    """Nothing went out: the order has the money still. Its row is locked. Raises RefundEnded."""
    if refund.state not in WAITING:
        raise RefundEnded
    refund.state, refund.settled_at, refund.next_ask_at = RefundState.FAILED, clock.now(), None
    refund.code, refund.said = code, said
    if refund.order is not None:
        courtesy = dues.courtesy_vnd(refund.order)
        refund.order.refunded_vnd -= refund.amount_vnd - refund.credit_vnd
        bookings.not_given(refund, refund.order, courtesy, refund.by)
        collecting.withhold(refund.order, refund.by)
    outbox.record("refund_failed", refund_id=refund.id)


def send(refund_id: int) -> None:
    """Ask the gateway for the money; sent again, it is the same refund. Silence is for later."""
    _speak(refund_id, first=True)


def ask(refund_id: int) -> None:
    """Ask the gateway how a refund stands, and note it. Silence is for later."""
    _speak(refund_id, first=False)


def _speak(refund_id: int, *, first: bool) -> None:
    with transaction():
        refund = db.session.get_one(Refund, refund_id)
        payment = refund.gateway_payment
        if refund.state != RefundState.ASKED or payment is None:
            return
        speaks, merchant = (
            captures.gateway(payment.connection),
            merchants.merchant(payment.connection),
        )
        tried, wanted = captures.attempt(payment), _wanted(refund, payment)
    result: Result | None
    try:
        if first:
            result = speaks.refund(merchant, tried, wanted)
        else:
            result = speaks.ask_refund(merchant, tried, wanted, clock.now())
    except NoAnswer as error:
        log.warning("gateway did not tell of a refund", refund=refund_id, what=error.facts["what"])
        return
    except GatewayRefused as error:
        result = None if not first else _said_no(wanted, error)
    if result is not None:
        _note(refund_id, result)


def _said_no(wanted: Wanted, error: GatewayRefused) -> Result:
    code, said = str(error.facts["code"]), str(error.facts["said"])
    return Result(wanted.key, Outcome.FAILED, None, "", code, said)


def _wanted(refund: Refund, payment: GatewayPayment) -> Wanted:
    whole = refund.amount_vnd == payment.amount_vnd
    return Wanted(refund.key, refund.amount_vnd, whole, refund.reason, refund.by, refund.asked_at)


def _note(refund_id: int, result: Result) -> None:
    with transaction():
        refund = locked(refund_id)
        if refund.state != RefundState.ASKED:
            return
        refund.code, refund.said = result.code, result.said
        if result.outcome is Outcome.PAID:
            label = (
                merchants.GATEWAYS[refund.gateway_payment.provider].label
                if refund.gateway_payment
                else ""
            )
            paid(refund, bookings.paid_from(refund), bookings.payer_id(refund), label)
        elif result.outcome is Outcome.FAILED:
            fail(refund, result.code, result.said)


def locked(refund_id: int) -> Refund:
    """A refund, and before it its order if it has one, locked in the order that everybody uses."""
    order_id = db.session.scalars(select(Refund.order_id).where(Refund.id == refund_id)).one()
    fresh = {"populate_existing": True}
    of_order = select(Order).where(Order.id == order_id).with_for_update(of=Order)
    db.session.scalars(of_order.execution_options(**fresh)).one_or_none()
    query = select(Refund).where(Refund.id == refund_id).with_for_update(of=Refund)
    return db.session.scalars(query.execution_options(**fresh)).one()


def due(limit: int = 50) -> list[int]:
    """Refunds that their gateway is to be asked about now; each is put off as it is taken."""
    now: datetime = clock.now()
    with transaction():
        query = select(Refund).where(Refund.next_ask_at <= now).order_by(Refund.next_ask_at)
        found = db.session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()
        for refund in found:
            refund.asked_times += 1
            refund.next_ask_at = now + min(
                LONGEST_ASK, FIRST_ASK * 2 ** min(refund.asked_times, 10)
            )
        return [refund.id for refund in found]
