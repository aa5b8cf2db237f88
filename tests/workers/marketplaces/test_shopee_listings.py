from decimal import Decimal

import pytest

from tests import make_channels
from workers.marketplaces import protocol
from workers.marketplaces.protocol import Shop
from workers.marketplaces.shopee import client, listings

WANTED = protocol.Listing(
    sku="MO-500",
    name="Mật ong hoa nhãn, chai 500 ml",
    description="Mật ong.",
    price_vnd=120_000,
    stock=40,
    weight_kg=Decimal("0.7"),
    category="mật ong nông sản khác",
    image=b"\x89PNG\r\n\x1a\n",
)


@pytest.fixture
def shop(sandbox):
    shop_id = sandbox.shop()
    tokens = client.exchange(sandbox.partner, sandbox.consent(shop_id), str(shop_id))
    return Shop(sandbox.partner, str(shop_id), tokens.access_token)


def test_what_was_created_is_surveyed_by_its_sku(shop):
    ground = listings.survey(shop)
    assert (ground.items, ground.carriers) == ({}, (50021, 50022))
    external_id = listings.create(shop, ground, WANTED)
    assert listings.survey(shop).items == {"MO-500": external_id}


def test_the_leaf_that_shares_most_words_is_chosen(shop, sandbox):
    listings.create(shop, listings.survey(shop), WANTED)
    assert sandbox.items(shop.shop_id)[0]["category_id"] == 100783


def test_goods_that_no_leaf_fits_are_refused_before_any_call(shop, sandbox):
    ground = protocol.Ground(items={}, categories={1: "Điện thoại"}, carriers=(1,))
    with pytest.raises(protocol.Refused) as refused:
        listings.create(shop, ground, WANTED)
    assert refused.value.code == "error_invalid_category"
    assert sandbox.calls(shop.shop_id, "media_space/upload_image") == []


def test_price_stock_and_content_are_set_absolutely(shop, sandbox):
    external_id = listings.create(shop, listings.survey(shop), WANTED)
    listings.push_price(shop, external_id, 130_000)
    listings.push_stock(shop, external_id, 7)
    listings.push_content(shop, external_id, WANTED)
    [item] = sandbox.items(shop.shop_id)
    assert (item["price"], item["stock"], item["item_name"]) == (130_000, 7, WANTED.name)


def test_a_key_that_is_not_ours_is_stopped_by_the_other_side(shop):
    wrong = protocol.Partner(shop.partner.host, shop.partner.partner_id, "another key")
    with pytest.raises(protocol.Stopped):
        listings.survey(Shop(wrong, shop.shop_id, shop.access_token))


def test_nobody_listening_is_tried_again_later(shop):
    away = protocol.Partner("http://127.0.0.1:9", 1, "key")
    with pytest.raises(protocol.Retry) as raised:
        listings.survey(Shop(away, "1", "token"))
    assert "token" not in str(raised.value)


def test_the_factory_has_the_same_account(sandbox):
    assert sandbox.partner.partner_id == make_channels.SANDBOX_PARTNER_ID
