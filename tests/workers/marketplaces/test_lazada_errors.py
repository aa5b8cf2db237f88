import pytest

from workers.marketplaces import protocol
from workers.marketplaces.lazada import errors


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ("ApiCallLimit 901 513 6 1000 4154 4147 ServiceTimeout", protocol.Retry),
        ("998 4170", protocol.Locked),
        ("IllegalAccessToken", protocol.TokenExpired),
        ("IllegalRefreshToken InvalidCode AUTH_TYPE_UNSUPPORTED", protocol.NeedsReconnect),
        ("IncompleteSignature MissingParameter", protocol.Stopped),
        ("4105 4126 4141", protocol.Exists),
        ("5 201 4108 4110 4134 4139 4142 4163 302 4193 1001 NeverHeardOf", protocol.Refused),
    ],
)
def test_each_code_is_of_one_kind(codes, kind):
    for code in codes.split():
        with pytest.raises(protocol.MarketplaceError) as raised:
            errors.check("/product/create", 200, {"code": code, "message": "said"})
        assert (type(raised.value), raised.value.code, raised.value.said) == (kind, code, "said")


def test_code_0_is_success():
    assert errors.check("/orders/get", 200, {"code": "0", "data": {}}) is None


def test_code_6_of_the_list_of_orders_is_a_filter_that_stays_wrong():
    with pytest.raises(protocol.Refused):
        errors.check("/orders/get", 200, {"code": "6"})


@pytest.mark.parametrize(("status", "away"), [(503, True), (429, False)])
def test_a_busy_server_is_asked_again_when_it_says_so(status, away):
    with pytest.raises(protocol.Retry) as raised:
        errors.check("/orders/get", status, {}, "7")
    assert (raised.value.away, raised.value.after_seconds) == (away, 7)


@pytest.mark.parametrize(
    ("row", "kind", "code"),
    [
        ({"code": "4170", "message": "x"}, protocol.Locked, "4170"),
        ({"message": "E4105: The SKU already exists"}, protocol.Exists, "4105"),
        ({"message": "E302: only images that Lazada hosts"}, protocol.Refused, "302"),
        ({"message": "Locked by a Campaign until 12/12"}, protocol.Locked, "998"),
        ({"message": "SYSTEM E0901"}, protocol.Retry, "901"),
        ({"message": "at least 6 of 1000"}, protocol.Refused, "501"),
        ({"message": "something else"}, protocol.Refused, "501"),
        ({}, protocol.Refused, "501"),
    ],
)
def test_an_umbrella_is_what_its_detail_says(row, kind, code):
    with pytest.raises(protocol.MarketplaceError) as raised:
        errors.check("/product/create", 200, {"code": "501", "message": "E501", "detail": [row]})
    assert (type(raised.value), raised.value.code) == (kind, code)
    assert raised.value.said == row.get("message", "")


def test_an_umbrella_without_detail_is_a_refusal():
    with pytest.raises(protocol.Refused) as raised:
        errors.check("/product/create", 200, {"code": "500", "message": "E500: failed"})
    assert raised.value.said == "E500: failed"
