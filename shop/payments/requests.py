"""Asking for money: one VietQR code per order, straight to the seller's own account."""

from sqlalchemy import select

from shop.database import db
from shop.orders.models import Order
from shop.payments import feeds, vietqr
from shop.payments.errors import NoAccount
from shop.payments.models import PaymentRequest
from shop.payments.vietqr import Payee
from shop.sellers.models import BankAccount


def open(order: Order) -> PaymentRequest:
    """The payment request of `order`, made at the first call. Raises NoAccount."""
    there = db.session.scalar(select(PaymentRequest).where(PaymentRequest.order_id == order.id))
    if there is not None:
        return there
    account = _account(order)
    payee = Payee(account.bank_bin, account.account_number, account.account_name)
    request = PaymentRequest(
        order_id=order.id,
        bank_account_id=account.id,
        amount_vnd=order.total_vnd,
        payload=vietqr.payload(payee, order.total_vnd, order.ref),
    )
    db.session.add(request)
    db.session.flush()
    return request


def _account(order: Order) -> BankAccount:
    found = feeds.in_use([order.seller_id]).get(order.seller_id)
    if found is None:
        raise NoAccount(order.seller.name)
    return found
