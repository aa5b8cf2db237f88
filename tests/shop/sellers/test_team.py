"""Who may bring whom into a seller."""

import pytest
from sqlalchemy import select

from shop.accounts.models import Membership, User
from shop.database import db
from tests import make

TEAM = "/ban-hang/thanh-vien"


def invite(person, seller, phone, role="manager"):
    form = {"seller": seller.ref, "name": "Trần Thị Mai", "phone": phone, "role": role}
    return person.post(TEAM, form)


def members_of(seller):
    query = select(Membership.user_id).where(Membership.seller_id == seller.id)
    return set(db.session.scalars(query))


def test_an_owner_adds_a_person_nobody_knows_yet(cast):
    assert invite(cast.ours, cast.ours.seller, "0987654321").status_code == 303
    mai = db.session.scalars(select(User).where(User.phone == "+84987654321")).one()
    assert mai.id in members_of(cast.ours.seller)


def test_an_owner_cannot_draw_in_an_account_that_is_there(cast):
    stranger = make.member(cast.theirs.seller, phone="+84987654321")
    answer = invite(cast.ours, cast.ours.seller, "0987654321")
    assert answer.status_code == 422
    assert "Số này đã có tài khoản" in answer.text
    assert stranger.id not in members_of(cast.ours.seller)


def test_the_administrator_can_and_then_an_old_password_opens_nothing(cast):
    stranger = make.member(cast.theirs.seller, phone="+84987654321")
    before = (stranger.password, stranger.fs_uniquifier)
    assert invite(cast.administrator, cast.ours.seller, "0987654321").status_code == 303
    db.session.refresh(stranger)
    assert stranger.id in members_of(cast.ours.seller)
    assert stranger.password != before[0]
    assert stranger.fs_uniquifier != before[1], "sessions and links made before end"


@pytest.mark.parametrize(("who", "status"), [("ours", 409), ("administrator", 200)])
def test_a_link_for_an_account_used_elsewhere_is_the_administrators(cast, who, status):
    mai = make.member(cast.ours.seller)
    db.session.add(Membership(user_id=mai.id, seller_id=cast.theirs.seller.id, role="manager"))
    db.session.flush()
    theirs = select(Membership.ref).where(
        Membership.user_id == mai.id, Membership.seller_id == cast.ours.seller.id
    )
    answer = getattr(cast, who).post(f"{TEAM}/{db.session.scalar(theirs)}/lien-ket")
    assert answer.status_code == status
