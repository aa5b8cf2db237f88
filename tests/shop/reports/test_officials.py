"""An official reads exactly the regions given, while the term runs."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts import access
from shop.accounts.access import Permission
from shop.accounts.models import Membership
from shop.database import db
from shop.errors import BadInput, NotFound
from shop.reports import officials
from shop.reports.errors import Ended, Overlaps
from tests import make
from tests.shop.reports.conftest import NOW, PHU_LUONG, TAN_CUONG

pytestmark = pytest.mark.usefixtures("november")
TODAY = date(2026, 11, 20)
HUYEN_PHU_LUONG = "cu-168"


def terms(user):
    query = select(Membership).where(Membership.user_id == user.id).order_by(Membership.id)
    return [(m.area_code, m.valid_from, m.valid_until) for m in db.session.scalars(query)]


def codes(user):
    return access.of(user).areas


def test_a_region_is_read_from_the_first_day_to_the_last():
    user = make.user()
    officials.grant(user, TAN_CUONG, TODAY, TODAY + timedelta(2))
    seen = []
    for days in (-1, 0, 2, 3):
        with clock.at(NOW + timedelta(days)):
            seen.append(codes(user))
    assert seen == [(), (TAN_CUONG,), (TAN_CUONG,), ()]


def test_an_official_reaches_the_region_given_and_no_other():
    user = make.user()
    officials.grant(user, TAN_CUONG, TODAY, None)
    actor = access.of(user)
    assert officials.region(actor, TAN_CUONG).name == "Xã Tân Cương, Tỉnh Thái Nguyên"
    for other in (PHU_LUONG, "19", HUYEN_PHU_LUONG, "khong-co"):
        with pytest.raises(NotFound):
            officials.region(actor, other)


def test_an_official_may_nothing_else():
    user = make.user()
    officials.grant(user, "19", TODAY, None)
    actor, seller = access.of(user), make.seller()
    assert [p for p in Permission if actor.may(p)] == [Permission.AREA_READ]
    assert [p for p in Permission if actor.may(p, seller.id)] == []


def test_who_is_moved_keeps_nothing_of_the_old_region():
    user = make.user()
    officials.grant(user, TAN_CUONG, TODAY - timedelta(30), None)
    officials.move(user, PHU_LUONG, TODAY)
    assert codes(user) == (PHU_LUONG,)
    yesterday = TODAY - timedelta(1)
    assert terms(user) == [
        (TAN_CUONG, TODAY - timedelta(30), yesterday),
        (PHU_LUONG, TODAY, None),
    ]


def test_who_comes_back_has_the_region_again():
    user = make.user()
    officials.grant(user, TAN_CUONG, TODAY - timedelta(30), TODAY - timedelta(20))
    officials.grant(user, TAN_CUONG, TODAY, None)
    assert codes(user) == (TAN_CUONG,)


@pytest.mark.parametrize("code", [HUYEN_PHU_LUONG, PHU_LUONG, "19"])
def test_a_region_that_overlaps_another_of_theirs_is_refused(code):
    """From a commune and the district around it small groups could be reckoned."""
    user = make.user()
    officials.grant(user, PHU_LUONG, TODAY, None)
    with pytest.raises(Overlaps, match="Xã Phú Lương"):
        officials.grant(user, code, TODAY + timedelta(5), None)
    assert terms(user) == [(PHU_LUONG, TODAY, None)]


def test_regions_apart_and_days_apart_go_together():
    user = make.user()
    officials.grant(user, PHU_LUONG, TODAY, TODAY)
    officials.grant(user, "19", TODAY + timedelta(1), None)
    officials.grant(user, "38", TODAY, None)
    assert codes(user) == (PHU_LUONG, "38")


def test_a_region_that_does_not_exist_is_refused():
    user = make.user()
    with pytest.raises(BadInput):
        officials.grant(user, "cu-000", TODAY, None)
    with pytest.raises(BadInput):
        officials.grant(user, "19", TODAY, TODAY - timedelta(1))
    assert terms(user) == []


def test_a_term_that_is_over_is_not_ended_again():
    user = make.user()
    term = officials.grant(user, "19", TODAY - timedelta(9), TODAY - timedelta(5))
    with pytest.raises(Ended):
        officials.end(term, TODAY)
    assert term.valid_until == TODAY - timedelta(5)


def test_a_term_that_had_not_begun_leaves_nothing():
    user = make.user()
    term = officials.grant(user, "19", TODAY + timedelta(9), None)
    officials.end(term, TODAY)
    assert terms(user) == []
