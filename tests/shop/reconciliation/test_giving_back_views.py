"""The accountant's screen of money that goes back."""

import pytest
from sqlalchemy import select

from shop.accounts.models import AuditEntry
from shop.database import db
from shop.payments.models import Refund, RefundState
from shop.reconciliation import matching
from shop.reconciliation.models import LineState
from tests import make, make_money

LIST = "/ban-hang/doi-soat"


def waiting(seller, content="tien che", **more):
    line = make_money.bank_line(seller, content, **more)
    matching.match(line)
    db.session.commit()
    return line


def only_refund():
    return db.session.scalars(select(Refund)).one()


def test_a_second_transfer_stands_in_the_queue_as_its_buyers_and_goes_back(cast):
    order = make_money.order(cast.ours.seller)
    waiting(cast.ours.seller, order.ref)
    line = waiting(cast.ours.seller, order.ref)
    queue = cast.ours.get(f"{LIST}?trang-thai=partly_allocated").text
    assert "Chuyển thừa hoặc chuyển lần nữa" in queue
    page = cast.ours.get(f"{LIST}/{line.ref}").text
    assert "Trả lại người chuyển 185.000" in page
    assert f"Của khách đơn {order.ref}: Lê Thị Lan" in page
    answer = cast.ours.post(f"{LIST}/{line.ref}/tra-lai", {"reason": "chuyển hai lần"})
    assert answer.status_code == 303
    assert (line.state, only_refund().order) == (LineState.MATCHED, order)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.action == "bank_line.give_back"


def test_without_a_reason_nothing_goes_back(cast):
    line = waiting(cast.ours.seller)
    cast.ours.post(f"{LIST}/{line.ref}/tra-lai", {"reason": ""})
    assert (line.state, db.session.scalars(select(Refund)).all()) == (LineState.SUSPENSE, [])


def test_a_refund_of_no_order_is_listed_with_what_to_write_and_can_be_given_up(cast, run_tasks):
    line = waiting(cast.ours.seller, counterparty="LE THI LAN")
    cast.ours.post(f"{LIST}/{line.ref}/tra-lai", {"reason": "chuyển nhầm", "order": ""})
    refund = only_refund()
    for url in ("/ban-hang/hoan-tien", f"/ban-hang/hoan-tien?ref={refund.ref}"):
        page = cast.ours.get(url).text
        assert (refund.reference in page, "LE THI LAN" in page) == (True, True)
    assert "không theo đơn nào" in cast.ours.get(f"{LIST}/{line.ref}").text
    assert refund.reference not in cast.theirs.get("/ban-hang/hoan-tien").text
    assert cast.theirs.post(f"/ban-hang/hoan-tien/{refund.ref}/bo").status_code == 404
    answer = cast.ours.post(f"/ban-hang/hoan-tien/{refund.ref}/bo")
    assert answer.headers["Location"].endswith("/ban-hang/hoan-tien")
    run_tasks()
    assert (refund.state, line.state) == (RefundState.FAILED, LineState.PARTLY)
    assert "Gỡ khớp" in cast.ours.get(f"{LIST}/{line.ref}").text


def test_the_transfer_back_is_suggested_on_the_line_out(cast):
    line = waiting(cast.ours.seller, counterparty="LE THI LAN")
    cast.ours.post(f"{LIST}/{line.ref}/tra-lai", {"reason": "chuyển nhầm", "order": ""})
    out = waiting(cast.ours.seller, "chuyen khoan", direction="out")
    assert "Trả lại người chuyển – LE THI LAN" in cast.ours.get(f"{LIST}/{out.ref}").text
    cast.ours.post(f"{LIST}/{out.ref}/la-hoan-tien/{only_refund().ref}")
    assert (only_refund().state, out.state) == (RefundState.PAID, LineState.MATCHED)
    assert cast.ours.get(f"{LIST}/{out.ref}").status_code == 200


def test_another_sellers_order_cannot_be_named(cast):
    order = make_money.order(cast.theirs.seller)
    line = waiting(cast.ours.seller)
    sent = {"reason": "chuyển nhầm", "order": order.ref}
    cast.ours.post(f"{LIST}/{line.ref}/tra-lai", sent)
    assert (line.state, db.session.scalars(select(Refund)).all()) == (LineState.SUSPENSE, [])


@pytest.mark.parametrize("first", ["in", "out"])
def test_what_the_bank_reversed_is_offered_and_said_of_both(cast, first):
    account = make.bank_account(cast.ours.seller)
    there = {way: waiting(cast.ours.seller, direction=way, bank_account_id=account.id)
             for way in ("in", "out")}  # fmt: skip
    line = there.pop(first)
    (other,) = there.values()
    assert "ngân hàng tự đảo" in cast.ours.get(f"{LIST}/{line.ref}").text
    cast.ours.post(f"{LIST}/{line.ref}/dao/{other.ref}")
    assert (line.state, other.state) == (LineState.REVERSED, LineState.REVERSED)
    assert "Bù với" in cast.ours.get(f"{LIST}/{line.ref}").text


def test_another_sellers_line_is_no_twin(cast):
    line, theirs = waiting(cast.ours.seller), waiting(cast.theirs.seller, direction="out")
    assert cast.ours.post(f"{LIST}/{line.ref}/dao/{theirs.ref}").status_code == 404
    assert (line.state, theirs.state) == (LineState.SUSPENSE, LineState.SUSPENSE)


def test_an_orders_page_tells_what_came_for_it_and_not_what_goes_back_as_well(cast):
    order = make_money.order(cast.ours.seller)
    line = waiting(cast.ours.seller, order.ref, amount_vnd=200_000)
    cast.ours.post(f"{LIST}/{line.ref}/tra-lai", {"reason": "chuyển thừa"})
    page = cast.ours.get(f"/ban-hang/don-hang/{order.ref}").text
    came = page.partition("Tiền đã về")[2].partition("</section>")[0]
    assert (came.count('class="amount"'), "185.000" in came) == (1, True)
