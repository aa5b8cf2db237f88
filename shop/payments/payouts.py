"""Paying sellers the money that an operator collected for them, order by order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select

from shop import clock, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Entry, Kind, Posting
from shop.orders.models import Order, OrderEvent, State
from shop.payments import feeds
from shop.payments.errors import NoAccount, NothingOwed, PayoutEnded
from shop.payments.models import Payout, PayoutLine, PayoutState, Refund, RefundState
from shop.sellers.models import Seller

# Until then a buyer may still send goods back without anybody having to ask for money.
HOLD = timedelta(days=7)
_SETTLED = (State.COMPLETED, State.PARTLY_RETURNED, State.RETURNED)


@dataclass(frozen=True)
class Owing:
    """What of an order is owed to its seller and in no payout yet, in đồng."""

    order: Order
    collected_vnd: int
    vat_vnd: int
    pit_vnd: int

    @property
    def net_vnd(self) -> int:
        """What the seller gets of it; less than zero when it got too much before."""
        return self.collected_vnd - self.vat_vnd - self.pit_vnd


def owing(collector_id: int, seller: Seller) -> list[Owing]:
    """The seller's orders that a payout made now would hold, oldest first.

    Delivered `HOLD` ago or sent back whole, and no refund of them is under way.
    """
    open_ = _open(collector_id, Order.seller_id == seller.id)
    query = select(Order, open_.c.collected, open_.c.vat, open_.c.pit)
    rows = db.session.execute(query.join(open_, open_.c.order_id == Order.id).order_by(Order.id))
    return [Owing(order, *map(int, amounts)) for order, *amounts in rows]


def payable(collector_id: int) -> dict[int, int]:
    """Seller id → đồng that a payout made now would hold; one query."""
    open_ = _open(collector_id)
    net = func.sum(open_.c.collected - open_.c.vat - open_.c.pit)
    query = select(open_.c.seller_id, net).group_by(open_.c.seller_id)
    return {seller_id: int(total) for seller_id, total in db.session.execute(query)}


def _open(collector_id: int, *only: ColumnElement[bool]) -> Subquery:
    """Orders that are settled, and what of each is booked and in no payout yet."""
    booked, before = _booked(collector_id), _paid_out(collector_id)

    def rest(booked: ColumnElement[int], paid: ColumnElement[int]) -> ColumnElement[int]:
        return booked - func.coalesce(paid, 0)

    # Tax went off what is owed; what was collected is both together.
    collected = rest(booked.c.owed + booked.c.vat + booked.c.pit, before.c.collected)
    vat, pit = rest(booked.c.vat, before.c.vat), rest(booked.c.pit, before.c.pit)
    return (
        select(
            Order.id.label("order_id"),
            Order.seller_id,
            collected.label("collected"),
            vat.label("vat"),
            pit.label("pit"),
        )
        .join(booked, booked.c.subject == func.concat("order:", Order.ref))
        .outerjoin(before, before.c.order_id == Order.id)
        .where(Order.collector_id == collector_id, *only, _settled())
        .where((collected != 0) | (vat != 0) | (pit != 0))
        .subquery()
    )


def _booked(collector_id: int) -> Subquery:
    """Order → owed to its seller, and each tax withheld, from the collector's books."""

    def total(account: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(-func.sum(Posting.amount_vnd).filter(account), 0)

    return (
        select(
            Entry.subject.label("subject"),
            total(Posting.account.startswith(accounts.owed_to(""))).label("owed"),
            total(Posting.account == accounts.tax_payable("vat")).label("vat"),
            total(Posting.account == accounts.tax_payable("pit")).label("pit"),
        )
        .join(Posting, Posting.entry_id == Entry.id)
        .where(Entry.seller_id == collector_id, Entry.subject.startswith("order:"))
        .group_by(Entry.subject)
        .subquery()
    )


def _paid_out(collector_id: int) -> Subquery:
    return (
        select(
            PayoutLine.order_id,
            func.sum(PayoutLine.collected_vnd).label("collected"),
            func.sum(PayoutLine.vat_vnd).label("vat"),
            func.sum(PayoutLine.pit_vnd).label("pit"),
        )
        .join(Payout, Payout.id == PayoutLine.payout_id)
        .where(Payout.collector_id == collector_id, Payout.state != PayoutState.CANCELLED)
        .group_by(PayoutLine.order_id)
        .subquery()
    )


def _settled() -> ColumnElement[bool]:
    long_delivered = (
        select(OrderEvent.id)
        .where(
            OrderEvent.order_id == Order.id,
            OrderEvent.to_state == State.DELIVERED,
            OrderEvent.at < clock.now() - HOLD,
        )
        .exists()
    )
    under_way = (
        select(Refund.id)
        .where(
            Refund.order_id == Order.id,
            Refund.state.in_([RefundState.DUE, RefundState.ASKED]),
        )
        .exists()
    )
    # Whoever closes an order early does not shorten the days in which goods may come back.
    over = Order.state.in_([State.DELIVERED, *_SETTLED])
    gone_back = Order.state == State.RETURNED
    return and_(over, or_(gone_back, long_delivered), ~under_way)


def make(actor: Actor, collector: Seller, seller: Seller) -> Payout:
    """A payout of all that is owing; the collector's accountant transfers it with its `ref`.

    Two at once: the second finds nothing owing. Raises NothingOwed, NoAccount.
    """
    db.session.execute(select(Seller.id).where(Seller.id == seller.id).with_for_update())
    rows = owing(collector.id, seller)
    amount_vnd = sum(row.net_vnd for row in rows)
    if amount_vnd <= 0:
        raise NothingOwed(seller.name)
    account = feeds.in_use([seller.id]).get(seller.id)
    if account is None:
        raise NoAccount(seller.name)
    payout = Payout(
        ref=references.draw(),
        seller_id=seller.id,
        collector_id=collector.id,
        bank_account_id=account.id,
        amount_vnd=amount_vnd,
        by=actor.name,
        asked_at=clock.now(),
        lines=[
            PayoutLine(
                order_id=row.order.id,
                collected_vnd=row.collected_vnd,
                vat_vnd=row.vat_vnd,
                pit_vnd=row.pit_vnd,
                net_vnd=row.net_vnd,
            )
            for row in rows
        ],
    )
    db.session.add(payout)
    db.session.flush()
    audit.note(actor, "payout.make", payout, str(amount_vnd))
    return payout


def cancel(actor: Actor, payout: Payout) -> None:
    """It is not transferred: its orders are owing again. Raises PayoutEnded."""
    if payout.state != PayoutState.DUE:
        raise PayoutEnded
    payout.state = PayoutState.CANCELLED
    audit.note(actor, "payout.cancel", payout, str(payout.amount_vnd))


def sent(payout: Payout) -> None:
    """The collector's bank says that it went out. The row is locked. Raises PayoutEnded."""
    if payout.state not in {PayoutState.DUE, PayoutState.RECEIVED} or payout.sent_at is not None:
        raise PayoutEnded
    payout.sent_at = clock.now()
    if payout.state == PayoutState.DUE:
        payout.state = PayoutState.SENT


def not_sent(payout: Payout) -> None:
    """The bank line that was said to be this payout is not: it is due again."""
    payout.sent_at = None
    if payout.state == PayoutState.SENT:
        payout.state = PayoutState.DUE


def received(payout: Payout, who: str, *, booked: bool) -> None:
    """The seller has the money: its bank says so (`booked` by that line), or it does itself.

    Its own word ends when the bank line comes. The row is locked. Raises PayoutEnded.
    """
    by_line = payout.state == PayoutState.RECEIVED and payout.received_entry_id is None
    if payout.state == PayoutState.CANCELLED or by_line:
        raise PayoutEnded
    if payout.received_entry_id is not None:
        if not booked:
            return
        on, own_word = periods.open_day(payout.seller_id, clock.today()), payout.received_entry_id
        entry = db.session.get_one(Entry, own_word)
        entries.reverse(entry, on=on, by=who, why="Ngân hàng đã báo có")
        payout.received_entry_id = None
    payout.state = PayoutState.RECEIVED
    payout.received_at = payout.received_at or clock.now()
    if not booked:
        payout.received_entry_id = _book_by_hand(payout, who)


def _book_by_hand(payout: Payout, who: str) -> int:
    there = select(func.count(Entry.id)).where(
        Entry.seller_id == payout.seller_id, Entry.subject == f"payout:{payout.ref}"
    )
    return entries.post(
        payout.seller_id,
        {
            accounts.bank(payout.bank_account.ref): payout.amount_vnd,
            accounts.HELD: -payout.amount_vnd,
        },
        key=f"payout:{payout.ref}:{db.session.scalar(there)}",
        kind=Kind.PAYOUT,
        on=periods.open_day(payout.seller_id, clock.today()),
        text=f"Tiền thu hộ, đợt {payout.ref}",
        by=who,
        subject=f"payout:{payout.ref}",
    )


def not_received(payout: Payout) -> None:
    """The seller's bank line that was said to be this payout is not."""
    payout.received_at = None
    payout.state = PayoutState.SENT if payout.sent_at else PayoutState.DUE


def named(refs: Sequence[str], seller_id: int, direction: str) -> Payout | None:
    """The payout of one of these references that a bank line of the seller may be, locked.

    Out of a collector's account it is sent, into the seller's it is received.
    """
    whose = Payout.collector_id if direction == "out" else Payout.seller_id
    query = select(Payout).where(
        Payout.ref.in_(refs), whose == seller_id, Payout.state != PayoutState.CANCELLED
    )
    query = query.order_by(Payout.id).limit(1).with_for_update(of=Payout)
    return db.session.scalar(query.execution_options(populate_existing=True))


@dataclass(frozen=True)
class Withheld:
    """Tax withheld of one seller in a month, less what was reversed, in đồng."""

    seller: Seller
    vat_vnd: int
    pit_vnd: int


def withheld(collector_id: int, month: date) -> list[Withheld]:
    """What the collector declares for a month: each seller with both taxes, by name.

    Form and month as Decree 117/2025/NĐ-CP wants them: one line a seller, tax by tax.
    """

    def total(tax: str) -> ColumnElement[int]:
        mine = Posting.account == accounts.tax_payable(tax)
        return func.coalesce(-func.sum(Posting.amount_vnd).filter(mine), 0)

    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    query = (
        select(Seller, total("vat"), total("pit"))
        .join(Order, Order.seller_id == Seller.id)
        .join(Entry, Entry.subject == func.concat("order:", Order.ref))
        .join(Posting, Posting.entry_id == Entry.id)
        .where(
            Entry.seller_id == collector_id,
            Entry.kind == Kind.TAX,
            Entry.on >= month,
            Entry.on < after,
        )
        .group_by(Seller.id)
        .order_by(Seller.sort_key)
    )
    return [Withheld(*row) for row in db.session.execute(query)]
