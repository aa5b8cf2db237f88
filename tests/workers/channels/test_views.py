from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import func, select

from shop import vault
from shop.accounts import access
from shop.database import db
from tests import make, make_channels
from workers.channels import panels
from workers.channels.models import Connection, Listing


@pytest.fixture
def shop(market, database, cast):
    make.variant(make.product(cast.ours.seller), sku="CHE-200")
    row = make_channels.connection(database, market, cast.ours.seller.id)
    db.session.commit()
    return row


def test_connecting_leads_over_the_marketplace_to_the_new_shop(cast, market):
    shop_id = market.shop()
    asked = cast.ours.post(
        "/ban-hang/san/ket-noi", {"seller": cast.ours.seller.ref, "platform": "shopee"}
    )
    assert asked.status_code == 303
    consent = asked.headers["Location"]
    assert consent.startswith(f"{market.host}/api/v2/shop/auth_partner?")
    agreed = requests.get(f"{consent}&auto=1&shop_id={shop_id}", allow_redirects=False, timeout=10)
    back = urlsplit(agreed.headers["Location"])
    arrived = cast.ours.get(f"{back.path}?{back.query}")
    ref = db.session.scalar(select(Connection.ref).where(Connection.shop_id == str(shop_id)))
    assert arrived.headers["Location"] == f"/ban-hang/san/{ref}"
    assert sorted(parse_qs(back.query)) == ["code", "shop_id", "state"]


def test_the_form_may_lead_the_browser_to_the_marketplace_and_nowhere_else(cast, market):
    policy = cast.ours.get("/ban-hang/san/ket-noi").headers["Content-Security-Policy"]
    assert f"form-action 'self' {market.host};" in policy


def test_a_way_back_without_its_state_connects_nothing(cast, market):
    answer = cast.ours.get("/ban-hang/san/ve?code=abc&shop_id=1")
    assert answer.status_code == 400
    assert "Liên kết này không còn hiệu lực" in answer.text
    assert db.session.scalar(select(func.count(Connection.id))) == 0


def test_nobody_connects_a_shop_for_another_seller(cast, market):
    data = {"seller": cast.theirs.seller.ref, "platform": "shopee"}
    assert cast.ours.post("/ban-hang/san/ket-noi", data).status_code == 404


def test_without_an_account_the_page_says_what_the_operator_must_set(cast, market, database):
    database.config["SETTINGS"] = replace(database.config["SETTINGS"], demo=False)
    page = cast.ours.get("/ban-hang/san/ket-noi")
    assert page.status_code == 200
    assert "người vận hành cần đặt SHOPEE_PARTNER_ID, SHOPEE_PARTNER_KEY" in page.text


def test_another_cooperatives_shop_is_not_found_and_not_touched(cast, shop):
    url = f"/ban-hang/san/{shop.ref}"
    for status in (
        cast.theirs.get(url).status_code,
        cast.theirs.get(f"{url}/trang-thai").status_code,
        cast.theirs.post(f"{url}/dang").status_code,
    ):
        assert status == 404
    assert db.session.scalar(select(func.count(Listing.id))) == 0


def test_pushing_everything_shows_the_listing_live_with_its_number(cast, shop, run_tasks, market):
    assert cast.ours.post(f"/ban-hang/san/{shop.ref}/dang").status_code == 303
    run_tasks()
    page = cast.ours.get(f"/ban-hang/san/{shop.ref}").text
    [item] = market.items(shop.shop_id)
    assert "Đang bán trên sàn" in page
    assert f'<span class="small">{item["item_id"]}</span>' in page
    assert "1 trên 1" in cast.ours.get(f"/ban-hang/san/{shop.ref}/trang-thai").text


def test_the_panels_show_a_seller_its_own_listings_only(cast, shop, run_tasks, database):
    cast.ours.post(f"/ban-hang/san/{shop.ref}/dang")
    run_tasks()
    product = db.session.scalars(select(Listing)).one().variant.product
    ours, theirs = access.of(cast.ours.user), access.of(cast.theirs.user)
    with database.test_request_context():
        assert '<span class="figure-value">1</span>' in panels.overview(ours)
        assert '<span class="figure-value">0</span>' in panels.overview(theirs)
        assert f"/ban-hang/san/{shop.ref}" in panels.on_product(product, ours)
        assert panels.on_product(product, theirs) == ""


def test_no_page_shows_a_secret(cast, shop, database):
    key = database.config["SETTINGS"].vault_key
    sealed = [shop.sealed_access_token, shop.sealed_refresh_token]
    secrets = sealed + [vault.open_sealed(s, key) for s in sealed]
    for url in ("/ban-hang/san", f"/ban-hang/san/{shop.ref}", "/ban-hang/san/ket-noi"):
        page = cast.ours.get(url).text
        assert [secret for secret in secrets if secret in page] == []


def test_the_lists_ask_the_same_number_of_queries_however_long_they_are(
    cast, shop, market, database, query_count
):
    def queries(url):
        cast.ours.get(url)
        with query_count() as sent:
            assert cast.ours.get(url).status_code == 200
        return len(sent)

    def add(number):
        for _ in range(number):
            make.variant(make.product(cast.ours.seller))
            make_channels.connection(database, market, cast.ours.seller.id)
        db.session.commit()
        cast.ours.post(f"/ban-hang/san/{shop.ref}/dang")

    add(1)
    before = [queries(url) for url in ("/ban-hang/san", f"/ban-hang/san/{shop.ref}")]
    add(4)
    after = [queries(url) for url in ("/ban-hang/san", f"/ban-hang/san/{shop.ref}")]
    assert after == before


def test_a_parked_shop_offers_to_sign_in_again_and_no_push_that_would_wait(market, database, cast):
    row = make_channels.connection(database, market, cast.ours.seller.id)
    row.ref, row.health = "PARKED001", "needs_reconnect"
    db.session.commit()
    page = cast.ours.get(f"/ban-hang/san/{row.ref}").text
    assert "Kết nối lại</a>" in page
    assert f"/ban-hang/san/{row.ref}/dang" not in page
