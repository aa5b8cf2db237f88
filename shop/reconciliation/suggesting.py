"""What a waiting bank line could be, each guess with its reason. Nothing here is applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select

from shop import money, references, text
from shop.database import db
from shop.orders.dues import CLOSED, late_vnd, open_vnd
from shop.orders.models import Order, PayBy, State
from shop.payments.models import Refund
from shop.reconciliation import matching, terms
from shop.reconciliation.matching import WAITING, left_vnd, wanted_vnd
from shop.reconciliation.models import BankLine

MOST = 6
_LOOKED_AT = 200
# Money for an order comes about when it was placed; an own transfer shows on both sides at once.
_BEFORE, _SAME_MOVE = timedelta(days=60), timedelta(days=3)

OPEN_VND: ColumnElement[int] = (
    Order.total_vnd - Order.returned_vnd - Order.written_off_vnd - Order.paid_vnd
)
OPEN = (OPEN_VND > 0) & Order.state.not_in(list(CLOSED))


@dataclass(frozen=True)
class Suggestion:
    """Orders that the line could pay, why, and how surely (higher is surer)."""

    orders: tuple[Order, ...]
    why: tuple[str, ...]
    weight: int


def orders(line: BankLine) -> list[Suggestion]:
    """Open orders of the same seller that money in could be for, the likeliest first."""
    left = left_vnd(line)
    if line.direction != "in" or line.state not in WAITING or not left:
        return []
    tolerance = terms.of(line.seller_id).tolerance_vnd
    found = [_judged(line, order, left, tolerance) for order in _candidates(line, left)]
    several = _together(line, left, [each.orders[0] for each in found])
    likely = [each for each in found if each.why]
    return sorted([*likely, *several], key=lambda each: -each.weight)[:MOST]


def _candidates(line: BankLine, left: int) -> Sequence[Order]:
    digits = _phones(line.content)
    named = [hit.ref for hit in references.find(line.content)]
    near = [ref for word in _words(line.content) for ref in references.near(word)]
    hints: list[ColumnElement[bool]] = [
        OPEN_VND.in_([left]),
        (Order.deposit_vnd == left) & (Order.paid_vnd == 0),
        Order.ref.in_(named + near),
    ]
    hints.append(Order.buyer_phone.in_([f"+84{phone}" for phone in digits]))
    lapsed = (Order.state == State.EXPIRED) & Order.ref.in_(named)
    query = select(Order).where(
        matching.paid_to(line.seller_id),
        or_(OPEN & or_(*hints), lapsed),
        Order.placed_at > line.booked_at - _BEFORE,
        # Its money comes with a marketplace's settlement.
        Order.pay_by != PayBy.CHANNEL,
    )
    found = db.session.scalars(query.order_by(Order.placed_at.desc()).limit(_LOOKED_AT)).all()
    return [order for order in found if wanted_vnd(order)]


def _judged(line: BankLine, order: Order, left: int, tolerance: int) -> Suggestion:
    why, weight, open_ = [], 0, wanted_vnd(order)
    said = text.fold(f"{line.content} {line.counterparty}")
    if order.ref in {hit.ref for hit in references.find(line.content)}:
        why.append(_("ghi mã đơn này"))
        weight += 50
    elif any(order.ref in references.near(word) for word in _words(line.content)):
        why.append(_("mã đơn chỉ sai một ký tự"))
        weight += 30
    if late_vnd(order):
        why.append(_("đã hết hạn, đủ tiền thì mở lại"))
    if order.buyer_phone and order.buyer_phone[-9:] in "".join(filter(str.isdigit, line.content)):
        why.append(_("có số điện thoại của khách"))
        weight += 25
    if len(order.buyer_name) > 3 and text.fold(order.buyer_name) in said:
        why.append(_("có tên khách"))
        weight += 15
    if open_ == left:
        why.append(_("đúng số tiền"))
        weight += 40
    elif abs(open_ - left) <= tolerance:
        why.append(
            _("lệch %(difference)s, trong mức cho phép", difference=money.show(abs(open_ - left)))
        )
        weight += 20
    elif why:
        why.append(_("đơn chờ %(open)s", open=money.show(open_)))
    return Suggestion((order,), tuple(why), weight)


def _together(line: BankLine, left: int, known: Sequence[Order]) -> list[Suggestion]:
    """All open orders of one buyer that together cost exactly what is left."""
    phones = {order.buyer_phone for order in known if order.buyer_phone}
    phones |= {f"+84{digits}" for digits in _phones(line.content)}
    if not phones:
        return []
    query = select(Order).where(matching.paid_to(line.seller_id), OPEN)
    query = query.where(Order.buyer_phone.in_(phones)).order_by(Order.id).limit(_LOOKED_AT)
    by_phone: dict[str, list[Order]] = {}
    for order in db.session.scalars(query):
        by_phone.setdefault(order.buyer_phone, []).append(order)
    why = (_("cộng các đơn đang chờ của khách này là đúng số tiền"),)
    return [
        Suggestion(tuple(mine), why, 45)
        for mine in by_phone.values()
        if len(mine) > 1 and sum(map(open_vnd, mine)) == left
    ]


def _words(content: str) -> list[str]:
    return "".join(c if c.isascii() and c.isalnum() else " " for c in content.upper()).split()


def _phones(content: str) -> list[str]:
    """The last nine digits of what could be a phone number."""
    found = []
    for word in _words(content):
        digits = word.removeprefix("84") if len(word) == 11 else word.removeprefix("0")
        if len(digits) == 9 and digits.isdigit():
            found.append(digits)
    return found


def own_transfers(line: BankLine) -> Sequence[BankLine]:
    """The other side of a transfer between the seller's own accounts: same amount, about then."""
    query = select(BankLine).where(
        BankLine.seller_id == line.seller_id,
        BankLine.bank_account_id != line.bank_account_id,
        BankLine.direction != line.direction,
        BankLine.amount_vnd == line.amount_vnd,
        BankLine.state.in_(WAITING),
        BankLine.booked_at.between(line.booked_at - _SAME_MOVE, line.booked_at + _SAME_MOVE),
    )
    return db.session.scalars(query.order_by(BankLine.booked_at).limit(MOST)).all()


def due_refunds(line: BankLine) -> Sequence[Refund]:
    """Refunds of the seller that wait for a transfer of just this amount."""
    if line.direction != "out":
        return []
    query = matching.due_refunds(line).order_by(Refund.asked_at).limit(MOST)
    return db.session.scalars(query).all()


def total(suggested: Iterable[Order]) -> int:
    """What the orders together wait for, in đồng."""
    return sum(map(wanted_vnd, suggested))
