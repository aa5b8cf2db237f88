"""The API of reconciliation: lines said to be something, statements, the day, books, vouchers."""

import base64
from datetime import timedelta

import pytest

from shop import clock
from shop.accounts.models import Role
from shop.database import db
from shop.orders.models import State
from shop.reconciliation import matching, settling
from shop.reconciliation.models import Batch
from tests import make, make_gateways, make_money, make_tokens

CSV = """Ngày giao dịch,Số tiền ghi nợ,Số tiền ghi có,Số dư,Nội dung chi tiết,Số tham chiếu
{day},,185000,1185000,CK {ref},FT1
"""
SHEET = """Mã giao dịch VNPAY,Mã đơn hàng,Thời gian giao dịch,Số tiền,Phí,Thực nhận
{payment.transaction},{payment.key},{day},184990,2000,182990
"""


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


def waiting(seller, **more):
    line = make_money.bank_line(seller, **more)
    matching.match(line)
    db.session.commit()
    return line


def test_a_line_is_matched_and_taken_back(cast, program):
    order = make_money.order(cast.ours.seller)
    line = waiting(cast.ours.seller)
    url = f"/api/v1/bank-lines/{line.ref}"
    answer = program.post(f"{url}/match", {"orders": [{"order": order.ref}]})
    assert (answer.json["state"], order.state) == ("matched", State.PAID)
    assert program.post(f"{url}/match", {"orders": [{"order": order.ref}]}).status_code == 409
    assert program.post(f"{url}/undo", None).json["state"] == "suspense"
    assert order.state == State.AWAITING_PAYMENT


def test_a_line_is_a_fee_or_other_money(cast, program):
    line = waiting(cast.ours.seller, direction="out")
    url = f"/api/v1/bank-lines/{line.ref}/purpose"
    assert program.post(url, {"purpose": "fee"}).json["reason"] == "fee"
    line = waiting(cast.ours.seller)
    url = f"/api/v1/bank-lines/{line.ref}/purpose"
    assert program.post(url, {"purpose": "fee"}).status_code == 422
    assert program.post(url, {"purpose": "other"}).json["reason"] == "other"


def test_what_waits_is_given_back_once_and_listed_with_what_to_write(cast, program):
    line = waiting(cast.ours.seller, counterparty="LE THI LAN")
    url = f"/api/v1/bank-lines/{line.ref}/give-back"
    assert program.post(url, {}).status_code == 422
    got = program.post(url, {"reason": "chuyển nhầm"}).json
    assert (got["state"], got["allocations"][0]["order"]) == ("matched", None)
    assert program.post(url, {"reason": "chuyển nhầm"}).status_code == 409
    (refund,) = program.get("/api/v1/refunds").json["items"]
    assert (refund["order"], refund["payee"], refund["amount_vnd"]) == (None, "LE THI LAN", 185_000)
    assert refund["reference"] == refund["ref"]


def test_a_movement_that_the_bank_undid_is_said_of_both_lines(cast, program):
    account = make.bank_account(cast.ours.seller)
    came, went = (
        waiting(cast.ours.seller, direction=direction, bank_account_id=account.id)
        for direction in ("in", "out")
    )
    theirs = waiting(cast.theirs.seller, direction="out")
    url = f"/api/v1/bank-lines/{came.ref}/reversal"
    assert program.post(url, {"other": theirs.ref}).status_code == 404
    assert program.post(url, {"other": went.ref}).json["state"] == "reversed"
    assert went.state == "reversed"
    assert program.post(f"/api/v1/bank-lines/{went.ref}/undo", None).json["state"] == "suspense"
    assert came.state == "suspense"


def test_a_statement_is_sent_read_agreed_to_and_taken(cast, program, run_tasks):
    account = make.bank_account(cast.ours.seller)
    order = make_money.order(cast.ours.seller)
    data = CSV.format(day=f"{clock.today():%d/%m/%Y}", ref=order.ref).encode()
    body = {"account": account.ref, "filename": "a.csv", "content": base64.b64encode(data).decode()}
    sent = program.post("/api/v1/statements", body)
    assert (sent.status_code, sent.json["state"]) == (202, "reading")
    assert program.post("/api/v1/statements", body).json["ref"] == sent.json["ref"]
    run_tasks()
    url = f"/api/v1/statements/{sent.json['ref']}"
    assert program.get(url).json["state"] == "ready"
    assert program.post(f"{url}/agreement", None).status_code == 202
    run_tasks()
    assert (program.get(url).json["state"], order.state) == ("done", State.PAID)
    assert program.post("/api/v1/statements", body | {"content": "@"}).status_code == 422


def test_a_day_is_read_signed_and_locked(cast, program):
    on = (clock.today() - timedelta(days=1)).isoformat()
    url = f"/api/v1/sellers/{cast.ours.seller.ref}/day"
    assert program.get(f"{url}?on={on}").json["signed"] is False
    assert program.post(url, {"on": on}).json["signed"] is True
    assert program.post(url, {"on": on}).json["signed"] is True
    assert program.post(url, {"on": clock.today().isoformat()}).status_code == 409
    voucher = {"seller": cast.ours.seller.ref, "direction": "out", "on": on, "amount_vnd": 1000}
    voucher |= {"money": "cash", "tag": "other", "text": "mua bao"}
    assert program.post("/api/v1/cash-vouchers", voucher).status_code == 409


def test_a_voucher_is_written_once_and_stands_in_the_book(cast, program):
    today = clock.today().isoformat()
    voucher = {"seller": cast.ours.seller.ref, "direction": "out", "on": today}
    voucher |= {"amount_vnd": 20_000, "money": "cash", "tag": "packing", "text": "mua bao"}
    key = {"Idempotency-Key": "v"}
    first = program.post("/api/v1/cash-vouchers", voucher, **key)
    assert (
        first.json["number"] == program.post("/api/v1/cash-vouchers", voucher, **key).json["number"]
    )
    assert len(program.get("/api/v1/cash-vouchers").json["items"]) == 1
    url = f"/api/v1/sellers/{cast.ours.seller.ref}/books/thu-chi"
    (book,) = program.get(f"{url}?first={today}&last={today}").json["books"]
    assert (book["out_vnd"], len(book["rows"])) == (20_000, 1)
    assert program.get(f"{url}?first=2020-01-01&last={today}").status_code == 422
    assert program.get(f"{url[:-7]}khong-co?first={today}&last={today}").status_code == 404


def test_a_book_becomes_a_file_by_a_job(cast, program, run_tasks):
    today = clock.today().isoformat()
    url = f"/api/v1/sellers/{cast.ours.seller.ref}/books/thu-chi"
    asked = program.post(url, {"first": today, "last": today, "form": "xlsx"})
    assert asked.status_code == 202
    run_tasks()
    assert program.get(f"/api/v1/book-exports/{asked.json['ref']}").json["state"] == "done"


def test_strangers_and_hosts_find_nothing(cast):
    line = waiting(cast.ours.seller)
    host = make.member(cast.ours.seller, role=Role.HOST)
    url = f"/api/v1/bank-lines/{line.ref}"
    seller = f"/api/v1/sellers/{cast.ours.seller.ref}"
    for person, status in ((cast.theirs.user, 404), (host, 403)):
        program = make_tokens.program(cast.visitor, person)
        assert program.post(f"{url}/undo", None).status_code == status
        assert program.post(f"{url}/purpose", {"purpose": "other"}).status_code == status
        assert program.get(f"{seller}/day?on=2026-01-01").status_code == status
    reader = make_tokens.program(cast.visitor, cast.ours.user, "money:read")
    assert reader.post(f"{url}/undo", None).status_code == 403


def test_a_settlement_is_sent_read_paid_and_taken_back(cast, program):
    seller = cast.ours.seller
    payment = make_gateways.captured(seller, make_money.order(seller))
    sheet = SHEET.format(payment=payment, day=f"{clock.today():%d/%m/%Y}")
    body = {"seller": seller.ref, "source": "vnpay", "filename": "t1.csv"}
    body["content"] = base64.b64encode(sheet.encode()).decode()
    assert program.post("/api/v1/settlements", body | {"content": "@"}).status_code == 422
    sent = program.post("/api/v1/settlements", body)
    assert (sent.status_code, sent.json["state"], sent.json["lines"]) == (201, "reading", [])
    settling.carry_out(db.session.query(Batch).one().id)
    sent = program.get(f"/api/v1/settlements/{sent.json['ref']}")
    assert (sent.json["state"], sent.json["lines_done"], sent.json["undecided"]) == ("done", 1, 1)
    assert (sent.json["net_vnd"], sent.json["left_vnd"]) == (182_990, -10)
    assert [line["found"] for line in sent.json["lines"]] == ["differs"]
    url = f"/api/v1/settlements/{sent.json['ref']}"
    assert program.post("/api/v1/settlements", body).json["ref"] == sent.json["ref"]
    said = {"line": sent.json["lines"][0]["id"], "decision": "other"}
    assert program.post(f"{url}/decisions", said).json["left_vnd"] == 0
    assert program.post(f"{url}/decisions", said).status_code == 409
    assert program.get(url).json["lines"][0]["found"] == "decided"
    line = waiting(seller, content="VNPAY TT", amount_vnd=182_990)
    paid = program.post(f"{url}/money", {"bank_line": line.ref}).json
    assert (paid["paid"], paid["undecided"], paid["explained"]) == (True, 0, True)
    assert program.post(f"{url}/withdrawal", None).status_code == 409
    program.post(f"/api/v1/bank-lines/{line.ref}/undo", None)
    assert program.post(f"{url}/withdrawal", None).json["taken_back_at"]
    listed = program.get("/api/v1/settlements").json["items"]
    assert [row["ref"] for row in listed] == [sent.json["ref"]]
