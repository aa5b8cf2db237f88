import pytest

from workers.marketplaces import protocol
from workers.marketplaces.shopee import errors


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (200, {"error": "error_rate_limit"}, protocol.Retry),
        (503, {}, protocol.Retry),
        (429, {"error": "error_param"}, protocol.Retry),
        (403, {"error": "invalid_acceess_token"}, protocol.TokenExpired),
        (200, {"error": "invalid_access_token"}, protocol.TokenExpired),
        (403, {"error": "error_auth", "message": "Invalid access_token"}, protocol.TokenExpired),
        (403, {"error": "error_auth", "message": "Invalid code."}, protocol.NeedsReconnect),
        (403, {"error": "refresh_token_expired"}, protocol.NeedsReconnect),
        (200, {"error": "error_sign"}, protocol.Stopped),
        (200, {"error": "error_param"}, protocol.Refused),
        (200, {"error": "never_heard_of"}, protocol.Refused),
        (404, {}, protocol.Refused),
    ],
)
def test_each_answer_is_of_one_kind(status, answer, kind):
    with pytest.raises(protocol.MarketplaceError) as raised:
        errors.check(status, answer)
    assert type(raised.value) is kind


def test_an_empty_error_is_success():
    assert errors.check(200, {"error": "", "response": {}}) is None


def test_a_listed_failure_is_a_refusal_with_its_reason():
    with pytest.raises(protocol.Refused) as raised:
        errors.check_each({"failure_list": [{"model_id": 0, "failed_reason": "too low"}]})
    assert (raised.value.code, raised.value.said) == ("failure_list", "too low")


def test_an_empty_list_of_failures_is_success():
    assert errors.check_each({"failure_list": []}) is None
