"""Signature vectors of TikTok Shop; the first is its own, the others apart from our code."""

import pytest

from workers.marketplaces.tiktok import sign

SECRET, KEY = "e59af819cc", "29a39d"
STOCK = (
    b'{"skus":[{"id":"1729592969712207012","inventory":[{"warehouse_id":"7068517275539719942",'
    b'"quantity":7}]}]}'
)
PUSHED = (
    b'{"type":1,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621",'
    b'"timestamp":1644412885,"data":{"order_id":"576486316948490001",'
    b'"order_status":"AWAITING_SHIPMENT","is_on_hold_order":false,"update_time":1644412885}}'
)


@pytest.mark.parametrize(
    ("path", "query", "raw", "signature"),
    [
        (
            "/authorization/202309/shops",
            {"app_key": KEY, "timestamp": "1623812664"},
            b"",
            "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
        ),
        (
            "/product/202309/products/1729592969712207008/inventory/update",
            {"app_key": KEY, "timestamp": "1767225600", "shop_cipher": "ROW_cipher"},
            STOCK,
            "afc2776aaaecbfd47c1a1e6e7c348179e07c0201f42a42a893db5f23be8557f1",
        ),
        (
            "/product/202309/images/upload",
            {"app_key": KEY, "timestamp": "1767225600"},
            b"",
            "0a249c8ec21cd0392df6a43048708ab787c48811b6dff2fb878fedfaa7ad8c43",
        ),
    ],
)
def test_a_call_is_signed_with_its_path_its_query_and_its_very_bytes(path, query, raw, signature):
    assert sign.call(SECRET, path, query, raw) == signature


def test_neither_the_token_nor_the_signature_itself_is_signed():
    query = {"app_key": KEY, "timestamp": "1623812664", "access_token": "t", "sign": "s"}
    signature = "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8"
    assert sign.call(SECRET, "/authorization/202309/shops", query) == signature


def test_a_push_is_signed_over_the_key_and_its_very_bytes():
    signature = "63ff21e82003999a4edae0fb17e7caeafafc9886af0af7b4aba6b4e4c9ad7218"
    assert sign.push(SECRET, KEY, PUSHED) == signature
