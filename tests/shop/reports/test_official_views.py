"""Administrators give regions and end them."""

from datetime import date

import pytest
from sqlalchemy import select

from shop.accounts.models import Membership, Role
from shop.database import db

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
