"""A cooperative sees its own figures, and says whether officials may."""

import pytest
from sqlalchemy import select

from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.reports import consents
from tests import make, make_reports
from tests.app_fixtures import Person, sign_in

pytestmark = pytest.mark.usefixtures("november")


def page_of(seller):
    return f"/ban-hang/so-lieu/{seller.ref}"


def test_a_cooperative_sees_its_own_and_nothing_of_others(cast):
    make_reports.order(cast.ours.seller, vnd=111_000)
    make_reports.order(cast.theirs.seller, vnd=777_000)
    page = cast.ours.get(f"{page_of(cast.ours.seller)}?ky=2026-10").text
    assert "111.000" in page
    assert "777.000" not in page
    assert cast.ours.get(page_of(cast.theirs.seller)).status_code == 404


def test_consent_is_given_noted_and_ended(cast):
    url, seller_id = page_of(cast.ours.seller), cast.ours.seller.id
    for _time in range(2):
        assert cast.ours.post(f"{url}/dong-y").status_code == 303
    assert consents.given(seller_id).given_by == "Đào Thanh Hảo"
    assert cast.ours.post(f"{url}/thoi").status_code == 303
    assert consents.given(seller_id) is None
    query = select(AuditEntry.action).where(AuditEntry.seller_id == seller_id)
    noted = db.session.scalars(query.order_by(AuditEntry.id)).all()
    assert noted == ["figures.agree", "figures.end"]


def test_only_who_answers_for_the_seller_agrees(cast):
    seller = cast.ours.seller
    user = make.member(seller, role=Role.VIEWER)
    viewer = Person(user, sign_in(cast.visitor.application, user), seller)
    assert viewer.get(page_of(seller)).status_code == 200
    for person in (viewer, cast.theirs):
        assert person.post(f"{page_of(seller)}/dong-y").status_code == 404
    assert consents.given(seller.id) is None
