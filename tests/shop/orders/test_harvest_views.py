"""A seller offers a harvest, writes down what came, or calls it off; nobody else's."""

import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from shop import clock
from shop.accounts import access, delegation
from shop.accounts.models import AuditEntry, Role, Way
from shop.database import db
from shop.inventory import harvests, stock
from shop.inventory.models import Harvest
from shop.orders.models import Order, State
from tests import make, make_community, make_harvests
from tests.app_fixtures import Person, sign_in

HARVESTS = "/ban-hang/vu-thu-hoach"


@pytest.fixture
def pack(cast):
    return make.variant(
        make.product(cast.ours.seller, name="Na dai"), on_hand=0, price_vnd=60_000, unit="kg"
    )


@pytest.fixture
def row(pack):
    return make_harvests.harvest(pack)


def day(number):
    return (clock.today() + timedelta(days=number)).isoformat()


def window(**more):
    values = {"note": "na tháng 8", "from_day": day(30), "until_day": day(40), "_once": "vu-1"}
    values |= {"order_until": day(20), "quantity": "100,5", "deposit_percent": "30"}
    return values | more


def flat(answer):
    return html.unescape(re.sub(r"\s+", " ", answer.text.replace("\xa0", " ")))


def fresh(row):
    db.session.expire_all()
    return db.session.get_one(Harvest, row.id)


def test_a_harvest_is_offered_once_and_listed(cast, pack):
    assert f"{HARVESTS}/them/{pack.ref}" in cast.ours.get(f"{HARVESTS}/chon").text
    assert f"{HARVESTS}/them/{pack.ref}" in cast.ours.get(f"/ban-hang/kho/{pack.ref}").text
    for _time in range(2):
        answer = cast.ours.post(f"{HARVESTS}/them/{pack.ref}", window())
    [row] = db.session.query(Harvest)
    assert answer.location == f"{HARVESTS}/{row.ref}"
    assert (row.quantity, row.deposit_percent, row.seller_id) == (
        Decimal("100.5"),
        30,
        cast.ours.seller.id,
    )
    page = flat(cast.ours.get(HARVESTS))
    for said in ("Na dai", "na tháng 8", "100,5 kg", "đặt cọc 30%", "Đang nhận đặt"):
        assert said in page
    actions = [entry.action for entry in db.session.query(AuditEntry)]
    assert actions == ["harvest.offer"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"until_day": day(29)}, "Ngày cuối phải sau ngày đầu"),
        ({"order_until": day(41)}, "không được sau ngày giao cuối"),
        ({"order_until": day(-1)}, "Ngày này đã qua"),
        ({"from_day": day(-9), "until_day": day(-1), "order_until": day(-2)}, "Ngày này đã qua"),
        ({"quantity": "0"}, "Ghi số lượng"),
        ({"deposit_percent": "101"}, "Từ 0 đến 100"),
        ({"deposit_percent": ""}, "Ghi một số nguyên"),
        ({"note": "na 5 sao OCOP"}, "Không gõ hạng sao"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_offered(cast, pack, more, said):
    answer = cast.ours.post(f"{HARVESTS}/them/{pack.ref}", window(**more))
    assert (answer.status_code, said in flat(answer)) == (422, True)
    assert db.session.query(Harvest).count() == 0


def test_it_is_changed_but_not_below_what_was_promised(cast, row):
    make_harvests.order(row, 60)
    page = cast.ours.get(f"{HARVESTS}/{row.ref}/sua").text
    assert 'value="100"' in page
    assert f'value="{row.until_day.isoformat()}"' in page
    answer = cast.ours.post(f"{HARVESTS}/{row.ref}/sua", window(quantity="59"))
    assert (answer.status_code, "Khách đã đặt 60 kg" in flat(answer)) == (422, True)
    assert cast.ours.post(f"{HARVESTS}/{row.ref}/sua", window(quantity="60")).status_code == 303
    assert fresh(row).quantity == 60


def test_it_stops_taking_orders_and_takes_them_again(cast, row):
    cast.ours.post(f"{HARVESTS}/{row.ref}/nhan-dat", {"to": "close"})
    assert not harvests.is_open(fresh(row))
    assert "Ngừng nhận đặt, chờ hàng về" in cast.ours.get(HARVESTS).text
    cast.ours.post(f"{HARVESTS}/{row.ref}/nhan-dat", {"to": "open"})
    assert harvests.is_open(fresh(row))


def test_what_came_is_booked_once_and_who_falls_short_is_named(cast, row):
    make_harvests.order(row, 30, name="Lan")
    short = make_harvests.order(row, 50, name="Mai")
    form = {"quantity": "60", "_once": "ve-1"}
    cast.ours.post(f"{HARVESTS}/{row.ref}/da-ve", form)
    page = flat(cast.ours.get(f"{HARVESTS}/{row.ref}"))
    assert "Chưa có hàng cho Mai." in page
    assert "về thiếu 50 kg" in page
    assert "chưa có hàng" in page
    assert cast.ours.post(f"{HARVESTS}/{row.ref}/da-ve", form).status_code == 303
    assert stock.on_hand([row.variant_id]) == {row.variant_id: Decimal(60)}
    order_page = flat(cast.ours.get(f"/ban-hang/don-hang/{short.ref}"))
    assert "Vụ này về thiếu" in order_page
    cast.ours.post(f"{HARVESTS}/{row.ref}/da-ve", {"quantity": "20", "_once": "ve-2"})
    assert "đã giữ đủ cho các đơn" in flat(cast.ours.get(f"{HARVESTS}/{row.ref}"))
    assert harvests.promised_of([row.id]) == {}


def test_a_helper_who_books_what_came_is_told_of_no_buyer(cast, row, database):
    make_harvests.order(row, 50, name="Mai")
    person = make_community.helper()
    until = clock.today() + timedelta(days=9)
    asked = delegation.ask(access.of(person), cast.ours.seller.id, Way.ACCOUNT, until)
    delegation.agree(access.of(cast.ours.user), asked, until)
    helper = Person(person, sign_in(database, person))
    helper.post(f"{HARVESTS}/{row.ref}/da-ve", {"quantity": "1", "_once": "ve-giup"})
    page = flat(helper.get(f"{HARVESTS}/{row.ref}"))
    assert "Còn 1 đơn chưa có hàng." in page
    assert "Mai" not in page
    call = {"headers": {"X-CSRFToken": helper.csrf()}, "json": {"quantity": "1"}}
    told = helper.client.post(f"/api/v1/harvests/{row.ref}/arrivals", **call)
    assert (told.status_code, told.json["short"]) == (201, [])


def test_a_wrong_quantity_is_said_on_the_page(cast, row):
    answer = cast.ours.post(f"{HARVESTS}/{row.ref}/da-ve", {"quantity": "nhiều"})
    assert (answer.status_code, "Ghi số lượng" in flat(answer)) == (422, True)
    assert fresh(row).arrived_at is None


def test_one_that_fails_is_called_off_once_with_the_reason(cast, row):
    paid, unpaid = make_harvests.order(row, 30), make_harvests.order(row, 30)
    make_harvests.pay(paid, paid.deposit_vnd)
    form = {"why": "sương muối", "_once": "huy-1"}
    cast.ours.post(f"{HARVESTS}/{row.ref}/huy", form)
    page = flat(cast.ours.get(f"{HARVESTS}/{row.ref}"))
    assert cast.ours.post(f"{HARVESTS}/{row.ref}/huy", form).status_code == 303
    assert "1 đơn đã trả tiền: cần hoàn tiền cho khách." in page
    assert "Đã hủy" in page
    states = [db.session.get_one(Order, o.id).state for o in (paid, unpaid)]
    assert states == [State.CANCELLED] * 2
    order_page = flat(cast.ours.get(f"/ban-hang/don-hang/{paid.ref}"))
    assert "sương muối" in order_page
    assert "Khách đã chuyển 540.000 ₫ cho đơn này: cần hoàn tiền" in order_page
    assert "cần hoàn tiền" in cast.ours.get("/ban-hang/don-hang").text
    trail = flat(cast.ours.get("/ban-hang/nhat-ky"))
    assert "hủy vụ bán trước" in trail


def test_why_it_fails_must_be_said(cast, row):
    answer = cast.ours.post(f"{HARVESTS}/{row.ref}/huy", {"why": ""})
    assert answer.status_code == 422
    assert fresh(row).cancelled_at is None


def test_the_order_page_says_what_the_deposit_does(cast, row):
    order = make_harvests.order(row, 2)
    path = f"/ban-hang/don-hang/{order.ref}"
    assert "Ngân hàng chưa báo tiền về" in flat(cast.ours.get(path))
    make_harvests.pay(order, order.deposit_vnd)
    page = flat(cast.ours.get(path))
    assert "Khách đã đặt cọc đủ" in page
    assert "chưa báo phần còn lại 84.000 ₫" in page
    assert "Hàng của vụ chưa về: chưa gói được" in page
    assert "Đặt trước vụ na dai tháng 8" in page


def test_what_is_paid_ahead_is_not_counted_as_to_be_packed(cast, pack):
    row = make_harvests.harvest(pack, deposit_percent=100)
    order = make_harvests.order(row, 2)
    make_harvests.pay(order, order.total_vnd)
    tile = r'Đơn cần gói</span>\s*<span class="figure-value">(\d+)'
    assert re.search(tile, cast.ours.get("/ban-hang").text)[1] == "0"
    cast.ours.post(f"{HARVESTS}/{row.ref}/da-ve", {"quantity": "2", "_once": "ve"})
    assert re.search(tile, cast.ours.get("/ban-hang").text)[1] == "1"


def test_who_may_only_read_sees_no_form_and_changes_nothing(cast, row, app):
    reader = make.member(cast.ours.seller, role=Role.VIEWER, name="Người xem")
    db.session.commit()
    person = Person(reader, sign_in(app, reader), cast.ours.seller)
    page = person.get(f"{HARVESTS}/{row.ref}").text
    assert "/da-ve" not in page
    assert "/huy" not in page
    for deed in ("nhan-dat", "da-ve", "huy"):
        assert person.post(f"{HARVESTS}/{row.ref}/{deed}", {"quantity": "1"}).status_code == 404
    assert (fresh(row).active, fresh(row).arrived_at) == (True, None)


def test_the_list_asks_as_often_for_many_as_for_one(cast, row, query_count):
    asked = []
    for _more in range(2):
        with query_count() as queries:
            cast.ours.get(HARVESTS)
        asked.append(len(queries))
        for number in range(5):
            product = make.product(cast.ours.seller, name=f"Na {number}")
            make_harvests.harvest(make.variant(product))
    assert asked[0] == asked[1]
