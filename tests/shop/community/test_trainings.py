"""The log of trainings, and what is counted of teams."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.community import counts, teams, trainings
from shop.community.models import TeamMember, Training
from shop.database import db
from shop.sellers.models import ReviewState
from tests import make_community
from tests.app_fixtures import Person, sign_in
from tests.make_community import LA_BANG, TAN_CUONG


@pytest.fixture
def team(database):
    return make_community.team()


@pytest.fixture
def helper(database, team):
    person = make_community.helper(team)
    db.session.commit()
    return Person(person, sign_in(database, person))


def held(team, on, heads):
    data = {"held_on": on, "place": "Nhà văn hóa", "heads": heads, "topics": "Quét mã"}
    user = db.session.scalar(select(TeamMember.user_id).where(TeamMember.team_id == team.id))
    row = Training(team_id=team.id, by_id=user, **data)
    db.session.add(row)
    db.session.flush()
    return row


def test_totals_are_counted_and_a_mistake_counts_no_more(helper, team):
    data = {"team": team.ref, "held_on": clock.today().isoformat(), "place": "Nhà văn hóa"}
    for heads in ("32", "18"):
        sent = data | {"heads": heads, "topics": "Mở gian hàng"}
        assert helper.post("/ban-hang/tap-huan/them", sent).status_code == 303
    assert trainings.total([team.id]) == (2, 50)
    first = db.session.scalars(select(Training).order_by(Training.id)).first()
    assert helper.post(f"/ban-hang/tap-huan/{first.ref}/bo").status_code == 303
    assert helper.post(f"/ban-hang/tap-huan/{first.ref}/bo").status_code == 303
    assert trainings.total([team.id]) == (1, 18)


@pytest.mark.parametrize(
    ("field", "value"), [("heads", "0"), ("heads", "3.000 lượt"), ("held_on", "2099-01-01")]
)
def test_a_training_is_not_noted(helper, team, field, value):
    data = {"team": team.ref, "held_on": "2026-11-01", "place": "Nhà văn hóa", "heads": "10"}
    sent = data | {"topics": "Quét mã", field: value}
    assert helper.post("/ban-hang/tap-huan/them", sent).status_code == 422
    assert db.session.scalar(select(func.count(Training.id))) == 0


def test_the_log_of_another_team_is_404(helper, team):
    other = make_community.team(LA_BANG, name="Tổ khác")
    make_community.helper(other, name="Lê Văn Sáu")
    row = held(other, clock.today(), 10)
    db.session.commit()
    assert helper.post(f"/ban-hang/tap-huan/{row.ref}/bo").status_code == 404
    data = {"team": other.ref, "held_on": "2026-11-01", "place": "Nhà văn hóa", "heads": "10"}
    sent = data | {"topics": "Quét mã"}
    assert helper.post("/ban-hang/tap-huan/them", sent).status_code == 404
    assert trainings.total([other.id]) == (1, 10)
    assert "Tổ khác" not in helper.get("/ban-hang/tap-huan").text


def test_trainings_are_counted_by_commune_and_day_both_ends_in(helper, team):
    for on, heads in ((date(2026, 10, 31), 7), (date(2026, 11, 1), 20), (date(2026, 11, 30), 30)):
        held(team, on, heads)
    november = (date(2026, 11, 1), date(2026, 11, 30))
    assert counts.count(counts.trainings({TAN_CUONG}, *november)) == 2
    assert counts.heads({TAN_CUONG}, *november) == 50
    assert counts.heads({LA_BANG}, *november) == 0
    assert counts.heads(None, date(2026, 10, 1), date(2026, 12, 31)) == 57


def test_a_helper_of_two_teams_is_one_and_who_left_is_none(helper, team):
    second = make_community.team(name="Tổ hai")
    teams.join(SYSTEM, second, helper.user)
    today = clock.today()
    assert counts.count(counts.teams({TAN_CUONG}, today)) == 2
    assert counts.count(counts.helpers({TAN_CUONG}, today)) == 1
    assert counts.count(counts.helpers(None, today - timedelta(days=1))) == 0
    for each in (team, second):
        teams.leave(SYSTEM, teams.there(each)[0])
    assert counts.count(counts.helpers({TAN_CUONG}, today)) == 0


def test_a_seller_is_set_up_once_in_the_period_of_the_first_consent(helper):
    lan = make_community.seller()
    other = make_community.seller(name="Hộ ông Bình")
    with clock.at(datetime(2026, 11, 30, 16, 59, tzinfo=UTC)):  # 23:59 in Vietnam
        make_community.consent(helper.user, lan)
    with clock.at(datetime(2026, 11, 30, 17, 0, tzinfo=UTC)):
        make_community.consent(helper.user, lan)
        make_community.consent(helper.user, other)
    november = (date(2026, 11, 1), date(2026, 11, 30))
    december = (date(2026, 12, 1), date(2026, 12, 31))
    assert db.session.scalars(counts.set_up({TAN_CUONG}, *november)).all() == [lan]
    assert db.session.scalars(counts.set_up({TAN_CUONG}, *december)).all() == [other]
    assert counts.count(counts.on_sale_now(None, *november)) == 0
    lan.review = ReviewState.PASSED
    db.session.flush()
    assert counts.count(counts.on_sale_now(None, *november)) == 1
