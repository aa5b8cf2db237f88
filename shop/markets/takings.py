"""What can be counted of markets, each figure the count of rows that can be listed.

A period is Vietnamese days from `first` to `last`, both in it. `which` narrows to some markets by
conditions on `Market` (an area, one market). A booth is in use in a period when a day of it is
between its opening and its closing; whose it is, is a trader (`Booth.seller_id`). A digital receipt
is a sale at the booth that the bank says was paid, by a code of its till or by its plate, or whose
money its trader says to have seen (`sightings`) and no bank told of yet. A sale counts on the day
its money was seen or came, unless all of it went back or the sale fell through.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.types import Date

from shop import clock
from shop.database import among, db
from shop.markets.models import Booth, BoothDay, Market
from shop.orders.models import Order, PayBy, State
from shop.payments.models import PaymentRequest
from shop.sellers.models import BankAccount


@dataclass(frozen=True)
class Count:
    """Booths in use now, and how many of them have no account to be paid into."""

    booths: int = 0
    lacking: int = 0


@dataclass(frozen=True)
class Share:
    """`numerator` of `denominator`. `unknown`: booths left out, for nobody can tell of them."""

    numerator: int
    denominator: int
    unknown: int = 0

    @property
    def percent(self) -> float | None:
        """Rounded to one decimal; None where nothing is there to divide by."""
        if not self.denominator:
            return None
        return round(100 * self.numerator / self.denominator, 1)


@dataclass(frozen=True)
class Month:
    """A month of one booth: `month` as "2026-11", sales by bank and in cash, their sums in đồng.

    `told`: cash was entered, or a day closed with a count, so that the share can be told.
    """

    month: str
    digital: int
    digital_vnd: int
    cash: int
    cash_vnd: int
    told: bool

    @property
    def share(self) -> Share:
        """How many of the sales were paid digitally; of none where nobody can tell."""
        if not self.told:
            return Share(0, 0, 1)
        return Share(self.digital, self.digital + self.cash)


def register(market_ids: Iterable[int]) -> dict[int, Count]:
    """Market id → its booths in use today, and those without an account; one query."""
    wanted = list(market_ids)
    lacking = func.count().filter(_lacks_account())
    query = select(Booth.market_id, func.count(), lacking)
    query = query.where(among(Booth.market_id, wanted), Booth.closed_on.is_(None))
    rows = db.session.execute(query.group_by(Booth.market_id))
    found = {row[0]: Count(row[1], row[2]) for row in rows}
    return {market_id: found.get(market_id, Count()) for market_id in wanted}


# Rows behind the figures.


def on_model(on: date, *which: ColumnElement[bool]) -> Select[Market]:
    """Markets that follow a model on a day.

    One whose start no source says does so at least since it was entered here.
    """
    begun = func.coalesce(Market.started_on, _day(Market.created_at)) <= on
    there = or_(Market.ended_on.is_(None), Market.ended_on >= on)
    return open_markets(on, *which).where(Market.model.is_not(None), begun, there)


def open_markets(on: date, *which: ColumnElement[bool]) -> Select[Market]:
    """Markets that there are on a day, on a model or not."""
    there = or_(Market.closed_on.is_(None), Market.closed_on >= on)
    return select(Market).where(there, *which).order_by(Market.sort_key, Market.id)


def in_use(first: date, last: date, *which: ColumnElement[bool]) -> Select[Booth]:
    """Booths in use in a period."""
    query = select(Booth).join(Market, Market.id == Booth.market_id)
    query = query.where(_used(first, last), *which)
    return query.order_by(Booth.market_id, Booth.number_key, Booth.id)


def without_account(on: date, *which: ColumnElement[bool]) -> Select[Booth]:
    """Booths in use on a day that have no account now: nobody can pay there without cash."""
    return in_use(on, on, *which).where(_lacks_account())


def with_digital_receipt(first: date, last: date, *which: ColumnElement[bool]) -> Select[Booth]:
    """Booths in use whose trader had at least one digital receipt there in the period."""
    return in_use(first, last, *which).where(_has_digital_receipt(first, last))


def _has_digital_receipt(first: date, last: date) -> ColumnElement[bool]:
    # Asked of each booth by itself, which the offset sees to: a join of them is planned badly.
    told = select(Order.id).where(Order.source == Booth.source, _told(first, last)).offset(0)
    seen = select(Order.source).where(Order.pay_by == PayBy.CASHLESS, _seen(first, last))
    return or_(told.exists(), Booth.source.in_(seen))


def sales(
    first: date, last: date, *which: ColumnElement[bool]
) -> Select[int, str, date, bool, int]:
    """Every sale of the period: booth_id, ref, on, digital (or cash), amount_vnd."""
    digital, cash = and_(*_digital(first, last)), and_(*_cash(first, last))
    amount_vnd = case((Order.paid_vnd == 0, Order.total_vnd), else_=Order.paid_vnd)
    query = select(
        Booth.id.label("booth_id"),
        Order.ref,
        _day(_at()).label("on"),
        (Order.pay_by != PayBy.CASH).label("digital"),
        amount_vnd.label("amount_vnd"),
    )
    query = query.join_from(Booth, Order, Order.source == Booth.source)
    query = query.join(Market, Market.id == Booth.market_id)
    return query.where(or_(digital, cash), *which)


def without_cash(first: date, last: date, *which: ColumnElement[bool]) -> Select[Booth]:
    """Booths with digital receipts in a month of the period in which no cash was entered and no day
    closed: what share of their sales of that month is digital, nobody can tell."""
    untold = (
        and_(_has_digital_receipt(*month), ~tells_of_cash(*month)) for month in _months(first, last)
    )
    return in_use(first, last, *which).where(or_(*untold))


# The figures.


def markets_on_model(on: date, *which: ColumnElement[bool]) -> Share:
    """Markets on a model ÷ markets, on a day."""
    return Share(_counted(on_model(on, *which)), _counted(open_markets(on, *which)))


def accounts(on: date, *which: ColumnElement[bool]) -> Share:
    """Booths without an account ÷ booths in use, on a day."""
    return Share(_counted(without_account(on, *which)), _counted(in_use(on, on, *which)))


def merchants(first: date, last: date, *which: ColumnElement[bool]) -> Share:
    """Traders with at least one digital receipt ÷ traders with a booth in use, in a period."""
    having = with_digital_receipt(first, last, *which)
    return Share(_traders(having), _traders(in_use(first, last, *which)))


def transactions(first: date, last: date, *which: ColumnElement[bool]) -> Share:
    """Digital sales ÷ all sales, cash included, of the booths that tell of their cash.

    `unknown`: booths with digital receipts that do not in some month, whose sales of that month are
    left out on both sides.
    """
    telling = sales(first, last, *which).where(told_beside(first, last)).subquery()
    query = select(func.count().filter(telling.c.digital), func.count()).select_from(telling)
    digital, together = db.session.execute(query).one()
    return Share(int(digital), int(together), _counted(without_cash(first, last, *which)))


def months(booth: Booth, first: date, last: date) -> list[Month]:
    """One booth month by month, the earliest first; a month without a sale is left out."""
    found = sales(first, last, Booth.id == booth.id).subquery()
    month = func.to_char(found.c.on, "YYYY-MM")
    money = func.coalesce(func.sum(found.c.amount_vnd).filter(found.c.digital), 0)
    cash = func.coalesce(func.sum(found.c.amount_vnd).filter(~found.c.digital), 0)
    query = select(
        month,
        func.count().filter(found.c.digital),
        money,
        func.count().filter(~found.c.digital),
        cash,
    )
    rows = db.session.execute(query.select_from(found).group_by(month).order_by(month))
    closed = select(func.to_char(BoothDay.on, "YYYY-MM")).where(
        BoothDay.booth_id == booth.id, BoothDay.on >= first, BoothDay.on <= last
    )
    told = set(db.session.scalars(closed.distinct()))
    return [_month(*row, closed=row[0] in told) for row in rows]


def every_month(booth: Booth, first: date, last: date) -> list[Month]:
    """The same, with the months in which nothing was sold."""
    found = {month.month: month for month in months(booth, first, last)}
    many = 12 * (last.year - first.year) + last.month - first.month + 1
    starts = [divmod(12 * first.year + first.month - 1 + at, 12) for at in range(many)]
    words = [f"{year}-{month + 1:02d}" for year, month in starts]
    return [found.get(word, Month(word, 0, 0, 0, 0, told=False)) for word in words]


def _month(
    month: str, digital: int, digital_vnd: int, cash: int, cash_vnd: int, *, closed: bool
) -> Month:
    told = closed or cash > 0
    return Month(month, digital, int(digital_vnd), cash, int(cash_vnd), told)


def _counted(query: Select[Any]) -> int:
    rows = query.order_by(None).subquery()
    return int(db.session.scalar(select(func.count()).select_from(rows)) or 0)


def _traders(query: Select[Booth]) -> int:
    rows = query.order_by(None).subquery()
    return int(db.session.scalar(select(func.count(rows.c.seller_id.distinct()))) or 0)


def _used(first: date, last: date) -> ColumnElement[bool]:
    left_later = or_(Booth.closed_on.is_(None), Booth.closed_on >= first)
    return and_(Booth.opened_on <= last, left_later)


def lacking(found: Select[Booth]) -> Select[Booth]:
    """Of these booths those whose trader has no account to be paid into."""
    return found.where(_lacks_account())


def _lacks_account() -> ColumnElement[bool]:
    """As `booths.payees` finds none: an account of the booth's own, or any of its seller."""
    return ~exists().where(BankAccount.seller_id == Booth.seller_id, BankAccount.active)


def by_bank(first: date, last: date) -> ColumnElement[bool]:
    """Whether a sale of `sales` was paid digitally."""
    return and_(*_digital(first, last))


def _digital(first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return (Order.pay_by == PayBy.CASHLESS, or_(_told(first, last), _seen(first, last)))


def _kept() -> ColumnElement[bool]:
    return Order.refunded_vnd < Order.paid_vnd


def _told(first: date, last: date) -> ColumnElement[bool]:
    """The bank told of it in the period, and its trader did not say so before."""
    # As it is said in the index of them, so that it is found.
    at_booth = Order.source.op("^@")(literal_column("'booth:'"))
    seen = exists().where(PaymentRequest.order_id == Order.id, PaymentRequest.seen_at.is_not(None))
    told = (Order.pay_by == PayBy.CASHLESS, at_booth, *_within(Order.paid_at, first, last))
    return and_(*told, _kept(), ~seen)


def _seen(first: date, last: date) -> ColumnElement[bool]:
    then = select(PaymentRequest.order_id)
    then = then.where(*_within(PaymentRequest.seen_at, first, last))
    return and_(or_(_kept(), seen_only()), Order.id.in_(then))


def seen_only() -> ColumnElement[bool]:
    """Whether no money came yet for a sale of `sales` that its trader saw paid."""
    return and_(Order.state == State.AWAITING_PAYMENT, Order.paid_vnd == 0)


def _seen_at() -> Any:
    query = select(PaymentRequest.seen_at).where(PaymentRequest.order_id == Order.id)
    return query.correlate(Order).scalar_subquery()


def _cash(first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    kept = Order.refunded_vnd < Order.paid_vnd
    return (Order.pay_by == PayBy.CASH, kept, *_within(Order.placed_at, first, last))


def _within(at: Any, first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return (at >= clock.day(first)[0], at < clock.day(last)[1])


def tells_of_cash(first: date, last: date) -> ColumnElement[bool]:
    """Whether cash was entered at the booth in the period, or a day of it closed with a count."""
    cash = select(Order.id).where(Order.source == Booth.source, *_cash(first, last))
    counted = select(BoothDay.id).where(
        BoothDay.booth_id == Booth.id, BoothDay.on >= first, BoothDay.on <= last
    )
    return or_(cash.correlate(Booth).exists(), counted.correlate(Booth).exists())


def told_beside(first: date, last: date) -> ColumnElement[bool]:
    """Whether the booth of a sale of `sales` tells of its cash in the month of the sale.

    Month by month, so that a quarter is the sum of its months and tells nothing that they do not.
    """
    months = _months(first, last)
    if len(months) == 1:
        return tells_of_cash(first, last)
    telling = union_all(
        *(
            select(Booth.id, literal(a).label("first"), literal(z).label("last")).where(
                tells_of_cash(a, z)
            )
            for a, z in months
        )
    ).subquery("telling")
    on = _day(_at())
    of_month = and_(telling.c.id == Booth.id, on.between(telling.c.first, telling.c.last))
    return exists(select(1).select_from(telling).where(of_month).correlate(Booth, Order))


def _months(first: date, last: date) -> list[tuple[date, date]]:
    """First and last day of each month of a period, cut where it begins and ends."""
    found = [(first, last)]
    while found[-1][0].replace(day=1) != last.replace(day=1):
        begun = found.pop()[0]
        after = (begun.replace(day=1) + timedelta(days=32)).replace(day=1)
        found += [(begun, after - timedelta(days=1)), (after, last)]
    return found


def _at() -> Any:
    """When a sale of `sales` counts."""
    return case(
        (Order.pay_by == PayBy.CASH, Order.placed_at),
        else_=func.coalesce(_seen_at(), Order.paid_at),
    )


def _day(at: Any) -> ColumnElement[date]:
    return cast(func.timezone("Asia/Ho_Chi_Minh", at), Date)
