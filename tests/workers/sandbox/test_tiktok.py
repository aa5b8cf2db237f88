"""The sandbox as TikTok Shop, asked as the documents say, without our client."""

import hashlib
import hmac
import io
import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from PIL import Image

from workers.channels import partners
from workers.sandbox import tiktok

TIMEOUT = 10
PRODUCTS = "/product/202309/products"


def hexed(message, secret=tiktok.APP_SECRET):
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def agreed(sandbox, shop_id, **more):
    query = {"service_id": tiktok.SERVICE_ID, "state": "there", "auto": 1, "shop_id": shop_id}
    query |= {"redirect_uri": "http://127.0.0.1:1/ve"} | more
    url = f"{sandbox.host}/tiktok/open/authorize"
    answer = requests.get(url, params=query, allow_redirects=False, timeout=TIMEOUT)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def token_call(sandbox, call, **asked):
    query = {"app_key": tiktok.APP_KEY, "app_secret": tiktok.APP_SECRET} | asked
    url = f"{sandbox.host}/tiktok/api/v2/token/{call}"
    return requests.get(url, params=query, timeout=TIMEOUT).json()


def first_tokens(sandbox, code):
    return token_call(sandbox, "get", auth_code=code, grant_type="authorized_code")


class Seller:
    """A shop and what is needed to call for it."""

    def __init__(self, sandbox):
        self.sandbox, self.shop_id = sandbox, sandbox.shop()
        [code] = agreed(sandbox, self.shop_id)["code"]
        self.tokens = first_tokens(sandbox, code)["data"]
        [shop] = self.call("GET", "/authorization/202309/shops", cipher=None)["data"]["shops"]
        self.cipher = shop["cipher"]

    def ask(self, method, path, body=None, *, cipher="", secret=tiktok.APP_SECRET, **more):
        at = int(time.time()) + more.pop("late", 0)
        query = {"app_key": tiktok.APP_KEY, "timestamp": str(at)} | more.pop("query", {})
        if cipher is not None:
            query["shop_cipher"] = cipher or self.cipher
        raw = json.dumps(body).encode() if body is not None else b""
        told = "".join(name + "".join(query[name]) for name in sorted(query))
        query["sign"] = hexed(f"{secret}{path}{told}".encode() + raw + secret.encode(), secret)
        headers = {"x-tts-access-token": more.pop("token", self.tokens["access_token"])}
        if body is not None:
            headers["Content-Type"] = "application/json"
            more["data"] = raw + more.pop("spoilt", b"")
        url = f"{self.sandbox.host}{more.pop('prefix', '/tiktok')}{path}"
        return requests.request(method, url, params=query, headers=headers, timeout=TIMEOUT, **more)

    def call(self, method, path, body=None, **more):
        return self.ask(method, path, body, **more).json()

    def image(self, size=(600, 600)):
        png = io.BytesIO()
        Image.new("RGB", size).save(png, "PNG")
        files, form = {"data": ("a.png", png.getvalue())}, {"use_case": "MAIN_IMAGE"}
        path = "/product/202309/images/upload"
        return self.call("POST", path, cipher=None, files=files, data=form)

    def product(self, **changes):
        sku = {"seller_sku": "MO-500", "price": {"amount": "120000", "currency": "VND"}}
        sku["inventory"] = [{"warehouse_id": "7068517275539719942", "quantity": 40}]
        return {
            "title": "Mật ong hoa nhãn Hưng Yên, chai 500 ml",
            "description": "<p>Mật ong.</p>",
            "category_id": "6100783",
            "category_version": "v2",
            "main_images": [{"uri": self.image()["data"]["uri"]}],
            "package_weight": {"value": "0.7", "unit": "KILOGRAM"},
            "package_dimensions": {
                "length": "10", "width": "10", "height": "18", "unit": "CENTIMETER",
            },
            "skus": [sku | changes.pop("sku", {})],
        } | changes  # fmt: skip

    def create(self, **changes):
        return self.call("POST", PRODUCTS, self.product(**changes))

    def made(self):
        data = self.create()["data"]
        return data["product_id"], data["skus"][0]["id"]


@pytest.fixture
def seller(sandbox):
    return Seller(sandbox)


def test_the_account_is_the_one_our_side_has():
    assert partners.SANDBOX_KEYS["tiktok"] == (tiktok.APP_KEY, tiktok.APP_SECRET)
    assert partners.SANDBOX_SERVICE_ID == tiktok.SERVICE_ID


# — sign-in —


def test_the_consent_page_leads_back_with_a_code_and_the_state(sandbox):
    back = agreed(sandbox, sandbox.shop())
    assert back["state"] == ["there"]
    assert back["code"][0].startswith("ROW_")


def test_a_consent_page_without_auto_shows_that_it_is_a_sandbox(sandbox):
    query = {"service_id": tiktok.SERVICE_ID, "redirect_uri": "http://127.0.0.1:1/ve"}
    url = f"{sandbox.host}/tiktok/open/authorize"
    page = requests.get(url, params=query, timeout=TIMEOUT).text
    assert "không phải sàn thật" in page
    assert "&amp;auto=1&amp;shop_id=" in page


def test_tokens_tell_the_instants_of_their_ends(seller):
    now = time.time()
    assert abs(seller.tokens["access_token_expire_in"] - now - 7 * 86_400) < 5
    assert abs(seller.tokens["refresh_token_expire_in"] - now - 365 * 86_400) < 5


def test_a_code_works_once(sandbox):
    [code] = agreed(sandbox, sandbox.shop())["code"]
    assert first_tokens(sandbox, code)["code"] == 0
    assert first_tokens(sandbox, code)["code"] == 36004004


def test_a_refreshed_pair_takes_the_place_of_the_old_one(sandbox, seller):
    spent = seller.tokens["refresh_token"]
    asked = {"refresh_token": spent, "grant_type": "refresh_token"}
    fresh = token_call(sandbox, "refresh", **asked)["data"]
    refused = seller.ask("GET", "/logistics/202309/warehouses")
    assert (refused.status_code, refused.json()["code"]) == (401, 105002)
    seller.tokens = fresh
    assert seller.call("GET", "/logistics/202309/warehouses")["code"] == 0
    assert token_call(sandbox, "refresh", **asked)["code"] == 36004004


# — signature and shop —


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        ({"secret": "another"}, 106001),
        ({"late": -301}, 36009004),
        ({"late": 310}, 36009004),
        ({"token": "ROW_another"}, 105002),
    ],
)
def test_a_wrong_signature_an_old_one_and_an_unknown_token_are_refused(seller, spoilt, code):
    assert seller.call("GET", "/logistics/202309/warehouses", **spoilt)["code"] == code


def test_a_body_other_than_the_signed_bytes_is_refused(seller):
    path = "/product/202502/products/search"
    query = {"page_size": "10"}
    assert seller.call("POST", path, {"status": "ALL"}, query=query)["code"] == 0
    assert seller.call("POST", path, {"status": "ALL"}, query=query, spoilt=b" ")["code"] == 106001


def test_an_empty_body_with_a_json_content_type_is_legal(seller):
    path, url = "/product/202502/products/search", seller.sandbox.host + "/tiktok"
    query = {"app_key": tiktok.APP_KEY, "page_size": "10", "shop_cipher": seller.cipher}
    query["timestamp"] = str(int(time.time()))
    told = "".join(name + query[name] for name in sorted(query))
    secret = tiktok.APP_SECRET
    query["sign"] = hexed(f"{secret}{path}{told}{secret}".encode())
    headers = {"x-tts-access-token": seller.tokens["access_token"]}
    headers["Content-Type"] = "application/json"
    answer = requests.post(url + path, params=query, headers=headers, timeout=TIMEOUT)
    assert answer.json()["code"] == 0


def test_a_shops_call_needs_its_cipher_and_the_others_refuse_it(seller):
    missing = seller.call("GET", "/logistics/202309/warehouses", cipher=None)
    wrong = seller.call("GET", "/logistics/202309/warehouses", cipher="ROW_other")
    unwanted = seller.call("GET", "/authorization/202309/shops")
    assert [missing["code"], wrong["code"], unwanted["code"]] == [36009004] * 3


def test_clients_that_sign_the_whole_path_find_it_without_the_prefix(seller):
    whole = seller.call("GET", "/logistics/202309/warehouses", prefix="")
    assert (whole["code"], len(whole["data"]["warehouses"])) == (0, 2)
    query = {"app_key": tiktok.APP_KEY, "app_secret": tiktok.APP_SECRET, "auth_code": "x"}
    query["grant_type"] = "authorized_code"
    url = f"{seller.sandbox.host}/api/v2/token/get"
    assert requests.get(url, params=query, timeout=TIMEOUT).json()["code"] == 36004004


# — products —


def test_the_same_key_is_the_same_product(seller):
    first, second = (seller.create(idempotency_key="once") for _ in range(2))
    assert first["data"] == second["data"]
    other = seller.create(idempotency_key="twice")
    assert other["data"]["product_id"] != first["data"]["product_id"]
    assert len(seller.sandbox.items(seller.shop_id)) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": "Mật ong hoa nhãn, 24 ký"}, 12052051),
        ({"title": "M" * 256}, 12052051),
        ({"category_id": "6100629"}, 12052024),
        ({"category_version": "v1"}, 12052023),
        ({"main_images": [{"uri": "tos-never"}]}, 12052061),
        ({"package_weight": {"value": "0.7001", "unit": "KILOGRAM"}}, 12052070),
        ({"package_weight": {"value": "700", "unit": "GRAM"}}, 12052070),
        ({"package_dimensions": {"length": "10.5", "width": "1", "height": "1",
                                 "unit": "CENTIMETER"}}, 12052071),
        ({"sku": {"seller_sku": "S" * 51}}, 12052081),
        ({"sku": {"price": {"amount": "120000.5", "currency": "VND"}}}, 12052090),
        ({"sku": {"inventory": [{"warehouse_id": "1", "quantity": 0}]}}, 12052055),
        ({"sku": {"inventory": [{"warehouse_id": "1", "quantity": 100_000}]}}, 12052055),
        ({"category_id": "6100788"}, 12052104),
        ({"idempotency_key": "k" * 129}, 12052002),
        ({"skus": []}, 12052001),
    ],
)  # fmt: skip
def test_what_the_documents_forbid_is_refused(seller, changes, code):
    assert seller.create(**changes)["code"] == code
    assert seller.sandbox.items(seller.shop_id) == []


def test_images_have_their_size(seller):
    assert seller.image((299, 600))["code"] == 12019012
    assert seller.image((300, 4000))["code"] == 0


def test_a_new_product_is_in_audit_until_somebody_has_looked(seller):
    product_id, _sku = seller.made()
    seen = [seller.call("GET", f"{PRODUCTS}/{product_id}")["data"]["status"] for _ in range(2)]
    assert seen == ["PENDING", "ACTIVATE"]


def test_stock_of_none_is_a_listed_error_of_a_call_that_succeeds(seller):
    product_id, sku = seller.made()
    path = f"{PRODUCTS}/{product_id}/inventory/update"
    held = [{"warehouse_id": "7068517275539719942", "quantity": 0}]
    said = seller.call("POST", path, {"skus": [{"id": sku, "inventory": held}]})
    assert said["code"] == 0
    [error] = said["data"]["errors"]
    assert (error["code"], error["detail"]) == (12052055, {"sku_id": sku})
    [item] = seller.sandbox.items(seller.shop_id)
    assert item["stock"] == 40


def test_every_warehouse_of_a_sku_has_to_be_named(seller):
    product_id, sku = seller.made()
    path = f"{PRODUCTS}/{product_id}/inventory/update"
    held = [{"warehouse_id": "7068517275539719943", "quantity": 3}]
    said = seller.call("POST", path, {"skus": [{"id": sku, "inventory": held}]})
    assert [error["code"] for error in said["data"]["errors"]] == [12052056]


def test_a_product_in_audit_has_no_other_price(seller):
    product_id, sku = seller.made()
    body = {"skus": [{"id": sku, "price": {"amount": "130000", "currency": "VND"}}]}
    path = f"{PRODUCTS}/{product_id}/prices/update"
    assert seller.call("POST", path, body)["code"] == 12052095
    assert seller.call("POST", path, body)["code"] == 0
    assert seller.sandbox.items(seller.shop_id)[0]["price"] == 130_000


def test_one_of_several_that_cannot_be_hidden_is_listed(seller):
    product_id, _sku = seller.made()
    seller.call("GET", f"{PRODUCTS}/{product_id}")
    body = {"product_ids": [product_id, "999999"]}
    said = seller.call("POST", f"{PRODUCTS}/deactivate", body)
    assert said["code"] == 0
    assert [e["detail"] for e in said["data"]["errors"]] == [{"product_id": "999999"}]
    assert seller.sandbox.items(seller.shop_id)[0]["status"] == "SELLER_DEACTIVATED"
    many = {"product_ids": [str(id) for id in range(21)]}
    assert seller.call("POST", f"{PRODUCTS}/deactivate", many)["code"] == 36009004


def test_neither_what_is_in_audit_nor_what_is_hidden_can_be_hidden(seller):
    product_id, _sku = seller.made()
    body = {"product_ids": [product_id]}
    told = [seller.call("POST", f"{PRODUCTS}/deactivate", body)["data"] for _ in range(3)]
    assert [len(data.get("errors", [])) for data in told] == [1, 0, 1]


def test_a_full_edit_erases_what_it_is_not_told_and_a_partial_one_does_not(seller):
    product_id, _sku = seller.made()
    partial = {"category_version": "v2", "title": "Mật ong hoa vải Lục Ngạn, chai 500 ml"}
    path = f"/product/202509/products/{product_id}"
    assert seller.call("POST", f"{path}/partial_edit", partial)["code"] == 0
    [item] = seller.sandbox.items(seller.shop_id)
    assert (item["title"], "package_dimensions" in item) == (partial["title"], True)
    whole = seller.product()
    del whole["package_dimensions"]
    assert seller.call("PUT", path, whole)["code"] == 0
    [item] = seller.sandbox.items(seller.shop_id)
    assert (item["title"], "package_dimensions" in item) == (whole["title"], False)


def test_products_come_page_by_page_and_by_seller_sku(seller):
    made = [seller.create(sku={"seller_sku": f"S{n}"})["data"]["product_id"] for n in range(3)]
    path, size = "/product/202502/products/search", {"page_size": "2"}
    first = seller.call("POST", path, {}, query=size)["data"]
    more = size | {"page_token": first["next_page_token"]}
    second = seller.call("POST", path, {}, query=more)["data"]
    assert [row["id"] for row in first["products"] + second["products"]] == made
    assert second["next_page_token"] == ""
    one = seller.call("POST", path, {"seller_skus": ["S1"]}, query=size)["data"]
    assert [row["id"] for row in one["products"]] == [made[1]]


# — orders —


def ordered(seller, quantity=2, **more):
    product_id, _sku = seller.made()
    more = {"platform": "tiktok", "status": "AWAITING_SHIPMENT"} | more
    lines = [{"item_id": int(product_id), "quantity": quantity}]
    return seller.sandbox.order(seller.shop_id, lines, **more)


def test_an_order_has_a_row_for_each_unit_and_its_sums_fit(seller):
    told = ordered(seller, 3, discount_vnd=10_000)
    query = {"ids": told["order_id"]}
    [order] = seller.call("GET", "/order/202507/orders", query=query)["data"]["orders"]
    assert [unit["sale_price"] for unit in order["line_items"]] == ["116666", "116667", "116667"]
    assert len({unit["id"] for unit in order["line_items"]}) == 3
    payment = order["payment"]
    assert (payment["sub_total"], payment["total_amount"]) == ("350000", "370000")


def test_details_take_repeated_ids_and_a_list_with_commas(seller):
    ids = [ordered(seller)["order_id"] for _ in range(2)]
    for told in (ids, ",".join(ids)):
        found = seller.call("GET", "/order/202507/orders", query={"ids": told})["data"]["orders"]
        assert {order["id"] for order in found} == set(ids)


def test_an_address_is_not_told_before_payment(seller):
    told = ordered(seller, status="UNPAID")
    query = {"ids": told["order_id"]}
    [order] = seller.call("GET", "/order/202507/orders", query=query)["data"]["orders"]
    assert order["recipient_address"] == {}


def test_orders_are_searched_by_the_time_of_their_change(seller):
    told = ordered(seller)
    path, query = "/order/202309/orders/search", {"page_size": "10", "sort_field": "update_time"}
    start = told["updated_at"]
    inside = seller.call("POST", path, {"update_time_ge": start}, query=query)["data"]
    outside = seller.call("POST", path, {"update_time_lt": start}, query=query)["data"]
    assert [order["id"] for order in inside["orders"]] == [told["order_id"]]
    assert outside["orders"] == []


def test_a_push_is_signed_over_key_and_body():
    order = {"order_id": "1", "status": "UNPAID", "updated_at": 1_767_225_600, "shop_id": 7}
    headers, body = tiktok.tiktok_orders.push(order, "https://anywhere")
    assert headers["Authorization"] == hexed(tiktok.APP_KEY.encode() + body)
    told = json.loads(body)
    assert (told["type"], told["shop_id"]) == (1, "7")
    assert told["data"]["order_status"] == "UNPAID"


# — faults —


def test_faults_are_told_in_its_own_words(seller):
    path = "/logistics/202309/warehouses"
    seller.sandbox.fault("http", path, seller.shop_id, code="429", said="7")
    limited = seller.ask("GET", path)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    seller.sandbox.fault("token_expired", path, seller.shop_id)
    assert seller.call("GET", path)["code"] == 105002
    seller.sandbox.fault("error", path, seller.shop_id, code="36009007", said="busy")
    assert seller.call("GET", path)["message"] == "busy"
    assert seller.call("GET", path)["code"] == 0
