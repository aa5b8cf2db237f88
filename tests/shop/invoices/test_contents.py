"""What stands on an invoice sums to what the buyer pays, to the đồng, in figures and in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import money
from shop.invoices import contents, issuing
from shop.invoices.models import VatRate
from shop.orders import returns
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.models import RefundBy
from tests import make, make_money

amounts = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)


@given(st.integers(0, 10**12), amounts)
def test_what_is_shared_out_sums_to_the_whole(total, weights):
    shares = contents.share(total, weights)
    assert sum(shares) == (total if any(weights) else 0)
    for part, weight in zip(shares, weights, strict=True):
        assert abs(part - (total * weight / sum(weights) if weight else 0)) <= 1


@given(st.integers(0, 10**12), st.sampled_from(list(VatRate)))
def test_what_stands_before_the_tax_gives_the_price_again(paid_vnd, vat):
    net_vnd = contents.before_tax_vnd(paid_vnd, vat)
    rate = 0 if vat in {VatRate.KCT, VatRate.KKKNT} else int(vat)
    assert 0 <= net_vnd <= paid_vnd
    assert abs(net_vnd * (100 + rate) / 100 - paid_vnd) <= 1


@pytest.mark.parametrize(
    ("amount_vnd", "said"),
    [
        (0, "Không đồng"),
        (5, "Năm đồng"),
        (15, "Mười lăm đồng"),
        (21, "Hai mươi mốt đồng"),
        (24, "Hai mươi tư đồng"),
        (105, "Một trăm linh năm đồng"),
        (110, "Một trăm mười đồng"),
        (111, "Một trăm mười một đồng"),
        (120_000, "Một trăm hai mươi nghìn đồng"),
        (1_005_000, "Một triệu không trăm linh năm nghìn đồng"),
        (1_000_015, "Một triệu không trăm mười lăm đồng"),
        (2_345_678, "Hai triệu ba trăm bốn mươi lăm nghìn sáu trăm bảy mươi tám đồng"),
        (1_000_000_000, "Một tỷ đồng"),
        (1_000_000_000_000, "Một nghìn tỷ đồng"),
        (3_000_000_001, "Ba tỷ không trăm linh một đồng"),
    ],
)
def test_amounts_are_said_as_people_say_them(amount_vnd, said):
    assert money.in_words(amount_vnd) == said


@given(st.integers(0, 10**15))
def test_no_two_amounts_sound_alike(amount_vnd):
    said = money.in_words(amount_vnd)
    assert said == " ".join(said.split())
    assert said != money.in_words(amount_vnd + 1)


@pytest.fixture
def order(database):
    seller = make.seller(tax_code="4600123456")
    order = make_money.order(seller, quantity=3)
    order.fee_vnd, order.discount_vnd = 25_000, 30_001
    order.total_vnd = order.goods_vnd + 25_000 - 30_001
    return order


@pytest.mark.parametrize("vat", list(VatRate))
def test_lines_discount_and_delivery_sum_to_the_order(order, vat):
    document = contents.document(issuing.of(order), vat)
    assert document["total_vnd"] == order.total_vnd
    assert document["net_vnd"] + document["vat_vnd"] == order.total_vnd
    goods, delivery = document["lines"]
    assert (goods["quantity"], goods["discount_vnd"]) == ("3", 30_001)
    assert (delivery["name"], delivery["total_vnd"]) == ("Phí giao hàng", 25_000)
    assert document["in_words"] == money.in_words(order.total_vnd)


def test_what_came_back_before_it_was_issued_is_not_on_it(order):
    make_money.go(order, State.PAID)
    make_money.deliver(order)
    line = order.lines[0]
    returns.take(order, {line.id: Decimal(1)}, restock=True, who="Kho", why="hỏng", key="a")
    document = contents.document(issuing.of(order), VatRate.EIGHT)
    assert document["lines"][0]["quantity"] == "2"
    assert document["total_vnd"] == order.total_vnd - order.returned_vnd


@pytest.mark.parametrize("vat", list(VatRate))
def test_a_courtesy_makes_the_invoice_smaller_as_it_makes_the_sale(order, vat):
    make_money.go(order, State.PAID)
    make_money.deliver(order)
    refunds.decide(order, 20_001, way=RefundBy.CASH, reason="dập", by="Kế toán", key="c")
    document = contents.document(issuing.of(order), vat)
    assert document["total_vnd"] == order.total_vnd - 20_001
