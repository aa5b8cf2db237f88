"""What the scales say becomes what is sold; the difference is paid, given back, or let go."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.errors import BadInput
from shop.inventory import stock
from shop.inventory.errors import OutOfStock
from shop.ledger import accounts, entries
from shop.orders import copies, dues, states, vouchers, weighing
from shop.orders.errors import NotAllowed, NotPaid
from shop.orders.models import State
from shop.payments import vietqr
from shop.payments.models import PaymentRequest
from tests import make, make_money


@pytest.fixture
def order(cast):
    """Two kilograms of custard apples at 60.000 đ, of which ten are there."""
    product = make.product(cast.ours.seller, name="Na dai")
    pack = make.variant(product, pack="cân", unit="kg", price_vnd=60_000, on_hand=10)
    make.bank_account(cast.ours.seller)
    return make_money.order(variant=pack, quantity=2)


def weigh(order, quantity, why="quả to"):
    line = order.lines[0]
    return weighing.weigh(order, {line.id: Decimal(quantity)}, who="Kho", why=why)


def test_a_paid_order_that_weighs_more_waits_for_the_rest(order):
    make_money.go(order, State.PAID)
    assert weigh(order, "2.3") == 18_000
    assert (order.total_vnd, dues.open_vnd(order)) == (138_000, 18_000)
    assert order.lines[0].ordered_quantity == 2
    make_money.go(order, State.PACKING)
    with pytest.raises(NotPaid):
        states.move(order, State.SHIPPED, who="Kho")
    make_money.go(order, State.PAID)
    states.move(order, State.SHIPPED, who="Kho")
    left = stock.on_hand([order.lines[0].variant_id])
    assert left == {order.lines[0].variant_id: Decimal("7.7")}


def test_a_paid_order_that_weighs_less_owes_the_buyer(order):
    make_money.go(order, State.PAID)
    weigh(order, "1.75")
    assert (order.total_vnd, dues.owed_vnd(order)) == (105_000, 15_000)
    states.move(order, State.PACKING, who="Kho")
    states.move(order, State.SHIPPED, who="Kho")


def test_the_buyers_copy_says_what_was_ordered_beside_what_was_weighed(order):
    weigh(order, "1.75")
    [(said, vnd), *_rest] = copies.goods(order)
    assert said.replace("\xa0", " ") == ("Na dai (cân): 1,75 kg × 60.000 ₫ (đặt 2 kg, đã cân lại)")
    assert vnd == 105_000


def test_the_seller_may_let_the_difference_go(order, cast):
    make_money.go(order, State.PAID)
    weigh(order, "2.1")
    assert weighing.let_go(order, who="Chủ", why="khách quen") == 6_000
    assert dues.open_vnd(order) == 0
    assert entries.balance_vnd(cast.ours.seller.id, accounts.WRITE_OFF) == 6_000
    states.move(order, State.PACKING, who="Kho")
    states.move(order, State.SHIPPED, who="Kho")
    assert entries.balance_vnd(cast.ours.seller.id, accounts.RECEIVABLE) == 120_000


def discounted(order, **voucher):
    """The discount after the scales said 1 kg, 3 kg and 2 kg of the 2 kg that were ordered."""
    now = clock.now()
    values = {"code": "NA10", "minimum_vnd": 0, "starts_at": now, "ends_at": now + timedelta(1)}
    vouchers.make(SYSTEM, order.seller, values | voucher)
    vouchers.use(order, "NA10")
    found = []
    for quantity in ("1", "3", "2"):
        weigh(order, quantity)
        assert order.total_vnd == order.goods_vnd - order.discount_vnd
        found.append(order.discount_vnd)
    return found


def test_a_percentage_is_one_of_what_was_weighed_and_never_more_than_agreed(order):
    assert discounted(order, percent=10) == [6_000, 12_000, 12_000]


def test_a_capped_percentage_stays_at_its_cap(order):
    assert discounted(order, percent=50, cap_vnd=20_000) == [20_000, 20_000, 20_000]


def test_an_amount_stays_what_was_agreed(order):
    assert discounted(order, amount_vnd=15_000) == [15_000, 15_000, 15_000]


@pytest.mark.parametrize("quantity", ["0", "3.001", "-1"])
def test_what_cannot_be_is_refused_at_its_line(order, quantity):
    with pytest.raises(BadInput) as refusal:
        weigh(order, quantity)
    assert list(refusal.value.errors) == [f"line-{order.lines[0].id}"]
    assert order.total_vnd == 120_000


def test_the_limit_is_of_what_was_ordered_however_often_it_is_weighed(order):
    weigh(order, "3")
    with pytest.raises(BadInput):
        weigh(order, "4")
    assert order.lines[0].ordered_quantity == 2


def test_more_than_there_is_is_refused(order):
    make_money.order(variant=db.session.get(type_of(order), order.lines[0].variant_id), quantity=8)
    with pytest.raises(OutOfStock):
        weigh(order, "2.5")


def type_of(order):
    from shop.catalogue.models import Variant

    return Variant


def test_the_goods_are_locked_before_their_promise_changes(order, query_count):
    with query_count() as statements:
        weigh(order, "1.75")
    locks = [n for n, s in enumerate(statements) if "FOR NO KEY UPDATE OF variants" in s]
    promises = [n for n, s in enumerate(statements) if "reservations" in s]
    assert len(locks) == 1
    assert locks[0] < min(promises)


def test_what_was_sent_is_weighed_no_more(order):
    for step in (State.PAID, State.PACKING, State.SHIPPED):
        make_money.go(order, step)
    with pytest.raises(NotAllowed):
        weigh(order, "2.1")


def test_boxes_are_not_weighed(cast):
    order = make_money.order(cast.ours.seller)
    assert weighing.lines(order) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.decimals("0.001", "3", places=3), min_size=1, max_size=6))
def test_however_often_it_is_weighed_price_and_promise_follow(app, weights):
    with app.app_context():
        try:
            pack = make.variant(pack="cân", unit="kg", price_vnd=59_990, on_hand=10)
            order = make_money.order(variant=pack, quantity=2)
            for weight in weights:
                weigh(order, weight)
                assert order.total_vnd == order.goods_vnd == order.lines[0].amount_vnd
                saleable = stock.saleable([pack.id])[pack.id]
                assert saleable == 10 - order.lines[0].quantity
        finally:
            db.session.rollback()


def test_the_buyer_reads_why_and_pays_the_rest_by_code(cast, order):
    db.session.add_all([])
    from shop.payments import requests

    requests.open(order)
    make_money.go(order, State.PAID)
    line, url = order.lines[0], f"/ban-hang/don-hang/{order.ref}/can"
    typed = {f"line-{line.id}": "2,3", "why": "quả to hơn dự kiến", "_once": "W" * 32}
    for _time in range(2):
        assert cast.ours.post(url, typed).status_code == 303
    page = cast.visitor.get(f"/don/{order.token}").text
    for shown in ("quả to hơn dự kiến", "cân được 2,3 kg", "18.000"):
        assert shown in page
    said = cast.visitor.get(f"/don/{order.token}", headers={"Accept": "application/json"}).json
    assert vietqr.parse(said["vietqr"]).amount_vnd == 18_000
    assert db.session.query(PaymentRequest).count() == 1
    assert cast.theirs.post(url, typed).status_code == 404
