"""Scoping: the one way from a reference to a row, and what each role may do."""

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from shop.accounts import access, audit, members
from shop.accounts.access import PERMISSIONS, Permission
from shop.accounts.models import AuditEntry, Membership, Role
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.errors import NotFound
from shop.sellers.models import Seller
from tests import make


def actor_of(person):
    return access.of(person.user)


def test_missing_and_anothers_row_are_refused_alike(cast):
    product = make.product(cast.theirs.seller)
    messages = []
    for ref in (product.ref, "KHONGCO"):
        with pytest.raises(NotFound) as refused:
            access.get(actor_of(cast.ours), Product, ref, Permission.CATALOGUE_READ)
        messages.append(refused.value.message)
    assert messages[0] == messages[1]


def test_the_administrator_reaches_every_sellers_rows(cast):
    for seller in (cast.ours.seller, cast.theirs.seller):
        row = make.product(seller)
        found = access.get(
            actor_of(cast.administrator), Product, row.ref, Permission.CATALOGUE_WRITE
        )
        assert found is row


def test_a_seller_is_in_its_own_scope(cast):
    rows = db.session.scalars(
        access.rows(actor_of(cast.ours), Seller, Permission.SELLER_READ)
    ).all()
    assert rows == [cast.ours.seller]


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        (Role.OWNER, Permission.MEMBERS_MANAGE, True),
        (Role.MANAGER, Permission.MEMBERS_MANAGE, False),
        (Role.MANAGER, Permission.BANK_MANAGE, False),
        (Role.HOST, Permission.LIVESTREAM_RUN, True),
        (Role.HOST, Permission.MONEY_READ, False),
        (Role.HOST, Permission.CATALOGUE_WRITE, False),
        (Role.ACCOUNTANT, Permission.MONEY_WRITE, True),
        (Role.ACCOUNTANT, Permission.CATALOGUE_WRITE, False),
        (Role.VIEWER, Permission.CATALOGUE_READ, True),
        (Role.VIEWER, Permission.MONEY_READ, False),
        (Role.OFFICIAL, Permission.SELLER_READ, False),
        (Role.HELPER, Permission.CATALOGUE_WRITE, True),
        (Role.HELPER, Permission.ORDERS_READ, False),
        (Role.HELPER, Permission.MONEY_READ, False),
        (Role.HELPER, Permission.BANK_MANAGE, False),
        (Role.HELPER, Permission.MEMBERS_MANAGE, False),
    ],
)
def test_what_a_role_may(role, permission, allowed):
    assert (permission in PERMISSIONS[role]) is allowed


def test_every_role_has_its_permissions_listed():
    assert set(PERMISSIONS) == set(Role)


def test_one_person_may_hold_different_roles_at_two_sellers(database):
    first, second = make.seller(), make.seller(name="HTX Thành Đạt")
    person = make.member(first, role=Role.OWNER)
    db.session.add(Membership(user_id=person.id, seller_id=second.id, role=Role.VIEWER))
    db.session.commit()
    actor = access.of(person)
    assert actor.may(Permission.CATALOGUE_WRITE, first.id) is True
    assert actor.may(Permission.CATALOGUE_WRITE, second.id) is False
    assert actor.may(Permission.CATALOGUE_READ, second.id) is True


@pytest.mark.parametrize(
    ("role", "seller", "area"),
    [
        (Role.OFFICIAL, True, None),
        (Role.OFFICIAL, False, None),
        (Role.OWNER, False, "19"),
        (Role.ADMINISTRATOR, True, None),
    ],
)
def test_a_role_with_the_wrong_kind_of_scope_is_refused_by_the_database(
    database, role, seller, area
):
    person = make.user()
    scope = {"seller_id": make.seller().id if seller else None, "area_code": area}
    db.session.add(Membership(user_id=person.id, role=role, **scope))
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_an_official_has_an_area_and_reaches_no_sellers_row(cast):
    person = make.user(name="Cán bộ xã")
    db.session.add(Membership(user_id=person.id, role=Role.OFFICIAL, area_code="05611"))
    db.session.commit()
    make.product(cast.ours.seller)
    assert (
        db.session.scalars(access.rows(access.of(person), Product, Permission.CATALOGUE_READ)).all()
        == []
    )


def test_the_audit_trail_says_who_changed_what(cast):
    product = make.product(cast.ours.seller, name="Chè móc câu")
    db.session.commit()
    actor = actor_of(cast.ours)
    with transaction():
        db.session.refresh(product)
        product.name = "Chè móc câu Hảo Đạt"
        db.session.flush()
        audit.note(actor, "product.update", product, product.name)
    (entry,) = db.session.query(AuditEntry).all()
    assert entry.actor_name == "Đào Thanh Hảo"
    assert entry.changes == {"name": ["Chè móc câu", "Chè móc câu Hảo Đạt"]}
    page = cast.ours.get("/ban-hang/nhat-ky").text
    assert "Chè móc câu → Chè móc câu Hảo Đạt" in page


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET actor_name = 'x'", "DELETE FROM audit_entries"]
)
def test_nobody_edits_the_audit_trail(cast, statement):
    row = make.product(cast.ours.seller)
    audit.note(actor_of(cast.ours), "product.create", row, row.name)
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(db.text(statement))


def test_the_last_owner_stays(cast):
    membership = db.session.query(Membership).filter_by(user_id=cast.ours.user.id).one()
    with pytest.raises(members.LastOwner):
        members.remove(actor_of(cast.ours), membership)


def test_an_owner_adds_a_member_by_phone_and_hands_over_a_link(cast):
    form = {
        "seller": cast.ours.seller.ref,
        "name": "Nguyễn Thị Lan",
        "phone": "0988 777 666",
        "role": "accountant",
    }
    assert cast.ours.post("/ban-hang/thanh-vien", form).status_code == 303
    lan = db.session.query(make.User).filter_by(phone="+84988777666").one()
    (membership,) = lan.memberships
    assert membership.role == Role.ACCOUNTANT
    page = cast.ours.post(f"/ban-hang/thanh-vien/{membership.ref}/lien-ket")
    assert "/tai-khoan/quen-mat-khau/" in page.text


def test_adding_somebody_twice_is_refused_in_words(cast):
    form = {"seller": cast.ours.seller.ref, "name": "Lan", "phone": "0988777666", "role": "viewer"}
    cast.ours.post("/ban-hang/thanh-vien", form)
    again = cast.ours.post("/ban-hang/thanh-vien", form)
    assert again.status_code == 422
    assert "đã là thành viên" in again.text


def test_no_link_for_somebody_who_also_works_elsewhere(cast):
    member = make.member(cast.ours.seller, role=Role.VIEWER, name="Hai nơi")
    db.session.add(Membership(user_id=member.id, seller_id=cast.theirs.seller.id, role=Role.OWNER))
    db.session.commit()
    db.session.expire_all()
    mine = next(m for m in member.memberships if m.seller_id == cast.ours.seller.id)
    page = cast.ours.post(f"/ban-hang/thanh-vien/{mine.ref}/lien-ket")
    assert page.status_code == 409
