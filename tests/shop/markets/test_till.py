"""The till: a code or cash, what the bank brings, what is taken back, and the printed plate."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shop import clock, references
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.errors import BadInput, NotFound
from shop.ledger import accounts, entries
from shop.markets import booths, plates, sightings, till
from shop.markets.errors import BoothClosed
from shop.orders.checkout import Want
from shop.orders.models import Order, State
from shop.payments import feeds
from shop.payments.errors import NoAccount
from shop.payments.models import PaymentRequest
from shop.reconciliation.models import BankLine, LineState
from tests import invariants, make, make_markets, make_money


@pytest.fixture
def booth(database):
    row = make_markets.booth()
    make.bank_account(row.seller)
    return row


def figures(row):
    found = till.totals(till.sold(row, clock.today()))
    return found.cash_vnd, found.transfers_vnd, found.waiting_vnd, found.back_vnd, found.total_vnd


def notice(client, feed, secret, content, amount_vnd):
    raw = make_money.notice(feed, content, transferAmount=amount_vnd)
    assert make_money.send(client, feed, raw, secret).status_code == 200


def test_the_days_money_is_the_sum_of_its_sales(booth):
    make_markets.cash(booth, 45_000, key="1")
    make_markets.cash(booth, 1_255_000, key="2")
    till.ask(SYSTEM, booth, 30_000, key="3")
    assert figures(booth) == (1_300_000, 0, 30_000, 0, 1_300_000)


def test_a_code_names_the_booths_own_account(booth):
    own = make.bank_account(booth.seller)
    booths.use_account(SYSTEM, booth, own)
    order = till.ask(SYSTEM, booth, 30_000, key="1")
    asked = db.session.scalars(select(PaymentRequest)).one()
    assert (asked.order_id, asked.bank_account_id) == (order.id, own.id)


def test_without_an_account_no_code_is_made_and_no_order(database):
    booth = make_markets.booth()
    with pytest.raises(NoAccount):
        till.ask(SYSTEM, booth, 30_000, key="1")
    assert db.session.scalar(select(func.count(Order.id))) == 0


def test_nothing_is_sold_at_a_booth_that_was_left(booth):
    booths.close(SYSTEM, booth)
    make_markets.cash(booth, 45_000, key="today still")
    booth.opened_on = booth.closed_on = clock.today() - timedelta(days=1)
    with pytest.raises(BoothClosed):
        make_markets.cash(booth, 45_000, key="2")
    assert db.session.scalar(select(func.count(Order.id))) == 1


def test_the_bank_says_that_the_code_was_paid(app, booth, run_tasks):
    feed, secret = feeds.connect(SYSTEM, booths.payee(booth))
    order = till.ask(SYSTEM, booth, 30_000, key="1")
    notice(app.test_client(), feed, secret, f"{order.ref} mua rau", 30_000)
    run_tasks()
    db.session.refresh(order)
    assert (order.state, order.paid_vnd) == (State.DELIVERED, 30_000)
    assert figures(booth) == (0, 30_000, 0, 0, 30_000)
    account = booths.payee(booth)
    assert entries.balance_vnd(booth.seller_id, accounts.bank(account.ref)) == 30_000
    assert entries.balance_vnd(booth.seller_id, accounts.SALES) == -30_000
    invariants.money_stands()


def test_money_by_the_printed_plate_is_a_sale_of_its_booth_once(app, booth, run_tasks):
    other = make_markets.booth(booth.market, number="A13", seller=booth.seller)
    feed, secret = feeds.connect(SYSTEM, booths.payee(booth))
    content = f"MBVCB.1.2.{plates.content(booth)}.CT tu 001 LE THI LAN"
    notice(app.test_client(), feed, secret, content, 52_000)
    run_tasks()
    line = db.session.scalars(select(BankLine)).one()
    sightings.count_plate_money(line.id)
    sold = till.sold(booth, clock.vietnam(line.booked_at).date())
    assert [(o.paid_vnd, o.state, o.source) for o in sold] == [
        (52_000, State.DELIVERED, booth.source)
    ]
    assert line.state == LineState.MATCHED
    assert till.sold(other, clock.vietnam(line.booked_at).date()) == []
    assert entries.balance_vnd(booth.seller_id, accounts.SUSPENSE) == 0
    invariants.money_stands()


def test_a_plate_of_somebody_else_makes_no_sale(app, booth, run_tasks):
    theirs = make_markets.booth(booth.market, number="B1")
    feed, secret = feeds.connect(SYSTEM, booths.payee(booth))
    notice(app.test_client(), feed, secret, plates.content(theirs), 52_000)
    notice(app.test_client(), feed, secret, f"SAP {references.new()}", 53_000)
    run_tasks()
    lines = db.session.scalars(select(BankLine)).all()
    assert [line.state for line in lines] == [LineState.SUSPENSE] * 2
    assert db.session.scalar(select(func.count(Order.id))) == 0


def test_money_without_a_word_is_a_sale_only_when_the_trader_says_so(booth):
    account = booths.payee(booth)
    line = make_money.bank_line(booth.seller, "chuyen tien", bank_account_id=account.id)
    line.amount_vnd = 20_000
    from shop.reconciliation import matching

    matching.match(line)
    db.session.flush()
    assert db.session.scalars(till.unexplained(booth, clock.today())).all() == [line]
    assert figures(booth)[-1] == 0
    till.is_sale(booth, line, "Thúy")
    db.session.flush()
    assert db.session.scalars(till.unexplained(booth, clock.today())).all() == []
    assert figures(booth) == (0, 20_000, 0, 0, 20_000)


def test_a_line_of_another_seller_is_not_found(booth):
    line = make_money.bank_line(make.seller(name="HTX khác"), "chuyen tien")
    with pytest.raises(NotFound):
        till.is_sale(booth, line, "Thúy")
    assert line.state == LineState.NEW


def test_cash_that_was_entered_wrongly_goes_back_and_the_books_are_even(booth):
    order = make_markets.cash(booth, 45_000, key="1")
    till.undo(SYSTEM, booth, order.ref, key="u1")
    assert figures(booth) == (45_000, 0, 0, 45_000, 0)
    assert entries.balance_vnd(booth.seller_id, accounts.CASH) == 0
    with pytest.raises(BadInput):
        till.undo(SYSTEM, booth, order.ref, key="u2")
    assert entries.balance_vnd(booth.seller_id, accounts.CASH) == 0


def test_a_code_nobody_paid_is_cancelled_and_one_that_was_is_not(booth):
    from shop.orders import receipts

    waits, came = (till.ask(SYSTEM, booth, 30_000, key=key) for key in "12")
    receipts.pay(came, 30_000, who="Ngân hàng", why="FT1")
    till.undo(SYSTEM, booth, waits.ref, key="u1")
    with pytest.raises(BadInput):
        till.undo(SYSTEM, booth, came.ref, key="u2")
    assert (waits.state, came.state) == (State.CANCELLED, State.DELIVERED)
    assert figures(booth) == (0, 30_000, 0, 0, 30_000)


def test_a_sale_of_another_booth_is_not_found(booth):
    other = make_markets.booth(booth.market, number="B1")
    order = make_markets.cash(other, 45_000, key="1")
    with pytest.raises(NotFound):
        till.undo(SYSTEM, booth, order.ref, key="u1")
    assert order.refunded_vnd == 0


def test_goods_sold_at_the_booth_are_those_of_the_web_shop_and_come_back_whole(database):
    from decimal import Decimal

    from shop.inventory import stock

    tea = make.variant(on_hand=5, price_vnd=185_000)
    booth = make_markets.booth(seller=make_money.seller_of(tea))
    order = till.sell_goods(SYSTEM, booth, [Want(tea, Decimal(2))], key="1", cash=True)
    assert (order.total_vnd, stock.saleable([tea.id])[tea.id]) == (370_000, 3)
    till.undo(SYSTEM, booth, order.ref, key="u1")
    assert stock.saleable([tea.id])[tea.id] == 5
    assert entries.balance_vnd(booth.seller_id, accounts.CASH) == 0
    assert (order.state, order.refunded_vnd) == (State.RETURNED, 370_000)


def test_without_a_feed_the_code_says_to_look_into_the_banks_app(cast):
    booth = make_markets.booth(seller=cast.ours.seller)
    account = make.bank_account(booth.seller)
    order = till.ask(SYSTEM, booth, 30_000, key="1")
    page = f"/ban-hang/quay/ma/{order.ref}"
    said = cast.ours.get(page).text
    assert "thấy tiền vào rồi mới đưa hàng" in said
    assert "Đang chờ ngân hàng báo" not in said
    assert 'href="/ban-hang/sao-ke"' in said
    assert f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/nguon-bao-co" in said
    feeds.connect(SYSTEM, account)
    assert "Đang chờ ngân hàng báo" in cast.ours.get(page).text
