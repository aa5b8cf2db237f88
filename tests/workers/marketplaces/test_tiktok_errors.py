import pytest

from workers.marketplaces import protocol
from workers.marketplaces.tiktok import errors


@pytest.mark.parametrize(
    ("status", "code", "said", "kind"),
    [
        (200, 36009002, "", protocol.Retry),
        (429, 36009002, "", protocol.Retry),
        (200, 36009003, "", protocol.Retry),
        (200, 36009007, "", protocol.Retry),
        (200, 12001000, "", protocol.Retry),
        (200, 12052109, "", protocol.Retry),
        (503, 12052055, "", protocol.Retry),
        (401, 105002, "", protocol.TokenExpired),
        (400, 36009004, "access token is invalid", protocol.TokenExpired),
        (400, 36009004, "x-tts-access-token is missing", protocol.TokenExpired),
        (200, 36004004, "", protocol.NeedsReconnect),
        (200, 101000, "", protocol.NeedsReconnect),
        (401, 106001, "", protocol.Stopped),
        (400, 36009004, "sign is invalid", protocol.Stopped),
        (400, 36009004, "Invalid signature", protocol.Stopped),
        (400, 36009004, "timestamp is too old", protocol.Stopped),
        (403, 105005, "", protocol.Stopped),
        (403, 36009033, "", protocol.Stopped),
        (400, 36009004, "page_token is invalid", protocol.Refused),
        (400, 36009004, "shop_cipher is not allowed", protocol.Refused),
        (200, 12052055, "", protocol.Refused),
        (200, 12052024, "", protocol.Refused),
        (200, 12019011, "", protocol.Refused),
        (200, 12038001, "", protocol.Refused),
        (200, 99999999, "never heard of", protocol.Refused),
    ],
)
def test_each_answer_is_of_one_kind(status, code, said, kind):
    with pytest.raises(protocol.MarketplaceError) as raised:
        errors.check(status, {"code": code, "message": said, "data": {}})
    assert type(raised.value) is kind
    assert (raised.value.code, raised.value.said) == (str(code), said)


def test_code_zero_is_success():
    assert errors.check(200, {"code": 0, "message": "Success", "data": {}}) is None


def test_a_broken_answer_means_that_nobody_is_there_and_a_plain_refusal_does_not():
    with pytest.raises(protocol.Retry) as away:
        errors.check(502, {})
    assert (away.value.code, away.value.away) == ("http_502", True)
    with pytest.raises(protocol.Refused) as refused:
        errors.check(404, {})
    assert refused.value.code == "http_404"


@pytest.mark.parametrize("status", [200, 429])
def test_the_wait_that_is_asked_for_is_kept(status):
    with pytest.raises(protocol.Retry) as raised:
        errors.check(status, {"code": 36009002, "message": "slow down"}, "7")
    assert (raised.value.after_seconds, raised.value.away) == (7.0, False)


@pytest.mark.parametrize(
    ("failure", "kind", "code", "said"),
    [
        ({"code": 12052055, "message": "range"}, protocol.Refused, "12052055", "range"),
        ({"code": 36009003, "message": "busy"}, protocol.Retry, "36009003", "busy"),
        (
            {
                "code": 12052001,
                "message": "failed",
                "detail": {"sku_id": "1", "extra_errors": [{"code": 12052109, "message": "lock"}]},
            },
            protocol.Retry,
            "12052109",
            "lock",
        ),
    ],
)
def test_a_listed_failure_says_what_it_is(failure, kind, code, said):
    error = errors.of_failure(failure)
    assert type(error) is kind
    assert (error.code, error.said) == (code, said)
