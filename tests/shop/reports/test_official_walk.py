"""An official walks every page there is: sums of their area, and nobody's rows, money or buyers."""

from datetime import UTC, datetime

import pytest

from shop.accounts.access import SYSTEM
from shop.accounts.models import Membership, Role
from shop.database import db
from shop.reports import consents
from tests import make, make_community, make_reports, walking
from tests.app_fixtures import Person, sign_in
from tests.house.test_outsider import owned_refs
from tests.shop.reports.conftest import TAN_CUONG

# The rooms that an official sees anything of.
OPEN = {"accounts", "apidocs", "open_data", "public_areas", "reports", "report_sheets", "tokens"}


@pytest.fixture
def official(database, app):
    """An official of the province of a seller that never agreed to be seen, which has all rows."""
    seller = make_reports.seller(TAN_CUONG, name="HTX Chè Hảo Đạt")
    order = walking.telling(seller)
    consents.end(SYSTEM, seller.id, seller.name)
    order.state = "paid"
    order.placed_at = datetime(2026, 1, 15, 5, tzinfo=UTC)  # the month that the walk asks for
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
    seen, bad = walking.looked(official, app, {"reports.name": "orders.value"})
    assert bad == []
    strange = {name for name in seen if name.split(".")[0] not in OPEN}
    assert strange == {"field.session"}  # who one is, and nothing else
    assert {"reports.brief", "reports.figure", "reports.series", "reports.brief_xlsx"} <= seen


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_official_changes_nothing(official, app, method):
    own = {"accounts", "tokens", "security"}  # their password, their tokens
    assert walking.done(official, app, method, own) == set()
