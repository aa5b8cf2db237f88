"""A statement's lines taken together end as they would one after the other."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.ledger import entries
from shop.orders.models import Order, State
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import bank_lines, bulk, matching
from shop.reconciliation.models import BankLine, LineState, Reason, StatementImport
from tests import make, make_money

# What a line names (places in the list of orders), its amount, and its direction.
TOLD = [
    ((0,), 185_000, "in"),  # just its order
    ((0,), 185_000, "in"),  # the same order once more
    ((1,), 185_000, "in"),  # paid before
    ((2,), 100_000, "in"),  # a part
    ((2,), 100_000, "in"),  # the rest and more
    ((3,), 185_000, "in"),  # cancelled
    ((4,), 185_000, "in"),  # expired
    ((5, 6), 370_000, "in"),  # two orders, exactly
    ((0, 1), 185_000, "in"),  # two that are paid
    ((), 185_000, "in"),
    ((), 11_000, "out"),
    ((1,), 11_000, "out"),
]


def world():
    """A seller, its account and orders: one is paid, one cancelled, one expired."""
    seller = make.seller()
    pack = make.variant(make.product(seller), on_hand=100)
    orders = [make_money.order(variant=pack) for _n in range(7)]
    for number, end in {1: State.PAID, 3: State.CANCELLED, 4: State.EXPIRED}.items():
        make_money.go(orders[number], end)
    account = make.bank_account(seller)
    first = clock.now() - timedelta(hours=1)
    told = [
        FeedLine(
            account_number=account.account_number,
            direction=direction,
            amount_vnd=amount_vnd,
            content=" ".join(["CK", *(orders[number].ref for number in named)]),
            bank_reference=f"FT{number:04d}",
            booked_at=first + timedelta(minutes=number),
            counterparty="",
        )
        for number, (named, amount_vnd, direction) in enumerate(TOLD)
    ]
    return account, told


def together(account, told):
    values = {"digest": "x", "filename": "x.csv", "path": "x", "by": "Ai đó"}
    row = StatementImport(seller_id=account.seller_id, bank_account_id=account.id, **values)
    db.session.add(row)
    db.session.flush()
    bulk.take(account, told, [1] * len(told), row.id)


def one_by_one(account, told):
    for line in told:
        matching.match(bank_lines.record(account, line))


def ends(account):
    """Each line as it ended, each order, and the books."""
    db.session.flush()
    db.session.expire_all()
    mine = BankLine.seller_id == account.seller_id
    lines = db.session.scalars(select(BankLine).where(mine).order_by(BankLine.bank_reference))
    told = [
        (line.state, line.reason, [part.amount_vnd for part in line.allocations]) for line in lines
    ]
    query = select(Order).where(Order.seller_id == account.seller_id).order_by(Order.id)
    orders = [(order.state, order.paid_vnd) for order in db.session.scalars(query)]
    books = entries.balances(account.seller_id)
    named = {name.partition(":")[0]: total for name, total in books.items() if total}
    return told, orders, named


def test_together_and_one_by_one_end_alike(database):
    ended = []
    for take in (together, one_by_one):
        account, told = world()
        take(account, told)
        ended.append(ends(account))
    assert ended[0] == ended[1]
    lines, orders, books = ended[0]
    assert lines[:7] == [
        (LineState.MATCHED, Reason.REFERENCE, [185_000]),
        (LineState.PARTLY, Reason.SURPLUS, []),
        (LineState.PARTLY, Reason.SURPLUS, []),
        (LineState.MATCHED, Reason.SHORT, [100_000]),
        (LineState.PARTLY, Reason.SURPLUS, [85_000]),
        (LineState.SUSPENSE, Reason.CLOSED_ORDER, []),
        (LineState.SUSPENSE, Reason.CLOSED_ORDER, []),
    ]
    assert [paid for _state, paid in orders] == [185_000] * 3 + [0, 0] + [185_000] * 2
    assert books["customer_credit"] == -(185_000 + 185_000 + 15_000)


@pytest.mark.parametrize("take", [together, one_by_one])
def test_told_again_nothing_is_paid_or_credited_again(database, take):
    account, told = world()
    take(account, told)
    before = ends(account)
    one_by_one(account, told)
    assert ends(account) == before
