"""What buyers owed at the end of a day and what came for it, as rows (see `day_rows`).

Reckoned from dated facts (moves of orders, weighings, bank lines, entries), so that money of a
later day changes nothing, and goods cost what they did by the last weighing of the day.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, case, cast, func, or_, select, union_all
from sqlalchemy.orm import aliased

from shop import clock
from shop.ledger import accounts
from shop.ledger.models import Entry, Kind, Posting
from shop.orders import dues
from shop.orders.models import Order, OrderEvent, State
from shop.reconciliation.matching import WAITING
from shop.reconciliation.models import Allocation, BankLine

Rows = Select[Any]

_PRICE = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd


def rows(on: Any, subject: Any, said: Any, amount_vnd: Any, *where: ColumnElement[bool]) -> Rows:
    """One figure's rows: the day, what each is, its words, đồng."""
    named = (on.label("on"), subject.label("subject"), said.label("said"))
    return select(*named, amount_vnd.label("amount_vnd")).where(*where)


def together(*parts: Rows) -> Rows:
    """The rows of several queries."""
    found = union_all(*parts).subquery()
    return select(found.c.on, found.c.subject, found.c.said, found.c.amount_vnd)


def day_of(at: Any) -> ColumnElement[date]:
    """The day in Vietnam of an instant, for a query."""
    return cast(func.timezone("Asia/Ho_Chi_Minh", at), Date)


def within(at: Any, on: date) -> ColumnElement[bool]:
    """An instant in the day."""
    first, after = clock.day(on)
    inside: ColumnElement[bool] = (at >= first) & (at < after)
    return inside


def before(at: Any, on: date) -> ColumnElement[bool]:
    """An instant before the day is over."""
    earlier: ColumnElement[bool] = at < clock.day(on)[1]
    return earlier


def order() -> ColumnElement[str]:
    """An order as the subject of a row."""
    return func.concat("order:", Order.ref)


def placed(seller_id: int, on: date) -> Rows:
    """Orders placed in the day."""
    mine = (Order.seller_id == seller_id, within(Order.placed_at, on))
    changed = select(func.coalesce(func.sum(OrderEvent.changed_vnd), 0)).where(
        OrderEvent.order_id == Order.id, OrderEvent.at >= clock.day(on)[1]
    )
    total = Order.total_vnd - cast(changed.scalar_subquery(), Order.total_vnd.type)
    return rows(day_of(Order.placed_at), order(), Order.buyer_name, total, *mine)


def for_orders(seller_id: int, on: date) -> Rows:
    """Money that paid orders in the day: bank lines, gateways, carriers, marketplaces, cash."""
    day = _allocation_day()
    banked = rows(day, order(), BankLine.content, Allocation.amount_vnd)
    banked = _allocated(banked).where(
        Order.seller_id == seller_id, _touched_since(on), before(BankLine.booked_at, on), day == on
    )
    collected = _on_receivable(
        (Kind.CAPTURE, Kind.CASH), Entry.seller_id == seller_id, Entry.on == on
    )
    taken = rows(Entry.on, Entry.subject, Entry.text, -Posting.amount_vnd)
    return together(banked, collected.with_only_columns(*taken.selected_columns))


def _allocated(query: Any) -> Rows:
    joined: Rows = query.select_from(Allocation).join(
        BankLine, BankLine.id == Allocation.bank_line_id
    )
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
    return func.coalesce(*booked, day_of(BankLine.booked_at))


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


def waiting_for(seller_id: int, on: date, sign: int = 1) -> Rows:
    """Orders that at the day's end stood open, and how much of each.

    That is what is open now, less what was weighed later, and before later money came.
    """
    later = _later(seller_id, on).subquery()
    by_order = (
        select(later.c.ref, func.sum(later.c.amount_vnd).label("amount_vnd"))
        .group_by(later.c.ref)
        .subquery()
    )
    waiting = _PRICE - Order.paid_vnd + func.coalesce(by_order.c.amount_vnd, 0)
    moved = select(OrderEvent.to_state).where(
        OrderEvent.order_id == Order.id, before(OrderEvent.at, on)
    )
    latest = moved.order_by(OrderEvent.at.desc(), OrderEvent.id.desc()).limit(1).scalar_subquery()
    moved_later = select(OrderEvent.id).where(
        OrderEvent.order_id == Order.id, OrderEvent.at >= clock.day(on)[1]
    )
    # A state that nothing moved since is the one of then: few orders need the look into the log.
    stood = case((moved_later.exists(), func.coalesce(latest, Order.state)), else_=Order.state)
    query = rows(day_of(Order.placed_at), order(), Order.buyer_name, sign * waiting)
    return query.outerjoin(by_order, by_order.c.ref == Order.ref).where(
        Order.seller_id == seller_id,
        before(Order.placed_at, on),
        or_(_PRICE - Order.paid_vnd > 0, by_order.c.ref.is_not(None)),
        waiting > 0,
        stood.not_in([State(state) for state in dues.CLOSED]),
    )


def _later(seller_id: int, on: date) -> Rows:
    """Order reference → what after the day made less of what it waits for, or more (below 0)."""
    day = _allocation_day()
    paid = select(
        Order.ref.label("ref"),
        (Allocation.amount_vnd + Allocation.write_off_vnd).label("amount_vnd"),
    )
    paid = _allocated(paid).where(Order.seller_id == seller_id, _touched_since(on), day > on)
    kinds = (Kind.CAPTURE, Kind.CASH, Kind.WRITE_OFF, Kind.RETURN)
    booked = _on_receivable(kinds, Entry.seller_id == seller_id, Entry.on > on)
    ref = func.split_part(Entry.subject, ":", 2).label("ref")
    booked = booked.with_only_columns(ref, (-Posting.amount_vnd).label("amount_vnd"))
    weighed = select(Order.ref, -OrderEvent.changed_vnd).join(
        Order, Order.id == OrderEvent.order_id
    )
    weighed = weighed.where(
        Order.seller_id == seller_id,
        OrderEvent.at >= clock.day(on)[1],
        OrderEvent.changed_vnd != 0,
    )
    return union_all(paid, booked, weighed)  # type: ignore[return-value]


def unknown(seller_id: int, on: date) -> Rows:
    """What of the day's money in pays nothing: nobody knows for what, or too much was sent."""
    used = select(func.coalesce(func.sum(Allocation.amount_vnd), 0)).where(
        Allocation.bank_line_id == BankLine.id, Allocation.undone_at.is_(None)
    )
    left = BankLine.amount_vnd - used.scalar_subquery()
    return lines(left).where(
        BankLine.seller_id == seller_id,
        BankLine.direction == "in",
        BankLine.state.in_(WAITING),
        within(BankLine.booked_at, on),
        left > 0,
    )


def lines(amount_vnd: Any) -> Rows:
    """Bank lines, so much of each."""
    subject = func.concat("bank_line:", BankLine.ref)
    return rows(day_of(BankLine.booked_at), subject, BankLine.content, amount_vnd)
