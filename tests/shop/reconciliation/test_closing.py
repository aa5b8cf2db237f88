"""The end of the day: figures that can be opened, signed off once, and then locked."""

import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from shop import clock, money
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.errors import BooksClosed
from shop.ledger.models import Kind
from shop.orders import returns, states, weighing
from shop.orders.models import PayBy, State
from shop.payments import captures, merchants, refunds
from shop.payments.models import RefundBy
from shop.reconciliation import closing, matching, settling, terms
from shop.reconciliation.models import DayClose, Reason
from tests import make, make_gateways, make_money
from tests.app_fixtures import Person, sign_in

PAGE = "/ban-hang/chot-ngay"


@pytest.fixture
def seller(cast):
    return cast.ours.seller


@pytest.fixture
def yesterday():
    return clock.today() - timedelta(days=1)


def come(seller, content, on, amount_vnd=185_000):
    line = make_money.bank_line(
        seller, content, amount_vnd=amount_vnd, booked_at=clock.midnight(on) + timedelta(hours=9)
    )
    matching.match(line)
    return line


def figure(seller, on, name):
    return next(each for each in closing.figures(seller.id, on) if each.name == name)


def test_the_figures_of_a_day_are_of_that_day(seller, yesterday):
    order = make_money.order(seller)
    come(seller, order.ref, yesterday)
    come(seller, "tien che", yesterday, 50_000)
    come(seller, "tien che", clock.today(), 7_000)
    assert figure(seller, yesterday, "bank_in").amount_vnd == 235_000
    assert figure(seller, yesterday, "suspense").amount_vnd == 50_000
    assert figure(seller, yesterday, "waiting").count == 1
    assert figure(seller, yesterday, "placed").count == 0


def test_a_line_told_after_its_day_was_closed_stands_in_the_day_it_is_booked(seller, yesterday):
    periods.close(seller.id, yesterday)
    come(seller, "tien che", yesterday, 500_000)
    assert figure(seller, yesterday, "bank_in").amount_vnd == 0
    assert figure(seller, clock.today(), "bank_in").amount_vnd == 500_000


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31", "2026-13-01", "x"])
def test_a_day_that_is_none_of_ours_is_not_found(cast, seller, day):
    assert cast.ours.get(f"{PAGE}/{seller.ref}/{day}").status_code == 404
    books = f"/ban-hang/so-sach/{seller.ref}/so/hang-hoa?tu={day}&den=9999-12-31"
    assert cast.ours.get(books).status_code == 200


def test_a_day_with_open_lines_needs_a_note_and_is_then_locked(cast, seller, yesterday):
    come(seller, "tien che", yesterday, 50_000)
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    assert cast.ours.post(url, {"note": ""}).status_code == 422
    assert db.session.query(DayClose).count() == 0
    assert cast.ours.post(url, {"note": "chờ khách gọi lại"}).status_code == 422  # nobody looked
    assert db.session.query(DayClose).count() == 0
    said = {"note": "chờ khách gọi lại", "seen": ["waiting:1:50000"]}
    assert cast.ours.post(url, said | {"note": ""}).status_code == 422
    assert cast.ours.post(url, said).status_code == 303
    row = db.session.query(DayClose).one()
    assert (row.on, row.by, row.figures["suspense"]) == (yesterday, "Đào Thanh Hảo", [None, 50_000])
    assert periods.closed_until(seller.id) == yesterday
    with pytest.raises(BooksClosed):
        entries.post(
            seller.id,
            {accounts.CASH: 1, accounts.SALES: -1},
            key="late",
            kind=Kind.CASH,
            on=yesterday,
            text="muộn",
            by="Ai đó",
        )


def test_what_comes_late_is_booked_on_the_first_open_day_and_the_signed_figures_stay(
    cast, seller, yesterday
):
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    cast.ours.post(url, {"note": ""})
    come(seller, "tien che", yesterday, 50_000)
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE, until=yesterday) == 0
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE) == -50_000
    assert db.session.query(DayClose).one().figures["bank_in"] == [0, 0]
    assert "đã chốt" in cast.ours.get(url).text


def test_signed_off_twice_it_is_once(cast, seller, yesterday):
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    for _time in range(2):
        cast.ours.post(url, {"note": ""})
    assert db.session.query(DayClose).count() == 1


def test_a_day_that_is_not_over_stays_open(cast, seller):
    cast.ours.post(f"{PAGE}/{seller.ref}/{clock.today()}", {"note": "x"})
    assert db.session.query(DayClose).count() == 0


def test_what_came_since_it_was_looked_at_is_looked_at_again(cast, seller, yesterday):
    come(seller, "tien che", yesterday, 50_000)
    come(seller, "tien mat ong", yesterday, 30_000)
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    answer = cast.ours.post(url, {"note": "x", "seen": ["waiting:1:50000"]})
    assert answer.status_code == 422
    assert "waiting:2:80000" in answer.text
    assert (db.session.query(DayClose).count(), periods.closed_until(seller.id)) == (0, None)


def placed(seller, on, **more):
    """An order of 185.000 đ, as if it had been placed at nine of that day."""
    order = make_money.order(seller, **more)
    order.placed_at = clock.midnight(on) + timedelta(hours=9)
    for event in order.events:
        event.at = order.placed_at
    db.session.flush()
    return order


def amounts(seller, on):
    return {each.name: each.amount_vnd for each in closing.figures(seller.id, on)}


def test_the_difference_is_what_is_short_and_what_is_too_much(seller, yesterday):
    paid, waiting = placed(seller, yesterday), placed(seller, yesterday)
    come(seller, paid.ref, yesterday)
    come(seller, waiting.ref, yesterday, 100_000)
    come(seller, "tien che", yesterday, 50_000)
    found = amounts(seller, yesterday)
    assert (found["expected"], found["received"]) == (370_000, 335_000)
    assert found["difference"] == 335_000 - 370_000
    assert figure(seller, yesterday, "difference").count == 2


def test_money_of_today_does_not_change_what_yesterday_expected(seller, yesterday):
    order, gateway = placed(seller, yesterday), placed(seller, yesterday)
    before = amounts(seller, yesterday)
    assert (before["expected"], before["difference"]) == (370_000, -370_000)
    come(seller, order.ref, clock.today())
    make_gateways.captured(seller, gateway)
    assert (order.state, gateway.state) == (State.PAID, State.PAID)
    assert amounts(seller, yesterday) == before
    today = amounts(seller, clock.today())
    assert (today["expected"], today["received"], today["difference"]) == (370_000, 370_000, 0)


@pytest.mark.parametrize("paid_vnd", [0, 120_000])
@pytest.mark.parametrize(("quantity", "changed_vnd"), [("2.3", 18_000), ("1.5", -30_000)])
def test_what_is_weighed_today_counts_today(seller, yesterday, paid_vnd, quantity, changed_vnd):
    pack = make.variant(make.product(seller), unit="kg", price_vnd=60_000, on_hand=10)
    order = placed(seller, yesterday, variant=pack, quantity=2)
    if paid_vnd:
        come(seller, order.ref, yesterday, paid_vnd)
    before = amounts(seller, yesterday)
    assert (before["placed"], before["expected"]) == (120_000, 120_000)
    line = {order.lines[0].id: Decimal(quantity)}
    assert weighing.weigh(order, line, who="Kho", why="cân lại") == changed_vnd
    assert amounts(seller, yesterday) == before
    owed_vnd = max(0, 120_000 + changed_vnd - paid_vnd)
    assert figure(seller, clock.today(), "expected").amount_vnd == owed_vnd


def test_an_order_cancelled_today_was_still_expected_yesterday(seller, yesterday):
    order = placed(seller, yesterday)
    states.move(order, State.CANCELLED, who="thử")
    assert figure(seller, yesterday, "expected").amount_vnd == 185_000
    assert figure(seller, clock.today(), "expected").amount_vnd == 0


def test_goods_that_came_back_today_do_not_change_yesterday(seller, yesterday):
    order = placed(seller, yesterday)
    order.pay_by = PayBy.COD
    for step in (State.CONFIRMED, State.PACKING, State.SHIPPED, State.DELIVERED):
        make_money.go(order, step)
    line = order.lines[0]
    returns.take(order, {line.id: line.quantity}, restock=True, who="thử", why="vỡ", key="1")
    assert figure(seller, yesterday, "expected").amount_vnd == 185_000


def test_matched_after_its_day_was_closed_it_is_received_on_the_first_open_day(
    cast, seller, yesterday
):
    order = placed(seller, yesterday)
    line = come(seller, "tien che", yesterday)
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    assert cast.ours.post(url, {"note": "x", "seen": ["waiting:1:185000"]}).status_code == 303
    matching.match_to(line, {order.ref: None}, "Kế toán")
    row = db.session.query(DayClose).one()
    assert row.figures["difference"] == [2, 0]
    assert {
        (each.subject, each.amount_vnd) for each in opened(seller, yesterday, "difference")
    } == {
        (f"bank_line:{line.ref}", 185_000),
        (f"order:{order.ref}", -185_000),
    }
    assert amounts(seller, clock.today())["received"] == 185_000
    assert amounts(seller, clock.today())["difference"] == 0


def opened(seller, on, name):
    return db.session.execute(closing.rows(seller.id, on, name)).all()


@pytest.fixture
def full(cast, seller, yesterday):
    """A day on which there is something behind every figure."""
    paid = placed(seller, yesterday)
    come(seller, paid.ref, yesterday)
    come(seller, "tien che", yesterday, 50_000)
    come(seller, placed(seller, yesterday).ref, yesterday, 200_000)
    terms.change(seller.id, 5_000, None)
    come(seller, placed(seller, yesterday).ref, yesterday, 183_000)
    fee = make_money.bank_line(seller, "phi", direction="out", amount_vnd=1_100)
    fee.booked_at = clock.midnight(yesterday)
    matching.match(fee)
    matching.purpose(fee, Reason.FEE, accounts.FEES, "phí", "Kế toán")
    with clock.at(clock.midnight(yesterday) + timedelta(hours=10)):
        make_money.deliver(paid)
        for sign in (1, -1):
            booked(seller, {accounts.CASH: sign * 9_000, accounts.SUSPENSE: sign * -9_000})
        make_gateways.captured(seller, placed(seller, yesterday))
        held = captures.begin(merchants.of(seller.id, "vnpay"), placed(seller, yesterday), "::1")
        held.state, held.transaction = "review", "14409999"
        short = placed(seller, yesterday)
        make_money.go(short, State.PAID)
        short.short = True
        give_back(paid, 10_000, RefundBy.CASH)
        give_back(paid, 20_000, RefundBy.TRANSFER)
        refunds.fail(give_back(paid, 30_000, RefundBy.TRANSFER), "91", "không thấy")
    head = "Mã giao dịch VNPAY,Mã đơn hàng,Thời gian giao dịch,Số tiền,Phí,Thực nhận"
    sheet = f"{head}\n999,X,{yesterday:%d/%m/%Y},50000,1000,49000\n".encode()
    settling.carry_out(settling.take(SYSTEM, seller, "vnpay", sheet, "a.csv").id)
    placed(seller, yesterday)
    db.session.flush()


def booked(seller, postings):
    how = {"key": f"test:{postings[accounts.CASH]}", "kind": Kind.VOUCHER, "text": "thử"}
    entries.post(seller.id, postings, **how, on=clock.today(), by="thử")


def give_back(order, amount_vnd, way):
    return refunds.give_back(order, amount_vnd, way, reason="vỡ", by="thử", key=f"t:{amount_vnd}")


@pytest.mark.parametrize("name", closing.LABELS)
def test_the_rows_opened_add_up_to_the_figure_and_stay_when_signed(
    cast, seller, yesterday, full, name
):
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    assert f"{url}/{name}" in cast.ours.get(url).text
    for _time in range(2):  # before it is signed, and after
        shown, rows = figure_on(seller, yesterday, name), opened(seller, yesterday, name)
        assert rows
        assert sum(row.amount_vnd for row in rows) == shown.amount_vnd
        assert shown.count in {len(rows), None}
        page = cast.ours.get(f"{url}/{name}").text
        assert f"{len(rows)} dòng, cộng {money.show(shown.amount_vnd)}." in html.unescape(page)
        for link in re.findall(r'class="tall" href="([^"]+)"', page):
            assert cast.ours.get(html.unescape(link)).status_code == 200, link
        open_ = [each.seen for each in closing.figures(seller.id, yesterday) if each.open]
        assert len(open_) == len(closing.EXCEPTIONS)
        cast.ours.post(url, {"note": "x", "seen": open_})
        assert closing.signed(seller.id, yesterday) is not None


def figure_on(seller, on, name):
    row = closing.signed(seller.id, on)
    found = closing.kept(row) if row else closing.figures(seller.id, on)
    return next(each for each in found if each.name == name)


def test_the_rows_of_a_figure_are_of_this_seller_alone(cast, seller, yesterday, full):
    theirs = cast.theirs.seller
    assert all(not each.amount_vnd for each in closing.figures(theirs.id, yesterday))
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    assert cast.theirs.get(f"{url}/expected").status_code == 404
    assert cast.ours.get(f"{url}/nothing").status_code == 404


def test_an_outsider_and_a_host_do_not_sign(cast, seller, yesterday, database):
    host = make.member(seller, role=Role.HOST)
    person = Person(host, sign_in(database, host))
    for who in (cast.theirs, person):
        url = f"{PAGE}/{seller.ref}/{yesterday}"
        assert who.get(url).status_code == 404
        assert who.post(url, {"note": "x"}).status_code == 404


def test_the_terms_are_kept_and_wrong_ones_refused(cast, seller):
    cast.ours.post(f"{PAGE}/{seller.ref}", {"tolerance_vnd": "2.000", "quiet_hours": "48"})
    kept = terms.of(seller.id)
    assert (kept.tolerance_vnd, kept.quiet_hours) == (2_000, 48)
    cast.ours.post(f"{PAGE}/{seller.ref}", {"tolerance_vnd": "9.000.000", "quiet_hours": ""})
    assert terms.of(seller.id).tolerance_vnd == 2_000
