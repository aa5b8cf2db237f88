"""Settlements: each line against what we know, and an account that the payout empties."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.ledger import accounts, entries
from shop.ledger.models import Entry
from shop.orders import dues
from shop.orders.models import Handing, PayBy, State
from shop.payments import captures
from shop.payments.models import GatewayPayment
from shop.reconciliation import batches, matching
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import Batch, BatchLine, LineState
from tests import make_gateways, make_money

PAGE = "/ban-hang/doi-soat-tra-tien"
LINES = "/ban-hang/doi-soat"
HEAD = ["Mã giao dịch VNPAY", "Mã đơn hàng", "Thời gian giao dịch", "Số tiền", "Phí", "Thực nhận"]


@pytest.fixture
def seller(cast):
    return cast.ours.seller


@pytest.fixture
def payment(seller):
    return make_gateways.captured(seller, make_money.order(seller))


def sheet(*rows, head=HEAD):
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode()


def row_of(payment, amount=185_000, fee=2_000):
    today = f"{clock.today():%d/%m/%Y}"
    return [payment.transaction, payment.key, today, amount, fee, amount - fee]


def send(person, data, source="vnpay", **more):
    form = {"seller": person.seller.ref, "source": source, "file": (io.BytesIO(data), "a.csv")}
    return person.post(PAGE, form | more, content_type="multipart/form-data")


def the_batch():
    return db.session.query(Batch).order_by(Batch.id.desc()).first()


def found(batch):
    return [line.found for line in batch.lines]


def paid_out(seller, batch):
    line = make_money.bank_line(seller, "VNPAY TT", amount_vnd=batch.net_vnd)
    matching.match(line)
    return line


def test_the_payout_empties_the_clearing_account(cast, seller, payment):
    send(cast.ours, sheet(row_of(payment)))
    batch = the_batch()
    assert (found(batch), batch.net_vnd) == ([batches.MATCHED], 183_000)
    line = paid_out(seller, batch)
    page = cast.ours.get(f"{PAGE}/{batch.ref}").text
    assert "Dòng này" in page
    cast.ours.post(f"{PAGE}/{batch.ref}/tien-ve/{line.ref}")
    assert line.state == LineState.MATCHED
    assert entries.balance_vnd(seller.id, accounts.clearing("vnpay")) == 0
    assert entries.balance_vnd(seller.id, accounts.FEES) == 2_000
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE) == 0


def test_another_amount_and_an_unknown_line_are_named_and_decided(cast, seller, payment):
    send(cast.ours, sheet(row_of(payment, 184_000), ["999", "X", "", 50_000, 0, 50_000]))
    batch = the_batch()
    assert found(batch) == [batches.DIFFERS, batches.UNKNOWN]
    assert batches.left_vnd(batch) == 49_000
    assert "Còn lệch" in cast.ours.get(f"{PAGE}/{batch.ref}").text
    for line, decision in zip(batch.lines, ("other", "sales"), strict=True):
        cast.ours.post(f"{PAGE}/{batch.ref}/quyet", {"line": line.id, "decision": decision})
    assert (found(batch), batches.left_vnd(batch)) == ([batches.DECIDED] * 2, 0)
    batches.pay_out(batch, paid_out(seller, batch), "Kế toán")
    assert entries.balance_vnd(seller.id, accounts.clearing("vnpay")) == 0
    assert entries.balance_vnd(seller.id, accounts.SALES) == -50_000


def test_what_the_sheet_lacks_is_listed(cast, seller, payment):
    other = make_gateways.connection(seller)
    order = make_money.order(seller)
    missed = captures.begin(other, order, "203.0.113.9")
    missed.state, missed.transaction = "paid", "14499999"
    captures.capture(missed.id)
    send(cast.ours, sheet(row_of(payment)))
    assert [each.id for each in batches.missing(the_batch())] == [missed.id]
    assert "14499999" in cast.ours.get(f"{PAGE}/{the_batch().ref}").text


def test_the_same_file_is_one_batch_and_the_same_line_counts_once(cast, seller, payment):
    data = sheet(row_of(payment))
    first = send(cast.ours, data).location
    assert send(cast.ours, data).location == first
    send(cast.ours, sheet(row_of(payment), ["999", "X", "", 1_000, 0, 1_000]))
    assert found(the_batch()) == [batches.REPEATED, batches.UNKNOWN]
    assert entries.balance_vnd(seller.id, accounts.FEES) == 2_000


def test_a_payout_of_another_amount_is_refused(seller, cast, payment):
    send(cast.ours, sheet(row_of(payment)))
    line = make_money.bank_line(seller, "VNPAY TT", amount_vnd=183_001)
    with pytest.raises(CannotMatch):
        batches.pay_out(the_batch(), line, "Kế toán")


def test_cash_on_delivery_pays_its_orders_when_the_carrier_settles(cast, seller):
    order = make_money.order(seller)
    order.pay_by, order.handing = PayBy.COD, Handing.DELIVERY
    for step in (State.CONFIRMED, State.PACKING, State.SHIPPED):
        order.tracking_no = "GHN001"
        make_money.go(order, step)
    head = ["Mã vận đơn", "Mã đơn hàng", "Trạng thái", "Tiền thu hộ", "Tổng phí", "Thực nhận"]
    data = sheet(["GHN001", order.ref, "Đã giao", 185_000, 22_000, 163_000], head=head)
    send(cast.ours, data, "cod", carrier="GHN")
    batch = the_batch()
    assert (found(batch), order.paid_vnd) == ([batches.MATCHED], 185_000)
    assert order.paid_at is not None
    batches.pay_out(batch, paid_out(seller, batch), "Kế toán")
    assert entries.balance_vnd(seller.id, accounts.carrier("GHN")) == 0
    assert entries.balance_vnd(seller.id, accounts.FREIGHT) == 22_000


def test_a_sheet_that_cannot_be_read_changes_nothing(cast, seller):
    answer = send(cast.ours, b"a,b\n1,2")
    assert answer.status_code == 422
    assert db.session.query(Batch).count() == 0


def test_a_sheet_sent_by_mistake_is_taken_back_and_may_come_again(cast, seller):
    order = make_money.order(seller)
    order.pay_by, order.handing = PayBy.COD, Handing.DELIVERY
    for step in (State.CONFIRMED, State.PACKING, State.SHIPPED):
        order.tracking_no = "GHN001"
        make_money.go(order, step)
    before = entries.balances(seller.id)
    head = ["Mã vận đơn", "Mã đơn hàng", "Trạng thái", "Tiền thu hộ", "Tổng phí", "Thực nhận"]
    data = sheet(["GHN001", order.ref, "Đã giao", 185_000, 22_000, 163_000], head=head)
    send(cast.ours, data, "cod", carrier="GHN")
    batch = the_batch()
    assert cast.theirs.post(f"{PAGE}/{batch.ref}/bo").status_code == 404
    for _twice in range(2):
        cast.ours.post(f"{PAGE}/{batch.ref}/bo")
    assert batch.taken_back_at is not None
    assert (order.paid_vnd, order.paid_at) == (0, None)
    left = {name: vnd for name, vnd in entries.balances(seller.id).items() if vnd}
    assert left == {name: vnd for name, vnd in before.items() if vnd}
    send(cast.ours, data, "cod", carrier="GHN")
    again = the_batch()
    assert (again.ref != batch.ref, found(again)) == (True, [batches.MATCHED])


def test_a_settlement_whose_money_came_is_not_taken_back(cast, seller, payment):
    send(cast.ours, sheet(row_of(payment)))
    batch = the_batch()
    batches.pay_out(batch, paid_out(seller, batch), "Kế toán")
    page = cast.ours.post(f"{PAGE}/{batch.ref}/bo", follow_redirects=True).text
    assert "Gỡ dòng tiền của lần trả này trước." in page
    assert batch.taken_back_at is None


def test_what_a_carrier_collected_too_little_stays_open_at_the_order(cast, seller):
    order = make_money.order(seller)
    order.pay_by, order.handing = PayBy.COD, Handing.DELIVERY
    for step in (State.CONFIRMED, State.PACKING, State.SHIPPED):
        order.tracking_no = "GHN001"
        make_money.go(order, step)
    head = ["Mã vận đơn", "Mã đơn hàng", "Trạng thái", "Tiền thu hộ", "Tổng phí", "Thực nhận"]
    data = sheet(["GHN001", order.ref, "Đã giao", 150_000, 0, 150_000], head=head)
    send(cast.ours, data, "cod", carrier="GHN")
    batch = the_batch()
    assert found(batch) == [batches.DIFFERS]
    page = cast.ours.get(f"{PAGE}/{batch.ref}").text
    assert "Phần thiếu vẫn chờ ở đơn" in page
    assert "Doanh thu bán ngoài hệ thống" not in page
    typed = {"line": str(batch.lines[0].id), "decision": "sales"}
    cast.ours.post(f"{PAGE}/{batch.ref}/quyet", typed)
    assert found(batch) == [batches.DIFFERS]
    cast.ours.post(f"{PAGE}/{batch.ref}/quyet", typed | {"decision": "short"})
    assert (found(batch), dues.open_vnd(order)) == ([batches.DECIDED], 35_000)


def test_money_of_several_sheets_is_placed_on_who_held_it(cast, seller, payment):
    send(cast.ours, sheet(row_of(payment)))
    line = make_money.bank_line(seller, "VNPAY rut tien", amount_vnd=100_000)
    matching.match(line)
    assert "VNPay trả (nhiều bảng hoặc một phần)" in cast.ours.get(f"{LINES}/{line.ref}").text
    cast.ours.post(f"{LINES}/{line.ref}/la", {"purpose": "clearing:vnpay", "said": ""})
    assert entries.balance_vnd(seller.id, accounts.clearing("vnpay")) == 83_000
    assert line.state == LineState.MATCHED


def test_another_sellers_batch_is_not_there(cast, seller, payment):
    send(cast.ours, sheet(row_of(payment)))
    batch = the_batch()
    assert cast.theirs.get(f"{PAGE}/{batch.ref}").status_code == 404
    line = batch.lines[0]
    answer = cast.theirs.post(f"{PAGE}/{batch.ref}/quyet", {"line": line.id, "decision": "other"})
    assert answer.status_code == 404
    assert db.session.query(GatewayPayment).count() == db.session.query(BatchLine).count() == 1


def test_a_carrier_collected_nothing_for_an_order_that_was_not_sent(cast, seller):
    order = make_money.order(seller)
    order.pay_by, order.handing = PayBy.COD, Handing.DELIVERY
    make_money.go(order, State.CONFIRMED)
    head = ["Mã vận đơn", "Mã đơn hàng", "Trạng thái", "Tiền thu hộ", "Tổng phí", "Thực nhận"]
    data = sheet(["GHN001", order.ref, "Đã giao", 185_000, 22_000, 163_000], head=head)
    send(cast.ours, data, "cod", carrier="GHN")
    batch = the_batch()
    assert (batch.lines[0].said, order.paid_vnd) == (*("Đơn này chưa gửi đi: xem lại mã đơn.", 0),)
    assert found(batch) != [batches.MATCHED]


def test_it_is_booked_on_its_own_last_day(cast, seller, payment):
    row = row_of(payment)
    day = clock.today() - timedelta(days=3)
    row[2] = f"{day:%d/%m/%Y}"
    send(cast.ours, sheet(row))
    fees = select(Entry.on).where(Entry.subject == f"batch:{the_batch().ref}")
    assert set(db.session.scalars(fees)) == {day}


def test_a_payout_taken_off_again_waits_for_its_money_again(cast, seller, payment):
    send(cast.ours, sheet(row_of(payment)))
    batch = the_batch()
    line = paid_out(seller, batch)
    batches.pay_out(batch, line, "Kế toán")
    matching.undo(line, "Kế toán")
    assert the_batch().bank_line_id is None
    batches.pay_out(the_batch(), line, "Kế toán")
    assert entries.balance_vnd(seller.id, accounts.clearing("vnpay")) == 0
