"""Settlements: each line against what we know, and an account that the payout empties."""

import csv
import html
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.ledger import accounts, entries
from shop.ledger.models import Entry
from shop.orders import dues
from shop.orders.models import Handing, Order, PayBy, State
from shop.payments import captures
from shop.payments.models import GatewayPayment
from shop.reconciliation import batches, differences, lacking, matching, parcels, settling
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import Batch, BatchLine, Found, ImportState, LineState
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
    answer = person.post(PAGE, form | more, content_type="multipart/form-data")
    if answer.status_code == 303:
        settling.carry_out(the_batch().id)
    return answer


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
    assert (found(batch), batch.net_vnd) == ([Found.MATCHED], 183_000)
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
    assert found(batch) == [Found.DIFFERS, Found.UNKNOWN]
    assert differences.left_vnd(batch) == 49_000
    assert "Còn lệch" in cast.ours.get(f"{PAGE}/{batch.ref}").text
    for line, decision in zip(batch.lines, ("other", "sales"), strict=True):
        cast.ours.post(f"{PAGE}/{batch.ref}/quyet", {"line": line.id, "decision": decision})
    assert (found(batch), differences.left_vnd(batch)) == ([Found.DECIDED] * 2, 0)
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
    found = [(each.order, each.name, each.late) for each in lacking.missing(the_batch())]
    assert found == [(order, "14499999", False)]
    assert "14499999" in cast.ours.get(f"{PAGE}/{the_batch().ref}").text


def test_the_same_file_is_one_batch_and_the_same_line_counts_once(cast, seller, payment):
    data = sheet(row_of(payment))
    first = send(cast.ours, data).location
    assert send(cast.ours, data).location == first
    send(cast.ours, sheet(row_of(payment), ["999", "X", "", 1_000, 0, 1_000]))
    assert found(the_batch()) == [Found.REPEATED, Found.UNKNOWN]
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
    assert (found(batch), order.paid_vnd) == ([Found.MATCHED], 185_000)
    assert order.paid_at is not None
    batches.pay_out(batch, paid_out(seller, batch), "Kế toán")
    assert entries.balance_vnd(seller.id, accounts.carrier("GHN")) == 0
    assert entries.balance_vnd(seller.id, accounts.FREIGHT) == 22_000


def test_a_sheet_that_cannot_be_read_changes_nothing(cast, seller):
    before = entries.balances(seller.id)
    send(cast.ours, b"a,b\n1,2")
    batch = the_batch()
    assert (batch.state, batch.lines, batch.net_vnd) == (ImportState.REFUSED, [], 0)
    assert entries.balances(seller.id) == before
    assert batch.refused in html.unescape(cast.ours.get(f"{PAGE}/{batch.ref}").text)
    assert "không đọc được" in cast.ours.get(PAGE).text


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
    assert (again.ref != batch.ref, found(again)) == (True, [Found.MATCHED])


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
    assert found(batch) == [Found.DIFFERS]
    page = cast.ours.get(f"{PAGE}/{batch.ref}").text
    assert "Phần thiếu vẫn chờ ở đơn" in page
    assert "Doanh thu bán ngoài hệ thống" not in page
    typed = {"line": str(batch.lines[0].id), "decision": "sales"}
    cast.ours.post(f"{PAGE}/{batch.ref}/quyet", typed)
    assert found(batch) == [Found.DIFFERS]
    cast.ours.post(f"{PAGE}/{batch.ref}/quyet", typed | {"decision": "short"})
    assert (found(batch), dues.open_vnd(order)) == ([Found.DECIDED], 35_000)


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
    assert found(batch) != [Found.MATCHED]


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


def test_the_money_may_come_first_and_the_sheet_stays_open_until_each_line_is_decided(
    cast, seller, payment
):
    send(cast.ours, sheet(row_of(payment), ["999", "X", "", 50_000, 0, 50_000]))
    batch = the_batch()
    batches.pay_out(batch, paid_out(seller, batch), "Kế toán")
    assert (differences.is_done(batch), differences.standing_vnd(batch)) == (False, -50_000)
    listed = cast.ours.get(PAGE).text
    assert "tiền đã về, còn mở" in listed
    assert "Còn mở (1)" in listed
    assert batch.filename in cast.ours.get(f"{PAGE}?muc=mo").text
    assert f"{PAGE}/{batch.ref}" not in cast.ours.get(f"{PAGE}?muc=xong").text
    assert "này xong" not in cast.ours.get(f"{PAGE}/{batch.ref}").text
    cast.ours.post(f"{PAGE}/{batch.ref}/quyet", {"line": batch.lines[1].id, "decision": "sales"})
    assert (differences.is_done(batch), differences.standing_vnd(batch)) == (True, 0)
    assert entries.balance_vnd(seller.id, accounts.clearing("vnpay")) == 0
    db.session.expire_all()
    assert "Còn mở (0)" in cast.ours.get(PAGE).text
    assert f"{PAGE}/{batch.ref}" in cast.ours.get(f"{PAGE}?muc=xong").text
    assert "bảng này xong" in cast.ours.get(f"{PAGE}/{batch.ref}").text


def test_what_is_paid_twice_is_decided_before_the_sheet_is_done(cast, seller, payment):
    send(cast.ours, sheet(row_of(payment)))
    first = the_batch()
    batches.pay_out(first, paid_out(seller, first), "Kế toán")
    assert differences.is_done(first)
    send(cast.ours, sheet(row_of(payment), head=[*HEAD[:-1], "Thực nhận "]))
    again = the_batch()
    assert (again.ref != first.ref, found(again)) == (True, [Found.REPEATED])
    batches.pay_out(again, paid_out(seller, again), "Kế toán")
    assert not differences.is_done(again)
    cast.ours.post(f"{PAGE}/{again.ref}/quyet", {"line": again.lines[0].id, "decision": "other"})
    assert differences.is_done(again)
    assert entries.balance_vnd(seller.id, accounts.clearing("vnpay")) == 0
    assert entries.balance_vnd(seller.id, accounts.OTHER_OUT) == -183_000


COD = ["Mã vận đơn", "Mã đơn hàng", "Trạng thái", "Tiền thu hộ", "Tổng phí", "Thực nhận"]


def parcel(seller, tracking_no, days=0, carrier="GHN"):
    """A parcel of 185.000 đ to be paid at the door, given to its carrier so many days ago."""
    order = make_money.order(seller)
    order.pay_by, order.handing = PayBy.COD, Handing.DELIVERY
    order.tracking_no, order.carrier = tracking_no, carrier
    for step in (State.CONFIRMED, State.PACKING, State.SHIPPED):
        make_money.go(order, step)
    order.events[-1].at = clock.now() - timedelta(days=days)
    db.session.flush()
    return order


def cod_row(order, collected=185_000, state="Đã giao"):
    day = f"{clock.today():%d/%m/%Y}"
    return [order.tracking_no, order.ref, state, collected, 0, collected, day]


def cod_sheet(person, *rows):
    send(person, sheet(*rows, head=[*COD, "Ngày giao"]), "cod", carrier="GHN")
    return the_batch()


def test_a_parcel_that_the_carriers_sheet_lacks_is_named_with_its_age(cast, seller):
    brought, young, old = parcel(seller, "G1"), parcel(seller, "G2", 3), parcel(seller, "G3", 15)
    parcel(seller, "V1", 20, carrier="VTP")
    parcel(cast.theirs.seller, "G9", 20)
    batch = cod_sheet(cast.ours, cod_row(brought))
    missing = [(each.order, each.name, each.days, each.late) for each in lacking.missing(batch)]
    assert missing == [(old, "G3", 15, True), (young, "G2", 3, False)]
    assert [each.amount_vnd for each in lacking.missing(batch)] == [185_000, 185_000]
    page = cast.ours.get(f"{PAGE}/{batch.ref}").text
    assert "15 ngày, quá hạn" in page
    assert "3 ngày, có thể ở bảng sau" in page
    cod_sheet(cast.ours, cod_row(young), cod_row(old))
    assert lacking.missing(batch) == []


def test_a_marketplaces_order_that_its_sheet_lacks_is_named(cast, seller):
    order = make_money.order(seller, source_key="shopee:2611SN01")
    for step in (State.PAID, State.PACKING, State.SHIPPED):
        make_money.go(order, step)
    order.paid_vnd = 0
    today = clock.today()
    values = {"source": "shopee", "digest": "0", "filename": "s.xlsx", "by": "Ai đó"}
    more = {"account": "marketplace:shopee", "net_vnd": 0, "first": today, "last": today}
    batch = Batch(seller_id=seller.id, warnings={"said": []}, **values, **more)
    db.session.add(batch)
    db.session.flush()
    assert [(m.order, m.name, m.amount_vnd) for m in lacking.missing(batch)] == [
        (order, "2611SN01", 185_000)
    ]
    batch.last = today - timedelta(days=1)
    assert lacking.missing(batch) == []


def test_each_parcel_is_open_short_returned_or_remitted(cast, seller):
    waiting, short = parcel(seller, "G1", 15), parcel(seller, "G2")
    back, paid = parcel(seller, "G3"), parcel(seller, "G4")
    assert set(states(cast)) == {parcels.ParcelState.OPEN}
    rows = (cod_row(short, 150_000), cod_row(back, 0, "Đã hoàn"), cod_row(paid))
    batch = cod_sheet(cast.ours, *rows)
    kinds = parcels.ParcelState
    assert states(cast) == [kinds.OPEN, kinds.SHORT, kinds.RETURNED, kinds.OPEN]
    batches.pay_out(batch, paid_out(seller, batch), "Kế toán")
    db.session.flush()
    assert states(cast) == [kinds.OPEN, kinds.SHORT, kinds.RETURNED, kinds.REMITTED]
    page = f"{PAGE}/thu-ho"
    for state, order in zip(states(cast)[1:], (short, back, paid), strict=True):
        listed = cast.ours.get(f"{page}?trang-thai={state}").text
        assert [each.ref for each in (waiting, short, back, paid) if each.ref in listed] == [
            order.ref
        ]
    late = cast.ours.get(f"{page}?trang-thai=qua-han").text
    assert (waiting.ref in late, short.ref in late) == (True, False)
    assert waiting.ref not in cast.theirs.get(page).text


def states(cast):
    mine = select(Order).where(Order.seller_id == cast.ours.seller.id).order_by(Order.id)
    return [each.state for each in parcels.shown(db.session.execute(parcels.all_of(mine)).all())]


def sent(seller, *orders):
    rows = [cod_row(order) for order in orders]
    data = sheet(*rows, head=[*COD, "Ngày giao"])
    return settling.take(SYSTEM, seller, "cod", data, "ghn.csv", "GHN")


def test_a_sheet_is_booked_by_a_job_that_may_be_killed_and_repeated(cast, seller, monkeypatch):
    monkeypatch.setattr(settling, "CHUNK", 2)
    orders = [parcel(seller, f"G{number}") for number in range(5)]
    batch = sent(seller, *orders)
    assert (batch.state, batch.done) == (ImportState.READING, 0)
    page = f"{PAGE}/{batch.ref}"
    assert f'data-refresh="{page}/trang-thai"' in cast.ours.get(page).text
    meet, calls = batches.meet, []

    def killed(*args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("killed")
        meet(*args)

    monkeypatch.setattr(batches, "meet", killed)
    with pytest.raises(RuntimeError):
        settling.carry_out(batch.id)
    db.session.expire_all()
    assert (batch.state, batch.done, batch.many, len(batch.lines)) == ("working", 2, 5, 2)
    assert 'value="2"' in cast.ours.get(f"{page}/trang-thai").text
    with pytest.raises(CannotMatch):
        batches.pay_out(batch, make_money.bank_line(seller, amount_vnd=925_000), "Kế toán")
    for _twice in range(2):
        settling.carry_out(batch.id)
    db.session.expire_all()
    assert (batch.state, batch.done, found(batch)) == ("done", 5, [Found.MATCHED] * 5)
    assert [order.paid_vnd for order in orders] == [185_000] * 5
    assert entries.balance_vnd(seller.id, accounts.carrier("GHN")) == 925_000
    assert cast.theirs.get(f"{page}/trang-thai").status_code == 404


def test_a_job_given_up_says_so_and_the_same_file_takes_it_up_again(seller):
    order = parcel(seller, "G1")
    batch = sent(seller, order)
    settling.give_up(batch.id)
    assert (batch.state, order.paid_vnd) == (ImportState.REFUSED, 0)
    assert sent(seller, order).id == batch.id
    settling.carry_out(batch.id)
    assert (batch.state, order.paid_vnd) == (ImportState.DONE, 185_000)
    settling.give_up(batch.id)
    assert batch.state == ImportState.DONE


def test_a_line_that_stands_twice_in_a_file_counts_once_over_chunks(seller, monkeypatch):
    monkeypatch.setattr(settling, "CHUNK", 1)
    order = parcel(seller, "G1")
    batch = sent(seller, order, order)
    settling.carry_out(batch.id)
    assert (found(batch), order.paid_vnd) == ([Found.MATCHED, Found.REPEATED], 185_000)


def test_rows_of_two_pages_of_a_file_may_have_the_same_number(seller, monkeypatch):
    first, second = parcel(seller, "G1"), parcel(seller, "G2")
    read = settling.SHEETS["cod"]

    def numbered_alike(data, name):
        whole = read(data, name)
        return replace(whole, lines=[replace(line, row=2) for line in whole.lines])

    monkeypatch.setitem(settling.SHEETS, "cod", numbered_alike)
    batch = sent(seller, first, second, first)
    settling.carry_out(batch.id)
    assert found(batch) == [Found.MATCHED, Found.MATCHED, Found.REPEATED]
