"""The seven rules, each with its state, reason, allocations and what the order has been paid."""

import pytest
from sqlalchemy import select

from shop import references
from shop.database import db
from shop.inventory import reservations
from shop.ledger import accounts, entries
from shop.orders import dues, states
from shop.orders.errors import GivenBack, NotPaid
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.models import RefundBy, RefundState
from shop.reconciliation import matching, suggesting, terms, words
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import Allocation, LineState, Reason
from tests import make, make_money

WAITS, PAID = State.AWAITING_PAYMENT, State.PAID


@pytest.fixture
def seller(database):
    return make.seller()


@pytest.fixture
def order(seller):
    return make_money.order(seller)


def come(seller, content, amount_vnd=185_000, **more):
    """A line that was just matched; its state, reason and the amounts it pays, in order."""
    line = make_money.bank_line(seller, content, amount_vnd=amount_vnd, **more)
    matching.match(line)
    db.session.flush()
    return outcome(line)


def suggested(line):
    return [each.orders[0] for each in suggesting.orders(line)]


def outcome(line):
    paid = select(Allocation.amount_vnd).where(
        Allocation.bank_line_id == line.id, Allocation.undone_at.is_(None)
    )
    return line.state, line.reason, db.session.scalars(paid.order_by(Allocation.order_id)).all()


def stands(order):
    return order.state, order.paid_vnd


def test_rule_1_a_settled_line_stays_as_it_is(seller, order):
    line = make_money.bank_line(seller, order.ref)
    for _time in range(3):
        matching.match(line)
        db.session.flush()
    assert outcome(line) == (LineState.MATCHED, Reason.REFERENCE, [185_000])
    assert stands(order) == (PAID, 185_000)


def test_rule_1_a_line_in_suspense_is_not_looked_at_again(seller):
    unknown = make_money.bank_line(seller, "tien che")
    matching.match(unknown)
    unknown.content = make_money.order(seller).ref
    matching.match(unknown)
    assert outcome(unknown) == (LineState.SUSPENSE, Reason.NO_REFERENCE, [])


def test_rule_2_money_out_is_never_a_receipt(seller, order):
    got = come(seller, order.ref, direction="out")
    assert got == (LineState.SUSPENSE, Reason.OUTGOING, [])
    assert stands(order) == (WAITS, 0)


def test_rule_3_the_exact_amount_pays_the_order(seller, order):
    assert come(seller, order.ref) == (LineState.MATCHED, Reason.REFERENCE, [185_000])
    assert stands(order) == (PAID, 185_000)


def test_rule_3_short_then_the_rest_pays_the_order(seller, order):
    short = come(seller, order.ref, 100_000)
    assert short == (LineState.MATCHED, Reason.SHORT, [100_000])
    assert stands(order) == (WAITS, 100_000)
    rest = come(seller, order.ref, 85_000)
    assert rest == (LineState.MATCHED, Reason.REFERENCE, [85_000])
    assert stands(order) == (PAID, 185_000)


def test_rule_3_what_is_too_much_stays_with_the_line(seller, order):
    got = come(seller, order.ref, 200_000)
    assert got == (LineState.PARTLY, Reason.SURPLUS, [185_000])
    assert stands(order) == (PAID, 185_000)


def test_rule_4_two_references_are_paid_by_exactly_their_sum(seller, order):
    other = make_money.order(seller, quantity=2)
    got = come(seller, f"{order.ref} {other.ref}", 555_000)
    assert got == (LineState.MATCHED, Reason.REFERENCE, [185_000, 370_000])
    assert (stands(order), stands(other)) == ((PAID, 185_000), (PAID, 370_000))


def test_rule_4_the_sum_is_of_what_is_still_open(seller, order):
    other = make_money.order(seller)
    come(seller, order.ref, 100_000)
    got = come(seller, f"{order.ref}{other.ref}", 85_000 + 185_000)
    assert got == (LineState.MATCHED, Reason.REFERENCE, [85_000, 185_000])
    assert (stands(order), stands(other)) == ((PAID, 185_000), (PAID, 185_000))


@pytest.mark.parametrize("amount_vnd", [185_000, 369_999, 370_001])
def test_rule_4_any_other_amount_waits_for_a_person(seller, order, amount_vnd):
    other = make_money.order(seller)
    got = come(seller, f"{order.ref} {other.ref}", amount_vnd)
    assert got == (LineState.SUSPENSE, Reason.SEVERAL, [])
    assert (stands(order), stands(other)) == ((WAITS, 0), (WAITS, 0))


def in_pieces(ref):
    return f"{ref[:5]} {ref[5:]}"


def test_rule_5_a_compacted_reference_is_paid_by_the_exact_amount(seller, order):
    got = come(seller, in_pieces(order.ref))
    assert got == (LineState.MATCHED, Reason.REFERENCE, [185_000])
    assert stands(order) == (PAID, 185_000)


@pytest.mark.parametrize("amount_vnd", [184_999, 185_001])
def test_rule_5_any_other_amount_waits_for_a_person(seller, order, amount_vnd):
    got = come(seller, in_pieces(order.ref), amount_vnd)
    assert got == (LineState.SUSPENSE, Reason.COMPACTED, [])
    assert stands(order) == (WAITS, 0)


@pytest.mark.parametrize("end", [State.PAID, State.PACKING])
def test_rule_3_a_second_transfer_to_a_paid_order_is_its_buyers_credit(seller, order, end):
    make_money.go(order, State.PAID)
    if end is not State.PAID:
        make_money.go(order, end)
    assert come(seller, order.ref, 100_000) == (LineState.PARTLY, Reason.SURPLUS, [])
    assert stands(order) == (end, 185_000)
    assert entries.balance_vnd(seller.id, accounts.CREDIT) == -100_000
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE) == 0


def test_rule_3_what_came_twice_is_unmatched_by_a_reversal(seller, order):
    make_money.go(order, State.PAID)
    line = waiting(seller, order.ref)
    for _time in range(2):
        matching.undo(line, "Kế toán")
        assert outcome(line) == (LineState.SUSPENSE, Reason.UNDONE, [])
        assert entries.balance_vnd(seller.id, accounts.CREDIT) == 0
        assert entries.balance_vnd(seller.id, accounts.SUSPENSE) == -185_000
        with pytest.raises(CannotMatch):
            matching.undo(line, "Kế toán")
        other = make_money.order(seller)
        matching.match_to(line, {other.ref: None}, "Kế toán")
        assert stands(other) == (PAID, 185_000)


def test_rule_4_two_orders_that_are_paid_wait_for_a_person(seller, order):
    other = make_money.order(seller)
    make_money.go(order, State.PAID)
    make_money.go(other, State.PAID)
    got = come(seller, f"{order.ref} {other.ref}")
    assert got == (LineState.SUSPENSE, Reason.SEVERAL, [])


@pytest.mark.parametrize("end", [State.CANCELLED, State.EXPIRED])
def test_rule_6_money_for_a_closed_order_waits_with_its_reason(seller, order, end):
    make_money.go(order, end)
    before = order.paid_vnd
    assert come(seller, order.ref) == (LineState.SUSPENSE, Reason.CLOSED_ORDER, [])
    assert stands(order) == (end, before)


def test_rule_6_money_for_an_unknown_order_waits_with_its_reason(seller):
    ref = "OCPW5T7RN"
    assert references.is_valid(ref)
    assert come(seller, ref) == (LineState.SUSPENSE, Reason.UNKNOWN_ORDER, [])


def test_rule_6_another_sellers_order_is_as_good_as_unknown(seller):
    other = make_money.order(make.seller(name="HTX Miến Việt Cường"))
    assert come(seller, other.ref) == (LineState.SUSPENSE, Reason.UNKNOWN_ORDER, [])
    assert come(seller, in_pieces(other.ref)) == (LineState.SUSPENSE, Reason.COMPACTED, [])
    assert stands(other) == (WAITS, 0)


@pytest.mark.parametrize("content", ["tien che", "", "OCP", "OCPW5T7RM", "0912345678"])
def test_rule_7_without_a_reference_the_amount_is_only_a_hint(seller, order, content):
    line = make_money.bank_line(seller, content)
    matching.match(line)
    assert outcome(line) == (LineState.SUSPENSE, Reason.NO_REFERENCE, [])
    assert stands(order) == (WAITS, 0)
    assert suggested(line) == [order]


def test_suggestions_are_open_orders_of_this_seller_and_amount_only(seller, order):
    make_money.order(make.seller(name="HTX khác"))
    make_money.order(seller, quantity=2)
    states.move(make_money.order(seller), State.CANCELLED, who="thử")
    rest = make_money.order(seller, quantity=2)
    rest.paid_vnd = 185_000
    line = make_money.bank_line(seller, "tien che")
    matching.match(line)
    assert set(suggested(line)) == {order, rest}


@pytest.mark.parametrize(
    "style",
    [
        "MBVCB.3278907687.5243.{}.CT tu 0123456789 LE THI LAN toi 9999000001 HTX CHE tai MB",
        "020097.140626.091503.{}",
        "Vietcombank:0071000123456:{}#SP#1",
        "{} GD 174242-090822 15:45:46",
        "{}   Trace 339176",
        "LE THI LAN-CHUYEN TIEN-OQCH0001-{}-MBCT",
        "{} FT24255276428461",
        "CT DEN:123456789012 {}",
        "CT DEN:123456789012{}",
        "TKThe :0123456789, tai Vietcombank. {} -CTLNHIDI000001-1/1-CRE-002",
        "REM   Tfr Ac:0123456789 O@L_000001_{}",
        "MBVCB.3278907687.VA001.{}",
        "ZP7000123, {}",
        "123456789012 0912345678 {}",
        "Thanh toán đơn {} ạ",
    ],
)
def test_a_reference_is_found_in_every_banks_own_words(seller, order, style):
    assert come(seller, style.format(order.ref.lower()))[1] == Reason.REFERENCE
    assert stands(order) == (PAID, 185_000)


def test_a_reference_cut_off_by_the_bank_waits_for_a_person(seller, order):
    got = come(seller, f"CHUYEN TIEN {order.ref[:-1]}")
    assert got == (LineState.SUSPENSE, Reason.NO_REFERENCE, [])


def test_letters_taken_for_digits_are_read_as_meant(seller, order):
    order.ref = "OCP01ABC" + references.check_character("01ABC")
    misread = "0CPOIABC" + order.ref[-1]
    assert come(seller, misread)[1] == Reason.REFERENCE
    assert stands(order) == (PAID, 185_000)


def waiting(seller, content="tien che", **more):
    line = make_money.bank_line(seller, content, **more)
    matching.match(line)
    return line


def test_by_hand_a_waiting_line_pays_an_order_of_the_same_seller(seller, order):
    line = waiting(seller)
    matching.match_to(line, {f" {order.ref.lower()} ": None}, "Kế toán")
    assert outcome(line) == (LineState.MATCHED, Reason.REFERENCE, [185_000])
    assert stands(order) == (PAID, 185_000)


@pytest.mark.parametrize(
    ("amount_vnd", "state", "reason", "paid"),
    [
        (100_000, LineState.MATCHED, Reason.SHORT, (WAITS, 100_000)),
        (200_000, LineState.PARTLY, Reason.SURPLUS, (PAID, 185_000)),
    ],
)
def test_by_hand_too_little_and_too_much_count_as_by_reference(
    seller, order, amount_vnd, state, reason, paid
):
    line = waiting(seller, amount_vnd=amount_vnd)
    matching.match_to(line, {order.ref: None}, "Kế toán")
    assert outcome(line)[:2] == (state, reason)
    assert stands(order) == paid


def test_by_hand_another_sellers_order_is_refused_and_nothing_changes(seller):
    other = make_money.order(make.seller(name="HTX Miến Việt Cường"))
    line = waiting(seller)
    with pytest.raises(CannotMatch, match=f"Không có đơn đang chờ tiền với mã {other.ref}"):
        matching.match_to(line, {other.ref: None}, "Kế toán")
    assert outcome(line) == (LineState.SUSPENSE, Reason.NO_REFERENCE, [])
    assert stands(other) == (WAITS, 0)


def test_by_hand_only_a_waiting_line_pays_and_only_an_open_order(seller, order):
    out = waiting(seller, order.ref, direction="out")
    with pytest.raises(CannotMatch, match="Dòng tiền này không chờ khớp"):
        matching.match_to(out, {order.ref: None}, "Kế toán")
    line = waiting(seller)
    matching.match_to(line, {order.ref: None}, "Kế toán")
    with pytest.raises(CannotMatch, match="Dòng tiền này không chờ khớp"):
        matching.match_to(line, {make_money.order(seller).ref: None}, "Kế toán")
    with pytest.raises(CannotMatch, match="Không có đơn đang chờ tiền"):
        matching.match_to(waiting(seller), {order.ref: None}, "Kế toán")
    assert stands(order) == (PAID, 185_000)


@pytest.mark.parametrize(("amount_vnd", "left_vnd"), [(185_000, 0), (200_000, 15_000)])
def test_by_hand_all_the_money_of_an_expired_order_takes_it_up_again(
    seller, order, amount_vnd, left_vnd
):
    make_money.go(order, State.EXPIRED)
    line = waiting(seller, order.ref, amount_vnd=amount_vnd)
    assert line.reason == Reason.CLOSED_ORDER
    assert suggested(line) == [order]
    matching.match_to(line, {order.ref: None}, "Kế toán")
    assert (stands(order), order.short) == ((PAID, 185_000), False)
    assert reservations.live(states.holder(order)) == states.goods(order)
    assert matching.left_vnd(line) == left_vnd
    matching.undo(line, "Kế toán")
    assert stands(order) == (WAITS, 0)


def test_an_expired_order_whose_goods_are_gone_is_paid_and_short_until_it_is_given_back(seller):
    pack = make.variant(make.product(seller), on_hand=1)
    order = make_money.order(variant=pack)
    make_money.go(order, State.EXPIRED)
    other = make_money.order(variant=pack)
    line = waiting(seller, order.ref)
    matching.match_to(line, {order.ref: None}, "Kế toán")
    assert (stands(order), order.short) == ((PAID, 185_000), True)
    assert reservations.live(states.holder(other)) == states.goods(other)
    states.move(order, State.CANCELLED, who="Kho")
    assert dues.owed_vnd(order) == 185_000


def test_less_than_all_does_not_take_an_expired_order_up_again(seller, order):
    make_money.go(order, State.EXPIRED)
    line = waiting(seller, order.ref, amount_vnd=184_999)
    with pytest.raises(CannotMatch, match="đã hết hạn"):
        matching.match_to(line, {order.ref: None}, "Kế toán")
    assert outcome(line) == (LineState.SUSPENSE, Reason.CLOSED_ORDER, [])
    assert stands(order) == (State.EXPIRED, 0)


def test_a_cancelled_order_is_not_taken_up_again(seller, order):
    make_money.go(order, State.CANCELLED)
    line = waiting(seller, order.ref)
    assert suggested(line) == []
    with pytest.raises(CannotMatch, match="Không có đơn đang chờ tiền"):
        matching.match_to(line, {order.ref: None}, "Kế toán")
    assert stands(order) == (State.CANCELLED, 0)


def test_undo_keeps_the_allocation_with_its_end_and_the_line_can_pay_another(seller, order):
    line = waiting(seller, order.ref, amount_vnd=100_000)
    matching.undo(line, "Kế toán")
    db.session.flush()
    assert outcome(line) == (LineState.SUSPENSE, Reason.UNDONE, [])
    assert stands(order) == (WAITS, 0)
    (ended,) = db.session.scalars(select(Allocation))
    assert (ended.amount_vnd, ended.undone_at is None) == (100_000, False)
    other = make_money.order(seller)
    matching.match_to(line, {other.ref: None}, "Kế toán")
    assert (stands(order), stands(other)) == ((WAITS, 0), (WAITS, 100_000))


@pytest.mark.parametrize("end", [State.CANCELLED, State.EXPIRED])
def test_a_part_paid_to_an_order_that_was_closed_can_be_taken_back(seller, order, end):
    line = waiting(seller, order.ref, amount_vnd=100_000)
    states.move(order, end, who="thử")
    matching.undo(line, "Kế toán")
    assert line.state == LineState.SUSPENSE
    assert stands(order) == (end, 0)


def test_an_order_that_was_not_packed_waits_again_when_its_money_is_taken_away(seller, order):
    line = waiting(seller, order.ref)
    matching.undo(line, "Kế toán")
    assert outcome(line) == (LineState.SUSPENSE, Reason.UNDONE, [])
    assert (stands(order), order.paid_at) == ((WAITS, 0), None)


def test_what_is_packed_without_its_money_is_not_handed_over(seller, order):
    line = waiting(seller, order.ref)
    make_money.go(order, State.PACKING)
    matching.undo(line, "Kế toán")
    assert stands(order) == (State.PACKING, 0)
    with pytest.raises(NotPaid):
        states.move(order, State.SHIPPED, who="Kho")
    matching.match_to(line, {order.ref: None}, "Kế toán")
    assert order.paid_at is not None
    states.move(order, State.SHIPPED, who="Kho")


def test_money_that_went_back_is_not_taken_away(seller, order):
    line = waiting(seller, order.ref)
    refunds.decide(order, 185_000, RefundBy.CASH, reason="hàng lỗi", by="Kế toán", key="k")
    with pytest.raises(GivenBack):
        matching.undo(line, "Kế toán")


def test_there_is_nothing_to_undo_on_a_line_that_pays_nothing(seller):
    with pytest.raises(CannotMatch, match="chưa khớp với đơn nào"):
        matching.undo(waiting(seller), "Kế toán")


def test_every_reason_has_its_words():
    assert set(words.REASONS) == set(Reason)


def test_by_hand_what_is_left_of_a_line_pays_another_order(seller, order):
    other = make_money.order(seller)
    line = waiting(seller, order.ref, amount_vnd=2 * 185_000)
    assert (line.state, matching.left_vnd(line)) == (LineState.PARTLY, 185_000)
    assert suggested(line) == [other]
    matching.match_to(line, {other.ref: None}, "Kế toán")
    assert outcome(line) == (LineState.MATCHED, Reason.REFERENCE, [185_000, 185_000])
    assert (stands(other), matching.left_vnd(line)) == ((PAID, 185_000), 0)
    with pytest.raises(CannotMatch, match="không chờ khớp"):
        matching.match_to(line, {make_money.order(seller).ref: None}, "Kế toán")


def test_one_line_is_split_over_orders_and_the_rest_stays_with_it(seller, order):
    other = make_money.order(seller, quantity=2)
    line = waiting(seller, "tien che", amount_vnd=600_000)
    matching.match_to(line, {order.ref: None, other.ref: 300_000}, "Kế toán")
    assert outcome(line) == (LineState.PARTLY, Reason.SURPLUS, [185_000, 300_000])
    assert (stands(order), stands(other)) == ((PAID, 185_000), (WAITS, 300_000))
    assert matching.left_vnd(line) == 115_000


def test_several_lines_pay_one_order(seller, order):
    for part in (100_000, 85_000):
        line = waiting(seller, "tien che", amount_vnd=part)
        matching.match_to(line, {order.ref: None}, "Kế toán")
    assert stands(order) == (PAID, 185_000)


@pytest.mark.parametrize("amount_vnd", [0, 185_001])
def test_no_order_takes_more_than_it_waits_for(seller, order, amount_vnd):
    line = waiting(seller, "tien che", amount_vnd=600_000)
    with pytest.raises(CannotMatch, match=r"185\.000"):
        matching.match_to(line, {order.ref: amount_vnd}, "Kế toán")


def test_the_parts_are_no_more_than_the_line(seller, order):
    other = make_money.order(seller)
    line = waiting(seller, "tien che", amount_vnd=200_000)
    with pytest.raises(CannotMatch):
        matching.match_to(line, {order.ref: 185_000, other.ref: 100_000}, "Kế toán")
    assert outcome(line) == (LineState.SUSPENSE, Reason.NO_REFERENCE, [])


def test_a_shortfall_the_seller_tolerates_is_let_go_of(seller, order):
    terms.change(seller.id, 2_000, None)
    assert come(seller, order.ref, 183_000) == (LineState.MATCHED, Reason.TOLERATED, [183_000])
    assert (order.state, order.written_off_vnd) == (PAID, 2_000)
    assert entries.balance_vnd(seller.id, accounts.WRITE_OFF) == 2_000


def test_a_shortfall_beyond_that_keeps_the_order_waiting(seller, order):
    terms.change(seller.id, 2_000, None)
    assert come(seller, order.ref, 182_999) == (LineState.MATCHED, Reason.SHORT, [182_999])
    assert stands(order) == (WAITS, 182_999)


def test_undoing_what_was_tolerated_brings_the_whole_back(seller, order):
    terms.change(seller.id, 2_000, None)
    line = waiting(seller, order.ref, amount_vnd=183_000)
    matching.undo(line, "Kế toán")
    assert (stands(order), order.written_off_vnd) == ((WAITS, 0), 0)
    assert entries.balance_vnd(seller.id, accounts.WRITE_OFF) == 0


def test_money_out_settles_the_refund_it_names(seller, order):
    waiting(seller, order.ref)
    refund = refunds.decide(
        order, 185_000, RefundBy.TRANSFER, reason="hàng lỗi", by="Kế toán", key="k"
    )
    line = waiting(seller, f"HOAN TIEN {order.ref}", direction="out")
    assert (line.state, line.reason) == (LineState.MATCHED, Reason.REFUND)
    assert refund.state == RefundState.PAID
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE) == 0
    with pytest.raises(CannotMatch):
        matching.undo(line, "Kế toán")


def test_money_out_of_another_amount_is_for_a_person(seller, order):
    waiting(seller, order.ref)
    refunds.decide(order, 185_000, RefundBy.TRANSFER, reason="lỗi", by="Kế toán", key="k")
    line = waiting(seller, order.ref, direction="out", amount_vnd=180_000)
    assert (line.state, line.reason) == (LineState.SUSPENSE, Reason.OUTGOING)


def test_a_fee_is_an_expense_until_it_is_undone(seller):
    line = waiting(seller, "PHI SMS", direction="out", amount_vnd=11_000)
    matching.purpose(line, Reason.FEE, accounts.FEES, "Phí SMS", "Kế toán")
    assert (line.state, entries.balance_vnd(seller.id, accounts.FEES)) == ("ignored", 11_000)
    matching.undo(line, "Kế toán")
    assert (line.state, entries.balance_vnd(seller.id, accounts.FEES)) == ("suspense", 0)
    matching.purpose(line, Reason.OTHER, accounts.OTHER_OUT, "Chi khác", "Kế toán")
    assert entries.balance_vnd(seller.id, accounts.OTHER_OUT) == 11_000


def test_an_own_transfer_moves_money_between_the_accounts_and_is_no_income(seller):
    out = waiting(seller, "chuyen noi bo", direction="out", amount_vnd=5_000_000)
    came = waiting(seller, "chuyen noi bo", amount_vnd=5_000_000)
    assert [line.id for line in suggesting.own_transfers(out)] == [came.id]
    for line in (out, came):
        matching.purpose(line, Reason.OWN_TRANSFER, accounts.BETWEEN, "Nội bộ", "Kế toán")
    assert entries.balance_vnd(seller.id, accounts.BETWEEN) == 0
    assert {line.state for line in (out, came)} == {LineState.IGNORED}


def test_a_guess_says_why(seller, order):
    def why(content, amount_vnd):
        (found,) = suggesting.orders(waiting(seller, content, amount_vnd=amount_vnd))
        return found.why

    assert why("tien che", 185_000) == ("đúng số tiền",)
    assert "có số điện thoại của khách" in why("chi Lan 0912345678", 100_000)
    assert "có tên khách" in why("LE THI LAN tra tien", 185_000)
    assert "mã đơn chỉ sai một ký tự" in why(mistyped(order.ref), 185_000)


def mistyped(ref):
    wrong = next(c for c in references.ALPHABET if c != ref[-1])
    return ref[:-1] + wrong


def test_all_orders_of_a_buyer_together_are_suggested(seller, order):
    other = make_money.order(seller, quantity=2)
    line = waiting(seller, "0912345678 tra ca hai", amount_vnd=555_000)
    best = suggesting.orders(line)[0]
    assert {each.id for each in best.orders} == {order.id, other.id}
