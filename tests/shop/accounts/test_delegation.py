"""A helper acts for a seller as far and as long as somebody there said yes, and no further."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts import access, delegation, tokens
from shop.accounts.access import Permission
from shop.accounts.delegation import Consent
from shop.accounts.errors import AsksOwner, ConsentOver
from shop.accounts.models import AuditEntry, Delegation, User, Way
from shop.database import db, transaction
from shop.errors import BadInput, NotFound
from shop.sellers import profile
from shop.sellers.models import Seller
from tests import make, make_community, make_money
from tests.app_fixtures import Person, sign_in


@pytest.fixture
def helper(database):
    person = make_community.helper()
    db.session.commit()
    return Person(person, sign_in(database, person))


@pytest.fixture
def lan(database):
    return make_community.seller()


def trail(seller, action):
    query = select(AuditEntry).where(AuditEntry.seller_id == seller.id, AuditEntry.action == action)
    return db.session.scalars(query.order_by(AuditEntry.id)).all()


def page(seller):
    return f"/ban-hang/nguoi-ban/{seller.ref}"


def test_without_a_consent_a_helper_reaches_nothing_of_a_seller_in_the_area(helper, lan):
    assert access.of(helper.user).allowed == {}
    assert helper.get(page(lan)).status_code == 404


def test_a_consent_lets_the_helper_set_up_the_stall_and_no_more(helper, lan):
    make_community.consent(helper.user, lan)
    db.session.commit()
    actor = access.of(helper.user)
    assert actor.allowed == {
        lan.id: {
            Permission.SELLER_READ,
            Permission.SELLER_WRITE,
            Permission.CATALOGUE_READ,
            Permission.CATALOGUE_WRITE,
        }
    }
    assert helper.get(page(lan)).status_code == 200


def test_what_a_helper_does_names_both_persons(helper, lan):
    make_community.consent(helper.user, lan, by="Nguyễn Thị Lan")
    db.session.commit()
    values = {"name": "Hộ bà Lan", "kind": "household", "story": "Ba đời làm chè."}
    assert helper.post(page(lan), values).status_code == 303
    (entry,) = trail(lan, "seller.update")
    assert (entry.actor_name, entry.behalf_of) == ("Trần Thị Hoa", "Nguyễn Thị Lan")


def test_the_trail_shows_on_whose_behalf(helper, lan, cast):
    make_community.consent(helper.user, lan, by="Nguyễn Thị Lan")
    shown = cast.administrator.get("/ban-hang/nhat-ky").text
    assert "thay mặt Nguyễn Thị Lan" in shown


def test_who_acts_in_own_right_stands_for_nobody(cast):
    actor = access.of(cast.ours.user)
    profile.update(actor, cast.ours.seller, _profile(), None)
    (entry,) = trail(cast.ours.seller, "seller.update")
    assert (entry.actor_name, entry.behalf_of) == ("Đào Thanh Hảo", None)


def _profile():
    start = dict.fromkeys((*profile.PLAIN, "colour", "colour_code", "point"))
    return start | {"name": "HTX Hảo Đạt", "story": "", "address": "", "street": ""}


def test_a_revoked_helper_with_an_open_session_gets_404_at_once(helper, cast):
    row = asked_and_agreed(helper, cast.ours)
    assert helper.get(page(cast.ours.seller)).status_code == 200
    assert cast.ours.post(f"/ban-hang/nguoi-giup/{row.ref}/thoi").status_code == 303
    assert helper.get(page(cast.ours.seller)).status_code == 404
    before = cast.ours.seller.story
    values = {"name": "HTX Khác", "story": "khác"}
    assert helper.post(page(cast.ours.seller), values).status_code == 404
    assert (cast.ours.seller.name, cast.ours.seller.story) == ("HTX Chè Hảo Đạt", before)


def asked_and_agreed(helper, owner):
    until = clock.today() + timedelta(days=90)
    row = delegation.ask(access.of(helper.user), owner.seller.id, Way.ACCOUNT, until)
    delegation.agree(access.of(owner.user), row, until)
    db.session.commit()
    return row


def test_a_consent_taken_back_twice_ends_once(helper, cast):
    row = asked_and_agreed(helper, cast.ours)
    url = f"/ban-hang/nguoi-giup/{row.ref}/thoi"
    assert cast.ours.post(url).status_code == 303
    first = db.session.get_one(Delegation, row.id).ended_at
    assert cast.ours.post(url).status_code == 303
    again = db.session.get_one(Delegation, row.id)
    assert (again.ended_at, again.ended_by) == (first, "Đào Thanh Hảo")
    assert len(trail(cast.ours.seller, "delegation.end")) == 1


def test_a_consent_holds_through_its_last_day_in_vietnam(helper, lan):
    row = make_community.consent(helper.user, lan, days=30)
    last_moment = clock.day(row.until)[1] - timedelta(seconds=1)
    with clock.at(last_moment):
        assert lan.id in access.of(helper.user).allowed
        assert delegation.holds(row) is True
    with clock.at(last_moment + timedelta(seconds=1)):
        assert access.of(helper.user).allowed == {}
        assert delegation.holds(row) is False


def test_after_a_consent_lapsed_another_can_be_given(helper, lan):
    first = make_community.consent(helper.user, lan, days=1)
    with clock.at(clock.now() + timedelta(days=3)):
        second = make_community.consent(helper.user, lan, days=30)
        assert access.of(helper.user).behalf == {lan.id: "Nguyễn Thị Lan"}
    assert (first.ended_by, second.ended_at) == ("", None)


def test_a_helper_cannot_note_the_yes_of_somebody_who_has_an_account(helper, cast):
    until = clock.today() + timedelta(days=30)
    said = Consent("Đào Thanh Hảo", Way.PAPER, until)
    with pytest.raises(AsksOwner):
        delegation.record(access.of(helper.user), cast.ours.seller.id, said)
    assert db.session.scalar(select(func.count(Delegation.id))) == 0


def test_to_ask_allows_nothing(helper, cast):
    until = clock.today() + timedelta(days=30)
    row = delegation.ask(access.of(helper.user), cast.ours.seller.id, Way.ACCOUNT, until)
    db.session.commit()
    assert access.of(helper.user).allowed == {}
    assert helper.get(page(cast.ours.seller)).status_code == 404
    assert cast.theirs.get(f"/ban-hang/nguoi-giup/{row.ref}").status_code == 404
    assert cast.theirs.post(f"/ban-hang/nguoi-giup/{row.ref}/dong-y").status_code == 404


def test_what_was_refused_cannot_be_agreed_to_later(helper, cast):
    until = clock.today() + timedelta(days=30)
    row = delegation.ask(access.of(helper.user), cast.ours.seller.id, Way.ACCOUNT, until)
    owner = access.of(cast.ours.user)
    delegation.end(owner, row)
    with pytest.raises(ConsentOver):
        delegation.agree(owner, row, until)
    assert row.consented_at is None


@pytest.mark.parametrize(("way", "longest"), [(Way.PHONE, 30), (Way.PAPER, 365)])
def test_a_consent_has_a_longest_time_by_how_it_was_given(helper, lan, way, longest):
    actor, today = access.of(helper.user), clock.today()
    for days in (-1, longest + 1):
        said = Consent("Nguyễn Thị Lan", way, today + timedelta(days=days))
        with pytest.raises(BadInput) as refused:
            delegation.record(actor, lan.id, said)
        assert list(refused.value.errors) == ["until"]
    assert db.session.scalar(select(func.count(Delegation.id))) == 0
    until = today + timedelta(days=longest)
    assert delegation.record(actor, lan.id, Consent("Lan", way, until)).until == until


def test_a_code_works_once_and_only_the_newest(helper, lan):
    actor, until = access.of(helper.user), clock.today() + timedelta(days=30)
    row = delegation.ask(actor, lan.id, Way.CODE, until)
    old, new = delegation.new_code(row), delegation.new_code(row)
    said = Consent("Nguyễn Thị Lan", Way.CODE, until)
    if old != new:
        assert delegation.say_code(actor, row, old, said) is False
    assert delegation.say_code(actor, row, new, said) is True
    assert (row.consenter, row.code_digest) == ("Nguyễn Thị Lan", None)
    assert delegation.say_code(actor, row, new, said) is False


def test_a_code_cannot_be_guessed(helper, lan):
    actor, until = access.of(helper.user), clock.today() + timedelta(days=30)
    row = delegation.ask(actor, lan.id, Way.CODE, until)
    code = delegation.new_code(row)
    wrong = "000000" if code != "000000" else "111111"
    said = Consent("Nguyễn Thị Lan", Way.CODE, until)
    for _try in range(delegation.MOST_TRIES):
        assert delegation.say_code(actor, row, wrong, said) is False
    assert delegation.say_code(actor, row, code, said) is False
    assert row.consented_at is None


def test_a_code_lives_a_quarter_of_an_hour(helper, lan):
    actor, until = access.of(helper.user), clock.today() + timedelta(days=30)
    row = delegation.ask(actor, lan.id, Way.CODE, until)
    code = delegation.new_code(row)
    with clock.at(clock.now() + timedelta(minutes=15, seconds=1)):
        said = Consent("Nguyễn Thị Lan", Way.CODE, until)
        assert delegation.say_code(actor, row, code, said) is False
    assert row.consented_at is None


def test_a_program_of_the_helper_does_not_act_for_the_seller(helper, lan):
    make_community.consent(helper.user, lan)
    own = make.seller(name="HTX Của Hoa")
    person = make.member(own, name="Phạm Văn Tài")
    make_community.helper(make_community.team(name="Tổ hai"), name="Lê Văn Sáu")
    db.session.commit()
    actor = access.of(person)
    with transaction():
        _row, word = tokens.create(actor, "máy", ["catalogue:read"], lifetime=timedelta(days=30))
    assert tokens.actor_of(word).allowed.keys() == {own.id}
    assert tokens.offered(access.of(helper.user)) == []
    with transaction():
        _row, word = tokens.create(
            access.of(helper.user), "máy", ["catalogue:read"], lifetime=timedelta(days=30)
        )
    assert tokens.actor_of(word).allowed == {}
    assert trail(lan, "token.create") == []


def test_a_right_of_ones_own_is_not_narrowed_by_helping(helper, database):
    own = make_community.seller(name="Hộ ông Trần Văn Bình")
    make_community.consent(helper.user, own)
    db.session.add(make.Membership(user_id=helper.user.id, seller_id=own.id, role="owner"))
    db.session.commit()
    db.session.expire_all()
    actor = access.of(helper.user)
    assert actor.may(Permission.BANK_MANAGE, own.id) is True
    assert actor.behalf == {}


def test_a_helper_never_gets_another_sellers_row(helper, lan, cast):
    make_community.consent(helper.user, lan)
    with pytest.raises(NotFound):
        access.get(access.of(helper.user), Seller, cast.ours.seller.ref, Permission.SELLER_READ)


def record_once(helper_id, seller_id):
    actor = access.of(db.session.get_one(User, helper_id))
    until = clock.today() + timedelta(days=30)
    with transaction():
        return delegation.record(actor, seller_id, Consent("Lan", Way.PHONE, until)).seller_id


def ask_once(helper_id, seller_id):
    actor = access.of(db.session.get_one(User, helper_id))
    until = clock.today() + timedelta(days=30)
    with transaction():
        return delegation.ask(actor, seller_id, Way.ACCOUNT, until).seller_id


@pytest.mark.parametrize("act", [record_once, ask_once])
def test_a_form_sent_twice_at_once_leaves_one_open_consent(
    act, fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            helper, seller = make_community.helper().id, make_community.seller().id
        told = make_money.at_once(app, [partial(act, helper, seller)] * 4)
        assert told == [seller] * 4
        rows = select(func.count(Delegation.id)).where(Delegation.ended_at.is_(None))
        assert db.session.scalar(rows) == 1
