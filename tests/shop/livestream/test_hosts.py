"""Who hosts is declared, compared by a reviewer, and never shown with more than three digits."""

from typing import Any

import pytest
from sqlalchemy import select, text

from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.livestream import hosts
from shop.livestream.errors import HostEnded
from shop.livestream.plan_models import Host
from tests import make, make_livestream
from tests.app_fixtures import Person, sign_in

HOME, REVIEW = "/ban-hang/livestream/nguoi-dan", "/quan-tri/duyet/nguoi-dan"
NUMBER = "019171004321"


def fields(seller: Any, **more: str) -> dict[str, str]:
    values = {"seller": seller.ref, "name": "Đào Thanh Hảo", "born_on": "1971-05-20"}
    return values | {"personal_number": "019 171 004 321", "agrees": "1"} | more


@pytest.fixture
def reviewer(cast: Any, database: Any) -> Person:
    user = make.member(None, role=Role.REVIEWER, name="Người duyệt")
    return Person(user, sign_in(database, user))


@pytest.fixture
def host(cast: Any) -> Host:
    row = make_livestream.host(cast.ours.seller, checked=False)
    db.session.commit()
    return row


def test_a_host_is_declared_once_however_often_the_form_is_sent(cast: Any) -> None:
    for _turn in range(2):
        answer = cast.ours.post(f"{HOME}/them", fields(cast.ours.seller, _once="a-key"))
        assert answer.status_code == 303
    (row,) = db.session.scalars(select(Host)).all()
    assert (row.name, row.personal_number, row.checked_at) == (
        "Đào Thanh Hảo",
        NUMBER.encode(),
        None,
    )


def test_the_number_stands_sealed_and_in_no_trail(cast: Any) -> None:
    cast.ours.post(f"{HOME}/them", fields(cast.ours.seller))
    kept = db.session.execute(text("SELECT personal_number FROM livestream_hosts")).scalar_one()
    assert NUMBER.encode() not in bytes(kept)
    assert NUMBER not in str(db.session.scalars(select(AuditEntry.changes)).all())


def test_pages_show_the_last_three_digits_only(cast: Any, host: Host, reviewer: Person) -> None:
    for person, page in ((cast.ours, HOME), (reviewer, f"{REVIEW}/{host.ref}")):
        shown = person.get(page).text
        assert "•••321" in shown
        assert NUMBER[:9] not in shown
        assert "4321" not in shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"agrees": ""}, "Người dẫn phải đồng ý thì mới đối chiếu được."),
        ({"personal_number": "12345"}, "Số định danh cá nhân có 12 chữ số."),
        ({"born_on": "1972-05-20"}, "Số định danh không khớp với năm sinh."),
        ({"born_on": "2071-05-20"}, "Ngày sinh phải ở quá khứ."),
    ],
)
def test_a_host_that_does_not_agree_or_whose_number_is_wrong_is_refused(
    cast: Any, wrong: dict[str, str], said: str
) -> None:
    answer = cast.ours.post(f"{HOME}/them", fields(cast.ours.seller, **wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.scalars(select(Host.id)).all() == []


def test_consent_is_asked_with_an_empty_box(cast: Any) -> None:
    assert "checked" not in cast.ours.get(f"{HOME}/them").text.split('name="agrees"')[1][:80]


def test_nobody_declares_a_host_for_another_seller(cast: Any) -> None:
    assert cast.ours.post(f"{HOME}/them", fields(cast.theirs.seller)).status_code == 404
    assert db.session.scalars(select(Host.id)).all() == []


def test_a_reviewer_finds_who_waits_and_takes_them(cast: Any, host: Host, reviewer: Person) -> None:
    assert f"{REVIEW}/{host.ref}" in reviewer.get(REVIEW).text
    answer = reviewer.post(f"{REVIEW}/{host.ref}", {"outcome": "checked"})
    assert answer.status_code == 303
    assert (host.checked_by, host.refused) == (reviewer.user.id, "")
    first = host.checked_at
    reviewer.post(f"{REVIEW}/{host.ref}", {"outcome": "checked"})
    assert host.checked_at == first is not None
    assert f"{REVIEW}/{host.ref}" not in reviewer.get(REVIEW).text


def test_a_reviewer_refuses_only_with_a_reason_that_the_seller_reads(
    cast: Any, host: Host, reviewer: Person
) -> None:
    answer = reviewer.post(f"{REVIEW}/{host.ref}", {"outcome": "refused", "reason": " "})
    assert (answer.status_code, host.refused) == (422, "")
    reviewer.post(f"{REVIEW}/{host.ref}", {"outcome": "refused", "reason": "Tên không khớp"})
    assert (host.refused, host.checked_at) == ("Tên không khớp", None)
    assert "Tên không khớp" in cast.ours.get(HOME).text


def test_the_owners_are_mailed_each_answer_once(cast: Any, host: Host, reviewer: Person) -> None:
    cast.ours.user.email = "chu@example.vn"
    db.session.commit()
    for _turn in range(2):
        reviewer.post(f"{REVIEW}/{host.ref}", {"outcome": "refused", "reason": "Tên không khớp"})
    for _turn in range(2):
        reviewer.post(f"{REVIEW}/{host.ref}", {"outcome": "checked"})
    refused, taken = make.mails()
    assert (refused[0], refused[1]) == ("chu@example.vn", "Chưa nhận người dẫn: Đào Thanh Hảo")
    assert "Tên không khớp" in str(refused[2])
    assert f"{HOME}\n" in f"{refused[2]}\n"
    assert (taken[0], taken[1]) == ("chu@example.vn", "Đã nhận người dẫn: Đào Thanh Hảo")


def test_one_who_was_taken_can_be_refused_later(database: Any) -> None:
    row = make_livestream.host(make.seller())
    hosts.refuse(SYSTEM, row, "Giấy tờ hết hạn")
    assert (row.checked_at, row.refused) == (None, "Giấy tờ hết hạn")


def test_only_reviewers_review(cast: Any, host: Host) -> None:
    for person in (cast.ours, cast.theirs):
        assert person.get(REVIEW).status_code == 404
        assert person.get(f"{REVIEW}/{host.ref}").status_code == 404
        assert person.post(f"{REVIEW}/{host.ref}", {"outcome": "checked"}).status_code == 404
    assert host.checked_at is None


def test_a_host_ends_for_their_own_seller_only(cast: Any, host: Host) -> None:
    assert cast.theirs.post(f"{HOME}/{host.ref}/thoi").status_code == 404
    assert host.ended_at is None
    for _turn in range(2):
        assert cast.ours.post(f"{HOME}/{host.ref}/thoi").status_code == 303
    assert host.ended_at is not None
    assert host.ref not in cast.ours.get(HOME).text


def test_who_ended_is_reviewed_no_more(database: Any) -> None:
    with database.test_request_context():
        row = make_livestream.host(make.seller(), checked=False)
        hosts.end(SYSTEM, row)
        with pytest.raises(HostEnded):
            hosts.check(SYSTEM, row)
    assert row.checked_at is None


def test_who_was_not_taken_is_declared_anew_and_waits_again(
    cast: Any, host: Host, reviewer: Person
) -> None:
    reviewer.post(f"{REVIEW}/{host.ref}", {"outcome": "refused", "reason": "Sai ngày sinh"})
    address = f"{HOME}/{host.ref}/sua"
    assert f'href="{address}"' in cast.ours.get(HOME).text
    page = cast.ours.get(address).text
    assert "Người duyệt chưa nhận: Sai ngày sinh" in page
    assert NUMBER[:9] not in page
    anew = {"name": "Đào Thanh Hảo", "born_on": "1972-05-20", "agrees": "1"}
    wrong = cast.ours.post(address, anew | {"personal_number": NUMBER})
    assert (wrong.status_code, host.born_on.year, host.refused) == (422, 1971, "Sai ngày sinh")
    cast.ours.post(address, anew | {"personal_number": "019172004321"})
    assert (host.born_on.year, host.refused, host.checked_at) == (1972, "", None)
    assert f"{REVIEW}/{host.ref}" in reviewer.get(REVIEW).text


def test_what_a_reviewer_has_compared_is_not_declared_anew(
    cast: Any, host: Host, reviewer: Person
) -> None:
    reviewer.post(f"{REVIEW}/{host.ref}", {"outcome": "checked"})
    fields = {"name": "Người khác", "born_on": "1971-05-20", "personal_number": NUMBER}
    answer = cast.ours.post(f"{HOME}/{host.ref}/sua", fields | {"agrees": "1"})
    assert (answer.status_code, host.name) == (422, "Đào Thanh Hảo")
    assert "Người này đã được đối chiếu." in answer.text
    assert cast.theirs.post(f"{HOME}/{host.ref}/sua", fields | {"agrees": "1"}).status_code == 404


def test_a_plan_says_who_of_the_hosts_waits_and_who_was_not_taken(cast: Any, host: Host) -> None:
    make_livestream.host(cast.ours.seller, checked=False, name="Nguyễn Thị Tư")
    hosts.refuse(SYSTEM, host, "Tên không khớp")
    session = make_livestream.broadcast(cast.ours.seller)
    db.session.commit()
    page = cast.ours.get(f"/ban-hang/livestream/{session.ref}/sua").text
    assert "Đào Thanh Hảo (chưa được nhận)" in page
    assert "Nguyễn Thị Tư (đang chờ đối chiếu)" in page
