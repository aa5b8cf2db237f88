"""Orders written down by staff: the same stock, the same states, once a form."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.database import db
from shop.inventory import stock
from shop.orders import vouchers
from shop.orders.models import Order, PayBy, State
from tests import make
from tests.app_fixtures import Person, sign_in


@pytest.fixture
def pack(cast):
    make.bank_account(cast.ours.seller)
    return make.variant(make.product(cast.ours.seller), on_hand=10)


def write(person, pack, **more):
    values = {
        "name": "Lê Thị Lan",
        "phone": "0912 345 678",
        "address": "xóm 5, xã Tân Cương, Thái Nguyên",
        "handing": "delivery",
        "pay_by": "cashless",
        "fee_vnd": "30.000",
        "source": "zalo",
        "pack-1": pack.ref,
        "quantity-1": "2",
    }
    return person.post(f"/ban-hang/nhap-don/{person.seller.ref}", values | more)


def test_what_was_said_becomes_an_order_with_its_code(cast, pack):
    answer = write(cast.ours, pack)
    order = db.session.query(Order).one()
    assert answer.location.endswith(order.ref)
    assert (order.source, order.total_vnd, order.state) == (
        "manual:zalo",
        2 * 185_000 + 30_000,
        State.AWAITING_PAYMENT,
    )
    assert order.buyer_phone == "+84912345678"
    assert stock.saleable([pack.id]) == {pack.id: Decimal(8)}
    assert "<svg" in cast.visitor.get(f"/don/{order.token}").text
    assert f"/don/{order.token}" in cast.ours.get(answer.location).text


def test_a_voucher_counts_for_what_staff_write_down_too(cast, pack):
    now = clock.now()
    values = {"code": "TET30", "amount_vnd": 30_000, "minimum_vnd": 300_000, "starts_at": now}
    vouchers.make(SYSTEM, cast.ours.seller, values | {"ends_at": now + timedelta(days=1)})
    db.session.commit()
    wrong = write(cast.ours, pack, voucher="KHONGCO")
    assert "Không có mã giảm giá KHONGCO" in wrong.text
    assert db.session.query(Order).count() == 0
    write(cast.ours, pack, voucher="tet30")
    order = db.session.query(Order).one()
    assert (order.voucher_code, order.total_vnd) == ("TET30", 370_000 + 30_000 - 30_000)


def test_the_form_sent_twice_is_one_order(cast, pack):
    for _time in range(2):
        assert write(cast.ours, pack, _once="N" * 32).status_code == 303
    assert db.session.query(Order).count() == 1


def test_at_the_counter_for_cash_nothing_is_delivered(cast, pack):
    write(cast.ours, pack, handing="pickup", address="", pay_by="cod", source="counter")
    order = db.session.query(Order).one()
    assert (order.pay_by, order.fee_vnd, order.handing) == (PayBy.COD, 0, "pickup")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"pack-1": ""}, "Chọn hàng"),
        ({"quantity-1": "x"}, "f-quantity-1-error"),
        ({"quantity-1": "11"}, "notice bad"),
        ({"address": ""}, "Ghi địa chỉ"),
        ({"phone": "12"}, "f-phone-error"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_placed(cast, pack, more, said):
    answer = write(cast.ours, pack, **more)
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.query(Order).count() == 0


def test_another_sellers_goods_cannot_be_sold(cast, pack):
    other = make.variant(make.product(cast.theirs.seller))
    assert write(cast.ours, other).status_code == 422
    assert db.session.query(Order).count() == 0


def test_a_host_writes_no_orders(cast, pack, database):
    host = make.member(cast.ours.seller, role=Role.HOST)
    person = Person(host, sign_in(database, host), cast.ours.seller)
    assert write(person, pack).status_code == 404
