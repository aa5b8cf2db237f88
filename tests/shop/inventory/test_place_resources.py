"""Places and safety stock by the API."""

import pytest

from shop.inventory import locations, stock
from tests import make, make_tokens


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


def test_a_program_adds_a_place_once_and_moves_goods_there(cast, program):
    pack = make.variant(make.product(cast.ours.seller))
    url = f"/api/v1/sellers/{cast.ours.seller.ref}/places"
    added = program.post(url, {"name": "Quầy chợ"}, Idempotency_Key="1")
    assert (added.status_code, added.json["main"]) == (201, False)
    assert program.post(url, {"name": "Quầy chợ"}, Idempotency_Key="1").json == added.json
    assert program.post(url, {"name": "Quầy chợ"}).status_code == 422
    there = program.get(url).json["places"]
    assert [(place["name"], place["main"]) for place in there] == [
        ("Kho chính", True),
        ("Quầy chợ", False),
    ]
    moved = {"kind": "move", "quantity": "4", "at": there[0]["ref"], "to": there[1]["ref"]}
    assert program.post(f"/api/v1/stock/{pack.ref}/movements", moved).status_code == 200
    lying = stock.by_place(pack.id)
    assert [lying[row.id] for row in locations.all_of(pack.seller_id)] == [6, 4]


def test_what_is_kept_back_is_not_for_sale(cast, program):
    pack = make.variant(make.product(cast.ours.seller))
    before = program.get(f"/api/v1/stock/{pack.ref}").json["saleable"]
    answer = program.put(f"/api/v1/stock/{pack.ref}/safety", {"safety": "3"})
    assert (answer.json["safety"], int(before) - int(answer.json["saleable"])) == ("3", 3)
    refused = program.put(f"/api/v1/stock/{pack.ref}/safety", {"safety": "-1"})
    assert (refused.status_code, stock.safety([pack.id])[pack.id]) == (422, 3)
