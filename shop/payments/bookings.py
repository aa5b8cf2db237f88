"""What gateways and refunds put into their seller's books."""

from shop import clock
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Kind
from shop.payments.models import GatewayPayment, Refund, RefundBy


def captured(payment: GatewayPayment, label: str) -> None:
    """Money is with the gateway: it paid the order; what was too much is the buyer's."""
    postings = {
        accounts.clearing(payment.provider): payment.amount_vnd,
        accounts.RECEIVABLE: -payment.applied_vnd,
        accounts.CREDIT: payment.applied_vnd - payment.amount_vnd,
    }
    said = f"{label}: khách trả đơn {payment.order.ref}"
    key, subject = f"capture:{payment.ref}", f"order:{payment.order.ref}"
    _post(payment.seller_id, postings, key, Kind.CAPTURE, said, label, subject)


def given_back(refund: Refund, paid_from: str, who: str) -> None:
    """Money went back out of `paid_from` (an account of the ledger)."""
    postings = parts(refund) | {paid_from: -refund.amount_vnd}
    said = f"Hoàn tiền đơn {refund.order.ref}: {refund.reason}"
    key, subject = f"refund:{refund.ref}", f"order:{refund.order.ref}"
    _post(refund.seller_id, postings, key, Kind.REFUND, said, who, subject)


def parts(refund: Refund) -> dict[str, int]:
    """The debit side of a refund: too much sent, owed to the buyer, and a courtesy."""
    return {
        accounts.CREDIT: refund.credit_vnd,
        accounts.RECEIVABLE: refund.owed_vnd,
        accounts.RETURNS: refund.amount_vnd - refund.owed_vnd - refund.credit_vnd,
    }


def paid_from(refund: Refund) -> str:
    """Where the money of a refund comes from when no bank line says so."""
    if refund.way == RefundBy.GATEWAY and refund.gateway_payment is not None:
        return accounts.clearing(refund.gateway_payment.provider)
    return accounts.CASH


def _post(
    seller_id: int,
    postings: dict[str, int],
    key: str,
    kind: Kind,
    said: str,
    who: str,
    subject: str,
) -> None:
    on = periods.open_day(seller_id, clock.today())
    entries.post(seller_id, postings, key=key, kind=kind, on=on, text=said, by=who, subject=subject)
