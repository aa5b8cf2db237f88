"""The seven rules, each with its state, reason, allocations and what the order has been paid."""

import pytest
from sqlalchemy import select

from shop import references
from shop.database import db
from shop.orders import states
from shop.orders.models import State
from shop.reconciliation import matching
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
    assert got == (LineState.IGNORED, Reason.OUTGOING, [])
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


@pytest.mark.parametrize("end", [State.PAID, State.CANCELLED, State.EXPIRED])
def test_rule_6_money_for_a_closed_order_waits_with_its_reason(seller, order, end):
    states.move(order, end, who="thử")
    assert come(seller, order.ref) == (LineState.SUSPENSE, Reason.CLOSED_ORDER, [])
    assert stands(order) == (end, 0)


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
    assert matching.suggestions(line) == [order]


def test_suggestions_are_open_orders_of_this_seller_and_amount_only(seller, order):
    make_money.order(make.seller(name="HTX khác"))
    make_money.order(seller, quantity=2)
    states.move(make_money.order(seller), State.CANCELLED, who="thử")
    rest = make_money.order(seller, quantity=2)
    rest.paid_vnd = 185_000
    line = make_money.bank_line(seller, "tien che")
    assert matching.suggestions(line) == []
    matching.match(line)
    assert set(matching.suggestions(line)) == {order, rest}


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
    matching.match_to(line, f" {order.ref.lower()} ", "Kế toán")
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
    matching.match_to(line, order.ref, "Kế toán")
    assert outcome(line)[:2] == (state, reason)
    assert stands(order) == paid


def test_by_hand_another_sellers_order_is_refused_and_nothing_changes(seller):
    other = make_money.order(make.seller(name="HTX Miến Việt Cường"))
    line = waiting(seller)
    with pytest.raises(CannotMatch, match=f"Không có đơn đang chờ tiền với mã {other.ref}"):
        matching.match_to(line, other.ref, "Kế toán")
    assert outcome(line) == (LineState.SUSPENSE, Reason.NO_REFERENCE, [])
    assert stands(other) == (WAITS, 0)


def test_by_hand_only_a_waiting_line_pays_and_only_an_open_order(seller, order):
    out = waiting(seller, order.ref, direction="out")
    with pytest.raises(CannotMatch, match="Dòng tiền này không chờ khớp"):
        matching.match_to(out, order.ref, "Kế toán")
    line = waiting(seller)
    matching.match_to(line, order.ref, "Kế toán")
    with pytest.raises(CannotMatch, match="Dòng tiền này không chờ khớp"):
        matching.match_to(line, make_money.order(seller).ref, "Kế toán")
    with pytest.raises(CannotMatch, match="Không có đơn đang chờ tiền"):
        matching.match_to(waiting(seller), order.ref, "Kế toán")
    assert stands(order) == (PAID, 185_000)


def test_undo_keeps_the_allocation_with_its_end_and_the_line_can_pay_another(seller, order):
    line = waiting(seller, order.ref, amount_vnd=100_000)
    matching.undo(line, "Kế toán")
    db.session.flush()
    assert outcome(line) == (LineState.SUSPENSE, Reason.UNDONE, [])
    assert stands(order) == (WAITS, 0)
    (ended,) = db.session.scalars(select(Allocation))
    assert (ended.amount_vnd, ended.undone_at is None) == (100_000, False)
    other = make_money.order(seller)
    matching.match_to(line, other.ref, "Kế toán")
    assert (stands(order), stands(other)) == ((WAITS, 0), (WAITS, 100_000))


@pytest.mark.parametrize("end", [State.CANCELLED, State.EXPIRED])
def test_a_part_paid_to_an_order_that_was_closed_can_be_taken_back(seller, order, end):
    line = waiting(seller, order.ref, amount_vnd=100_000)
    states.move(order, end, who="thử")
    matching.undo(line, "Kế toán")
    assert line.state == LineState.SUSPENSE
    assert stands(order) == (end, 0)


@pytest.mark.parametrize("then", [[], ["packing"], ["cancelled"]])
def test_an_order_paid_in_full_is_not_unpaid_by_a_click(seller, order, then):
    line = waiting(seller, order.ref)
    for step in then:
        states.move(order, State(step), who="thử")
    with pytest.raises(CannotMatch, match="Đơn đã nhận đủ tiền"):
        matching.undo(line, "Kế toán")
    assert outcome(line) == (LineState.MATCHED, Reason.REFERENCE, [185_000])
    assert order.paid_vnd == 185_000


def test_there_is_nothing_to_undo_on_a_line_that_pays_nothing(seller):
    with pytest.raises(CannotMatch, match="chưa khớp với đơn nào"):
        matching.undo(waiting(seller), "Kế toán")


def test_every_reason_has_its_words():
    assert set(matching.REASONS) == set(Reason)


def test_by_hand_what_is_left_of_a_line_pays_another_order(seller, order):
    other = make_money.order(seller)
    line = waiting(seller, order.ref, amount_vnd=2 * 185_000)
    assert (line.state, matching.left_vnd(line)) == (LineState.PARTLY, 185_000)
    assert matching.suggestions(line) == [other]
    matching.match_to(line, other.ref, "Kế toán")
    assert outcome(line) == (LineState.MATCHED, Reason.REFERENCE, [185_000, 185_000])
    assert (stands(other), matching.left_vnd(line)) == ((PAID, 185_000), 0)
    with pytest.raises(CannotMatch, match="không chờ khớp"):
        matching.match_to(line, make_money.order(seller).ref, "Kế toán")
