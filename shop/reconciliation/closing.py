"""The end of a seller's day: what was expected, what came, what differs; signed, then locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.ledger import accounts, periods
from shop.ledger.models import Entry, Posting
from shop.orders.models import Order, State
from shop.payments import reviews
from shop.payments.models import GatewayPayment, Refund, RefundState
from shop.reconciliation.errors import CannotClose
from shop.reconciliation.matching import WAITING
from shop.reconciliation.models import BankLine, DayClose, Reason
from shop.sellers.models import Seller

LABELS = {
    "placed": _l("Đơn đặt trong ngày"),
    "sold": _l("Hàng đã giao, ghi doanh thu"),
    "expected": _l("Đơn còn chờ tiền"),
    "bank_in": _l("Ngân hàng báo tiền vào"),
    "bank_out": _l("Ngân hàng báo tiền ra"),
    "cash_in": _l("Thu tiền mặt"),
    "cash_out": _l("Chi tiền mặt"),
    "captured": _l("Khách trả qua cổng thanh toán"),
    "fees": _l("Phí ngân hàng, cổng, sàn"),
    "refunded": _l("Đã hoàn cho khách"),
    "write_off": _l("Bỏ qua vì thiếu trong mức cho phép"),
    "clearing": _l("Cổng, sàn, hãng vận chuyển còn giữ (cuối ngày)"),
    "suspense": _l("Tiền chưa rõ của đơn nào (cuối ngày)"),
    "credit": _l("Tiền thừa của khách (cuối ngày)"),
    "waiting": _l("Dòng tiền còn chờ xử lý"),
    "refunds_due": _l("Khoản hoàn chưa chuyển"),
    "review": _l("Khoản cổng thanh toán giữ lại, chưa xử lý"),
}
# Where something is still to be done about the day.
EXCEPTIONS = ("waiting", "refunds_due", "review")
# How the ledger shows a figure: accounts (a name, or all that begin with one ending in ":") and
# the sign of what counts; at the day's end or in its course.
_MOVED = {
    "sold": ((accounts.SALES, accounts.DELIVERY), -1),
    "cash_in": ((accounts.CASH,), 1),
    "cash_out": ((accounts.CASH,), -1),
    "fees": ((accounts.FEES,), 1),
    "write_off": ((accounts.WRITE_OFF,), 1),
}
_STANDS = {
    "clearing": ("clearing:", "marketplace:", "carrier:"),
    "suspense": (accounts.SUSPENSE,),
    "credit": (accounts.CREDIT,),
}


@dataclass(frozen=True)
class Figure:
    """One figure of a day: `count` rows, or None where rows are not counted; đồng."""

    name: str
    count: int | None
    amount_vnd: int

    @property
    def label(self) -> str:
        """Its name for people."""
        return str(LABELS[self.name])


def figures(seller_id: int, on: date) -> list[Figure]:
    """The figures of a Vietnamese day, in the order of `LABELS`; two runs give the same."""
    found = _of_orders(seller_id, on) | _of_lines(seller_id, on) | _of_refunds(seller_id, on)
    found |= _of_ledger(seller_id, on) | _in_review(seller_id, on)
    return [Figure(name, *found[name]) for name in LABELS]


_Pair = tuple[int | None, int]


def _of_orders(seller_id: int, on: date) -> dict[str, _Pair]:
    first, after = clock.day(on)
    mine = [Order.seller_id == seller_id]
    placed = select(func.count(), func.coalesce(func.sum(Order.total_vnd), 0)).where(
        *mine, Order.placed_at >= first, Order.placed_at < after
    )
    waiting = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd - Order.paid_vnd
    expected = select(func.count(), func.coalesce(func.sum(waiting), 0)).where(
        *mine,
        waiting > 0,
        Order.state.not_in([State.DRAFT, State.CANCELLED, State.EXPIRED, State.RETURNED]),
        Order.placed_at < after,
    )
    return {"placed": _pair(placed), "expected": _pair(expected)}


def _of_lines(seller_id: int, on: date) -> dict[str, _Pair]:
    _first, after = clock.day(on)
    total = func.coalesce(func.sum(BankLine.amount_vnd), 0)
    query = select(func.count(), total).where(BankLine.seller_id == seller_id)
    waiting = query.where(BankLine.state.in_(WAITING), BankLine.booked_at < after)
    return {"waiting": _pair(waiting)}


def _of_refunds(seller_id: int, on: date) -> dict[str, _Pair]:
    first, after = clock.day(on)
    query = select(func.count(), func.coalesce(func.sum(Refund.amount_vnd), 0))
    query = query.where(Refund.seller_id == seller_id)
    paid = query.where(
        Refund.state == RefundState.PAID, Refund.settled_at >= first, Refund.settled_at < after
    )
    due = query.where(
        Refund.state.in_([RefundState.DUE, RefundState.ASKED]), Refund.asked_at < after
    )
    return {"refunded": _pair(paid), "refunds_due": _pair(due)}


def _in_review(seller_id: int, on: date) -> dict[str, _Pair]:
    _first, after = clock.day(on)
    came = func.coalesce(GatewayPayment.told_vnd, GatewayPayment.amount_vnd)
    query = select(func.count(), func.coalesce(func.sum(came), 0)).where(
        GatewayPayment.seller_id == seller_id,
        reviews.WAITING,
        GatewayPayment.started_at < after,
    )
    return {"review": _pair(query)}


def _of_ledger(seller_id: int, on: date) -> dict[str, _Pair]:
    query = select(Posting.account, Posting.amount_vnd, Entry.subject)
    query = query.join(Entry, Entry.id == Posting.entry_id)
    today = list(db.session.execute(query.where(Entry.seller_id == seller_id, Entry.on == on)))
    found: dict[str, _Pair] = {}
    for name, (named, sign) in _MOVED.items():
        moved = [sign * row.amount_vnd for row in today if row.account in named]
        if name.startswith("cash"):
            moved = [amount for amount in moved if amount > 0]
        found[name] = (len(moved), sum(moved))
    # As booked: what a bank told after its day was closed stands in the books of a later day.
    twice = select(func.concat("bank_line:", BankLine.ref)).where(
        BankLine.seller_id == seller_id, BankLine.reason == Reason.DUPLICATE
    )
    told_twice = set(db.session.scalars(twice))
    told = [row.amount_vnd for row in today if _is_line(row) and row.subject not in told_twice]
    into, out = [a for a in told if a > 0], [-a for a in told if a < 0]
    found["bank_in"], found["bank_out"] = (len(into), sum(into)), (len(out), sum(out))
    captured = [
        row.amount_vnd
        for row in today
        if row.account.startswith("clearing:") and row.amount_vnd > 0
    ]
    found["captured"] = (len(captured), sum(captured))
    stands = balances(seller_id, on)
    for name, prefixes in _STANDS.items():
        total = sum(amount for account, amount in stands.items() if account.startswith(prefixes))
        found[name] = (None, total if name == "clearing" else -total)
    return found


def _is_line(row: Any) -> bool:
    return row.account.startswith("bank:") and (row.subject or "").startswith("bank_line:")


def balances(seller_id: int, on: date) -> dict[str, int]:
    """Account → what stands there at the day's end, without those at zero."""
    query = (
        select(Posting.account, func.sum(Posting.amount_vnd))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Entry.seller_id == seller_id, Entry.on <= on)
        .group_by(Posting.account)
    )
    return {account: int(total) for account, total in db.session.execute(query) if total}


def _pair(query: object) -> _Pair:
    count, total = db.session.execute(query).one()  # type: ignore[call-overload]
    return int(count), int(total)


def days(seller_id: int, many: int = 31) -> list[tuple[date, DayClose | None]]:
    """The latest days that can be signed off, newest first, with their sign-off where there is."""
    last = clock.today() - timedelta(days=1)
    first = last - timedelta(days=many - 1)
    query = select(DayClose).where(DayClose.seller_id == seller_id, DayClose.on >= first)
    closed = {row.on: row for row in db.session.scalars(query)}
    return [(day, closed.get(day)) for day in (last - timedelta(days=n) for n in range(many))]


def sign_off(actor: Actor, seller: Seller, on: date, note: str) -> DayClose:
    """Keep the day's figures and lock the books up to it. A day that is signed off stays so.

    Raises CannotClose for today or later, BadInput when something is open and nothing was noted.
    """
    if on >= clock.today():
        raise CannotClose(_("Ngày này chưa hết."))
    periods.close(seller.id, on)
    there = signed(seller.id, on)
    if there is not None:
        return there
    found = figures(seller.id, on)
    open_ = [figure for figure in found if figure.name in EXCEPTIONS and figure.count]
    if open_ and not note:
        said = _("Còn việc chưa xử lý: ghi vì sao vẫn chốt.")
        raise BadInput({"note": [said]})
    kept = {figure.name: [figure.count, figure.amount_vnd] for figure in found}
    row = DayClose(seller_id=seller.id, on=on, figures=kept, note=note, by=actor.name)
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "day.close", row, on.isoformat())
    return row


def signed(seller_id: int, on: date) -> DayClose | None:
    """The sign-off of a day, None while there is none."""
    return db.session.scalar(
        select(DayClose).where(DayClose.seller_id == seller_id, DayClose.on == on)
    )


def kept(row: DayClose) -> Sequence[Figure]:
    """The figures as they were signed off."""
    return [Figure(name, *row.figures[name]) for name in LABELS if name in row.figures]
