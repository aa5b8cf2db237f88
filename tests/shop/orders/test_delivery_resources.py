"""Delivery terms by the API."""

import pytest
from sqlalchemy import func, select

from shop import places
from shop.database import db
from shop.orders import delivery
from shop.orders.models import DeliveryTerms
from tests import make_tokens


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


def address(cast):
    return f"/api/v1/sellers/{cast.ours.seller.ref}/delivery"


def put(program, url, **said):
    body = {"delivers": True, "picks_up": False, "fees": [{"fee_vnd": 30_000}]} | said
    return program.put(url, body, If_Match=program.get(url).headers["ETag"])


def test_a_program_settles_what_delivery_costs_where(cast, program):
    url = address(cast)
    first = program.get(url).json
    assert (first["delivers"], first["picks_up"], first["fees"]) == (False, False, [])
    hue = places.find("Huế", "", "Thuận Hóa").commune
    near = {"province_code": hue.province_code, "commune_code": hue.code, "fee_vnd": 15_000}
    answer = put(program, url, fees=[{"fee_vnd": 30_000, "up_to_g": 2000}, near])
    assert answer.status_code == 200
    assert [fee["fee_vnd"] for fee in answer.json["fees"]] == [30_000, 15_000]
    terms = delivery.terms_of([cast.ours.seller.id])[cast.ours.seller.id]
    here = delivery.Place(hue.province_code, hue.code)
    assert delivery.fee_vnd(terms, here, 9_000, 100_000) == 15_000


def test_a_program_states_on_what_terms_goods_go_back(cast, program):
    url = address(cast)
    assert program.get(url).json["returns"] == ""
    assert put(program, url, returns="Đổi trong 5 ngày.").json["returns"] == "Đổi trong 5 ngày."
    assert delivery.promises(cast.ours.seller.id, "delivery")[1] == "Đổi trong 5 ngày."
    put(program, url)
    assert delivery.promises(cast.ours.seller.id, "delivery")[1] == str(delivery.RETURNS)


def test_what_was_changed_by_somebody_else_is_not_overwritten(cast, program):
    url = address(cast)
    old = program.get(url).headers["ETag"]
    put(program, url)
    body = {"delivers": False, "picks_up": True}
    assert program.put(url, body, If_Match=old).status_code == 412
    assert program.put(url, body).status_code == 428
    assert program.get(url).json["delivers"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"delivers": False},
        {"fees": []},
        {"fees": [{"fee_vnd": 1, "province_code": "khong"}]},
        {"fees": [{"fee_vnd": 1, "commune_code": "khong"}]},
        {"fees": [{"fee_vnd": -1}]},
    ],
)
def test_terms_that_say_nothing_are_refused_and_nothing_is_kept(cast, program, wrong):
    assert put(program, address(cast), **wrong).status_code == 422
    assert db.session.scalar(select(func.count(DeliveryTerms.id))) == 0
