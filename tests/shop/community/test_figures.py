"""What officials count of the teams, with the rows behind it."""

import pytest

from shop import clock
from shop.accounts import access
from shop.accounts.access import SYSTEM
from shop.community import teams, trainings
from shop.reports import kpis
from tests import make_community, make_reports
from tests.make_community import LA_BANG, TAN_CUONG

pytestmark = pytest.mark.usefixtures("database")


def told(name, code="19"):
    word = f"{clock.today():%Y-%m}"
    return kpis.measure(kpis.get(name), make_reports.scope(code, word)).total.top


def test_a_helper_of_two_teams_is_one_and_another_province_has_none():
    one, other = make_community.team(), make_community.team(LA_BANG, name="Tổ La Bằng")
    helper = make_community.helper(one)
    teams.join(SYSTEM, other, helper)
    assert (told("community.teams"), told("community.helpers")) == (2, 1)
    assert (told("community.teams", LA_BANG), told("community.helpers", LA_BANG)) == (1, 1)
    assert told("community.teams", "38") == 0


def test_heads_are_the_sum_of_what_was_noted_of_each_training():
    team = make_community.team()
    actor = access.of(make_community.helper(team))
    for heads in (30, 12):
        trainings.note(
            actor,
            team,
            {"held_on": clock.today(), "place": "Nhà văn hóa", "heads": heads, "topics": "Quét mã"},
        )
    assert (told("community.trainings"), told("community.heads")) == (2, 42)


def test_who_let_a_helper_act_the_first_time_is_set_up_once():
    helper, other = make_community.helper(), make_community.helper(name="Lê Văn Tư")
    seller = make_community.seller()
    for person in (helper, other):
        make_community.consent(person, seller)
    assert (told("community.set_up"), told("community.set_up", TAN_CUONG)) == (1, 1)
    assert told("community.set_up", LA_BANG) == 0
