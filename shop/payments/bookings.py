"""What gateways and refunds put into their seller's books."""

from shop import clock
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Kind
from shop.orders import collecting, dues
from shop.orders.models import Order, State
from shop.payments.models import GatewayPayment, Refund, RefundBy


def captured(payment: GatewayPayment, label: str) -> None:
    """Money is with the gateway: it paid the order; what was too much is the buyer's."""
    clearing, order = accounts.clearing(payment.provider), payment.order
    paid = {
        accounts.RECEIVABLE: -payment.applied_vnd,
        accounts.CREDIT: payment.applied_vnd - payment.amount_vnd,
    }
    _post(
        order,
        payment.seller_id,
        clearing,
        payment.amount_vnd,
        paid,
        key=f"capture:{payment.ref}",
        kind=Kind.CAPTURE,
        said=f"{label}: khách trả đơn {order.ref}",
        who=label,
    )


def given_back(refund: Refund, paid_from: str, payer_id: int, who: str) -> None:
    """Money went back out of `paid_from`, an account in the ledger of `payer_id`."""
    _post(
        refund.order,
        payer_id,
        paid_from,
        -refund.amount_vnd,
        parts(refund),
        key=f"refund:{refund.ref}",
        kind=Kind.REFUND,
        subject=f"refund:{refund.ref}",
        said=f"Hoàn tiền đơn {refund.order.ref}: {refund.reason}"
        if refund.order
        else f"Trả lại người chuyển: {refund.reason}",
        who=who,
    )


def parts(refund: Refund) -> dict[str, int]:
    """The debit side of a refund: too much sent, owed to the buyer, and a courtesy.

    Before the goods are handed over there is no sale that a courtesy could make smaller: it takes
    from what the buyer paid ahead, and the sale is less by it when it comes.
    """
    receivable = refund.owed_vnd + refund.ahead_vnd
    return {
        accounts.CREDIT: refund.credit_vnd,
        accounts.RECEIVABLE: receivable,
        accounts.RETURNS: refund.amount_vnd - receivable - refund.credit_vnd,
    }


def not_given(refund: Refund, order: Order, before_vnd: int, who: str) -> None:
    """A courtesy that failed after the goods were handed over: the sale is not less by it, and
    goods that came back meanwhile are owed whole. `before_vnd`: the courtesy while it was asked.
    """
    if State(order.state) not in dues.HANDED_OVER:
        return
    courtesy = refund.amount_vnd - refund.owed_vnd - refund.credit_vnd
    # The return was booked for so much less, as if it were given already.
    absorbed = courtesy - (before_vnd - dues.courtesy_vnd(order))
    if change := absorbed - refund.ahead_vnd:
        _post(
            order,
            refund.seller_id,
            accounts.RETURNS,
            change,
            {accounts.RECEIVABLE: -change},
            key=f"refund:{refund.ref}:failed",
            kind=Kind.REVERSAL,
            said=f"Không hoàn được, đơn {order.ref}",
            who=who,
        )


def paid_from(refund: Refund) -> str:
    """Where the money of a refund comes from when no bank line says so."""
    if refund.way == RefundBy.GATEWAY and refund.gateway_payment is not None:
        return accounts.clearing(refund.gateway_payment.provider)
    return accounts.CASH


def payer_id(refund: Refund) -> int:
    """Whose money it is when no bank line says so."""
    if refund.way == RefundBy.GATEWAY and refund.gateway_payment is not None:
        return refund.gateway_payment.seller_id
    return refund.seller_id


def _post(
    order: Order | None,
    holder_id: int,
    place: str,
    amount_vnd: int,
    means: dict[str, int],
    *,
    key: str,
    kind: Kind,
    said: str,
    who: str,
    subject: str = "",
) -> None:
    """So much came to `place` of the holder, and `means` that in the books of the seller.

    Money of no known order, with a `subject` of its own, is the holder's business alone.
    """
    if order is not None and holder_id != order.seller_id:
        collecting.pass_on(order, amount_vnd, place, means, key=key, kind=kind, said=said, who=who)
        return
    on = periods.open_day(holder_id, clock.today())
    entries.post(
        holder_id,
        {place: amount_vnd, **means},
        key=key,
        kind=kind,
        on=on,
        text=said,
        by=who,
        subject=f"order:{order.ref}" if order else subject,
    )
