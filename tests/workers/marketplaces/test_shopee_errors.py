from datetime import UTC, datetime

import pytest

from shop import clock
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


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ("too low", protocol.Refused, "failure_list"),
        ("error_cannt_edit_stock_in_promotion", protocol.Locked, None),
        ("error_busy: error_system_busy", protocol.Retry, "error_system_busy"),
    ],
)
def test_a_listed_failure_says_what_it_is(said, kind, code):
    error = errors.of_failure({"model_id": 0, "failed_reason": said})
    assert type(error) is kind
    assert (error.code, error.said) == (code or said, said)


def test_the_days_quota_is_waited_for_until_midnight_in_singapore():
    with (
        clock.at(datetime(2026, 11, 28, 15, 30, tzinfo=UTC)),
        pytest.raises(protocol.Later) as raised,
    ):
        errors.check(200, {"error": "error_limit"})
    assert raised.value.seconds == 30 * 60
