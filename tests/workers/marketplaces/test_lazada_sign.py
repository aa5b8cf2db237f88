"""Signature vectors of Lazada Open Platform; the first is published, the others were computed
apart from our code.
"""

import pytest

from workers.marketplaces.lazada import sign

SECRET = "helloworld"
STOCK = (
    "<Request><Product><Skus><Sku><ItemId>6718170187</ItemId><SkuId>12761620980</SkuId>"
    "<Quantity>200</Quantity></Sku></Skus></Product></Request>"
)
PRODUCT = (
    '{"Request":{"Product":{"PrimaryCategory":"10002019",'
    '"Attributes":{"name":"Mật ong hoa nhãn","brand_id":"30768"}}}}'
)
PUSHED = (
    b'{"seller_id":"1234567","message_type":0,"data":{"order_status":"unpaid",'
    b'"trade_order_id":"260422900198363","trade_order_line_id":"260422900298363",'
    b'"status_update_time":1603698638},"timestamp":1603766859530,"site":"lazada_vn"}'
)


@pytest.mark.parametrize(
    ("path", "at", "business", "signature"),
    [
        (
            "/order/get",
            "1517820392000",
            {"order_id": "1234"},
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A",
        ),
        (
            "/product/price_quantity/update",
            "1767225600000",
            {"payload": STOCK},
            "2F59AE16D4E94998E7B0A7868AF0E013864D6BAB32038E9B07D503009D809982",
        ),
        (
            "/product/create",
            "1767225600000",
            {"payload": PRODUCT},
            "6814EBCA30801BE8DAAD0F10EEF8BD2C5E093D7AA0201FB9BC8AA6C569D8BDA8",
        ),
    ],
)
def test_calls_are_signed_over_path_and_sorted_parameters(path, at, business, signature):
    system = {
        "access_token": "test",
        "app_key": "123456",
        "sign_method": "sha256",
        "timestamp": at,
    }
    assert sign.call(SECRET, path, business | system) == signature


def test_pushes_are_signed_over_app_key_and_raw_body():
    assert sign.push(SECRET, "123456", PUSHED) == (
        "b0cfd0349e915667babf3c35e2335fb09653527421c46a94bd9e70e874c16322"
    )
