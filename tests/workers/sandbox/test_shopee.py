"""The sandbox, asked as its documents say, without our client."""

import pytest
import requests

from tests.workers.sandbox.shopee_calls import TIMEOUT, ask_tokens, call, signed


def test_tokens_come_flat_and_live_four_hours(linked):
    shop_id, _code, answer = linked
    assert answer["error"] == ""
    assert (answer["expire_in"], answer["shop_id_list"]) == (14400, [shop_id])


def test_a_code_works_once(sandbox, linked):
    shop_id, code, _answer = linked
    again = ask_tokens(sandbox, "token/get", {"code": code, "shop_id": shop_id})
    assert (again.status_code, again.json()["error"]) == (403, "error_auth")


def test_a_refresh_token_is_spent_by_its_use(sandbox, linked):
    shop_id, _code, answer = linked
    body = {"refresh_token": answer["refresh_token"], "shop_id": shop_id}
    first = ask_tokens(sandbox, "access_token/get", body).json()
    second = ask_tokens(sandbox, "access_token/get", body).json()
    assert first["refresh_token"] != answer["refresh_token"]
    assert second["error"] == "error_shop_refresh_token"


@pytest.mark.parametrize(
    ("spoilt", "error"),
    [
        ({"key": "wrong"}, "error_sign"),
        ({"at": 1_767_225_600}, "error_param"),
    ],
)
def test_a_wrong_signature_or_an_old_one_is_refused(sandbox, linked, spoilt, error):
    shop_id, _code, answer = linked
    refused = call(sandbox, "product/get_category", shop_id, answer["access_token"], sign=spoilt)
    assert (refused.status_code, refused.json()["error"]) == (403, error)


def test_every_required_field_is_asked_for(sandbox, linked):
    shop_id, _code, answer = linked
    refused = call(sandbox, "product/add_item", shop_id, answer["access_token"], json={})
    said = refused.json()
    assert said["error"] == "error_param"
    assert said["message"] == (
        "item_name, description, original_price, weight, category_id, image, logistic_info"
        " required."
    )
    assert sandbox.items(shop_id) == []


def test_a_line_of_an_unknown_item_fails_in_the_list_with_no_error(sandbox, linked):
    shop_id, _code, answer = linked
    body = {"item_id": 999_999, "price_list": [{"model_id": 0, "original_price": 20_000}]}
    said = call(sandbox, "product/update_price", shop_id, answer["access_token"], json=body).json()
    assert said["error"] == ""
    assert said["response"]["failure_list"] == [
        {"model_id": 0, "failed_reason": "error_item_not_found: No item 999999."}
    ]


def test_a_consent_page_without_auto_shows_that_it_is_a_sandbox(sandbox):
    sandbox.shop()
    path = "/api/v2/shop/auth_partner"
    query = signed(path) | {"redirect": "http://127.0.0.1:1/ve"}
    page = requests.get(sandbox.host + path, params=query, timeout=TIMEOUT).text
    assert "Sàn thử nghiệm, không phải sàn thật" in page
    assert "&amp;auto=1&amp;shop_id=" in page


def test_an_unknown_fault_is_refused(sandbox):
    answer = requests.post(f"{sandbox.host}/control/faults", json={"fault": "x"}, timeout=TIMEOUT)
    assert answer.status_code == 422


def test_a_person_may_open_a_new_shop_on_the_consent_page(sandbox):
    path = "/api/v2/shop/auth_partner"
    query = signed(path) | {"redirect": "http://127.0.0.1:1/ve", "auto": 1, "new": 1}
    agreed = requests.get(
        sandbox.host + path,
        params=query | {"shop_id": 950_001},
        allow_redirects=False,
        timeout=TIMEOUT,
    )
    assert agreed.headers["Location"].endswith("&shop_id=950001")
    assert {"shop_id": 950_001, "name": "Gian hàng thử 950001"} in sandbox.state()["shops"]
