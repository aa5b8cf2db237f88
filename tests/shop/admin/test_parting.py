"""A seller asks to leave in their own account; administrators see it until it is answered."""

import pytest
from sqlalchemy import select

from shop.accounts import access
from shop.accounts.models import AuditEntry, Role
from shop.admin import leaving, parting
from shop.database import db
from tests import make
from tests.app_fixtures import Person, sign_in

WAITING = "/quan-tri/nguoi-roi"


@pytest.fixture
def page(cast):
    return f"/ban-hang/xin-roi/{cast.ours.seller.ref}"


def test_an_owner_asks_once_and_administrators_see_until_when(cast, page):
    assert page in cast.ours.get(f"/ban-hang/nguoi-ban/{cast.ours.seller.ref}").text
    for _time in range(2):
        assert cast.ours.post(page).status_code == 303
    asked = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.ask")).all()
    assert len(asked) == 1
    assert "Đã xin lúc" in cast.ours.get(page).text
    shown = cast.administrator.get(WAITING).text
    assert f"{WAITING}/nguoi-ban/{cast.ours.seller.ref}" in shown
    assert "Đang xin rời" in shown


def test_who_takes_it_back_is_waited_for_no_more_and_may_ask_again(cast, page):
    cast.ours.post(page)
    cast.ours.post(f"{page}/o-lai")
    assert "Đang xin rời" not in cast.administrator.get(WAITING).text
    cast.ours.post(page)
    assert "Đang xin rời" in cast.administrator.get(WAITING).text


def test_administrators_are_not_mailed_all_day_by_who_asks_and_stays_and_asks(cast, page):
    cast.administrator.user.email = "quantri@chotainguyen.vn"
    db.session.commit()
    for _time in range(7):
        assert cast.ours.post(page).status_code == 303
        cast.ours.post(f"{page}/o-lai")
    assert len(make.mails()) == 5
    assert "Đã xin lúc" not in cast.ours.get(page).text


def test_who_was_erased_is_waited_for_no_more(cast, page):
    cast.ours.post(page)
    leaving.erase(access.of(cast.administrator.user), cast.ours.seller, "tự xin trong tài khoản")
    assert db.session.scalars(parting.waiting()).all() == []


def test_nobody_asks_for_another(cast, database, page):
    assert cast.theirs.post(page).status_code == 404
    host = make.member(cast.ours.seller, role=Role.HOST)
    assert Person(host, sign_in(database, host)).get(page).status_code == 404
    assert db.session.scalars(parting.waiting()).all() == []
