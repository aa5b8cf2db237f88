"""Paying out what was collected: once, order by order, and the money seen at both ends."""

import pytest

from shop import references
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.ledger import accounts, entries
from shop.orders import returns, states
from shop.orders.models import State
from shop.payments import payouts, refunds
from shop.payments.errors import NoAccount, NothingOwed, PayoutEnded
from shop.payments.models import PayoutState, RefundBy
from shop.reconciliation import matching, payout_lines
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import LineState, Reason
from shop.sellers.models import SellerKind
from tests import make, make_money


@pytest.fixture
def collector(database):
    row = make.seller(name="Sàn tỉnh")
    with make_money.collecting(database, row):
        yield row


@pytest.fixture
def seller(collector):
    row = make.seller(name="Hộ Lê Thị Lan", kind=SellerKind.HOUSEHOLD)
    make.bank_account(row)
    return row


def come(owner, content, amount_vnd, direction="in"):
    line = make_money.bank_line(owner, content, amount_vnd=amount_vnd, direction=direction)
    matching.match(line)
    db.session.flush()
    return line


def sold(collector, seller, *, completed=True, days_ago=8):
    """An order that was paid to the collector and delivered so long ago."""
    order = make_money.order(seller, quantity=2)
    come(collector, order.ref, 370_000)
    make_money.deliver(order)
    if completed:
        states.move(order, State.COMPLETED, who="thử")
    make_money.delivered_ago(order, days_ago)
    return order


def paid_out(collector, seller):
    payout = payouts.make(SYSTEM, collector, seller)
    come(collector, f"chi ho {payout.ref}", payout.amount_vnd, "out")
    return payout


def owed(collector, seller):
    return -entries.balance_vnd(collector.id, accounts.owed_to(seller.ref))


def test_it_holds_each_order_with_its_tax_as_lines_of_their_own(collector, seller):
    order = sold(collector, seller)
    payout = payouts.make(SYSTEM, collector, seller)
    line = payout.lines[0]
    assert (line.order_id, line.collected_vnd) == (order.id, 370_000)
    assert (line.vat_vnd, line.pit_vnd, line.net_vnd) == (3_700, 1_850, 364_450)
    assert payout.amount_vnd == 364_450


def test_orders_payouts_and_refunds_of_nobody_share_no_reference(collector, seller, monkeypatch):
    sold(collector, seller)
    payout = paid_out(collector, seller)
    refund = nobodys(collector, "a")
    order, free = make_money.order(), [references.order_ref() for _each in range(3)]
    taken = [payout.ref, refund.ref, order.ref]
    drawn = iter([*taken, free[0], *taken, free[1], *taken, free[2]])
    monkeypatch.setattr(references, "order_ref", lambda: next(drawn))
    assert nobodys(collector, "b").ref == free[0]
    assert sold(collector, seller).ref == free[1]
    assert paid_out(collector, seller).ref == free[2]


def nobodys(seller, key):
    return refunds.of_credit(seller.id, None, 10_000, reason="tiền lạ", by="Mai", key=key)


def test_what_is_in_a_payout_is_in_no_other(collector, seller):
    sold(collector, seller)
    payouts.make(SYSTEM, collector, seller)
    with pytest.raises(NothingOwed):
        payouts.make(SYSTEM, collector, seller)


def test_goods_that_may_still_come_back_wait(collector, seller):
    sold(collector, seller, completed=False, days_ago=6)
    long_ago = sold(collector, seller, completed=False)
    assert [row.order for row in payouts.owing(collector.id, seller)] == [long_ago]


def test_closing_an_order_early_does_not_shorten_the_wait(collector, seller):
    sold(collector, seller, completed=True, days_ago=6)
    assert payouts.owing(collector.id, seller) == []


def test_an_order_with_a_refund_under_way_waits(collector, seller):
    order = sold(collector, seller)
    said = {"reason": "hàng lỗi", "by": "Kế toán", "key": "r"}
    refund = refunds.decide(order, 70_000, RefundBy.TRANSFER, **said)
    assert payouts.owing(collector.id, seller) == []
    come(collector, f"hoan {order.ref}", refund.amount_vnd, "out")
    row = payouts.owing(collector.id, seller)[0]
    assert (row.collected_vnd, row.vat_vnd, row.pit_vnd) == (300_000, 3_000, 1_500)


def test_its_transfer_and_its_arrival_empty_both_books(collector, seller):
    sold(collector, seller)
    payout = paid_out(collector, seller)
    assert (payout.state, owed(collector, seller)) == (PayoutState.SENT, 0)
    assert entries.balance_vnd(seller.id, accounts.HELD) == payout.amount_vnd
    line = come(seller, f"san chi tra {payout.ref}", payout.amount_vnd)
    assert (line.state, line.reason) == (LineState.MATCHED, Reason.PAYOUT)
    assert payout.state == PayoutState.RECEIVED
    assert entries.balance_vnd(seller.id, accounts.HELD) == 0


def test_the_sellers_word_counts_until_its_bank_tells(collector, seller):
    sold(collector, seller)
    payout = paid_out(collector, seller)
    payouts.received(payout, "Chị Lan", booked=False)
    payouts.received(payout, "Chị Lan", booked=False)
    money = accounts.bank(payout.bank_account.ref)
    assert entries.balance_vnd(seller.id, money) == payout.amount_vnd
    line = come(seller, payout.ref, payout.amount_vnd)
    assert line.reason == Reason.PAYOUT
    assert entries.balance_vnd(seller.id, accounts.HELD) == 0
    assert entries.balance_vnd(seller.id, money) == 0
    assert entries.balance_vnd(seller.id, accounts.bank(line.bank_account.ref)) == payout.amount_vnd


def test_another_amount_waits_for_a_person(collector, seller):
    sold(collector, seller)
    payout = payouts.make(SYSTEM, collector, seller)
    line = come(collector, payout.ref, payout.amount_vnd - 1, "out")
    assert (line.state, payout.state) == (LineState.SUSPENSE, PayoutState.DUE)
    with pytest.raises(CannotMatch):
        payout_lines.decide(line, payout.ref, "Kế toán")


def test_a_person_finds_it_by_its_amount_and_takes_it_back(collector, seller):
    sold(collector, seller)
    payout = payouts.make(SYSTEM, collector, seller)
    line = come(collector, "chuyen tien cho chi Lan", payout.amount_vnd, "out")
    assert payout_lines.possible(line) == [payout]
    payout_lines.decide(line, payout.ref, "Kế toán")
    assert payout.state == PayoutState.SENT
    matching.undo(line, "Kế toán")
    assert (payout.state, line.state) == (PayoutState.DUE, LineState.SUSPENSE)
    assert owed(collector, seller) == payout.amount_vnd


def test_the_same_transfer_twice_is_one(collector, seller):
    sold(collector, seller)
    payout = paid_out(collector, seller)
    again = come(collector, payout.ref, payout.amount_vnd, "out")
    assert again.state == LineState.SUSPENSE
    with pytest.raises(PayoutEnded):
        payout_lines.decide(again, payout.ref, "Kế toán")


def test_cancelled_its_orders_are_owing_again(collector, seller):
    order = sold(collector, seller)
    payout = payouts.make(SYSTEM, collector, seller)
    payouts.cancel(SYSTEM, payout)
    assert [row.order for row in payouts.owing(collector.id, seller)] == [order]
    with pytest.raises(PayoutEnded):
        payouts.cancel(SYSTEM, payout)


def test_what_comes_back_after_a_payout_lessens_the_next(collector, seller):
    order = sold(collector, seller)
    paid_out(collector, seller)
    line = order.lines[0]
    returns.take(order, {line.id: 1}, restock=True, who="Kho", why="hỏng", key="a")
    said = {"reason": "trả hàng", "by": "Kế toán", "key": "r"}
    refund = refunds.decide(order, 185_000, RefundBy.TRANSFER, **said)
    come(collector, f"hoan {order.ref}", refund.amount_vnd, "out")
    sold(collector, seller)
    payout = payouts.make(SYSTEM, collector, seller)
    assert [row.net_vnd for row in payout.lines] == [-185_000 + 2_775, 364_450]
    assert payout.amount_vnd == owed(collector, seller) == 182_225


def test_without_an_account_nothing_can_be_paid(collector):
    seller = make.seller(name="Hộ mới", kind=SellerKind.HOUSEHOLD)
    sold(collector, seller)
    with pytest.raises(NoAccount):
        payouts.make(SYSTEM, collector, seller)
