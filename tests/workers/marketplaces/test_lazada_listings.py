from dataclasses import replace

import pytest
import requests

from tests import make_channels
from workers.marketplaces import protocol
from workers.marketplaces.lazada import listings
from workers.marketplaces.protocol import RemoteState, Shop, Told

NO_GROUND = protocol.Ground()
WANTED = make_channels.honey("10000604")


@pytest.fixture
def shop(sandbox):
    grant = sandbox.grant("lazada")
    partner = sandbox.partner_of("lazada")
    return Shop(partner, grant.shop_id, grant.tokens.access_token)


@pytest.fixture
def external_id(shop):
    return made(shop)


def made(shop, **changes):
    return listings.create(shop, NO_GROUND, replace(WANTED, **changes), key="once")


def test_what_was_created_is_found_by_its_sku(shop, external_id):
    assert listings.find(shop, ["MO-500", "KHÁC"]) == {"MO-500": external_id}
    there = protocol.Remote(external_id, "MO-500", WANTED.name, RemoteState.LIVE, 120_000, 40)
    assert list(listings.items(shop)) == [there]
    assert listings.look(shop, [external_id, "999:1"]) == {external_id: there}


def test_an_external_id_names_product_and_sku(shop, sandbox, external_id):
    [item] = sandbox.items(shop.shop_id)
    assert external_id == f"{item['product']}:{item['item_id']}"


def test_a_parcel_and_no_brand_are_told(shop, sandbox, external_id):
    [item] = sandbox.items(shop.shop_id)
    assert item["attributes"] == {
        "name": WANTED.name,
        "description": "Mật ong.",
        "brand": "No Brand",
    }
    assert item["package"] == {
        "package_weight": "0.7",
        "package_length": "10",
        "package_width": "10",
        "package_height": "18",
    }


def test_a_sku_is_never_listed_twice(shop, sandbox, external_id):
    with pytest.raises(protocol.Exists):
        made(shop)
    assert len(sandbox.items(shop.shop_id)) == 1


def test_a_list_that_moves_while_it_is_read_hides_nothing(shop, sandbox, monkeypatch):
    monkeypatch.setattr(listings, "PAGE", 3)
    skus = [f"MO-{number}" for number in range(7)]
    for sku in skus:
        listings.create(shop, NO_GROUND, replace(WANTED, sku=sku), key=sku)
    found = listings.items(shop)
    seen = {next(found).sku for _ in range(3)}
    sandbox.fault("shift", "products/get", shop.shop_id)
    assert seen | {item.sku for item in found} == set(skus)


def test_a_list_that_never_comes_to_rest_is_read_later(shop, sandbox, monkeypatch):
    monkeypatch.setattr(listings, "PAGE", 3)
    for number in range(7):
        listings.create(shop, NO_GROUND, replace(WANTED, sku=f"MO-{number}"), key=str(number))

    def move(numbered):
        if numbered[0] % 3 == 0:
            sandbox.fault("shift", "products/get", shop.shop_id)

    with pytest.raises(protocol.Retry, match="list_moves"):
        list(map(move, enumerate(listings.items(shop))))


def test_too_many_calls_a_second_are_refused_and_said_again(shop, sandbox):
    requests.post(
        f"{sandbox.host}/control/limits",
        json={"shop_id": shop.shop_id, "per_second": 1},
        timeout=10,
    )
    list(listings.items(shop))
    with pytest.raises(protocol.Retry):
        list(listings.items(shop))


def test_a_promotion_locks_the_price_and_changes_nothing(shop, sandbox, external_id):
    sandbox.fault("promotion_lock", "price_quantity/update", shop.shop_id)
    told = listings.push_price(shop, {external_id: 99_000})
    assert [type(error) for error in told.refused.values()] == [protocol.Locked]
    assert [item["price"] for item in sandbox.items(shop.shop_id)] == [120_000]


def test_the_leaves_of_the_tree_are_told_with_their_path(shop):
    leaves = {leaf.id: leaf.path for leaf in listings.categories(shop)}
    assert leaves["10000604"] == "Bách hóa Online > Mật ong, đường"
    assert "10000600" not in leaves


def test_a_category_tells_what_it_asks_beside_what_we_tell_anyway(shop):
    rules = listings.rules(shop, "10000609")
    [strength] = rules.attributes
    assert (strength.id, strength.name, strength.mandatory) == (
        "alcohol_strength",
        "Nồng độ cồn",
        True,
    )
    assert strength.options == {"Dưới 15 độ": "Dưới 15 độ", "Từ 15 độ": "Từ 15 độ"}
    assert (rules.limits.name, rules.limits.images) == ((1, 255), (1, 8))
    assert not rules.brand_mandatory


def test_a_mandatory_attribute_is_sent_by_the_words_of_its_option(shop, sandbox):
    with pytest.raises(protocol.Refused) as refused:
        made(shop, category_id="10000609")
    assert refused.value.code == "4108"
    assert sandbox.items(shop.shop_id) == []
    made(shop, category_id="10000609", attributes={"alcohol_strength": "#Từ 15 độ"})
    [item] = sandbox.items(shop.shop_id)
    assert item["attributes"]["alcohol_strength"] == "Từ 15 độ"


def test_price_stock_and_content_are_set_absolutely(shop, sandbox, external_id):
    assert listings.push_price(shop, {external_id: 130_000}) == Told()
    assert listings.push_stock(shop, NO_GROUND, {external_id: 7}) == Told()
    listings.push_content(shop, external_id, replace(WANTED, name="Mật ong hoa vải"))
    [item] = sandbox.items(shop.shop_id)
    assert (item["price"], item["stock"], item["item_name"]) == (130_000, 7, "Mật ong hoa vải")


def test_what_may_be_sold_is_told_and_not_what_orders_hold(shop, sandbox, external_id):
    sku_id = int(external_id.split(":")[1])
    line = {"item_id": sku_id, "quantity": 3}
    sandbox.order(shop.shop_id, [line], platform="lazada", status="pending")
    listings.push_stock(shop, NO_GROUND, {external_id: 10})
    assert listings.look(shop, [external_id])[external_id].stock == 10


def test_many_skus_go_in_one_call_and_each_that_fails_is_told(shop, sandbox, external_id):
    other = made(shop, sku="MO-200")
    told = listings.push_stock(shop, NO_GROUND, {external_id: 5, "1:2": 6, other: 7})
    assert set(told.refused) == {"1:2"}
    assert (type(told.refused["1:2"]), told.refused["1:2"].code) == (protocol.Refused, "4163")
    assert [item["stock"] for item in sandbox.items(shop.shop_id)] == [5, 7]
    assert len(sandbox.calls(shop.shop_id, "product/stock/sellable/update")) == 1


def test_a_failure_that_names_no_sku_is_left_to_each_alone(shop, sandbox, external_id):
    other = made(shop, sku="MO-200")
    fault = {"fault": "failure_list", "path": "/price_quantity/update", "said": "campaign"}
    sandbox.fault(shop_id=shop.shop_id, times=2, **fault)
    with pytest.raises(protocol.Refused):
        listings.push_price(shop, {external_id: 130_000, other: 130_000})
    told = listings.push_price(shop, {external_id: 130_000})
    assert type(told.refused[external_id]) is protocol.Locked
    assert {item["price"] for item in sandbox.items(shop.shop_id)} == {120_000}


def test_an_item_is_hidden_twice_and_shown_again(shop, external_id):
    for _ in range(2):
        assert listings.push_state(shop, {external_id: False}) == Told()
        assert listings.look(shop, [external_id])[external_id].state is RemoteState.OFF
    listings.push_state(shop, {external_id: True})
    assert listings.look(shop, [external_id])[external_id].state is RemoteState.LIVE


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", RemoteState.IN_REVIEW),
        ("suspended", RemoteState.BANNED),
        ("deleted", RemoteState.GONE),
    ],
)
def test_an_item_stands_as_the_marketplace_says(shop, sandbox, external_id, status, state):
    sandbox.edit(external_id.split(":")[1], item_status=status)
    assert listings.look(shop, [external_id])[external_id].state is state


def test_other_photos_replace_those_that_are_there(shop, sandbox, external_id):
    [before] = sandbox.items(shop.shop_id)
    listings.push_images(shop, external_id, WANTED)
    [after] = sandbox.items(shop.shop_id)
    assert len(after["images"]) == 1
    assert after["images"] != before["images"]


def test_every_page_of_a_long_list_is_read(shop, sandbox):
    for number in range(52):
        made(shop, sku=f"MO-{number}")
    assert len({item.sku for item in listings.items(shop)}) == 52
    assert len(sandbox.calls(shop.shop_id, "products/get")) == 2


def test_every_call_waits_for_its_turn(shop):
    turns = []
    waiting = replace(shop, before_call=lambda: turns.append("turn"))
    listings.categories(waiting)
    listings.push_stock(waiting, NO_GROUND, {"1:2": 3})
    assert turns == ["turn", "turn"]


def test_a_key_that_is_not_ours_is_stopped_by_the_other_side(shop):
    wrong = replace(shop.partner, secret="another key")
    with pytest.raises(protocol.Stopped):
        listings.categories(replace(shop, partner=wrong))


def test_a_token_that_has_ended_is_said_so(shop, sandbox):
    sandbox.fault("token_expired", "/products/get", shop.shop_id)
    with pytest.raises(protocol.TokenExpired):
        list(listings.items(shop))


def test_nobody_listening_is_tried_again_later(shop):
    away = replace(shop.partner, api="http://127.0.0.1:9")
    with pytest.raises(protocol.Retry) as raised:
        listings.categories(replace(shop, partner=away))
    assert raised.value.away
    assert shop.access_token not in str(raised.value)
