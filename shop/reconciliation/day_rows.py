"""The rows behind each figure of a seller's day: a figure is the count and the sum of its rows.

Every query gives the columns `on` (the day), `subject` (what it is: "order:…", "bank_line:…",
"batch:…", "account:…"), `said` and `amount_vnd`. A day is a Vietnamese one.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from shop.ledger import accounts
from shop.ledger.models import Entry, Kind, Posting
from shop.orders import dues
from shop.orders.models import Order, State
from shop.payments import reviews
from shop.payments.models import GatewayPayment, Refund, RefundState
from shop.reconciliation import day_dues, differences
from shop.reconciliation.day_dues import Rows
from shop.reconciliation.matching import WAITING
from shop.reconciliation.models import BankLine, Batch, BatchLine, Reason

# Accounts (a name, or all that begin with one ending in ":") and the sign of what counts.
_MOVED = {
    "sold": ((accounts.SALES, accounts.DELIVERY), -1),
    "cash_in": ((accounts.CASH,), 1),
    "cash_out": ((accounts.CASH,), -1),
    "fees": ((accounts.FEES, accounts.FREIGHT), 1),
    "write_off": ((accounts.WRITE_OFF,), 1),
}
_STANDS = {
    "clearing": (("clearing:", "marketplace:", "carrier:"), 1),
    "suspense": ((accounts.SUSPENSE,), -1),
    "credit": ((accounts.CREDIT,), -1),
}


def of(name: str, seller_id: int, on: date) -> Rows:
    """The rows of one figure, in no order."""
    if name in _MOVED:
        return _moved(seller_id, on, *_MOVED[name], one_way=name.startswith("cash"))
    if name in _STANDS:
        return _stands(seller_id, on, *_STANDS[name])
    return _OTHERS[name](seller_id, on)


def _expected(seller_id: int, on: date) -> Rows:
    return day_dues.together(
        day_dues.for_orders(seller_id, on), day_dues.waiting_for(seller_id, on)
    )


def _received(seller_id: int, on: date) -> Rows:
    return day_dues.together(day_dues.for_orders(seller_id, on), day_dues.unknown(seller_id, on))


def _difference(seller_id: int, on: date) -> Rows:
    """Received less expected, what is in both left out: a row for each thing that is not even."""
    return day_dues.together(
        day_dues.unknown(seller_id, on), day_dues.waiting_for(seller_id, on, -1)
    )


# What the books say.


def _moved(
    seller_id: int, on: date, named: Sequence[str], sign: int, *, one_way: bool = False
) -> Rows:
    """What moved accounts in the day; `one_way`: only in the direction of the sign."""
    amount = sign * Posting.amount_vnd
    query = _booked(amount, seller_id).where(Entry.on == on, Posting.account.in_(named))
    return query.where(amount > 0) if one_way else query


def _booked(amount_vnd: Any, seller_id: int) -> Rows:
    subject = func.coalesce(Entry.subject, func.concat("entry:", Entry.ref))
    query = day_dues.rows(Entry.on, subject, Entry.text, amount_vnd, Entry.seller_id == seller_id)
    return query.join_from(Posting, Entry, Entry.id == Posting.entry_id)


def _bank(seller_id: int, on: date, sign: int) -> Rows:
    """As booked: what a bank told after its day was closed stands in the books of a later day."""
    twice = select(func.concat("bank_line:", BankLine.ref)).where(
        BankLine.seller_id == seller_id, BankLine.reason == Reason.DUPLICATE
    )
    amount = sign * Posting.amount_vnd
    return _booked(amount, seller_id).where(
        Entry.on == on,
        amount > 0,
        Posting.account.startswith("bank:"),
        Entry.subject.startswith("bank_line:"),
        Entry.subject.not_in(twice),
    )


def _captured(seller_id: int, on: date) -> Rows:
    return _booked(Posting.amount_vnd, seller_id).where(
        Entry.on == on,
        Entry.kind == Kind.CAPTURE,
        Posting.account.startswith("clearing:"),
        Posting.amount_vnd > 0,
    )


def _stands(seller_id: int, on: date, prefixes: Sequence[str], sign: int) -> Rows:
    """What stands on accounts at the day's end, an account a row."""
    named = [
        Posting.account.startswith(name, autoescape=True)
        if name.endswith(":")
        else Posting.account == name
        for name in prefixes
    ]
    total = sign * func.sum(Posting.amount_vnd)
    subject = func.concat("account:", Posting.account)
    query = day_dues.rows(
        literal(on, Date), subject, Posting.account, cast(total, Posting.amount_vnd.type)
    )
    query = query.join_from(Posting, Entry, Entry.id == Posting.entry_id)
    query = query.where(Entry.seller_id == seller_id, Entry.on <= on, or_(*named))
    return query.group_by(Posting.account).having(total != 0)


# What somebody still has to do.


def _waiting(seller_id: int, on: date) -> Rows:
    return day_dues.lines(BankLine.amount_vnd).where(
        BankLine.seller_id == seller_id,
        BankLine.state.in_(WAITING),
        day_dues.before(BankLine.booked_at, on),
    )


def _refunds(seller_id: int, at: Any, *where: ColumnElement[bool]) -> Rows:
    query = day_dues.rows(day_dues.day_of(at), day_dues.order(), Refund.reason, Refund.amount_vnd)
    query = query.join_from(Refund, Order, Order.id == Refund.order_id)
    return query.where(Refund.seller_id == seller_id, *where)


def _refunded(seller_id: int, on: date) -> Rows:
    at = Refund.settled_at
    return _refunds(seller_id, at, Refund.state == RefundState.PAID, day_dues.within(at, on))


def _refunds_due(seller_id: int, on: date) -> Rows:
    open_ = Refund.state.in_([RefundState.DUE, RefundState.ASKED])
    return _refunds(seller_id, Refund.asked_at, open_, day_dues.before(Refund.asked_at, on))


def _refunds_failed(seller_id: int, on: date) -> Rows:
    """Refunds that did not go out, that nobody gave up and nobody decided anew."""
    anew = aliased(Refund)
    again = select(anew.id).where(
        anew.order_id == Refund.order_id,
        anew.id > Refund.id,
        anew.state != RefundState.FAILED,
    )
    failed = (Refund.state == RefundState.FAILED, Refund.code != "given_up", ~again.exists())
    return _refunds(seller_id, Refund.asked_at, *failed, day_dues.before(Refund.asked_at, on))


def _settlement_lines(seller_id: int, on: date) -> Rows:
    day = func.coalesce(Batch.last, day_dues.day_of(Batch.at))
    subject = func.concat("batch:", Batch.ref)
    query = day_dues.rows(day, subject, BatchLine.reference, differences.difference_sql())
    query = query.join_from(BatchLine, Batch, Batch.id == BatchLine.batch_id)
    return query.where(
        Batch.seller_id == seller_id,
        Batch.taken_back_at.is_(None),
        BatchLine.undecided(),
        day <= on,
    )


def _in_review(seller_id: int, on: date) -> Rows:
    at = GatewayPayment.started_at
    came = func.coalesce(GatewayPayment.told_vnd, GatewayPayment.amount_vnd)
    query = day_dues.rows(day_dues.day_of(at), day_dues.order(), GatewayPayment.transaction, came)
    query = query.join_from(GatewayPayment, Order, Order.id == GatewayPayment.order_id)
    return query.where(
        GatewayPayment.seller_id == seller_id, reviews.WAITING, day_dues.before(at, on)
    )


def _short(seller_id: int, on: date) -> Rows:
    query = day_dues.rows(
        day_dues.day_of(Order.placed_at), day_dues.order(), Order.buyer_name, Order.total_vnd
    )
    gone = [State(state) for state in dues.CLOSED | dues.HANDED_OVER]
    return query.where(
        Order.seller_id == seller_id,
        Order.short.is_(True),
        Order.state.not_in(gone),
        day_dues.before(Order.placed_at, on),
    )


_OTHERS = {
    "placed": day_dues.placed,
    "expected": _expected,
    "received": _received,
    "difference": _difference,
    "bank_in": lambda seller_id, on: _bank(seller_id, on, 1),
    "bank_out": lambda seller_id, on: _bank(seller_id, on, -1),
    "captured": _captured,
    "refunded": _refunded,
    "waiting": _waiting,
    "refunds_due": _refunds_due,
    "refunds_failed": _refunds_failed,
    "settlement_lines": _settlement_lines,
    "in_review": _in_review,
    "short": _short,
}
