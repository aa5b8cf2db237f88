"""What a seller knows of a buyer by their phone: their own orders with it, and parcels not taken.

A mark ("bom hàng") is made by a person, of a parcel that came back untaken; it names nobody, is
seen by the one seller who made it, ends by itself, and the buyer can appeal against it.
"""

import calendar
import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import and_, delete, func, select

from shop import clock, vault
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.orders.buyer_models import BuyerMark
from shop.orders.errors import NoMark
from shop.orders.models import Handing, Order, OrderEvent, State

_VOID = (State.DRAFT, State.CANCELLED, State.EXPIRED)


@dataclass(frozen=True)
class History:
    """A buyer's orders with one seller, those that fell through left out; sums in đồng.

    `paid`: paid in full for what they kept; what went back to them is no payment. `marks`: on which
    days a parcel not taken was noted, newest first.
    """

    bought: int
    bought_vnd: int
    paid: int
    paid_vnd: int
    returned: int
    returned_vnd: int
    marks: list[date]


def history(seller_id: int, phone: str | None) -> History | None:
    """What this seller knows of the buyer with this phone (E.164); None without a phone."""
    if not phone:
        return None
    kept_vnd = Order.paid_vnd - Order.refunded_vnd
    owed_vnd = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd
    whole = and_(kept_vnd > 0, kept_vnd >= owed_vnd)
    query = select(
        *(func.count(), func.coalesce(func.sum(Order.total_vnd), 0)),
        *(func.count().filter(whole), func.coalesce(func.sum(kept_vnd), 0)),
        func.count().filter(Order.returned_vnd > 0),
        func.coalesce(func.sum(Order.returned_vnd), 0),
    ).where(Order.seller_id == seller_id, Order.buyer_phone == phone, Order.state.not_in(_VOID))
    bought, bought_vnd, paid, paid_vnd, returned, returned_vnd = map(
        int, db.session.execute(query).one()
    )
    return History(
        bought=bought,
        bought_vnd=bought_vnd,
        paid=paid,
        paid_vnd=paid_vnd,
        returned=returned,
        returned_vnd=returned_vnd,
        marks=[clock.vietnam(mark.at).date() for mark in marks(seller_id, phone)],
    )


def marks(seller_id: int, phone: str) -> list[BuyerMark]:
    """The marks that count: this seller's, not over and not lifted, newest first."""
    query = select(BuyerMark).where(
        BuyerMark.seller_id == seller_id,
        BuyerMark.phone_hash == _hash(phone),
        BuyerMark.expires_at > clock.now(),
        BuyerMark.lifted_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(BuyerMark.at.desc(), BuyerMark.id.desc())))


def _hash(phone: str) -> str:
    return vault.fingerprint(phone, current_app.config["SETTINGS"].vault_key)


def may_mark(order: Order) -> bool:
    """Whether its buyer did not take it: sent to them, all of it back, and never delivered."""
    until = _counts_until(order)
    if until is None or until <= clock.now():
        return False
    made = select(BuyerMark.id).where(BuyerMark.order_id == order.id)
    return db.session.scalar(made) is None


def _counts_until(order: Order) -> datetime | None:
    """Until when it may be held against its buyer, from the day it came back; None: not at all."""
    if order.state != State.RETURNED or order.handing != Handing.DELIVERY or not order.buyer_phone:
        return None
    moves = select(OrderEvent.to_state, func.max(OrderEvent.at)).group_by(OrderEvent.to_state)
    query = moves.where(OrderEvent.order_id == order.id)
    at = {row[0]: row[1] for row in db.session.execute(query)}
    if State.SHIPPED not in at or State.DELIVERED in at:
        return None
    on = clock.vietnam(at[State.RETURNED]).date()
    return clock.midnight(_months_on(on, months(on)))


def mark_of(order: Order) -> BuyerMark | None:
    """The mark that was made of an order, as long as it is remembered."""
    query = select(BuyerMark).where(
        BuyerMark.order_id == order.id, BuyerMark.expires_at > clock.now()
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def mark(actor: Actor, order: Order, reason: str) -> BuyerMark:
    """Note of a locked order that its buyer did not take it, and why that was not our fault.

    Raises NoMark where the buyer took it, it was not sent, or it is marked already.
    """
    until = _counts_until(order)
    if until is None or not may_mark(order):
        raise NoMark(_("Chỉ ghi được khi cả đơn đã gửi mà khách không nhận, mỗi đơn một lần."))
    made = BuyerMark(
        seller_id=order.seller_id,
        order_id=order.id,
        phone_hash=_hash(order.buyer_phone),
        reason=reason,
        at=clock.now(),
        expires_at=until,
    )
    db.session.add(made)
    audit.note(actor, "buyer.mark", made, order.ref)
    return made


def appeal(order: Order, words: str) -> None:
    """The buyer of a locked order says why its mark is wrong; their latest words count.

    Raises NoMark when there is none, it is lifted, or staff have decided.
    """
    made = mark_of(order)
    if made is None or made.decided_at is not None:
        raise NoMark(_("Ghi chú này không còn khiếu nại được nữa."))
    made.appeal, made.appealed_at = words, clock.now()


def decide(actor: Actor, order: Order, *, lift: bool, answer: str) -> None:
    """Staff answer the appeal against the mark of a locked order: lift it, or keep it.

    A mark can be lifted without an appeal too. Raises NoMark when there is none, it is decided, or
    one that nobody appealed against is to be kept.
    """
    made = mark_of(order)
    if made is None or made.decided_at is not None or not (lift or made.appealed_at):
        raise NoMark(_("Không có khiếu nại nào đang chờ."))
    made.decided_at, made.decided_by, made.answer = clock.now(), actor.user_id, answer
    made.lifted_at = clock.now() if lift else None
    audit.note(actor, "buyer.lift" if lift else "buyer.keep", made, order.ref)


def forget() -> int:
    """Let go of marks whose time is over; returns how many."""
    gone = delete(BuyerMark).where(BuyerMark.expires_at <= clock.now())
    return len(db.session.scalars(gone.returning(BuyerMark.id)).all())


def months(on: date) -> int:
    """For how many months a parcel that came back on this day may be remembered."""
    since = [rule for rule in _rules() if rule["valid_from"] <= on.isoformat()]
    return int(since[-1]["months"])


@cache
def _rules() -> list[dict[str, Any]]:
    path = Path(__file__).with_name("data") / "buyer_marks.json"
    rules: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["rules"]
    return rules


def _months_on(day: date, months: int) -> date:
    """The same day so many months later, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
