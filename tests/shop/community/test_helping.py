"""A helper's list, consents and newcomers, on the pages."""

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts import access
from shop.accounts.models import AuditEntry, Delegation, Membership, Way
from shop.catalogue.models import Variant
from shop.community import todo
from shop.database import db
from shop.media import documents
from shop.sellers.models import Seller
from tests import make, make_community, make_media
from tests.app_fixtures import Person, form_token, sign_in
from tests.make_community import LA_BANG, TAN_CUONG


@pytest.fixture
def helper(database):
    person = make_community.helper()
    db.session.commit()
    return Person(person, sign_in(database, person))


def until(days=90):
    return (clock.today() + timedelta(days=days)).isoformat()


def lacks(helper, seller):
    (task,) = todo.tasks(access.of(helper.user), [seller])
    return [thing.name for thing in task.lacks]


def test_the_list_names_what_each_seller_of_the_commune_lacks(helper):
    bare = make_community.seller()
    whole = make.seller(name="HTX Đủ", commune_code=TAN_CUONG)
    make.member(whole)
    product = make.product(whole)
    make.variant(product, gtin="8935000000007")
    make_media.photo(product)
    assert lacks(helper, bare) == ["account", "stall", "photo", "code"]
    assert lacks(helper, whole) == []
    actor = access.of(helper.user)
    assert db.session.scalars(todo.sellers(actor)).all() == [bare]
    assert db.session.scalars(todo.sellers(actor, "none")).all() == [whole]
    assert todo.counts(actor) == {"all": 2, "account": 1, "stall": 1, "photo": 1, "code": 1}


def test_the_neediest_come_first(helper):
    some = make.seller(name="An", commune_code=TAN_CUONG)
    bare = make_community.seller(name="Bình")
    assert db.session.scalars(todo.sellers(access.of(helper.user))).all() == [bare, some]


def test_another_teams_area_is_404_whatever_is_asked(helper):
    elsewhere = make_community.seller(name="Hộ ông Bình", area=LA_BANG)
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{elsewhere.ref}"
    assert helper.get(base).status_code == 404
    consent = {"consenter": "Bình", "way": "phone", "until": until(9)}
    assert helper.post(f"{base}/dong-y", consent).status_code == 404
    assert helper.post(f"{base}/xin", {"way": "account", "until": until()}).status_code == 404
    assert helper.post(f"{base}/ma", {"code": "123456"}).status_code == 404
    assert helper.post(f"{base}/thoi").status_code == 404
    assert db.session.scalar(select(func.count(Delegation.id))) == 0
    assert elsewhere.name not in helper.get("/ban-hang/giup").text


def test_who_only_helps_begins_at_the_list(helper):
    assert helper.get("/ban-hang").headers["Location"] == "/ban-hang/giup"


def test_a_consent_on_paper_needs_the_paper(helper):
    lan = make_community.seller()
    url = f"/ban-hang/giup/nguoi-ban/{lan.ref}/dong-y"
    said = {"consenter": "Nguyễn Thị Lan", "way": "paper", "until": until()}
    assert helper.post(url, said).status_code == 422
    assert db.session.scalar(select(func.count(Delegation.id))) == 0
    paper = (io.BytesIO(make_media.picture()), "giay.jpg")
    sent = helper.post(url, said | {"file": paper}, content_type="multipart/form-data")
    assert sent.status_code == 303
    row = db.session.scalar(select(Delegation))
    assert (row.consenter, row.way, row.until.isoformat()) == ("Nguyễn Thị Lan", Way.PAPER, until())
    (kept,) = documents.of(f"delegation:{row.ref}")
    assert kept.seller_id == lan.id


def test_a_household_without_mail_or_phone_is_set_up_by_its_helper(helper):
    values = {
        "name": "Hộ bà Nguyễn Thị Lan",
        "kind": "household",
        "commune_code": TAN_CUONG,
        "street": "Xóm Hồng Thái",
        "phone": "",
        "consenter": "Nguyễn Thị Lan",
        "way": "phone",
        "until": until(30),
        "note": "gặp tại nhà",
    }
    answer = helper.post("/ban-hang/giup/nguoi-ban-moi", values)
    made = db.session.scalar(select(Seller).where(Seller.commune_code == TAN_CUONG))
    assert answer.headers["Location"] == f"/ban-hang/giup/nguoi-ban/{made.ref}"
    assert (made.name, made.representative, made.phone) == (
        "Hộ bà Nguyễn Thị Lan",
        "Nguyễn Thị Lan",
        None,
    )
    assert made.province == "Tỉnh Thái Nguyên"
    assert db.session.scalar(select(Membership).where(Membership.seller_id == made.id)) is None
    assert helper.get(f"/ban-hang/nguoi-ban/{made.ref}").status_code == 200
    trail = select(AuditEntry.action, AuditEntry.actor_name, AuditEntry.behalf_of)
    assert [tuple(row) for row in db.session.execute(trail.order_by(AuditEntry.id))][-2:] == [
        ("seller.create", "Trần Thị Hoa", "Nguyễn Thị Lan"),
        ("delegation.consent", "Trần Thị Hoa", "Nguyễn Thị Lan"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("commune_code", LA_BANG), ("name", "Hộ Đã Có"), ("until", "2020-01-01"), ("consenter", "")],
)
def test_a_newcomer_is_not_taken(helper, field, value):
    make_community.seller(name="Hộ Đã Có")
    db.session.commit()
    values = {"name": "Hộ Mới", "kind": "household", "commune_code": TAN_CUONG}
    values |= {"consenter": "Lan", "way": "phone", "until": until(9)} | {field: value}
    answer = helper.post("/ban-hang/giup/nguoi-ban-moi", values)
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count(Seller.id))) == 1
    assert db.session.scalar(select(func.count(Delegation.id))) == 0


def test_the_same_form_sent_twice_makes_one_seller(helper):
    page = helper.get("/ban-hang/giup/nguoi-ban-moi").text
    key = re.search(r'name="_once" value="([^"]+)"', page)[1]
    values = {"name": "Hộ Mới", "kind": "household", "commune_code": TAN_CUONG, "_once": key}
    values |= {"consenter": "Lan", "way": "phone", "until": until(9)}
    first = helper.post("/ban-hang/giup/nguoi-ban-moi", values)
    again = helper.post("/ban-hang/giup/nguoi-ban-moi", values)
    assert first.headers["Location"] == again.headers["Location"]
    assert db.session.scalar(select(func.count(Seller.id))) == 1


def test_an_owner_agrees_in_their_own_account(helper, cast):
    ours = cast.ours.seller
    ours.commune_code, cast.ours.user.email = TAN_CUONG, "hao@htx.vn"
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{ours.ref}"
    for _time in range(2):
        asked = helper.post(f"{base}/xin", {"way": "account", "until": until()})
        assert asked.status_code == 303
    told = [(to, subject) for to, subject, _body, _html in make.mails()]
    assert told == [("hao@htx.vn", "Trần Thị Hoa xin giúp “HTX Chè Hảo Đạt”")]
    assert helper.get(f"/ban-hang/nguoi-ban/{ours.ref}").status_code == 404
    row = db.session.scalar(select(Delegation))
    assert "Trần Thị Hoa" in cast.ours.get("/ban-hang/nguoi-giup").text
    agreed = cast.ours.post(f"/ban-hang/nguoi-giup/{row.ref}/dong-y", {"until": until(20)})
    assert agreed.status_code == 303
    assert helper.get(f"/ban-hang/nguoi-ban/{ours.ref}").status_code == 200
    db.session.refresh(row)
    assert (row.consenter, row.until.isoformat()) == ("Đào Thanh Hảo", until(20))


def test_the_yes_of_an_owner_cannot_be_noted_for_them(helper, cast):
    cast.ours.seller.commune_code = TAN_CUONG
    db.session.commit()
    url = f"/ban-hang/giup/nguoi-ban/{cast.ours.seller.ref}/dong-y"
    said = {"consenter": "Đào Thanh Hảo", "way": "phone", "until": until(9)}
    assert helper.post(url, said).status_code == 422
    assert db.session.scalar(select(func.count(Delegation.id))) == 0


def test_an_owner_agrees_by_a_code_sent_to_them(helper, cast):
    ours = cast.ours.seller
    ours.commune_code, cast.ours.user.email = TAN_CUONG, "hao@htx.vn"
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{ours.ref}"
    helper.post(f"{base}/xin", {"way": "code", "until": until()})
    to, subject, _body, _html = make.mails()[-1]
    assert to == "hao@htx.vn"
    code = re.search(r"\d{6}$", subject)[0]
    wrong = "000000" if code != "000000" else "111111"
    helper.post(f"{base}/ma", {"code": wrong})
    row = db.session.scalar(select(Delegation))
    assert (row.consented_at, row.code_tries) == (None, 1)
    helper.post(f"{base}/ma", {"code": f"{code[:3]} {code[3:]}"})
    db.session.refresh(row)
    assert (row.consenter, row.way, row.code_tries) == ("Đào Thanh Hảo", Way.CODE, 2)
    assert helper.get(f"/ban-hang/nguoi-ban/{ours.ref}").status_code == 200


def test_a_helper_who_gives_up_is_out_at_once(helper):
    lan = make_community.seller()
    make_community.consent(helper.user, lan)
    db.session.commit()
    assert helper.post(f"/ban-hang/giup/nguoi-ban/{lan.ref}/thoi").status_code == 303
    assert helper.get(f"/ban-hang/nguoi-ban/{lan.ref}").status_code == 404
    assert helper.post(f"/ban-hang/giup/nguoi-ban/{lan.ref}/thoi").status_code == 404


def test_the_seller_reads_what_was_done_on_their_behalf(helper, cast):
    ours = cast.ours.seller
    ours.commune_code = TAN_CUONG
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{ours.ref}"
    helper.post(f"{base}/xin", {"way": "account", "until": until()})
    row = db.session.scalar(select(Delegation))
    cast.ours.post(f"/ban-hang/nguoi-giup/{row.ref}/dong-y", {"until": until()})
    product = make.product(ours)
    pack = {"pack": "hộp 100 g", "unit": "hộp", "price_vnd": "90000"}
    assert helper.post(f"/ban-hang/san-pham/{product.ref}/quy-cach/them", pack).status_code == 303
    assert db.session.scalar(select(func.count(Variant.id))) == 1
    shown = cast.ours.get(f"/ban-hang/nguoi-giup/{row.ref}").text
    assert "thêm quy cách" in shown


def test_who_has_no_account_ends_it_with_the_code_on_the_slip(helper, cast):
    lan = make_community.seller()
    row = make_community.consent(helper.user, lan)
    db.session.commit()
    slip = f"/ban-hang/giup/nguoi-ban/{lan.ref}/phieu"
    assert f"/thoi-nho/{row.token}" in helper.get(slip).text
    page = cast.visitor.get(f"/thoi-nho/{row.token}")
    assert "Trần Thị Hoa" in page.text
    sent = {"csrf_token": form_token(page.text)}
    for _time in range(2):
        assert cast.visitor.post(f"/thoi-nho/{row.token}", data=sent).status_code == 303
    db.session.refresh(row)
    assert row.ended_by == "Nguyễn Thị Lan"
    assert helper.get(f"/ban-hang/nguoi-ban/{lan.ref}").status_code == 404
    assert helper.get(slip).status_code == 404
    ends = select(func.count(AuditEntry.id)).where(AuditEntry.action == "delegation.end")
    assert db.session.scalar(ends) == 1


def test_a_slip_of_something_only_asked_for_opens_nothing(helper, cast):
    cast.ours.seller.commune_code = TAN_CUONG
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{cast.ours.seller.ref}"
    helper.post(f"{base}/xin", {"way": "account", "until": until()})
    row = db.session.scalar(select(Delegation))
    assert helper.get(f"{base}/phieu").status_code == 404
    assert cast.visitor.get(f"/thoi-nho/{row.token}").status_code == 404
    assert cast.visitor.get("/thoi-nho/khong-co").status_code == 404
