"""Reconciliation in the back office: the accountant matches, others see no money."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.models import AuditEntry, Role
from shop.books import projections
from shop.database import db
from shop.ledger import accounts, entries
from shop.orders.models import State
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import bulk, matching
from shop.reconciliation.models import BankLine, LineState, Reason, StatementImport
from tests import make, make_money
from tests.app_fixtures import Person, sign_in

LIST = "/ban-hang/doi-soat"


@pytest.fixture
def joined(cast, database):
    """Somebody of our cooperative with this role."""

    def join(role):
        user = make.member(cast.ours.seller, role=role, name="Hoàng Thị Én")
        return Person(user, sign_in(database, user), cast.ours.seller)

    return join


def waiting(seller, content="tien che", **more):
    line = make_money.bank_line(seller, content, **more)
    matching.match(line)
    db.session.commit()
    return line


def test_the_list_shows_each_line_with_its_reason_and_filters_by_state(cast):
    order = make_money.order(cast.ours.seller)
    waiting(cast.ours.seller, "tien che")
    waiting(cast.ours.seller, order.ref)
    waiting(cast.theirs.seller, "tien mien")
    page = cast.ours.get(LIST).text
    assert "Nội dung chuyển khoản không có mã đơn." in page
    assert "Có mã đơn, khớp đúng." in page
    assert "tien mien" not in page
    page = cast.ours.get(f"{LIST}?trang-thai=matched").text
    assert (order.ref in page, "tien che" in page) == (True, False)


def test_the_accountant_matches_a_suggested_order(cast, joined):
    order = make_money.order(cast.ours.seller)
    line = waiting(cast.ours.seller)
    accountant = joined(Role.ACCOUNTANT)
    page = accountant.get(f"{LIST}/{line.ref}").text
    assert order.ref in page
    answer = accountant.post(f"{LIST}/{line.ref}/khop", {"order": order.ref})
    assert answer.status_code == 303
    assert (line.state, line.reason) == (LineState.MATCHED, Reason.REFERENCE)
    assert (order.state, order.paid_vnd) == (State.PAID, 185_000)
    assert order.events[-1].who == "Hoàng Thị Én"
    note = db.session.query(AuditEntry).filter_by(action="bank_line.match").one()
    assert (note.actor_name, note.subject) == ("Hoàng Thị Én", order.ref)
    assert "tien che" in accountant.get(f"/ban-hang/don-hang/{order.ref}").text


def test_a_match_is_taken_back_while_the_order_waits_and_made_again(cast):
    order = make_money.order(cast.ours.seller)
    line = waiting(cast.ours.seller, amount_vnd=100_000)
    for _time in range(2):
        cast.ours.post(f"{LIST}/{line.ref}/khop", {"order": order.ref})
        assert (order.paid_vnd, line.state) == (100_000, LineState.MATCHED)
        cast.ours.post(f"{LIST}/{line.ref}/hoan-tac")
        assert (order.paid_vnd, line.state, line.reason) == (0, LineState.SUSPENSE, Reason.UNDONE)
    page = cast.ours.get(f"{LIST}/{line.ref}").text
    assert "Đã gỡ khỏi đơn, chờ khớp lại." in page
    assert page.count("đã gỡ") == 2
    assert "Đang chờ tiền về" in cast.visitor.get(f"/don/{order.token}").text


def test_another_cooperatives_order_is_refused_and_nothing_changes(cast):
    other = make_money.order(cast.theirs.seller)
    line = waiting(cast.ours.seller)
    answer = cast.ours.post(f"{LIST}/{line.ref}/khop", {"order": other.ref})
    assert answer.status_code == 422
    assert f"Không có đơn đang chờ tiền với mã {other.ref}." in answer.text
    assert (other.state, other.paid_vnd) == (State.AWAITING_PAYMENT, 0)
    assert (line.state, line.allocations) == (LineState.SUSPENSE, [])
    assert db.session.query(AuditEntry).filter_by(action="bank_line.match").count() == 0


@pytest.mark.parametrize("typed", ["", "OCPW5T7RN", "x" * 21, "<b>"])
def test_a_reference_that_names_no_open_order_is_refused(cast, typed):
    line = waiting(cast.ours.seller)
    assert cast.ours.post(f"{LIST}/{line.ref}/khop", {"order": typed}).status_code == 422
    assert line.state == LineState.SUSPENSE
    assert "<b>" not in cast.ours.get(f"{LIST}/{line.ref}").text


def test_who_keeps_no_books_sees_no_bank_line_anywhere(cast, joined):
    order = make_money.order(cast.ours.seller)
    line = waiting(cast.ours.seller, f"{order.ref} tu Le Thi Lan")
    for role in (Role.HOST, Role.VIEWER):
        person = joined(role)
        assert "tu Le Thi Lan" not in person.get(LIST).text
        assert person.get(f"{LIST}/{line.ref}").status_code == 404
        assert person.post(f"{LIST}/{line.ref}/khop", {"order": order.ref}).status_code == 404
        assert person.post(f"{LIST}/{line.ref}/hoan-tac").status_code == 404
        assert "Tiền đã về" not in person.get(f"/ban-hang/don-hang/{order.ref}").text
    assert line.state == LineState.MATCHED


def test_an_outsider_gets_404_and_a_visitor_the_door(cast):
    order = make_money.order(cast.theirs.seller)
    line = waiting(cast.ours.seller)
    url = f"{LIST}/{line.ref}"
    assert cast.theirs.get(url).status_code == 404
    assert cast.theirs.post(f"{url}/khop", {"order": order.ref}).status_code == 404
    assert cast.theirs.post(f"{url}/khop", {"order": ""}).status_code == 404
    assert cast.theirs.post(f"{url}/hoan-tac").status_code == 404
    assert cast.visitor.get(url).status_code in {302, 303, 401}
    assert (line.state, order.paid_vnd) == (LineState.SUSPENSE, 0)


def test_taken_from_a_paid_order_the_money_and_the_order_wait_again(cast):
    order = make_money.order(cast.ours.seller)
    line = waiting(cast.ours.seller, order.ref)
    cast.ours.post(f"{LIST}/{line.ref}/hoan-tac")
    assert (order.state, line.state) == (State.AWAITING_PAYMENT, LineState.SUSPENSE)


def test_one_line_is_split_over_two_orders_by_the_form(cast):
    orders = [make_money.order(cast.ours.seller) for _each in range(2)]
    line = waiting(cast.ours.seller, amount_vnd=300_000)
    typed = {"order-1": orders[0].ref, "order-2": orders[1].ref, "amount-2": "100.000"}
    assert cast.ours.post(f"{LIST}/{line.ref}/khop", typed).status_code == 303
    assert [order.paid_vnd for order in orders] == [185_000, 100_000]
    assert matching.left_vnd(line) == 15_000


def test_after_a_deed_the_next_waiting_line_is_shown(cast):
    order = make_money.order(cast.ours.seller)
    older, newer = waiting(cast.ours.seller), waiting(cast.ours.seller)
    typed = {"order-1": order.ref, "next": "1"}
    answer = cast.ours.post(f"{LIST}/{newer.ref}/khop", typed)
    assert answer.location.endswith(older.ref)


def test_a_fee_and_both_sides_of_an_own_transfer_are_said_by_the_form(cast):
    fee = waiting(cast.ours.seller, "PHI", direction="out", amount_vnd=11_000)
    cast.ours.post(f"{LIST}/{fee.ref}/la", {"purpose": "fee", "said": "Phí SMS"})
    assert (fee.state, fee.reason) == (LineState.IGNORED, Reason.FEE)
    out = waiting(cast.ours.seller, "noi bo", direction="out")
    came = waiting(cast.ours.seller, "noi bo")
    cast.ours.post(f"{LIST}/{out.ref}/la", {"purpose": "own_transfer", "other": came.ref})
    assert (out.state, came.state) == (LineState.IGNORED, LineState.IGNORED)


def test_a_line_is_found_by_text_reference_and_amount(cast):
    line = waiting(cast.ours.seller, "chi Lan mua che", amount_vnd=123_456)
    waiting(cast.ours.seller, "nguoi khac")
    for said in ("mua che", line.bank_reference, "123.456"):
        page = cast.ours.get(f"{LIST}?q={said}").text
        assert "chi Lan mua che" in page
        assert "nguoi khac" not in page


def test_the_list_asks_as_often_for_ten_lines_as_for_one(cast, query_count):
    asked = []
    for more in (1, 9):
        for _line in range(more):
            waiting(cast.ours.seller)
        with query_count() as queries:
            assert cast.ours.get(LIST).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def doubtful(cast, order, reference="FT901\\BNK"):
    """A notice that paid a part of an order, and a statement's line that may be the same."""
    told = make_money.bank_line(
        cast.ours.seller, f"{order.ref} tra tien", amount_vnd=100_000, bank_reference="FT901"
    )
    matching.match(told)
    line = FeedLine(
        account_number=told.bank_account.account_number,
        direction="in",
        amount_vnd=100_000,
        content=f"{order.ref} tra tien FT26328901",
        bank_reference=reference,
        booked_at=told.booked_at,
        counterparty="",
    )
    file = {"digest": "x", "filename": "x.csv", "path": "x", "by": "Ai đó"}
    row = StatementImport(seller_id=told.seller_id, bank_account_id=told.bank_account_id, **file)
    db.session.add(row)
    db.session.flush()
    bulk.take(told.bank_account, [line], [1], row.id)
    db.session.commit()
    return told, db.session.query(BankLine).filter(BankLine.import_id == row.id).one()


def test_a_line_that_may_be_another_pays_nothing_until_somebody_says(cast):
    order = make_money.order(cast.ours.seller)
    told, line = doubtful(cast, order)
    assert (line.state, line.reason) == (LineState.SUSPENSE, Reason.LOOKS_LIKE)
    assert order.paid_vnd == 100_000
    page = cast.ours.get(f"{LIST}/{line.ref}").text
    assert "Có phải một lần chuyển không?" in page
    assert cast.theirs.post(f"{LIST}/{line.ref}/trung/{told.ref}").status_code == 404


def test_one_movement_told_twice_stands_in_the_books_once(cast):
    seller = cast.ours.seller
    told, line = doubtful(cast, make_money.order(seller))
    cast.ours.post(f"{LIST}/{line.ref}/trung/{told.ref}")
    db.session.refresh(line)
    assert (line.state, line.reason) == (LineState.IGNORED, Reason.DUPLICATE)
    assert entries.balance_vnd(seller.id, accounts.bank(told.bank_account.ref)) == 100_000
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE) == 0
    today = clock.today()
    book = projections.income_expense(seller.id, today - timedelta(days=3), today)
    assert (book.in_vnd, book.out_vnd) == (100_000, 0)
    cast.ours.post(f"{LIST}/{line.ref}/hoan-tac")
    db.session.refresh(line)
    assert line.state == LineState.SUSPENSE
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE) == -100_000


def test_two_movements_that_are_alike_both_pay(cast):
    order = make_money.order(cast.ours.seller)
    _told, line = doubtful(cast, order)
    cast.ours.post(f"{LIST}/{line.ref}/rieng")
    db.session.refresh(order)
    assert order.paid_vnd == 185_000


def test_an_own_transfer_goes_out_of_one_account_and_into_another(cast):
    lines = [make_money.bank_line(cast.ours.seller, f"x{n}") for n in range(2)]
    for line in lines:
        matching.match(line)
    db.session.commit()
    said = {"purpose": "own_transfer", "other": lines[1].ref}
    page = cast.ours.post(f"{LIST}/{lines[0].ref}/la", said, follow_redirects=True)
    assert "Chuyển nội bộ là tiền ra ở tài khoản này" in page.text
    assert {line.state for line in lines} == {LineState.SUSPENSE}


def test_an_order_named_twice_in_a_split_is_said_not_dropped(cast):
    order = make_money.order(cast.ours.seller)
    line = make_money.bank_line(cast.ours.seller, "tien che")
    matching.match(line)
    db.session.commit()
    said = {"order-1": order.ref, "amount-1": "50000", "order-2": order.ref, "amount-2": "60000"}
    page = cast.ours.post(f"{LIST}/{line.ref}/khop", said, follow_redirects=True)
    assert "Một đơn ghi hai lần" in page.text
    assert order.paid_vnd == 0


def test_whoever_opens_the_list_stands_in_the_trail_with_what_was_asked_for(cast, joined):
    line = waiting(cast.ours.seller)
    joined(Role.ACCOUNTANT).get(f"{LIST}?trang-thai=suspense&q=che")
    joined(Role.HOST).get(LIST)
    cast.theirs.get(LIST)
    query = select(AuditEntry).where(AuditEntry.action == "bank_line.read")
    (row,) = db.session.scalars(query).all()
    assert (row.seller_id, row.actor_name) == (cast.ours.seller.id, "Hoàng Thị Én")
    assert row.subject == "trang-thai suspense, q che, trang 1"
    assert row.changes == {"lines": [None, 1], "accounts": [None, [line.bank_account.ref]]}
    assert "xem dòng tiền ngân hàng" in cast.ours.get("/ban-hang/nhat-ky").text
