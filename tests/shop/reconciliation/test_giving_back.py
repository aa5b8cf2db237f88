"""Money that came twice, too late or to nobody has a way back: once, and through the books."""

import pytest
from sqlalchemy import func, select

from shop.database import db
from shop.ledger import accounts, entries
from shop.orders import collecting, states
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.models import Refund, RefundState
from shop.reconciliation import giving_back, matching, suggesting
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import LineState, Reason
from tests import make, make_money


@pytest.fixture
def seller(database):
    return make.seller()


@pytest.fixture
def order(seller):
    return make_money.order(seller)


def waiting(seller, content="tien che", **more):
    line = make_money.bank_line(seller, content, **more)
    matching.match(line)
    db.session.flush()
    return line


def stands(seller):
    """Suspense and customer credit."""
    return tuple(
        entries.balance_vnd(seller.id, name) for name in (accounts.SUSPENSE, accounts.CREDIT)
    )


def test_what_was_too_much_goes_back_once(seller, order):
    line = waiting(seller, order.ref, amount_vnd=200_000)
    refund = giving_back.decide(line, "Kế toán", "chuyển thừa")
    assert (refund.amount_vnd, refund.credit_vnd, line.state) == (15_000, 15_000, "matched")
    assert (order.refunded_vnd, matching.left_vnd(line)) == (0, 0)
    waiting(seller, order.ref, direction="out", amount_vnd=15_000)
    assert stands(seller) == (0, 0)


def test_what_was_not_given_back_after_all_is_left_of_the_line_again(seller, order, run_tasks):
    line = waiting(seller, order.ref, amount_vnd=200_000)
    refund = giving_back.decide(line, "Kế toán", "chuyển thừa")
    refunds.fail(refunds.locked(refund.id), "given_up", "khách để lại mua tiếp")
    run_tasks()
    assert (line.state, line.reason) == (LineState.PARTLY, Reason.SURPLUS)
    assert matching.left_vnd(line) == 15_000


@pytest.mark.parametrize("end", [State.PAID, State.CANCELLED, State.EXPIRED])
def test_money_for_an_order_that_waits_for_none_goes_back_whole_to_its_buyer(seller, order, end):
    make_money.go(order, end)
    before = (order.state, order.paid_vnd)
    line = waiting(seller, order.ref)
    refund = giving_back.decide(line, "Kế toán", "đơn không nhận tiền nữa")
    assert (refund.order, refund.amount_vnd, refund.state) == (order, 185_000, RefundState.DUE)
    assert (line.state, matching.left_vnd(line)) == (LineState.MATCHED, 0)
    assert stands(seller) == (0, -185_000)
    out = waiting(seller, f"HOAN {order.ref}", direction="out")
    assert (out.state, out.reason, refund.state) == ("matched", Reason.REFUND, RefundState.PAID)
    assert stands(seller) == (0, 0)
    assert (order.state, order.paid_vnd, order.refunded_vnd) == (*before, 0)
    assert not {"expense", "income", "sales_returns"} & {
        name.partition(":")[0] for name in entries.balances(seller.id)
    }


def test_money_of_no_known_order_goes_back_to_its_payer_under_a_reference_of_its_own(seller):
    line = waiting(seller, "tien che", counterparty="LE THI LAN")
    refund = giving_back.decide(line, "Kế toán", "chuyển nhầm")
    assert (refund.order, refund.payee, refund.seller_id) == (None, "LE THI LAN", seller.id)
    out = waiting(seller, f"TRA LAI {refund.reference}", direction="out")
    assert (out.reason, refund.state) == (Reason.REFUND, RefundState.PAID)
    assert stands(seller) == (0, 0)
    with pytest.raises(CannotMatch, match="đã hoàn cho khách"):
        matching.undo(line, "Kế toán")


def test_a_transfer_back_that_names_nothing_is_suggested_and_said_by_hand(seller):
    refund = giving_back.decide(waiting(seller), "Kế toán", "chuyển nhầm")
    out = waiting(seller, "chuyen khoan", direction="out")
    assert list(suggesting.due_refunds(out)) == [refund]
    matching.refund(out, refund.ref, "Kế toán")
    assert (refund.state, stands(seller)) == (RefundState.PAID, (0, 0))


def test_another_sellers_transfer_does_not_settle_it(seller):
    other = make.seller(name="HTX khác")
    refund = giving_back.decide(waiting(seller), "Kế toán", "chuyển nhầm")
    out = waiting(other, refund.reference, direction="out")
    assert (out.reason, refund.state) == (Reason.OUTGOING, RefundState.DUE)
    with pytest.raises(CannotMatch, match="Không có khoản hoàn này"):
        matching.refund(out, refund.ref, "Kế toán")


def test_given_up_it_waits_again_as_the_payers_and_can_be_undone_or_given_back(seller, run_tasks):
    line = waiting(seller)
    refund = giving_back.decide(line, "Kế toán", "chuyển nhầm")
    refunds.fail(refunds.locked(refund.id), "given_up", "khách mua tiếp")
    run_tasks()
    assert (line.state, matching.left_vnd(line), stands(seller)) == (
        *(LineState.PARTLY, 185_000),
        (0, -185_000),
    )
    matching.undo(line, "Kế toán")
    assert (line.state, line.reason, stands(seller)) == (
        *(LineState.SUSPENSE, Reason.UNDONE),
        (-185_000, 0),
    )
    assert giving_back.decide(line, "Kế toán", "trả lại").id != refund.id
    assert stands(seller) == (0, -185_000)


def test_the_same_money_goes_back_once(seller, order):
    line = waiting(seller)
    giving_back.decide(line, "Kế toán", "chuyển nhầm")
    with pytest.raises(CannotMatch, match="không chờ khớp"):
        giving_back.decide(line, "Kế toán", "chuyển nhầm")
    with pytest.raises(CannotMatch, match="đã hoàn cho khách"):
        matching.undo(line, "Kế toán")
    with pytest.raises(CannotMatch, match="không chờ khớp"):
        matching.match_to(line, {order.ref: None}, "Kế toán")
    assert db.session.scalar(select(func.count(Refund.id))) == 1
    assert (order.paid_vnd, stands(seller)) == (0, (0, -185_000))


def test_a_person_can_say_whose_money_it_was(seller, order):
    line = waiting(seller)
    assert giving_back.decide(line, "Kế toán", "Lan nhờ", order.ref.lower()).order == order


def test_another_sellers_order_is_nobody_here_and_nothing_changes(seller):
    other = make_money.order(make.seller(name="HTX khác"))
    line = waiting(seller)
    with pytest.raises(CannotMatch, match=f"không có đơn {other.ref}"):
        giving_back.decide(line, "Kế toán", "Lan nhờ", other.ref)
    assert (line.state, stands(seller)) == (LineState.SUSPENSE, (-185_000, 0))
    assert db.session.scalar(select(func.count(Refund.id))) == 0


def test_a_line_that_may_be_told_twice_is_not_given_back(seller):
    line = waiting(seller, reason=Reason.LOOKS_LIKE)
    assert line.state == LineState.SUSPENSE
    with pytest.raises(CannotMatch, match="trùng"):
        giving_back.decide(line, "Kế toán", "chuyển nhầm")
    assert stands(seller) == (-185_000, 0)


def test_money_out_is_not_given_back(seller):
    with pytest.raises(CannotMatch):
        giving_back.decide(waiting(seller, direction="out"), "Kế toán", "chuyển nhầm")


def test_what_an_operator_collected_too_late_goes_back_through_both_books(app, seller):
    operator = make.seller(name="Công ty thu hộ")
    with make_money.collecting(app, operator):
        order = make_money.order(seller)
    states.move(order, State.CANCELLED, who="Kho")
    line = waiting(operator, order.ref)
    assert stands(operator) == (-185_000, 0)
    refund = giving_back.decide(line, "Kế toán", "đơn đã hủy")
    assert (refund.seller_id, collecting.collected_vnd(order)) == (seller.id, 185_000)
    waiting(operator, order.ref, direction="out")
    assert refund.state == RefundState.PAID
    assert (stands(operator), stands(seller)) == ((0, 0), (0, 0))
    assert collecting.collected_vnd(order) == 0
    assert set(entries.balances(seller.id).values()) == {0}


def both(line, other):
    return [(each.state, each.reason) for each in (line, other)]


def test_what_the_bank_took_back_itself_is_of_no_account(seller):
    account = make.bank_account(seller)
    came = waiting(seller, "nham", bank_account_id=account.id)
    went = waiting(seller, "STORNO nham", bank_account_id=account.id, direction="out")
    assert giving_back.twins(went) == [came]
    giving_back.reversed_by(came, went, "Kế toán")
    assert both(came, went) == [(LineState.REVERSED, Reason.REVERSED)] * 2
    assert (matching.left_vnd(came), stands(seller)) == (0, (0, 0))
    with pytest.raises(CannotMatch):
        giving_back.decide(came, "Kế toán", "trả lại")
    matching.undo(went, "Kế toán")
    assert both(came, went) == [(LineState.SUSPENSE, Reason.UNDONE)] * 2
    assert (matching.left_vnd(came), giving_back.twins(came)) == (185_000, [went])


def test_a_second_transfer_that_the_bank_took_back_leaves_no_credit(seller, order):
    make_money.go(order, State.PAID)
    account = make.bank_account(seller)
    came = waiting(seller, order.ref, bank_account_id=account.id)
    went = waiting(seller, "STORNO", bank_account_id=account.id, direction="out")
    giving_back.reversed_by(went, came, "Kế toán")
    assert stands(seller) == (0, 0)


def test_only_the_opposite_of_the_same_account_reverses_and_only_what_pays_nothing(seller, order):
    account = make.bank_account(seller)
    went = waiting(seller, "STORNO", bank_account_id=account.id, direction="out")
    elsewhere, more = (
        waiting(seller),
        waiting(seller, bank_account_id=account.id, amount_vnd=185_001),
    )
    paid = waiting(seller, order.ref, bank_account_id=account.id)
    for other in (elsewhere, more, paid, went):
        with pytest.raises(CannotMatch):
            giving_back.reversed_by(went, other, "Kế toán")
    assert (went.state, paid.state) == (LineState.SUSPENSE, LineState.MATCHED)
    assert giving_back.twins(went) == []
