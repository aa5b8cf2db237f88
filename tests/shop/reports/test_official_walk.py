"""An official walks every page there is: sums of their area, and nobody's rows, money or buyers."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.accounts.models import Membership, Role
from shop.database import db
from shop.livestream.models import Buyer
from shop.orders.models import Order
from shop.reconciliation.models import BankLine
from shop.reports import consents
from shop.sellers.models import BankAccount
from tests import asking, everything, make, make_community, make_reports
from tests.app_fixtures import Person, sign_in
from tests.house.test_outsider import owned_refs
from tests.shop.community.test_helper_walk import SECRETS, addresses, get, send
from tests.shop.reports.conftest import TAN_CUONG

# The rooms that an official sees anything of.
OPEN = {"accounts", "apidocs", "open_data", "public_areas", "reports", "report_sheets", "tokens"}


@pytest.fixture
def official(database, app):
    """An official of the province of a seller that never agreed to be seen, which has all rows."""
    seller = make_reports.seller(TAN_CUONG, name="HTX Chè Hảo Đạt")
    everything.of(seller)
    consents.end(SYSTEM, seller.id, seller.name)
    order = db.session.scalar(select(Order).where(Order.seller_id == seller.id))
    order.buyer_name, order.buyer_phone = "Lê Khách Mua", "+84987654321"
    order.address, order.state = "Ngõ Khách Ở", "paid"
    order.placed_at = datetime(2026, 1, 15, 5, tzinfo=UTC)  # the month that the walk asks for
    order.goods_vnd = order.total_vnd = 7_654_321
    account = db.session.scalar(select(BankAccount).where(BankAccount.seller_id == seller.id))
    account.account_number, account.account_name = "66778899", "CHU TAI KHOAN"
    line = db.session.scalar(select(BankLine).where(BankLine.seller_id == seller.id))
    line.content = "NOI DUNG CHUYEN"
    for buyer in db.session.scalars(select(Buyer)):
        buyer.name = "Tên Khách Xem"
    user = make.user(name="Cán bộ xã")
    db.session.add(
        Membership(user_id=user.id, role=Role.OFFICIAL, area_code=make_reports.THAI_NGUYEN)
    )
    make_community.consent(make_community.helper(), seller)
    make.member(seller, name="Chủ Nhiệm")
    db.session.commit()
    assert None not in owned_refs(seller.id).values()
    return Person(user, sign_in(app, user), seller)


def test_no_page_shows_an_official_a_seller_a_buyer_or_money(official, app):
    refs = owned_refs(official.seller.id)
    seen, bad = set(), []
    for rule, values in addresses(app, "GET"):
        if rule.endpoint.startswith("reports.") and "name" in values:
            values["name"] = "orders.value"
        with asking.tables_read() as read:
            answers = [get(official, app, rule, values, asking.NOBODYS)]
        if "{ref}" in values.values():
            more = asking.worth_asking(refs, read)
            answers += [get(official, app, rule, values, ref) for ref in more]
        for answer in answers:
            if answer.status_code == 200:
                seen.add(rule.endpoint)
            text = answer.data.decode(errors="replace")
            bad += [(rule.endpoint, secret) for secret in SECRETS if secret in text]
    assert bad == []
    strange = {name for name in seen if name.split(".")[0] not in OPEN}
    assert strange == {"field.session"}  # who one is, and nothing else
    assert {"reports.brief", "reports.figure", "reports.series", "reports.brief_xlsx"} <= seen


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_official_changes_nothing(official, app, method):
    refs = owned_refs(official.seller.id)
    token, allowed = official.csrf(), set()
    for rule, values in addresses(app, method):
        if rule.endpoint.split(".")[0] in {"accounts", "tokens", "security"}:
            continue
        with asking.tables_read() as read:
            statuses = {send(official, app, (rule, values, asking.NOBODYS), method, token)}
        if "{ref}" in values.values():
            for ref in asking.worth_asking(refs, read):
                statuses.add(send(official, app, (rule, values, ref), method, token))
        allowed |= {(rule.endpoint, status) for status in statuses - {403, 404}}
    assert allowed == set()
