from urllib.parse import parse_qs, urlsplit

import pytest

from shop import clock
from workers.marketplaces import protocol
from workers.marketplaces.lazada import client


@pytest.fixture
def partner(sandbox):
    return sandbox.partner_of("lazada")


def test_the_consent_page_is_told_where_to_lead_back(partner):
    url = client.consent_url(partner, "https://htx.example.vn/ve", "there")
    assert url.startswith(f"{partner.consent}/oauth/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "force_auth": ["true"],
        "redirect_uri": ["https://htx.example.vn/ve"],
        "client_id": [partner.key],
        "state": ["there"],
    }


def test_a_consent_gives_a_shop_and_tokens_that_live_as_told(sandbox):
    shop_id = sandbox.shop()
    grant = sandbox.grant("lazada", shop_id)
    now = clock.now().timestamp()
    assert (grant.shop_id, grant.name) == (str(shop_id), f"{shop_id}@example.vn")
    assert grant.tokens.expires_at == pytest.approx(now + 864_000, abs=5)
    assert grant.tokens.refresh_until == pytest.approx(now + 4_320_000, abs=5)


def test_refreshing_gives_new_tokens_and_the_same_end_of_consent(sandbox, partner):
    grant = sandbox.grant("lazada")
    tokens = client.refresh(partner, grant.tokens.refresh_token, grant.shop_id)
    assert tokens.access_token != grant.tokens.access_token
    assert tokens.refresh_until == pytest.approx(grant.tokens.refresh_until, abs=2)


def test_a_spent_code_or_token_asks_for_the_seller_again(sandbox, partner):
    with pytest.raises(protocol.NeedsReconnect):
        client.exchange(partner, {"code": "spent"})
    with pytest.raises(protocol.NeedsReconnect):
        client.refresh(partner, "spent", "800001")


def test_a_code_that_did_not_come_back_is_refused(partner):
    with pytest.raises(protocol.MarketplaceError):
        client.exchange(partner, {})


def test_empty_parameters_are_neither_sent_nor_signed(partner):
    told = client.signed(partner, "/orders/get", {"status": "", "offset": 0})
    assert set(told) == {"app_key", "timestamp", "sign_method", "offset", "sign"}
    assert told["offset"] == "0"
