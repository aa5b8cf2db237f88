from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import url_for
from sqlalchemy import func, select

from shop import clock, vault
from shop.accounts import access
from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.errors import NotFound
from shop.outbox import Task
from tests import make, make_channels
from workers.channels import connections, jobs, partners
from workers.channels.errors import BadState, ConnectFailed, NotConfigured, ShopTaken
from workers.channels.models import Connection, Health
from workers.marketplaces.shopee import client
from workers.sandbox import shopee as sandbox_documents


@pytest.fixture
def owner(market):
    seller = make.seller()
    user = make.member(seller)
    db.session.commit()
    return access.of(user), seller


def come_back(market, app, actor, seller, shop_id):
    """Through the consent page; what the marketplace sends the person back with."""
    with app.test_request_context():
        url = connections.begin(actor, seller, "shopee")
    answer = requests.get(f"{url}&auto=1&shop_id={shop_id}", allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def test_the_way_there_and_back_keeps_sealed_tokens(market, database, owner):
    actor, seller = owner
    shop_id = market.shop()
    back = come_back(market, database, actor, seller, shop_id)
    assert sorted(back) == ["code", "shop_id", "state"]
    ref = connections.finish(actor, back)
    row = db.session.scalars(select(Connection).where(Connection.ref == ref)).one()
    assert (row.seller_id, row.shop_id, row.sandbox) == (seller.id, str(shop_id), True)
    [kept] = [t for t in market.state()["tokens"] if t["shop_id"] == shop_id]
    key = database.config["SETTINGS"].vault_key
    assert vault.open_sealed(row.sealed_access_token, key) == kept["access"]
    assert vault.open_sealed(row.sealed_refresh_token, key) == kept["refresh"]
    stored = " ".join(str(v) for v in db.session.execute(select(Connection.__table__)).one())
    assert kept["access"] not in stored
    changes = str(db.session.scalars(select(AuditEntry.changes)).all())
    assert row.sealed_access_token not in changes


def test_a_state_of_another_person_is_refused(market, database, owner):
    actor, seller = owner
    back = come_back(market, database, actor, seller, market.shop())
    colleague = access.of(make.member(seller, name="Người khác"))
    with pytest.raises(BadState):
        connections.finish(colleague, back)
    assert db.session.scalar(select(func.count(Connection.id))) == 0


@pytest.mark.parametrize(
    "spoil", [lambda s: ("A" if s[0] != "A" else "B") + s[1:], lambda s: "x", lambda s: s[:-4]]
)
def test_a_forged_state_is_refused(market, database, owner, spoil):
    actor, seller = owner
    back = come_back(market, database, actor, seller, market.shop())
    with pytest.raises(BadState):
        connections.finish(actor, back | {"state": spoil(back["state"])})
    assert db.session.scalar(select(func.count(Connection.id))) == 0


def test_a_state_older_than_ten_minutes_is_refused(market, database, owner):
    actor, seller = owner
    back = come_back(market, database, actor, seller, market.shop())
    with clock.at(clock.now() + timedelta(minutes=10, seconds=1)), pytest.raises(BadState):
        connections.finish(actor, back)


def test_somebody_who_lost_the_right_meanwhile_connects_nothing(market, database, owner):
    _actor, seller = owner
    viewer = access.of(make.member(seller, role=Role.VIEWER, name="Người xem"))
    back = come_back(market, database, viewer, seller, market.shop())
    with pytest.raises(NotFound):
        connections.finish(viewer, back)


def test_a_code_works_once(market, database, owner):
    actor, seller = owner
    back = come_back(market, database, actor, seller, market.shop())
    connections.finish(actor, back)
    with pytest.raises(ConnectFailed):
        connections.finish(actor, back)


def test_signing_in_again_revives_the_same_connection(market, database, owner):
    actor, seller = owner
    shop_id = market.shop()
    ref = connections.finish(actor, come_back(market, database, actor, seller, shop_id))
    row = db.session.scalars(select(Connection)).one()
    connections.park(row.id, Health.NEEDS_RECONNECT, "Đăng nhập lại.")
    db.session.commit()
    again = connections.finish(actor, come_back(market, database, actor, seller, shop_id))
    assert again == ref
    db.session.refresh(row)
    assert (row.health, row.trouble) == ("ok", None)


def test_a_shop_that_another_seller_has_is_refused(market, database, owner):
    actor, seller = owner
    shop_id = market.shop()
    connections.finish(actor, come_back(market, database, actor, seller, shop_id))
    other = make.seller(name="HTX Miến Việt Cường")
    rival = access.of(make.member(other, name="Nguyễn Văn Cường"))
    with pytest.raises(ShopTaken):
        connections.finish(rival, come_back(market, database, rival, other, shop_id))
    assert db.session.scalars(select(Connection.seller_id)).all() == [seller.id]


def test_tokens_that_end_soon_are_renewed_and_the_others_left(market, database):
    seller = make.seller()
    soon = make_channels.connection(database, market, seller.id)
    later = make_channels.connection(database, market, seller.id)
    soon.token_expires_at = clock.now() + timedelta(minutes=5)
    before = {row.id: row.sealed_access_token for row in (soon, later)}
    db.session.commit()
    jobs.refresh_tokens()
    db.session.expire_all()
    assert soon.sealed_access_token != before[soon.id]
    assert soon.token_expires_at > clock.now() + timedelta(hours=3)
    assert later.sealed_access_token == before[later.id]
    jobs.refresh_tokens()
    refreshed = [c for c in market.state()["calls"] if c["path"].endswith("access_token/get")]
    assert len([c for c in refreshed if soon.shop_id in c["body"]]) == 1


def test_a_shop_whose_refresh_token_is_spent_is_parked(market, database):
    row = make_channels.connection(database, market, make.seller().id)
    row.token_expires_at = clock.now()
    row.sealed_refresh_token = vault.seal("spent", database.config["SETTINGS"].vault_key)
    db.session.commit()
    jobs.refresh_tokens()
    db.session.refresh(row)
    assert row.health == Health.NEEDS_RECONNECT


def test_without_an_account_of_ours_it_says_what_the_operator_must_set(market, database):
    database.config["SETTINGS"] = replace(database.config["SETTINGS"], demo=False)
    with pytest.raises(NotConfigured) as refused:
        partners.partner("shopee")
    assert refused.value.facts["variables"] == ["SHOPEE_PARTNER_ID", "SHOPEE_PARTNER_KEY"]


def test_a_real_account_is_used_outside_the_demo(market, database):
    database.config["SETTINGS"] = replace(
        database.config["SETTINGS"], demo=False, shopee_partner_id=7, shopee_partner_key="k"
    )
    found = partners.partner("shopee")
    assert (found.api, found.key) == ("https://partner.shopeemobile.com", "7")
    assert "'k'" not in repr(found)


def test_our_sandbox_account_is_the_one_it_documents():
    documented = (str(sandbox_documents.PARTNER_ID), sandbox_documents.PARTNER_KEY)
    assert partners.SANDBOX_KEYS["shopee"] == documented


def test_the_way_back_is_our_own_page(database):
    with database.test_request_context():
        assert url_for("channels.comes_back") == "/ban-hang/san/ve"


def test_a_seller_hears_once_that_its_consent_ends(market, database):
    seller = make.seller()
    make.member(seller, email="hoa@example.vn")
    row = make_channels.connection(database, market, seller.id)
    row.refresh_until = clock.now() + timedelta(days=6)
    db.session.commit()
    for _ in range(2):
        jobs.tell_of_ends()
    query = select(Task).where(Task.job == "shop.notifications.jobs.deliver_mail")
    assert len(db.session.scalars(query).all()) == 1
    db.session.refresh(row)
    assert row.told_of_end


def test_two_who_find_the_token_expired_spend_one_refresh_token(market, database):
    row = make_channels.connection(database, market, make.seller().id)
    db.session.commit()
    spent = vault.open_sealed(row.sealed_access_token, database.config["SETTINGS"].vault_key)
    first = connections.refresh(row.id, spent)
    second = connections.refresh(row.id, spent)
    assert first.access_token == second.access_token != spent
    refreshed = [c for c in market.state()["calls"] if c["path"].endswith("access_token/get")]
    assert len([c for c in refreshed if row.shop_id in c["body"]]) == 1


@pytest.mark.parametrize("old_token", ["good", "spent"])
def test_who_signs_in_while_the_old_token_is_renewed_is_not_undone(
    market, database, owner, monkeypatch, old_token
):
    actor, seller = owner
    shop_id, key = market.shop(), database.config["SETTINGS"].vault_key
    connections.finish(actor, come_back(market, database, actor, seller, shop_id))
    row = db.session.scalars(select(Connection)).one()
    row.token_expires_at = clock.now()
    if old_token == "spent":
        row.sealed_refresh_token = vault.seal("spent", key)
    db.session.commit()
    back = come_back(market, database, actor, seller, shop_id)
    renew = client.refresh

    def meanwhile(*told):
        try:
            return renew(*told)
        finally:
            connections.finish(actor, back)
            db.session.refresh(row)
            got.append(row.sealed_refresh_token)

    got = []
    monkeypatch.setattr(client, "refresh", meanwhile)
    jobs.refresh_tokens()
    db.session.refresh(row)
    assert (row.health, row.sealed_refresh_token) == (Health.OK, got[0])
    assert connections.say(row.id, lambda shop: client.get(shop, "product/get_category"))


def test_an_answer_without_tokens_is_told_to_the_person_and_connects_nothing(
    market, database, owner, monkeypatch
):
    actor, seller = owner
    back = come_back(market, database, actor, seller, market.shop())
    monkeypatch.setattr(client, "_send", lambda *_args, **_more: {"error": ""})
    with pytest.raises(ConnectFailed):
        connections.finish(actor, back)
    assert db.session.scalars(select(Connection)).all() == []


def test_an_answer_without_tokens_to_one_shop_keeps_no_other_from_its_own(
    market, database, monkeypatch
):
    seller = make.seller()
    rows = [make_channels.connection(database, market, seller.id) for _ in range(2)]
    for row in rows:
        row.token_expires_at = clock.now()
    before = [row.sealed_access_token for row in rows]
    db.session.commit()
    renew = client.refresh

    def odd(account, token, shop_id):
        if shop_id == rows[0].shop_id:
            raise KeyError("expire_in")
        return renew(account, token, shop_id)

    monkeypatch.setattr(client, "refresh", odd)
    jobs.refresh_tokens()
    db.session.expire_all()
    assert rows[0].sealed_access_token == before[0]
    assert rows[1].sealed_access_token != before[1]
    assert [row.health for row in rows] == [Health.OK, Health.OK]
