"""Lazada's side of the sandbox, asked as its documents say, without our client."""

import hashlib
import hmac
import http.server
import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from workers.channels import partners
from workers.sandbox import lazada

TIMEOUT = 10
PNG = b"\x89PNG\r\n\x1a\n"
SKU = {
    "SellerSku": "MO-500", "quantity": "40", "price": "120000", "package_weight": "0.7",
    "package_length": "10", "package_width": "10", "package_height": "18",
}  # fmt: skip


def signed(path, *, secret=lazada.APP_SECRET, at=None, **business):
    given = {
        "app_key": lazada.APP_KEY,
        "timestamp": str(int((time.time() if at is None else at) * 1000)),
        "sign_method": "sha256",
        **business,
    }
    told = path + "".join(key + given[key] for key in sorted(given))
    sign = hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest().upper()
    return given | {"sign": sign}


def get(sandbox, path, **business):
    url = f"{sandbox.host}/lazada/rest{path}"
    return requests.get(url, params=signed(path, **business), timeout=TIMEOUT).json()


def post(sandbox, path, files=None, **business):
    url = f"{sandbox.host}/lazada/rest{path}"
    return requests.post(url, data=signed(path, **business), files=files, timeout=TIMEOUT).json()


@pytest.fixture
def linked(sandbox):
    return link(sandbox)


def link(sandbox):
    shop_id = sandbox.shop()
    query = {"response_type": "code", "client_id": lazada.APP_KEY, "state": "there"}
    query |= {"redirect_uri": "http://127.0.0.1:1/ve", "auto": 1, "shop_id": shop_id}
    page = f"{sandbox.host}/lazada/oauth/authorize"
    agreed = requests.get(page, params=query, allow_redirects=False, timeout=TIMEOUT)
    came_back = parse_qs(urlsplit(agreed.headers["Location"]).query)
    assert came_back["state"] == ["there"]
    [code] = came_back["code"]
    return shop_id, code, get(sandbox, "/auth/token/create", code=code)


def listed(sandbox, token, *skus, **product):
    sent = post(sandbox, "/image/upload", {"image": ("a", PNG)}, access_token=token)
    told = {
        "PrimaryCategory": "10000604",
        "Images": {"Image": [sent["data"]["image"]["url"]]},
        "Attributes": {"name": "Mật ong", "description": "Mật ong.", "brand": "No Brand"},
        "Skus": {"Sku": list(skus) or [SKU]},
    }
    payload = json.dumps({"Request": {"Product": told | product}})
    return post(sandbox, "/product/create", access_token=token, payload=payload)


def xml(*skus):
    rows = "".join(
        "<Sku>" + "".join(f"<{name}>{value}</{name}>" for name, value in sku.items()) + "</Sku>"
        for sku in skus
    )
    return f"<Request><Product><Skus>{rows}</Skus></Product></Request>"


def test_its_key_is_the_one_that_demo_mode_uses():
    assert partners.SANDBOX_KEYS["lazada"] == (lazada.APP_KEY, lazada.APP_SECRET)


def test_tokens_come_flat_with_the_seller(linked):
    shop_id, _code, answer = linked
    assert (answer["code"], answer["expires_in"], answer["refresh_expires_in"]) == (
        "0",
        864_000,
        4_320_000,
    )
    [user] = answer["country_user_info"]
    assert (user["country"], user["seller_id"]) == ("vn", str(shop_id))


def test_a_code_works_once(sandbox, linked):
    _shop_id, code, _answer = linked
    assert get(sandbox, "/auth/token/create", code=code)["code"] == "InvalidCode"


def test_refreshing_does_not_make_the_consent_longer(sandbox, linked):
    _shop_id, _code, first = linked
    time.sleep(1.1)
    second = get(sandbox, "/auth/token/refresh", refresh_token=first["refresh_token"])
    assert second["expires_in"] == 864_000
    assert second["refresh_expires_in"] < first["refresh_expires_in"]
    again = get(sandbox, "/auth/token/refresh", refresh_token=first["refresh_token"])
    assert again["code"] == "IllegalRefreshToken"


@pytest.mark.parametrize("spoilt", [{"secret": "wrong"}, {"at": 1_767_225_600}])
def test_a_wrong_signature_or_an_old_one_is_refused(sandbox, linked, spoilt):
    token = linked[2]["access_token"]
    refused = get(sandbox, "/category/tree/get", access_token=token, **spoilt)
    assert (refused["type"], refused["code"]) == ("ISV", "IncompleteSignature")


def test_a_token_that_is_not_one_is_refused(sandbox):
    refused = get(sandbox, "/category/tree/get", access_token="another")
    assert refused["code"] == "IllegalAccessToken"


def test_what_every_sku_needs_is_asked_for(sandbox, linked):
    shop_id, token = linked[0], linked[2]["access_token"]
    refused = listed(sandbox, token, {"SellerSku": "MO-500"})
    assert refused["code"] == "5"
    assert refused["message"] == (
        "E005: price, quantity, package_weight, package_length, package_width, package_height"
        " required"
    )
    assert sandbox.items(shop_id) == []


@pytest.mark.parametrize(
    ("product", "code"),
    [
        ({"PrimaryCategory": "10000600"}, "201"),
        ({"PrimaryCategory": "10000609"}, "4108"),
        ({"Attributes": {"name": "M" * 256, "brand": "No Brand"}}, "4110"),
        ({"Attributes": {"name": "Mật ong"}}, "4108"),
        ({"Images": {"Image": "https://vn-test-11.slatic.net/p/a.jpg"}}, "1001"),
        ({"Images": {"Image": ["https://example.vn/a.jpg"]}}, "302"),
        ({"Images": {"Image": ["https://example.vn/a.jpg"] * 9}}, "302"),
        ({"Skus": {"Sku": SKU}}, "1001"),
        ({"Skus": {"Sku": []}}, "5"),
        ({"Skus": {"Sku": [SKU | {"price": "9999"}]}}, "4134"),
    ],
)
def test_a_product_against_the_rules_is_refused(sandbox, linked, product, code):
    shop_id, token = linked[0], linked[2]["access_token"]
    assert listed(sandbox, token, **product)["code"] == code
    assert sandbox.items(shop_id) == []


def test_a_sku_that_is_there_is_refused(sandbox, linked):
    shop_id, token = linked[0], linked[2]["access_token"]
    assert listed(sandbox, token)["code"] == "0"
    assert listed(sandbox, token)["code"] == "4105"
    assert len(sandbox.items(shop_id)) == 1


def test_a_sku_is_named_by_both_ids(sandbox, linked):
    shop_id, token = linked[0], linked[2]["access_token"]
    listed(sandbox, token)
    payload = xml({"SellerSku": "MO-500", "SellableQuantity": 3})
    refused = post(sandbox, "/product/stock/sellable/update", access_token=token, payload=payload)
    assert refused["code"] == "4193"
    assert sandbox.items(shop_id)[0]["stock"] == 40


def test_skus_that_fail_are_told_in_the_detail_and_the_others_are_done(sandbox, linked):
    shop_id, token = linked[0], linked[2]["access_token"]
    made = listed(sandbox, token)["data"]
    right = {"ItemId": made["item_id"], "SkuId": made["sku_list"][0]["sku_id"]}
    payload = xml(right | {"Price": 130_000}, {"ItemId": 1, "SkuId": 2, "Price": 130_000})
    told = post(sandbox, "/product/price_quantity/update", access_token=token, payload=payload)
    assert told["code"] == "501"
    assert [row["sku_id"] for row in told["detail"]] == ["2"]
    assert sandbox.items(shop_id)[0]["price"] == 130_000


def test_a_total_may_not_fall_below_what_orders_hold(sandbox, linked):
    shop_id, token = linked[0], linked[2]["access_token"]
    made = listed(sandbox, token)["data"]
    sku_id = made["sku_list"][0]["sku_id"]
    line = {"item_id": sku_id, "quantity": 3}
    sandbox.order(shop_id, [line], platform="lazada", status="pending")
    known = {"ItemId": made["item_id"], "SkuId": sku_id}
    for total, code in ((2, "501"), (10, "0")):
        payload = xml(known | {"Quantity": total})
        told = post(sandbox, "/product/price_quantity/update", access_token=token, payload=payload)
        assert told["code"] == code
    assert sandbox.items(shop_id)[0]["stock"] == 7


def test_hiding_what_is_hidden_is_said(sandbox, linked):
    token = linked[2]["access_token"]
    made = listed(sandbox, token)["data"]
    body = f"<Request><Product><ItemId>{made['item_id']}</ItemId></Product></Request>"
    codes = [
        post(sandbox, "/product/deactivate", access_token=token, apiRequestBody=body)["code"]
        for _ in range(2)
    ]
    assert codes == ["0", "E0004"]


def test_an_order_has_a_record_for_each_unit(sandbox, linked):
    shop_id, token = linked[0], linked[2]["access_token"]
    sku_id = listed(sandbox, token)["data"]["sku_list"][0]["sku_id"]
    line = {"item_id": sku_id, "quantity": 3}
    order = sandbox.order(shop_id, [line], platform="lazada", status="pending", discount_vnd=100)
    told = get(sandbox, "/order/items/get", access_token=token, order_id=order["order_id"])
    assert [row["voucher_amount"] for row in told["data"]] == [34, 33, 33]
    assert "quantity" not in told["data"][0]


def test_a_list_of_orders_needs_a_time_with_its_offset(sandbox, linked):
    token = linked[2]["access_token"]
    assert get(sandbox, "/orders/get", access_token=token)["code"] == "MissingParameter"
    for given, code in (
        ({"update_after": "2026-11-28T00:00:00"}, "5"),
        ({"update_after": "2026-11-28T00:00:00+07:00", "offset": "5001"}, "5"),
        ({"update_after": "2026-11-28T00:00:00+07:00", "limit": "101"}, "5"),
        ({"update_after": "2026-11-28T00:00:00+07:00", "status": "packed"}, "6"),
        ({"update_after": "2026-11-28T00:00:00+07:00"}, "0"),
    ):
        assert get(sandbox, "/orders/get", access_token=token, **given)["code"] == code


def test_two_shops_may_have_orders_of_the_same_number(sandbox, linked):
    shop_id, token = linked[0], linked[2]["access_token"]
    sku_id = listed(sandbox, token)["data"]["sku_list"][0]["sku_id"]
    other_id, _code, other = link(sandbox)
    there = listed(sandbox, other["access_token"])["data"]["sku_list"][0]["sku_id"]
    for shop, sku in ((shop_id, sku_id), (other_id, there)):
        line = {"item_id": sku, "quantity": 1}
        sandbox.order(shop, [line], platform="lazada", status="pending", order_id="42")
    sandbox.change("42", "lazada", shop_id=shop_id, status="shipped")
    of_both = [
        get(sandbox, "/order/get", access_token=each, order_id="42")["data"]["statuses"]
        for each in (token, other["access_token"])
    ]
    assert of_both == [["shipped"], ["pending"]]


def test_pushes_are_signed_over_key_and_body(sandbox, linked):
    shop_id, token = linked[0], linked[2]["access_token"]
    sku_id = listed(sandbox, token)["data"]["sku_list"][0]["sku_id"]
    came = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((self.headers["Authorization"], raw))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        given = {"platform": "lazada", "url": f"http://127.0.0.1:{server.server_port}/"}
        requests.post(f"{sandbox.host}/control/listeners", json=given, timeout=TIMEOUT)
        line = {"item_id": sku_id, "quantity": 1}
        order = sandbox.order(shop_id, [line], platform="lazada", status="pending")
        for _ in range(50):
            if came:
                break
            time.sleep(0.1)
    [(signature, raw)] = came
    key = lazada.APP_SECRET.encode()
    assert signature == hmac.new(key, lazada.APP_KEY.encode() + raw, hashlib.sha256).hexdigest()
    body = json.loads(raw)
    assert (body["seller_id"], body["message_type"]) == (str(shop_id), 0)
    assert body["data"]["trade_order_id"] == order["order_id"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"fault": "error", "code": "ApiCallLimit"}, "ApiCallLimit"),
        ({"fault": "token_expired"}, "IllegalAccessToken"),
        ({"fault": "failure_list", "said": "campaign"}, "501"),
    ],
)
def test_a_fault_that_was_ordered_comes_once(sandbox, linked, fault, code):
    shop_id, token = linked[0], linked[2]["access_token"]
    sandbox.fault(path="/category/tree/get", shop_id=shop_id, **fault)
    codes = [get(sandbox, "/category/tree/get", access_token=token)["code"] for _ in range(2)]
    assert codes == [code, "0"]
