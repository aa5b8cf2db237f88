"""Asking for money: one VietQR code per order, straight to the seller's own account.

Only where an operator collects with a licence (`orders.collecting`) it is the operator's account.
"""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Select, bindparam, insert, select
from sqlalchemy.sql.dml import ReturningInsert

from shop import clock
from shop.database import among, db
from shop.orders import collecting, preorders
from shop.orders.models import PAID_LATER, Order
from shop.payments import feeds, vietqr
from shop.payments.errors import NoAccount
from shop.payments.models import PaymentRequest
from shop.payments.vietqr import Payee
from shop.sellers.models import BankAccount


def open(order: Order, account: BankAccount | None = None) -> PaymentRequest:
    """The payment request of `order`, made at the first call. Raises NoAccount.

    It asks for what is due first; of a pre-order without deposit that is the whole, later.
    `account`: one of the seller's that is to receive it; else the one of new orders.
    """
    there = db.session.scalar(_opened(), {"order_id": order.id})
    if there is not None:
        return there
    account = account or _account(order)
    amount_vnd = preorders.due_vnd(order) or order.total_vnd
    made = {
        "order_id": order.id,
        "bank_account_id": account.id,
        "amount_vnd": amount_vnd,
        "payload": vietqr.payload(_payee(account), amount_vnd, order.ref),
    }
    return db.session.scalars(_insert(), made).one()


@cache
def _opened() -> Select[PaymentRequest]:
    return select(PaymentRequest).where(PaymentRequest.order_id == bindparam("order_id"))


@cache
def _insert() -> ReturningInsert[PaymentRequest]:
    return insert(PaymentRequest).returning(PaymentRequest)


def _payee(account: BankAccount) -> Payee:
    return Payee(account.bank_bin, account.account_number, account.account_name)


def of(order: Order) -> PaymentRequest | None:
    """The payment request of an order, if one was made."""
    return db.session.scalar(_opened(), {"order_id": order.id})


def see(request: PaymentRequest, who: str) -> None:
    """Who sells says that the money is there. The order's row is locked by the caller."""
    request.seen_at, request.seen_by = clock.now(), who


def unsee(request: PaymentRequest) -> None:
    """It was not there after all."""
    request.seen_at = request.seen_by = None


def seen(orders: Sequence[Order]) -> set[int]:
    """Ids of those orders whose money was seen by who sells."""
    query = select(PaymentRequest.order_id).where(
        among(PaymentRequest.order_id, [order.id for order in orders]),
        PaymentRequest.seen_at.is_not(None),
    )
    return set(db.session.scalars(query)) if orders else set()


def code(request: PaymentRequest, order: Order) -> str | None:
    """The payload to show now, for what is due now; None when nothing is.

    What is due changes: a pre-order asks twice, part of it may be paid, goods may weigh more.
    """
    due_vnd = preorders.due_vnd(order)
    if not due_vnd or order.pay_by in PAID_LATER:
        return None
    if due_vnd == request.amount_vnd:
        return request.payload
    return vietqr.payload(_payee(request.bank_account), due_vnd, order.ref)


def _account(order: Order) -> BankAccount:
    payee_id = collecting.payee_id(order)
    found = feeds.in_use([payee_id]).get(payee_id)
    if found is None:
        raise NoAccount(order.seller.name)
    return found
