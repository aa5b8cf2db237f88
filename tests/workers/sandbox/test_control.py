"""Steering the sandbox: limits, faults of lists, promotions, and the page to do it by hand."""

import requests

from tests.workers.sandbox.shopee_calls import TIMEOUT, call, signed

ITEM = {
    "item_name": "Chè <tôm> nõn",
    "description": "Chè ngon",
    "original_price": 185_000,
    "weight": 0.2,
    "category_id": 100780,
    "logistic_info": [{"logistic_id": 50021, "enabled": True}],
    "item_sku": "CHE-200",
    "seller_stock": [{"stock": 5}],
}


def listed(sandbox, linked, **more):
    shop_id, _code, answer = linked
    token = answer["access_token"]
    photo = {"image": ("photo", b"\x89PNG\r\n")}
    image = _upload(sandbox, shop_id, token, photo)
    body = ITEM | {"image": {"image_id_list": [image]}} | more
    added = call(sandbox, "product/add_item", shop_id, token, json=body).json()
    return shop_id, token, added["response"]["item_id"]


def _upload(sandbox, shop_id, token, files):
    path = "/api/v2/media_space/upload_image"
    query = signed(path, token=token, shop_id=shop_id)
    answer = requests.post(sandbox.host + path, params=query, files=files, timeout=TIMEOUT).json()
    return answer["response"]["image_info"]["image_id"]


def test_a_limited_shop_is_refused_beyond_its_calls_a_second(sandbox, linked):
    shop_id, _code, answer = linked
    limit = {"shop_id": shop_id, "per_second": 2}
    requests.post(f"{sandbox.host}/control/limits", json=limit, timeout=TIMEOUT)
    answers = [
        call(sandbox, "logistics/get_channel_list", shop_id, answer["access_token"])
        for _ in range(3)
    ]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[2].json()["error"] == "error_rate_limit"


def test_a_list_that_moves_skips_an_entry_once(sandbox, linked):
    shop_id, token, item_id = listed(sandbox, linked)
    sandbox.fault("shift", "get_item_list", shop_id)
    params = {"offset": 0, "page_size": 10, "item_status": "NORMAL"}
    seen = [
        call(sandbox, "product/get_item_list", shop_id, token, params=params).json()["response"]
        for _ in range(2)
    ]
    assert [[row["item_id"] for row in page["item"]] for page in seen] == [[], [item_id]]


def test_a_promotion_locks_stock_and_price_and_changes_nothing(sandbox, linked):
    shop_id, token, item_id = listed(sandbox, linked)
    sandbox.edit(item_id, promotion=True)
    stock = {"item_id": item_id, "stock_list": [{"model_id": 0, "seller_stock": [{"stock": 1}]}]}
    price = {"item_id": item_id, "price_list": [{"model_id": 0, "original_price": 2_000}]}
    said = [
        call(sandbox, f"product/{name}", shop_id, token, json=body).json()["response"]
        for name, body in (("update_stock", stock), ("update_price", price))
    ]
    assert [answer["failure_list"][0]["failed_reason"].split(":")[0] for answer in said] == [
        "error_cannt_edit_stock_in_promotion",
        "error_cannt_edit_price_in_promotion",
    ]
    [item] = sandbox.items(shop_id)
    assert (item["stock"], item["price"]) == (5, 185_000)


def test_an_ordered_promotion_lock_refuses_the_next_call_alone(sandbox, linked):
    shop_id, token, item_id = listed(sandbox, linked)
    sandbox.fault("promotion_lock", "update_stock", shop_id)
    stock = {"item_id": item_id, "stock_list": [{"model_id": 0, "seller_stock": [{"stock": 1}]}]}
    said = [
        call(sandbox, "product/update_stock", shop_id, token, json=stock).json()["error"]
        for _ in range(2)
    ]
    assert said == ["error_cannt_edit_stock_in_promotion", ""]
    assert sandbox.items(shop_id)[0]["stock"] == 1


def test_the_page_shows_everything_and_escapes_it(sandbox, linked):
    shop_id, _token, item_id = listed(sandbox, linked)
    page = requests.get(f"{sandbox.host}/control", timeout=TIMEOUT)
    assert page.status_code == 200
    for there in (str(shop_id), str(item_id), "Chè &lt;tôm&gt; nõn", "commit_then_timeout"):
        assert there in page.text


def test_the_forms_place_an_order_and_order_a_fault(sandbox, linked):
    shop_id, token, item_id = listed(sandbox, linked)
    form = {"platform": "shopee", "item_id": item_id, "quantity": 2, "status": "READY_TO_SHIP"}
    answer = _send(sandbox, "order", form)
    assert answer.status_code == 303
    assert sandbox.items(shop_id)[0]["stock"] == 3
    assert _send(sandbox, "order", form | {"quantity": 9}).status_code == 409
    assert sandbox.items(shop_id)[0]["stock"] == 3
    fault = {"fault": "http", "path": "get_channel_list", "shop_id": shop_id, "code": 502}
    assert _send(sandbox, "fault", fault).status_code == 303
    assert _send(sandbox, "fault", {"fault": "none"}).status_code == 422
    assert _send(sandbox, "limit", {"shop_id": shop_id, "per_second": 0}).status_code == 303
    answers = [
        call(sandbox, "logistics/get_channel_list", shop_id, token).status_code for _ in range(2)
    ]
    assert answers == [502, 200]


def _send(sandbox, form, values):
    return requests.post(
        f"{sandbox.host}/control/form/{form}", data=values, timeout=TIMEOUT, allow_redirects=False
    )
