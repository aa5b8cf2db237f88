"""Money taken by a licensed operator: owed to the seller, mirrored in its books, tax withheld."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select

from shop import settings
from shop.database import db
from shop.ledger import accounts, entries
from shop.orders import collecting, returns
from shop.orders.models import State
from shop.payments import refunds, requests
from shop.payments.models import RefundBy
from shop.reconciliation import giving_back, matching
from shop.reconciliation.models import BankLine, LineState, Reason
from shop.sellers.models import SellerKind
from tests import make, make_gateways, make_money

LINES = {"direction": "out"}


@pytest.fixture
def collector(database):
    row = make.seller(name="Sàn tỉnh")
    with make_money.collecting(database, row):
        yield row


@pytest.fixture
def seller(collector):
    return make.seller(name="Hộ Lê Thị Lan", kind=SellerKind.HOUSEHOLD)


@pytest.fixture
def order(seller):
    return make_money.order(seller, quantity=2)


def come(owner, content, amount_vnd, **more):
    line = make_money.bank_line(owner, content, amount_vnd=amount_vnd, **more)
    matching.match(line)
    db.session.flush()
    return line


def held(collector, seller):
    """What the collector owes the seller; both books must say the same."""
    owed = -entries.balance_vnd(collector.id, accounts.owed_to(seller.ref))
    assert entries.balance_vnd(seller.id, accounts.HELD) == owed
    return owed


def taxes(collector):
    return [-entries.balance_vnd(collector.id, accounts.tax_payable(t)) for t in ("vat", "pit")]


def test_without_the_setting_money_goes_straight_to_the_seller(database):
    seller = make.seller()
    account = make.bank_account(seller)
    order = make_money.order(seller)
    assert order.collector_id is None
    assert requests.open(order).bank_account_id == account.id


def test_it_does_not_start_without_a_licence():
    with pytest.raises(settings.BadSettings, match="COLLECTOR_LICENCE"):
        settings.load({"COLLECTOR": "7Q2M9K4TX"})


def test_the_code_names_the_collectors_account(collector, order):
    make.bank_account(order.seller)
    account = make.bank_account(collector, account_name="SAN TINH")
    assert requests.open(order).bank_account_id == account.id


def test_the_collectors_own_orders_are_its_own(collector):
    assert make_money.order(collector).collector_id is None


def test_what_comes_is_owed_to_the_seller_and_pays_the_order(collector, seller, order):
    line = come(collector, f"ck {order.ref}", 370_000)
    assert (line.state, order.state) == (LineState.MATCHED, State.PAID)
    assert held(collector, seller) == 370_000
    assert entries.balance_vnd(collector.id, accounts.SUSPENSE) == 0
    assert entries.balance_vnd(seller.id, accounts.RECEIVABLE) == -370_000


def test_a_line_of_another_seller_pays_nothing_here(collector, seller, order):
    line = come(make.seller(name="HTX khác"), f"ck {order.ref}", 370_000)
    assert (line.reason, order.paid_vnd) == (Reason.UNKNOWN_ORDER, 0)


def test_undone_it_is_nobodys(collector, seller, order):
    line = come(collector, order.ref, 370_000)
    matching.undo(line, "Kế toán")
    assert held(collector, seller) == 0
    assert entries.balance_vnd(collector.id, accounts.SUSPENSE) == -370_000
    matching.match_to(line, {order.ref: None}, "Kế toán")
    assert (held(collector, seller), order.state) == (370_000, State.PAID)


def test_tax_is_withheld_of_a_household_when_the_goods_are_delivered(collector, seller, order):
    come(collector, order.ref, 370_000)
    assert taxes(collector) == [0, 0]
    make_money.deliver(order)
    assert taxes(collector) == [3_700, 1_850]
    assert held(collector, seller) == 370_000 - 5_550
    assert entries.balance_vnd(seller.id, accounts.TAX_WITHHELD) == 5_550


@pytest.mark.parametrize("kind", [SellerKind.COOPERATIVE, SellerKind.ENTERPRISE])
def test_a_cooperative_or_enterprise_pays_its_own_tax(collector, seller, order, kind):
    seller.kind = kind
    come(collector, order.ref, 370_000)
    make_money.deliver(order)
    assert taxes(collector) == [0, 0]
    assert held(collector, seller) == 370_000


def test_a_return_takes_its_share_of_the_tax_back(collector, seller, order):
    come(collector, order.ref, 370_000)
    make_money.deliver(order)
    line = order.lines[0]
    returns.take(order, {line.id: Decimal(1)}, restock=True, who="Kho", why="hỏng", key="a")
    assert taxes(collector) == [1_850, 925]
    returns.take(order, {line.id: Decimal(1)}, restock=True, who="Kho", why="hỏng", key="b")
    assert taxes(collector) == [0, 0]
    assert held(collector, seller) == 370_000


def test_a_refund_goes_out_of_the_collectors_account(collector, seller, order):
    come(collector, order.ref, 370_000)
    make_money.deliver(order)
    reason = {"reason": "hàng lỗi", "by": "Kế toán", "key": "r"}
    refunds.decide(order, 100_000, RefundBy.TRANSFER, **reason)
    out = come(collector, f"hoan tien {order.ref}", 100_000, **LINES)
    assert out.reason == Reason.REFUND
    # A courtesy lessens the revenue, so the tax of it is not owed.
    assert taxes(collector) == [2_700, 1_350]
    assert held(collector, seller) == 270_000 - 4_050


def test_too_much_goes_back_through_the_sellers_books(collector, seller, order):
    line = come(collector, order.ref, 400_000)
    assert (line.reason, held(collector, seller)) == (Reason.SURPLUS, 370_000)
    giving_back.decide(line, "Kế toán", "khách chuyển thừa")
    assert held(collector, seller) == 400_000
    come(collector, f"tra lai {order.ref}", 30_000, **LINES)
    assert held(collector, seller) == 370_000
    assert entries.balance_vnd(seller.id, accounts.CREDIT) == 0
    assert entries.balance_vnd(collector.id, accounts.CREDIT) == 0


def test_a_gateway_of_the_collector_takes_it_too(collector, seller, order):
    payment = make_gateways.captured(collector, order)
    assert payment.seller_id == collector.id
    assert held(collector, seller) == payment.amount_vnd
    clearing = entries.balance_vnd(collector.id, accounts.clearing("vnpay"))
    assert clearing == payment.amount_vnd


@examples(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["pay", "over", "deliver", "return", "refund", "sent", "undo"]),
        max_size=12,
    ),
    st.integers(0, 2**32),
)
def test_whatever_happens_both_books_agree_and_the_tax_is_its_rate(app, steps, seed):
    drawn = random.Random(seed)
    with app.app_context():
        try:
            collector = make.seller(name="Sàn tỉnh")
            seller = make.seller(name="Hộ", kind=SellerKind.HOUSEHOLD)
            with make_money.collecting(app, collector):
                order = make_money.order(seller, quantity=4)
            for number, step in enumerate(steps):
                _do(step, collector, order, drawn, f"s{number}")
                db.session.flush()
                held(collector, seller)
                base = collecting.base_vnd(order)
                rates = collecting.rule(order.placed_at.date()).rates.values()
                assert taxes(collector) == [_round(base * rate) for rate in rates]
                assert 0 <= base <= collecting.collected_vnd(order)
        finally:
            db.session.rollback()


def _round(amount):
    return int(amount.quantize(Decimal(1), "ROUND_HALF_UP"))


def _do(step, collector, order, drawn, key):
    if step in {"pay", "over"}:
        amount = drawn.randint(1, 400_000) if step == "pay" else 900_000
        come(collector, order.ref, amount)
    elif step == "deliver" and order.state == State.PAID:
        make_money.deliver(order)
    elif step == "return" and order.state in {State.DELIVERED, State.PARTLY_RETURNED}:
        came = {order.lines[0].id: Decimal(1)}
        returns.take(order, came, restock=True, who="Kho", why="hỏng", key=key)
    elif step == "refund" and (most := order.paid_vnd - order.refunded_vnd):
        said = {"reason": "hàng lỗi", "by": "Kế toán", "key": f"{order.ref}:{key}"}
        refunds.decide(order, drawn.randint(1, most), RefundBy.TRANSFER, **said)
    elif step == "sent":
        for refund in db.session.scalars(
            select(refunds.Refund).where(refunds.Refund.order_id == order.id)
        ).all():
            if refund.state == refunds.RefundState.DUE:
                come(collector, f"hoan {order.ref}", refund.amount_vnd, **LINES)
    elif step == "undo":
        mine = select(BankLine).where(BankLine.seller_id == collector.id)
        paid = mine.where(BankLine.state == LineState.MATCHED, BankLine.direction == "in")
        line = db.session.scalars(paid.order_by(BankLine.id.desc()).limit(1)).first()
        if line is not None and order.refunded_vnd == 0:
            matching.undo(line, "Kế toán")
