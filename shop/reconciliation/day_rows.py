"""The rows behind each figure of a seller's day: a figure is the count and the sum of its rows.

Every query gives the columns `on` (the day), `subject` (what it is: "order:…", "bank_line:…",
"batch:…", "account:…"), `said` and `amount_vnd`. A day is a Vietnamese one. What buyers owed is
reckoned as of the day's end from dated facts (moves of orders, bank lines, entries), so that money
of a later day changes nothing; a total is the one of the last weighing.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from shop import clock
from shop.ledger import accounts
from shop.ledger.models import Entry, Kind, Posting
from shop.orders import dues
from shop.orders.models import Order, OrderEvent, State
from shop.payments import reviews
from shop.payments.models import GatewayPayment, Refund, RefundState
from shop.reconciliation import differences
from shop.reconciliation.matching import WAITING
from shop.reconciliation.models import Allocation, BankLine, Batch, BatchLine, Reason

Rows = Select[Any]

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
_PRICE = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd


def of(name: str, seller_id: int, on: date) -> Rows:
    """The rows of one figure, in no order."""
    if name in _MOVED:
        return _moved(seller_id, on, *_MOVED[name], one_way=name.startswith("cash"))
    if name in _STANDS:
        return _stands(seller_id, on, *_STANDS[name])
    return _OTHERS[name](seller_id, on)


def _rows(
    on: Any, subject: ColumnElement[Any], said: Any, amount_vnd: Any, *where: ColumnElement[bool]
) -> Rows:
    named = (on.label("on"), subject.label("subject"), said.label("said"))
    return select(*named, amount_vnd.label("amount_vnd")).where(*where)


def _all(*parts: Rows) -> Rows:
    found = union_all(*parts).subquery()
    return select(found.c.on, found.c.subject, found.c.said, found.c.amount_vnd)


def _day(at: Any) -> ColumnElement[date]:
    return cast(func.timezone("Asia/Ho_Chi_Minh", at), Date)


def _within(at: Any, on: date) -> ColumnElement[bool]:
    first, after = clock.day(on)
    inside: ColumnElement[bool] = (at >= first) & (at < after)
    return inside


def _before(at: Any, on: date) -> ColumnElement[bool]:
    earlier: ColumnElement[bool] = at < clock.day(on)[1]
    return earlier


def _order() -> ColumnElement[str]:
    return func.concat("order:", Order.ref)


# What orders wait for, and what came for them.


def _placed(seller_id: int, on: date) -> Rows:
    mine = (Order.seller_id == seller_id, _within(Order.placed_at, on))
    return _rows(_day(Order.placed_at), _order(), Order.buyer_name, Order.total_vnd, *mine)


def _for_orders(seller_id: int, on: date) -> Rows:
    """Money that paid orders in the day: parts of bank lines, gateways, carriers, marketplaces."""
    day = _allocation_day()
    banked = _rows(day, _order(), BankLine.content, Allocation.amount_vnd)
    banked = _allocated(banked).where(
        Order.seller_id == seller_id, _touched_since(on), _before(BankLine.booked_at, on), day == on
    )
    collected = _on_receivable((Kind.CAPTURE,), Entry.seller_id == seller_id, Entry.on == on)
    taken = _rows(Entry.on, Entry.subject, Entry.text, -Posting.amount_vnd)
    return _all(banked, collected.with_only_columns(*taken.selected_columns))


def _allocated(query: Rows) -> Rows:
    joined = query.select_from(Allocation).join(BankLine, BankLine.id == Allocation.bank_line_id)
    joined = joined.join(Order, Order.id == Allocation.order_id)
    return joined.where(Allocation.undone_at.is_(None), Allocation.refund_id.is_(None))


def _allocation_day() -> ColumnElement[date]:
    """The day on which a part of a line stands in the books: the line's, or the first open one."""
    named = func.concat("allocation:", Allocation.id)
    keys = [
        (BankLine.seller_id, named),
        (Order.seller_id, func.concat("collected:", named)),
        (BankLine.seller_id, func.concat("bank_line:", BankLine.ref)),
    ]
    booked = [
        select(Entry.on).where(Entry.seller_id == whose, Entry.key == key).scalar_subquery()
        for whose, key in keys
    ]
    return func.coalesce(*booked, _day(BankLine.booked_at))


def _touched_since(on: date) -> ColumnElement[bool]:
    """Only these can stand on the day or later: what spares most lines the look into the books."""
    first = clock.day(on)[0]
    touched: ColumnElement[bool] = or_(
        BankLine.booked_at >= first, BankLine.recorded_at >= first, Allocation.at >= first
    )
    return touched


def _on_receivable(kinds: Sequence[Kind], *where: ColumnElement[bool]) -> Rows:
    """Postings on what buyers owe, of entries of these kinds and of what undid such ones."""
    undone = aliased(Entry)
    query = select(Posting.id).join(Entry, Entry.id == Posting.entry_id)
    query = query.outerjoin(undone, undone.id == Entry.reverses_id)
    of_kind = or_(Entry.kind.in_(kinds), undone.kind.in_(kinds))
    return query.where(
        Posting.account == accounts.RECEIVABLE, Entry.subject.startswith("order:"), of_kind, *where
    )


def _waiting_for(seller_id: int, on: date, sign: int = 1) -> Rows:
    """Orders that at the day's end stood open, and how much of each: before later money came."""
    later = _later(seller_id, on).subquery()
    by_order = (
        select(later.c.ref, func.sum(later.c.amount_vnd).label("amount_vnd"))
        .group_by(later.c.ref)
        .subquery()
    )
    waiting = _PRICE - Order.paid_vnd + func.coalesce(by_order.c.amount_vnd, 0)
    moved = select(OrderEvent.to_state).where(
        OrderEvent.order_id == Order.id, _before(OrderEvent.at, on)
    )
    latest = moved.order_by(OrderEvent.at.desc(), OrderEvent.id.desc()).limit(1).scalar_subquery()
    moved_later = select(OrderEvent.id).where(
        OrderEvent.order_id == Order.id, OrderEvent.at >= clock.day(on)[1]
    )
    # A state that nothing moved since is the one of then: few orders need the look into the log.
    stood = case((moved_later.exists(), func.coalesce(latest, Order.state)), else_=Order.state)
    query = _rows(_day(Order.placed_at), _order(), Order.buyer_name, sign * waiting)
    return query.outerjoin(by_order, by_order.c.ref == Order.ref).where(
        Order.seller_id == seller_id,
        _before(Order.placed_at, on),
        or_(_PRICE - Order.paid_vnd > 0, by_order.c.ref.is_not(None)),
        waiting > 0,
        stood.not_in([State(state) for state in dues.CLOSED]),
    )


def _later(seller_id: int, on: date) -> Rows:
    """Order reference → what after the day made less of what it waits for."""
    day = _allocation_day()
    paid = select(
        Order.ref.label("ref"),
        (Allocation.amount_vnd + Allocation.write_off_vnd).label("amount_vnd"),
    )
    paid = _allocated(paid).where(Order.seller_id == seller_id, _touched_since(on), day > on)
    kinds = (Kind.CAPTURE, Kind.WRITE_OFF, Kind.RETURN)
    booked = _on_receivable(kinds, Entry.seller_id == seller_id, Entry.on > on)
    ref = func.split_part(Entry.subject, ":", 2).label("ref")
    booked = booked.with_only_columns(ref, (-Posting.amount_vnd).label("amount_vnd"))
    return union_all(paid, booked)  # type: ignore[return-value]


def _unknown(seller_id: int, on: date) -> Rows:
    """What of the day's money in pays nothing: nobody knows for what, or too much was sent."""
    used = select(func.coalesce(func.sum(Allocation.amount_vnd), 0)).where(
        Allocation.bank_line_id == BankLine.id, Allocation.undone_at.is_(None)
    )
    left = BankLine.amount_vnd - used.scalar_subquery()
    return _lines(left).where(
        BankLine.seller_id == seller_id,
        BankLine.direction == "in",
        BankLine.state.in_(WAITING),
        _within(BankLine.booked_at, on),
        left > 0,
    )


def _lines(amount_vnd: Any) -> Rows:
    subject = func.concat("bank_line:", BankLine.ref)
    return _rows(_day(BankLine.booked_at), subject, BankLine.content, amount_vnd)


def _expected(seller_id: int, on: date) -> Rows:
    return _all(_for_orders(seller_id, on), _waiting_for(seller_id, on))


def _received(seller_id: int, on: date) -> Rows:
    return _all(_for_orders(seller_id, on), _unknown(seller_id, on))


def _difference(seller_id: int, on: date) -> Rows:
    """Received less expected, what is in both left out: a row for each thing that is not even."""
    return _all(_unknown(seller_id, on), _waiting_for(seller_id, on, -1))


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
    query = _rows(Entry.on, subject, Entry.text, amount_vnd, Entry.seller_id == seller_id)
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
    query = _rows(literal(on, Date), subject, Posting.account, cast(total, Posting.amount_vnd.type))
    query = query.join_from(Posting, Entry, Entry.id == Posting.entry_id)
    query = query.where(Entry.seller_id == seller_id, Entry.on <= on, or_(*named))
    return query.group_by(Posting.account).having(total != 0)


# What somebody still has to do.


def _waiting(seller_id: int, on: date) -> Rows:
    return _lines(BankLine.amount_vnd).where(
        BankLine.seller_id == seller_id,
        BankLine.state.in_(WAITING),
        _before(BankLine.booked_at, on),
    )


def _refunds(seller_id: int, at: Any, *where: ColumnElement[bool]) -> Rows:
    query = _rows(_day(at), _order(), Refund.reason, Refund.amount_vnd)
    query = query.join_from(Refund, Order, Order.id == Refund.order_id)
    return query.where(Refund.seller_id == seller_id, *where)


def _refunded(seller_id: int, on: date) -> Rows:
    at = Refund.settled_at
    return _refunds(seller_id, at, Refund.state == RefundState.PAID, _within(at, on))


def _refunds_due(seller_id: int, on: date) -> Rows:
    open_ = Refund.state.in_([RefundState.DUE, RefundState.ASKED])
    return _refunds(seller_id, Refund.asked_at, open_, _before(Refund.asked_at, on))


def _refunds_failed(seller_id: int, on: date) -> Rows:
    """Refunds that did not go out, that nobody gave up and nobody decided anew."""
    anew = aliased(Refund)
    again = select(anew.id).where(
        anew.order_id == Refund.order_id,
        anew.id > Refund.id,
        anew.state != RefundState.FAILED,
    )
    failed = (Refund.state == RefundState.FAILED, Refund.code != "given_up", ~again.exists())
    return _refunds(seller_id, Refund.asked_at, *failed, _before(Refund.asked_at, on))


def _settlement_lines(seller_id: int, on: date) -> Rows:
    day = func.coalesce(Batch.last, _day(Batch.at))
    subject = func.concat("batch:", Batch.ref)
    query = _rows(day, subject, BatchLine.reference, differences.difference_sql())
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
    query = _rows(_day(at), _order(), GatewayPayment.transaction, came)
    query = query.join_from(GatewayPayment, Order, Order.id == GatewayPayment.order_id)
    return query.where(GatewayPayment.seller_id == seller_id, reviews.WAITING, _before(at, on))


def _short(seller_id: int, on: date) -> Rows:
    query = _rows(_day(Order.placed_at), _order(), Order.buyer_name, Order.total_vnd)
    gone = [State(state) for state in dues.CLOSED | dues.HANDED_OVER]
    return query.where(
        Order.seller_id == seller_id,
        Order.short.is_(True),
        Order.state.not_in(gone),
        _before(Order.placed_at, on),
    )


_OTHERS = {
    "placed": _placed,
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
