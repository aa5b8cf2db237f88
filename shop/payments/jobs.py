"""Background work of payments: what gateways told, what they are asked, what goes back."""

from shop.jobs import job
from shop.payments import captures, refunds


@job("payments", tries=8)
def capture_payment(payment_id: int) -> None:
    """Put a paid payment to its order; safe to run twice."""
    captures.capture(payment_id)


@job("channels", tries=3)
def ask_gateways() -> None:
    """Ask after payments and refunds of which nothing was heard in time."""
    for payment_id in captures.due():
        captures.ask(payment_id)
    for refund_id in refunds.due():
        refunds.ask(refund_id)


@job("channels", tries=3)
def send_refund(refund_id: int) -> None:
    """Ask a gateway to give money back; safe to run twice."""
    refunds.send(refund_id)
