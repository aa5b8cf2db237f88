"""Signature vectors of Shopee Open Platform v2, computed apart from our code."""

import pytest

from workers.marketplaces.shopee import sign

KEY = "4b6f70564e4b6579466f72546573744f6e6c79"
PARTNER, AT = "2001887", 1767225600
PUSHED = (
    b'{"data":{"items":[],"ordersn":"220810QSK8S7BX","status":"READY_TO_SHIP",'
    b'"completed_scenario":"","update_time":1660123127},"shop_id":727720655,"code":3,'
    b'"timestamp":1660123127}'
)


@pytest.mark.parametrize(
    ("path", "signature"),
    [
        ("shop/auth_partner", "67e45f9ad787323ed9786935226b886a4548ffaa76b10204e4e4c5b35b6838ed"),
        ("auth/token/get", "dc50399701807c255e6e8b98f4c5ac48a020b1db0659ca5030454d362a774bce"),
        (
            "auth/access_token/get",
            "806726f0662c4291f8c267bec257440a52a9eee2f571e11d81b914f09cb6f4b5",
        ),
    ],
)
def test_public_calls_are_signed_with_partner_path_and_time(path, signature):
    assert sign.public(KEY, PARTNER, f"/api/v2/{path}", AT) == signature


def test_calls_for_a_shop_add_token_and_shop():
    base = sign.base(PARTNER, "/api/v2/product/update_stock", AT)
    signed = sign.shop(base, KEY, "71594a4c54537649697341796363674a", "322300222")
    assert signed == "866c4b66585ac4410ef1928c3a4b8e5336becb9bb4781a50460eb30cb0a035be"


def test_pushes_are_signed_over_address_and_raw_body():
    signed = sign.push("push_key_for_tests", "https://htx.example.vn/hooks/shopee", PUSHED)
    assert signed == "9b171d4b26afe575e8d31362b19823eab6600a39e3e5f9052d18eff4b486a518"
