import io
from dataclasses import replace
from decimal import Decimal

import pytest
import requests
from PIL import Image as Picture

from workers.marketplaces import protocol
from workers.marketplaces.protocol import Ground, Image, RemoteState, Shop, Told
from workers.marketplaces.tiktok import listings

SALES, RETURNS = "7068517275539719942", "7068517275539719943"


def photo():
    written = io.BytesIO()
    Picture.new("RGB", (600, 600), "#2f6b3c").save(written, "PNG")
    return written.getvalue()


WANTED = protocol.Listing(
    sku="MO-500",
    name="Mật ong hoa nhãn Hưng Yên, chai 500 ml",
    description="Mật ong <nguyên chất>.\nOCOP 4 sao.",
    price_vnd=120_000,
    stock=40,
    weight_kg=Decimal("0.7"),
    size_cm=(10, 10, 18),
    images=(Image("one", photo),),
    category_id="6100783",
)


@pytest.fixture
def shop(sandbox):
    grant = sandbox.grant("tiktok")
    account = sandbox.partner_of("tiktok")
    return Shop(account, grant.shop_id, grant.tokens.access_token, grant.cipher)


@pytest.fixture
def external_id(shop):
    return listings.create(shop, listings.ground(shop), WANTED, key="once")


@pytest.fixture
def on_shelf(shop, external_id):
    """The same after its audit: whoever looks ends it."""
    listings.look(shop, [external_id])
    return external_id


def kept(sandbox, shop):
    [item] = sandbox.items(shop.shop_id)
    return item


def test_what_was_created_is_found_by_its_sku(shop, external_id):
    assert listings.find(shop, ["MO-500", "KHÁC"]) == {"MO-500": external_id}
    there = protocol.Remote(external_id, "MO-500", WANTED.name, RemoteState.LIVE, 120_000, 40)
    assert list(listings.items(shop)) == [there]
    assert listings.look(shop, [external_id, "999:1"]) == {external_id: there}


def test_it_is_in_review_until_the_audit_is_over(shop, external_id):
    seen = [listings.look(shop, [external_id])[external_id].state for _ in range(2)]
    assert seen == [RemoteState.IN_REVIEW, RemoteState.LIVE]


def test_the_same_key_again_lists_nothing_again(shop, sandbox, external_id):
    assert listings.create(shop, listings.ground(shop), WANTED, key="once") == external_id
    assert len(sandbox.items(shop.shop_id)) == 1


def test_words_become_paragraphs_and_weights_keep_their_grams(shop, sandbox, external_id):
    item = kept(sandbox, shop)
    assert item["description"] == "<p>Mật ong &lt;nguyên chất&gt;.</p><p>OCOP 4 sao.</p>"
    assert item["package_weight"] == {"value": "0.700", "unit": "KILOGRAM"}
    assert item["package_dimensions"]["height"] == "18"


def test_goods_are_sold_from_the_sales_warehouse(shop):
    assert listings.ground(shop) == Ground(warehouse=SALES)


def test_a_list_that_moves_while_it_is_read_hides_nothing(shop, sandbox, monkeypatch):
    monkeypatch.setattr(listings, "PAGE", 3)
    skus = [f"MO-{number}" for number in range(7)]
    for sku in skus:
        listings.create(shop, listings.ground(shop), replace(WANTED, sku=sku), key=sku)
    found = listings.items(shop)
    seen = {next(found).sku for _ in range(3)}
    sandbox.fault("shift", "products/search", shop.shop_id)
    assert seen | {item.sku for item in found} == set(skus)


def test_a_list_that_never_comes_to_rest_is_read_later(shop, sandbox, monkeypatch):
    monkeypatch.setattr(listings, "PAGE", 3)
    for number in range(7):
        listings.create(
            shop, listings.ground(shop), replace(WANTED, sku=f"MO-{number}"), key=str(number)
        )
    sandbox.fault("shift", "products/search", shop.shop_id, times=99)
    with pytest.raises(protocol.Retry, match="list_moves"):
        list(listings.items(shop))


def test_too_many_calls_a_second_are_refused_and_said_again(shop, sandbox):
    requests.post(
        f"{sandbox.host}/control/limits",
        json={"shop_id": shop.shop_id, "per_second": 1},
        timeout=10,
    )
    list(listings.items(shop))
    with pytest.raises(protocol.Retry):
        list(listings.items(shop))


def test_a_promotion_locks_the_price_and_changes_nothing(shop, sandbox, on_shelf):
    sandbox.fault("promotion_lock", "prices/update", shop.shop_id)
    with pytest.raises(protocol.Locked):
        listings.push_price(shop, {on_shelf: 99_000})
    assert [item["price"] for item in sandbox.items(shop.shop_id)] == [120_000]


def test_the_leaves_of_the_tree_are_told_with_their_path(shop):
    leaves = {leaf.id: leaf.path for leaf in listings.categories(shop)}
    assert leaves["6100783"] == "Thực phẩm và đồ uống > Mật ong, đường"
    assert "6100629" not in leaves


def test_a_category_tells_attributes_papers_and_brands(shop):
    rules = listings.rules(shop, "6100788")
    assert (rules.limits.name, rules.limits.stock) == ((25, 255), (1, 99_999))
    strength, licence = rules.attributes
    assert (strength.id, strength.mandatory) == ("100107", True)
    assert strength.options == {"#1001": "Dưới 15 độ", "#1002": "Từ 15 độ"}
    assert (licence.id, licence.name, licence.mandatory, licence.paper) == (
        "certification:7182427000000000001",
        "Giấy phép bán lẻ rượu",
        True,
        True,
    )
    assert rules.brands == {"7082427311584347905": "Hảo Đạt"}


def test_attributes_and_papers_are_sent_each_in_its_place(shop, sandbox):
    wine = replace(WANTED, category_id="6100788")
    with pytest.raises(protocol.Refused) as refused:
        listings.create(shop, listings.ground(shop), wine, key="once")
    assert refused.value.code == "12052104"
    strength, licence = listings.rules(shop, "6100788").attributes
    chosen = {words: id for id, words in strength.options.items()}["Từ 15 độ"]
    told = replace(wine, attributes={strength.id: chosen, licence.id: "tos-paper"})
    assert listings.create(shop, listings.ground(shop), told, key="once")
    item = kept(sandbox, shop)
    assert item["product_attributes"] == [{"id": "100107", "values": [{"id": "1002"}]}]
    assert item["certifications"] == [
        {"id": "7182427000000000001", "images": [{"uri": "tos-paper"}]}
    ]


def test_price_stock_and_content_are_set_absolutely(shop, sandbox, on_shelf):
    ground = listings.ground(shop)
    assert listings.push_price(shop, {on_shelf: 130_000}) == Told()
    assert listings.push_stock(shop, ground, {on_shelf: 7}) == Told()
    listings.push_content(shop, on_shelf, replace(WANTED, name="Mật ong hoa vải Lục Ngạn, 500 ml"))
    item = kept(sandbox, shop)
    assert (item["price"], item["stock"]) == (130_000, 7)
    assert item["title"] == "Mật ong hoa vải Lục Ngạn, 500 ml"


def test_changing_words_erases_nothing_else(shop, sandbox, on_shelf):
    before = kept(sandbox, shop)
    listings.push_content(shop, on_shelf, WANTED)
    assert kept(sandbox, shop) == before


def test_stock_of_none_takes_it_off_the_shelf_and_what_comes_later_is_told(shop, sandbox, on_shelf):
    ground = listings.ground(shop)
    assert listings.push_stock(shop, ground, {on_shelf: 0}) == Told()
    gone = listings.look(shop, [on_shelf])[on_shelf]
    assert (gone.state, gone.stock) == (RemoteState.OFF, 0)
    assert listings.push_stock(shop, ground, {on_shelf: 5}) == Told()
    assert listings.push_state(shop, {on_shelf: True}) == Told()
    [_in_audit, back] = [listings.look(shop, [on_shelf])[on_shelf] for _ in range(2)]
    assert (back.state, back.stock) == (RemoteState.LIVE, 5)


def test_all_warehouses_of_a_sku_are_named_and_their_sum_is_the_stock(shop, sandbox, on_shelf):
    item_id = on_shelf.partition(":")[0]
    sandbox.edit(item_id, inventory={SALES: 30, RETURNS: 10})
    both = Ground(warehouse=f"{SALES},{RETURNS}")
    assert listings.push_stock(shop, both, {on_shelf: 7}) == Told()
    assert kept(sandbox, shop)["inventory"] == {SALES: 6, RETURNS: 1}
    assert listings.push_stock(shop, both, {on_shelf: 1}) == Told()
    assert kept(sandbox, shop)["status"] == "SELLER_DEACTIVATED"


def test_a_line_that_is_refused_in_a_call_that_succeeds_is_told(shop, on_shelf):
    too_many = listings.push_stock(shop, listings.ground(shop), {on_shelf: 100_000})
    [error] = too_many.refused.values()
    assert (list(too_many.refused), type(error)) == ([on_shelf], protocol.Refused)
    assert error.code == "12052055"
    unknown = listings.push_state(shop, {on_shelf: False, "999:1": False, "998:1": True})
    assert sorted(unknown.refused) == ["998:1", "999:1"]


def test_items_are_hidden_and_shown(shop, on_shelf):
    listings.push_state(shop, {on_shelf: False})
    assert listings.look(shop, [on_shelf])[on_shelf].state is RemoteState.OFF
    listings.push_state(shop, {on_shelf: True})
    seen = [listings.look(shop, [on_shelf])[on_shelf].state for _ in range(2)]
    assert seen == [RemoteState.IN_REVIEW, RemoteState.LIVE]


def test_what_stands_as_it_should_is_no_refusal(shop, on_shelf):
    assert listings.push_state(shop, {on_shelf: True}) == Told()
    for _ in range(2):
        assert listings.push_state(shop, {on_shelf: False}) == Told()


def test_a_product_in_audit_is_asked_again_later_for_price_and_hiding(shop, sandbox, external_id):
    sandbox.edit(external_id.partition(":")[0], audit_stays=True)
    with pytest.raises(protocol.Locked):
        listings.push_price(shop, {external_id: 130_000})
    refused = listings.push_stock(shop, listings.ground(shop), {external_id: 0}).refused
    assert type(refused[external_id]) is protocol.Locked
    item = kept(sandbox, shop)
    assert (item["price"], item["stock"], item["status"]) == (120_000, 40, "PENDING")


def test_other_photos_replace_those_that_are_there(shop, sandbox, external_id):
    before = kept(sandbox, shop)["main_images"]
    listings.push_images(shop, external_id, WANTED)
    after = kept(sandbox, shop)["main_images"]
    assert len(after) == 1
    assert after != before


def test_every_call_waits_for_its_turn(shop):
    turns = []
    counted = replace(shop, before_call=lambda: turns.append("turn"))
    listings.ground(counted)
    listings.create(counted, Ground(warehouse=SALES), WANTED, key="once")
    assert turns == ["turn"] * 3


def test_a_secret_that_is_not_ours_is_stopped_by_the_other_side(shop):
    wrong = replace(shop.partner, secret="another secret")
    with pytest.raises(protocol.Stopped):
        listings.ground(replace(shop, partner=wrong))


def test_nobody_listening_is_tried_again_later(shop):
    away = replace(shop.partner, api="http://127.0.0.1:9")
    with pytest.raises(protocol.Retry) as raised:
        listings.ground(replace(shop, partner=away))
    assert raised.value.away
    assert shop.access_token not in str(raised.value)


def test_the_wait_that_is_asked_for_is_kept(shop, sandbox):
    sandbox.fault("http", "warehouses", shop.shop_id, code="429", said="7")
    with pytest.raises(protocol.Retry) as raised:
        listings.ground(shop)
    assert (raised.value.code, raised.value.after_seconds) == ("http_429", 7.0)
