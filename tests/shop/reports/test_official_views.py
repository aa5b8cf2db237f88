"""Administrators give regions and end them."""

import re
from datetime import date

import pytest
from flask_security.utils import verify_password
from sqlalchemy import select

from shop.accounts import members
from shop.accounts.models import Membership, Role
from shop.database import db
from tests import make

pytestmark = pytest.mark.usefixtures("november")
PAGE = "/so-lieu/can-bo"
NEW = {
    "name": "Lê Thị Hoa",
    "phone": "0912 000 111",
    "area": "huyện Đại Từ, tỉnh Thái Nguyên",
    "valid_from": "01/11/2026",
    "valid_until": "31/12/2026",
    "_once": "a-key",
}


def terms():
    query = select(Membership).where(Membership.role == Role.OFFICIAL).order_by(Membership.id)
    return list(db.session.scalars(query))


def test_a_region_is_given_by_its_old_name_with_a_term(cast):
    answer = cast.administrator.post(f"{PAGE}/them", NEW)
    assert answer.status_code == 303
    (term,) = terms()
    assert (term.area_code, term.valid_from, term.valid_until, term.user.name) == (
        *("cu-171", date(2026, 11, 1), date(2026, 12, 31)),
        "Lê Thị Hoa",
    )
    assert "Huyện Đại Từ (cũ), Tỉnh Thái Nguyên" in cast.administrator.get(PAGE).text


def test_a_form_sent_twice_gives_once(cast):
    for _time in range(2):
        assert cast.administrator.post(f"{PAGE}/them", NEW).status_code == 303
    assert len(terms()) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"area": "huyện Châu Thành"}, "Không rõ vùng"),
        ({"valid_until": "01/10/2026"}, "từ ngày bắt đầu trở đi"),
        ({"phone": "12"}, "Số điện thoại chưa đúng"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_given(cast, wrong, said):
    answer = cast.administrator.post(f"{PAGE}/them", NEW | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert terms() == []


def test_an_overlap_is_said_and_nothing_is_given(cast):
    cast.administrator.post(f"{PAGE}/them", NEW)
    more = {"area": "tỉnh Thái Nguyên", "_once": "other-key"}
    answer = cast.administrator.post(f"{PAGE}/them", NEW | more)
    assert answer.status_code == 422
    assert "Xin kết thúc vùng ấy trước" in answer.text
    assert len(terms()) == 1


def test_a_term_is_ended_on_a_day(cast):
    cast.administrator.post(f"{PAGE}/them", NEW)
    url = f"{PAGE}/{terms()[0].ref}/ket-thuc"
    assert cast.administrator.post(url, {"last": "20/11/2026"}).status_code == 303
    assert terms()[0].valid_until == date(2026, 11, 20)


def test_nobody_else_gives_or_ends(cast):
    cast.administrator.post(f"{PAGE}/them", NEW)
    ref = terms()[0].ref
    answers = [
        cast.ours.get(PAGE),
        cast.ours.post(f"{PAGE}/them", NEW | {"_once": "other-key"}),
        cast.ours.post(f"{PAGE}/{ref}/ket-thuc", {"last": "20/11/2026"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert [term.valid_until for term in terms()] == [date(2026, 12, 31)]


def test_an_official_is_let_in_by_a_link_that_the_administrator_hands_over(cast):
    cast.administrator.post(f"{PAGE}/them", NEW)
    (term,) = terms()
    assert "Cấp liên kết đặt mật khẩu" in cast.administrator.get(PAGE).text
    shown = cast.administrator.post(f"{PAGE}/{term.ref}/lien-ket").text
    path = re.search(r"/tai-khoan/quen-mat-khau/[^<\s\"]+", shown).group()
    assert "Mật khẩu mới" in cast.visitor.get(path).text


def test_an_official_begins_at_the_figures_of_their_region(official):
    answer = official("19").get("/ban-hang")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/so-lieu")


def test_who_has_an_account_already_comes_in_anew(cast):
    known = make.user(phone="+84912000111")
    members.set_password(known, "known-to-others")
    cast.administrator.post(f"{PAGE}/them", NEW)
    assert not verify_password("known-to-others", terms()[0].user.password)


def test_another_region_of_an_official_leaves_their_password(cast):
    cast.administrator.post(f"{PAGE}/them", NEW)
    before = terms()[0].user.password
    later = {"valid_from": "01/01/2027", "valid_until": "", "_once": "other-key"}
    cast.administrator.post(f"{PAGE}/them", NEW | later)
    assert [term.user.password for term in terms()] == [before, before]


def test_the_monthly_mail_goes_to_the_address_that_was_given_and_stops_without_one(cast):
    cast.administrator.post(f"{PAGE}/them", NEW | {"email": "hoa@daitu.example"})
    (term,) = terms()
    assert term.user.email == "hoa@daitu.example"
    assert "hoa@daitu.example" in cast.administrator.get(PAGE).text
    cast.administrator.post(f"{PAGE}/{term.ref}/thu", {"email": "cv@daitu.example"})
    assert terms()[0].user.email == "cv@daitu.example"
    cast.administrator.post(f"{PAGE}/{term.ref}/thu", {"email": ""})
    assert terms()[0].user.email is None
    assert "chưa có e-mail" in cast.administrator.get(PAGE).text


def test_an_address_of_somebody_else_is_refused(cast):
    make.user(phone="+84912000999", email="chung@daitu.example")
    answer = cast.administrator.post(f"{PAGE}/them", NEW | {"email": "Chung@daitu.example"})
    assert answer.status_code == 422
    assert "của tài khoản khác" in answer.text
    assert terms() == []
