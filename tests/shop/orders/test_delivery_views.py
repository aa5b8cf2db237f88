"""A seller says what delivery costs and gives vouchers; nobody else's."""

import pytest

from shop.database import db
from shop.orders import delivery
from shop.orders.delivery import Place
from shop.orders.models import Voucher

FEES = {"province-0": "", "commune-0": "", "kilos-0": "2", "fee-0": "35000"}
FEES |= {"province-1": "19", "commune-1": "", "kilos-1": "", "fee-1": "20k"}
TERMS = {"delivers": "1", "cod": "1", "free_from_vnd": "500.000", "note": "3 ngày"}
CODE = {"code": "tet30", "amount_vnd": "30.000", "minimum_vnd": "300.000"}
CODE |= {"first_day": "2026-11-01", "last_day": "2099-11-30", "_once": "k1"}


def terms_of(cast):
    db.session.expire_all()
    return delivery.terms_of([cast.ours.seller.id]).get(cast.ours.seller.id)


def test_terms_are_set_shown_and_set_anew(cast):
    page = f"/ban-hang/giao-hang/{cast.ours.seller.ref}"
    assert cast.ours.post(page, TERMS | FEES).status_code == 303
    there = terms_of(cast)
    assert (there.delivers, there.picks_up, there.cod) == (True, False, True)
    assert delivery.fee_vnd(there, Place("19", "x"), 9000, 0) == 20_000
    assert delivery.fee_vnd(there, Place("01", "x"), 2000, 0) == 35_000
    assert delivery.fee_vnd(there, Place("01", "x"), 1, 500_000) == 0
    shown = cast.ours.get(page).text
    for value in ("35000", "20000", "500000", "3 ngày"):
        assert f'value="{value}"' in shown
    cast.ours.post(page, {"picks_up": "1"})
    assert (terms_of(cast).delivers, len(terms_of(cast).fees)) == (False, 0)


def test_a_commune_is_named_as_it_is_today(cast):
    page = f"/ban-hang/giao-hang/{cast.ours.seller.ref}"
    row = {"province-0": "19", "commune-0": "Tân Cương", "fee-0": "0"}
    cast.ours.post(page, TERMS | row)
    [fee] = terms_of(cast).fees
    assert fee.province_code == "19"
    assert fee.commune_code
    assert "Tân Cương" in cast.ours.get(page).text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Chọn ít nhất một cách"),
        ({"delivers": "1"}, "Ghi ít nhất một mức phí"),
        ({"delivers": "1", "fee-0": "x"}, "ví dụ 185.000"),
        ({"delivers": "1", "fee-0": "1000", "kilos-0": "nặng"}, "Ghi số lượng"),
        ({"delivers": "1", "fee-0": "1000", "commune-0": "Không Có"}, "Không rõ xã"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(cast, sent, said):
    answer = cast.ours.post(f"/ban-hang/giao-hang/{cast.ours.seller.ref}", sent)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert terms_of(cast) is None


def test_a_voucher_is_made_listed_and_ended(cast):
    page = f"/ban-hang/ma-giam-gia/{cast.ours.seller.ref}"
    for _time in range(2):
        assert cast.ours.post(f"{page}/them", CODE).status_code == 303
    [row] = db.session.query(Voucher)
    assert (row.code, row.minimum_vnd) == ("TET30", 300_000)
    assert "Đang dùng" in cast.ours.get(page).text
    cast.ours.post(f"/ban-hang/ma-giam-gia/{row.ref}/dung")
    assert "Đã dừng" in cast.ours.get(page).text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"percent": "10"}, "Ghi số tiền giảm, hoặc phần trăm"),
        ({"amount_vnd": ""}, "Ghi số tiền giảm, hoặc phần trăm"),
        ({"last_day": "2026-10-01"}, "Ngày cuối"),
        ({"code": "tết 30"}, "chữ không dấu và số"),
        ({"amount_vnd": "", "percent": "101"}, "Từ 1 đến 100"),
    ],
)
def test_a_voucher_that_makes_no_sense_says_why(cast, more, said):
    answer = cast.ours.post(f"/ban-hang/ma-giam-gia/{cast.ours.seller.ref}/them", CODE | more)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert db.session.query(Voucher).count() == 0


def test_a_seller_states_how_it_takes_goods_back_and_the_usual_terms_stand_in_otherwise(cast):
    url = f"/ban-hang/giao-hang/{cast.ours.seller.ref}"
    said = {"picks_up": "1", "returns": "Đổi trong 30 ngày."}
    assert delivery.promises(cast.ours.seller.id, "pickup") == (
        "Hẹn với người bán nơi và giờ lấy hàng.",
        str(delivery.RETURNS),
    )
    assert cast.ours.post(url, said).status_code == 303
    assert delivery.promises(cast.ours.seller.id, "pickup")[1] == "Đổi trong 30 ngày."
    assert "Đổi trong 30 ngày." in cast.ours.get(url).text
    assert "trong 7 ngày kể từ khi nhận" in cast.ours.get(url).text
