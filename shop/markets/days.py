"""Closing the day of a booth: the cash that was counted against what the sales say.

A closing covers whatever no closing before it did, so that each sale is in just one: what was sold
after it, or was sent later by a phone without signal, is the next one's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, literal, select, union_all

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db, insert_many
from shop.errors import BadInput
from shop.markets import sightings
from shop.markets.errors import DaySigned
from shop.markets.models import Booth, BoothDay, BoothDayRow
from shop.markets.schemas import OLDEST
from shop.orders.models import Order, PayBy, State
from shop.payments.models import PaymentRequest, Refund, RefundBy, RefundState

# A market day ends before the wholesale hours of the next one begin.
DAY_ENDS = timedelta(hours=4)
LABELS = {
    "cash": _l("Bán thu tiền mặt"),
    "back": _l("Trả lại khách bằng tiền mặt"),
    "transfer": _l("Bán thu chuyển khoản, ngân hàng đã báo"),
    "seen": _l("Người bán thấy tiền vào, chưa đối soát"),
    "waiting": _l("Mã chưa thấy tiền về"),
}


@dataclass(frozen=True)
class Row:
    """One thing that a closing covers. `subject`: "order:…" or "refund:…"; money out is below 0."""

    figure: str
    subject: str
    at: datetime
    amount_vnd: int


@dataclass(frozen=True)
class Due:
    """What the next closing covers. `waiting`: what it does not: codes that no money came for, or
    whose money the trader saw and no bank told of. `undecided`: of the latter those that a
    statement should have by now."""

    rows: Sequence[Row]
    waiting: Sequence[Row]
    undecided: int = 0

    @property
    def cash_vnd(self) -> int:
        """What lies in the drawer by it: cash in, less cash that went back."""
        return sum(row.amount_vnd for row in self.rows if row.figure in {"cash", "back"})

    @property
    def figures(self) -> dict[str, list[int]]:
        """Name → [count, đồng], in the order of `LABELS`."""
        every = [*self.rows, *self.waiting]
        return {
            name: [
                sum(row.figure == name for row in every),
                sum(row.amount_vnd for row in every if row.figure == name),
            ]
            for name in LABELS
        }

    @property
    def mark(self) -> str:
        """What who counts has seen: a sale since is another word."""
        return ":".join(f"{count}/{total}" for count, total in self.figures.values())


@dataclass(frozen=True)
class Counted:
    """What somebody counted: the drawer now, and with how much it began. `seen`: `Due.mark`."""

    float_vnd: int
    counted_vnd: int
    note: str
    seen: str


def today() -> date:
    """The market day that is on."""
    return clock.vietnam(clock.now() - DAY_ENDS).date()


def last(booth: Booth) -> BoothDay | None:
    """The latest closing."""
    query = select(BoothDay).where(BoothDay.booth_id == booth.id)
    return db.session.scalar(query.order_by(BoothDay.on.desc()).limit(1))


def closings(booth: Booth, most: int = 31) -> Sequence[BoothDay]:
    """The latest closings, newest first."""
    query = select(BoothDay).where(BoothDay.booth_id == booth.id)
    return db.session.scalars(query.order_by(BoothDay.on.desc()).limit(most)).all()


def due(booth: Booth) -> Due:
    """What the next closing would cover, and the codes that still wait."""
    before = last(booth)
    since = before.at - OLDEST if before else None
    found = union_all(_cash(booth, since), _back(booth, since), _transfers(booth, since))
    rows = found.subquery()
    signed = select(BoothDayRow.id).where(BoothDayRow.subject == rows.c.subject)
    query = select(rows).where(~signed.exists()).order_by(rows.c.at, rows.c.subject)
    seen = sightings.open_ones(booth)
    waiting = [
        *(Row("seen", f"order:{order.ref}", at, order.total_vnd) for order, at, _late in seen),
        *(_row(r) for r in db.session.execute(_waiting(booth))),
    ]
    late = sum(decide for _order, _at, decide in seen)
    return Due([_row(r) for r in db.session.execute(query)], waiting, late)


def _row(found: Any) -> Row:
    return Row(found.figure, found.subject, found.at, int(found.amount_vnd))


def _rows(figure: str, subject: Any, at: Any, amount_vnd: Any) -> Select[Any]:
    return select(
        literal(figure).label("figure"),
        subject.label("subject"),
        at.label("at"),
        amount_vnd.label("amount_vnd"),
    )


def _cash(booth: Booth, since: datetime | None) -> Select[Any]:
    query = _rows("cash", func.concat("order:", Order.ref), Order.placed_at, Order.paid_vnd)
    query = query.where(
        Order.source == booth.source, Order.pay_by == PayBy.CASH, Order.paid_vnd > 0
    )
    return query.where(Order.placed_at >= since - OLDEST) if since else query


def _back(booth: Booth, since: datetime | None) -> Select[Any]:
    subject = func.concat("refund:", Refund.ref)
    query = _rows("back", subject, Refund.settled_at, -Refund.amount_vnd)
    query = query.join_from(Refund, Order, Order.id == Refund.order_id).where(
        Order.source == booth.source,
        Refund.way == RefundBy.CASH,
        Refund.state == RefundState.PAID,
    )
    return query.where(Refund.settled_at >= since) if since else query


def _transfers(booth: Booth, since: datetime | None) -> Select[Any]:
    query = _rows("transfer", func.concat("order:", Order.ref), Order.paid_at, Order.paid_vnd)
    query = query.where(
        Order.source == booth.source, Order.pay_by == PayBy.CASHLESS, Order.paid_at.is_not(None)
    )
    return query.where(Order.paid_at >= since) if since else query


def _waiting(booth: Booth) -> Select[Any]:
    subject = func.concat("order:", Order.ref)
    left_vnd = Order.total_vnd - Order.paid_vnd
    seen = select(PaymentRequest.order_id).where(PaymentRequest.seen_at.is_not(None))
    query = _rows("waiting", subject, Order.placed_at, left_vnd).where(
        Order.source == booth.source,
        Order.state == State.AWAITING_PAYMENT,
        (Order.paid_vnd > 0) | Order.id.not_in(seen),
    )
    return query.order_by(Order.placed_at, Order.id)


def close(actor: Actor, booth: Booth, counted: Counted) -> BoothDay:
    """Sign the market day that is on; the booth is locked.

    Raises DaySigned, and BadInput when a sale came since it was looked at, or when the drawer
    differs and nobody says why.
    """
    on = today()
    before = last(booth)
    if before is not None and before.on >= on:
        raise DaySigned
    covered = due(booth)
    _expect_seen(covered, counted)
    row = BoothDay(
        seller_id=booth.seller_id,
        booth_id=booth.id,
        on=on,
        float_vnd=counted.float_vnd,
        cash_vnd=covered.cash_vnd,
        counted_vnd=counted.counted_vnd,
        figures=covered.figures,
        note=counted.note,
        by=actor.name,
        at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    kept = [
        {
            "day_id": row.id,
            "figure": each.figure,
            "subject": each.subject,
            "at": each.at,
            "amount_vnd": each.amount_vnd,
        }
        for each in covered.rows
    ]
    insert_many(BoothDayRow, kept)
    audit.note(actor, "booth_day.close", row, f"{booth.number}, {on.isoformat()}")
    return row


def _expect_seen(covered: Due, counted: Counted) -> None:
    if counted.seen != covered.mark:
        raise BadInput({"counted_vnd": [_("Vừa có thêm khoản bán: xem lại số rồi chốt.")]})
    if counted.counted_vnd != counted.float_vnd + covered.cash_vnd and not counted.note:
        raise BadInput({"note": [_("Tiền đếm được lệch sổ: ghi vì sao.")]})
    if covered.undecided and not counted.note:
        said = _(
            "Có khoản đã thấy tiền vào mà ngân hàng chưa báo: quyết từng khoản ở trên, hoặc ghi "
            "vì sao còn chờ."
        )
        raise BadInput({"note": [said]})


def difference_vnd(row: BoothDay) -> int:
    """What was counted less what should lie there: above 0 is too much."""
    return row.counted_vnd - row.float_vnd - row.cash_vnd
