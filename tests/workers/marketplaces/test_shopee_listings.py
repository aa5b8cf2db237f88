from dataclasses import replace
from decimal import Decimal

import pytest

from workers.marketplaces import protocol
from workers.marketplaces.protocol import Image, RemoteState, Retry, Shop, Told
from workers.marketplaces.shopee import client, listings

WANTED = protocol.Listing(
    sku="MO-500",
    name="Mật ong hoa nhãn, chai 500 ml",
    description="Mật ong.",
    price_vnd=120_000,
    stock=40,
    weight_kg=Decimal("0.7"),
    size_cm=(10, 10, 18),
    images=(Image("one", lambda: b"\x89PNG\r\n\x1a\n"),),
    category_id="100783",
)


@pytest.fixture
def shop(sandbox):
    shop_id = sandbox.shop()
    came_back = {"code": sandbox.consent(shop_id), "shop_id": str(shop_id)}
    grant = client.exchange(sandbox.partner, came_back)
    return Shop(sandbox.partner, grant.shop_id, grant.tokens.access_token)


@pytest.fixture
def external_id(shop):
    return listings.create(shop, listings.ground(shop), WANTED, key="once")


def test_what_was_created_is_found_by_its_sku(shop, external_id):
    assert listings.find(shop, ["MO-500", "KHÁC"]) == {"MO-500": external_id}
    there = protocol.Remote(external_id, "MO-500", WANTED.name, RemoteState.LIVE, 120_000, 40)
    assert list(listings.items(shop)) == [there]
    assert listings.look(shop, [external_id, "999"]) == {external_id: there}


def test_a_list_that_moves_while_it_is_read_hides_nothing(shop, sandbox, monkeypatch):
    monkeypatch.setattr(listings, "PAGE", 3)
    ground = listings.ground(shop)
    skus = [f"MO-{number}" for number in range(7)]
    for sku in skus:
        listings.create(shop, ground, replace(WANTED, sku=sku), key=sku)
    pages = listings._id_pages(shop)
    found = set(next(pages))
    sandbox.fault("shift", "get_item_list", shop.shop_id)
    found |= {external_id for page in pages for external_id in page}
    assert len(found) == 7


def test_a_list_that_never_comes_to_rest_is_read_later(shop, sandbox, monkeypatch):
    monkeypatch.setattr(listings, "PAGE", 3)
    ground = listings.ground(shop)
    for number in range(7):
        listings.create(shop, ground, replace(WANTED, sku=f"MO-{number}"), key=str(number))

    def move(_page):
        sandbox.fault("shift", "get_item_list", shop.shop_id)

    with pytest.raises(Retry, match="list_moves"):
        list(map(move, listings._id_pages(shop)))


def test_only_ways_of_delivery_that_are_switched_on_are_used(shop):
    assert listings.ground(shop).carriers == ("50021", "50022")


def test_the_leaves_of_the_tree_are_told_with_their_path(shop):
    leaves = {leaf.id: leaf.path for leaf in listings.categories(shop)}
    assert leaves["100783"] == "Thực phẩm và đồ uống > Mật ong, đường"
    assert "100629" not in leaves


def test_a_category_tells_its_limits_attributes_and_brands(shop):
    rules = listings.rules(shop, "100788")
    assert rules.limits.price_vnd == (1_000, 120_000_000)
    assert rules.limits.name == (1, 120)
    [strength] = rules.attributes
    assert (strength.id, strength.name, strength.mandatory) == ("4990", "Nồng độ cồn", True)
    assert strength.options == {"#1": "Dưới 15 độ", "#2": "Từ 15 độ"}
    assert (rules.brands, rules.brand_mandatory) == ({"1001": "Hảo Đạt"}, False)


def test_a_mandatory_attribute_is_sent_by_its_option(shop, sandbox):
    wine = replace(WANTED, sku="RUOU", category_id="100788")
    with pytest.raises(protocol.Refused) as refused:
        listings.create(shop, listings.ground(shop), wine, key="once")
    assert refused.value.code == "error_less_required_attribute"
    [strength] = listings.rules(shop, "100788").attributes
    chosen = {words: id for id, words in strength.options.items()}["Từ 15 độ"]
    told = replace(wine, attributes={strength.id: chosen})
    assert listings.create(shop, listings.ground(shop), told, key="once")
    [item] = [item for item in sandbox.items(shop.shop_id) if item["item_sku"] == "RUOU"]
    assert item["attribute_list"] == [
        {"attribute_id": 4990, "attribute_value_list": [{"value_id": 2}]}
    ]


def test_price_stock_and_content_are_set_absolutely(shop, sandbox, external_id):
    assert listings.push_price(shop, {external_id: 130_000}) == Told()
    assert listings.push_stock(shop, listings.ground(shop), {external_id: 7}) == Told()
    listings.push_content(shop, external_id, replace(WANTED, name="Mật ong hoa vải"))
    [item] = sandbox.items(shop.shop_id)
    assert (item["price"], item["stock"], item["item_name"]) == (130_000, 7, "Mật ong hoa vải")


def test_an_item_is_hidden_and_shown_again(shop, external_id):
    listings.push_state(shop, {external_id: False})
    assert listings.look(shop, [external_id])[external_id].state is RemoteState.OFF
    listings.push_state(shop, {external_id: True})
    assert listings.look(shop, [external_id])[external_id].state is RemoteState.LIVE


def test_other_photos_replace_those_that_are_there(shop, sandbox, external_id):
    [before] = sandbox.items(shop.shop_id)
    listings.push_images(shop, external_id, WANTED)
    [after] = sandbox.items(shop.shop_id)
    assert len(after["image"]["image_id_list"]) == 1
    assert after["image"] != before["image"]


def test_every_call_waits_for_its_turn(shop):
    turns = []
    listings.categories(replace(shop, before_call=lambda: turns.append("turn")))
    assert turns == ["turn"]


def test_a_key_that_is_not_ours_is_stopped_by_the_other_side(shop):
    wrong = replace(shop.partner, secret="another key")
    with pytest.raises(protocol.Stopped):
        listings.ground(replace(shop, partner=wrong))


def test_nobody_listening_is_tried_again_later(shop):
    away = replace(shop.partner, api="http://127.0.0.1:9")
    with pytest.raises(protocol.Retry) as raised:
        listings.ground(replace(shop, partner=away))
    assert raised.value.away
    assert shop.access_token not in str(raised.value)
