"""Teams: who joins may help in the commune, who leaves no longer, at once."""

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts import access
from shop.accounts.access import SYSTEM, Permission
from shop.accounts.models import AuditEntry, Delegation, Membership, Role
from shop.community import teams
from shop.community.errors import InTeam, TeamClosed
from shop.community.models import Team, TeamMember
from shop.database import db
from tests import make, make_community, make_markets
from tests.app_fixtures import Person, sign_in
from tests.make_community import LA_BANG, TAN_CUONG

NEW = {"name": "Tổ xóm Guộc", "area_code": TAN_CUONG, "partner": "Bưu điện"}


def rights(user):
    rows = select(Membership.area_code).where(
        Membership.user_id == user.id, Membership.role == Role.HELPER
    )
    return sorted(db.session.scalars(rows))


def test_only_the_administrator_makes_teams(cast):
    assert cast.ours.post("/quan-tri/to-cong-nghe-so/them", NEW).status_code == 404
    assert db.session.scalar(select(Team)) is None
    assert cast.administrator.post("/quan-tri/to-cong-nghe-so/them", NEW).status_code == 303
    made = db.session.scalar(select(Team))
    assert (made.name, made.area_code, made.partner) == ("Tổ xóm Guộc", TAN_CUONG, "Bưu điện")


def test_a_team_is_of_a_commune_that_exists(cast):
    bad = NEW | {"area_code": "99999"}
    assert cast.administrator.post("/quan-tri/to-cong-nghe-so/them", bad).status_code == 422
    assert db.session.scalar(select(Team)) is None


def test_who_joins_may_help_in_the_commune_and_is_let_in_by_a_link(cast):
    team = make_community.team()
    data = {"name": "Trần Thị Hoa", "phone": "0912 111 222"}
    there = f"/quan-tri/to-cong-nghe-so/{team.ref}"
    assert cast.administrator.post(there, data).status_code == 303
    member = db.session.scalar(select(TeamMember))
    assert member.user.phone == "+84912111222"
    assert access.of(member.user).helps_in == {TAN_CUONG}
    shown = cast.administrator.post(f"/quan-tri/to-cong-nghe-so/nguoi/{member.ref}/lien-ket")
    assert "/tai-khoan/quen-mat-khau/" in shown.text


def test_nobody_joins_twice_nor_a_team_that_is_no_more(database):
    team = make_community.team()
    person = make_community.helper(team)
    with pytest.raises(InTeam):
        teams.join(SYSTEM, team, person)
    teams.close(SYSTEM, team)
    with pytest.raises(TeamClosed):
        teams.join(SYSTEM, team, person)
    assert rights(person) == []


def test_who_leaves_has_no_area_and_no_consent_there_and_the_open_session_gets_404(cast):
    team = make_community.team()
    person = make_community.helper(team)
    lan = make_community.seller()
    consent = make_community.consent(person, lan)
    db.session.commit()
    helper = Person(person, sign_in(_app(), person))
    assert helper.get("/ban-hang/giup").status_code == 200
    assert helper.get(f"/ban-hang/nguoi-ban/{lan.ref}").status_code == 200
    (member,) = teams.there(team)
    url = f"/quan-tri/to-cong-nghe-so/nguoi/{member.ref}/ra"
    assert cast.administrator.post(url).status_code == 303
    assert cast.administrator.post(url).status_code == 303
    assert helper.get("/ban-hang/giup").status_code == 404
    assert helper.get(f"/ban-hang/nguoi-ban/{lan.ref}").status_code == 404
    assert db.session.get_one(Delegation, consent.id).ended_by == "Quản trị"
    left = select(AuditEntry).where(AuditEntry.action == "team.leave")
    assert len(db.session.scalars(left).all()) == 1


def _app():
    from flask import current_app

    return current_app._get_current_object()


def test_one_of_two_teams_of_a_commune_is_enough_to_stay(database):
    first, second = make_community.team(), make_community.team(name="Tổ hai")
    person = make_community.helper(first)
    teams.join(SYSTEM, second, person)
    lan = make_community.seller()
    consent = make_community.consent(person, lan)
    teams.leave(SYSTEM, teams.there(first)[0])
    assert rights(person) == [TAN_CUONG]
    assert consent.ended_at is None
    teams.leave(SYSTEM, teams.there(second)[0])
    assert rights(person) == []
    assert consent.ended_at is not None


def test_leaving_one_commune_leaves_the_consents_of_another(database):
    here, there = make_community.team(TAN_CUONG), make_community.team(LA_BANG)
    person = make_community.helper(here)
    teams.join(SYSTEM, there, person)
    lan = make_community.seller(area=TAN_CUONG)
    binh = make_community.seller(name="Hộ ông Bình", area=LA_BANG)
    first, second = make_community.consent(person, lan), make_community.consent(person, binh)
    teams.leave(SYSTEM, teams.there(here)[0])
    assert (first.ended_at is None, second.ended_at is None) == (False, True)


def test_a_consent_of_a_seller_who_moved_out_of_the_commune_ends_too(database):
    team = make_community.team()
    person = make_community.helper(team)
    lan = make_community.seller()
    consent = make_community.consent(person, lan)
    lan.commune_code = LA_BANG
    teams.leave(SYSTEM, teams.there(team)[0])
    assert consent.ended_at is not None


def test_a_helpers_own_number_never_becomes_the_sellers_account(cast):
    person = make_community.helper(phone="+84912999000")
    lan = make_community.seller(representative="Nguyễn Thị Lan", phone="+84912999000")
    make_community.consent(person, lan)
    db.session.commit()
    url = f"/quan-tri/to-cong-nghe-so/chua-co-tai-khoan/{lan.ref}"
    answer = cast.administrator.post(url, {"name": "Nguyễn Thị Lan", "phone": "0912999000"})
    assert answer.status_code == 422
    assert access.memberships(lan.id) == []


def test_what_is_done_to_a_team_is_in_the_platforms_trail_alone(cast):
    make_community.team(name="Tổ xóm Guộc")
    db.session.commit()
    assert "Tổ xóm Guộc" in cast.administrator.get("/ban-hang/nhat-ky").text
    assert "Tổ xóm Guộc" not in cast.ours.get("/ban-hang/nhat-ky").text


def test_the_sellers_own_account_is_opened_by_the_administrator_and_takes_over(cast):
    person = make_community.helper()
    lan = make_community.seller(representative="Nguyễn Thị Lan", phone="+84912333444")
    make_community.consent(person, lan)
    db.session.commit()
    helper = Person(person, sign_in(_app(), person))
    url = f"/quan-tri/to-cong-nghe-so/chua-co-tai-khoan/{lan.ref}"
    assert helper.post(url, {"name": "Lan", "phone": "0912333444"}).status_code == 404
    assert lan.ref in cast.administrator.get("/quan-tri/to-cong-nghe-so/chua-co-tai-khoan").text
    shown = cast.administrator.post(url, {"name": "Nguyễn Thị Lan", "phone": "0912333444"})
    assert "/tai-khoan/quen-mat-khau/" in shown.text
    owner = db.session.scalar(select(Membership).where(Membership.seller_id == lan.id)).user
    assert access.of(owner).may(Permission.BANK_MANAGE, lan.id) is True
    assert lan.ref not in cast.administrator.get("/quan-tri/to-cong-nghe-so/chua-co-tai-khoan").text
    again = cast.administrator.post(url, {"name": "Kẻ khác", "phone": "0912555666"})
    assert again.status_code == 422
    assert [m.user.name for m in access.memberships(lan.id)] == ["Nguyễn Thị Lan"]


def test_joining_a_team_does_not_let_an_owner_reset_the_helpers_account(cast):
    """A helper who is also a member somewhere: the owner there must not take over the account."""
    person = make.member(cast.ours.seller, role=Role.VIEWER, name="Trần Thị Hoa")
    teams.join(SYSTEM, make_community.team(), person)
    db.session.commit()
    (membership,) = [m for m in person.memberships if m.seller_id == cast.ours.seller.id]
    answer = cast.ours.post(f"/ban-hang/thanh-vien/{membership.ref}/lien-ket")
    assert answer.status_code == 409


def test_traders_whom_a_market_entered_wait_for_an_account_too(cast):
    booth = make_markets.booth()
    db.session.commit()
    page = "/quan-tri/to-cong-nghe-so/chua-co-tai-khoan"
    assert booth.seller.ref in cast.administrator.get(page).text
    assert 'value="Nguyễn Thị Thúy"' in cast.administrator.get(f"{page}/{booth.seller.ref}").text
    booth.closed_on = clock.today()
    db.session.commit()
    assert booth.seller.ref not in cast.administrator.get(page).text
