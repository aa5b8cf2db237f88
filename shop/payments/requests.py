"""Asking for money: one VietQR code per order, straight to the seller's own account."""

from sqlalchemy import select

from shop.database import db
from shop.orders import preorders
from shop.orders.models import Order, State
from shop.payments import feeds, vietqr
from shop.payments.errors import NoAccount
from shop.payments.models import PaymentRequest
from shop.payments.vietqr import Payee
from shop.sellers.models import BankAccount


def open(order: Order) -> PaymentRequest:
    """The payment request of `order`, made at the first call. Raises NoAccount.

    It asks for what is due first; of a pre-order without deposit that is the whole, later.
    """
    there = db.session.scalar(select(PaymentRequest).where(PaymentRequest.order_id == order.id))
    if there is not None:
        return there
    account = _account(order)
    amount_vnd = preorders.due_vnd(order) or order.total_vnd
    request = PaymentRequest(
        order_id=order.id,
        bank_account_id=account.id,
        amount_vnd=amount_vnd,
        payload=vietqr.payload(_payee(account), amount_vnd, order.ref),
    )
    db.session.add(request)
    db.session.flush()
    return request


def _payee(account: BankAccount) -> Payee:
    return Payee(account.bank_bin, account.account_number, account.account_name)


def code(request: PaymentRequest, order: Order) -> str | None:
    """The payload to show now, None when nothing is due or the order is closed.

    A pre-order asks twice, so its code is made of what is due now. Any other asks for the whole:
    once part of that is paid, it would mislead.
    """
    if order.state != State.AWAITING_PAYMENT:
        return None
    if order.harvest_id is None:
        return None if order.paid_vnd else request.payload
    due_vnd = preorders.due_vnd(order)
    return vietqr.payload(_payee(request.bank_account), due_vnd, order.ref) if due_vnd else None


def _account(order: Order) -> BankAccount:
    found = feeds.in_use([order.seller_id]).get(order.seller_id)
    if found is None:
        raise NoAccount(order.seller.name)
    return found
