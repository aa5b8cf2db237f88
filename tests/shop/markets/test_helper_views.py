"""A helper enters a booth for a seller who agreed: in a market of the commune, and no account."""

import pytest
from sqlalchemy import select

from shop.accounts import delegation
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.markets.models import Booth
from tests import make_community, make_markets
from tests.app_fixtures import Person, sign_in
from tests.make_community import LA_BANG, TAN_CUONG

BOOTH = {"number": "A12", "kind": "sap", "goods": "Chè khô"}


@pytest.fixture
def helper(database):
    person = make_community.helper()
    db.session.flush()
    return Person(person, sign_in(database, person))


@pytest.fixture
def lan(database):
    return make_community.seller()


@pytest.fixture
def market(database):
    return make_markets.market(name="Chợ Tân Cương", commune_code=TAN_CUONG)


def page(of):
    return f"/ban-hang/giup/nguoi-ban/{of.ref}/sap"


def test_a_booth_is_entered_on_behalf_and_the_trail_says_so(helper, lan, market):
    make_community.consent(helper.user, lan, by="Nguyễn Thị Lan")
    answer = helper.post(page(lan), BOOTH | {"market": market.ref})
    assert answer.status_code == 303
    booth = db.session.scalars(select(Booth)).one()
    assert (booth.seller_id, booth.number, booth.market_id) == (lan.id, "A12", market.id)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booth.open")).one()
    assert (entry.actor_id, entry.behalf_of) == (helper.user.id, "Nguyễn Thị Lan")
    shown = helper.get(page(lan)).text
    assert "Chợ Tân Cương" in shown
    assert "Chưa có tài khoản" in shown


def test_the_helpers_page_of_a_seller_leads_there(helper, lan):
    make_community.consent(helper.user, lan)
    assert page(lan) in helper.get(f"/ban-hang/giup/nguoi-ban/{lan.ref}").text


def test_a_market_of_another_commune_is_not_found(helper, lan):
    make_community.consent(helper.user, lan)
    elsewhere = make_markets.market(name="Chợ La Bằng", commune_code=LA_BANG)
    assert elsewhere.name not in helper.get(page(lan)).text
    assert helper.post(page(lan), BOOTH | {"market": elsewhere.ref}).status_code == 404
    assert db.session.scalar(select(Booth)) is None


def test_without_a_consent_or_after_its_end_nothing_is_entered(helper, lan, market):
    form = BOOTH | {"market": market.ref}
    assert helper.post(page(lan), form).status_code == 404
    consent = make_community.consent(helper.user, lan)
    assert helper.get(page(lan)).status_code == 200
    delegation.end(SYSTEM, consent)
    assert helper.post(page(lan), form).status_code == 404
    assert db.session.scalar(select(Booth)) is None


def test_a_number_that_is_taken_is_said_and_a_form_sent_twice_enters_once(helper, lan, market):
    make_community.consent(helper.user, lan)
    form = BOOTH | {"market": market.ref, "_once": "one-key"}
    assert [helper.post(page(lan), form).status_code for _time in range(2)] == [303, 303]
    again = helper.post(page(lan), form | {"_once": "other-key"})
    assert again.status_code == 422
    assert len(db.session.scalars(select(Booth)).all()) == 1


def test_a_commune_without_a_market_says_whom_to_ask(helper, lan):
    make_community.consent(helper.user, lan)
    assert "Xã này chưa có chợ nào" in helper.get(page(lan)).text
