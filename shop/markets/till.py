"""The till of a booth, on its trader's phone: a code for so much, cash, and what the day brought.

A sale is an order of the booth's seller, so it is paid, booked and given back like any other. Only
the bank says that a transfer came; where no feed tells of the account, the trader may say to have
seen it (`sightings`), which is shown apart.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import Select, select

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput, NotFound
from shop.markets import booths, words
from shop.markets.errors import BoothClosed
from shop.markets.models import Booth
from shop.orders import counter, dues, returns, states
from shop.orders.checkout import Want
from shop.orders.counter import Sale
from shop.orders.models import Order, PayBy, State
from shop.payments import refunds, requests
from shop.payments.errors import NoAccount
from shop.payments.models import RefundBy
from shop.reconciliation import matching
from shop.reconciliation.models import BankLine, LineState, Reason

# A day at a stall is some hundred sales; more are found among the orders.
MOST_SHOWN = 300
# Fell through: nobody paid, or the trader said so.
VOID = (State.CANCELLED, State.EXPIRED)


@dataclass(frozen=True)
class Totals:
    """What a day brought, in đồng; `back_vnd`: what went back of it. `seen`: the trader saw the
    money and no bank told of it yet. `waiting`: no money yet."""

    cash: int = 0
    cash_vnd: int = 0
    transfers: int = 0
    transfers_vnd: int = 0
    seen: int = 0
    seen_vnd: int = 0
    waiting: int = 0
    waiting_vnd: int = 0
    back_vnd: int = 0

    @property
    def total_vnd(self) -> int:
        """What is the trader's, as cash and the bank say."""
        return self.cash_vnd + self.transfers_vnd - self.back_vnd


def ask(
    actor: Actor, booth: Booth, amount_vnd: int, *, key: str, at: datetime | None = None
) -> Order:
    """A code for `amount_vnd` into the booth's account. Once per `key`.

    Raises BoothClosed, NoAccount.
    """
    account = booths.payee(booth)
    if account is None:
        raise NoAccount(booth.seller.name)
    return _asked(actor, booth, _sale(booth, amount_vnd, at=at), key)


def take_cash(
    actor: Actor, booth: Booth, amount_vnd: int, *, key: str, at: datetime | None = None
) -> Order:
    """The buyer paid `amount_vnd` in cash. Once per `key`. Raises BoothClosed."""
    return _cashed(actor, booth, _sale(booth, amount_vnd, at=at), key)


def sell_goods(actor: Actor, booth: Booth, wants: Sequence[Want], *, key: str, cash: bool) -> Order:
    """The same for goods of the seller's own stock, at their prices.

    Raises BoothClosed, NoAccount, NotForSale, TooLittle, OutOfStock.
    """
    sale = _sale(booth, 0, wants=wants)
    return _cashed(actor, booth, sale, key) if cash else _asked(actor, booth, sale, key)


def _asked(actor: Actor, booth: Booth, sale: Sale, key: str) -> Order:
    order = counter.ask(sale, source=booth.source, key=f"till:{key}", who=actor.name)
    requests.open(order, booths.payee(booth))
    return order


def _cashed(actor: Actor, booth: Booth, sale: Sale, key: str) -> Order:
    return counter.take_cash(sale, source=booth.source, key=f"till:{key}", who=actor.name)


def _sale(
    booth: Booth, amount_vnd: int, *, wants: Sequence[Want] = (), at: datetime | None = None
) -> Sale:
    if booth.closed_on is not None and booth.closed_on < clock.today():
        raise BoothClosed
    return Sale(booth.seller_id, where(booth), amount_vnd, wants, at)


def where(booth: Booth) -> str:
    """The booth in words: "Sạp A12, Chợ Đu"."""
    return f"{words.booth_name(booth)}, {booth.market.name}"


def undo(actor: Actor, booth: Booth, ref: str, *, key: str) -> Order:
    """Take back a sale of this booth that was entered wrongly, or whose goods came back.

    Unpaid, it is cancelled; cash goes back out of the drawer. What came by bank is given back on
    the order's own page. Raises NotFound, BadInput.
    """
    order = locked(booth, ref)
    if order.state == State.AWAITING_PAYMENT and not order.paid_vnd:
        states.move(order, State.CANCELLED, who=actor.name, why=_("ghi nhầm ở quầy"))
    elif order.pay_by == PayBy.CASH and order.refunded_vnd < order.paid_vnd:
        _give_back(actor, order, key)
    else:
        raise BadInput({"": [_("Tiền đã về tài khoản: mở đơn này để trả lại khách.")]})
    audit.note(actor, "till.undo", order, order.ref)
    return order


def _give_back(actor: Actor, order: Order, key: str) -> None:
    why, back_vnd = _("trả lại tại quầy"), dues.refundable_vnd(order)
    if order.lines and State(order.state) in dues.HANDED_OVER:
        left = returns.returned(order)
        came = {line.id: line.quantity - left.get(line.id, 0) for line in order.lines}
        returns.take(order, came, restock=True, who=actor.name, why=why, key=f"till:{key}")
    refunds.decide(
        order, back_vnd, RefundBy.CASH, reason=why, by=actor.name, key=f"till:{order.ref}"
    )


def locked(booth: Booth, ref: str) -> Order:
    """An order sold at the booth, locked. Raises NotFound."""
    query = select(Order).where(Order.ref == ref, Order.source == booth.source)
    order = db.session.scalar(
        query.with_for_update(of=Order).execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound(ref=ref)
    return order


def sold(booth: Booth, on: date) -> Sequence[Order]:
    """What was sold at the booth on a Vietnamese day, the latest first."""
    first, after = clock.day(on)
    query = select(Order).where(
        Order.source == booth.source, Order.placed_at >= first, Order.placed_at < after
    )
    newest = query.order_by(Order.placed_at.desc(), Order.id.desc())
    return db.session.scalars(newest.limit(MOST_SHOWN)).all()


def totals(orders: Sequence[Order], told: Collection[int] = ()) -> Totals:
    """What these sales brought; what fell through counts nowhere. `told`: ids of those whose money
    the trader saw (`requests.seen`)."""
    cash = [o for o in orders if o.pay_by == PayBy.CASH and o.paid_vnd]
    came = [o for o in orders if o.pay_by != PayBy.CASH and o.paid_vnd]
    open_ones = [o for o in orders if State(o.state) not in VOID and dues.open_vnd(o)]
    seen = [o for o in open_ones if o.id in told]
    waiting = [o for o in open_ones if o.id not in told]
    return Totals(
        cash=len(cash),
        cash_vnd=sum(o.paid_vnd for o in cash),
        transfers=len(came),
        transfers_vnd=sum(o.paid_vnd for o in came),
        seen=len(seen),
        seen_vnd=sum(map(dues.open_vnd, seen)),
        waiting=len(waiting),
        waiting_vnd=sum(map(dues.open_vnd, waiting)),
        back_vnd=sum(o.refunded_vnd for o in orders),
    )


# Money that came by the printed plate: the payer typed the amount, so nobody named an order.


def unexplained(booth: Booth, on: date) -> Select[BankLine]:
    """Money of a day into the booth's account that names no order, the latest first.

    It may be a sale by the plate, or something private: the trader says which.
    """
    account = booths.payee(booth)
    first, after = clock.day(on)
    query = select(BankLine).where(
        BankLine.bank_account_id == (account.id if account else 0),
        BankLine.direction == "in",
        BankLine.state == LineState.SUSPENSE,
        BankLine.reason == Reason.NO_REFERENCE,
        BankLine.booked_at >= first,
        BankLine.booked_at < after,
    )
    return query.order_by(BankLine.booked_at.desc(), BankLine.id.desc())


def is_sale(booth: Booth, line: BankLine, who: str) -> Order:
    """A locked line is money of a sale at this booth: an order for just that, paid by it.

    Raises CannotMatch for a line that waits for nobody, NotFound for another account's.
    """
    expect_own(booth, line)
    sale = Sale(booth.seller_id, where(booth), line.amount_vnd, at=line.booked_at)
    order = counter.ask(sale, source=booth.source, key=f"plate:{line.ref}", who=who)
    matching.match_to(line, {order.ref: None}, who)
    return order


def expect_own(booth: Booth, line: BankLine) -> None:
    """Raise CannotMatch for a line that waits for nobody, NotFound for another seller's."""
    matching.expect_waiting(line, "in")
    if line.seller_id != booth.seller_id:
        raise NotFound(ref=line.ref)
